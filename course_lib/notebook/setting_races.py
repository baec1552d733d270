"""One reward function trained with several action spaces or hyperparameters, some seeds each: the two other levers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from course_lib.console.training import Job
from course_lib.deepracer.hyperparameters import Hyperparameters
from course_lib.deepracer.model_metadata import ModelMetadata
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.notebook.reward_races import Comparison, compare_jobs


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
    base = Job(RewardFunction.of(reward), track=track, metadata=getattr(metadata, "metadata", metadata), steps=steps)
    jobs = {str(label): _job(base, str(label), setting) for label, setting in settings.items()}
    head = "setting" if not jobs or any(job.hyperparameters for job in jobs.values()) else "action space"
    return compare_jobs(jobs, seeds, executor=executor, head=head)


def _job(base: Job, label: str, setting) -> Job:
    chosen = setting if isinstance(setting, ModelMetadata) else getattr(setting, "metadata", None)
    if isinstance(chosen, ModelMetadata):
        return dataclasses.replace(base, metadata=chosen)
    chosen = getattr(setting, "value", setting)
    if isinstance(chosen, Hyperparameters):
        return dataclasses.replace(base, hyperparameters=chosen)
    raise TypeError(f"{label} is {setting!r}: give an action_space(...) or hyperparameters(...).")
