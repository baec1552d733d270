"""Wrong answers that students really give, and what they are told; and what the notebook says of the parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.reward_functions.parameters import (
    EXERCISES,
    RING,
    direction,
    heading_error,
    is_straight,
    naive_error,
    wrapped,
)
from course_lib.notebook.parameters import park
from course_lib.notebook.ride import ride

LAST = len(RING) - 1
THINGS = list(EXERCISES["q5"].answer)


def shipped_is_straight(params):
    waypoints = params["waypoints"]
    behind, ahead = params["closest_waypoints"]
    x0, y0 = waypoints[behind]
    x1, y1 = waypoints[ahead]
    x2, y2 = waypoints[ahead + 2]
    x3, y3 = waypoints[ahead + 3]
    here = math.atan2(y1 - y0, x1 - x0)
    there = math.atan2(y3 - y2, x3 - x2)
    return abs(there - here) < 10


def straight(unit=lambda angle: angle, ring=LAST, difference=wrapped):
    """`is_straight` with some of its bugs left."""

    def answer(params):
        points, (behind, ahead) = params["waypoints"], params["closest_waypoints"]
        here = unit(direction(points[behind], points[ahead]))
        there = unit(direction(points[(ahead + 2) % ring], points[(ahead + 3) % ring]))
        return abs(difference(there - here)) < 10

    return answer


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", lambda p: p["distance_from_center"] / p["track_width"], "gave 0.25: 2 times too small; is something"),
        ("q2", lambda p: p["distance_from_center"] / 0.5 * p["track_width"], "gave 0.2888: too small."),
        (
            "q2",
            lambda p: 1 - 2 * p["distance_from_center"] / p["track_width"],
            "'track_width': 0.76, … 3 in all})` gave 1",
        ),
        ("q2", lambda p: min(1, 2 * p["distance_from_center"] / p["track_width"]), "gave 1: too small."),
        ("q2", lambda p: print(p["track_width"]), "gave None: that is nothing at all; is a `return` missing"),
        ("q2", 0.5, "Your answer is 0.5: hand in the function or class by its name"),
        ("q3", lambda p: -heading_error(p), "`heading_error('car 100°, road 90°', {'closest_waypoints': [0, 1], "),
        ("q3", lambda p: -heading_error(p), "gave -10: the size is right, the sign is not."),
        ("q3", lambda p: math.radians(heading_error(p)), "57.3 times too small; degrees or radians?"),
        ("q3", lambda p: abs(heading_error(p)), "'car 60°, road 90°'"),
        ("q3", lambda p: p["heading"], "gave 100: 10 times too large"),
        ("q3", lambda p: naive_error(p) % 360, "gave 330: the sign is not right."),
        ("q4", shipped_is_straight, "`is_straight('a square corner comes'"),
        ("q4", straight(unit=math.radians), "'a square corner comes'"),
        ("q4", straight(difference=lambda angle: angle), "'road 179°, then -179°'"),
        ("q4", straight(ring=len(RING)), "'the last corner is the finish'"),
        ("q4", lambda p: "yes", "your function gave the text 'yes': leave the quotation marks away."),
        ("q4", lambda p: 3, "gave 3: True or False is due, nothing else."),
        ("q5", {THINGS[0]: "track_width"}, "which is none of the words."),
        ("q5", {THINGS[0]: "progress"}, "it is in metres, and has no sign."),
        (
            "q5",
            EXERCISES["q5"].answer | {THINGS[4]: "is_offtrack"},
            "there are two flags about wheels. Which changes with the first wheel?",
        ),
        ("q5", EXERCISES["q5"].answer | {THINGS[6]: "heading"}, "it is a flag about the track, not about the car."),
        ("q5", ["speed"], "Your answer is ['speed']; a dict is due"),
        ("q6", "the flag is about the track", "That is 6 words; write at least 20"),
        ("q6", False, "Your answer is False; write sentences, in quotation marks."),
        ("q6", ["because"], "Your answer is ['because']; write sentences"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG
    assert said in result.message


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", lambda p: p["offset"] / p["track_width"], "with KeyError: 'offset'."),
        ("q3", lambda p: wrapped(p["heading"] - p["closest_waypoints"]), "with TypeError"),
        ("q4", straight(ring=10**6), "'the last corner is the finish'"),
        ("q4", straight(ring=10**6), "with IndexError: list index out of range."),
    ],
)
def test_a_function_that_crashes_is_told_where(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == CRASHED
    assert said in result.message


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (0, "You predicted 0 m, it is 0.14 m: your guess was too low."),
        (0.38, "your guess was too high"),
        (14, "it must lie between 0 and 1"),
        ("0.14 m", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": 0.14}).message


def test_the_right_answers_pass_and_the_starters_do_not():
    assert EXERCISES["q1"].check({"prediction": 0.15, "truth": 0.14}).status == CORRECT
    assert EXERCISES["q2"].check(lambda p: 2 * p["distance_from_center"] / p["track_width"]).status == CORRECT
    assert EXERCISES["q2"].check(lambda p: p["distance_from_center"]).status == NOT_ATTEMPTED
    assert EXERCISES["q3"].check(heading_error).status == CORRECT
    by_functions = EXERCISES["q3"].check(lambda p: math.degrees(math.remainder(math.radians(naive_error(p)), math.tau)))
    assert by_functions.status == CORRECT
    assert EXERCISES["q3"].check(naive_error).status == NOT_ATTEMPTED
    assert EXERCISES["q4"].check(is_straight).status == CORRECT
    assert EXERCISES["q5"].check(EXERCISES["q5"].answer).status == CORRECT


def test_what_the_notebook_says_of_the_parameters():
    start = park("camp", s=0.0).params
    assert round(start["projection_distance"], 2) == 0.14 and round(start["progress"], 2) == 0.79
    across = park("camp", s=1.0, heading=90.0).params
    assert across["distance_from_center"] == pytest.approx(0.14, abs=0.001)
    assert start["waypoints"][0] == start["waypoints"][-1]
    assert direction(start["waypoints"][0], start["waypoints"][-1]) == 0.0


def test_the_lap_of_the_notebook_shows_the_jump_that_wrapping_cures():
    lap = ride(PurePursuit(2.5), "camp")
    naive = np.array([naive_error(params) for params in lap.params])
    assert (np.abs(naive) > 330).any() and np.abs(wrapped(naive)).max() < 25
    assert ((np.abs(naive) < 25) | (np.abs(naive) > 330)).all()
    assert np.abs(np.diff(lap["heading"])).max() > 350
