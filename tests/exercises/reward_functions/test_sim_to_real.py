"""Wrong answers that students really give, and what they are told; and what the notebook says of the table."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.drivers.by_rule import RuleDriver
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.exercises.exercise import CORRECT, NOT_ATTEMPTED, WRONG
from course_lib.exercises.reward_functions.sim_to_real import EXERCISES
from course_lib.sim.laps import run_laps


def rule(speed: float) -> RuleDriver:
    return RuleDriver(lambda see: (2 * see["left_0.8m"], speed))


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", lambda speed, delay: speed / 15, "`blind_way(2, 3)` gave 0.133333 m: too small."),
        ("q2", lambda speed, delay: speed * delay * 15, "gave 90 m: too large."),
        ("q2", lambda speed, delay: delay / 15, "gave 0.2 m: 2 times too small"),
        ("q2", lambda speed, delay: 100 * speed * delay / 15, "100 times too large; percent or parts of 1, metres or"),
        ("q2", lambda speed, delay: print(speed), "gave None: that is nothing at all; is a `return` missing"),
        ("q2", 0.4, "hand in the function or class by its name"),
        ("q3", 16, "That is no driver: hand in the policy that `train` gave you"),
        ("q3", "my_driver", "That is no driver"),
        ("q3", PurePursuit(), "That is no driver"),
        ("q3", np.zeros(10**6), "That is no driver"),
        ("q3", (n for n in range(3)), "That is no driver"),
        ("q3", rule(0.5), "You got 0 laps, the bar is 12 laps. That is 12 laps too little."),
        ("q4", "a", "You chose a. Who would ask for waypoints there?"),
        ("q4", "b", "You chose b. The car computes what comes out of the network, and nothing else."),
        ("q4", "d", "Which of the two sees the pictures: reward or policy?"),
        ("q4", "waypoints", "Your answer is 'waypoints'; give one of the letters"),
        ("q5", "because of the light", "That is 4 words; write at least 30"),
        ("q5", 2, "Your answer is 2; write sentences"),
        ("q5", ["light", "delay"], "write sentences, in quotation marks."),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG
    assert said in result.message


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (12, "You predicted 12 laps, it is 0 laps: your guess was too high."),
        (1, "close enough"),
        (40, "it must lie between 0 and 16"),
        ("none", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": 0}).message


def test_the_right_answers_pass_and_the_starter_does_not():
    assert EXERCISES["q2"].check(lambda speed, delay: speed * (1 / 15) * delay).status == CORRECT
    assert EXERCISES["q2"].check(lambda speed, delay: speed * delay).status == NOT_ATTEMPTED
    assert EXERCISES["q4"].check("c").status == CORRECT


def test_a_slow_driver_passes_the_bad_day_and_a_trained_object_is_looked_into():
    class Trained:
        policy = rule(-1.0)

    for answer in (rule(-1.0), Trained()):
        result = EXERCISES["q3"].check(answer)
        assert (result.status, result.points) == (CORRECT, 3), result.message


def test_a_quick_driver_that_is_clean_in_the_simulator_loses_its_laps_when_it_is_late():
    quick = rule(-0.7)
    assert run_laps(quick, "camp").clean.all()
    assert run_laps(quick, "camp", disturbances={"delay": 6}).clean.sum() <= 4
