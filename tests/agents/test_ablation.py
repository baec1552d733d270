"""What an ablation measures: promises against what came, and the same runs here and in workers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_lib.agents import td3
from course_lib.agents.ablation import VARIANTS, ablate, experience, promises
from course_lib.agents.policy import Policy
from course_lib.agents.training import describe_envs, make_envs
from course_lib.agents.workers import packed, unpacked

SMALL = td3.Config(steps=160, warm_up=80, batch=16, hidden=(8, 8), report_every=80)


def racer(critics: int = 2, steering: float = 0.0) -> Policy:
    """A fresh policy of the race whose actor always says the same."""
    envs = make_envs("FirstLap/Race-v0", 1, track="oval", laps=20)
    torch.manual_seed(0)
    spaces = envs.single_observation_space, envs.single_action_space
    policy = Policy.create(*spaces, (8, 8), critics=critics, algorithm="td3", **describe_envs(envs))
    with torch.no_grad():
        policy.network.actor[-2].weight.zero_()
        policy.network.actor[-2].bias.copy_(torch.tensor([steering, -9.0]))
    return policy


def constant_critics(policy: Policy, *values: float) -> None:
    with torch.no_grad():
        for parameter in policy.network.critic.parameters():
            parameter.zero_()
        policy.network.critic.biases[-1][:, 0, 0] = torch.tensor(values)


def test_the_lowest_promise_stands_beside_the_discounted_rewards_that_came():
    policy = racer()
    constant_critics(policy, 2.0, 0.75)
    seen = promises(policy, gamma=0.5, cars=4, moments=10)
    assert seen.promised.tolist() == [0.75] * len(seen.promised)
    assert len(seen.states) == len(seen.came) == 40
    # At 0.5 m/s a car drives some 1/30 m in each step; all that comes, halved with each step, is twice that.
    assert seen.came[-4:] == pytest.approx([1 / 15] * 4, rel=0.25)
    assert seen.metres == pytest.approx([10 / 30] * 4, rel=0.35)


def test_a_car_that_leaves_the_road_pays_once_and_promises_nothing_more():
    policy = racer(steering=9.0)
    with torch.no_grad():
        policy.network.actor[-2].bias.copy_(torch.tensor([9.0, 9.0]))
    seen = promises(policy, gamma=0.9, cars=8, moments=100)
    assert len(seen.came) < 800
    assert seen.came.min() == pytest.approx(-1.0, abs=0.3)
    assert seen.metres.max() < 5


@pytest.mark.parametrize("critics", [1, 2])
def test_a_policy_with_critics_travels_whole(critics):
    policy = racer(critics)
    theirs = unpacked(packed(policy)).network.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in policy.network.state_dict().items())


def test_what_is_lived_through_is_remembered_with_its_ends():
    policy = racer(steering=9.0)
    with torch.no_grad():
        policy.network.actor[-2].bias.copy_(torch.tensor([9.0, 9.0]))
    replay = experience(policy, SMALL, steps=400, cars=8)
    before, actions, rewards, after, goes_on = replay.draw(400, torch.Generator().manual_seed(0))
    assert len(replay) == 400 and actions.abs().max() <= 1
    assert (rewards[goes_on == 0] < -0.5).all() and (goes_on == 0).any()
    assert not torch.equal(before, after)


def test_each_variant_runs_with_each_seed_and_tells_what_was_seen():
    runs = ablate(SMALL, [3, 4], {"TD3": {}, "DDPG": VARIANTS["DDPG"]}, n=4, track="oval")
    assert list(runs) == ["TD3", "DDPG"]
    for label, of_one in runs.items():
        assert [run.seed for run in of_one] == [3, 4]
        for run in of_one:
            assert [row["steps"] for row in run.history] == [80, 160]
            assert all(np.isfinite([row[name] for name in ("metres", "promised", "came")]).all() for row in run.history)
            assert len(run.policy.network.critic.weights[0]) == (1 if label == "DDPG" else 2)
            assert 0 <= run.clean <= 16


def test_all_three_tricks_are_off_in_ddpg_and_one_in_each_other_variant():
    ddpg = VARIANTS["DDPG"]
    assert [change for name, change in VARIANTS.items() if name not in ("TD3", "DDPG")] == [
        {name: value} for name, value in ddpg.items()
    ]
