"""`course train --env City`: learn to find the way through the city, and end with a trip to all goals."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from course_lib.commands.train import Order, progress
from course_lib.console.training import prepare_folder
from course_lib.files import write_atomically, write_json

METRICS = {"score": "trip score\n(100: all goals, all on the road)", "return": "mean return of an episode"}


def run(order: Order, folder: Path, clone_from, console: Console) -> None:
    """Train, and write into ``folder``: the policy, history.json, learning_curve.csv and .png, trip.png, trip.html.

    Raises:
        TrainingFolderError: ``folder`` already holds a policy, or nothing to resume.
        Besides those of `td3.train`.
    """
    from course_lib.agents import td3
    from course_lib.notebook import plots
    from course_lib.notebook.city_replay import city_html, city_replay
    from course_lib.notebook.city_training import CARS, CONFIG, city_config, city_envs
    from course_lib.sim.city_map import make_city
    from course_lib.sim.city_runs import run_city

    prepare_folder(folder, order.resume, order.overwrite)
    seconds = CONFIG.seconds if order.steps is None and order.seconds is None else order.seconds
    config = city_config(steps=order.steps or CONFIG.steps, seconds=seconds, checkpoint=folder / "checkpoint")
    console.print(f"Training {CARS} cars in the city; Ctrl-C ends it and keeps the best policy.", soft_wrap=True)
    with progress(console, order.steps, seconds, lambda score: f"trip score {score:.1f} of 100") as report:
        result = td3.train(city_envs(), config, order.seed, report, clone_from)
    result.policy.save(folder)
    write_json(folder / "history.json", {"history": result.history})
    write_atomically(folder / "learning_curve.csv", as_csv(result.history).encode("utf-8"))
    plots.save(plots.learning_curve(result.history, METRICS), folder / "learning_curve.png")
    city = make_city()
    trip = run_city(result.policy, city, route="all", record=True)
    city_replay(city, trip).save(folder / "trip.png")
    city_html(city, trip).save(folder / "trip.html")
    console.print(table(trip.to_dict(), "A trip to all goals"))
    console.print(f"The policy is in {folder}. Look at the trip: {folder / 'trip.html'}", soft_wrap=True)


def as_csv(history: list[dict]) -> str:
    """A training's history as a table, one line per report; what a report lacks is empty."""
    names = list(dict.fromkeys(name for row in history for name in row))
    told = [["" if row.get(name) is None else f"{row[name]:.6g}" for name in names] for row in history]
    return "\n".join(",".join(cells) for cells in [names, *told]) + "\n"


def table(result: dict, title: str) -> Table:
    """The results of trips through the city for the terminal."""
    shown = Table(title=title)
    for column in ("goals", "on the road", "driven / shortest way", "steps", "return"):
        shown.add_column(column, justify="right")
    ratio = "-" if result["path_ratio"] is None else f"{result['path_ratio']:.2f}"
    shown.add_row(
        f"{result['goals_reached']} of {result['goals']}",
        f"{result['road_share']:.1%}",
        ratio,
        f"{result['steps']:,}",
        f"{result['return']:,.0f}",
    )
    return shown
