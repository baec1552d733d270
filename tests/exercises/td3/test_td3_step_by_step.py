"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_lib.agents import ddpg_parts
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.td3.td3_step_by_step import EXERCISES, unscaled


def look_at_the_flag(rewards, terminated, truncated, next_q, gamma):
    return rewards if terminated else rewards + gamma * next_q


def crash(*_):
    raise ValueError("no")


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q1", 70, "Your value is 70: "),
        ("q1", 7**10, "Your value is 282475249: "),
        ("q1", "10 to the power of 7", "that is a text, and a number is due"),
        ("q1", None, "that is nothing at all"),
        ("q2", lambda r, te, tr, q, gamma: r + q, "look at [0], which is 2.1"),
        ("q2", lambda r, te, tr, q, gamma: r + gamma * q, "`my_wanted([0.1, -1], [0, 1], [0, 0], [2, 2], 0.95)` gave"),
        ("q2", lambda r, te, tr, q, gamma: r + gamma * (1 - te) * (1 - tr) * q, "[0, 0], [0, 1], [2, 2], 0.95)` gave"),
        ("q2", lambda r, te, tr, q, gamma: r + gamma * te * q, "look at [0], which is 0.1"),
        ("q2", lambda r, te, tr, q, gamma: gamma * (1 - te) * q, "look at [0], which is 1.9"),
        ("q2", lambda r, te, tr, q, gamma: (r + gamma * (1 - te) * q).mean(), "a list of 3 is due"),
        ("q2", lambda r, te, tr, q, gamma=0.95: r + 0.95 * (1 - te) * q, "[1, 1], [3, 3], 0.5)` gave [-1, 3.35]"),
        ("q2", lambda r, te, tr, q, gamma: (r + q).tolist(), "It returned a value of type list: a tensor is due"),
        ("q2", lambda r, te, tr, q, gamma: print(r), "is a `return` missing"),
        ("q2", np.zeros(3), "hand in the function or class by its name"),
        ("q3", "a", "Which weights can make Q larger without any driving?"),
        ("q3", "c", "It leaves a slope in each of its weights."),
        ("q3", "d", "No error comes, and that is the trouble."),
        ("q3", "noise", "give one of the letters"),
        (
            "q4",
            lambda a, rolls, reach: a + 0.1 * reach * rolls,
            "[1, -1, -2], 30)` gave [32, -32, 22]",
        ),
        ("q4", lambda a, rolls, reach: np.clip(a + reach * rolls, -reach, reach), "look at [0], which is 30"),
        ("q4", lambda a, rolls, reach: np.clip(a + 3 * rolls, -reach, reach), "`my_explore([0, 2], [1, -2], 5)` gave"),
        ("q4", lambda a, rolls, reach: np.clip(a + 0.1 * rolls, -reach, reach) * reach, "look at [1], which is 300"),
        ("q4", lambda a, rolls, reach: np.clip(0.1 * reach * rolls, -reach, reach), "look at [1], which is 0"),
        ("q4", lambda a, rolls, reach: (a + rolls)[:, 0], "an array of the shape (3,): (3, 1) is due"),
        ("q4", lambda a, rolls, reach: print(reach), "is a `return` missing"),
        ("q6", "It is too high.", "That is 4 words; write at least 20"),
        ("q6", 5, "write sentences, in quotation marks"),
        ("q6", ["a", "b"], "write sentences, in quotation marks"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG, result
    assert said in result.message, result.message


def test_the_starters_are_no_answers_and_a_crash_is_told():
    assert EXERCISES["q2"].check(lambda rewards, *_: rewards).status == NOT_ATTEMPTED
    assert EXERCISES["q4"].check(unscaled).status == NOT_ATTEMPTED
    for name in ("q2", "q4"):
        result = EXERCISES[name].check(crash)
        assert result.status == CRASHED and "with ValueError: no" in result.message
    asked = EXERCISES["q2"].check(look_at_the_flag)
    assert asked.status == CRASHED and "Boolean value of Tensor" in asked.message


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("q1", 10**7),
        ("q1", 1e7),
        ("q2", ddpg_parts.wanted),
        ("q2", lambda r, te, tr, q, gamma: torch.where(te > 0, r, r + gamma * q)),
        ("q3", "b"),
        ("q4", ddpg_parts.explore),
        ("q4", lambda a, rolls, reach: (a + rolls * reach / 10).clip(-reach, reach)),
        ("q6", "word " * 20),
    ],
)
def test_a_right_answer(name, answer):
    assert EXERCISES[name].check(answer).status == CORRECT


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (50, "your guess was too low"),
        (0, "your guess was too low"),
        (150, "it must lie between 0 and 100"),
        ("most", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q5"].check({"prediction": prediction, "truth": 95.2}).message
    assert EXERCISES["q5"].check({"prediction": 90, "truth": 95.2}).status == CORRECT
