"""Metrics files: one entry per episode, as the service names them, in ms of simulated time."""

from __future__ import annotations

import numpy as np
import pytest
from episode_by_hand import episode

from course_lib.deepracer.metrics import (
    MetricsError,
    evaluation_metrics,
    read_evaluation_metrics,
    read_training_metrics,
    training_metrics,
    write_metrics,
)

OFF = {"episode_status": ["prepare", "in_progress", "off_track"], "progress": np.array([0.8, 40.0, 61.9])}


def test_training_counts_on_over_iterations(tmp_path):
    iterations = [[episode(0), episode(1, **OFF)], [episode(2, **OFF), episode(3)]]
    made = training_metrics(iterations, [[episode(0)]])
    assert made["metrics"][0] == {
        "reward_score": 1.0,
        "metric_time": 8125,
        "start_time": 8000,
        "elapsed_time_in_milliseconds": 125,
        "episode": 1,
        "trial": 1,
        "phase": "training",
        "completion_percentage": 100,
        "episode_status": "Lap complete",
    }
    told = [(entry["phase"], entry["episode"], entry["trial"], entry["episode_status"]) for entry in made["metrics"]]
    assert told == [
        ("training", 1, 1, "Lap complete"),
        ("training", 2, 2, "Off track"),
        ("evaluation", 2, 1, "Lap complete"),
        ("training", 3, 1, "Off track"),
        ("training", 4, 2, "Lap complete"),
    ]
    assert made["metrics"][1]["completion_percentage"] == 61 and made["best_model_metric"] == "progress"
    path = tmp_path / "TrainingMetrics.json"
    write_metrics(path, made)
    assert read_training_metrics(path) == made


def test_evaluation_counts_what_went_wrong(tmp_path):
    made = evaluation_metrics([episode(0), episode(1, **OFF)])
    good, bad = made["metrics"]
    assert good == {
        "completion_percentage": 100,
        "metric_time": 8125,
        "start_time": 8000,
        "elapsed_time_in_milliseconds": 125,
        "episode_status": "Lap complete",
        "crash_count": 0,
        "immobilized_count": 0,
        "off_track_count": 0,
        "reversed_count": 0,
        "reset_count": 0,
        "trial": 1,
    }
    assert (bad["off_track_count"], bad["reset_count"], bad["trial"], bad["completion_percentage"]) == (1, 1, 2, 61)
    path = tmp_path / "EvaluationMetrics-20260501120000.json"
    write_metrics(path, made)
    assert read_evaluation_metrics(path) == made


@pytest.mark.parametrize(
    ("status", "label"),
    [("in_progress", "In progress"), ("crashed", "Crashed"), ("time_up", "Time up"), ("immobilized", "Immobilized")],
)
def test_labels(status, label):
    (entry,) = evaluation_metrics([episode(episode_status=["prepare", "in_progress", status])])["metrics"]
    assert entry["episode_status"] == label


def test_nearly_a_lap_is_99_percent():
    (entry,) = evaluation_metrics([episode(progress=np.array([0.0, 50.0, 99.99]))])["metrics"]
    assert entry["completion_percentage"] == 99


@pytest.mark.parametrize("read", [read_training_metrics, read_evaluation_metrics])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, " is missing"),
        (b"{\n\n", ", line 3: this is not JSON"),
        (b"{}", ' has no list "metrics"'),
        (b'{"metrics": [{"trial": 1}]}', ': entry 0 of "metrics" has no '),
        (b'{"metrics": [1]}', ': entry 0 of "metrics" has no '),
    ],
)
def test_files_that_cannot_be_read(read, content, said, tmp_path):
    path = tmp_path / "metrics.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MetricsError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}{said}")
