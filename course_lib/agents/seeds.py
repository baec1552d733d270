"""The same training with many seeds, one after the other or side by side in the workers of an executor."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from course_lib.agents.training import make_envs
from course_lib.agents.workers import one_job, packed, unpacked

ALGORITHMS = ("actor_critic", "dqn", "ppo", "q_learning", "reinforce", "td3")


class SeedError(RuntimeError):
    """Some seeds failed; the message names each with its error."""


@dataclass
class SeedRun:
    """What became of one seed.

    Attributes:
        seed: of the training.
        policy, history: as in `TrainingResult`; None and [] if it failed.
        score: what the score function said of the policy; None without one.
        seconds: that this run took where it ran.
        error: "" or what went wrong, in one line.
    """

    seed: int
    policy: Any = None
    history: list[dict[str, float]] = field(default_factory=list)
    score: float | None = None
    seconds: float = 0.0
    error: str = ""

    def __repr__(self) -> str:
        told = f"failed: {self.error}" if self.error else f"score {self.score}, {self.policy}"
        return f"SeedRun({self.seed}: {told})"


def train_seeds(
    algorithm: ModuleType | str,
    env_id: str,
    n: int,
    config: Any = None,
    seeds: Iterable[int] = range(10),
    executor: Executor | None = None,
    score: Callable[[Any], float] | None = None,
    **env_kwargs: Any,
) -> list[SeedRun]:
    """Train once with each seed; the results are in the order of the seeds.

    A seed gives the same result to the last bit wherever it runs (on machines of the same kind). A seed that fails
    does not stop the others: its `SeedRun` has the error, and `scores` refuses to pass over it.

    Args:
        algorithm: a module such as ``agents.ppo``, or its name.
        env_id, n, env_kwargs: of the environments, as in `make_envs`.
        config: the algorithm's; None: its defaults.
        seeds: of the trainings.
        executor: workers, such as those of `open_executor`; None: here, one after the other.
        score: a function policy -> number, such as ``scores.mean_return``, that workers can import by its name.

    Raises:
        ValueError: another algorithm, no or repeated seeds, a checkpoint in the config, or something that cannot be
            sent to a worker because it was defined in the notebook.
        KeyboardInterrupt: the stop button; nothing is kept.
    """
    name = algorithm if isinstance(algorithm, str) else algorithm.__name__.rpartition(".")[2]
    seeds = [int(seed) for seed in seeds]
    if name not in ALGORITHMS:
        raise ValueError(f"There is no algorithm {name!r}: choose one of {', '.join(ALGORITHMS)}.")
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds is {seeds}: give at least one, and each only once.")
    if getattr(config, "checkpoint", None) is not None:
        raise ValueError("config.checkpoint is the folder of one run: leave it out for many seeds.")
    for what, function in (("score", score), ("config.evaluate", getattr(config, "evaluate", None))):
        if executor is not None and function is not None:
            _check_importable(what, function)
    job = (name, env_id, n, config, score, env_kwargs)
    if executor is None:
        return [train_one(*job, seed) for seed in seeds]
    waiting = [executor.submit(_train_packed, *job, seed) for seed in seeds]
    try:
        return [_received(future, seed) for future, seed in zip(waiting, seeds)]
    except BaseException:
        for future in waiting:
            future.cancel()
        raise


def scores(runs: Iterable[SeedRun]) -> np.ndarray:
    """(seeds,) the scores of all runs.

    Raises:
        SeedError: a seed failed or has no score. (To leave it out in silence would be to choose among the results.)
    """
    runs = list(runs)
    failed = [f"seed {run.seed}: {run.error or 'no score'}" for run in runs if run.error or run.score is None]
    if failed:
        raise SeedError(f"{len(failed)} of {len(runs)} seeds have no score ({'; '.join(failed)}).")
    return np.array([run.score for run in runs], np.float64)


def train_one(name: str, env_id: str, n: int, config, score, env_kwargs: dict, seed: int) -> SeedRun:
    """One training and its score; an error is told in the `SeedRun`."""
    with one_job():
        began = time.perf_counter()
        try:
            algorithm = importlib.import_module(f"course_lib.agents.{name}")
            config = config or algorithm.Config()
            envs = make_envs(env_id, n, **env_kwargs)
            try:
                result = algorithm.train(envs, config, seed=seed)
            finally:
                envs.close()
            if _was_stopped(result.history, config):
                raise KeyboardInterrupt
            worth = None if score is None else float(score(result.policy))
            run = SeedRun(seed, result.policy, result.history, worth)
        except Exception as error:
            run = SeedRun(seed, error=_told(error))
        run.seconds = time.perf_counter() - began
    return run


def _was_stopped(history: list[dict], config) -> bool:
    """A training turns the stop button into an early end; with many seeds it must end them all."""
    return config.seconds is None and (not history or history[-1]["steps"] < config.steps)


def _train_packed(*job) -> SeedRun:
    run = train_one(*job)
    run.policy = None if run.error else packed(run.policy)
    return run


def _received(future: Future, seed: int) -> SeedRun:
    try:
        run = future.result()
    except BrokenProcessPool:
        return SeedRun(seed, error="its worker process ended (out of memory, or killed)")
    except Exception as error:  # it could not be sent, or a worker of another version does not know it
        return SeedRun(seed, error=_told(error))
    run.policy = None if run.error else unpacked(run.policy)
    return run


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


def _check_importable(what: str, function) -> None:
    function = getattr(function, "func", function)  # of a functools.partial
    name = getattr(function, "__qualname__", "<")
    if getattr(function, "__module__", None) in ("__main__", None) or "<" in name:
        raise ValueError(
            f"{what} is {name if '<' not in name else 'a function without a name of its own'}, made in this notebook "
            "or inside another function: a worker cannot import it. Use one of course_lib.agents.scores, or put yours "
            "into a file."
        )
