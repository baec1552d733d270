"""How good a trained policy is, in one number, found on episodes that no training has seen.

They are functions of this module so that a worker in another process can be told to use them by their name.
"""

from __future__ import annotations

import numpy as np

from course_lib.agents.training import make_envs
from course_lib.sim.laps import run_laps

TEST_SEED = 1_000_000  # far from the seeds that trainings begin with


def mean_return(policy, episodes: int = 20, seed: int = TEST_SEED) -> float:
    """The mean return of the policy without exploration, in the environment that it was trained in."""
    envs = make_envs(policy.env_id, episodes, **policy.env_kwargs)
    observations, _ = envs.reset(seed=seed)
    returns, playing = np.zeros(episodes), np.ones(episodes, bool)
    while playing.any():
        observations, rewards, terminated, truncated, _ = envs.step(policy.act(observations))
        returns += np.where(playing, rewards, 0.0)
        playing &= ~(terminated | truncated)
    envs.close()
    return float(returns.mean())


def clean_laps(policy, starts: int = 16, seed: int = 0) -> int:
    """How many cars, started from so many places of the track that the policy was trained on, drive a clean lap."""
    return int(run_laps(policy, policy.env_kwargs.get("track", "camp"), starts=starts, seed=seed).clean.sum())
