"""How many laps policies keep when they are disturbed: a table, and curves over the strength of a disturbance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib.agents.workers import one_job
from course_lib.notebook import charts
from course_lib.notebook.picture import Picture
from course_lib.notebook.tables import html_table, text_table
from course_lib.sim.disturbances import Disturbances
from course_lib.sim.laps import run_laps
from course_lib.sim.track import Track

STARTS = 16


@dataclass(frozen=True, repr=False)
class LapsKept:
    """Clean laps of some drivers under some disturbances; a notebook shows the table.

    Attributes:
        counts: driver -> disturbance -> clean laps of each of its policies.  starts: laps that each began.
        track: its name.
    """

    counts: dict[str, dict[str, list[int]]]
    starts: int
    track: str

    def __getitem__(self, driver: str) -> dict[str, list[int]]:
        return self.counts[driver]

    @property
    def caption(self) -> str:
        seeds = max(len(counts) for row in self.counts.values() for counts in row.values())
        each = f", by {seeds} policies each: on average (fewest to most)" if seeds > 1 else ""
        return f"Clean laps of {self.starts} on {self.track}{each}"

    def __repr__(self) -> str:
        return text_table(self.caption, self._heads(), self._rows())

    def _repr_html_(self) -> str:
        return html_table(self.caption, self._heads(), self._rows())

    def _heads(self) -> list[str]:
        return ["driver", *next(iter(self.counts.values()))]

    def _rows(self) -> list[list[str]]:
        return [[driver, *map(_told, row.values())] for driver, row in self.counts.items()]

    def picture(self, x_label: str, title: str | None = None) -> Picture:
        """Lines of the means, shaded from the fewest to the most; the names of the disturbances must be numbers.

        Raises:
            ValueError: they are not.
        """
        try:
            x = [float(name) for name in self._heads()[1:]]
        except ValueError:
            raise ValueError("These disturbances are named by words: give numbers as names for a picture.") from None
        counts = {driver: list(row.values()) for driver, row in self.counts.items()}
        means = {driver: [float(np.mean(values)) for values in rows] for driver, rows in counts.items()}
        bands = {driver: ([min(v) for v in rows], [max(v) for v in rows]) for driver, rows in counts.items()}
        told = "; ".join(f"{driver} " + ", ".join(f"{mean:.0f}" for mean in row) for driver, row in means.items())
        return charts.lines(
            means, x, x_label=x_label, y_label=f"clean laps of {self.starts}", bands=bands, title=title,
            alt=f"Clean laps of {self.starts} against {x_label}, at {', '.join(f'{v:g}' for v in x)}: {told}.",
        )  # fmt: skip


def laps_kept(
    drivers: Mapping[str, object],
    disturbances: Mapping[object, Disturbances | None],
    track: Track | str | Path = "camp",
    starts: int = STARTS,
    seed: int = 0,
) -> LapsKept:
    """Let drivers drive laps under disturbances.

    Args:
        drivers: label -> a policy or a driver, or a list of them (of several seeds).
        disturbances: name -> `Disturbances`, or None for none.
        track, starts, seed: as in `run_laps`.

    Raises:
        ValueError: there is no driver or no disturbance.  PolicyError: a policy that does not fit.
    """
    if not drivers or not disturbances:
        raise ValueError("Give at least one driver and one disturbance, with their names.")
    track = track if isinstance(track, Track) else Track.load(track)
    with one_job():
        counts = {
            label: {
                str(name): [
                    int(run_laps(policy, track, starts, seed=seed, disturbances=given).clean.sum())
                    for policy in (driver if isinstance(driver, (list, tuple)) else [driver])
                ]
                for name, given in disturbances.items()
            }
            for label, driver in drivers.items()
        }
    return LapsKept(counts, starts, track.name)


def steering_change(paths: Sequence[np.ndarray]) -> float:
    """Degrees by which the steering command changes from one step to the next, on average over some paths."""
    return float(np.mean([np.abs(np.diff(path[1:, 4])).mean() for path in paths if len(path) > 2]))


def _told(counts: list[int]) -> str:
    if len(counts) == 1:
        return str(counts[0])
    low, high = min(counts), max(counts)
    mean = f"{np.mean(counts):.1f}".removesuffix(".0")
    return mean if low == high else f"{mean} ({low} to {high})"
