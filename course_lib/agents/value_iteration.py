"""Value iteration (Bellman 1957): the best policy of a small world whose rules are known.

Not learning: nothing is tried. It is the answer that Q-learning, which does not know the rules, is held against.
"""

from __future__ import annotations

import numpy as np

Rules = dict[int, dict[int, list[tuple[float, int, float, bool]]]]
"""What can happen, as in toy environments' ``P``: rules[s][a] = [(probability, next state, reward, terminated)]."""


def value_iteration(rules: Rules, gamma: float = 0.99, tolerance: float = 1e-10) -> np.ndarray:
    """Q* by repeating Bellman's optimality equation until it holds.

    Args:
        rules: of the environment, ``env.unwrapped.P``.
        gamma: discount per step, below 1, or 1 where every policy ends.
        tolerance: largest change of a value in the last round.

    Returns:
        (states, actions) the return of each action if all later ones are the best.
    """
    states, actions = len(rules), len(rules[0])
    rewards = np.zeros((states, actions))
    following = np.zeros((states, actions, states))  # probability of going on from there
    for state, choices in rules.items():
        for action, outcomes in choices.items():
            for probability, after, reward, terminated in outcomes:
                rewards[state, action] += probability * reward
                following[state, action, after] += probability * (not terminated)
    q = np.zeros((states, actions))
    while True:
        better = rewards + gamma * following @ q.max(axis=1)
        if np.abs(better - q).max() <= tolerance:
            return better
        q = better


def best_actions(q: np.ndarray, margin: float = 1e-8) -> np.ndarray:
    """(states, actions) bool: actions that are as good as the best one, but for the margin."""
    return q >= q.max(axis=1, keepdims=True) - margin
