"""`TrainingMetrics.json` and `EvaluationMetrics-*.json`: one entry per episode (deepracer.md, end of section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from course_lib.deepracer.sim_trace import Episode
from course_lib.files import FileError, read_json, write_json

TIMED = ("metric_time", "start_time", "elapsed_time_in_milliseconds", "completion_percentage", "episode_status")
TRAINING = ("reward_score", "episode", "trial", "phase", *TIMED)
COUNTED = {"crash_count": "crashed", "immobilized_count": "immobilized", "off_track_count": "off_track",
           "reversed_count": "reversed"}  # fmt: skip
EVALUATION = (*TIMED, *COUNTED, "reset_count", "trial")


class MetricsError(ValueError):
    """A metrics file that cannot be read; the message names the file, the entry and the field."""


def training_metrics(
    iterations: Sequence[Iterable[Episode]], evaluations: Sequence[Iterable[Episode]] = ()
) -> dict[str, Any]:
    """What `TrainingMetrics.json` holds.

    Args:
        iterations: the training episodes of each iteration; ``episode`` counts them all from 1, ``trial`` within one.
        evaluations: the episodes of the evaluation after each iteration, for as many as had one.

    Returns:
        "metrics", one dict per episode with times in ms of simulated time, and what the service writes besides.
    """
    entries, count = [], 0
    for i, iteration in enumerate(iterations):
        for trial, episode in enumerate(iteration, start=1):
            count += 1
            entries.append(_training_entry(episode, count, trial, "training"))
        for trial, episode in enumerate(evaluations[i] if i < len(evaluations) else (), start=1):
            entries.append(_training_entry(episode, count, trial, "evaluation"))
    return {"metrics": entries, "version": 1.0, "best_model_metric": "progress"}


def evaluation_metrics(episodes: Iterable[Episode]) -> dict[str, Any]:
    """What an `EvaluationMetrics-*.json` holds: "metrics", one dict per episode."""
    entries = []
    for trial, episode in enumerate(episodes, start=1):
        counts = {name: episode.episode_status.count(status) for name, status in COUNTED.items()}
        entries.append(_timed(episode) | counts | {"reset_count": sum(counts.values()), "trial": trial})
    return {"metrics": entries}


def write_metrics(path: str | Path, metrics: dict[str, Any]) -> None:
    """Write either file, in full or not at all."""
    write_json(Path(path), metrics)


def read_training_metrics(path: str | Path) -> dict[str, Any]:
    """A `TrainingMetrics.json` with all that it holds.

    Raises:
        MetricsError: it is missing, no JSON, has no list of metrics, or an entry lacks a field.
    """
    return _read(path, TRAINING)


def read_evaluation_metrics(path: str | Path) -> dict[str, Any]:
    """An `EvaluationMetrics-*.json` with all that it holds.

    Raises:
        MetricsError: it is missing, no JSON, has no list of metrics, or an entry lacks a field.
    """
    return _read(path, EVALUATION)


def _training_entry(episode: Episode, number: int, trial: int, phase: str) -> dict[str, Any]:
    reward = round(episode.total_reward, 4)
    return {"reward_score": reward, "episode": number, "trial": trial, "phase": phase} | _timed(episode)


def _timed(episode: Episode) -> dict[str, Any]:
    start, end = (round(1000 * float(episode.tstamp[row])) for row in (0, -1))
    best = 100 if episode.complete else int(episode.progress[-1])
    return {
        "metric_time": end,
        "start_time": start,
        "elapsed_time_in_milliseconds": end - start,
        "completion_percentage": best,
        "episode_status": episode.status.replace("_", " ").capitalize(),
    }


def _read(path: str | Path, fields: Sequence[str]) -> dict[str, Any]:
    try:
        data = read_json(Path(path))
    except FileError as error:
        raise MetricsError(str(error)) from error
    entries = data.get("metrics")
    if not isinstance(entries, list):
        raise MetricsError(f'{path} has no list "metrics": this is no metrics file of DeepRacer.')
    for i, entry in enumerate(entries):
        missing = [field for field in fields if not isinstance(entry, dict) or field not in entry]
        if missing:
            raise MetricsError(f'{path}: entry {i} of "metrics" has no {missing[0]}: write it anew from the traces.')
    return data
