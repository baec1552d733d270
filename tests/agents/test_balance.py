"""The ball on the plate: PPO learns in seconds to hold it for the whole 20 s of an episode."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents import make_envs, ppo

STEPS = 1000  # of an episode


def held(policy, plates: int = 100, seed: int = 10_000) -> float:
    """The share of plates on which the ball lies until the time limit."""
    envs = make_envs("FirstLap/BallBalance-v0", plates)
    observations, _ = envs.reset(seed=seed)
    fallen = np.zeros(plates, bool)
    for _ in range(STEPS):
        observations, _, terminated, truncated, _ = envs.step(policy.act(observations))
        fallen |= terminated
    assert (truncated | fallen).all()  # who did not fall was cut by the clock just now
    return float(1 - fallen.mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_ball_is_held_until_the_time_limit(seed):
    envs = make_envs("FirstLap/BallBalance-v0", 64)
    config = ppo.Config(steps=100_000, gamma=0.99, rollout_steps=32)
    result = ppo.train(envs, config, seed=seed)
    assert held(result.policy) >= 0.9
    envs.close()


def test_who_does_nothing_drops_it():
    class Idle:
        def act(self, observations):
            return np.zeros((len(observations), 2), np.float32)

    assert held(Idle()) <= 0.1
