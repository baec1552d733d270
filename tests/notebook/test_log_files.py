"""What is whole is read; what is missing, cut short or foreign is named in one sentence."""

from __future__ import annotations

import json
import warnings
from types import SimpleNamespace

import pytest
from driven_by_hand import driven

from course_lib.deepracer.metrics import training_metrics, write_metrics
from course_lib.deepracer.model_folder import ModelFolder
from course_lib.deepracer.sim_trace import TraceError, write_trace
from course_lib.notebook.log_files import LogError, LogWarning, read_log


@pytest.fixture
def folder(tmp_path, square) -> ModelFolder:
    """Two iterations of two episodes, each followed by an evaluation of two trials."""
    folder = ModelFolder(tmp_path / "Mein Modell ü")
    iterations = [[driven(square, 2 * k + i, 5.0 + k) for i in range(2)] for k in range(2)]
    trials = [[driven(square, i, 6.0 + 4 * k) for i in range(2)] for k in range(2)]
    for number, episodes in enumerate(iterations):
        folder.write_training(number, episodes)
    write_metrics(folder.training_metrics_path, training_metrics(iterations, trials))
    return folder


def test_a_models_folder_in_all_its_forms(folder, square):
    for source in (folder, folder.path, str(folder.path), SimpleNamespace(folder=folder)):
        traces = read_log(source)
        assert {number: len(episodes) for number, episodes in traces.training.items()} == {0: 2, 1: 2}
        assert traces.completions == {0: [30.0, 30.0], 1: [50.0, 50.0]}
        assert traces.evaluations == {}


def test_traces_without_a_folder_of_a_model(folder):
    files = sorted(folder.training_trace_path(0).parent.iterdir())
    assert list(read_log(files[0].parent).training) == [0, 1]
    assert list(read_log(files).training) == [0, 1]
    assert list(read_log(files[1]).training) == [1]


def test_the_tenth_iteration_comes_after_the_ninth(tmp_path, square):
    for number in (10, 9, 11):
        write_trace(tmp_path / f"{number}-iteration.csv", [driven(square, number, 5.0)])
    assert list(read_log(tmp_path).training) == [9, 10, 11]


def sentence(error) -> str:
    text = str(error.value)
    assert "\n" not in text and text.endswith(".")
    return text


def test_no_such_folder_and_foreign_ones(tmp_path):
    with pytest.raises(LogError, match="there is no such folder") as error:
        read_log(tmp_path / "nowhere")
    assert "nowhere" in sentence(error)
    with pytest.raises(LogError, match="holds no log of a training"):
        read_log(tmp_path)
    (tmp_path / "policy.json").write_text("{}", encoding="utf-8")
    with pytest.raises(LogError, match="a policy but no log") as error:
        read_log(tmp_path)
    assert "--reward" in sentence(error)
    with pytest.raises(LogError, match="left no log"):
        read_log(SimpleNamespace(folder=None))
    with pytest.raises(LogError, match="list of traces is empty"):
        read_log([])


def test_a_training_that_has_just_begun(tmp_path):
    ModelFolder(tmp_path).make()
    with pytest.raises(LogError, match="no complete episode yet") as error:
        read_log(tmp_path)
    assert "a little later" in sentence(error)


def test_an_iteration_that_is_still_empty_is_left_out(folder):
    folder.training_trace_path(2).touch()
    with pytest.warns(LogWarning, match="2-iteration.csv is still empty"):
        assert list(read_log(folder).training) == [0, 1]


def test_a_trace_that_is_being_written_is_read_as_far_as_it_is_whole(folder):
    path = folder.training_trace_path(1)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[:-70], encoding="utf-8")  # within the last line
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        traces = read_log(folder)
    messages = [str(warning.message) for warning in told]
    assert {warning.category for warning in told} == {LogWarning} and len(messages) == 2
    assert "cut short" in messages[0] and "1 of 2 episodes have no end" in messages[1]
    assert not any(str(folder.path) in message for message in messages)
    assert [episode.number for episode in traces.training[1]] == [2]


def test_a_missing_iteration_is_named_and_its_neighbours_keep_their_evaluations(folder, square):
    folder.write_training(2, [driven(square, 4, 5.0)])
    folder.training_trace_path(1).unlink()
    with pytest.warns(LogWarning, match="nothing of iteration 1;"):
        traces = read_log(folder)
    assert list(traces.training) == [0, 2] and list(traces.completions) == [0]


def test_a_damaged_trace_is_named_with_its_line(folder):
    path = folder.training_trace_path(0)
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[3] = lines[3].replace("in_progress", "in_progress,7")
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(TraceError, match="line 4") as error:
        read_log(folder)
    assert "0-iteration.csv" in sentence(error)


def test_a_damaged_metrics_file_costs_only_the_evaluations(folder):
    folder.training_metrics_path.write_text(json.dumps({"metrics": [{"phase": "training"}]}), encoding="utf-8")
    with pytest.warns(LogWarning, match="evaluations during the training are left out"):
        traces = read_log(folder)
    assert len(traces.training) == 2 and traces.completions == {}


def test_two_traces_of_one_iteration_are_two_trainings(tmp_path, square):
    for name in "ab":
        (tmp_path / name).mkdir()
        write_trace(tmp_path / name / "3-iteration.csv", [driven(square, 0, 5.0)])
    with pytest.raises(LogError, match="second trace of iteration 3"):
        read_log([tmp_path / name / "3-iteration.csv" for name in "ab"])
