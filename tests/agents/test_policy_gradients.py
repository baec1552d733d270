"""REINFORCE and actor-critic: their returns against sums written out, and that they balance a pole."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.agents import actor_critic, make_envs, reinforce
from course_lib.agents.scores import mean_return


@given(st.integers(1, 6), st.integers(1, 3), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_returns_to_go_are_discounted_sums(steps, n, gamma, seed):
    rewards = np.random.default_rng(seed).normal(size=(steps, n))
    returns = reinforce.returns_to_go(rewards, gamma)
    for t in range(steps):
        expected = sum(gamma ** (k - t) * rewards[k] for k in range(t, steps))
        np.testing.assert_allclose(returns[t], expected, atol=1e-9)


@given(st.integers(1, 6), st.integers(1, 3), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_the_critic_stands_in_for_what_was_not_seen(steps, n, gamma, seed):
    rng = np.random.default_rng(seed)
    rewards, ends, last = rng.normal(size=(steps, n)), rng.random((steps, n)) < 0.3, rng.normal(size=n)
    returns = actor_critic.returns_with_critic(rewards, ends, last, gamma)
    for env in range(n):
        for t in range(steps):
            expected, weight = 0.0, 1.0
            for k in range(t, steps):
                expected += weight * rewards[k, env]
                weight *= gamma
                if ends[k, env]:
                    break
            else:
                expected += weight * last[env]
            assert returns[t, env] == pytest.approx(expected, abs=1e-6)


def test_the_baseline_takes_away_what_all_have_in_common():
    returns = np.array([[10.0, 12.0], [3.0, 99.0]])
    alive = np.array([[True, True], [True, False]])
    better = reinforce.advantages(returns, alive, baseline=True)
    assert better[0, 0] == -better[0, 1] < 0 and better[1, 0] == 0
    plain = reinforce.advantages(returns, alive, baseline=False)
    assert (plain > 0).all()
    assert plain[0, 1] / plain[0, 0] == pytest.approx(1.2)


SOLVED = 195  # the mean return of 100 episodes at which CartPole-v0 counted as solved


@pytest.mark.parametrize(
    ("algorithm", "config", "least"),
    [
        (reinforce, reinforce.Config(steps=60_000), 4),
        # At the default learning rate of 3e-3 some seeds come and go about the mark: the critic follows too fast.
        (actor_critic, actor_critic.Config(steps=100_000, learning_rate=1e-3), 5),
    ],
    ids=["reinforce", "actor_critic"],
)
def test_a_pole_is_balanced(algorithm, config, least):
    """Of five seeds at least so many reach the mark."""
    envs, means = make_envs("CartPole-v1", 16), []
    for seed in range(5):
        result = algorithm.train(envs, config, seed=seed)
        means.append(mean_return(result.policy, 100))
        assert result.history[-1]["steps"] >= config.steps
        assert any("return" in row for row in result.history)
    envs.close()
    assert sum(mean >= SOLVED for mean in means) >= least, means


@pytest.mark.parametrize("algorithm", [reinforce, actor_critic])
@pytest.mark.parametrize("env_id", ["CartPole-v1", "Pendulum-v1"])
def test_one_seed_is_one_training(algorithm, env_id):
    envs = make_envs(env_id, 4)
    config = algorithm.Config(steps=2000)
    first, second, other = (algorithm.train(envs, config, seed).policy.network.state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
    envs.close()


@pytest.mark.parametrize("algorithm", [reinforce, actor_critic])
def test_training_goes_on_from_another_policy_and_stops_when_told(algorithm):
    envs = make_envs("CartPole-v1", 4)
    old = algorithm.train(envs, algorithm.Config(steps=2000)).policy
    updates = []
    config = algorithm.Config(steps=10**9, learning_rate=0.0)

    def stop(update):
        updates.append(update)
        return len(updates) == 3

    new = algorithm.train(envs, config, clone_from=old, on_update=stop).policy
    assert len(updates) == 3
    assert all(torch.equal(a, b) for a, b in zip(old.network.parameters(), new.network.parameters()))
    envs.close()
