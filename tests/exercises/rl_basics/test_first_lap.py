"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

import pytest

from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.exercises.exercise import CORRECT, CRASHED, WRONG
from course_lib.exercises.rl_basics.first_lap import EXERCISES
from course_lib.sim.laps import run_laps


def rule(gain: float, speed: float):
    return lambda see: (gain * see["left_0.8m"], speed)


def test_a_rule_is_driven_and_told_how_far_it_got():
    starter = EXERCISES["q2"].check(rule(0.5, -0.8))
    assert (starter.status, starter.points) == (WRONG, 0)
    assert starter.message.startswith("0 of 16 cars finished their lap; on average they got ")
    slow = EXERCISES["q2"].check(rule(2.0, -0.8))
    assert (slow.status, slow.points) == (WRONG, 1)
    assert slow.message.startswith("You got 19.6") and slow.message.endswith("s too much.")
    quick = EXERCISES["q2"].check(rule(2.0, -0.6))
    assert (quick.status, quick.points) == (CORRECT, 2)
    assert "0 of 16" in EXERCISES["q2"].check(rule(-2.0, -0.8)).message


def does_not_return(see):
    steering = 2 * see["left_0.8m"]
    print(steering.sum())


def one_number(see):
    return 2 * see["left_0.8m"]


def another_name(see):
    return see["left"], -0.8


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (does_not_return, "with RuleError: RuleDriver(does_not_return) returned None: end the rule with `return"),
        (one_number, "end the rule with `return steering, speed`, two numbers."),
        (another_name, "(`return see[\"left\"], -0.8`) with KeyError: 'left'."),
        (lambda: (0, 0), "takes 0 positional arguments but 1 was given"),
    ],
)
def test_a_rule_that_crashes_is_told_so(answer, said):
    result = EXERCISES["q2"].check(answer)
    assert result.status == CRASHED
    assert said in result.message


def test_the_stretch_looks_at_the_mean_of_all_cars():
    laps = run_laps(PurePursuit(), starts=4)
    result = EXERCISES["q6"].check(laps)
    assert result.status == WRONG and result.message.startswith("You got 7.")
    assert EXERCISES["q6"].check(6.4).status == CORRECT
    half = run_laps(PurePursuit(), starts=2)
    half.off_tracks[0] = True
    assert EXERCISES["q6"].check(half).message.startswith("1 of 2 cars finished")


THINGS = list(EXERCISES["q4"].answer)


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", "my_rule", "That is a text: hand in your rule, by its name."),
        ("q2", 28.5, "You got 28.5 s, the bar is 15 s. That is 13.5 s too much."),
        ("q2", (0.5, -0.8), "Your fastest lap is [0.5, -0.8]: that is a list of 2 values"),
        ("q3", "a", "You chose a. The track belongs to the environment"),
        ("q3", "d", "You chose d. That is one action."),
        ("q3", "policy", "Your answer is 'policy'; give one of the letters"),
        ("q4", {THINGS[0]: "agent"}, "0 of 7 are right. Look at “the road, the car and their physics”, for which you"),
        ("q4", {THINGS[0]: "world"}, "you gave 'world', which is none of the words."),
        ("q4", {"agent": "the driver"}, "'agent' is none of the 7 things; check its spelling."),
        ("q5", "because of the reward", "That is 4 words; write at least 15"),
        ("q5", 3, "Your answer is 3; write sentences, in quotation marks."),
        ("q5", ["because"], "Your answer is ['because']; write sentences"),
        ("q6", "fast", "That is a text: hand in what `run_laps` gave you."),
        ("q6", None, "Your mean lap is None: that is nothing at all"),
        ("q6", 6.9, "You got 6.9 s, the bar is 6.5 s. That is 0.4 s too much."),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG
    assert said in result.message


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (50, "your guess was too high"),
        (0, "your guess was too low"),
        (1170, "it must lie between 0 and 100"),
        ("12 %", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": 11.7}).message
