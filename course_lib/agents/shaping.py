"""Potential-based reward shaping: hints on the way to a far goal that cannot change which policy is best."""

from __future__ import annotations

from collections.abc import Callable

import gymnasium
import numpy as np


class PotentialShaping(gymnasium.Wrapper):
    """Adds gamma * potential(s') - potential(s) to each reward (Ng, Harada and Russell 1999).

    Summed up along any way, the hints depend on its first and last state alone, so no detour pays.

    Args:
        env: an environment.
        potential: observation -> number, the larger the nearer to the goal; 0 is taken after a termination.
        gamma: the discount that the algorithm uses.
    """

    def __init__(self, env: gymnasium.Env, potential: Callable[[np.ndarray], float], gamma: float = 0.99):
        super().__init__(env)
        self.potential, self.gamma, self._before = potential, gamma, 0.0

    def reset(self, **kwargs):
        observation, info = self.env.reset(**kwargs)
        self._before = float(self.potential(observation))
        return observation, info

    def step(self, action):
        observation, reward, terminated, truncated, info = self.env.step(action)
        after = 0.0 if terminated else float(self.potential(observation))
        reward, self._before = reward + self.gamma * after - self._before, after
        return observation, reward, terminated, truncated, info
