"""PPO by whole episodes: each car drives one per iteration, waiting counts for nothing, and it learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from course_lib.agents import episodic_ppo, make_envs
from course_lib.sim.laps import run_laps
from course_lib.sim.reward_params import reward_params

SPACE = [{"steering_angle": angle, "speed": speed} for angle in (-30, 0, 30) for speed in (1.0, 2.0)]
SMALL = episodic_ppo.Config(steps=3000, hidden=(16, 16))


def envs(n=8, **kwargs):
    return make_envs("FirstLap/Race-v0", n, track="camp", action_space=SPACE, autoreset=False, **kwargs)


def weights(policy):
    return policy.network.state_dict()


def same(a, b) -> bool:
    return all(torch.equal(value, weights(b)[name]) for name, value in weights(a).items())


def test_every_car_drives_one_episode_and_only_that_is_judged():
    judged = []

    def reward_function(params):
        judged.append((params["steps"], params["progress"]))
        return params["progress"] / 100

    cars = envs(reward_function=reward_function)
    iterations = []
    episodic_ppo.train(cars, replace(SMALL, steps=1), on_update=lambda update: iterations.append(update))
    prepared = [steps for steps, _ in judged if steps == 1.0]
    assert len(iterations) == 1 and len(prepared) == 16, "one reset before the iteration, one after it"
    assert len(judged) - 16 == iterations[0].steps, "a car that waits is not judged, and its steps do not count"
    earned = sum(progress for steps, progress in judged if steps > 1.0) / 100
    assert iterations[0].metrics["return"] == pytest.approx(earned / 8)
    assert iterations[0].metrics["reward"] == pytest.approx(earned / iterations[0].steps)


def test_the_other_rhythm_is_refused_both_ways():
    from course_lib.agents import ppo

    with pytest.raises(ValueError, match=r"make_envs\(id, n, autoreset=False\)"):
        episodic_ppo.train(make_envs("FirstLap/Race-v0", 2), SMALL)
    with pytest.raises(ValueError, match=r"make_envs\(id, n\), or in gymnasium's SAME_STEP"):
        ppo.train(envs(2))


def test_the_same_seed_gives_the_same_weights_and_another_one_others():
    first, second, other = (episodic_ppo.train(envs(), SMALL, seed=seed).policy for seed in (4, 4, 5))
    assert same(first, second) and not same(first, other)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path):
    whole = episodic_ppo.train(envs(), SMALL, seed=1)
    part = replace(SMALL, checkpoint=tmp_path, checkpoint_every=0.0)
    stopped = episodic_ppo.train(envs(), part, seed=1, on_update=lambda update: update.steps > 1000)
    assert stopped.history[-1]["steps"] < whole.history[-1]["steps"]
    resumed = episodic_ppo.train(envs(), part, seed=1)
    assert same(whole.policy, resumed.policy)
    assert [row["steps"] for row in resumed.history] == [row["steps"] for row in whole.history]


def test_a_clone_begins_with_the_same_weights_and_learns_on():
    parent = episodic_ppo.train(envs(), SMALL).policy
    seen = []
    config = replace(SMALL, steps=1, learning_rate=0.0)
    child = episodic_ppo.train(envs(), config, seed=9, clone_from=parent, on_update=seen.append).policy
    assert same(parent, child)
    child = episodic_ppo.train(envs(), replace(SMALL, steps=1), seed=9, clone_from=parent).policy
    assert not same(parent, child)


def test_it_learns_to_lap():
    config = episodic_ppo.Config(
        steps=40_000, evaluate=lambda policy: float(run_laps(policy, "camp", starts=8).progress.mean())
    )
    best = episodic_ppo.train(envs(20), config, seed=0).policy
    assert run_laps(best, "camp", starts=16).clean.all()


def test_a_waiting_car_earns_nothing_and_ends_once():
    many = envs(4)
    many.reset(seed=7)
    rng, over = np.random.default_rng(0), np.zeros(4, bool)
    for _ in range(400):
        _, rewards, terminated, truncated, _ = many.step(rng.integers(0, len(SPACE), 4))
        assert not rewards[over].any() and not (terminated | truncated)[over].any()
        assert rewards[~over].all(), "who drives gains or loses something"
        over |= terminated | truncated
        if over.all():
            break
    assert over.all()
    many.reset()
    params = reward_params(many.unwrapped.world)
    assert [row["steps"] for row in params] == [1.0] * 4
