"""The three tricks of TD3, each by itself and for steering alone; `td3.Learner` has them together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

Critic = Callable[[np.ndarray], np.ndarray]  # actions (b,) -> judgements (b,)


def smoothed(proposed: np.ndarray, rolls: np.ndarray, noise: float = 0.2, clip: float = 0.5) -> np.ndarray:
    """Trick 3, target policy smoothing: actions (b,) near the proposed ones, no further than ``clip``, in [-1, 1].

    Args:
        proposed: (b,) in [-1, 1].  rolls: (b,) of a bell curve with standard deviation 1.  noise: of the actions.
    """
    return np.clip(proposed + np.clip(noise * rolls, -clip, clip), -1.0, 1.0)


def goal(
    rewards: np.ndarray,
    goes_on: np.ndarray,
    proposed: np.ndarray,
    rolls: np.ndarray,
    critic_one: Critic,
    critic_two: Critic,
    gamma: float = 0.97,
) -> np.ndarray:
    """(b,) what both critics should have said: r + gamma min_i Q'_i(s', a'), with trick 3 in a' and trick 1 in min.

    Args:
        rewards: (b,).  goes_on: (b,) 1, or 0 where the episode came to its end.  proposed, rolls: as in `smoothed`.
        critic_one, critic_two: the target critics in the states that came after.
    """
    actions = smoothed(proposed, rolls)
    return rewards + gamma * goes_on * np.minimum(critic_one(actions), critic_two(actions))


def parts_to_move(update: int, delay: int = 2) -> list[str]:
    """Trick 2, delayed updates: which parts of the learner move with this update, counted from 1."""
    return ["critics", "actor", "targets"] if update % delay == 0 else ["critics"]


@torch.no_grad()
def follow(slow: nn.Module, fast: nn.Module, rate: float) -> None:
    """Move all that decides what a network says, its weights and running means, a part of the way to the fast one's."""
    for lagging, leading in zip(
        [*slow.parameters(), *slow.buffers()], [*fast.parameters(), *fast.buffers()], strict=True
    ):
        lagging.lerp_(leading, rate)


def normalising_network(slots: int = 2, seed: int = 0) -> nn.Sequential:
    """A small network that takes the mean off its inputs first.

    The mean is a running one, kept as a buffer: it is no weight, and no gradient moves it.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        normalise, layer = nn.BatchNorm1d(slots, affine=False), nn.Linear(slots, 1)
    normalise.num_batches_tracked = None  # counts nothing that decides an answer
    return nn.Sequential(normalise, layer)
