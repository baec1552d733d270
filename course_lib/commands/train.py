"""`course train`: train a policy, keep it in a folder, and end with its laps in a table and a picture."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from course_lib.commands import CommandError
from course_lib.files import write_json

CARS = 128  # one batch of this size learns fastest (performance.md: 64 to 1,024 cars is where NumPy pays)
EVALUATE_EVERY = 16_384  # environment steps
EVALUATION_STARTS = 32
LAPS = 20  # of an episode: an end at every finish line, which the car cannot see coming, would blur what it learns
EVALUATION_SEED = 1  # `course evaluate` drives from other start points by default
METRICS = {"score": "lap score\n(over 100: all laps clean)", "reward": "mean reward per step\n(metres gained)"}


def run(
    out: Path | None,
    track: str,
    steps: int | None,
    seconds: float | None,
    seed: int,
    resume: bool,
    overwrite: bool,
    clone_from: Path | None,
    observation: str,
    vehicle: str,
    model_metadata: Path | None,
) -> None:
    """Train, and write into ``out``: the policy, history.json, checkpoint/, lap.png, line.png, learning_curve.png.

    Raises:
        CommandError: ``out`` already holds a policy, or nothing to resume.
        Besides those of `Track.load`, `load_policy`, `Actions` and `ppo.train`.
    """
    from course_lib.agents import ppo
    from course_lib.agents.policy import load_policy
    from course_lib.agents.training import make_envs
    from course_lib.sim.laps import lap_score, run_laps
    from course_lib.sim.track import Track

    course = Track.load(track)
    start = None if clone_from is None else load_policy(clone_from)
    folder = _folder(out, course.name, resume, overwrite)
    if steps is None and seconds is None:
        seconds = 10.0

    def evaluate(policy) -> float:
        return lap_score(run_laps(policy, course, starts=EVALUATION_STARTS, seed=EVALUATION_SEED))

    config = ppo.Config(
        steps=steps or 10**9,
        seconds=seconds,
        evaluate=evaluate,
        evaluate_every=EVALUATE_EVERY,
        checkpoint=folder / "checkpoint",
    )
    envs = make_envs(
        "FirstLap/Race-v0",
        CARS,
        track=track,
        laps=LAPS,
        observation=observation,
        vehicle=vehicle,
        action_space=None if model_metadata is None else str(model_metadata),
    )
    console = Console()
    console.print(
        f"Training {CARS} cars on {course.name} ({course.length:.1f} m); Ctrl-C ends it and keeps the best policy.",
        soft_wrap=True,
    )
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training", total=1.0, said="")
        scores: list[float] = []

        def report(update) -> None:
            if "score" in update.metrics:
                scores.append(update.metrics["score"])
            best = f", best so far: {_score_words(max(scores))}" if scores else ""
            done = max(update.steps / config.steps, update.seconds / seconds if seconds else 0.0)
            progress.update(task, completed=min(done, 1.0), said=f"{update.steps:,} steps{best}")

        result = ppo.train(envs, config, seed, report, start)
        progress.update(task, completed=1.0)

    policy = result.policy
    policy.save(folder)
    write_json(folder / "history.json", {"history": result.history})
    laps = run_laps(policy, course, record=True)
    _pictures(folder, course, result.history, laps)
    last = result.history[-1]
    console.print(_table(laps, last))
    console.print(f"The policy is in {folder}. Look at your lap: {folder / 'lap.png'}", soft_wrap=True)


def _folder(out: Path | None, track: str, resume: bool, overwrite: bool) -> Path:
    """The folder to train into: the one asked for, if nothing in it would be lost, or a new one of its own."""
    if out is None:
        number = 1
        while (Path("my_policies") / f"{track}-{number}").exists():
            number += 1
        out = Path("my_policies") / f"{track}-{number}"
    elif resume and not (out / "checkpoint" / "checkpoint.json").exists():
        raise CommandError(f"{out} holds no checkpoint to resume: leave out --resume to begin a new run there.")
    elif not resume and not overwrite and ((out / "policy.json").exists() or (out / "checkpoint").exists()):
        raise CommandError(
            f"{out} already holds a training: add --resume to go on with it, --overwrite to begin anew, or "
            "choose another --out."
        )
    if overwrite:
        _forget_checkpoint(out / "checkpoint")
    out.mkdir(parents=True, exist_ok=True)
    return out


def _forget_checkpoint(folder: Path) -> None:
    (folder / "checkpoint.json").unlink(missing_ok=True)
    for state in folder.glob("state-*.safetensors"):
        state.unlink()


def _score_words(score: float) -> str:
    """A lap score in plain words (`laps.lap_score`)."""
    return f"clean laps of {60 / (score - 100):.2f} s" if score > 100 else f"score {score:.0f} of 100"


def _pictures(folder: Path, track, history: list[dict], laps) -> None:
    """The training's pictures: the curve, all lines driven, and an animated lap of the fastest car."""
    import numpy as np

    from course_lib.notebook import plots
    from course_lib.notebook.replay import html_replay, lap_replay

    plots.save(plots.learning_curve(history, METRICS), folder / "learning_curve.png")
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
