"""Real laps to draw."""

from __future__ import annotations

import numpy as np
import pytest
from jupyter_lab import jupyter_folder, kernel, lab, open_notebook, running_chromium  # noqa: F401
from logs_by_hand import log, real  # noqa: F401

from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.sim.laps import run_laps
from course_lib.sim.track import Track


def drive_straight_on(world):
    return np.zeros((world.n, 2))


@pytest.fixture(scope="session")
def camp():
    return Track.load("camp")


@pytest.fixture(scope="session")
def grand_prix():
    return Track.load("grand_prix")


@pytest.fixture(scope="session")
def clean_laps(camp):
    """Four clean laps on camp."""
    laps = run_laps(PurePursuit(), camp, starts=4, record=True)
    assert laps.clean.all()
    return laps


@pytest.fixture(scope="session")
def laps_backwards(camp):
    """Two cars that drive two laps the other way round."""
    laps = run_laps(PurePursuit(), camp, starts=2, laps=2, direction=-1, record=True)
    assert laps.clean.all()
    return laps


@pytest.fixture(scope="session")
def crashes(camp):
    """Three cars that drive straight on until they leave the road."""
    laps = run_laps(drive_straight_on, camp, starts=3, record=True)
    assert laps.off_tracks.all()
    return laps


@pytest.fixture(scope="session")
def hits(camp):
    """Three cars that drive into two boxes."""
    laps = run_laps(PurePursuit(), camp, starts=3, record=True, boxes=[(0.3, "left"), (0.7, "right")])
    assert laps.crashes.all()
    return laps


@pytest.fixture(scope="session")
def long_path(grand_prix):
    """300 steps, 20 s, all of them in motion."""
    path = run_laps(PurePursuit(), grand_prix, starts=1, laps=2, record=True).paths[0]
    assert len(path) > 301
    return path[:301]


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium, for one file: it may not stay open beside those of the tests in JupyterLab."""
    with running_chromium() as chromium:
        yield chromium
