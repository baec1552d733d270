"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from course_lib.agents import td3_parts
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.td3.td3_the_three_tricks import EXERCISES, ddpg_goal, published_follow, published_parts


def with_goal(act=lambda p, n: np.clip(p + n, -1, 1), clip=0.5, both=np.minimum, ends=True):
    """TD3's goal with a part of it done in another way."""

    def my_goal(rewards, goes_on, proposed, rolls, critic_one, critic_two):
        actions = act(proposed, np.clip(0.2 * rolls, -clip, clip))
        lowest = both(critic_one(actions), critic_two(actions))
        return rewards + 0.97 * (goes_on if ends else 1) * lowest

    return my_goal


def only_smoothed(rewards, goes_on, proposed, rolls, critic_one, critic_two):
    return rewards + 0.97 * goes_on * critic_one(np.clip(proposed + np.clip(0.2 * rolls, -0.5, 0.5), -1, 1))


def two_actions(rewards, goes_on, proposed, rolls, critic_one, critic_two):
    actions = np.clip(proposed + np.clip(0.2 * rolls, -0.5, 0.5), -1, 1)
    return rewards + 0.97 * goes_on * np.minimum(critic_one(actions), critic_two(proposed))


def follow_buffers_too(slow, fast, rate):
    import torch

    with torch.no_grad():
        for name, lagging in slow.state_dict().items():
            lagging.lerp_(fast.state_dict()[name], rate)


def follow_only_buffers(slow, fast, rate):
    for lagging, leading in zip(slow.buffers(), fast.buffers()):
        lagging.lerp_(leading, rate)


def follow_at_once(slow, fast, rate):
    slow.load_state_dict(fast.state_dict())


def the_fast_one_follows(slow, fast, rate):
    follow_buffers_too(fast, slow, rate)


def trained(clean=16, promised=5.0, came=5.2):
    return SimpleNamespace(clean=clean, history=[{"promised": promised, "came": came}])


def crash(*_):
    raise ValueError("no")


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", lambda update, delay=2: ["critics"], "that is a list of one value, and 3 are due"),
        ("q2", lambda update, delay=2: ["critics", "actor", "targets"], "that is a list of 3 values, and 1 are due"),
        ("q2", lambda update, delay=2: ["critics", "actor"] if update % delay else ["critics"], "`my_parts(1, 2)`"),
        ("q2", lambda update, delay=2: "critics", "gave the text 'critics': a list of names is due"),
        ("q2", lambda update, delay=2: print(update), "is a `return` missing"),
        ("q3", only_smoothed, "Only critic_one was asked, about the actions [0.2, 0.4, -0.26]"),
        ("q3", with_goal(clip=9.0), "one is 0.80 away from the proposed action, further than `clip` allows"),
        ("q3", with_goal(act=lambda p, n: p + n), "1.3"),
        ("q3", two_actions, "asked about different actions"),
        ("q3", with_goal(both=np.maximum), "`my_goal("),
        ("q3", with_goal(both=lambda a, b: (a + b) / 2), "`my_goal("),
        ("q3", with_goal(ends=False), "look at [1]"),
        ("q3", with_goal(both=lambda a, b: min(a.min(), b.min())), "look at [0]"),
        ("q3", with_goal(act=lambda p, n: p), "look at [0]"),
        ("q4", follow_only_buffers, "`1.bias` of the slow network stayed at"),
        ("q4", follow_at_once, "`my_follow(0.25)` gave"),
        ("q4", the_fast_one_follows, "The fast network was changed. It leads"),
        ("q4", lambda slow, fast, rate: slow.parameters(), "of the slow network stayed at"),
        ("q5", trained(clean=3), "It drives 3 of 16 laps clean; at least 12 are due"),
        ("q5", trained(promised=7.8), "You got 50 %, the bar is 10 %. That is 40 % too much."),
        ("q5", trained(promised=2.6), "You got 50 %"),
        ("q5", [trained()], "hand in one of them"),
        ("q5", {"mine": [trained()]}, "hand in one of them"),
        ("q5", "my_run", "That is a text"),
        ("q5", None, "that is nothing at all"),
        ("q6", "TD3 is better.", "That is 3 words; write at least 20"),
        ("q6", 3, "write sentences"),
        ("q6", ["a", "b"], "write sentences"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG, result
    assert said in result.message, result.message


@pytest.mark.parametrize(("name", "starter"), [("q2", published_parts), ("q3", ddpg_goal), ("q4", published_follow)])
def test_the_starter_is_no_answer_and_a_crash_is_told(name, starter):
    assert EXERCISES[name].check(starter).status == NOT_ATTEMPTED
    result = EXERCISES[name].check(crash)
    assert result.status == CRASHED and "with ValueError: no" in result.message


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("q2", td3_parts.parts_to_move),
        ("q2", lambda update, delay=2: ("critics",) if update % delay else ("targets", "actor", "critics")),
        ("q3", with_goal()),
        ("q3", lambda *given: td3_parts.goal(*given)),
        ("q3", with_goal(both=lambda a, b: np.where(a < b, a, b))),
        ("q4", td3_parts.follow),
        ("q4", follow_buffers_too),
        ("q5", trained()),
        ("q5", trained(promised=5.5)),
        (
            "q6",
            "On camp all drive, with or without a trick. The gap of promise and truth is above 0 with one critic.",
        ),
    ],
)
def test_a_right_answer(name, answer):
    assert EXERCISES[name].check(answer).status == CORRECT


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (50, "your guess was too high"),
        (95, "your guess was too high"),
        (-5, "it must lie between 0 and 100"),
        ("few", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": 8}).message
    assert EXERCISES["q1"].check({"prediction": 15, "truth": 8}).status == CORRECT


def test_the_targets_of_a_network_with_running_means_become_it():
    slow, fast = td3_parts.normalising_network(seed=1), td3_parts.normalising_network(seed=2)
    fast[0].running_mean += 5.0
    for _ in range(200):
        td3_parts.follow(slow, fast, 0.1)
    for name, value in fast.state_dict().items():
        np.testing.assert_allclose(slow.state_dict()[name], value, atol=1e-5)
