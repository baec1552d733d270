"""A small race: every driver drives the same laps alone, from the start line at rest, and the laps are compared.

The order: more laps finished on the road, then the best lap, then the time for all of them, then how far the drive
went. Times count to the hundredth of a second; who is level in everything shares the rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from course_lib.paths import data_dir
from course_lib.sim.actions import ActionError
from course_lib.sim.laps import LapResults, PolicyError, race_for, run_laps
from course_lib.sim.race_world import VehicleError
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT

if TYPE_CHECKING:  # torch takes seconds to come, and a board does without it
    from course_lib.agents.policy import Policy

RIVALS = ("tortoise", "fox", "falcon")  # from slow to fast: 11, 8 and 6 s for a flying lap of camp
LAPS = 3
SLOWEST = 0.5  # m/s: the drive is over when all laps at this mean speed would be (106 s for three laps of camp)
START = {"s": 0.0, "offset": 0.0, "heading": 0.0}
NAME_LIMIT = 40  # characters; a longer name is cut
FINISHED = "finished"


@dataclass(frozen=True)
class Row:
    """What became of one driver.

    Attributes:
        name: of the driver.
        laps: finished on the road.
        best_lap, total: s, of the best and of all finished laps; None without any.
        progress: % of the whole race.
        ended: "finished", or what ended the drive.
        rank: 1 is the best; drivers who are level share it.
    """

    name: str
    laps: int
    best_lap: float | None
    total: float | None
    progress: float
    ended: str
    rank: int = 0

    def standing(self) -> tuple:
        """The smaller, the better."""
        best = np.inf if self.best_lap is None else self.best_lap
        return -self.laps, best, np.inf if self.total is None else self.total, -self.progress


@dataclass(frozen=True, eq=False, repr=False)
class RaceResult:
    """A race that is over.

    Attributes:
        track: its name.  laps: that each driver was to drive.
        rows: from first to last.
        you: index of the row of the driver who was not a rival.
        paths: for each row the best lap as (steps + 1, 6), as in `LapResults.paths`; without a finished lap all that
            was driven; None where an error ended the drive.
        error: what the driver who was no rival raised, or None.
    """

    track: str
    laps: int
    rows: tuple[Row, ...]
    you: int
    paths: list[np.ndarray | None] = field(default_factory=list)
    error: Exception | None = None

    def __repr__(self) -> str:
        order = ", ".join(f"{row.rank}. {row.name}" for row in self.rows)
        return f"RaceResult({self.track!r}, {self.laps} laps: {order})"

    @property
    def own(self) -> Row:
        """The row of the driver who was not a rival."""
        return self.rows[self.you]


def rival_names() -> tuple[str, ...]:
    """The rivals that First Lap ships, from slow to fast."""
    return RIVALS


def load_rival(name: str) -> Policy:
    """A shipped rival by its name.

    Raises:
        PolicyError: there is no such rival, or its files are damaged.
    """
    from course_lib.agents.policy import load_policy

    if name not in RIVALS:
        raise PolicyError(f"No rival is called {name!r}: choose {', '.join(RIVALS[:-1])} or {RIVALS[-1]}.")
    return load_policy(data_dir() / "policies" / "rivals" / name)


def race(
    policy: Any,
    name: str,
    rivals: Mapping[str, Any] | Iterable[str] | None = None,
    track: Track | str = "camp",
    laps: int = LAPS,
) -> RaceResult:
    """Race a policy or a driver (`course_lib.sim.laps`) against rivals.

    Args:
        policy: has ``act``, or is a function ``driver(world) -> actions``. If it raises while it drives, the drive
            ends there with no lap, and the race goes on.
        name: for the table; see `clean_name`.
        rivals: names of shipped ones, or name -> policy or driver; None: all that are shipped.
        track: a `Track`, a shipped name or a `.npy` path.
        laps: for each driver; one that is slower than 0.5 m/s on average is timed out.

    Raises:
        PolicyError: something that cannot drive, or that was made for another world, observation or action space.
        TrackError: no such track.
    """
    track = track if isinstance(track, Track) else Track.load(track)
    if not isinstance(rivals, Mapping):
        rivals = {rival: load_rival(rival) for rival in (RIVALS if rivals is None else rivals)}
    drivers = [(clean_name(name) or "racer", policy), *((str(rival), act) for rival, act in rivals.items())]
    for driver, act in drivers:
        _check_fits(act, driver, track)
    drives = [_drive(act, driver, track, laps) for driver, act in drivers]
    order = sorted(range(len(drives)), key=lambda number: drives[number][0].standing())
    rows = ranked([drives[number][0] for number in order])
    paths = [drives[number][1] for number in order]
    return RaceResult(track.name, laps, rows, order.index(0), paths, drives[0][2])


def ranked(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows from best to worst with their ranks; equals keep their order and share a rank, as in 1, 2, 2, 4."""
    ordered = sorted(rows, key=Row.standing)
    standings = [row.standing() for row in ordered]
    return tuple(replace(row, rank=standings.index(row.standing()) + 1) for row in ordered)


def clean_name(name: str) -> str:
    """A name for one line of a table: without line breaks and signs that cannot be seen, at most 40 characters."""
    words = " ".join(str(name).split())
    return "".join(sign for sign in words if sign.isprintable())[:NAME_LIMIT].strip()


def _check_fits(act: Any, name: str, track: Track) -> None:
    """Raises PolicyError if this cannot drive here."""
    from course_lib.agents.table_policy import TablePolicy

    if isinstance(act, type):
        raise PolicyError(f"{name} cannot race with a class: hand in an object of it, such as {act.__name__}(...).")
    if not (callable(act) or hasattr(act, "act")):
        raise PolicyError(
            f"{name} cannot race with this {type(act).__name__}: hand in a trained policy, such as result.policy, or a "
            "driver, which is a function of the world."
        )
    world = getattr(act, "env_id", None)
    if isinstance(act, TablePolicy) or (world is not None and not str(world).startswith("FirstLap/Race")):
        where = f"in {world}" if world else "as a table of states"
        raise PolicyError(f"{name} cannot race: this policy learnt {where}, so train one in FirstLap/Race-v0.")
    try:
        race_for(act, track, 1)
    except (PolicyError, VehicleError, ActionError) as error:
        raise PolicyError(f"{name} cannot race. {error}") from error


def _drive(act: Any, name: str, track: Track, laps: int) -> tuple[Row, np.ndarray | None, Exception | None]:
    """The row of one driver, its path, and what it raised."""
    try:
        seen = run_laps(act, track, starts=1, laps=laps, record=True, slowest=SLOWEST, start=START)
    except PolicyError:
        raise
    except Exception as error:  # a driver is anybody's code: whatever it raises ends its own drive, and no other
        told = " ".join(f"{type(error).__name__}: {error}".split())
        return Row(name, 0, None, None, 0.0, f"stopped by {told[:160]}"), None, error
    times = seen.lap_times[0][~np.isnan(seen.lap_times[0])]
    best, total = (round(float(time), 2) for time in (times.min(), times.sum())) if len(times) else (None, None)
    row = Row(name, len(times), best, total, round(float(seen.progress[0]), 1), _ended(seen, track))
    return row, _best_lap(seen.paths[0], times), None


def _ended(seen: LapResults, track: Track) -> str:
    done = int(np.isfinite(seen.lap_times[0]).sum())
    if done == seen.laps:
        return FINISHED
    if seen.off_tracks[0]:
        return f"left the track on lap {done + 1}"
    if seen.seconds[0] > seen.laps * track.length / SLOWEST - DT / 2:
        return f"too slow, timed out on lap {done + 1}"
    return f"stood still or turned back on lap {done + 1}"


def _best_lap(path: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The rows of the best lap, with the one before it and the one after it; the whole path if no lap was finished."""
    if not len(times):
        return path
    best = int(times.argmin())
    first, last = times[:best].sum() / DT, times[: best + 1].sum() / DT  # in steps; a lap ends between two of them
    return path[int(first + 1e-9) : int(np.ceil(last - 1e-9)) + 1]
