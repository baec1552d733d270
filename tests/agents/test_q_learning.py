"""Q-learning against value iteration, and value iteration against Bellman's equation."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from course_lib.agents import make_envs, q_learning
from course_lib.agents.value_iteration import best_actions, value_iteration
from course_lib.sim.laps import PolicyError

SMALL = q_learning.Config(steps=2_000)


def learn(name: str, config: q_learning.Config, seed: int, **kwargs) -> q_learning.TablePolicy:
    envs = make_envs(f"FirstLap/{name}-v0", 8, **kwargs)
    policy = q_learning.train(envs, config, seed).policy
    envs.close()
    return policy


def episode_return(policy, name: str, **kwargs) -> float:
    env = gymnasium.make(f"FirstLap/{name}-v0", **kwargs)
    state, _ = env.reset(seed=0)
    total, done = 0.0, False
    while not done:
        state, reward, terminated, truncated, _ = env.step(policy.act(state))
        total, done = total + reward, terminated or truncated
    return total


@pytest.mark.parametrize("layout", ["book", "garage"])
def test_values_fulfil_bellmans_equation(layout):
    rules = gymnasium.make("FirstLap/GridWorld-v0", layout=layout).unwrapped.P
    q = value_iteration(rules, gamma=0.95)
    for state, choices in rules.items():
        for action, outcomes in choices.items():
            expected = sum(p * (r + 0.95 * (0.0 if over else q[s].max())) for p, s, r, over in outcomes)
            assert q[state, action] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_on_firm_ground_the_policy_is_the_best_one_in_every_state(seed):
    rules = gymnasium.make("FirstLap/GridWorld-v0", slip=0.0).unwrapped.P
    config = q_learning.Config(steps=30_000, explore_last=1.0, slowing=0.0)  # nothing is chance: no need to average
    policy = learn("GridWorld", config, seed, slip=0.0)
    best = best_actions(value_iteration(rules))
    assert best[np.arange(len(best)), policy.q.argmax(axis=1)].all()


@pytest.mark.parametrize("seed", range(2))
def test_on_slippery_ground_no_state_loses_more_than_a_step(seed):
    rules = gymnasium.make("FirstLap/GridWorld-v0").unwrapped.P
    policy = learn("GridWorld", q_learning.Config(steps=150_000, explore_last=1.0, slowing=0.8), seed)
    q = value_iteration(rules)
    loss = q.max(axis=1) - q[np.arange(len(q)), policy.q.argmax(axis=1)]
    assert loss.max() <= 0.04  # what a step costs; the second best action is as near as 0.012 in one state


@pytest.mark.parametrize("seed", range(10))
def test_the_blue_square_goes_right(seed):
    assert episode_return(learn("BlueSquare", q_learning.Config(steps=20_000), seed), "BlueSquare") >= 0.93


@pytest.mark.parametrize("seed", range(5))
def test_the_robot_jumps_from_half_a_metre(seed):
    policy = learn("RobotJump", q_learning.Config(steps=500), seed)
    assert policy.act(0) == 2 and episode_return(policy, "RobotJump") == 1


def test_one_seed_is_one_training_and_a_table_can_be_cloned():
    first, second, other = (learn("GridWorld", SMALL, seed).q for seed in (4, 4, 5))
    assert np.array_equal(first, second) and not np.array_equal(first, other)
    envs = make_envs("FirstLap/GridWorld-v0", 8)
    old = q_learning.TablePolicy(first)
    new = q_learning.train(envs, q_learning.Config(steps=8, learning_rate=0.0), clone_from=old).policy
    assert np.array_equal(new.q, first) and new.q is not first


def test_equal_actions_are_taken_by_chance_while_training_and_the_first_one_afterwards():
    untouched = q_learning.Config(steps=400, explore_first=0.0, explore_last=0.0, learning_rate=0.0)
    envs, taken = make_envs("FirstLap/GridWorld-v0", 8), []
    step = envs.step
    envs.step = lambda actions: taken.extend(actions.tolist()) or step(actions)
    policy = q_learning.train(envs, untouched).policy
    assert min(np.bincount(taken, minlength=4)) > 60  # of 400; all four would be 100 each
    assert policy.act(np.arange(12)).tolist() == [0] * 12


def test_the_best_action_is_taken_where_there_is_one():
    values = np.array([[0.0, 1.0, -1.0], [2.0, 2.0, -3.0], [-1.0, -2.0, -1.0]])
    rng = np.random.default_rng(0)
    drawn = np.array([q_learning._best(values, rng) for _ in range(50)])
    assert [set(column) for column in drawn.T.tolist()] == [{1}, {0, 1}, {0, 2}]


def test_reports_and_the_best_policy():
    updates, scores = [], iter([3.0, 1.0, 2.0, 0.0, 0.0])
    envs = make_envs("FirstLap/BlueSquare-v0", 4)
    config = q_learning.Config(steps=3_000, evaluate=lambda policy: next(scores), evaluate_every=1_000)
    result = q_learning.train(envs, config, on_update=updates.append)
    assert [update.steps for update in updates] == [1_000, 2_000, 3_000]
    assert result.policy.trained["steps"] == 1_000  # the best score came first
    assert repr(result.policy) == "TablePolicy(FirstLap/BlueSquare-v0, 21 states x 2 actions)"
    assert result.policy.act(np.array([10, 11])).shape == (2,)


def test_what_cannot_be_counted():
    with pytest.raises(PolicyError, match="The observation is Box"):
        q_learning.train(make_envs("CartPole-v1", 2))
    with pytest.raises(PolicyError, match="The table to clone is"):
        q_learning.train(make_envs("FirstLap/BlueSquare-v0", 2), clone_from=q_learning.TablePolicy(np.zeros((2, 2))))
