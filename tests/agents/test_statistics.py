"""Intervals against values from tables, and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents.statistics import bootstrap, interval, paired, share_interval, standard_error, student_t


def test_students_t_as_in_the_tables():
    assert student_t(10) == pytest.approx(2.262, abs=5e-4)
    assert student_t(5, 0.99) == pytest.approx(4.604, abs=5e-4)
    assert student_t(10**6) == pytest.approx(1.960, abs=5e-4)


def test_an_interval_by_hand():
    found = interval([1.0, 2.0, 3.0])
    assert standard_error([1.0, 2.0, 3.0]) == pytest.approx(1 / np.sqrt(3))
    reach = 4.30265 / np.sqrt(3)
    assert (found.mean, found.low, found.high) == pytest.approx((2, 2 - reach, 2 + reach), rel=1e-5)
    assert found.width == pytest.approx(2 * reach, rel=1e-5)
    assert found.holds(0) and not found.holds(5)
    assert str(found) == "2, interval -0.4841 to 4.484"


@pytest.mark.parametrize(("make", "least"), [(interval, 0.93), (bootstrap, 0.88)])
def test_so_many_intervals_hold_the_truth(make, least):
    rng = np.random.default_rng(1)
    more = {} if make is interval else {"resamples": 1000}
    share = np.mean([make(rng.normal(3, 2, 12), **more).holds(3) for _ in range(1000)])
    assert least < share < 0.97


def test_the_bootstrap_is_the_same_each_time_and_not_for_another_seed():
    values = [3.1, 1.2, 4.7, 1.4, 5.9, 9.3, 2.8]
    assert bootstrap(values) == bootstrap(values) != bootstrap(values, seed=1)
    assert 1.2 <= bootstrap(values).low < np.mean(values) < bootstrap(values).high <= 9.3


def test_pairs_see_a_difference_that_the_seeds_hide():
    first = np.array([10.0, 50.0, 90.0, 130.0])
    second = first + [4.0, 5.0, 6.0, 5.0]
    assert not paired(first, second).holds(0) and paired(first, second).mean == 5
    assert interval(first).holds(second.mean())
    with pytest.raises(ValueError, match="There are 4 and 3 values: pairs need as many of each."):
        paired(first, second[:3])


def test_shares_by_wilson():
    found = share_interval(5, 8)  # as in R: prop.test(5, 8, correct=FALSE)
    assert (found.mean, found.low, found.high) == pytest.approx((0.625, 0.30574, 0.86317), abs=1e-4)
    assert share_interval(0, 8).low == 0 and share_interval(8, 8).high == 1
    assert share_interval(0, 8).high == pytest.approx(1 - share_interval(8, 8).low) == pytest.approx(0.3244, abs=1e-4)


@pytest.mark.parametrize("values", [[], [1.0], 3.0, [[1.0, 2.0]]])
def test_too_few_values(values):
    with pytest.raises(ValueError, match="an interval needs a list of at least two"):
        interval(values)


def test_gaps_and_nonsense_are_refused():
    with pytest.raises(ValueError, match="Some values are no numbers"):
        bootstrap([1.0, float("nan")])
    with pytest.raises(ValueError, match="confidence is 95"):
        interval([1.0, 2.0], 95)
    for count, n in ((9, 8), (-1, 8), (0, 0)):
        with pytest.raises(ValueError, match=f"{count} of {n} is no share"):
            share_interval(count, n)
