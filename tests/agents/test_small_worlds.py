"""Our algorithms on the small worlds of the course: they hold the pole with the numbers of OpenMined's Unity scene."""

from __future__ import annotations

import numpy as np
import pytest

import course_lib  # noqa: F401  registers the environments
from course_lib.agents import make_envs, reinforce

POLE = "FirstLap/BalancingPole-v0"


def lengths_of_episodes(policy, env_id: str, episodes: int = 100) -> np.ndarray:
    """How many steps each of so many episodes lasts, without exploration."""
    envs = make_envs(env_id, episodes)
    observations, _ = envs.reset(seed=1000)
    playing, lengths = np.ones(episodes, bool), np.zeros(episodes, int)
    while playing.any():
        observations, _, terminated, truncated, _ = envs.step(policy.act(observations))
        lengths += playing
        playing &= ~(terminated | truncated)
    envs.close()
    return lengths


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_pole_of_the_unity_scene_is_held_to_the_time_limit(seed):
    envs = make_envs(POLE, 16)
    policy = reinforce.train(envs, reinforce.Config(steps=60_000), seed=seed).policy
    envs.close()
    assert (lengths_of_episodes(policy, POLE) == 200).mean() >= 0.9


def test_a_policy_that_learnt_nothing_does_not_hold_it():
    envs = make_envs(POLE, 16)
    policy = reinforce.train(envs, reinforce.Config(steps=500, learning_rate=0.0)).policy
    envs.close()
    assert (lengths_of_episodes(policy, POLE) == 200).mean() < 0.1
