"""Playing episodes to see what a policy is worth."""

from __future__ import annotations

import numpy as np

from course_lib.agents import make_envs


def mean_return(policy, env_id: str = "CartPole-v1", n: int = 100) -> float:
    """Of n episodes, one in each of n environments, without exploration."""
    envs = make_envs(env_id, n)
    observations, _ = envs.reset(seed=1000)
    alive, returns = np.ones(n, bool), np.zeros(n)
    while alive.any():
        observations, rewards, terminated, truncated, _ = envs.step(policy.act(observations))
        returns += rewards * alive
        alive &= ~(terminated | truncated)
    envs.close()
    return float(returns.mean())
