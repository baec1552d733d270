"""Wrong answers that students really give, and what they are told; and what the notebook says of rewards, measured."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.reward_functions.your_reward import EXERCISES, MEND_BAR
from course_lib.notebook.reward_laps import reward_along
from course_lib.race.small_race import load_rival, race
from course_lib.sim.laps import run_laps
from course_lib.sim.race_world import RaceWorld


def careful(params):
    if params["is_offtrack"]:
        return 0.001
    off_centre = 2 * params["distance_from_center"] / params["track_width"]
    pay = params["speed"] if abs(params["steering_angle"]) < 15 else 1.0
    return pay * max(1.1 - off_centre, 0.01)


def middle(params):
    return 0.5 * params["track_width"] - params["distance_from_center"]


def on_road(params):
    return 0.0 if params["is_offtrack"] else middle(params) + 0.2


def one_way(params):
    """Knows only of turns to the left."""
    if params["is_offtrack"]:
        return 0.0
    return on_road(params) * (1.0 if params["steering_angle"] > 15 else params["speed"])


def no_border(params):
    """Nothing at all near the border."""
    if params["is_offtrack"] or params["distance_from_center"] > 0.2:
        return 0.0
    return params["speed"] if abs(params["steering_angle"]) < 15 else 1.0


def forgets(params):
    if params["distance_from_center"] < 0.1:
        return params["speed"]


def test_the_five_wishes():
    assert EXERCISES["q3"].check(careful).status == CORRECT
    shipped = EXERCISES["q3"].check(lambda params: params["speed"])
    assert (shipped.status, shipped.points) == (WRONG, 0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda params: params["speed"], "Wish 1, in the middle and near the left border: it pays 2 and 2. The first"),
        (middle, "Wish 3, 4 m/s and 1 m/s, with straight wheels: it pays 0.38 and 0.38. The first must be larger."),
        (lambda params: middle(params) + 1.0, "Wish 2, off the road at 1 m/s: it pays 0.76. That is more than 0.001."),
        (on_road, "Wish 3, 4 m/s and 1 m/s, with straight wheels: it pays 0.58 and 0.58. The first must be larger."),
        (lambda params: on_road(params) * params["speed"], "Wish 4, 4 m/s and 1 m/s, with wheels 25 degrees left: it"),
        (one_way, "Wish 4, 4 m/s and 1 m/s, with wheels 25 degrees right: it pays 2.32 and 0.58. The first must not"),
        (no_border, "Wish 5, near the border, slow: it pays 0. That is not above 0."),
        (
            forgets,
            "near the left border: it returned nothing. Does every path through your function end with `return`?",
        ),
        (lambda params: "2.0", "it returned a value of type str, and a number is due."),
        (lambda params: np.zeros(1000), "it returned a value of type ndarray, and a number is due."),
        (lambda params: (1 for _ in params), "it returned a value of type generator, and a number is due."),
        (lambda params: float("nan"), "it returned nan, and a finite number is due."),
        (2.0, "Your answer is 2: hand in the function or class by its name, without calling it."),
        (None, "Your answer is None: hand in the function"),
    ],
)
def test_a_reward_is_told_which_wish_it_misses(answer, said):
    result = EXERCISES["q3"].check(answer)
    assert (result.status, result.points) == (WRONG, 0)
    assert said in result.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda params: params["sped"], "with KeyError: 'sped'."),
        (lambda params: params.speed, "with AttributeError: 'dict' object has no attribute 'speed'."),
        (lambda: 1.0, "takes 0 positional arguments but 1 was given"),
    ],
)
def test_a_reward_that_crashes_is_told_so(answer, said):
    result = EXERCISES["q3"].check(answer)
    assert result.status == CRASHED and said in result.message


def test_a_reward_may_remember_and_may_change_what_it_is_given():
    def greedy(params):
        params["waypoints"].clear()
        return careful(params)

    assert EXERCISES["q3"].check(greedy).status == CORRECT


class Drives:
    """As much of what `try_out` gives as a check looks at."""

    def __init__(self, policies=None, errors=()):
        self.policies, self.errors = policies or {}, list(errors)


def test_a_mended_car_is_driven_again():
    quick = load_rival("fox")  # 8 s when it flies
    right = EXERCISES["q4"].check(Drives({"mended": quick}))
    assert (right.status, right.points) == (CORRECT, 2)
    assert EXERCISES["q4"].check(quick).status == CORRECT
    slow = EXERCISES["q4"].check(load_rival("tortoise"))
    assert (slow.status, slow.points) == (WRONG, 0)
    assert slow.message.startswith("You got 11.") and f"the bar is {MEND_BAR:g} s" in slow.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("mended", "That is a text: hand in what `try_out` gave you."),
        (Drives(errors=["mended, line 3: it raised NameError."]), "No car was trained. mended, line 3: it raised"),
        (27.4, "You got 27.4 s, the bar is 9 s. That is 18.4 s too much."),
        (None, "Your mean lap is None: that is nothing at all"),
        ([1, 2], "Your mean lap is [1, 2]: that is a list of 2 values"),
    ],
)
def test_what_is_no_mended_car_is_told_so(answer, said):
    result = EXERCISES["q4"].check(answer)
    assert (result.status, result.points) == (WRONG, 0)
    assert said in result.message


def test_the_stretch_races_the_falcon():
    class Card:
        result = race(PurePursuit(1.5), "ada", rivals=("falcon",))

    slow = EXERCISES["q6"].check(Card())
    assert slow.status == WRONG and slow.message.startswith("You got -") and "s too little." in slow.message
    assert EXERCISES["q6"].check(load_rival("falcon")).message.startswith("You got 0 s, the bar is 0.01 s.")
    off = EXERCISES["q6"].check(lambda world: np.tile([1.0, 1.0], (world.n, 1)))
    assert "Your car left the track on lap 1: the falcon finishes all 3 laps." in off.message
    assert "hand in a policy, or what `lesson.race` gave you" in EXERCISES["q6"].check("falcon").message
    assert EXERCISES["q6"].check(0.2).status == CORRECT


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", "a", "You chose a. That cannot be hacked, and it cannot be learnt from"),
        ("q2", "b", "count the steps of a slow lap: who dawdles is paid more often."),
        ("q2", "d", "What does a beginner learn from its first try?"),
        ("q2", 3, 'Your answer is 3; give one of the letters "a", "b", "c", "d".'),
        ("q5", "It was fun", "That is 3 words; write at least 15"),
        ("q5", 3, "Your answer is 3; write sentences, in quotation marks."),
        ("q5", ["fun"], "Your answer is ['fun']; write sentences"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG and said in result.message


def test_the_rest_can_be_right_and_can_be_left_alone():
    assert EXERCISES["q2"].check("c").status == CORRECT
    assert EXERCISES["q5"].check("word " * 15).status == CORRECT
    for name in ("q2", "q4", "q5", "q6"):
        assert EXERCISES[name].check(...).status == NOT_ATTEMPTED


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (31, "your guess was too high"),
        (4, "your guess was too low"),
        (0, "it must lie between 2 and 120"),
        ("8 s", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": 7.6}).message


# --- What the notebook tells ---------------------------------------------------------------------------------------


def centre_line(params):
    distance, width = params["distance_from_center"], params["track_width"]
    return 1.0 if distance <= 0.1 * width else 0.5 if distance <= 0.25 * width else 0.1


def centre_line_times_speed(params):
    return params["speed"] * centre_line(params)


def test_a_slow_lap_earns_more_by_the_centre_line_and_about_the_same_times_speed():
    laps = {"slow": PurePursuit(0.6), "fast": PurePursuit(2.0)}
    paid = reward_along(centre_line, laps=laps).totals
    assert paid["slow"] > 3 * paid["fast"]
    paid = reward_along(centre_line_times_speed, laps=laps).totals
    assert paid["slow"] == pytest.approx(paid["fast"], rel=0.05)


def test_a_car_on_full_lock_circles_on_pebble_only_from_the_right_place():
    """0.95 m from one side of the circle to the other, at the nose; whoever begins elsewhere is stopped."""

    def full_left(world: RaceWorld):
        return np.tile([1.0, -3 / 7], (world.n, 1))  # 1.5 m/s

    start = {"s": 11.6, "offset": -0.5, "heading": 0.0}
    path = run_laps(full_left, "pebble", 1, record=True, start=start).paths[0]
    assert len(path) > 300
    circle = path[100:200, :2]
    assert np.ptp(circle, axis=0) == pytest.approx([0.95, 0.95], abs=0.04)
    elsewhere = run_laps(full_left, "pebble", 16)
    assert elsewhere.off_tracks.mean() > 0.5
