"""Policy folders: they hold all that is needed, load without running code, and say what is wrong with them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from gymnasium import spaces

from course_lib.agents import ppo
from course_lib.agents.policy import Policy, build_space, describe_space, load_policy
from course_lib.agents.training import make_envs
from course_lib.sim.laps import PolicyError, run_laps


@pytest.fixture(scope="module")
def trained() -> Policy:
    envs = make_envs("FirstLap/Race-v0", 32, track="oval", speed_range=(0.5, 2.0))
    return ppo.train(envs, ppo.Config(steps=1024, hidden=(16, 8))).policy


@pytest.fixture
def folder(trained, tmp_path):
    return trained.save(tmp_path / "größer als gedacht" / "policy one")


def test_a_saved_policy_acts_as_before_and_knows_where_it_comes_from(trained, folder):
    loaded = load_policy(folder)
    observations = np.random.default_rng(0).normal(size=(20, 24)).astype(np.float32)
    np.testing.assert_array_equal(loaded.act(observations), trained.act(observations))
    np.testing.assert_array_equal(loaded.act(observations[0]), loaded.act(observations[:1])[0])
    described = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    assert described["env_id"] == "FirstLap/Race-v0"
    assert described["env_kwargs"] == {"track": "oval", "speed_range": [0.5, 2.0]}
    assert described["algorithm"] == "ppo"
    assert set(described["trained"]) == {"steps", "seconds", "seed", "versions"}
    assert {path.name for path in folder.iterdir()} == {"policy.json", "weights.safetensors"}
    assert run_laps(loaded, "oval", starts=2).lap_times.shape == (2, 1)


def test_drawn_actions_differ_and_the_best_action_does_not(trained):
    observation = np.zeros((1, 24), np.float32)
    assert not np.array_equal(trained.act(observation, False), trained.act(observation, False))
    np.testing.assert_array_equal(trained.act(observation), trained.act(observation))
    choosing = Policy.create(spaces.Box(-1, 1, (3,)), spaces.Discrete(4))
    drawn = {int(choosing.act(np.zeros(3, np.float32), deterministic=False)) for _ in range(60)}
    assert drawn == {0, 1, 2, 3}


def test_a_policy_refuses_an_observation_of_another_length(trained):
    with pytest.raises(PolicyError, match="24 numbers"):
        trained.act(np.zeros((2, 18), np.float32))


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(7),
        spaces.Box(-1, 1, (2,)),
        spaces.Box(-np.inf, np.inf, (3,)),
        spaces.Box(0, 255, (4,), np.uint8),
    ],
)
def test_spaces_survive_as_plain_data(space):
    assert build_space(json.loads(json.dumps(describe_space(space)))) == space


def test_no_folder_and_no_json(folder, tmp_path):
    with pytest.raises(PolicyError, match=r"policy\.json is missing"):
        load_policy(tmp_path / "nowhere")
    (folder / "policy.json").write_text('{\n"format": 1,\n', encoding="utf-8")
    with pytest.raises(PolicyError, match=r"policy\.json, line 3"):
        load_policy(folder)
    (folder / "policy.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(PolicyError, match="no JSON object"):
        load_policy(folder)


@pytest.mark.parametrize("field", ["network", "observation_space", "action_space", "algorithm", "trained"])
def test_a_missing_field(folder, field):
    described = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    del described[field]
    (folder / "policy.json").write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"policy\.json.*{field}"):
        load_policy(folder)


def test_a_newer_format(folder):
    described = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    (folder / "policy.json").write_text(json.dumps(described | {"format": 9}), encoding="utf-8")
    with pytest.raises(PolicyError, match="format 9.*update"):
        load_policy(folder)


def test_truncated_and_swapped_weights(folder, tmp_path, trained):
    weights = folder / "weights.safetensors"
    whole = weights.read_bytes()
    for cut in (0, 5, len(whole) // 2, len(whole) - 1):
        weights.write_bytes(whole[:cut])
        with pytest.raises(PolicyError, match=r"weights\.safetensors.*cut short"):
            load_policy(folder)
    weights.unlink()
    with pytest.raises(PolicyError, match=r"weights\.safetensors is missing"):
        load_policy(folder)
    other = trained.copy()
    with torch.no_grad():
        other.network.log_std += 1
    weights.write_bytes((other.save(tmp_path / "other") / "weights.safetensors").read_bytes())
    with pytest.raises(PolicyError, match="does not belong"):
        load_policy(folder)


def test_a_network_of_another_shape(folder):
    described = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
    described["network"]["hidden"] = [16, 9]
    (folder / "policy.json").write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(PolicyError, match="another shape"):
        load_policy(folder)


def test_a_policy_keeps_the_action_list_and_not_the_name_of_its_file(tmp_path):
    metadata = tmp_path / "model_metadata.json"
    metadata.write_text(
        '{"action_space": [{"steering_angle": "-15", "speed": "1"}, {"steering_angle": 15, "speed": 2}]}'
    )
    envs = make_envs("FirstLap/Race-v0", 4, action_space=str(metadata))
    folder = ppo.train(envs, ppo.Config(steps=64, hidden=(4,))).policy.save(tmp_path / "policy")
    metadata.unlink()
    policy = load_policy(folder)
    assert policy.env_kwargs["action_space"] == [
        {"steering_angle": -15, "speed": 1},
        {"steering_angle": 15, "speed": 2},
    ]
    assert run_laps(policy, "oval", starts=2).lap_times.shape == (2, 1)


def test_a_policy_for_another_race_is_refused_by_name(trained):
    with pytest.raises(PolicyError, match="observation"):
        run_laps(trained, "oval", starts=1, observation="lidar")
    older = replace(trained, observation_version=0)
    with pytest.raises(PolicyError, match="version 0"):
        run_laps(older, "oval", starts=1)
    with pytest.raises(PolicyError, match="actions"):
        run_laps(trained, "oval", starts=1, action_space=[{"steering_angle": 0, "speed": 1}])


def test_a_full_disk_leaves_the_old_policy(folder, trained, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("course_lib.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        trained.copy().save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
