"""PPO: its mathematics against independent computations, and that it learns."""

from __future__ import annotations

from dataclasses import replace

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.agents import ppo
from course_lib.agents.policy import Policy
from course_lib.agents.training import make_envs
from course_lib.sim.laps import PolicyError, run_laps

SMALL = ppo.Config(steps=4096, hidden=(16, 16))


def weights(policy: Policy) -> dict[str, torch.Tensor]:
    return policy.network.state_dict()


def same(a: Policy, b: Policy) -> bool:
    return all(torch.equal(value, weights(b)[name]) for name, value in weights(a).items())


@given(st.integers(1, 6), st.integers(1, 3), st.floats(0.5, 1.0), st.floats(0.0, 1.0), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_advantages_are_the_discounted_sum_of_surprises(steps, n, gamma, lam, seed):
    rng = np.random.default_rng(seed)
    rewards, values = rng.normal(size=(steps, n)), rng.normal(size=(steps + 1, n))
    ends = rng.random((steps, n)) < 0.3
    advantages, returns = ppo.advantages_and_returns(rewards, values, ends, gamma, lam)
    for car in range(n):
        for t in range(steps):
            expected, weight = 0.0, 1.0
            for k in range(t, steps):
                following = 0.0 if ends[k, car] else values[k + 1, car]
                expected += weight * (rewards[k, car] + gamma * following - values[k, car])
                if ends[k, car]:
                    break
                weight *= gamma * lam
            assert advantages[t, car] == pytest.approx(expected, abs=1e-9)
    np.testing.assert_allclose(returns, advantages + values[:-1])


@pytest.mark.parametrize("action_space", [spaces.Box(-1, 1, (2,)), spaces.Discrete(5)])
def test_log_probability_and_entropy_equal_those_of_torch(action_space):
    policy = Policy.create(spaces.Box(-1, 1, (3,)), action_space, (8,), log_std=-0.3)
    outputs = policy.network.actor(torch.randn(7, 3)) + torch.randn(7, 5 if policy.discrete else 2)
    if policy.discrete:
        actions = torch.randint(5, (7,))
        expected = torch.distributions.Categorical(logits=outputs)
        entropy = expected.entropy().mean()
        log_probability = expected.log_prob(actions)
    else:
        actions = torch.randn(7, 2)
        expected = torch.distributions.Normal(outputs, policy.network.log_std.exp())
        entropy = expected.entropy().sum(-1).mean()
        log_probability = expected.log_prob(actions).sum(-1)
    torch.testing.assert_close(ppo.log_probability(policy, outputs, actions), log_probability)
    torch.testing.assert_close(ppo.entropy(policy, outputs), entropy)


def test_drawn_choices_follow_the_softmax():
    policy = Policy.create(spaces.Box(-1, 1, (1,)), spaces.Discrete(3), (8,))
    torch.nn.init.constant_(policy.network.actor[-1].bias, 0.0)
    with torch.no_grad():
        policy.network.actor[-1].bias.copy_(torch.tensor([0.0, 1.0, 2.0]))
        policy.network.actor[-1].weight.zero_()
    actions, _ = ppo.draw(policy, torch.zeros(60_000, 1), torch.Generator().manual_seed(1))
    shares = torch.bincount(actions, minlength=3) / len(actions)
    torch.testing.assert_close(shares, torch.tensor([0.0, 1.0, 2.0]).softmax(0), atol=0.01, rtol=0)


def test_the_clip_stops_the_gradient_of_a_ratio_that_has_moved_far_enough():
    policy = Policy.create(spaces.Box(-1, 1, (2,)), spaces.Box(-1, 1, (1,)), (4,))
    observations, actions = torch.randn(6, 2), torch.randn(6, 1)
    now = ppo.log_probability(policy, policy.network.actor(observations), actions).detach()
    batch = {"observations": observations, "actions": actions, "returns": torch.zeros(6)}
    config = ppo.Config(value_weight=0.0)

    def gradient(shift: float, advantage: float) -> float:
        policy.network.zero_grad()
        told = batch | {"log_probabilities": now - shift, "advantages": torch.full((6,), advantage)}
        ppo.loss(policy, config, told)[0].backward()
        return sum(p.grad.abs().sum().item() for p in policy.network.actor.parameters())

    assert gradient(0.1, 1.0) > 0  # ratio 1.1, within the clip
    assert gradient(0.3, 1.0) == 0  # ratio 1.35: a good action has become likely enough
    assert gradient(0.3, -1.0) > 0  # but a bad one may still be taken back
    assert gradient(-0.3, -1.0) == 0
    assert gradient(-0.3, 1.0) > 0


def test_the_share_of_ratios_outside_the_clip_is_counted():
    policy = Policy.create(spaces.Box(-1, 1, (2,)), spaces.Box(-1, 1, (1,)), (4,))
    observations, actions = torch.randn(4, 2), torch.randn(4, 1)
    now = ppo.log_probability(policy, policy.network.actor(observations), actions).detach()
    change = torch.tensor([0.1, 0.3, -0.3, 0.0])  # ratios 1.11, 1.35, 0.74, 1
    batch = {"observations": observations, "actions": actions, "returns": torch.zeros(4)}
    batch |= {"log_probabilities": now - change, "advantages": torch.ones(4)}
    assert ppo.loss(policy, ppo.Config(), batch)[1]["outside_clip"].item() == 0.5


def test_a_car_learns_clean_laps_and_the_best_policy_is_kept():
    scores = []

    def evaluate(policy):
        scores.append(float(run_laps(policy, "oval", starts=8).progress.mean()))
        return scores[-1]

    config = ppo.Config(steps=40_960, evaluate=evaluate, evaluate_every=8192)
    result = ppo.train(make_envs("FirstLap/Race-v0", 128, track="oval"), config, seed=0)
    laps = run_laps(result.policy, "oval", starts=8)
    assert laps.clean.all()
    assert float(laps.progress.mean()) == max(scores)
    assert [row["steps"] for row in result.history] == list(range(2048, 40_961, 2048))
    assert result.policy.trained["seed"] == 0


def test_cartpole_and_a_discrete_car_learn_too():
    envs = make_envs("CartPole-v1", 16)
    config = ppo.Config(steps=32_768, rollout_steps=64, minibatch=256, gamma=0.99, epochs=8)
    policy = ppo.train(envs, config, seed=1).policy
    env = gymnasium.make("CartPole-v1")
    observation, _ = env.reset(seed=5)
    lasted, over = 0, False
    while not over:
        observation, _, terminated, truncated, _ = env.step(policy.act(observation))
        lasted, over = lasted + 1, terminated or truncated
    assert lasted > 300  # a random policy falls after some 20 steps

    actions = [{"steering_angle": angle, "speed": 1.5} for angle in (-30, -10, 0, 10, 30)]
    envs = make_envs("FirstLap/Race-v0", 64, track="oval", action_space=actions)
    policy = ppo.train(envs, ppo.Config(steps=30_720), seed=0).policy
    assert run_laps(policy, "oval", starts=4).progress.mean() > 50


def test_pendulum_actions_are_put_on_the_scale_of_its_box():
    envs = make_envs("Pendulum-v1", 4)
    seen = []
    step = envs.step
    envs.step = lambda actions: (seen.append(actions), step(actions))[1]
    ppo.train(envs, replace(SMALL, steps=256, log_std=0.5), seed=0)
    assert 1.5 < np.abs(seen).max() <= 2.0


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, second, other = (
        ppo.train(make_envs("FirstLap/Race-v0", 32, track="oval"), SMALL, seed=seed).policy for seed in (3, 3, 4)
    )
    assert same(first, second)
    assert not same(first, other)


def test_the_global_random_state_and_threads_are_left_alone():
    torch.manual_seed(7)
    expected, threads = torch.rand(3), torch.get_num_threads()
    torch.manual_seed(7)
    ppo.train(make_envs("FirstLap/Race-v0", 8), replace(SMALL, steps=256))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_cloning_starts_from_the_same_weights_and_refuses_another_shape():
    envs = make_envs("FirstLap/Race-v0", 16)
    teacher = ppo.train(envs, replace(SMALL, steps=512)).policy
    # With a learning rate of nothing the clone stays what it was.
    clone = ppo.train(envs, replace(SMALL, steps=256, learning_rate=0.0), clone_from=teacher, seed=9).policy
    assert same(teacher, clone)
    with pytest.raises(PolicyError, match="hidden layers"):
        ppo.train(envs, replace(SMALL, hidden=(8,)), clone_from=teacher)
    with pytest.raises(PolicyError, match="numbers"):
        ppo.train(make_envs("FirstLap/Race-v0", 4, observation="lidar"), SMALL, clone_from=teacher)


def test_on_update_stops_and_the_stop_button_keeps_the_best_policy():
    reports = []
    envs = make_envs("FirstLap/Race-v0", 16)
    result = ppo.train(envs, SMALL, on_update=lambda update: reports.append(update) or len(reports) == 3)
    assert [report.steps for report in reports] == [256, 512, 768] == [row["steps"] for row in result.history]

    def interrupt(update):
        if update.steps >= 1024:
            raise KeyboardInterrupt

    scores = iter([5.0, 9.0, 1.0, 1.0, 1.0])
    config = replace(SMALL, evaluate=lambda policy: next(scores), evaluate_every=256)
    result = ppo.train(envs, config, on_update=interrupt)
    assert result.policy.trained["steps"] == 512


def test_environments_in_another_mode_and_pictures_are_refused():
    with pytest.raises(ValueError, match="make_envs"):
        ppo.train(gymnasium.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync"), SMALL)
    with pytest.raises(PolicyError, match="vector of numbers"):
        ppo.train(make_envs("FirstLap/Race-v0", 2, observation="camera"), SMALL)


def test_a_truncated_episode_is_worth_its_rest():
    """One state, reward 1 for ever, cut after every step: the critic must learn 1 / (1 - gamma), not 1."""

    class Forever(gymnasium.Env):
        observation_space, action_space = spaces.Box(-1, 1, (1,), np.float32), spaces.Discrete(2)

        def __init__(self, cut: bool):
            self.cut = cut

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return np.ones(1, np.float32), {}

        def step(self, action):
            return np.ones(1, np.float32), 1.0, not self.cut, self.cut, {}

    for cut, expected in ((True, 1 / (1 - 0.8)), (False, 1.0)):
        envs = gymnasium.vector.SyncVectorEnv(
            [lambda cut=cut: Forever(cut)] * 8, autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP
        )
        config = ppo.Config(steps=8_192, gamma=0.8, hidden=(16,), learning_rate=1e-2, minibatch=128)
        policy = ppo.train(envs, config).policy
        assert ppo.value(policy, np.ones((1, 1), np.float32))[0] == pytest.approx(expected, rel=0.1)
