"""Many worlds that are stepped together, shown as one: for a moving picture of all of them."""

from __future__ import annotations

import gymnasium
from gymnasium.vector import VectorEnv


class SideBySide(gymnasium.Env):
    """A vector environment that draws itself, as one environment; observations and actions stay (n, ...).

    The reward is the mean; the episode ends after ``steps`` steps, whatever happens in the worlds::

        animate(SideBySide(make_envs("FirstLap/BallBalance-v0", 4, render_mode="rgb_array"), steps=200), policy)

    Raises:
        ValueError: the environments draw nothing.
    """

    def __init__(self, envs: VectorEnv, steps: int):
        if envs.render_mode != "rgb_array":
            raise ValueError('These environments draw nothing: make them with render_mode="rgb_array".')
        self.envs, self.steps, self.lived = envs, steps, 0
        self.metadata, self.render_mode, self.spec = envs.metadata, "rgb_array", envs.spec
        self.observation_space, self.action_space = envs.observation_space, envs.action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.lived = 0
        return self.envs.reset(seed=seed, options=options)

    def step(self, action):
        self.lived += 1
        observations, rewards, _, _, infos = self.envs.step(action)
        return observations, float(rewards.mean()), False, self.lived >= self.steps, infos

    def render(self):
        return self.envs.render()

    def close(self):
        self.envs.close()
