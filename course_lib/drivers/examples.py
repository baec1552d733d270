"""Examples of driving, for whoever learns by copying: what the car saw in each step, and what its driver did.

A pair of arrays, one row per step: ``seen`` (steps, 24) float32, the named slots of `observations.Features`, and
``done`` (steps, 2) float32, steering and speed in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from course_lib.drivers.recorded import START_LINE, RecordedDriver, Recording
from course_lib.sim.observations import Features
from course_lib.sim.race_world import IN_PROGRESS, RaceWorld
from course_lib.sim.track import Track

NAMES = tuple(Features().names)  # of the columns of ``seen``


def examples_of(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """(seen, done) of a recording, one row per step."""
    seen, done = _watch(RecordedDriver(recording), recording.world())
    steps = len(recording.actions)  # the world goes one step farther where a drive ends in the middle of a lap
    return seen[:steps], done[:steps]


def examples_from(
    driver, track: Track | str | Path = "camp", starts: Sequence[Mapping[str, float]] = (START_LINE,)
) -> tuple[np.ndarray, np.ndarray]:
    """(seen, done) of a driver that drives one lap from each of some places; all laps in one table.

    Args:
        driver: ``driver(world) -> (n, 2)``.
        starts: one dict per lap: "s", m along the track from its start line; "offset", m left of the middle; "heading",
            rad to the left of the road. What is left out is 0. Every car starts at rest.

    Raises:
        ValueError: no start, one with another key, or one that is no finite number.
    """
    known = ("s", "offset", "heading", "direction")
    for start in [starts] if isinstance(starts, Mapping) else starts:
        if not isinstance(start, Mapping) or set(start) - set(known):
            raise ValueError(f'The start {start!r} must be a dict such as {{"s": 4.0, "offset": 0.2}}.')
    starts = [START_LINE | dict(start) for start in ([starts] if isinstance(starts, Mapping) else starts)]
    if not starts:
        raise ValueError('There is no start: give at least one, such as [{"s": 0.0}].')
    world = RaceWorld(track, len(starts))
    world.reset(**{key: np.array([start[key] for start in starts]) for key in known})
    return _watch(driver, world)


def _watch(driver, world: RaceWorld) -> tuple[np.ndarray, np.ndarray]:
    """Drive until every car's first episode is over."""
    look, going, seen, done = Features(), np.ones(world.n, dtype=bool), [], []
    while going.any():
        actions = driver(world)
        seen.append(look.observe(world)[going])
        done.append(np.clip(actions[going], -1.0, 1.0).astype(np.float32))
        world.step(actions)
        going &= world.status == IN_PROGRESS  # a world lets a car drive on after its lap
    return np.concatenate(seen), np.concatenate(done)
