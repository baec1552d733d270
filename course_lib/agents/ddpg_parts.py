"""Two parts of DDPG that students write in lesson 03, step by step; `td3.py` holds the same for any actions."""

from __future__ import annotations

import numpy as np
import torch

NOISE = 0.1  # standard deviation, a share of the reach


def wanted(rewards: torch.Tensor, terminated: torch.Tensor, truncated: torch.Tensor, next_q: torch.Tensor, gamma=0.95):
    """(b,) what the critic should have said: r + gamma Q'(s', pi'(s')), and r alone after a termination.

    Args:
        terminated, truncated: (b,) 1.0 or 0.0. An episode that was cut by the clock would have gone on.
    """
    return rewards + gamma * (1.0 - terminated) * next_q


def explore(angles: np.ndarray, rolls: np.ndarray, reach: float = 30.0) -> np.ndarray:
    """The actor's angles with noise on the scale of what the wheels can do, within their reach.

    Args:
        angles: (n, k) degrees.  rolls: (n, k) of a standard normal distribution.
    """
    return np.clip(angles + NOISE * reach * rolls, -reach, reach)
