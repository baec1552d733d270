"""One reward function trained with several action spaces or hyperparameters, some seeds each: the two other levers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from course_lib.console.many import Run, train_many
from course_lib.console.training import Job
from course_lib.deepracer.hyperparameters import Hyperparameters
from course_lib.deepracer.model_metadata import ModelMetadata
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.executors import default_workers, open_executor
from course_lib.notebook.reward_races import Comparison
from course_lib.sim.track import Track


def compare_settings(
    reward,
    settings: Mapping[str, Any],
    seeds: Sequence[int] = (0, 1, 2),
    steps: int = 40_000,
    metadata: ModelMetadata | None = None,
    track: str = "camp",
    executor: Executor | None = None,
) -> Comparison:
    """Train with each setting and each seed, side by side; all else is the same.

    Args:
        reward: as in `reward_lab.compare`.
        settings: label -> an action space (`action_space`, `continuous_action_space`, a builder, `ModelMetadata`), or
            hyperparameters (`hyperparameters`, a panel, `Hyperparameters`), which train in the console's rhythm.
        seeds: one training with each.  steps: of one training.
        metadata: the actions where the settings are hyperparameters; None: continuous, 0.5 to 4 m/s.
        track: a shipped track's name, or the path of a `.npy`.
        executor: workers, such as those of `open_executor`; None: processes of this machine.

    Raises:
        TypeError: a setting that is neither.
        ValueError: no settings, no or repeated seeds, or steps below 1.
        RewardFileError, TrackError: what cannot be read at all. What goes wrong in a training is told in the table.
        ExecutorError: there are no workers to be had.
    """
    seeds = [int(seed) for seed in seeds]
    if not settings or not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(
            f"{len(settings)} settings, seeds {seeds}: give at least one of each, and each seed only once."
        )
    if steps < 1:
        raise ValueError(f"steps is {steps}: it must be at least 1.")
    Track.load(track)  # a wrong name is told here, not by every worker
    reward = RewardFunction.of(reward)
    base = Job(track=track, metadata=getattr(metadata, "metadata", metadata), steps=steps)
    jobs = {str(label): _job(base, str(label), setting) for label, setting in settings.items()}
    if executor is not None:
        runs = _train(reward, jobs, seeds, executor)
    else:
        with open_executor(workers=min(len(jobs) * len(seeds), default_workers())) as pool:
            runs = _train(reward, jobs, seeds, pool)
    head = "action space" if all(job.hyperparameters is None for job in jobs.values()) else "setting"
    return Comparison(runs, track, None, f"Trained for {steps:,} steps", head)


def _job(base: Job, label: str, setting) -> Job:
    chosen = setting if isinstance(setting, ModelMetadata) else getattr(setting, "metadata", None)
    if isinstance(chosen, ModelMetadata):
        return dataclasses.replace(base, metadata=chosen)
    chosen = getattr(setting, "value", setting)
    if isinstance(chosen, Hyperparameters):
        return dataclasses.replace(base, hyperparameters=chosen)
    raise TypeError(f"{label} is {setting!r}: give an action_space(...) or hyperparameters(...).")


def _train(reward: RewardFunction, jobs: dict[str, Job], seeds: Sequence[int], executor: Executor) -> list[Run]:
    """All trainings at once, in the order of the settings: each setting waits in a thread for those of its own."""
    with ThreadPoolExecutor(len(jobs)) as threads:
        waiting = [
            threads.submit(train_many, {label: reward}, seeds, job, None, executor) for label, job in jobs.items()
        ]
        return [run for future in waiting for run in future.result()]
