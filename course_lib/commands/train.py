"""`course train`: train a policy, keep it in a folder, and end with its laps in a table and a picture."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from course_lib.files import write_json

TD3_CARS = 16  # it learns from memories, many of the same moment would be alike
CARS = 128  # one batch of this size learns fastest (performance.md: 64 to 1,024 cars is where NumPy pays)
EVALUATE_EVERY = 16_384  # environment steps
EVALUATION_STARTS = 32
LAPS = 20  # of an episode: an end at every finish line, which the car cannot see coming, would blur what it learns
EVALUATION_SEED = 1  # `course evaluate` drives from other start points by default
SCORE = "lap score\n(over 100: all laps clean)"
METRICS = {"score": SCORE, "reward": "mean reward per step\n(metres gained)"}
CONSOLE_METRICS = {"score": SCORE, "reward": "mean reward per step"}


class OrderError(ValueError):
    """Settings of `course train` that do not go together; the message says which to leave out."""


@dataclass(frozen=True)
class Order:
    """What to train, as the command line says it; see `course train --help`."""

    out: Path | None
    env: str
    algorithm: str | None
    track: str
    steps: int | None
    seconds: float | None
    seed: int
    resume: bool
    overwrite: bool
    clone_from: Path | None
    observation: str
    vehicle: str
    model_metadata: Path | None
    reward: str | None
    hyperparameters: Path | None
    boxes: int | None
    alternate_direction: bool
    isolated: bool

    @property
    def as_console(self) -> bool:
        """Is anything asked for that only the console's training has?"""
        return bool(self.reward or self.hyperparameters or self.boxes or self.alternate_direction)


def run(order: Order) -> None:
    """Train, and write into ``out``: the policy, history.json, checkpoint/, lap.png, line.png, learning_curve.png.

    With a reward file or hyperparameters the console's folder is written beside it (`console.training`).

    Raises:
        TrainingFolderError: ``out`` already holds a policy, or nothing to resume.
        OrderError: settings that do not go together.
        RewardError: the reward function cannot be used; the best policy until then is kept.
        Besides those of `Track.load`, `load_policy`, `Actions`, `ModelMetadata`, `Hyperparameters` and `ppo.train`.
    """
    from course_lib.agents.policy import load_policy
    from course_lib.console.training import prepare_folder
    from course_lib.sim.laps import run_laps
    from course_lib.sim.track import Track

    console = Console()
    clone_from = None if order.clone_from is None else load_policy(order.clone_from)
    seconds = 10.0 if order.steps is None and order.seconds is None else order.seconds
    _check(order)
    if order.env == "City":
        from course_lib.commands import train_city

        train_city.run(order, order.out or free_folder("city"), clone_from, console)
        return
    course = Track.load(order.track)
    folder = order.out or free_folder(course.name)
    if order.as_console:
        policy, history, metrics, said = _train_as_console(order, folder, seconds, clone_from, console)
    else:
        prepare_folder(folder, order.resume, order.overwrite)
        policy, history, metrics, said = _train(order, course, folder, seconds, clone_from, console)
        policy.save(folder)
        write_json(folder / "history.json", {"history": history})
    laps = run_laps(policy, course, record=True)
    _pictures(folder, course, history, laps, metrics)
    console.print(_table(laps, history[-1]))
    if said:
        console.print(said, soft_wrap=True)
    console.print(f"The policy is in {folder}. Look at your lap: {folder / 'lap.png'}", soft_wrap=True)


def _check(order: Order) -> None:
    """Refuse what does not go together.

    Raises:
        OrderError: one sentence about it.
    """
    if order.env == "City" and order.algorithm == "ppo":
        raise OrderError("The city is learnt by td3: PPO's network takes no pictures; leave out --algorithm.")
    if order.algorithm == "td3" and order.model_metadata is not None:
        raise OrderError("td3 steers by numbers, not by a list of actions: leave out --model-metadata or --algorithm.")
    if order.as_console and (order.env == "City" or order.algorithm == "td3"):
        raise OrderError(
            "Rewards, hyperparameters, boxes and --alternate-direction belong to the race and ppo: leave them out, or "
            "--env and --algorithm."
        )


def _train(order: Order, course, folder: Path, seconds: float | None, clone_from, console: Console) -> tuple:
    """By the progress reward, in our own way."""
    from course_lib.agents import ppo, td3
    from course_lib.agents.training import make_envs
    from course_lib.sim.laps import lap_score, run_laps

    algorithm, cars = (td3, TD3_CARS) if order.algorithm == "td3" else (ppo, CARS)
    config = algorithm.Config(
        steps=order.steps or 10**9,
        seconds=seconds,
        evaluate=lambda policy: lap_score(run_laps(policy, course, starts=EVALUATION_STARTS, seed=EVALUATION_SEED)),
        evaluate_every=EVALUATE_EVERY,
        checkpoint=folder / "checkpoint",
    )
    envs = make_envs(
        "FirstLap/Race-v0",
        cars,
        track=order.track,
        laps=LAPS,
        observation=order.observation,
        vehicle=order.vehicle,
        action_space=None if order.model_metadata is None else str(order.model_metadata),
    )
    console.print(
        f"Training {cars} cars on {course.name} ({course.length:.1f} m); Ctrl-C ends it and keeps the best policy.",
        soft_wrap=True,
    )
    with progress(console, order.steps, seconds) as report:
        result = algorithm.train(envs, config, order.seed, report, clone_from)
    return result.policy, result.history, METRICS, ""


def _train_as_console(order: Order, folder: Path, seconds: float | None, clone_from, console: Console) -> tuple:
    """By a reward file and the console's settings, leaving its folder."""
    from course_lib.console.training import Job, train
    from course_lib.deepracer.hyperparameters import Hyperparameters
    from course_lib.deepracer.model_metadata import ModelMetadata
    from course_lib.deepracer.reward_function import RewardFunction

    job = Job(
        reward=None if order.reward is None else RewardFunction.of(order.reward, order.isolated),
        track=order.track,
        metadata=None if order.model_metadata is None else ModelMetadata.read(order.model_metadata),
        hyperparameters=None if order.hyperparameters is None else Hyperparameters.read(order.hyperparameters),
        observation=order.observation,
        vehicle=order.vehicle,
        boxes=order.boxes,
        alternate=order.alternate_direction,
        steps=order.steps,
        seconds=seconds,
        seed=order.seed,
    )
    for name in job.hyperparameters.unknown if job.hyperparameters else ():
        console.print(f"{order.hyperparameters}: {name} means nothing here and is kept as it is.", soft_wrap=True)
    way = "the console's settings" if job.hyperparameters else "First Lap's own settings"
    console.print(
        f"Training on {order.track} by {order.reward or 'the progress reward'} with {way}; Ctrl-C ends it and keeps "
        "the best policy.",
        soft_wrap=True,
    )
    with progress(console, order.steps, seconds) as report:
        trained = train(job, folder, report, clone_from, order.resume, order.overwrite)
    clean = trained.evaluation.results.clean
    said = f"{trained.ended} {clean.sum()} of {len(clean)} trials from the start line were clean laps."
    return trained.policy, trained.history, CONSOLE_METRICS, said


@contextmanager
def progress(console: Console, steps: int | None, seconds: float | None, words=None):
    """A progress bar; gives what to hand to a training as ``on_update``; ``words`` tells a score."""
    words = words or _score_words
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("training", total=1.0, said="")
        scores: list[float] = []

        def report(update) -> None:
            if "score" in update.metrics:
                scores.append(update.metrics["score"])
            best = f", best so far: {words(max(scores))}" if scores else ""
            done = max(update.steps / steps if steps else 0.0, update.seconds / seconds if seconds else 0.0)
            bar.update(task, completed=min(done, 1.0), said=f"{update.steps:,} steps{best}")

        yield report
        bar.update(task, completed=1.0)


def free_folder(track: str) -> Path:
    """A new folder of its own for a training that was given none."""
    number = 1
    while (Path("my_policies") / f"{track}-{number}").exists():
        number += 1
    return Path("my_policies") / f"{track}-{number}"


def _score_words(score: float) -> str:
    """A lap score in plain words (`laps.lap_score`)."""
    return f"clean laps of {60 / (score - 100):.2f} s" if score > 100 else f"score {score:.0f} of 100"


def _pictures(folder: Path, track, history: list[dict], laps, metrics: dict[str, str]) -> None:
    """The training's pictures: the curve, all lines driven, and an animated lap of the fastest car."""
    import numpy as np

    from course_lib.notebook import plots
    from course_lib.notebook.replay import html_replay, lap_replay

    plots.save(plots.learning_curve(history, metrics), folder / "learning_curve.png")
    plots.save(plots.driven_lines(track, laps.paths), folder / "line.png")
    fastest = int(np.nanargmin(laps.lap_times[:, 0])) if laps.clean.any() else int(laps.progress.argmax())
    lap_replay(track, [laps.paths[fastest]]).save(folder / "lap.png")
    html_replay(track, laps.paths[::2]).save(folder / "replay.html")


def _table(laps, last: dict) -> Table:
    table = Table(title="What was learnt")
    for column in ("track", "steps", "seconds", "clean laps", "best lap", "mean lap"):
        table.add_column(column, justify="right")
    clean = laps.lap_times[laps.clean]
    mean = f"{clean.mean():.2f} s" if len(clean) else "-"
    best = f"{clean.min():.2f} s" if len(clean) else "-"
    table.add_row(
        laps.track,
        f"{last['steps']:,}",
        f"{last['seconds']:.1f}",
        f"{laps.clean.sum()} of {len(laps.clean)}",
        best,
        mean,
    )
    return table
