"""Checkpoints: a run that was killed goes on as if it had not been, and a damaged one says so."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from course_lib.agents import ppo
from course_lib.agents.training import make_envs
from course_lib.files import FileError

CONFIG = ppo.Config(steps=12_288, hidden=(16, 16), checkpoint_every=0.0, evaluate_every=2048)

# A process of its own that trains with a checkpoint after every update, and prints the steps of each.
RUN = """
import sys
from course_lib.agents import ppo
from course_lib.agents.training import make_envs
from pathlib import Path
config = ppo.Config(
    steps=12_288, hidden=(16, 16), checkpoint_every=0.0, evaluate_every=2048, checkpoint=Path(sys.argv[1])
)
ppo.train(make_envs("FirstLap/Race-v0", 32, track="oval"), config, 5, lambda update: print(update.steps, flush=True))
"""


def score(policy) -> float:
    """Any number that depends on the weights."""
    return float(policy.network.actor[0].weight.detach().sum())


def train(checkpoint, stop_at=None, config=CONFIG, seed=5, envs=None):
    def report(update):
        return stop_at is not None and update.steps >= stop_at

    envs = envs or make_envs("FirstLap/Race-v0", 32, track="oval")
    return ppo.train(envs, replace(config, checkpoint=checkpoint, evaluate=score), seed, report)


def assert_same(a, b):
    for name, value in a.policy.network.state_dict().items():
        assert torch.equal(value, b.policy.network.state_dict()[name]), name


def test_a_run_in_two_parts_equals_an_unbroken_one(tmp_path):
    whole = train(None)
    train(tmp_path / "c", stop_at=4608)
    parts = train(tmp_path / "c")
    assert_same(whole, parts)
    assert [row["steps"] for row in parts.history] == [row["steps"] for row in whole.history]
    assert [row.get("score") for row in parts.history] == [row.get("score") for row in whole.history]
    assert len(list((tmp_path / "c").iterdir())) == 2


def test_a_run_killed_with_sigkill_equals_an_unbroken_one(tmp_path):
    folder = tmp_path / "mit Ümlaut und Lücke"
    process = subprocess.Popen([sys.executable, "-c", RUN, str(folder)], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if int(line) >= 4096:
            process.kill()
            break
    process.wait()
    process.stdout.close()
    saved = json.loads((folder / "checkpoint.json").read_text(encoding="utf-8"))
    assert 0 < saved["steps"] < CONFIG.steps
    config = replace(CONFIG, checkpoint=folder)
    resumed = ppo.train(make_envs("FirstLap/Race-v0", 32, track="oval"), config, 5)
    whole = ppo.train(make_envs("FirstLap/Race-v0", 32, track="oval"), CONFIG, 5)
    assert_same(whole, resumed)


def test_a_finished_run_is_not_trained_further(tmp_path):
    first = train(tmp_path)
    again = train(tmp_path)
    assert_same(first, again)
    assert len(again.history) == len(first.history)


@pytest.mark.parametrize("change", [{"learning_rate": 1e-4}, {"gamma": 0.9}, {"steps": 999_999}])
def test_a_checkpoint_of_other_settings_is_refused(tmp_path, change):
    train(tmp_path, stop_at=512)
    with pytest.raises(FileError, match=next(iter(change))):
        train(tmp_path, config=replace(CONFIG, **change))


def test_a_checkpoint_of_another_seed_or_track_is_refused(tmp_path):
    train(tmp_path, stop_at=512)
    with pytest.raises(FileError, match="seed = 5"):
        train(tmp_path, seed=6)
    with pytest.raises(FileError, match="env_kwargs"):
        train(tmp_path, envs=make_envs("FirstLap/Race-v0", 32, track="camp"))


def test_damaged_checkpoints(tmp_path):
    train(tmp_path, stop_at=512)
    index = tmp_path / "checkpoint.json"
    (state,) = tmp_path.glob("*.safetensors")
    whole, described = state.read_bytes(), index.read_text(encoding="utf-8")

    state.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match=f"{state.name}.*cut short"):
        train(tmp_path)
    train(tmp_path / "other", stop_at=512, seed=6)
    (other,) = (tmp_path / "other").glob("*.safetensors")
    state.write_bytes(other.read_bytes())
    with pytest.raises(FileError, match="does not belong"):
        train(tmp_path)
    state.unlink()
    with pytest.raises(FileError, match=f"{state.name} is missing"):
        train(tmp_path)
    state.write_bytes(whole)
    index.write_text(described[: len(described) // 2], encoding="utf-8")
    with pytest.raises(FileError, match=r"checkpoint\.json, line"):
        train(tmp_path)
    index.write_text(json.dumps({"format": 1}), encoding="utf-8")
    with pytest.raises(FileError, match=r"checkpoint\.json.*remove"):
        train(tmp_path)


def test_a_full_disk_keeps_the_checkpoint_before(tmp_path, monkeypatch):
    train(tmp_path, stop_at=1024)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(
        "course_lib.files.os.replace", lambda source, target: (_ for _ in ()).throw(OSError(28, "No space"))
    )
    with pytest.raises(OSError, match="No space"):
        train(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_other_environments_resume_with_a_new_episode_and_say_so(tmp_path):
    config = ppo.Config(steps=2048, hidden=(8,), checkpoint=tmp_path, checkpoint_every=0.0)
    ppo.train(make_envs("CartPole-v1", 4), config, on_update=lambda update: update.steps >= 512)
    with pytest.warns(UserWarning, match="not end with the same weights"):
        resumed = ppo.train(make_envs("CartPole-v1", 4), config)
    assert resumed.history[0]["steps"] == 64 and resumed.history[-1]["steps"] == 2048
