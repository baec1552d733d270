"""DQN with a table in place of the network, in a world whose values are known: what a wrong part does is seen at once.

The world: ten cells in a row, the flag behind the last one. Actions 0, 1, 2: a cell to the left, stay, a cell to the
right. Each step costs 1. An episode ends at the flag, or is cut off after twelve steps.
"""

from __future__ import annotations

import numpy as np

CELLS, CLOCK, GAMMA, TAU, RATE, BATCH = 10, 12, 0.9, 0.125, 0.2, 3


def blend(target: list[float], online: list[float], tau: float) -> list[float]:
    """The target's weights, moved a part ``tau`` of the way to the online ones."""
    return [(1 - tau) * old + tau * new for old, new in zip(target, online)]


def best_next(q_rows: list[list[float]]) -> list[float]:
    """For each remembered step the largest value in its row of next values."""
    return [max(row) for row in q_rows]


def goes_on(terminated: bool, truncated: bool) -> bool:
    """Is anything to come after this step? After a cut by the clock there would have been."""
    return not terminated


def true_worth() -> np.ndarray:
    """(cells,) what the best way from each cell is worth: -1 for each step to the flag, discounted."""
    distance = CELLS - np.arange(CELLS)
    return -(1 - GAMMA**distance) / (1 - GAMMA)


def learn(blend=blend, best_next=best_next, goes_on=goes_on, updates: int = 4000, seed: int = 0) -> np.ndarray:
    """(cells, 3) what each action is worth, learnt from actions by chance."""
    dice = np.random.default_rng(seed)
    online, target, memory = np.zeros((CELLS, 3)), np.zeros((CELLS, 3)), []
    cell, clock = int(dice.integers(CELLS)), 0
    for _ in range(updates):
        action = int(dice.integers(3))
        after, clock = max(cell + action - 1, 0), clock + 1
        terminated, truncated = after == CELLS, clock == CLOCK
        memory.append((cell, action, min(after, CELLS - 1), goes_on(terminated, truncated)))
        cell = after
        if terminated or truncated:
            cell, clock = int(dice.integers(CELLS)), 0

        steps = [memory[k] for k in dice.integers(len(memory), size=BATCH)]
        best = best_next([target[step[2]].tolist() for step in steps])
        for (before, action, _, more), value in zip(steps, best):
            wanted = -1 + GAMMA * more * value
            online[before, action] += RATE * (wanted - online[before, action])
        target = np.reshape(blend(target.ravel().tolist(), online.ravel().tolist(), TAU), (CELLS, 3))
    return online
