"""A model's folder as DeepRacer-for-Cloud lays it out and deepracer-utils opens it (deepracer.md, section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from course_lib.deepracer.sim_trace import Episode, read_trace, write_trace

EVALUATION = re.compile(r"evaluation-(\d{14})")
ITERATION = re.compile(r"(\d+)-iteration\.csv")


class ModelFolderError(ValueError):
    """A folder that holds no model, or not what was asked for; the message names what is missing."""


class ModelFolder:
    """Where everything of a model lies; makes folders only when something is written.

    An evaluation is named by its time, ``YYYYMMDDHHMMSS``.

    Args:
        path: of the folder; it need not be there yet.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"ModelFolder({str(self.path)!r})"

    @property
    def metadata_path(self) -> Path:
        return self.path / "model" / "model_metadata.json"

    @property
    def hyperparameters_path(self) -> Path:
        return self.path / "ip" / "hyperparameters.json"

    @property
    def reward_path(self) -> Path:
        return self.path / "reward_function.py"

    @property
    def training_metrics_path(self) -> Path:
        return self.path / "metrics" / "TrainingMetrics.json"

    def training_trace_path(self, iteration: int) -> Path:
        """Of the iteration, counted from 0."""
        return self.path / "training-simtrace" / f"{iteration}-iteration.csv"

    def evaluation_trace_path(self, name: str) -> Path:
        return self.path / f"evaluation-{name}" / "evaluation-simtrace" / "0-iteration.csv"

    def evaluation_metrics_path(self, name: str) -> Path:
        return self.path / "metrics" / f"EvaluationMetrics-{name}.json"

    def make(self) -> ModelFolder:
        """Make the folder with all its parts that files are written to.

        Raises:
            OSError: a folder cannot be made.
        """
        paths = self.metadata_path, self.hyperparameters_path, self.training_metrics_path, self.training_trace_path(0)
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
        return self

    def forget(self) -> None:
        """Remove what trainings and evaluations before have written, for who begins anew."""
        evaluations = [path for path in self.path.glob("evaluation-*") if EVALUATION.fullmatch(path.name)]
        traces = [self.training_trace_path(0).parent, *(path / "evaluation-simtrace" for path in evaluations)]
        for trace in (file for folder in traces for file in folder.glob("*-iteration.csv")):
            trace.unlink()
        for folder in (folder for path in evaluations for folder in (path / "evaluation-simtrace", path)):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        metrics = self.training_metrics_path.parent.glob("*Metrics*.json")
        for file in (*metrics, self.hyperparameters_path, self.metadata_path, self.reward_path):
            file.unlink(missing_ok=True)

    def training_iterations(self) -> list[int]:
        """Numbers of the iterations that have a trace, ascending; [] before the first.

        Raises:
            ModelFolderError: there is no such folder, or none for the traces of a training in it.
        """
        traces = self.training_trace_path(0).parent
        if not traces.is_dir():
            missing = f"the folder {traces.name}" if self.path.is_dir() else "the folder itself"
            raise ModelFolderError(f"{self.path} holds no trained model: {missing} is missing.")
        found = (ITERATION.fullmatch(file.name) for file in traces.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def write_training(self, iteration: int, episodes: Iterable[Episode]) -> None:
        """The trace of an iteration; may be called again when it has more episodes."""
        self.make()
        write_trace(self.training_trace_path(iteration), episodes)

    def read_training(self) -> list[list[Episode]]:
        """The episodes of each iteration, in order.

        Raises:
            ModelFolderError: there is no trace, or an iteration between two others is missing.
            TraceError: a trace that cannot be read.
        """
        iterations = self.training_iterations()
        missing = sorted(set(range(iterations[0], iterations[-1])) - set(iterations)) if iterations else [0]
        if missing:
            path = self.training_trace_path(missing[0])
            raise ModelFolderError(f"{self.path}: {path.parent.name}/{path.name} is missing: copy the whole folder.")
        return [read_trace(self.training_trace_path(iteration)) for iteration in iterations]

    def new_evaluation(self, when: datetime) -> str:
        """Make the folder of a new evaluation; its name, one second later for each that is there already."""
        while True:
            name = when.strftime("%Y%m%d%H%M%S")
            folder = self.evaluation_trace_path(name).parent
            if not folder.parent.exists():
                folder.mkdir(parents=True)
                self.evaluation_metrics_path(name).parent.mkdir(exist_ok=True)
                return name
            when += timedelta(seconds=1)

    def evaluations(self) -> list[str]:
        """Names of the evaluations that have a trace, the oldest first.

        Raises:
            ModelFolderError: there is no such folder.
        """
        if not self.path.is_dir():
            raise ModelFolderError(f"{self.path} holds no model: the folder itself is missing.")
        found = (EVALUATION.fullmatch(folder.name) for folder in self.path.iterdir())
        return sorted(match[1] for match in found if match and self.evaluation_trace_path(match[1]).is_file())

    def write_evaluation(self, name: str, episodes: Iterable[Episode]) -> None:
        """The trace of an evaluation that `new_evaluation` has named; its trials are numbered from 0."""
        trials = (replace(episode, number=trial) for trial, episode in enumerate(episodes))
        write_trace(self.evaluation_trace_path(name), trials)

    def read_evaluation(self, name: str) -> list[Episode]:
        """The episodes of an evaluation.

        Raises:
            ModelFolderError: there is none of that name.
            TraceError: its trace cannot be read.
        """
        if name not in self.evaluations():
            known = ", ".join(self.evaluations()) or "none"
            raise ModelFolderError(f"{self.path} has no evaluation {name}: there are {known}.")
        return read_trace(self.evaluation_trace_path(name))
