"""A small training on the square, of which everything is known, and the real one of the console."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from driven_by_hand import driven

from course_lib.deepracer.metrics import training_metrics, write_metrics
from course_lib.deepracer.model_folder import ModelFolder
from course_lib.notebook.log_analysis import Log

EVALUATION = "20260102030405"


def small_training(path: Path, square) -> ModelFolder:
    """Four iterations of three episodes on the square (20 m, turns at 2.5, 7.5, 12.5 and 17.5 m).

    Cars leave the road in turn 1 and turn 2 at first; iteration 2 has one lap of 14.33 s, iteration 3 has three of
    13.33 s, 14.33 s and 14.33 s. Slower laps earn more: every step pays 1.
    """
    folder = ModelFolder(path)
    iterations = [
        [driven(square, 0, 2.5), driven(square, 1, 2.5, reward=0.5), driven(square, 2, 7.5)],
        [driven(square, 3, 2.5), driven(square, 4, 5.0, begin=2.5), driven(square, 5, 12.0, status="immobilized")],
        [driven(square, 6, 7.5), driven(square, 7, 20.0, 1.4), driven(square, 8, 2.5, begin=5.0)],
        [driven(square, 9, 20.0, actions=(1, 1, 0, 2)), driven(square, 10, 20.0, 1.4), driven(square, 11, 20.0, 1.4)],
    ]
    trials = [[], [driven(square, 0, 10.0), driven(square, 1, 14.0)], [], [driven(square, 0, 20.0)] * 2]
    for number, episodes in enumerate(iterations):
        folder.write_training(number, episodes)
    write_metrics(folder.training_metrics_path, training_metrics(iterations, trials))
    folder.evaluation_trace_path(EVALUATION).parent.mkdir(parents=True)
    folder.write_evaluation(EVALUATION, [driven(square, 0, 20.0, 2.0), driven(square, 1, 16.0, 2.0)])
    return folder


@pytest.fixture(scope="session")
def log(tmp_path_factory, square) -> Log:
    """The small training."""
    return Log.open(small_training(tmp_path_factory.mktemp("Modell ä") / "a b", square), square)


@pytest.fixture(scope="session")
def real(shared, shared_track) -> Log:
    """Six iterations of a real DeepRacer, of 2022."""
    return Log.open(shared / "logs" / "deepracer-console", shared_track("reinvent_base"))


def raw_episodes(folder: Path) -> list[tuple[int, list[dict[str, str]]]]:
    """(iteration, rows as texts) of each episode of a folder of traces: read by `csv`, not by the course."""
    found = []
    for path in sorted(folder.glob("*-iteration.csv"), key=lambda path: int(path.name.split("-")[0])):
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if not found or found[-1][1][0]["episode"] != row["episode"]:
                    found.append((int(path.name.split("-")[0]), []))
                found[-1][1].append(row)
    return found
