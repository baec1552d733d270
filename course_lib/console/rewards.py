"""Rewards of any size made fit for learning, while the true ones are kept for the reports."""

from __future__ import annotations

from gymnasium.vector import VectorEnv, VectorWrapper
from gymnasium.wrappers.vector import NormalizeReward

from course_lib.agents.training import EpisodeReturns


class TrueRewards(VectorWrapper):
    """Keeps account of the rewards that pass through."""

    def __init__(self, env: VectorEnv):
        super().__init__(env)
        self._returns, self._sum, self._driven = EpisodeReturns(env), 0.0, 0

    def step(self, actions):
        driving = getattr(self.unwrapped, "driving", None)  # where cars wait for each other
        self._driven += self.num_envs if driving is None else int(driving.sum())
        result = self.env.step(actions)
        self._sum += float(result[1].sum())
        self._returns.add(result[1], result[2] | result[3])
        return result

    def told(self) -> dict[str, float]:
        """The mean "reward" per step since the last call, and the mean "return" of episodes that ended, if any did."""
        mean, self._sum, self._driven = self._sum / max(self._driven, 1), 0.0, 0
        return {"reward": mean, **self._returns.metrics()}


def scaled(envs: VectorEnv, gamma: float) -> tuple[VectorEnv, TrueRewards]:
    """The environments with rewards divided by the spread of their discounted sums, and who knows the true ones.

    A critic learns numbers near 1 in few updates; a file that pays 1e4 a step would leave it far behind.
    """
    true = TrueRewards(envs)
    return NormalizeReward(true, gamma), true
