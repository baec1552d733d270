"""The best laps are drawn where and as fast as they were driven."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.notebook.driven import outcome
from course_lib.notebook.log_laps import best_laps, path_of, speed_along
from course_lib.sim.vehicle import DT


def test_a_path_is_that_of_the_episode(log):
    episode = log.driven[9]
    path = path_of(episode, log)
    assert path[:, 0] == pytest.approx(episode.X) and path[:, 5] == pytest.approx(0.1 * np.arange(201) % 20, abs=2e-3)
    assert np.degrees(path[:, 2]) == pytest.approx(episode.yaw)
    assert path[3:-3, 3] == pytest.approx(1.5, abs=0.3) and path[0, 3] == 0.0


def test_a_real_complete_lap_is_not_taken_for_a_car_that_left_the_road(real):
    how, seconds = outcome(real.track, path_of(real.driven[real.best(1)[0]], real))
    assert how != "off"


def test_best_laps_have_their_times(log):
    picture = best_laps(log, 2)
    labels = [text.get_text() for text in picture.axes[0].get_legend().get_texts()]
    assert labels == [f"1  {200 * DT:.2f} s, iteration 3", f"2  {215 * DT:.2f} s, iteration 2"]
    assert f"1: {200 * DT:.2f} s, iteration 3" in picture.alt and "none left the road" in picture.alt


def test_speed_along_has_what_was_commanded_and_what_was_driven(log):
    wanted, driven = speed_along(log, 1).axes[0].lines
    assert set(wanted.get_ydata()[np.isfinite(wanted.get_ydata())]) == {1.0, 2.0}
    assert np.nanmean(driven.get_ydata()) == pytest.approx(1.5, abs=0.05)
    assert np.nanmax(driven.get_xdata()) <= log.track.length
