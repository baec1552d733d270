"""Trainings that are tested by laps on the way, on a clock that stands still meanwhile.

So two algorithms can be compared over steps and over seconds: the tests cost neither of them anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from course_lib.agents.policy import Policy
from course_lib.agents.training import Update, make_envs
from course_lib.sim.laps import LapResults, lap_score, run_laps

STARTS, STARTS_SEED = 16, 1  # of every test: the same laps for all
SLOWEST = 1.0  # m/s; who is slower on average is taken off: beginners that hardly move would cost most of the time


@dataclass
class Judged:
    """One training and how it went.

    Attributes:
        seed: of the training.  policy: the last one.  laps: that it drove at the end, with their paths.
        history: as in `TrainingResult`; "seconds" without those of the tests, "score" where there was a test.
    """

    seed: int
    policy: Policy
    history: list[dict[str, float]]
    laps: LapResults

    def __repr__(self) -> str:
        return f"Judged(seed {self.seed}: {self.steps:,} steps, {self.clean} of {len(self.laps.clean)} laps clean)"

    @property
    def steps(self) -> int:
        """Environment steps of the training."""
        return int(self.history[-1]["steps"])

    @property
    def seconds(self) -> float:
        """Of the training, without the tests."""
        return float(self.history[-1]["seconds"])

    @property
    def clean(self) -> int:
        """Clean laps at the end."""
        return int(self.laps.clean.sum())

    @property
    def mean_lap(self) -> float:
        """Mean time in s of all laps at the end; NaN if one of them is not clean: a mean of the best tells nothing."""
        return float(self.laps.lap_times.mean()) if self.laps.clean.all() else float("nan")


class Clock:
    """Listens to a training (``on_update``): tests the policy ``tests`` times, and takes that time off the clock.

    Args:
        steps: of the whole training; the last test is there.  test: policy -> score.
    """

    def __init__(self, steps: int, tests: int, test: Callable[[Policy], float]):
        self.steps, self.every, self.test = steps, steps / tests, test
        self.due, self.lost = self.every, 0.0

    def __call__(self, update: Update) -> None:
        update.metrics["seconds"] = round(update.seconds - self.lost, 3)
        if update.steps >= min(self.due, self.steps):
            began = time.perf_counter()
            update.metrics["score"] = self.test(update.policy)
            self.due = (update.steps // self.every + 1) * self.every
            self.lost += time.perf_counter() - began


def judged_laps(policy: Policy, track: str = "camp", record: bool = False) -> LapResults:
    """The laps by which everybody is judged: 16 cars at rest, spread round the track, with the same small offsets."""
    return run_laps(policy, track, STARTS, seed=STARTS_SEED, record=record, slowest=SLOWEST)


def train_judged(
    algorithm: ModuleType,
    config: Any,
    cars: int,
    seed: int,
    tests: int = 8,
    track: str = "camp",
    **env_kwargs: Any,
) -> Judged:
    """One training on the race with its tests.

    Args:
        algorithm: a module such as ``agents.td3``.  config: its settings.
        cars: that drive together.  tests: on the way, the last one at the end; at most as many as there are reports.
        track: to train and to test on.  env_kwargs: of the race, as in `make_envs`.

    Raises:
        ValueError: no test at all.
        Whatever the algorithm raises.
    """
    if tests < 1:
        raise ValueError(f"tests is {tests}: at least one is due, at the end.")
    clock = Clock(config.steps, tests, lambda policy: lap_score(judged_laps(policy, track)))
    envs = make_envs("FirstLap/Race-v0", cars, track=track, **env_kwargs)
    try:
        result = algorithm.train(envs, config, seed, clock)
    finally:
        envs.close()
    return Judged(seed, result.policy, result.history, judged_laps(result.policy, track, record=True))
