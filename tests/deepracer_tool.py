"""A model's folder as deepracer-utils, the tool of the DeepRacer community, sees it; for tests.

It imports as ``deepracer``, which takes some seconds, so only those who open a folder pay for it.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import matplotlib


@dataclass
class Seen:
    """What the tool finds in the traces of a training or of all evaluations.

    Attributes:
        log: its ``DeepRacerLog``.  frame: all rows.  aggregated: one row per episode, by ``simulation_agg``.
        rows, iterations, episodes, laps: how many; iterations counts evaluations where these were read.
    """

    log: object
    frame: object
    aggregated: object
    rows: int
    iterations: int
    episodes: int
    laps: int


@contextlib.contextmanager
def quietly():
    """The tool prints, draws without a screen, and warns of what pandas and matplotlib think of it."""
    matplotlib.use("Agg")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.filterwarnings("ignore", module=r"deepracer\.")
        yield


def see_training(folder: Path) -> Seen:
    """The training traces of a folder."""
    return _see(folder, "unique_episode", lambda log: log.load_training_trace())


def see_evaluations(folder: Path) -> Seen:
    """The traces of all its evaluations."""
    return _see(folder, "episode", lambda log: log.load_evaluation_trace())


def _see(folder: Path, episode: str, load) -> Seen:
    with quietly():
        from deepracer.logs import AnalysisUtils, DeepRacerLog

        log = DeepRacerLog(model_folder=str(folder))
        load(log)
        frame = log.dataframe()
        first, is_eval = ("stream", True) if "stream" in frame else ("iteration", False)
        aggregated = AnalysisUtils.simulation_agg(
            frame, first, episode, add_tstamp=True, is_eval=is_eval, add_perf=True
        )
    laps = int(aggregated["complete"].sum())
    return Seen(log, frame, aggregated, len(frame), frame[first].nunique(), len(aggregated), laps)
