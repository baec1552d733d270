"""Many trainings side by side: some jobs, each with some seeds, and how well each of them drives then.

A reward function travels to its worker as its source text, a policy comes back as bytes (`agents.workers`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from course_lib.agents.policy import Policy
from course_lib.agents.workers import one_job, packed, unpacked
from course_lib.console.training import Job, train
from course_lib.deepracer.reward_function import RewardFileError, RewardFunction
from course_lib.drivers.recorded import START_LINE
from course_lib.sim.laps import LapResults, lap_score, run_laps

STARTS = 16
SLOWEST = 1.0  # m/s: a driver that is slower than this on its lap from the start line is not waited for


@dataclass
class Run:
    """One training with one job and one seed.

    Attributes:
        label: of the job, such as the name of its reward function.  seed: of the training.
        policy, history: as in `Trained`; None and [] if it failed.
        results: of `run_laps` from 16 starts on the track of the training.
        held_out: the same on another track, or None.
        lap: (steps + 1, 6) the path of one lap from the start line, as in `LapResults.paths`.
        seconds: of training where it ran.
        error: "" or what went wrong, in one sentence.
    """

    label: str
    seed: int
    policy: Any = None
    history: list[dict[str, float]] = field(default_factory=list)
    results: LapResults | None = None
    held_out: LapResults | None = None
    lap: np.ndarray | None = None
    seconds: float = 0.0
    error: str = ""

    def __repr__(self) -> str:
        told = f"failed: {self.error}" if self.error else repr(self.results)
        return f"Run({self.label!r}, seed {self.seed}: {told})"

    @property
    def score(self) -> float:
        """`laps.lap_score`; minus infinity if it failed."""
        return -np.inf if self.results is None else lap_score(self.results)


def train_many(
    rewards: Mapping[str, RewardFunction | None],
    seeds: Iterable[int],
    job: Job,
    held_out: str | None = None,
    executor: Executor | None = None,
    on_run: Callable[[Run], None] | None = None,
    parents: Mapping[int, Policy] | None = None,
) -> list[Run]:
    """Train with each reward function and each seed; all else is the job's.

    Args:
        rewards: label -> reward function; None: metres gained, as in `Job`.
        Others: as in `train_jobs`.
    """
    jobs = {label: replace(job, reward=reward) for label, reward in rewards.items()}
    return train_jobs(jobs, seeds, held_out, executor, on_run, parents)


def train_jobs(
    jobs: Mapping[str, Job],
    seeds: Iterable[int],
    held_out: str | None = None,
    executor: Executor | None = None,
    on_run: Callable[[Run], None] | None = None,
    parents: Mapping[int, Policy] | None = None,
) -> list[Run]:
    """Do each job with each seed; the runs are in the order of the jobs, then of the seeds.

    A run that fails does not stop the others: it tells its error, with the job's label and the reward's line.

    Args:
        jobs: label -> job.  seeds: of the trainings, in place of the jobs' own.
        held_out: a track that nobody trains on, to evaluate on too.
        executor: workers, such as those of `open_executor`; None: here, one after the other.
        on_run: called with each run when it is done, in whichever order.
        parents: seed -> the policy that its trainings start from; seeds that are not in it start anew.

    Raises:
        KeyboardInterrupt: the stop button; nothing is kept.
    """
    runs: dict[tuple[str, int], Run] = {}
    futures: dict[Future, tuple[str, int]] = {}
    parents = parents or {}
    try:
        for label, seed in ((label, seed) for label in jobs for seed in seeds):
            job, parent = replace(jobs[label], seed=seed), parents.get(seed)
            if executor is None:
                run = train_one(label, job, held_out, parent)
            elif job.reward is not None and job.reward.source is None:
                why = f"{label}: it cannot be sent to a worker, as its source is not known: write it with def."
                run = Run(label, seed, error=why)
            else:
                reward, parent = job.reward, None if parent is None else packed(parent)
                sent = None if reward is None else (reward.source, reward.entry, reward.isolated)
                future = executor.submit(_train_sent, label, sent, replace(job, reward=None), held_out, parent)
                futures[future] = label, seed
                continue
            runs[label, seed] = run
            if on_run is not None:
                on_run(run)
        for future in as_completed(futures):
            run = runs[futures[future]] = _received(future, *futures[future])
            if on_run is not None:
                on_run(run)
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    return [runs[label, seed] for label in jobs for seed in seeds]


def train_one(label: str, job: Job, held_out: str | None = None, parent: Policy | None = None) -> Run:
    """One training, from the parent's weights if there is one, and its evaluation; the run tells what goes wrong."""
    run = Run(label, job.seed)
    began = time.perf_counter()
    with one_job():
        try:
            trained = train(job, clone_from=parent)
            run.policy, run.history = trained.policy, trained.history
            run.seconds = time.perf_counter() - began
            line = {"starts": 1, "slowest": SLOWEST, "start": START_LINE}
            run.lap = run_laps(run.policy, job.track, record=True, **line).paths[0]
            run.results = run_laps(run.policy, job.track, starts=STARTS, record=True)
            if held_out is not None:
                run.held_out = run_laps(run.policy, held_out, starts=STARTS)
        except Exception as error:  # somebody's reward function may raise anything
            run = Run(label, job.seed, error=_told(label, error), seconds=time.perf_counter() - began)
    return run


def _train_sent(
    label: str, sent: tuple[str, str, bool] | None, job: Job, held_out: str | None, parent: bytes | None
) -> Run:
    """What a worker does; the label is the name of the reward's file, so that errors name it."""
    try:
        job = replace(job, reward=None if sent is None else RewardFunction(sent[0], label, *sent[1:]))
    except RewardFileError as error:
        return Run(label, job.seed, error=_told(label, error))
    run = train_one(label, job, held_out, None if parent is None else unpacked(parent))
    run.policy = None if run.error else packed(run.policy)
    return run


def _received(future: Future, label: str, seed: int) -> Run:
    try:
        run = future.result()
    except BrokenProcessPool:
        return Run(label, seed, error=f"{label}: its worker process ended (out of memory, or killed)")
    except Exception as error:  # it could not be sent, or a worker of another version does not know it
        return Run(label, seed, error=_told(label, error))
    run.policy = None if run.error else unpacked(run.policy)
    return run


def _told(label: str, error: Exception) -> str:
    """The error in one line that begins with the label."""
    text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    text = " ".join(text.split())[:500]
    return text if text.startswith(label) else f"{label}: {text}"
