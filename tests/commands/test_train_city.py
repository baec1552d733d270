"""`course train --env City` and `course evaluate` in the city, as a person types them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image


def course(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "course_lib", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Some updates only: it drives badly, and leaves all that a long training leaves."""
    out = tmp_path_factory.mktemp("Städte und Wege") / "my car"
    done = course("train", "--env", "city", "--algorithm", "td3", "--steps", "20000", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "A trip to all goals" in done.stdout and "trip.html" in done.stdout
    return out


def test_training_leaves_a_policy_its_curve_and_a_trip(folder):
    assert {path.name for path in folder.iterdir()} == {
        "policy.json", "weights.safetensors", "history.json", "checkpoint",
        "learning_curve.csv", "learning_curve.png", "trip.png", "trip.html",
    }  # fmt: skip
    with Image.open(folder / "trip.png") as picture:
        assert picture.n_frames > 20
    history = json.loads((folder / "history.json").read_text(encoding="utf-8"))["history"]
    with (folder / "learning_curve.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["steps"]) for row in rows] == [row["steps"] for row in history]
    assert float(rows[-1]["critic_loss"]) == pytest.approx(history[-1]["critic_loss"], rel=1e-4)
    assert history[-1]["steps"] >= 20_000 and history[-1]["score"] is not None


def test_evaluate_prints_one_json_object(folder):
    done = course("evaluate", str(folder), "--all-goals", "--city-seed", "3", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert {"goals_reached", "road_share", "path_ratio", "steps", "return"} <= set(result)
    assert result["goals"] == 10 and 0 <= result["road_share"] <= 1 and result["steps"] > 0
    done = course("evaluate", str(folder), "--starts", "3")
    assert done.returncode == 0 and "3 trips to three goals of city 0" in done.stdout


def test_two_runs_with_one_seed_give_equal_logs_but_for_time(tmp_path):
    logs = []
    for name in ("one", "two"):
        done = course("train", "--env", "City", "--steps", "12000", "--seed", "4", "--out", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
        rows = json.loads((tmp_path / name / "history.json").read_text(encoding="utf-8"))["history"]
        logs.append([{key: value for key, value in row.items() if key != "seconds"} for row in rows])
    assert logs[0] == logs[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--env", "City", "--algorithm", "ppo"], "The city is learnt by td3"),
        (["--algorithm", "td3", "--boxes", "2"], "belong to the race and ppo"),
        (["--env", "City", "--reward", "r.py"], "belong to the race and ppo"),
        (["--algorithm", "td3", "--model-metadata", "m.json"], "td3 steers by numbers"),
    ],
)
def test_what_does_not_go_together_is_one_line(arguments, said, tmp_path):
    done = course("train", *arguments, "--out", str(tmp_path / "x"))
    assert done.returncode == 1 and said in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "x").exists()


def test_a_policy_of_the_race_cannot_drive_in_the_city(tmp_path):
    out = tmp_path / "race"
    assert course("train", "--track", "oval", "--steps", "2048", "--out", str(out)).returncode == 0
    done = course("evaluate", str(out), "--all-goals")
    assert done.returncode == 1 and "the city needs one that sees it" in done.stderr


def test_the_race_by_td3(tmp_path):
    out = tmp_path / "race"
    done = course("train", "--track", "oval", "--algorithm", "td3", "--steps", "3000", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "policy.json").read_text(encoding="utf-8"))["algorithm"] == "td3"
