"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.rl_basics.deep_q_network import (
    EXERCISES,
    published_best_next,
    published_blend,
    published_goes_on,
)


class Swings:
    """Pushes the way that the car is moving, which climbs the hill."""

    def act(self, seen, deterministic=True):
        return np.where(seen[:, 1] >= 0, 2, 0)


class OnlyRight:
    def act(self, seen, deterministic=True):
        return np.full(len(seen), 2)


def trained(policy, steps):
    return SimpleNamespace(policy=policy, history=[{"steps": steps}])


def crash(*_):
    raise ValueError("no")


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", "a", "You chose a. The learning network drives itself."),
        ("q2", "c", "it is a copy that follows slowly"),
        ("q2", "d", "keeps old weights, and no steps"),
        ("q2", "target", "give one of the letters"),
        ("q3", trained(OnlyRight(), 8_000), "After 8,000 steps it reaches 0 of 100 flags; at least 90 are due."),
        ("q3", trained(Swings(), 16_000), "You got 16000 steps, the bar is 8000 steps. That is 8000 steps too much."),
        ("q3", Swings(), "That is the policy alone"),
        ("q3", "my_training", "That is a text: hand in what `dqn.train` gave you."),
        ("q3", None, "that is nothing at all"),
        ("q3", (n for n in ()), "which has not run yet"),
        ("q4", lambda t, o, tau: [tau * a + (1 - tau) * b for a, b in zip(t, o)], "look at [0], which is 0.875"),
        ("q4", lambda t, o, tau: [a + tau * b for a, b in zip(t, o)], "`blend([4, 8], [0, 16], 0.5)` gave [4, 16]"),
        ("q4", lambda t, o, tau: o, "`blend([0, 0], [1, -2], 0.125)` gave [1, -2]"),
        ("q4", lambda t, o, tau: print(t), "is a `return` missing"),
        ("q5", lambda rows: max(max(row) for row in rows), "gave -1: a list of 3 is due"),
        ("q5", lambda rows: [row.index(max(row)) for row in rows], "look at [0], which is 1"),
        ("q5", lambda rows: [max(row) for row in rows][:2], "that is a list of 2 values, and 3 are due"),
        ("q5", lambda rows: [min(row) for row in rows], "look at [0], which is -3:"),
        ("q6", lambda terminated, truncated: terminated, "`goes_on(False, False)` gave False"),
        ("q6", lambda terminated, truncated: not truncated, "`goes_on(True, False)` gave True"),
        ("q6", lambda terminated, truncated: 1.0 - terminated, "True or False is due"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG, result
    assert said in result.message


def test_the_steps_of_a_training_and_half_points_for_more_of_them():
    assert EXERCISES["q3"].check(trained(Swings(), 16_000)).points == 1
    assert EXERCISES["q3"].check(trained(OnlyRight(), 16_000)).points == 0
    assert EXERCISES["q3"].check(trained(Swings(), 8_000)).status == CORRECT


@pytest.mark.parametrize(
    ("name", "published"), [("q4", published_blend), ("q5", published_best_next), ("q6", published_goes_on)]
)
def test_the_published_code_is_no_answer_and_a_crash_is_told(name, published):
    assert EXERCISES[name].check(published).status == NOT_ATTEMPTED
    result = EXERCISES[name].check(crash)
    assert result.status == CRASHED and "with ValueError: no" in result.message


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("q2", "b"),
        ("q4", lambda t, o, tau: [a + tau * (b - a) for a, b in zip(t, o)]),
        ("q4", lambda t, o, tau: (1 - tau) * np.array(t) + tau * np.array(o)),
        ("q5", lambda rows: np.max(rows, axis=1)),
        ("q6", lambda terminated, truncated: not terminated),
    ],
)
def test_a_right_answer(name, answer):
    assert EXERCISES[name].check(answer).status == CORRECT


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (50, "your guess was too high"),
        (7, "your guess was too high"),
        (200, "it must lie between 0 and 100"),
        ("none", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": 0}).message
    assert EXERCISES["q1"].check({"prediction": 1, "truth": 0}).status == CORRECT
