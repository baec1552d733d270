"""A model's folder: everything where deepracer-utils looks for it, read back by iteration, and missing parts named."""

from __future__ import annotations

from datetime import datetime

import pytest
from episode_by_hand import episode

from course_lib.deepracer.model_folder import ModelFolder, ModelFolderError
from course_lib.deepracer.sim_trace import TraceError

NOON = datetime(2026, 5, 1, 12, 0, 59)


@pytest.fixture
def folder(tmp_path) -> ModelFolder:
    return ModelFolder(tmp_path / "Modell für alle" / "fast")


def test_the_layout(folder):
    paths = {
        "model/model_metadata.json": folder.metadata_path,
        "ip/hyperparameters.json": folder.hyperparameters_path,
        "reward_function.py": folder.reward_path,
        "metrics/TrainingMetrics.json": folder.training_metrics_path,
        "metrics/EvaluationMetrics-20260501120059.json": folder.evaluation_metrics_path("20260501120059"),
        "training-simtrace/12-iteration.csv": folder.training_trace_path(12),
        "evaluation-20260501120059/evaluation-simtrace/0-iteration.csv": folder.evaluation_trace_path("20260501120059"),
    }
    for wanted, path in paths.items():
        assert path == folder.path / wanted
    assert not folder.path.exists(), "asking makes nothing"


def test_training_by_iteration(folder):
    for iteration in range(11):
        folder.write_training(iteration, [episode(2 * iteration)])
        folder.write_training(iteration, [episode(2 * iteration), episode(2 * iteration + 1)])
    (folder.training_trace_path(0).parent / "notes.txt").write_text("mine", encoding="utf-8")
    assert folder.training_iterations() == list(range(11)), "by number, not by name"
    numbers = [[one.number for one in episodes] for episodes in folder.read_training()]
    assert numbers == [[2 * iteration, 2 * iteration + 1] for iteration in range(11)]


def test_evaluations_by_time(folder):
    folder.make()
    later, sooner = folder.new_evaluation(NOON), folder.new_evaluation(datetime(2025, 1, 1))
    for name in (later, sooner):
        folder.write_evaluation(name, [episode(7), episode(9)])
    assert folder.evaluations() == [sooner, later] == ["20250101000000", "20260501120059"]
    assert [trial.number for trial in folder.read_evaluation(later)] == [0, 1], "trials are counted from 0"
    assert folder.new_evaluation(NOON) == "20260501120100", "none is written over"
    assert folder.evaluations() == [sooner, later], "one without a trace is none yet"


def test_a_new_folder_is_empty(folder):
    folder.make()
    assert folder.training_iterations() == [] and folder.evaluations() == []
    with pytest.raises(ModelFolderError, match="training-simtrace/0-iteration.csv is missing"):
        folder.read_training()


def test_what_is_missing_is_named(folder):
    for ask in (folder.training_iterations, folder.read_training, folder.evaluations):
        with pytest.raises(ModelFolderError, match="fast holds no .*model: the folder itself is missing"):
            ask()
    folder.path.mkdir(parents=True)
    with pytest.raises(ModelFolderError, match="the folder training-simtrace is missing"):
        folder.training_iterations()
    with pytest.raises(ModelFolderError, match="has no evaluation 20260501120059: there are none"):
        folder.read_evaluation("20260501120059")
    for iteration in (0, 1, 3):
        folder.write_training(iteration, [episode(iteration)])
    with pytest.raises(ModelFolderError, match="training-simtrace/2-iteration.csv is missing: copy the whole folder"):
        folder.read_training()


def test_a_broken_trace_is_named(folder):
    folder.write_training(0, [episode(0)])
    folder.training_trace_path(0).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TraceError, match="0-iteration.csv, line 1"):
        folder.read_training()
