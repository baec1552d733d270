"""Many bandit learners at once: each keeps its own means, and what is known of epsilon-greedy holds."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents.bandits import epsilon_greedy, many_learners

CHANCES = [0.0, 0.04, 0.64, 0.09]


def test_a_value_is_the_mean_of_the_rewards_of_that_choice():
    runs = many_learners(CHANCES, 0.3, tries=80, learners=20, seed=1)
    for q, choices, rewards in zip(runs.q, runs.choices, runs.rewards):
        for choice in range(4):
            some = rewards[choices == choice]
            assert q[choice] == pytest.approx(some.mean() if len(some) else 0.0)
    assert runs.totals == pytest.approx(runs.rewards.sum(axis=1))


def test_imagined_tries_count_like_real_ones():
    runs = many_learners(CHANCES, 0.3, tries=50, learners=20, first_value=1.0, first_tries=3)
    for q, choices, rewards in zip(runs.q, runs.choices, runs.rewards):
        for choice in range(4):
            some = [1.0] * 3 + list(rewards[choices == choice])
            assert q[choice] == pytest.approx(np.mean(some))


def test_a_greedy_learner_is_stuck_as_often_as_the_first_try_of_the_best_fails():
    runs = many_learners(CHANCES, 0.0, tries=200, learners=4000)
    stuck = runs.favourites != 2
    assert stuck.mean() == pytest.approx(0.36, abs=0.03)
    assert (runs.q[stuck, 2] == -1.0).all()


def test_rewards_come_with_their_chances_and_chance_chooses_evenly():
    runs = many_learners(CHANCES, 1.0, tries=100, learners=400)
    for choice, chance in enumerate(CHANCES):
        assert (runs.choices == choice).mean() == pytest.approx(0.25, abs=0.01)
        assert (runs.rewards[runs.choices == choice] > 0).mean() == pytest.approx(chance, abs=0.02)


def test_a_falling_epsilon_is_asked_for_each_try():
    runs = many_learners(CHANCES, lambda k: 1.0 if k < 20 else 0.0, tries=40, learners=300)
    assert len(np.unique(runs.choices[:, 19])) == 4
    assert (runs.choices[:, 38] == runs.choices[:, 39]).mean() > 0.9


def test_the_same_seed_is_the_same_luck():
    first, second, other = (many_learners(CHANCES, 0.1, tries=30, learners=50, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.choices, second.choices) and np.array_equal(first.rewards, second.rewards)
    assert not np.array_equal(first.rewards, other.rewards)


def test_one_choice_by_epsilon_greedy():
    q, rng = np.array([0.1, 0.5, 0.5]), np.random.default_rng(0)
    assert [epsilon_greedy(q, 0.0, rng) for _ in range(5)] == [1] * 5
    counts = np.bincount([epsilon_greedy(q, 0.6, rng) for _ in range(3000)], minlength=3) / 3000
    assert counts == pytest.approx([0.2, 0.6, 0.2], abs=0.03)


@pytest.mark.parametrize("epsilon", [-0.1, 1.5, None, "much", float("nan"), [0.1, 0.2]])
def test_an_epsilon_that_is_no_share(epsilon):
    with pytest.raises(ValueError, match="The epsilon of try 2 is .*a number from 0 to 1 is due"):
        many_learners(CHANCES, lambda k: 0.5 if k < 2 else epsilon, tries=5, learners=3)
