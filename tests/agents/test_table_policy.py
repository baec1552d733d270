"""A table in a policy folder: it comes back as it was, and a damaged folder is told what is wrong with it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from course_lib.agents import load_policy, make_envs, q_learning
from course_lib.agents.policy import Policy
from course_lib.agents.table_policy import TablePolicy
from course_lib.sim.laps import PolicyError


@pytest.fixture(scope="module")
def trained() -> TablePolicy:
    envs = make_envs("FirstLap/GridWorld-v0", 4, layout="garage", slip=0.1)
    return q_learning.train(envs, q_learning.Config(steps=2_000)).policy


@pytest.fixture
def folder(trained, tmp_path):
    return trained.save(tmp_path / "größer als gedacht" / "a table")


def rewrite(folder, **changes) -> None:
    described = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    (folder / "policy.json").write_text(json.dumps(described | changes), encoding="utf-8")


def test_a_saved_table_comes_back_to_the_last_bit(trained, folder):
    loaded = load_policy(folder)
    assert type(loaded) is TablePolicy and loaded.q.dtype == np.float64
    np.testing.assert_array_equal(loaded.q, trained.q)
    assert loaded == TablePolicy(loaded.q, **{n: getattr(trained, n) for n in vars(trained) if n != "q"})
    assert loaded.act(np.arange(48)).tolist() == trained.act(np.arange(48)).tolist()
    described = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    assert described["env_id"] == "FirstLap/GridWorld-v0"
    assert described["env_kwargs"] == {"layout": "garage", "slip": 0.1}
    assert described["observation_space"] == {"type": "Discrete", "n": 48}
    assert described["action_space"] == {"type": "Discrete", "n": 4}
    assert described["network"]["kind"] == "table"
    assert described["trained"]["steps"] == 2_000
    assert {path.name for path in folder.iterdir()} == {"policy.json", "weights.safetensors"}


def test_a_loaded_table_can_be_cloned_and_saved_again(folder, tmp_path):
    loaded = load_policy(folder)
    envs = make_envs("FirstLap/GridWorld-v0", 2, layout="garage")
    again = q_learning.train(envs, q_learning.Config(steps=2, learning_rate=0.0), clone_from=loaded).policy
    np.testing.assert_array_equal(load_policy(again.save(tmp_path / "again")).q, loaded.q)


def test_a_view_of_a_table_can_be_saved(tmp_path):
    q = np.arange(12.0).reshape(3, 4).T[::-1]  # neither contiguous nor with positive strides
    np.testing.assert_array_equal(load_policy(TablePolicy(q).save(tmp_path)).q, q)


@pytest.mark.parametrize("field", ["network", "observation_space", "action_space", "algorithm", "env_id", "trained"])
def test_a_missing_field(folder, field):
    described = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    del described[field]
    (folder / "policy.json").write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"policy\.json.*{field}"):
        load_policy(folder)


def test_spaces_that_do_not_fit_the_table(folder):
    rewrite(folder, observation_space={"type": "Discrete", "n": 12})
    with pytest.raises(PolicyError, match="another shape"):
        load_policy(folder)
    rewrite(folder, observation_space={"type": "Discrete", "n": -1})
    with pytest.raises(PolicyError, match=r"policy\.json lacks or mangles a field"):
        load_policy(folder)
    rewrite(folder, observation_space={"type": "Box", "shape": [2], "dtype": "float32", "low": None, "high": None})
    with pytest.raises(PolicyError, match=r"policy\.json lacks or mangles a field"):
        load_policy(folder)


def test_an_unknown_kind(folder):
    described = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    rewrite(folder, network=described["network"] | {"kind": "forest"})
    with pytest.raises(PolicyError, match="kind 'forest'.*update First Lap"):
        load_policy(folder)


def test_a_table_that_says_it_is_a_network(folder):
    described = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    rewrite(folder, network=described["network"] | {"kind": "actor_critic", "hidden": [4]})
    with pytest.raises(PolicyError, match="takes a vector of numbers"):
        load_policy(folder)


def test_truncated_and_swapped_tables(folder, trained, tmp_path):
    weights = folder / "weights.safetensors"
    whole = weights.read_bytes()
    for cut in (0, 5, len(whole) // 2, len(whole) - 1):
        weights.write_bytes(whole[:cut])
        with pytest.raises(PolicyError, match=r"weights\.safetensors.*cut short"):
            load_policy(folder)
    weights.unlink()
    with pytest.raises(PolicyError, match=r"weights\.safetensors is missing"):
        load_policy(folder)
    other = TablePolicy(trained.q + 1.0).save(tmp_path / "other")
    weights.write_bytes((other / "weights.safetensors").read_bytes())
    with pytest.raises(PolicyError, match="does not belong"):
        load_policy(folder)


def test_a_network_in_the_place_of_a_table(folder):
    envs = make_envs("CartPole-v1", 1)
    network = Policy.create(envs.single_observation_space, envs.single_action_space, (4,)).save(folder.parent / "net")
    (folder / "weights.safetensors").write_bytes((network / "weights.safetensors").read_bytes())
    sha256 = json.loads((network / "policy.json").read_text(encoding="utf-8"))["network"]["sha256"]
    rewrite(folder, network={"kind": "table", "sha256": sha256})
    with pytest.raises(PolicyError, match="another shape"):
        load_policy(folder)
