"""A reward function that takes most of a training's time is named, once."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from course_lib.sim.race_world import RaceWorld
from course_lib.sim.reward_params import RewardCaller, SlowRewardWarning


class Clock:
    """Seconds that pass only when somebody says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def training(square, call_seconds: float, other_seconds: float, steps: int, cars: int = 2) -> RewardCaller:
    """Steps of a world whose reward takes some seconds a call, and everything else some seconds a step."""
    clock = Clock()

    def slow_reward(params):
        clock.now += call_seconds
        return 1.0

    caller = RewardCaller(slow_reward, RaceWorld(square, n=cars), clock)
    caller.reset()
    clock.now += 500.0  # somebody reads the notebook before the training begins
    for _ in range(steps):
        caller.world.step(np.zeros((cars, 2)))
        caller.step()
        clock.now += other_seconds
    return caller


def test_seconds_and_calls_are_counted(square):
    caller = training(square, call_seconds=0.001, other_seconds=1.0, steps=10)
    assert caller.calls == 22 and caller.seconds == pytest.approx(0.022)


def test_a_slow_reward_is_named_once(square):
    with pytest.warns(SlowRewardWarning) as caught:
        training(square, call_seconds=0.1, other_seconds=0.05, steps=100)
    (warning,) = caught
    said = str(warning.message)
    assert said.startswith(f"{__file__}, line ") and "\n" not in said
    assert "takes 100000 µs a call and 83% of the time of this run" in said and "above the function" in said


@pytest.mark.parametrize(
    ("call_seconds", "other_seconds", "steps"),
    [(0.1, 0.05, 8), (0.1, 0.3, 100), (1e-5, 0.0, 100)],
    ids=["it has taken less than 2 s", "the rest takes longer", "it is quick"],
)
def test_other_rewards_are_not(square, call_seconds, other_seconds, steps):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        training(square, call_seconds, other_seconds, steps)


def test_a_reward_that_becomes_slow_is_named_then(square):
    caller = training(square, call_seconds=0.1, other_seconds=0.4, steps=30)
    clock = caller._clock

    def slower(params):
        clock.now += 5.0
        return 1.0

    caller.functions = [slower] * 2
    with pytest.warns(SlowRewardWarning, match="% of the time"):
        caller.step()
