"""Some reward functions, trained with some seeds each, and raced: which one makes the car drive best?"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_lib.console.many import Run, train_jobs
from course_lib.console.training import Job
from course_lib.deepracer.hyperparameters import Hyperparameters
from course_lib.deepracer.model_metadata import ModelMetadata
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.executors import default_workers, open_executor
from course_lib.notebook import plots
from course_lib.notebook.driven import COLOURS, SPEED
from course_lib.notebook.picture import Picture
from course_lib.notebook.replay import LapReplay, lap_replay
from course_lib.notebook.setup import headless
from course_lib.notebook.tables import badge, html_table, text_table
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT

MOST_LAPS = 4  # in a replay: more cars hide each other
MOST_FRAMES = 120  # of a replay: longer drives get fewer pictures a second


@dataclass(frozen=True)
class Row:
    """How one reward function's drivers drove, all seeds together.

    Attributes:
        label: of the reward.
        clean, starts: clean laps, of so many that were begun.  off_tracks: cars that left the road.
        mean_lap, best_lap: s of clean laps, NaN if there is none.
        progress: % of a lap, mean.  speed: m/s, mean over all steps.
        held_out: the same row for the track that nobody was trained on, or None.
    """

    label: str
    clean: int
    starts: int
    mean_lap: float
    best_lap: float
    off_tracks: int
    progress: float
    speed: float
    held_out: Row | None = None


class Comparison:
    """What became of some reward functions; a notebook shows the table and the replay.

    Attributes:
        runs: one `Run` per reward and seed.  rows: one `Row` per reward that was trained at least once.
        policies: label -> the policy of the seed that drives best.
        track, held_out: names.
        head: what the labels are, such as "reward" or "action space".
    """

    def __init__(
        self, runs: Sequence[Run], track: str, held_out: str | None = None, what: str = "Trained", head: str = "reward"
    ):
        self.runs, self.track, self.held_out, self._what, self.head = list(runs), str(track), held_out, what, head
        self._replays: dict[tuple[str, ...], LapReplay] = {}
        self._of: dict[str, list[Run]] = {}
        for run in self.runs:
            self._of.setdefault(run.label, []).append(run)
        self.rows = [_row(label, good) for label, good in self._trained().items()]
        self.policies = {label: max(good, key=lambda run: run.score).policy for label, good in self._trained().items()}

    def _trained(self) -> dict[str, list[Run]]:
        good = {label: [run for run in runs if not run.error] for label, runs in self._of.items()}
        return {label: runs for label, runs in good.items() if runs}

    @property
    def errors(self) -> list[str]:
        """What went wrong, one sentence per reward and kind, with the seeds that it happened to."""
        told: dict[str, list[Run]] = {}
        for run in self.runs:
            if run.error:
                told.setdefault(run.error, []).append(run)
        errors = []
        for error, runs in told.items():
            seeds = ", ".join(str(run.seed) for run in runs)
            every = len(runs) == len(self._of[runs[0].label])
            errors.append(error if every else f"{error} (seed{'s' * (len(runs) > 1)} {seeds})")
        return errors

    def replay(self, labels: Sequence[str] | None = None) -> LapReplay:
        """One lap from the start line by up to four rewards, each by the driver of its median seed.

        Args:
            labels: which ones; None: the first four.

        Raises:
            KeyError: a label that was not trained.
        """
        trained = self._trained()
        labels = tuple(trained)[:MOST_LAPS] if labels is None else tuple(labels)
        if labels in self._replays:
            return self._replays[labels]
        if not labels:
            raise ValueError(f"There is no lap to show, as no training came to an end: {' '.join(self.errors)}")
        paths = [median(trained[label]).lap for label in labels]
        fps = MOST_FRAMES / (DT * max(len(path) - 1 for path in paths))
        made = lap_replay(Track.load(self.track), paths, labels, fps=float(np.clip(fps, 2, 15)))
        self._replays[labels] = made
        return made

    def part(self, labels: Iterable[str]) -> Comparison:
        """The same of some labels only, in their order.

        Raises:
            KeyError: a label that is not among them.
        """
        runs = [run for label in labels for run in self._of[label]]
        return Comparison(runs, self.track, self.held_out, self._what, self.head)

    def learning_curves(self, metric: str = "score") -> Picture:
        """How the score grew (over 100: every lap clean), or another metric of the histories, such as "reward"."""
        words = {"score": "score", "reward": "mean reward per step", "return": "reward of an episode"}
        histories = {label: [run.history for run in runs] for label, runs in self._trained().items()}
        goal = 100.0 if metric == "score" else None
        return plots.learning_curve(histories, {metric: words.get(metric, metric)}, goal=goal, goal_label="clean laps")

    @property
    def caption(self) -> str:
        seeds = {len(runs) for runs in self._of.values()}
        of_seeds = f" with {max(seeds)} seeds each" if max(seeds) > 1 else ""
        return f"{self._what} on {self.track}{of_seeds}, then {self._starts} laps from all over the track"

    @property
    def _starts(self) -> str:
        counts = sorted({row.starts for row in self.rows})
        return " or ".join(map(str, counts)) or "no"

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        heads = [self.head, "clean laps", "mean lap", "best lap", "off track", "progress", "speed"]
        rows = [[row.label, *_numbers(row), f"{row.speed:.2f} m/s"] for row in self.rows]
        if self.held_out is not None:
            heads += [f"{self.held_out}: clean", "mean lap", "off track"]
            for cells, row in zip(rows, self.rows):
                clean, mean, _, off, _ = _numbers(row.held_out)
                cells += [clean, mean, off]
        return heads, rows

    def __repr__(self) -> str:
        return text_table(self.caption, *self._cells(), notes=self.errors)

    def _repr_html_(self) -> str:
        shown = list(self._trained())[:MOST_LAPS]
        numbered = {label: badge(k + 1, COLOURS[k]) for k, label in enumerate(shown)}
        badges = [numbered.get(row.label, "") for row in self.rows]
        return html_table(self.caption, *self._cells(), badges=badges, notes=self.errors)

    def _ipython_display_(self) -> None:
        """The table and the picture one below the other: of one output, a notebook shows only the richest form."""
        from IPython.display import display

        display({"text/html": self._repr_html_(), "text/plain": repr(self)}, raw=True)
        if self.rows:
            display(self.replay())


def compare(
    rewards: Mapping[str, Any],
    seeds: Sequence[int] = (0, 1, 2),
    steps: int = 60_000,
    metadata: ModelMetadata | None = None,
    hyperparameters: Hyperparameters | None = None,
    track: str = "camp",
    held_out: str | None = None,
    executor: Executor | None = None,
) -> Comparison:
    """Train with each reward and each seed, side by side, and let the drivers drive 16 laps each.

    Args:
        rewards: label -> a function, the name of a shipped one, a file, or a `RewardFunction`.
        seeds: one training with each.  steps: of one training.
        metadata: the actions, also an `ActionSpace`; None: continuous, 0.5 to 4 m/s.
        hyperparameters: as the console trained, also a table or panel of them; None: our own fast settings.
        track: a shipped track's name, or the path of a `.npy`.
        held_out: another track to drive on after the training.
        executor: workers, such as those of `open_executor`; None: processes of this machine.

    Raises:
        ValueError: no rewards, no or repeated seeds, or steps below 1.
        RewardFileError, TrackError: what cannot be read at all. What goes wrong in a training is told in the table.
        ExecutorError: there are no workers to be had.
    """
    job = Job(
        track=track,
        metadata=getattr(metadata, "metadata", metadata),
        hyperparameters=getattr(hyperparameters, "value", hyperparameters),
        steps=steps,
    )
    named = {str(label): _named(label, RewardFunction.of(reward)) for label, reward in rewards.items()}
    jobs = {label: replace(job, reward=reward) for label, reward in named.items()}
    return compare_jobs(jobs, seeds, held_out, executor)


def compare_jobs(
    jobs: Mapping[str, Job],
    seeds: Sequence[int],
    held_out: str | None = None,
    executor: Executor | None = None,
    head: str = "reward",
) -> Comparison:
    """Train each job with each seed, in workers where there are several trainings; ``head`` is what the labels are.

    Raises:
        As `compare`.
    """
    seeds = [int(seed) for seed in seeds]
    if not jobs or not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"{len(jobs)} {head}s, seeds {seeds}: give at least one of each, and each seed only once.")
    first = next(iter(jobs.values()))
    if first.steps < 1:
        raise ValueError(f"steps is {first.steps}: it must be at least 1.")
    for name in (first.track, held_out):
        if name is not None:
            Track.load(name)  # a wrong name is told here, not by every worker
    count = len(jobs) * len(seeds)
    work = functools.partial(_train, jobs, seeds, held_out)
    if executor is not None or count == 1:
        runs = work(executor)
    else:
        with open_executor(workers=min(count, default_workers())) as pool:
            runs = work(pool)
    return Comparison(runs, first.track, held_out, f"Trained for {first.steps:,} steps", head)


def try_out(reward, steps: int = 60_000, track: str = "camp", label: str | None = None, **settings) -> Comparison:
    """Train one reward once, here, and show how the car drives then: the quick look after a change.

    Args:
        reward, steps, track: as in `compare`.
        label: what to call it; None: the name of the function.
        settings: further arguments of `compare`; ``seeds=(4,)`` takes another seed.

    Raises:
        As `compare`.
    """
    if label is None:
        label = reward if isinstance(reward, str) else getattr(reward, "__name__", getattr(reward, "name", "reward"))
    return compare({str(label): reward}, **{"seeds": (0,), "steps": steps, "track": track} | settings)


def median(runs: Sequence[Run]) -> Run:
    """The run in the middle by score; of two, the lower one."""
    return sorted(runs, key=lambda run: run.score)[(len(runs) - 1) // 2]


def _named(label: str, reward: RewardFunction) -> RewardFunction:
    """The same function, called by its label in messages."""
    if reward.source is None:
        return reward
    return RewardFunction(reward.source, str(label), reward.entry, reward.isolated)


def _train(jobs, seeds, held_out: str | None, executor: Executor | None) -> list[Run]:
    from tqdm.auto import tqdm

    with tqdm(total=len(jobs) * len(seeds), desc="trainings", disable=headless() or executor is None) as bar:
        return train_jobs(jobs, seeds, held_out, executor, lambda run: bar.update())


def _row(label: str, runs: Sequence[Run]) -> Row:
    held_out = None
    if runs[0].held_out is not None:
        held_out = _laps_row(label, [run.held_out for run in runs])
    return _laps_row(label, [run.results for run in runs], held_out)


def _laps_row(label: str, results, held_out: Row | None = None) -> Row:
    clean = np.concatenate([laps.clean for laps in results])
    times = np.concatenate([laps.lap_times[:, 0] for laps in results])[clean]
    paths = [path[1:, SPEED] for laps in results for path in laps.paths]
    return Row(
        label,
        int(clean.sum()),
        len(clean),
        float(times.mean()) if len(times) else float("nan"),
        float(times.min()) if len(times) else float("nan"),
        int(sum(laps.off_tracks.sum() for laps in results)),
        float(np.mean([laps.progress.mean() for laps in results])),
        float(np.concatenate(paths).mean()) if paths else float("nan"),
        held_out,
    )


def _numbers(row: Row) -> list[str]:
    mean, best = ("–" if np.isnan(time) else f"{time:.2f} s" for time in (row.mean_lap, row.best_lap))
    return [f"{row.clean} of {row.starts}", mean, best, str(row.off_tracks), f"{row.progress:.0f} %"]
