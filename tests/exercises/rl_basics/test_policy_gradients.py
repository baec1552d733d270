"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.rl_basics import policy_gradients
from course_lib.exercises.rl_basics.policy_gradients import EXERCISES, broken_loss, gaussian, loss


def only_the_logarithm(log_probs, rewards, gamma):
    return -sum(log_prob * reward for log_prob, reward in zip(log_probs, rewards))


def only_the_future(log_probs, rewards, gamma):
    return loss([math.exp(log_prob) for log_prob in log_probs], rewards, gamma)


def without_the_minus(log_probs, rewards, gamma):
    return -loss(log_probs, rewards, gamma)


def no_discount(log_probs, rewards, gamma):
    return loss(log_probs, rewards, 1.0)


def from_the_start(log_probs, rewards, gamma):
    return -sum(log_probs[t] * sum(gamma**k * rewards[k] for k in range(len(rewards))) for t in range(len(rewards)))


def the_mean(log_probs, rewards, gamma):
    return loss(log_probs, rewards, gamma) / len(rewards)


def list_of_parts(log_probs, rewards, gamma):
    return [-log_prob * reward for log_prob, reward in zip(log_probs, rewards)]


def no_return(log_probs, rewards, gamma):
    loss(log_probs, rewards, gamma)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (only_the_logarithm, "`loss([-0.7, -0.2], [0, 1], 1)` gave 0.2: "),
        (only_the_future, "`loss([-0.5], [2], 0.9)` gave -1.21306: the sign is not right"),
        (without_the_minus, "`loss([-0.5], [2], 0.9)` gave -1: the size is right, the sign is not."),
        (no_discount, "`loss([-0.7, -0.2, -1.5], [1, 0, 3], 0.5)` gave 7.9: too large."),
        (from_the_start, "`loss([-0.7, -0.2, -1.5], [1, 0, 3], 0.5)` gave 4.2: too small."),
        (the_mean, "`loss([-0.7, -0.2], [0, 1], 1)` gave 0.45: 2 times too small"),
        (list_of_parts, "gave [1]: that is a list with one number in it"),
        (no_return, "that is nothing at all; is a `return` missing"),
        (1.0, "Your answer is 1: hand in the function"),
    ],
)
def test_the_bug_hunt_says_what_is_left(answer, said):
    result = EXERCISES["q3"].check(answer)
    assert result.status == WRONG
    assert said in result.message


def test_the_bug_hunt_is_won_by_any_way_of_writing_it():
    def with_numpy(log_probs, rewards, gamma):
        to_go = [sum(gamma ** (k - t) * rewards[k] for k in range(t, len(rewards))) for t in range(len(rewards))]
        return -np.dot(log_probs, to_go)

    for answer in (loss, with_numpy):
        assert EXERCISES["q3"].check(answer).status == CORRECT
    assert EXERCISES["q3"].check(broken_loss).status == NOT_ATTEMPTED
    crash = EXERCISES["q3"].check(lambda log_probs, rewards, gamma: log_probs[len(rewards)])
    assert crash.status == CRASHED and "IndexError" in crash.message


GOOD = {"steps": 61_000, "returns": [200.0] * 100}


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", [3.0, 2.0, 2.0], "look at [0], which is 3: 2 times too large"),
        ("q2", [2.0, 1.0, 1.5], "the values are right, their order is not"),
        ("q2", [1.0, 0.0, 0.5], "look at [0], which is 1: "),
        ("q2", [1.5, 1.0], "that is a list of 2 values, and 3 are due"),
        ("q2", 1.5, "a list of 3 is due"),
        ("q4", "a", "It may be as large as you like."),
        ("q4", "c", "They need not be."),
        ("q4", "d", "the means agree, but for chance."),
        ("q4", 2, "Your answer is 2; give one of the letters"),
        ("q5", GOOD | {"returns": [23.5] * 100}, "You got 23.5, the bar is 195. That is 171.5 too little."),
        ("q5", GOOD | {"steps": 71_000}, "Your training took 71,000 steps, and at most 70,000 are allowed."),
        ("q5", GOOD | {"steps": "61000"}, 'The "steps" are no whole number'),
        ("q5", GOOD | {"returns": [500.0]}, 'There are 1 "returns": 100 episodes are due.'),
        ("q5", GOOD | {"returns": 500.0}, 'The "returns" are no list or array'),
        ("q5", GOOD | {"returns": ["500"] * 100}, 'Some of the "returns" are no numbers'),
        ("q5", GOOD | {"returns": [float("nan")] * 100}, 'Some of the "returns" are no numbers'),
        ("q5", GOOD | {"returns": np.full((100, 2), 500.0)}, 'Some of the "returns" are no numbers'),
        ("q5", GOOD | {"returns": [10_000.0] * 100}, "A return of CartPole lies between 1 and 500"),
        ("q5", GOOD | {"returns": np.ones(10_000_000)}, 'There are 10,000,000 "returns"'),
        ("q5", 500.0, 'Hand in `{"steps": …, "returns": …}`'),
        ("q5", None, 'Hand in `{"steps": …, "returns": …}`'),
        ("q6", lambda action, mean, std: math.exp(gaussian(action, mean, std)), "the sign is not right"),
        ("q6", lambda action, mean, std: -0.5 * (action - mean) ** 2 - 0.918939, "`log_prob(0.3, 0.5, 0.2)`"),
        ("q6", lambda action, mean, std: gaussian(action, mean, std) + math.log(std) * 2, "`log_prob(0.3, 0.5, 0.2)`"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG
    assert said in result.message


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("q2", [1.5, 1.0, 2.0]),
        ("q2", np.array([1.5, 1.0, 2.0])),
        ("q4", "b"),
        ("q5", GOOD),
        ("q5", {"steps": 70_000, "returns": np.full(100, 195.0)}),
        ("q6", gaussian),
    ],
)
def test_a_right_answer(name, answer):
    result = EXERCISES[name].check(answer)
    assert (result.status, result.points) == (CORRECT, EXERCISES[name].points)


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (100, "your guess was too high"),
        (67, "your guess was too low"),
        (7.4, "your guess was too low"),
        ("88 %", "that is a text, and a number is due"),
        (200, "it must lie between 0 and 100"),
    ],
)
def test_a_prediction(prediction, said):
    truth = 100 * math.exp(2) / (1 + math.exp(2))
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": truth}).message
    assert EXERCISES["q1"].check({"prediction": 88, "truth": truth}).status == CORRECT


def test_the_probe_and_the_question_name_the_same_bar():
    source = inspect.getsource(policy_gradients.mean_of_hundred)
    assert f"> {policy_gradients.MOST_STEPS:_}" in source and f"!= {policy_gradients.EPISODES}" in source
