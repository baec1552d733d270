"""Algorithms compared twice: after as many steps, and after as many seconds. One line for each seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import style
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from course_lib.agents.judged import Judged
from course_lib.notebook.driven import COLOURS, INK
from course_lib.notebook.picture import DASHES, Picture, blank, plain
from course_lib.notebook.tables import html_table, text_table

Runs = Mapping[str, Sequence[Judged]]  # label -> one training for each seed
ALL_CLEAN = 100.0  # lap scores above are of drivers whose laps are all clean
MARKS = "os^DvP*X"


@style.context("default")
def over_steps_and_seconds(same_steps: Runs, same_seconds: Runs) -> Picture:
    """Scores in the tests on the way: over steps on the left, over seconds of training on the right.

    Args:
        same_steps: trainings of about as many steps.  same_seconds: trainings of about as many seconds. A label has
            the same colour in both.

    Raises:
        ValueError: there is nothing to draw.
    """
    labels = list(dict.fromkeys([*same_steps, *same_seconds]))
    if not labels:
        raise ValueError("There is nothing to draw: give at least one label with its trainings.")
    figure = blank(7.2, 3.8)
    panels = figure.subplots(1, 2, sharey=True)
    sides = ((same_steps, "steps", "environment steps"), (same_seconds, "seconds", "seconds of training"))
    told = []
    for axes, (runs, key, x_label) in zip(panels, sides):
        plain(axes)
        for label, seeds in runs.items():
            number = labels.index(label)
            look = {"color": COLOURS[number % 8], "linestyle": DASHES[number % 8], "marker": MARKS[number % 8]}
            for k, run in enumerate(seeds):
                tests = [row for row in run.history if row.get("score") is not None]
                x, y = [0.0, *(row[key] for row in tests)], [0.0, *(row["score"] for row in tests)]
                axes.plot(x, y, **look, linewidth=1.6, markersize=4, alpha=0.85, label=None if k else label)
            ends = [run.history[-1]["score"] for run in seeds]
            told.append(f"over {key}, {label} ends between {min(ends):.0f} and {max(ends):.0f}")
        axes.axhline(ALL_CLEAN, color=INK, linestyle=(0, (4, 3)), linewidth=1)
        axes.set(xlabel=x_label, xlim=(0, None), ylim=(0, 124))
        axes.xaxis.set_major_locator(MaxNLocator(5))
    panels[0].xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    panels[0].set_ylabel("score in the test")
    above = {"transform": panels[0].transAxes, "va": "top", "fontsize": 9, "color": INK}
    panels[0].text(0.02, 0.985, "above the dashes: all laps clean", **above)
    lines = {line.get_label(): line for axes in panels for line in axes.get_lines()}
    known = [label for label in labels if label in lines]
    figure.legend([lines[label] for label in known], known, loc="outside lower center", ncols=4, frameon=False)
    figure.alt = f"Scores in the tests, one line for each seed: {'; '.join(told)}. Above 100 all laps are clean."
    return figure


@dataclass(frozen=True, repr=False)
class BudgetTable:
    """What each training took and what its driver can do, seed by seed."""

    runs: Runs

    def __repr__(self) -> str:
        return text_table(*self._parts())

    def _repr_html_(self) -> str:
        caption, heads, rows, notes = self._parts()
        return html_table(caption, heads, rows, notes=notes)

    def _parts(self):
        heads = ("training", "steps", "seconds", "clean laps", "mean lap (s)")
        rows = [(label, *self._row(list(seeds))) for label, seeds in self.runs.items()]
        first = next(iter(next(iter(self.runs.values()))))
        seeds = ", ".join(str(run.seed) for run in next(iter(self.runs.values())))
        notes = (
            f"Laps of {len(first.laps.clean)}, and mean laps, for seed {seeds}.",
            "A dash: not all laps were clean, so there is no mean.",
        )
        return "After the training", heads, rows, notes

    def _row(self, seeds: Sequence[Judged]) -> tuple[str, ...]:
        laps = ", ".join("–" if np.isnan(run.mean_lap) else f"{run.mean_lap:.2f}" for run in seeds)
        seconds = f"{np.mean([run.seconds for run in seeds]):.1f}"
        return f"{seeds[0].steps:,}", seconds, ", ".join(str(run.clean) for run in seeds), laps
