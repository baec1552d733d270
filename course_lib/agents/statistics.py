"""What some runs tell about all runs: means with their confidence intervals, and whether two numbers go together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special, stats


@dataclass(frozen=True)
class Interval:
    """An estimate, and between which bounds the true value is thought to be.

    Attributes:
        mean: the estimate: of the values, of their differences, or a share.  low, high: the bounds.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4g}, interval {self.low:.4g} to {self.high:.4g}"

    @property
    def width(self) -> float:
        return self.high - self.low

    def holds(self, value: float) -> bool:
        """Does the value lie between the bounds?"""
        return self.low <= value <= self.high


def standard_error(values) -> float:
    """By how much means of so many values typically miss the true mean: std / sqrt(n), with n - 1 in the std.

    Raises:
        ValueError: fewer than two values, or gaps among them.
    """
    values = _checked(values)
    return float(values.std(ddof=1) / math.sqrt(len(values)))


def interval(values, confidence: float = 0.95) -> Interval:
    """The mean with Student's interval: mean ± t * standard error.

    Exact for values that scatter like a bell (Student 1908), and good for others unless they are few and very lopsided.

    Args:
        values: one number per independent run (seed).
        confidence: the share of such intervals that hold the true mean, if all is repeated many times.

    Raises:
        ValueError: fewer than two values, gaps among them, or a confidence that is not between 0 and 1.
    """
    values = _checked(values)
    _check_confidence(confidence)
    mean, reach = float(values.mean()), student_t(len(values), confidence) * standard_error(values)
    return Interval(mean, mean - reach, mean + reach)


def student_t(n: int, confidence: float = 0.95) -> float:
    """How many standard errors an interval of n values reaches to each side."""
    return float(special.stdtrit(n - 1, (1 + confidence) / 2))


def bootstrap(values, confidence: float = 0.95, resamples: int = 10_000, seed: int = 0) -> Interval:
    """The mean with the percentile bootstrap's interval (Efron 1979): draw n values anew, again and again.

    It assumes no bell; with fewer than some ten values it is too narrow.

    Args and errors: as `interval`; ``seed`` is of the draws.
    """
    values = _checked(values)
    _check_confidence(confidence)
    drawn = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(values.mean()), float(low), float(high))


def paired(first, second, confidence: float = 0.95) -> Interval:
    """Student's interval of the differences ``second - first``, value by value: both of the same seed.

    Raises:
        ValueError: as `interval`, or the two have different lengths.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if first.shape != second.shape:
        raise ValueError(f"There are {first.size} and {second.size} values: pairs need as many of each.")
    return interval(second - first, confidence)


def share_interval(count: int, n: int, confidence: float = 0.95) -> Interval:
    """The share ``count`` of ``n`` with Wilson's interval (1927); it stays between 0 and 1, and has a width at 0 of n.

    Raises:
        ValueError: n is below 1, or count is not between 0 and n.
    """
    if n < 1 or not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no share: count lies between 0 and n, and n is at least 1.")
    _check_confidence(confidence)
    z = float(special.ndtri((1 + confidence) / 2))
    share = count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def _checked(values) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"The values have the shape {values.shape}: an interval needs a list of at least two.")
    if not np.isfinite(values).all():
        raise ValueError("Some values are no numbers (nan or inf): which run did they come from?")
    return values


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}: it lies between 0 and 1, such as 0.95.")


def rank_correlation(a, b) -> float:
    """Spearman's, of two arrays (n,); NaN where one of them is constant or there are fewer than two values."""
    ranks = [stats.rankdata(values) for values in (a, b)]
    if len(ranks[0]) < 2 or any(np.ptp(rank) == 0 for rank in ranks):
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])
