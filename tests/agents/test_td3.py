"""TD3: each of its tricks by itself, what it remembers, and runs that can be repeated, resumed and cloned."""

from __future__ import annotations

import copy

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from torch import nn

from course_lib.agents import td3
from course_lib.agents.inputs import Inputs
from course_lib.agents.networks import ActorTwinCritic, TwinCritic
from course_lib.agents.policy import Policy, load_policy
from course_lib.agents.replay import Replay
from course_lib.agents.training import final_observations, make_envs
from course_lib.sim.laps import PolicyError

SMALL = {"hidden": (16, 16), "steps": 1200, "warm_up": 200, "batch": 32, "updates": 2, "report_every": 200}
BOX = spaces.Box(-1, 1, (3,), np.float32)
STEERING = spaces.Box(-5, 5, (2,), np.float32)


def pendulum(n: int = 4):
    return make_envs("Pendulum-v1", n)


def learner(**settings) -> tuple[td3.Learner, Policy, Replay]:
    """A learner with a memory of 300 steps by chance."""
    config = td3.Config(**{"hidden": (16, 16), "batch": 64, "actor_after": 0} | settings)
    torch.manual_seed(0)
    policy = Policy.create(BOX, STEERING, config.hidden, critics=config.critics, algorithm="td3")
    replay, rng = Replay(500, policy.inputs, 2), np.random.default_rng(0)
    for _ in range(30):
        seen, after = rng.normal(size=(2, 10, 3)).astype(np.float32)
        replay.add({"": seen}, rng.uniform(-1, 1, (10, 2)), rng.normal(size=10), {"": after}, rng.random(10) < 0.2)
    return td3.Learner(policy, config, torch.Generator().manual_seed(1)), policy, replay


def constant_critic(network: ActorTwinCritic, *values: float) -> None:
    """Critics that say one thing each, whatever they see."""
    with torch.no_grad():
        for parameter in network.critic.parameters():
            parameter.zero_()
        network.critic.biases[-1][:, 0, 0] = torch.tensor(values)


# --- The networks -----------------------------------------------------------------------------------------------


def test_two_critics_in_one_pass_are_two_networks():
    torch.manual_seed(3)
    twin = TwinCritic(5, (8, 7))
    with torch.no_grad():
        for bias in twin.biases:
            bias.normal_()
    observations, actions = torch.randn(6, 3), torch.randn(6, 2)
    for k in range(2):
        layers = []
        for weight, bias in zip(twin.weights, twin.biases):
            layer = nn.Linear(*weight.shape[1:])
            layer.weight.data, layer.bias.data = weight[k].T.contiguous(), bias[k, 0].clone()
            layers += [layer, nn.ReLU()]
        single = nn.Sequential(*layers[:-1])
        wanted = single(torch.cat([observations, actions], dim=1)).squeeze(-1)
        torch.testing.assert_close(twin(observations, actions)[k], wanted)
        if k == 0:
            torch.testing.assert_close(twin.first(observations, actions), wanted)


def test_the_actors_step_leaves_the_critics_alone():
    learning, policy, replay = learner(policy_delay=1)
    before, *_ = replay.draw(8, torch.Generator())
    policy.network.critic.first(before, policy.network.actor(before)).mean().backward()
    assert all(parameter.grad is None for parameter in policy.network.critic.parameters())
    assert any(parameter.grad.abs().sum() > 0 for parameter in policy.network.actor.parameters())


# --- The three tricks -------------------------------------------------------------------------------------------


def test_the_lowest_of_the_critics_counts():
    learning, *_ = learner(target_noise=0.0, gamma=0.5)
    constant_critic(learning.target, 4.0, 2.0)
    rewards, goes_on = torch.tensor([1.0, 1.0]), torch.tensor([1.0, 0.0])
    wanted = learning.targets(rewards, torch.zeros(2, 3), goes_on)
    assert wanted.tolist() == [2.0, 1.0]  # 1 + 0.5 * min(4, 2); nothing comes after the end
    single, *_ = learner(target_noise=0.0, gamma=0.5, critics=1)
    constant_critic(single.target, 4.0)
    assert single.targets(rewards, torch.zeros(2, 3), goes_on).tolist() == [3.0, 1.0]


@pytest.mark.parametrize(("noise", "clip"), [(0.2, 0.5), (3.0, 0.5), (3.0, 9.0)])
def test_target_smoothing_stays_within_its_clip_and_the_range(noise, clip):
    learning, *_ = learner(target_noise=noise, noise_clip=clip)
    seen = []
    judge = learning.target.critic.forward

    def listen(observations, actions):
        seen.append(actions)
        return judge(observations, actions)

    learning.target.critic.forward = listen
    after = torch.randn(4000, 3)
    learning.targets(torch.zeros(4000), after, torch.ones(4000))
    without = learning.target.actor(after)
    added = seen[0] - without
    assert seen[0].abs().max() <= 1.0 and added.abs().max() <= clip + 1e-6
    assert added.std() > 0.1
    if noise == 0.2:
        assert added.std() == pytest.approx(noise, rel=0.05) and abs(float(added.mean())) < 0.01


@pytest.mark.parametrize("delay", [1, 2, 3])
def test_the_actor_and_the_targets_wait_for_the_critics(delay):
    learning, policy, replay = learner(policy_delay=delay)
    moved = {"actor": 0, "critic": 0, "target": 0}
    for _ in range(12):
        kept = copy.deepcopy(policy.network.state_dict()), copy.deepcopy(learning.target.state_dict())
        learning.update(replay)
        for part in ("actor", "critic"):
            moved[part] += any(
                not torch.equal(value, kept[0][name])
                for name, value in policy.network.state_dict().items()
                if name.startswith(part)
            )
        moved["target"] += any(
            not torch.equal(value, kept[1][name]) for name, value in learning.target.state_dict().items()
        )
    assert moved == {"actor": 12 // delay, "critic": 12, "target": 12 // delay}


def test_every_parameter_and_buffer_of_the_targets_follows():
    learning, policy, replay = learner(target_rate=0.25, policy_delay=1)
    policy.network.log_std.fill_(7.0)
    before = {name: value.clone() for name, value in learning.target.state_dict().items()}
    learning.update(replay)
    leaders = policy.network.state_dict()
    assert set(before) == set(leaders)
    for name, value in learning.target.state_dict().items():
        torch.testing.assert_close(value, before[name] + 0.25 * (leaders[name] - before[name]))


def test_a_cloned_actor_waits_until_its_critics_know_something():
    learning, policy, replay = learner(actor_after=5, policy_delay=1)
    actor = copy.deepcopy(policy.network.actor.state_dict())
    for _ in range(5):
        learning.update(replay)
    assert all(torch.equal(value, actor[name]) for name, value in policy.network.actor.state_dict().items())
    learning.update(replay)
    assert any(not torch.equal(value, actor[name]) for name, value in policy.network.actor.state_dict().items())


# --- Acting and remembering -------------------------------------------------------------------------------------


def test_exploration_is_a_share_of_the_range():
    """The predecessor's noise was 0.1 degrees of 5: it was not scaled by the largest action."""
    _, policy, _ = learner()
    config = td3.Config(explore_noise=0.1)
    actions = td3.explore(policy, torch.zeros(5000, 3), config, torch.Generator().manual_seed(0), by_chance=False)
    assert policy.to_env(actions).std(axis=0) == pytest.approx([0.5, 0.5], rel=0.05)
    by_chance = policy.to_env(td3.explore(policy, torch.zeros(5000, 3), config, torch.Generator(), by_chance=True))
    assert by_chance.min() < -4.9 and by_chance.max() > 4.9 and abs(by_chance.mean()) < 0.15


def test_a_truncated_episode_is_not_an_end():
    """Both kinds of ending reach the memory as they are, with the observation that was the last."""
    kept = []

    class Cut(gymnasium.Env):
        observation_space, action_space = BOX, STEERING

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.step_number = 0
            return np.full(3, 0.0, np.float32), {}

        def step(self, action):
            self.step_number += 1
            return np.full(3, self.step_number / 10, np.float32), 1.0, False, self.step_number == 5, {}

    envs = gymnasium.vector.SyncVectorEnv([Cut, Cut], autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP)
    add = Replay.add

    def listen(self, before, actions, rewards, after, terminated):
        kept.append((before[""][0, 0], after[""][0, 0], bool(terminated[0])))
        add(self, before, actions, rewards, after, terminated)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Replay, "add", listen)
        td3.train(envs, td3.Config(**SMALL | {"steps": 20, "warm_up": 100}))
    steps = [(round(float(before), 1), round(float(after), 1), ended) for before, after, ended in kept[:6]]
    assert steps == [(0, 0.1, False), (0.1, 0.2, False), (0.2, 0.3, False), (0.3, 0.4, False), (0.4, 0.5, False)] + [
        (0, 0.1, False)
    ]


def test_the_memory_is_a_ring_and_gives_back_what_it_got():
    inputs = Inputs(BOX)
    replay = Replay(8, inputs, 1)
    for step in range(6):
        rows = np.full((2, 3), step, np.float32)
        replay.add({"": rows}, np.full((2, 1), step / 10), np.full(2, step), {"": rows + 0.5}, np.full(2, step == 5))
    assert len(replay) == 8 and replay.count == 12
    before, actions, rewards, after, goes_on = replay.draw(200, torch.Generator().manual_seed(0))
    assert set(rewards.tolist()) == {2.0, 3.0, 4.0, 5.0}
    np.testing.assert_allclose(before[:, 0], rewards)
    np.testing.assert_allclose(after[:, 0], rewards + 0.5)
    np.testing.assert_allclose(actions[:, 0], rewards / 10)
    np.testing.assert_array_equal(goes_on, rewards != 5.0)


# --- Pictures ---------------------------------------------------------------------------------------------------


def test_pictures_are_remembered_as_bytes_and_seen_coarse_whatever_their_order():
    space = spaces.Dict({"view": spaces.Box(0, 255, (8, 8), np.uint8), "goal": spaces.Box(-1, 1, (2,), np.float32)})
    inputs = Inputs(space)
    view = np.zeros((1, 8, 8), np.uint8)
    view[0, :4, 4:] = 255
    view[0, 4, 0] = 160
    one = {"view": view, "goal": np.array([[0.5, -0.5]], np.float32)}
    other = dict(reversed(one.items()))
    kept = inputs.kept(one)
    assert kept["view"].dtype == np.uint8 and kept["view"].tolist() == [[0, 255, 10, 0]]
    assert inputs.slots == 6
    torch.testing.assert_close(inputs.vector(kept), inputs.vector(dict(reversed(kept.items()))))
    torch.testing.assert_close(inputs.vector(kept), inputs.vector(inputs.kept(other)))
    assert sorted(inputs.vector(kept)[0].tolist()) == pytest.approx([-0.5, 0, 0, 10 / 255, 0.5, 1.0])
    replay = Replay(10, inputs, 1)
    replay.add(kept, np.zeros((1, 1)), np.zeros(1), inputs.kept(other), np.zeros(1, bool))
    before, _, _, after, _ = replay.draw(3, torch.Generator())
    torch.testing.assert_close(before, after)
    torch.testing.assert_close(before[:1], inputs.vector(kept))


def test_last_observations_of_dicts_from_either_kind_of_environment():
    like = {"view": np.zeros((2, 1)), "goal": np.zeros((2, 1))}
    ended = np.array([False, True])
    ours = {"_final_obs": ended, "final_obs": {"view": np.ones((2, 1)), "goal": np.full((2, 1), 2.0)}}
    theirs = np.array([None, {"view": np.ones(1), "goal": np.full(1, 2.0)}], dtype=object)
    for infos in (ours, {"_final_obs": ended, "final_obs": theirs}):
        final = final_observations(infos, like)
        assert final["view"].tolist() == [[0], [1]] and final["goal"].tolist() == [[0], [2]]


def test_a_city_policy_is_kept_whole(tmp_path):
    envs = make_envs("FirstLap/City-v0", 4, start="anywhere", route="anywhere")
    policy = td3.train(envs, td3.Config(**SMALL)).policy
    loaded = load_policy(policy.save(tmp_path / "Städte"))
    observations, _ = envs.reset(seed=5)
    np.testing.assert_array_equal(loaded.act(observations), policy.act(observations))
    single = {name: rows[2] for name, rows in observations.items()}
    np.testing.assert_allclose(loaded.act(single), policy.act(observations)[2], atol=1e-5)
    assert loaded.observation_space == envs.single_observation_space and loaded.env_kwargs["route"] == "anywhere"
    assert (tmp_path / "Städte" / "policy.json").stat().st_size < 5000
    with pytest.raises(PolicyError, match="this policy was trained on"):
        loaded.act({"view": observations["view"][:, :20], "goal": observations["goal"]})


# --- Runs -------------------------------------------------------------------------------------------------------


def same(a: Policy, b: Policy) -> bool:
    theirs = b.network.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in a.network.state_dict().items())


def test_one_seed_gives_one_run():
    runs = [td3.train(pendulum(), td3.Config(**SMALL), seed) for seed in (1, 1, 2)]
    assert same(runs[0].policy, runs[1].policy) and not same(runs[0].policy, runs[2].policy)
    without_time = [[{k: v for k, v in row.items() if k != "seconds"} for row in run.history] for run in runs]
    assert without_time[0] == without_time[1] != without_time[2]
    assert [row["steps"] for row in without_time[0]] == [200, 400, 600, 800, 1000, 1200]


@pytest.mark.parametrize("env_id", ["FirstLap/Race-v0", "FirstLap/City-v0"])
def test_a_resumed_run_ends_as_an_unbroken_one(env_id, tmp_path):
    """Memory, targets, optimiser, chance and world are in the checkpoint; the ring has gone round once."""
    kwargs = {"track": "oval"} if "Race" in env_id else {"start": "anywhere", "route": "anywhere", "max_steps": 60}
    settings = SMALL | {"memory": 500, "checkpoint": tmp_path / "checkpoint", "checkpoint_every": 0.0}
    whole = td3.train(make_envs(env_id, 4, **kwargs), td3.Config(**SMALL | {"memory": 500}), 3)
    reports = []

    def stop(update):
        reports.append(update.steps)
        return update.steps >= 600

    td3.train(make_envs(env_id, 4, **kwargs), td3.Config(**settings), 3, stop)
    resumed = td3.train(make_envs(env_id, 4, **kwargs), td3.Config(**settings), 3)
    assert reports == [200, 400, 600]
    assert same(whole.policy, resumed.policy)
    numbers = [[{k: v for k, v in row.items() if k != "seconds"} for row in run.history] for run in (whole, resumed)]
    assert numbers[0] == numbers[1]


def test_a_clone_goes_on_from_its_parent_and_does_not_act_by_chance():
    parent = td3.train(pendulum(), td3.Config(**SMALL), 0).policy
    child = td3.train(pendulum(), td3.Config(**SMALL | {"steps": 4}), 1, clone_from=parent).policy
    assert same(parent, child)
    with pytest.raises(PolicyError, match="hidden layers"):
        td3.train(pendulum(), td3.Config(**SMALL | {"hidden": (8, 8)}), clone_from=parent)


def test_choices_are_refused():
    with pytest.raises(PolicyError, match="steers by numbers"):
        td3.train(make_envs("CartPole-v1", 2), td3.Config(**SMALL))


def pendulum_return(policy: Policy, seed: int = 1234) -> float:
    """Mean return of 20 episodes."""
    envs = pendulum(20)
    observations, _ = envs.reset(seed=seed)
    returns = np.zeros(20)
    for _ in range(200):
        observations, rewards, *_ = envs.step(policy.act(observations))
        returns += rewards
    return float(returns.mean())


def test_the_pendulum_is_balanced():
    """Untrained it loses some 1,200 an episode; from -200 on it stands."""
    config = td3.Config(
        hidden=(64, 64),
        steps=12_000,
        warm_up=1_000,
        updates=4,
        gamma=0.98,
        learning_rate=1e-3,
        explore_noise=0.1,
        evaluate=pendulum_return,
        evaluate_every=3_000,
        report_every=1_000,
    )
    policy = td3.train(pendulum(), config, 0).policy
    assert pendulum_return(policy, seed=99) >= -200
