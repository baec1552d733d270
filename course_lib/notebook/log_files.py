"""The traces of a training, found and read: of a model's folder, of a folder of traces, or of files of one's own.

A training may still be running, may have been killed, or copied in part: what is whole is read, and what is left out
is said in a `LogWarning`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.deepracer.metrics import MetricsError, read_training_metrics
from course_lib.deepracer.model_folder import ModelFolder
from course_lib.deepracer.sim_trace import Episode, TraceError, read_trace

ITERATION = re.compile(r"(\d+)-iteration\.csv")
GOING_ON = {"prepare", "in_progress", "pause"}


class LogError(ValueError):
    """No log, or one without what was asked for; the message names the folder and the way out."""


class LogWarning(UserWarning):
    """Part of a log was left out; the message says which and why."""


@dataclass
class Traces:
    """What was found.

    Attributes:
        path: of the folder, or of the first file.
        training: number of the iteration -> its episodes, ascending.
        evaluations: name -> its episodes, the oldest first.
        completions: number of the iteration -> % driven in each trial of the evaluation after it.
    """

    path: Path
    training: dict[int, list[Episode]]
    evaluations: dict[str, list[Episode]] = field(default_factory=dict)
    completions: dict[int, list[float]] = field(default_factory=dict)


def read_log(source) -> Traces:
    """Read what there is.

    Args:
        source: the folder of a model or of ``N-iteration.csv`` files, one such file, a list of them, a `ModelFolder`,
            or what `console.training.train` gave back.

    Raises:
        LogError: there is no training in it, or no complete episode yet.
        TraceError: a trace that cannot be read.
    """
    if hasattr(source, "folder"):  # a `Trained`; its module loads torch, which a log does not need
        source = source.folder
        if source is None:
            raise LogError("This training has left no log: name a folder when you call train(job, folder).")
    if isinstance(source, ModelFolder):
        source = source.path
    if not isinstance(source, (str, Path)):
        paths = [Path(path) for path in source]
        if not paths:
            raise LogError("The list of traces is empty: give the N-iteration.csv files of a training.")
        return Traces(paths[0], _read_training(paths, paths[0]))
    path = Path(source)
    if path.is_file():
        return Traces(path, _read_training([path], path))
    if not path.is_dir():
        raise LogError(f"{path}: there is no such folder; give the one that was trained into.")
    folder = ModelFolder(path)
    traces = folder.training_trace_path(0).parent
    if not traces.is_dir():
        files = _iterations_in(path)
        if not files:
            raise LogError(_no_log(path))
        return Traces(path, _read_training(files, path))
    training = _read_training(_iterations_in(traces), path)
    evaluations = {}
    for name in folder.evaluations():
        episodes = _whole(_read(folder.evaluation_trace_path(name)), f"evaluation-{name}")
        if episodes:
            evaluations[name] = episodes
    return Traces(path, training, evaluations, _completions(folder, training))


def _no_log(path: Path) -> str:
    if (path / "policy.json").is_file():
        return (
            f"{path} holds a policy but no log of its training: train with --reward or --hyperparameters, and one is "
            "written."
        )
    return (
        f"{path} holds no log of a training: neither a folder training-simtrace nor files such as 0-iteration.csv; "
        "give the folder that was trained into."
    )


def _iterations_in(folder: Path) -> list[Path]:
    files = [file for file in folder.iterdir() if ITERATION.fullmatch(file.name)]
    return sorted(files, key=lambda file: int(ITERATION.fullmatch(file.name)[1]))


def _read_training(paths: Iterable[Path], where: Path) -> dict[int, list[Episode]]:
    training: dict[int, list[Episode]] = {}
    for place, path in enumerate(paths):
        match = ITERATION.fullmatch(path.name)
        number = int(match[1]) if match else place
        if number in training:
            raise LogError(f"{path} is the second trace of iteration {number}: give those of one training only.")
        episodes = _whole(_read(path), path.name)
        if episodes:
            training[number] = episodes
    if not training:
        raise LogError(
            f"{where} holds no complete episode yet: an iteration is written when all its episodes have ended; look "
            "again a little later."
        )
    numbers = sorted(training)
    missing = sorted(set(range(numbers[0], numbers[-1])) - set(numbers))
    if missing:
        those = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
        _warn(f"{where.name}: there is nothing of iteration {those}; everything else is shown.")
    return {number: training[number] for number in numbers}


def _read(path: Path) -> list[Episode]:
    """A trace; nothing, with a warning, of a file that has been made and not been written yet."""
    try:
        if path.stat().st_size == 0:
            _warn(f"{path.name} is still empty and is left out.")
            return []
    except OSError as error:
        raise TraceError(f"{path} cannot be read ({error.strerror}): check its name.") from error
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        episodes = read_trace(path)
    for warning in told:
        _warn(
            str(warning.message).replace(str(path), path.name)
        )  # what is shown to others names no folder of one's own
    return episodes


def _whole(episodes: list[Episode], name: str) -> list[Episode]:
    """Without episodes that have no end, or no step."""
    whole = [episode for episode in episodes if not (episode.status in GOING_ON and not episode.done[-1])]
    whole = [episode for episode in whole if len(episode) > 1]
    left_out = len(episodes) - len(whole)
    if left_out:
        _warn(f"{name}: {left_out} of {len(episodes)} episodes have no end and are left out.")
    return whole


def _completions(folder: ModelFolder, training: dict[int, list[Episode]]) -> dict[int, list[float]]:
    """Of the evaluations while it trained, as the metrics file tells; they have no traces."""
    if not folder.training_metrics_path.is_file():
        return {}
    try:
        entries = read_training_metrics(folder.training_metrics_path)["metrics"]
        found: dict[int, list[float]] = {}
        last = {episodes[-1].number + 1: number for number, episodes in training.items()}  # there they count from 1
        for entry in entries:
            if entry["phase"] == "evaluation" and entry["episode"] in last:
                found.setdefault(last[entry["episode"]], []).append(float(entry["completion_percentage"]))
    except (MetricsError, TypeError, ValueError) as error:
        told = str(error).replace(str(folder.path), folder.path.name)
        _warn(f"{told} The evaluations during the training are left out.")
        return {}
    return found


def _warn(message: str) -> None:
    warnings.warn(message, LogWarning, stacklevel=4)
