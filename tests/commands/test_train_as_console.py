"""`course train --reward` as a person types it: the console's folder, opened by deepracer-utils, and bad files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from deepracer_tool import see_evaluations, see_training

from course_lib.deepracer.model_folder import ModelFolder

METADATA = {
    "action_space": [
        {"steering_angle": angle, "speed": speed, "index": index}
        for index, (angle, speed) in enumerate((a, s) for a in ("-30", "-15", "0", "15", "30") for s in ("1", "2.0"))
    ],
    "sensor": ["FRONT_FACING_CAMERA"],
    "neural_network": "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW",
    "version": "4",
}


def course(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "course_lib", *arguments], capture_output=True, text=True, encoding="utf-8", cwd=cwd
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    here = tmp_path_factory.mktemp("über Rennen")
    (here / "meine belohnung.py").write_text(
        "def reward_function(params):\n    return params['speed'] * params['all_wheels_on_track'] + 0.001\n",
        encoding="utf-8",
    )
    (here / "m.json").write_text(json.dumps(METADATA), encoding="utf-8")
    (here / "h.json").write_text(json.dumps({"lr": "0.001", "team": "blue"}), encoding="utf-8")
    done = course(
        *("train", "--reward", "meine belohnung.py", "--model-metadata", "m.json", "--hyperparameters", "h.json"),
        *("--track", "oval", "--steps", "8000", "--out", "modell"),
        cwd=here,
    )
    assert done.returncode == 0, done.stderr
    assert "team means nothing here" in done.stdout and "trials from the start line" in done.stdout
    return here


def test_the_folder_is_opened_by_deepracer_utils_and_laps_are_as_many(trained):
    folder = ModelFolder(trained / "modell")
    ours = [episode for iteration in folder.read_training() for episode in iteration]
    seen = see_training(folder.path)
    assert (seen.episodes, seen.iterations) == (len(ours), len(folder.training_iterations()))
    assert seen.laps == sum(episode.complete for episode in ours) > 0
    (name,) = folder.evaluations()
    trials = see_evaluations(folder.path)
    assert trials.laps == sum(episode.complete for episode in folder.read_evaluation(name))
    assert json.loads(folder.hyperparameters_path.read_text(encoding="utf-8"))["team"] == "blue"


def test_pictures_and_the_policy_lie_beside_it(trained):
    names = {path.name for path in (trained / "modell").iterdir()}
    assert {"policy.json", "weights.safetensors", "history.json", "lap.png", "learning_curve.png"} <= names
    assert {"model", "ip", "metrics", "training-simtrace", "reward_function.py", "checkpoint"} <= names
    done = course("evaluate", "modell", "--json", cwd=trained)
    assert json.loads(done.stdout)["mean_progress"] > 50


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("a.py", "def reward_function(params)\n    return 1.0\n", "a.py, line 1: this is no Python"),
        ("b.py", "import not_there\n", "b.py, line 1: loading it raised ModuleNotFoundError"),
        (
            "c.py",
            "def reward_function(params):\n    return params['waypoints'][300][0]\n",
            "c.py, line 2: the reward function raised IndexError",
        ),
        (
            "d.py",
            "def reward_function(params):\n    return 'fast'\n",
            "d.py, line 1: the reward function returned 'fast'",
        ),
        ("m.json", '{"action_space": [{"steering_angle": 45, "speed": 1}]}', "from -30 to 30 degrees"),
        ("m.json", '{"action_space": [{"steering_angle": 5, "speed": 0}]}', "from 0.1 to 4 m/s"),
        (
            "m.json",
            '{"action_space": [{"steering_angle": 5, "speed": 1}], "sensor": ["SONAR"]}',
            "sensor names 'SONAR'",
        ),
        ("h.json", '{"lr": 5}', "lr is 5"),
        ("h.json", '{"lr": 0.1,\n}', "h.json, line 2"),
    ],
)
def test_a_bad_file_is_told_in_one_sentence(tmp_path, file, text, said):
    (tmp_path / file).write_text(text, encoding="utf-8")
    option = {"m.json": "--model-metadata", "h.json": "--hyperparameters"}.get(file, "--reward")
    extra = [] if option == "--reward" else ["--reward", "follow_the_centre"]
    done = course("train", option, file, *extra, "--steps", "100", "--out", "out", cwd=tmp_path)
    assert done.returncode != 0
    assert said in done.stderr and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_an_endless_loop_is_stopped_where_it_is_isolated(tmp_path):
    (tmp_path / "loop.py").write_text("def reward_function(params):\n    while True:\n        pass\n", encoding="utf-8")
    done = course("train", "--reward", "loop.py", "--isolated", "--steps", "100", "--out", "out", cwd=tmp_path)
    assert (
        done.returncode != 0 and "loop.py" in done.stderr and "10 s" in done.stderr and "Traceback" not in done.stderr
    )
