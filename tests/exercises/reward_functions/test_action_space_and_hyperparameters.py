"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest

from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.reward_functions.action_space_and_hyperparameters import EXERCISES
from course_lib.notebook.action_spaces import action_space
from course_lib.race.small_race import load_rival
from course_lib.sim.actions import Actions
from course_lib.sim.observations import OBSERVATIONS

MEANT = [{"steering_angle": angle, "speed": speed} for angle in (-30, -15, 0, 15, 30) for speed in (1.0, 2.0)]
SETTINGS = list(EXERCISES["q5"].answer)


class Chosen:
    """A policy with a list of actions that steers by two look-ahead points, at the speed of the list."""

    def __init__(self, space):
        self.env_kwargs = {"action_space": space.actions}
        self.action_space = Actions(space.actions).space
        self.angles = np.array([action["steering_angle"] for action in space.actions])

    def act(self, observations, deterministic=True):
        names = list(OBSERVATIONS["features"]().names)
        left = observations[:, names.index("left_0.8m")]
        return np.abs(self.angles[None] - np.clip(60 * left, -30, 30)[:, None]).argmin(axis=1)


class Tried:
    def __init__(self, policy=None, errors=()):
        self.policies, self.errors = {} if policy is None else {"mine": policy}, list(errors)


def of(*changes, drop=()):
    """The wanted file with some entries changed: (number, key, value)."""
    entries = copy.deepcopy(MEANT)
    for number, key, value in changes:
        entries[number][key] = value
    return {"action_space": [entry for number, entry in enumerate(entries) if number not in drop]}


def test_a_car_with_few_actions_is_driven_again():
    """A rule drives the laps here; that trained cars reach the bar is shown by the solutions."""
    tried = Tried(Chosen(action_space(30, 3, (1.0,))))
    slow = EXERCISES["q2"].check(tried)
    assert (slow.status, slow.points) == (WRONG, 0)
    assert slow.message.startswith("You got 16.9") and slow.message.endswith("s too much.")
    right = dataclasses.replace(EXERCISES["q2"], bar=17.0).check(tried)
    assert (right.status, right.points) == (CORRECT, 2)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Tried(Chosen(action_space(30, 5, (1.0, 2.0)))), "This car has 10 actions, and 9 are the most."),
        (Tried(load_rival("fox")), "This car has a continuous action space, and a list of actions is asked for."),
        (action_space(30, 5, (2.0,)), "That is an action space, and no car has learnt with it yet"),
        (Tried(errors=["mine: it raised KeyError."]), "No car was trained. mine: it raised KeyError."),
        (Tried(Chosen(action_space((-30, 0), 3, (1.0,)))), "0 of 16 cars finished their lap; on average they got"),
        ("mine", "That is a text: hand in what `try_out` gave you."),
        (None, "Your mean lap is None: that is nothing at all"),
    ],
)
def test_a_car_that_misses_the_bar_is_told_why(answer, said):
    result = EXERCISES["q2"].check(answer)
    assert (result.status, result.points) == (WRONG, 0)
    assert said in result.message


def test_the_file_that_was_meant():
    assert EXERCISES["q3"].check(of()).status == CORRECT
    assert EXERCISES["q3"].check({"action_space": MEANT[::-1]}).status == CORRECT


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            of((3, "speed", "2 m/s")),
            "It is refused. Your file: Entry 3 of action_space has the speed '2 m/s': it must be",
        ),
        (
            of((6, "steering_angle", 45)),
            "Entry 6 of action_space has the steering_angle 45: it must be a number from -30",
        ),
        (of((9, "steering_angle", -30)), "It can be read: 10 entries, 9 different ones. Look at the fan"),
        (
            of(drop=(9,)),
            "It can be read: 9 entries, 9 different ones. The angles are -30, -15, 0, 15, 30, the speeds 1, 2.",
        ),
        (of((6, "steering_angle", 20)), "The angles are -30, -15, 0, 15, 20, 30, the speeds 1, 2. Was that the plan?"),
        ({"actions": MEANT}, 'It is refused. Your file has no "action_space"'),
        (MEANT, "Hand in the whole dict, with its action_space."),
        ("broken", "Hand in the whole dict"),
        (None, "Hand in the whole dict"),
    ],
)
def test_a_file_is_told_what_is_wrong_with_it(answer, said):
    result = EXERCISES["q3"].check(answer)
    assert (result.status, result.points) == (WRONG, 0)
    assert said in result.message


def test_how_far_a_car_looks():
    assert EXERCISES["q4"].check(lambda discount: 1 / (1 - discount) / 15).status == CORRECT


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (lambda discount: 1 / (1 - discount), WRONG, "`seconds_ahead(0.5)` gave 2 s:"),
        (lambda discount: 15 / (1 - discount), WRONG, "`seconds_ahead(0.5)` gave 30 s:"),
        (lambda discount: 1 / 1 - discount / 15, WRONG, "`seconds_ahead(0.5)` gave"),
        (lambda discount: None, NOT_ATTEMPTED, ""),
        (lambda discount: str(discount), WRONG, "that is a text"),
        (lambda discount: 1 / (0.5 - discount), CRASHED, "ZeroDivisionError"),
        (6.7, WRONG, "hand in the function or class by its name"),
    ],
)
def test_how_far_a_car_does_not_look(answer, status, said):
    result = EXERCISES["q4"].check(answer)
    assert result.status == status and said in result.message


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q5", {SETTINGS[0]: "lr"}, "for which you gave 'lr': which one decides how far ahead the car looks?"),
        ("q5", {SETTINGS[1]: "batch_size"}, "0 of 6 are right."),
        ("q5", {SETTINGS[0]: "gamma"}, "you gave 'gamma', which is none of the words."),
        ("q5", {"lr": "larger"}, "'lr' is none of the 6 things; check its spelling."),
        ("q5", "lr", "a dict is due"),
        ("q6", "I changed lr.", "That is 3 words; write at least 15"),
        ("q6", 0.9, "Your answer is 0.9; write sentences, in quotation marks."),
        ("q6", [], "Your answer is []; write sentences"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG and said in result.message


def test_a_half_right_match_earns_half():
    half = dict(list(EXERCISES["q5"].answer.items())[:3])
    assert EXERCISES["q5"].check(half).points == 1
    assert EXERCISES["q5"].check(EXERCISES["q5"].answer).status == CORRECT
    assert EXERCISES["q6"].check("word " * 15).status == CORRECT


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (50, "your guess was too high"),
        (0, "your guess was too low"),
        (-5, "it must lie between 0 and 100"),
        ("half", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": 10.1}).message
