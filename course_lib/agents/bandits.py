"""Bandits: one state, a few choices, and a reward for each try. What is the best choice, and what does finding it cost?

The learner keeps the mean reward of each choice as its value Q and chooses by epsilon-greedy (Sutton and Barto,
"Reinforcement Learning: An Introduction", 2nd edition, 2018, sections 2.2 to 2.6). `many_learners` runs a thousand
of them side by side in arrays, to see what is luck and what is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np


def epsilon_greedy(q: np.ndarray, epsilon: float, rng: np.random.Generator) -> int:
    """A choice: with probability ``epsilon`` any at all, else the (first) one with the largest value in q."""
    if rng.random() < epsilon:
        return int(rng.integers(len(q)))
    return int(np.argmax(q))


@dataclass
class BanditRuns:
    """What n learners did in m tries with k choices.

    Attributes:
        q: (n, k) the value of each choice in the end.
        choices: (n, m) int.  rewards: (n, m), each the reward for winning or losing.
    """

    q: np.ndarray
    choices: np.ndarray
    rewards: np.ndarray

    def __repr__(self) -> str:
        learners, tries = self.choices.shape
        return f"BanditRuns({learners:,} learners, {tries} tries, mean total reward {self.totals.mean():.1f})"

    @property
    def totals(self) -> np.ndarray:
        """(n,) the rewards of each learner together."""
        return self.rewards.sum(axis=1)

    @property
    def favourites(self) -> np.ndarray:
        """(n,) the choice that each learner holds for the best in the end."""
        return self.q.argmax(axis=1)


def many_learners(
    chances: Sequence[float],
    epsilon: float | Callable[[int], float] = 0.1,
    tries: int = 300,
    learners: int = 1000,
    seed: int = 0,
    first_value: float = 0.0,
    first_tries: int = 0,
) -> BanditRuns:
    """Epsilon-greedy learners with means, each on its own, all on the same bandit of +1 and -1.

    Args:
        chances: for each choice the probability of +1; else it is -1.
        epsilon: the share of choices by chance, or a function: number of the try (0, 1, ...) -> that share.
        first_value: what every choice is thought to be worth before it was tried...
        first_tries: ...as if it had brought that in so many tries; 0: the first real reward wipes it out.

    Raises:
        ValueError: an epsilon that is no number from 0 to 1; the message names the try.
    """
    chances, rng = np.asarray(chances, dtype=np.float64), np.random.default_rng(seed)
    each = np.arange(learners)
    q = np.full((learners, len(chances)), float(first_value))
    n = np.full(q.shape, first_tries)
    choices, rewards = np.empty((learners, tries), dtype=int), np.empty((learners, tries))
    for k in range(tries):
        share = _share(epsilon(k) if callable(epsilon) else epsilon, k)
        by_chance = rng.random(learners) < share
        choice = np.where(by_chance, rng.integers(len(chances), size=learners), q.argmax(axis=1))
        reward = np.where(rng.random(learners) < chances[choice], 1.0, -1.0)
        n[each, choice] += 1
        q[each, choice] += (reward - q[each, choice]) / n[each, choice]
        choices[:, k], rewards[:, k] = choice, reward
    return BanditRuns(q, choices, rewards)


def _share(epsilon, k: int) -> float:
    try:
        share = float(epsilon)
    except (TypeError, ValueError):
        share = float("nan")
    if not 0.0 <= share <= 1.0:
        told = repr(epsilon)
        told = told if len(told) <= 60 else told[:57] + "..."
        raise ValueError(f"The epsilon of try {k} is {told}: a number from 0 to 1 is due.")
    return share
