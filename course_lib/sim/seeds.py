"""What environments do with the seed of a reset."""

from __future__ import annotations

import numpy as np


def fresh_seed() -> int:
    """One by chance, for the first reset of an environment that was given none."""
    return int(np.random.SeedSequence().generate_state(1)[0])


def seed_each(seed: int | list[int], n: int, what: str) -> np.ndarray:
    """(n,) seeds: those given, or one number counted on.

    Raises:
        ValueError: there are more or fewer than n; ``what`` they are for, such as "cars".
    """
    seeds = np.arange(n) + seed if np.ndim(seed) == 0 else np.asarray(seed)
    if seeds.shape != (n,):
        raise ValueError(f"There are {len(seeds)} seeds for {n} {what}: give one number, or one each.")
    return seeds
