"""Chance by counting: numbers that depend on a seed and a counter alone.

Counting instead of drawing keeps the chance of one car independent of the other cars', and a snapshot plain arrays.
"""

from __future__ import annotations

import numpy as np


def uniform(seeds: np.ndarray, counters: np.ndarray, count: int) -> np.ndarray:
    """(count, k) uniform numbers in [0, 1) from seeds and counters (k,), by SplitMix64 (Steele et al. 2014)."""
    words = mix(mix(seeds) + counters + np.arange(count, dtype=np.uint64)[:, None] * np.uint64(2**32))
    return (words >> np.uint64(11)) * 2.0**-53


def mix(word: np.ndarray) -> np.ndarray:
    """Words (uint64) that look like chance, one for each: SplitMix64."""
    word = word + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
