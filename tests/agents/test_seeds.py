"""Many seeds here, in processes and on a Dask worker give the same to the last bit; a seed that fails is named."""

from __future__ import annotations

import functools
import os
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import numpy as np
import pytest
import torch
from dask_cluster import cluster as cluster
from dask_cluster import needs_dask

from course_lib.agents import Policy, actor_critic, ppo, q_learning
from course_lib.agents.rollouts import collect
from course_lib.agents.scores import clean_laps, mean_return
from course_lib.agents.seeds import SeedError, SeedRun, scores, train_seeds
from course_lib.agents.workers import one_job, packed, unpacked
from course_lib.executors import open_executor

SHORT = actor_critic.Config(steps=512)
CART = (actor_critic, "CartPole-v1", 4, SHORT)
few = functools.partial(mean_return, episodes=2)


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """Two processes, begun in a folder with a space and an umlaut."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("läps here"))
    try:
        with open_executor(workers=2) as executor:
            yield executor
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def serial():
    return train_seeds(*CART, seeds=[3, 1, 2], score=few)


def same(one: SeedRun, other: SeedRun) -> bool:
    mine, yours = one.policy.network.state_dict(), other.policy.network.state_dict()
    histories = [[row | {"seconds": 0} for row in run.history] for run in (one, other)]
    return (
        (one.seed, one.score, one.error) == (other.seed, other.score, other.error)
        and histories[0] == histories[1]
        and all(torch.equal(mine[name], yours[name]) for name in mine)
    )


def test_results_come_in_the_order_of_the_seeds_and_differ(serial):
    assert [run.seed for run in serial] == [3, 1, 2]
    assert not same(serial[0], replace(serial[1], seed=3, score=serial[0].score))
    assert scores(serial).shape == (3,)


def test_two_processes_give_what_one_gives(serial, pool):
    assert all(map(same, serial, train_seeds("actor_critic", *CART[1:], [3, 1, 2], pool, few)))


@needs_dask
def test_a_dask_worker_gives_what_this_process_gives(serial, cluster):
    with open_executor(cluster) as executor:
        assert all(map(same, serial, train_seeds(*CART, [3, 1, 2], executor, few)))


def test_a_run_is_what_the_algorithm_alone_gives(serial):
    from course_lib.agents import make_envs

    envs = make_envs("CartPole-v1", 4)
    with one_job():  # with more threads the first weights differ in their last bits
        alone = actor_critic.train(envs, SHORT, seed=1)
    assert same(serial[1], SeedRun(1, alone.policy, alone.history, serial[1].score))


def test_a_table_and_the_car(pool):
    (table,) = train_seeds(q_learning, "FirstLap/GridWorld-v0", 1, q_learning.Config(steps=300), [5], pool)
    (here,) = train_seeds(q_learning, "FirstLap/GridWorld-v0", 1, q_learning.Config(steps=300), [5])
    assert np.array_equal(table.policy.q, here.policy.q) and table.score is None
    road = {"track": "camp", "laps": 20}
    (car,) = train_seeds(ppo, "FirstLap/Race-v0", 16, ppo.Config(steps=256), [0], pool, clean_laps, **road)
    assert car.error == "" and car.score == 0 and car.policy.env_kwargs["track"] == "camp"


def fails_on_two(policy) -> float:
    """A score that cannot be told of the policy of seed 2."""
    if policy.trained["seed"] == 2:
        raise ArithmeticError("no luck\nwith this one")
    return 1.0


def test_a_seed_that_fails_is_named_and_the_others_are_kept():
    runs = train_seeds(*CART, [1, 2, 3], score=fails_on_two)
    assert [run.error for run in runs] == ["", "ArithmeticError: no luck with this one", ""]
    assert runs[0].policy is not None and runs[1].policy is None
    with pytest.raises(SeedError, match=r"1 of 3 seeds have no score \(seed 2: ArithmeticError: no luck with"):
        scores(runs)


def test_an_error_in_a_worker_comes_back_with_its_seed(pool):
    runs = train_seeds(actor_critic, "NoSuchWorld-v0", 4, SHORT, [7, 8], pool)
    assert [run.seed for run in runs] == [7, 8] and all("NoSuchWorld" in run.error for run in runs)


def test_a_worker_that_dies_costs_its_seeds_and_no_more(monkeypatch):
    class Dies:
        def submit(self, function, *job):
            future = Future()
            if job[-1] == 2:
                future.set_exception(BrokenProcessPool("gone"))
            else:
                future.set_result(function(*job))
            return future

    runs = train_seeds(*CART, [1, 2], Dies())
    assert (runs[0].error, runs[1].error) == ("", "its worker process ended (out of memory, or killed)")


def test_the_stop_button_ends_all_seeds(monkeypatch):
    """Every training turns the button into an early end of its own; the next seed must not begin."""
    begun, train = [], actor_critic.train

    def stopped(envs, config, seed):
        begun.append(seed)
        return train(envs, config, seed, on_update=lambda update: True)

    monkeypatch.setattr(actor_critic, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        train_seeds(*CART, [1, 2])
    assert begun == [1]


def in_a_notebook(policy):
    return 1.0


in_a_notebook.__module__ = "__main__"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"algorithm": "sarsa"}, "There is no algorithm 'sarsa': choose one of actor_critic, dqn"),
        ({"seeds": []}, "give at least one, and each only once"),
        ({"seeds": [1, 2, 1]}, r"seeds is \[1, 2, 1\]: give at least one"),
        ({"config": actor_critic.Config(checkpoint="here")}, "config.checkpoint is the folder of one run"),
        ({"score": lambda policy: 1.0}, "score is a function without a name of its own"),
        ({"score": in_a_notebook}, "score is in_a_notebook, made in this notebook"),
        ({"config": actor_critic.Config(evaluate=in_a_notebook)}, "config.evaluate is in_a_notebook, made in this"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_starts(change, said):
    usual = {"algorithm": actor_critic, "env_id": "CartPole-v1", "n": 4, "config": SHORT, "executor": object()}
    with pytest.raises(ValueError, match=said):
        train_seeds(**usual | change)


# --- Episodes of one policy ------------------------------------------------------------------------------------


def policy_for(env_id: str, **env_kwargs) -> Policy:
    import gymnasium

    env = gymnasium.make(env_id, **env_kwargs)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Policy.create(env.observation_space, env.action_space)


def equal(one, other) -> bool:
    return one.seed == other.seed and one.terminated == other.terminated and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("observations", "actions", "rewards")
    )


@pytest.mark.parametrize(
    ("env_id", "env_kwargs"), [("CartPole-v1", {}), ("FirstLap/Race-v0", {"track": "camp", "observation": "lidar"})]
)
def test_episodes_do_not_depend_on_who_plays_them(pool, env_id, env_kwargs):
    policy = policy_for(env_id, **env_kwargs)
    here = collect(policy, env_id, [4, 2, 9], **env_kwargs)
    assert [episode.seed for episode in here] == [4, 2, 9]
    for episode in here:
        assert len(episode.observations) == len(episode.actions) == len(episode.rewards) > 1
    assert all(map(equal, here, collect(policy, env_id, [4, 2, 9], pool, **env_kwargs)))
    assert all(map(equal, here, collect(policy, env_id, [4, 2, 9], pool, per_job=2, **env_kwargs)))
    assert equal(here[2], collect(policy, env_id, [9], **env_kwargs)[0]), "the world remembers the episode before"
    assert not equal(here[0], here[1])


def test_new_weights_are_sent_though_the_world_is_kept(pool):
    policy = policy_for("CartPole-v1")
    before = collect(policy, "CartPole-v1", range(4), pool)
    with torch.no_grad():
        policy.network.actor[-1].bias += torch.tensor([50.0, 0.0])  # always to the left
    after = collect(policy, "CartPole-v1", range(4), pool)
    assert all((episode.actions == 0).all() for episode in after)
    assert not any(map(equal, before, after))


def test_a_job_without_episodes():
    with pytest.raises(ValueError, match="per_job is 0"):
        collect(policy_for("CartPole-v1"), "CartPole-v1", [1], per_job=0)


def test_a_packed_policy_is_small_and_unpacking_leaves_chance_alone():
    policy = policy_for("CartPole-v1")
    data, state = packed(policy), torch.get_rng_state()
    again = unpacked(data)
    assert len(data) < 50_000 and torch.equal(state, torch.get_rng_state())
    mine, yours = policy.network.state_dict(), again.network.state_dict()
    assert all(torch.equal(mine[name], yours[name]) for name in mine) and again.hidden == policy.hidden
