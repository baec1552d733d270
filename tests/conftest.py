"""Tracks that several tests drive on: each is loaded once, because its lookups take most of the time of a test."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

from course_lib.sim.track import Track

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real DeepRacer tracks and logs, in a folder beside the repository that not everybody has."""
    folder = ROOT.parent / "shared"
    if not (folder / "tracks").is_dir() or not (folder / "logs").is_dir():
        pytest.skip("the folder ../shared with the public DeepRacer tracks and logs is not there")
    return folder


@pytest.fixture(scope="session")
def load_track():
    """`Track.load`, which reads each track once."""
    return functools.cache(Track.load)


@pytest.fixture(scope="session")
def shared_track(shared, load_track):
    """A function from the name of a public DeepRacer track to its `Track`."""
    return lambda name: load_track(shared / "tracks" / f"{name}.npy")


@pytest.fixture(scope="session")
def square() -> Track:
    """A square of straights, counter-clockwise: centre line 20 m, 1 m wide, its start in the middle of the lower side.

    Waypoints lie at 0, 2.5, 7.5, 12.5, 17.5 and 20 m.
    """
    centre = np.array([(0, -2.5), (2.5, -2.5), (2.5, 2.5), (-2.5, 2.5), (-2.5, -2.5), (0, -2.5)])
    return Track(np.hstack([centre, 0.8 * centre, 1.2 * centre]), "square")


@pytest.fixture(scope="session")
def circle() -> Track:
    """A circle of radius 2 m around (0, 0), counter-clockwise, 0.8 m wide, its start at (2, 0)."""
    angle = np.radians(np.arange(361) % 360)
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return Track(np.hstack([2.0 * unit, 1.6 * unit, 2.4 * unit]), "circle")


@pytest.fixture(scope="session")
def steady():
    """A driver that steers at the centre line 1.1 m ahead and asks for 1.2 m/s."""

    def drive(world) -> np.ndarray:
        track, ahead = world.track, world.s + 1.1
        target = track.centre.at(np.where(world.direction > 0, ahead, -ahead))
        aim = np.arctan2(target[:, 1] - world.y, target[:, 0] - world.x) - world.cars.heading
        aim = np.degrees(np.arctan2(np.sin(aim), np.cos(aim)))
        return world.actions.encode(np.stack([0.6 * aim, np.full(world.n, 1.2)], axis=1)).astype(np.float32)

    return drive
