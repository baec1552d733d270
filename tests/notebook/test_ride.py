"""A drive keeps the parameters of each step, and shows some of them beside the car."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from course_lib.drivers.by_rule import RuleDriver
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.notebook.ride import ride


@pytest.fixture(scope="module")
def lap():
    return ride(PurePursuit(2.5), "camp")


def test_each_step_has_its_parameters(lap):
    assert lap.status == "lap_complete" and len(lap.path) == len(lap.params) + 1
    assert lap["steps"][:3].tolist() == [2.0, 3.0, 4.0] and lap["progress"][-1] == 100.0
    assert np.allclose(lap["x"], lap.path[1:, 0])
    assert (lap["speed"][:3] == 2.5).all() and lap.measured_speed[0] < 0.5


def test_a_rule_drives_too_and_a_car_that_goes_back_has_negative_progress():
    rule = ride(RuleDriver(lambda see: (2 * see["left_0.8m"], -0.8)), "camp", steps=20)
    assert len(rule.params) == 20 and rule.status == "in_progress"
    back = ride(lambda world: np.array([[0.0, -0.7]]), start={"s": 0.3, "heading": math.pi})
    assert back.status == "reversed" and back["progress"][-1] < 0 and not back["is_reversed"].any()


def test_the_picture_moves_and_tells_what_it_shows(lap):
    replay = lap.replay(["heading", "progress"])
    picture = Image.open(io.BytesIO(replay.png))
    assert picture.n_frames >= len(lap.params) // 2
    assert "until its lap is complete" in replay.alt and "progress from" in replay.alt


def test_curves_that_cannot_be_shown_are_told(lap):
    with pytest.raises(KeyError, match="no parameter with a single value"):
        lap.replay(["waypoints"])
    with pytest.raises(ValueError, match="There are 5 curves: choose one to 4"):
        lap.replay(["x", "y", "speed", "steps", "progress"])
    with pytest.raises(ValueError, match="has 3 values for"):
        lap.replay({"mine": np.zeros(3)})
