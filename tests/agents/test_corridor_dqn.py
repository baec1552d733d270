"""DQN on a table: the right parts find the true values, and each published bug does what the lesson says."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents.corridor_dqn import blend, learn, true_worth
from course_lib.exercises.rl_basics.deep_q_network import published_best_next, published_blend, published_goes_on

seeds = pytest.mark.parametrize("seed", range(3))


def test_the_true_worth_written_out():
    assert true_worth()[-3:] == pytest.approx([-(1 + 0.9 + 0.81), -1.9, -1.0])


@seeds
def test_the_right_parts_find_the_truth(seed):
    q = learn(seed=seed)
    assert q.max(axis=1) == pytest.approx(true_worth(), abs=0.01)
    assert (q.argmax(axis=1) == 2).all()


@seeds
def test_a_target_that_is_zeroed_sees_no_further_than_two_cells(seed):
    best = learn(blend=published_blend, seed=seed).max(axis=1)
    assert np.ptp(best[:8]) < 0.01
    target = [8.0]
    for _ in range(3):
        target = published_blend(target, [8.0], 0.125)
    assert target == [1.0] and blend([8.0], [8.0], 0.125) == [8.0]


@seeds
def test_the_best_of_strangers_hides_the_way(seed):
    q = learn(best_next=published_best_next, seed=seed)
    assert np.abs(q.max(axis=1) - true_worth()).max() > 1
    assert (q.argmax(axis=1) != 2).any()


@seeds
def test_who_takes_the_clock_for_an_end_waits_for_it(seed):
    q = learn(goes_on=published_goes_on, seed=seed)
    assert (q.max(axis=1)[:4] - true_worth()[:4] > 1).all()
    assert (q.argmax(axis=1)[:5] != 2).any() and (q.argmax(axis=1)[7:] == 2).all()
