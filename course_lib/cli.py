"""The `course` command: signatures and help; the bodies are in course_lib/commands/, imported when called."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

app = typer.Typer(
    name="course",
    help="First Lap: learn reinforcement learning by racing.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Observation(StrEnum):
    features = "features"
    lidar = "lidar"


class Environment(StrEnum):
    race = "Race"
    city = "City"


class Algorithm(StrEnum):
    ppo = "ppo"
    td3 = "td3"


class Vehicle(StrEnum):
    deepracer = "deepracer"
    kinematic = "kinematic"


class Budget(StrEnum):
    quick = "quick"
    full = "full"


class TwoWords(TyperCommand):
    """A command whose option -p takes two words, as papermill's does; they are handed on as NAME=VALUE."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:
        joined, words = [], iter(args)
        for word in words:
            joined.append(word)
            if word in ("-p", "--parameter"):
                name = next(words, None)
                value = next(words, None) if name is not None and "=" not in name else None
                joined += [text for text in [name if value is None else f"{name}={value}"] if text is not None]
        return super().parse_args(ctx, joined)


PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


notebooks = typer.Typer(no_args_is_help=True, help="Run, format and check the lessons' notebooks.")
app.add_typer(notebooks, name="notebooks")

Notebooks = Annotated[
    list[str] | None, typer.Argument(metavar="[NOTEBOOKS]", help="Names such as 01_first_lap, or paths; all without.")
]
Lesson = Annotated[str | None, typer.Option(help="Only this lesson's, such as 01_rl_basics.")]

Nickname = Annotated[
    str | None, typer.Option(help="Whose copies, my_laps/NICKNAME; the last one without, at first your login name.")
]


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole traceback of an error (or set COURSE_DEBUG=1).")
    ] = False,
) -> None:
    if debug:
        os.environ["COURSE_DEBUG"] = "1"


@app.command()
def lab(
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to try first.")] = 8888,
    nickname: Nickname = None,
) -> None:
    """Open your own copies of the lessons in JupyterLab; what you have changed is never overwritten."""
    from course_lib.commands import lab

    raise typer.Exit(lab.run(browser=not no_browser, port=port, nickname=nickname))


@app.command()
def reset(
    notebook: Annotated[str, typer.Argument(metavar="NOTEBOOK", help="Its name, such as 01_first_lap.")],
    nickname: Nickname = None,
) -> None:
    """Get a notebook back as it was shipped; your own one is kept as NOTEBOOK_old_1."""
    from course_lib.commands import reset

    raise typer.Exit(reset.run(notebook, nickname))


@app.command()
def doctor(
    report: Annotated[
        bool, typer.Option("--report", help="Print a text for a bug report; it holds no personal paths.")
    ] = False,
) -> None:
    """Say what is installed, what is missing and how to mend it."""
    from course_lib.commands import doctor

    raise typer.Exit(doctor.run(report=report))


@app.command(context_settings=PASS_ON)
def test(context: typer.Context) -> None:
    """Check the code's style and layers and run the tests; further arguments go to pytest."""
    from course_lib.commands import test

    raise typer.Exit(test.run(context.args))


@app.command()
def pack(
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    platform: Annotated[
        str | None, typer.Option(help="linux, windows, macos-arm64 or macos-x86_64; this computer's without.")
    ] = None,
    python: Annotated[str | None, typer.Option(help="Such as 3.12; this Python's without.")] = None,
    extras: Annotated[str, typer.Option(help="Extras of pyproject.toml, with commas between.")] = "lab",
) -> None:
    """Download all wheels into a folder, for `start.py --from FOLDER` on computers without network."""
    from course_lib.commands import pack

    pack.run(out, platform, python, [extra.strip() for extra in extras.split(",") if extra.strip()])


# The commands of the world (tracks, train, evaluate, drive) go here.


@app.command()
def train(
    out: Annotated[Path | None, typer.Option(help="Folder for the policy; my_policies/TRACK-N without.")] = None,
    env: Annotated[Environment, typer.Option(case_sensitive=False, help="Where to drive.")] = Environment.race,
    algorithm: Annotated[
        Algorithm | None, typer.Option(help="How to learn; without, ppo for the race and td3 for the city.")
    ] = None,
    track: Annotated[str, typer.Option(help="A shipped track's name, or a .npy file.")] = "camp",
    steps: Annotated[
        int | None, typer.Option(min=1, help="Environment steps; such a run can be repeated exactly.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop after this time; 10 without --steps.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the interrupted run in --out.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin anew in a folder that holds a run.")] = False,
    clone_from: Annotated[Path | None, typer.Option(help="Start from the policy in this folder.")] = None,
    observation: Annotated[Observation, typer.Option(help="What the car sees.")] = Observation.features,
    vehicle: Annotated[Vehicle, typer.Option(help="How the car answers.")] = Vehicle.deepracer,
    model_metadata: Annotated[Path | None, typer.Option(help="A model_metadata.json with the action space.")] = None,
    reward: Annotated[
        str | None, typer.Option(metavar="FILE", help="A DeepRacer reward file, or the name of a shipped one.")
    ] = None,
    hyperparameters: Annotated[
        Path | None, typer.Option(help="A hyperparameters.json: train as the console did, episode by episode.")
    ] = None,
    boxes: Annotated[int | None, typer.Option(min=1, help="Boxes on the track, to be avoided.")] = None,
    alternate_direction: Annotated[
        bool, typer.Option("--alternate-direction", help="Every second episode the other way round.")
    ] = False,
    isolated: Annotated[bool, typer.Option("--isolated", help="Run somebody else's reward file in a sandbox.")] = False,
) -> None:
    """Train a car; ends with a table of how it drives and the path of a picture.

    With --reward or --hyperparameters the folder holds all that the DeepRacer console left, too.
    """
    from course_lib.commands import train

    train.run(
        train.Order(
            out=out,
            env=env.value,
            algorithm=None if algorithm is None else algorithm.value,
            track=track,
            steps=steps,
            seconds=seconds,
            seed=seed,
            resume=resume,
            overwrite=overwrite,
            clone_from=clone_from,
            observation=observation.value,
            vehicle=vehicle.value,
            model_metadata=model_metadata,
            reward=reward,
            hyperparameters=hyperparameters,
            boxes=boxes,
            alternate_direction=alternate_direction,
            isolated=isolated,
        )
    )


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a policy.")],
    track: Annotated[str | None, typer.Option(help="Another track than the policy's own.")] = None,
    starts: Annotated[int, typer.Option(min=1, help="Start points, spread evenly round the track.")] = 16,
    laps: Annotated[int, typer.Option(min=1, help="Laps from each start point.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Turns the start points a little; of the city's trips.")] = 0,
    all_goals: Annotated[bool, typer.Option("--all-goals", help="In the city: one trip to all ten goals.")] = False,
    city_seed: Annotated[int, typer.Option(min=0, help="In the city: the map; 0 is the course's own.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Drive with a policy and say how it went: laps, or trips through the city (so many as there are --starts)."""
    from course_lib.commands import evaluate

    evaluate.run(folder, track, starts, laps, seed, all_goals, city_seed, as_json)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a training, or of its traces.")],
    out: Annotated[Path | None, typer.Option(help="File for the page; DIR/report.html without.")] = None,
    track: Annotated[str | None, typer.Option(help="Where it was driven, if that cannot be told from DIR.")] = None,
) -> None:
    """Look into the log of a training: one HTML page with a summary and pictures."""
    from course_lib.commands import report

    report.run(folder, out, track)


@app.command()
def drive(
    track: Annotated[str, typer.Option(help="A shipped track's name, or a .npy file.")] = "camp",
    vehicle: Annotated[Vehicle, typer.Option(help="How the car answers.")] = Vehicle.deepracer,
    out: Annotated[
        Path | None, typer.Option(help="File for your best lap; my_laps/drive-TRACK-TIME.jsonl without.")
    ] = None,
    ghost: Annotated[Path | None, typer.Option(help="A policy's folder, or a recording, that drives along.")] = None,
) -> None:
    """Drive yourself, with the arrow keys; the best lap is recorded."""
    from course_lib.commands import drive

    raise typer.Exit(drive.run(track, vehicle.value, out, ghost))


@app.command()
def tracks(
    track: Annotated[str | None, typer.Argument(help="A shipped track's name, or a .npy file to check.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw the track into this PNG file.")] = None,
) -> None:
    """List the tracks; check or draw one of them, or a .npy file of your own."""
    from course_lib.commands import tracks

    raise typer.Exit(tracks.run(track, picture))


@notebooks.command("run", cls=TwoWords)
def notebooks_run(
    names: Notebooks = None,
    lesson: Lesson = None,
    budget: Annotated[Budget | None, typer.Option(help="The parameter BUDGET; the notebook's own without.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", metavar="NAME VALUE", help="A parameter; repeatable.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the executed notebooks; a temporary one without.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Replace the notebooks by the executed ones.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="So many at the same time.")] = 1,
    solutions: Annotated[bool, typer.Option("--solutions", help="With the solutions in the exercise cells.")] = False,
) -> None:
    """Execute notebooks from top to bottom."""
    from course_lib.commands import notebooks

    values = budget and budget.value, parameter or []
    raise typer.Exit(notebooks.run(names or [], lesson, *values, out, write, workers, solutions))


@notebooks.command("format")
def notebooks_format(names: Notebooks = None, lesson: Lesson = None) -> None:
    """Bring notebooks into the form in which they are committed."""
    from course_lib.commands import notebooks

    raise typer.Exit(notebooks.format(names or [], lesson))


@notebooks.command("check")
def notebooks_check(names: Notebooks = None, lesson: Lesson = None) -> None:
    """Say what is wrong with notebooks."""
    from course_lib.commands import notebooks

    raise typer.Exit(notebooks.check(names or [], lesson))


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 done, 1 it failed, 2 it was called wrongly, 130 Ctrl-C.

    An exception that the course defines is somebody's mistake and becomes one line; any other is ours and
    keeps its traceback.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console, or a pipe, in an encoding without our signs
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(args=arguments, prog_name="course")
    except Exception as error:
        if type(error).__module__.split(".")[0] != "course_lib" or os.environ.get("COURSE_DEBUG") == "1":
            raise
        print(f"course: {error}", file=sys.stderr)
        sys.exit(1)
