"""DQN: its targets and memory against values written out, that it balances a pole, and shaping."""

from __future__ import annotations

from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
import torch

from course_lib.agents import dqn, make_envs
from course_lib.agents.scores import mean_return
from course_lib.agents.shaping import PotentialShaping
from course_lib.sim.laps import PolicyError, run_laps
from course_lib.sim.toys.mountain_car import potential, scaled, steps_to_flag

CLIMBING = dqn.Config(steps=12_000)  # as in 07_deep_q_network; ten seeds of ten had 100 flags when it was chosen


def table(values):
    """A network that answers with these Q-values, whatever the observation."""
    return SimpleNamespace(actor=lambda observations: torch.tensor(values).expand(len(observations), -1))


def test_one_network_chooses_and_the_other_judges():
    network, target = table([0.0, 5.0, 1.0]), table([100.0, 2.0, 50.0])
    after = torch.zeros(2, 4)
    wanted = dqn.targets(network, target, torch.tensor([1.0, 1.0]), after, torch.tensor([1.0, 0.0]), gamma=0.5)
    assert wanted.tolist() == [1 + 0.5 * 2.0, 1.0]  # neither the target's 100 nor anything after an end


def test_the_memory_is_a_ring_and_an_end_is_no_time_limit():
    memory = dqn.Memory(size=4, slots=1)
    for k in range(3):
        numbers = np.array([[2.0 * k], [2.0 * k + 1]])
        memory.add(numbers, np.array([k, k]), np.array([0.5, 0.5]), numbers + 1, np.array([k == 2, False]))
    assert sorted(memory.before.ravel()) == [2, 3, 4, 5]
    before, actions, rewards, after, goes_on = memory.draw(200, np.random.default_rng(0))
    assert set(before.ravel().tolist()) == {2, 3, 4, 5}
    assert torch.equal(after, before + 1)
    assert torch.equal(actions, (before.ravel() // 2).long())
    assert torch.equal(goes_on, (before.ravel() != 4).float())


def test_a_memory_that_is_not_full_gives_only_what_was_lived():
    memory = dqn.Memory(size=100, slots=1)
    memory.add(np.ones((3, 1)), np.ones(3), np.ones(3), np.ones((3, 1)), np.zeros(3))
    assert memory.draw(50, np.random.default_rng(0))[0].min() == 1


def test_a_pole_is_balanced():
    envs = make_envs("CartPole-v1", 16)
    result = dqn.train(envs, dqn.Config(steps=40_000, evaluate=lambda policy: mean_return(policy, 16)), seed=0)
    assert mean_return(result.policy, 100) >= 195
    assert {"loss", "epsilon", "steps", "seconds"} <= set(result.history[-1])
    assert result.history[-1]["epsilon"] == pytest.approx(0.02)
    envs.close()


def test_without_a_hint_no_car_sees_the_flag():
    envs = make_envs("MountainCar-v0", 16, wrappers=[scaled])
    result = dqn.train(envs, dqn.Config(steps=6_000), seed=0)
    envs.close()
    assert {row["return"] for row in result.history if "return" in row} == {-200.0}
    assert not np.isfinite(steps_to_flag(result.policy, episodes=20)).any()


def test_what_is_left_at_the_end_of_the_budget_is_reported():
    envs = make_envs("CartPole-v1", 16)
    result = dqn.train(envs, dqn.Config(steps=3_000, report_every=2_048, warm_up=2_500, batch=16), seed=0)
    assert [row["steps"] for row in result.history] == [2_048, 3_008]
    assert result.policy.trained["steps"] == 3_008
    assert result.history[0]["loss"] == 0 < result.history[1]["loss"]
    short = dqn.train(envs, dqn.Config(steps=10**9, seconds=0.05, report_every=10**9, warm_up=10**9), seed=0)
    assert len(short.history) == 1 and short.history[0]["steps"] > 0  # time ran out before the first report was due
    envs.close()


def test_one_seed_is_one_training():
    envs = make_envs("CartPole-v1", 4)
    config = dqn.Config(steps=4000, warm_up=500)
    first, second, other = (dqn.train(envs, config, seed).policy.network.state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
    envs.close()


def climbing_envs(*wrappers):
    return make_envs("MountainCar-v0", 16, wrappers=[*wrappers, scaled])


@pytest.mark.parametrize("seed", range(5))
def test_a_hill_is_climbed_with_a_hint(seed):
    envs = climbing_envs(lambda env: PotentialShaping(env, potential, CLIMBING.gamma))
    policy = dqn.train(envs, CLIMBING, seed).policy
    envs.close()
    assert np.isfinite(steps_to_flag(policy)).sum() >= 90


@pytest.mark.parametrize("seed", range(2))
def test_a_race_car_laps_the_oval_by_ten_choices(seed):
    choices = [{"steering_angle": a, "speed": v} for v in (1.0, 2.0) for a in (-25, -10, 0, 10, 25)]
    envs = make_envs("FirstLap/Race-v0", 16, track="oval", action_space=choices, laps=20)
    config = dqn.Config(steps=20_000, gamma=0.9, explore_share=0.3, target_rate=0.02)  # as in 07_deep_q_network
    laps = run_laps(dqn.train(envs, config, seed).policy, "oval")
    envs.close()
    assert laps.clean.sum() >= 12


def test_actions_that_are_no_choices():
    envs = make_envs("Pendulum-v1", 2)
    with pytest.raises(PolicyError, match="DQN compares choices"):
        dqn.train(envs)
    envs.close()


def test_shaping_adds_up_to_what_lies_between_first_and_last_state():
    gamma = 0.9
    plain = gymnasium.make("MountainCar-v0")
    shaped = PotentialShaping(gymnasium.make("MountainCar-v0"), lambda state: 7.0 * state[0], gamma)
    first, _ = plain.reset(seed=3)
    shaped.reset(seed=3)
    extra = 0.0
    for t in range(50):
        state, reward, *_ = plain.step(t % 3)
        extra += gamma**t * (shaped.step(t % 3)[1] - reward)
    assert extra == pytest.approx(gamma**50 * 7.0 * state[0] - 7.0 * first[0], abs=1e-6)


def test_after_an_end_there_is_no_potential():
    class Ends(gymnasium.Env):
        observation_space, action_space = gymnasium.spaces.Box(-9, 9, (1,)), gymnasium.spaces.Discrete(2)

        def reset(self, seed=None, options=None):
            return np.array([1.0], np.float32), {}

        def step(self, action):
            return np.array([5.0], np.float32), 10.0, action == 0, False, {}

    env = PotentialShaping(Ends(), lambda state: float(state[0]), gamma=0.5)
    env.reset()
    assert env.step(1)[1] == 10.0 + 0.5 * 5.0 - 1.0
    assert env.step(0)[1] == 10.0 - 5.0
