"""Pictures of an ablation: each variant's learning curve against the whole, and a table of what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import style
from matplotlib.ticker import StrMethodFormatter

from course_lib.agents.ablation import Watched
from course_lib.notebook.driven import COLOURS, INK
from course_lib.notebook.picture import DASHES, Picture, blank, plain
from course_lib.notebook.tables import html_table, text_table

Runs = Mapping[str, Sequence[Watched]]


@style.context("default")
def against_the_whole(runs: Runs, metric: str = "metres", y_label: str = "metres in 4 s") -> Picture:
    """A panel for each variant: its curve and that of the first label, mean and lowest to highest over the seeds.

    Args:
        runs: label -> runs, as `ablation.ablate` gives them; at least two labels.
        metric: of the histories.

    Raises:
        ValueError: fewer than two labels.
    """
    whole, *others = runs
    if not others:
        raise ValueError("There is one label only: give the whole first, and at least one variant of it.")
    rows = (len(others) + 1) // 2
    figure = blank(7.2, 0.5 + 2.3 * rows)
    panels = figure.subplots(rows, min(2, len(others)), sharex=True, sharey=True, squeeze=False)
    told = []
    for axes, other in zip(panels.flat, others):
        plain(axes)
        for number, label in enumerate((whole, other)):
            steps, values = curves(runs[label], metric)
            mean, colour = values.mean(axis=0), COLOURS[number]
            axes.plot(steps, mean, color=colour, linestyle=DASHES[number], linewidth=2, label=label)
            axes.fill_between(steps, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, linewidth=0)
        axes.set_title(other, fontsize=10, color=INK)
        axes.legend(loc="lower right", frameon=False, fontsize=9)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        told.append(f"{other} ends at {mean[-1]:.1f}, between {values[:, -1].min():.1f} and {values[:, -1].max():.1f}")
    for axes in panels.flat[len(others) :]:
        axes.axis("off")
    for axes in panels[-1]:
        axes.set_xlabel("environment steps")
    for axes in panels[:, 0]:
        axes.set_ylabel(y_label)
    steps, values = curves(runs[whole], metric)
    figure.alt = (
        f"{y_label} over {steps[-1]:,.0f} steps, {len(runs[whole])} seeds each: the mean, and a band from the lowest "
        f"to the highest. {whole} ends at {values[:, -1].mean():.1f}, between {values[:, -1].min():.1f} and "
        f"{values[:, -1].max():.1f}; {'; '.join(told)}."
    )
    return figure


def curves(runs: Sequence[Watched], metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps (m,), and the metric of each run there, (runs, m)."""
    return (
        np.array([row["steps"] for row in runs[0].history]),
        np.array([[row[metric] for row in run.history] for run in runs]),
    )


@dataclass(frozen=True, repr=False)
class AblationTable:
    """What each variant brought: clean laps of each seed, how far the cars come, and promise minus truth."""

    runs: Runs

    def __repr__(self) -> str:
        return text_table(*self._parts())

    def _repr_html_(self) -> str:
        caption, heads, rows, notes = self._parts()
        return html_table(caption, heads, rows, notes=notes)

    def _parts(self):
        whole, *_ = self.runs
        heads = ("settings", "clean laps of 16", "metres in 4 s", "promised", "came", "gap", f"apart from {whole}?")
        rows = [(label, *self._row(label), self._verdict(label, whole)) for label in self.runs]
        count = len(self.runs[whole])
        notes = (
            "Clean laps of each seed; means over the seeds, with lowest and highest. gap: promised minus came.",
            f"apart: all {count} seeds come further, or all less far, than all {count} seeds of {whole}.",
        )
        return f"After {self.runs[whole][0].history[-1]['steps']:,} steps", heads, rows, notes

    def _row(self, label: str) -> tuple[str, ...]:
        last = {name: [run.history[-1][name] for run in self.runs[label]] for name in ("metres", "promised", "came")}
        gaps = np.subtract(last["promised"], last["came"])
        laps = ", ".join(str(run.clean) for run in self.runs[label])
        metres = f"{np.mean(last['metres']):.1f} ({min(last['metres']):.1f} to {max(last['metres']):.1f})"
        gap = f"{gaps.mean():+.1f} ({gaps.min():+.1f} to {gaps.max():+.1f})"
        return laps, metres, f"{np.mean(last['promised']):.1f}", f"{np.mean(last['came']):.1f}", gap

    def _verdict(self, label: str, whole: str) -> str:
        if label == whole:
            return ""
        mine, theirs = ([run.history[-1]["metres"] for run in self.runs[name]] for name in (label, whole))
        if min(mine) > max(theirs):
            return "yes, further"
        return "yes, less far" if max(mine) < min(theirs) else "no"
