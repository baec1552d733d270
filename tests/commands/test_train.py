"""`course train` and `course evaluate` as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image


def course(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "course_lib", *arguments], capture_output=True, text=True, encoding="utf-8", cwd=cwd
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("kurs über alles") / "my policy"
    done = course("train", "--track", "oval", "--steps", "40960", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "lap.png" in done.stdout and "clean laps" in done.stdout
    return out


def test_training_leaves_a_policy_and_pictures(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "policy.json",
        "weights.safetensors",
        "history.json",
        "checkpoint",
        "lap.png",
        "line.png",
        "learning_curve.png",
        "replay.html",
    }
    for name in ("lap.png", "line.png", "learning_curve.png"):
        with Image.open(folder / name) as picture:
            assert min(picture.size) > 150
    with Image.open(folder / "lap.png") as picture:
        assert picture.n_frames > 30
    history = json.loads((folder / "history.json").read_text(encoding="utf-8"))["history"]
    assert history[-1]["steps"] == 40_960


def test_evaluate_prints_one_json_object(folder):
    done = course("evaluate", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result) == {"track", "starts", "laps", "lap_times_s", "off_tracks", "mean_progress"}
    assert (result["track"], result["starts"], result["laps"]) == ("oval", 16, 1)
    assert len(result["lap_times_s"]) == 16
    assert result["mean_progress"] == 100.0 and result["off_tracks"] == 0


def test_evaluate_on_another_track_and_as_a_table(folder):
    done = course("evaluate", str(folder), "--track", "hairpin", "--starts", "2", "--laps", "2")
    assert done.returncode == 0, done.stderr
    assert "hairpin" in done.stdout and "lap 2" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evaluate", "nowhere"], "policy.json is missing"),
        (["train", "--track", "ovel", "--out", "x"], "did you mean 'oval'"),
        (["train", "--resume", "--out", "x"], "leave out --resume"),
        (["train", "--model-metadata", "none.json", "--out", "x"], "none.json"),
        (["train", "--clone-from", "none", "--out", "x"], "policy.json is missing"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing_behind(arguments, said, tmp_path):
    done = course(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr and len(done.stderr.splitlines()) == 1
    assert not any(tmp_path.rglob("*.*"))


def test_a_finished_training_is_not_overwritten_by_accident(folder):
    before = (folder / "policy.json").read_bytes()
    done = course("train", "--track", "oval", "--steps", "2048", "--out", str(folder))
    assert done.returncode == 1 and "--resume" in done.stderr and "--overwrite" in done.stderr
    assert (folder / "policy.json").read_bytes() == before


def test_a_run_by_steps_that_was_killed_and_resumed_ends_with_the_same_weights(folder, tmp_path):
    arguments = ["train", "--track", "oval", "--steps", "40960", "--out", str(tmp_path)]
    with subprocess.Popen([sys.executable, "-m", "course_lib", *arguments], stdout=subprocess.DEVNULL) as process:
        checkpoint = tmp_path / "checkpoint" / "checkpoint.json"
        while not checkpoint.exists():
            assert process.poll() is None, "the training ended before its first checkpoint"
        process.kill()
    assert not (tmp_path / "policy.json").exists()
    done = course(*arguments, "--resume")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "weights.safetensors").read_bytes() == (folder / "weights.safetensors").read_bytes()
