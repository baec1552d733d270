"""The parts that students write are those of the course's own TD3, when that is DDPG."""

from __future__ import annotations

import numpy as np
import torch

from course_lib.agents import ddpg_parts, make_envs, td3
from course_lib.agents.training import new_policy


def test_the_goals_are_those_of_the_learner_with_one_critic():
    envs = make_envs("FirstLap/Race-v0", 2)
    config = td3.Config(critics=1, policy_delay=1, target_noise=0, gamma=0.9)
    learner = td3.Learner(new_policy(envs, config, 0, "td3", None), config, torch.Generator())
    generator = torch.Generator().manual_seed(0)
    rewards, after = torch.randn(6, generator=generator), torch.randn((6, 24), generator=generator)
    terminated, truncated = torch.tensor([[0.0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 1, 0]])
    next_q = learner.target.critic(after, learner.target.actor(after))[0].detach()
    goals = ddpg_parts.wanted(rewards, terminated, truncated, next_q, gamma=0.9)
    torch.testing.assert_close(goals, learner.targets(rewards, after, 1 - terminated))
    assert goals[1] == rewards[1] and goals[2] != rewards[2]


def test_noise_is_a_share_of_the_reach_and_stays_within():
    rolls = np.random.default_rng(0).normal(size=(5000, 1))
    for reach in (30.0, 5.0, 1.0):
        assert abs(ddpg_parts.explore(np.zeros((5000, 1)), rolls, reach).std() / reach - 0.1) < 0.005
        assert ddpg_parts.explore(np.full((5000, 1), reach), rolls, reach).max() == reach
