"""`course evaluate`: drive with a kept policy and say how it went, as a table or as JSON."""

from __future__ import annotations

import json
from pathlib import Path


def run(
    folder: Path,
    track: str | None,
    starts: int,
    laps: int,
    seed: int,
    all_goals: bool = False,
    city_seed: int = 0,
    as_json: bool = False,
) -> None:
    """Print the laps of the policy in ``folder``, on its own track or another; or its trips through a city.

    Raises:
        PolicyError: the folder holds no policy, a damaged one, or one for another kind of race.
        TrackError: no such track.
    """
    from course_lib.agents.policy import load_policy

    policy = load_policy(folder)
    if policy.env_id == "FirstLap/City-v0" or all_goals or city_seed:
        _evaluate_in_city(policy, starts, seed, all_goals, city_seed, as_json)
    else:
        _evaluate_on_track(policy, track, starts, laps, seed, as_json)


def _evaluate_in_city(policy, trips: int, seed: int, all_goals: bool, city_seed: int, as_json: bool) -> None:
    from course_lib.sim.city_map import make_city
    from course_lib.sim.city_runs import run_city

    city = make_city(city_seed)
    if all_goals:
        results, title = run_city(policy, city, route="all"), f"A trip to all goals of {city.name}"
    else:
        results, title = run_city(policy, city, trips, seed=seed), f"{trips} trips to three goals of {city.name}"
    result = results.to_dict()
    if as_json:
        print(json.dumps(result))
        return

    from rich.console import Console

    from course_lib.commands.train_city import table

    Console().print(table(result, title))


def _evaluate_on_track(policy, track: str | None, starts: int, laps: int, seed: int, as_json: bool) -> None:
    from course_lib.sim.laps import run_laps

    results = run_laps(policy, track or policy.env_kwargs.get("track", "camp"), starts=starts, laps=laps, seed=seed)
    if as_json:
        print(json.dumps(results.to_dict()))
        return

    from rich.console import Console
    from rich.table import Table

    ends = {"left the track": results.off_tracks}
    if policy.env_kwargs.get("boxes"):
        ends["hit a box"] = results.crashes
    table = Table(title=f"{starts} starts on {results.track}")
    for column in ("start", *(f"lap {lap + 1}" for lap in range(laps)), "progress", *ends):
        table.add_column(column, justify="right")
    for car in range(starts):
        times = ("-" if time != time else f"{time:.2f} s" for time in results.lap_times[car])
        ended = ("yes" if those[car] else "no" for those in ends.values())
        table.add_row(str(car + 1), *times, f"{results.progress[car]:.0f} %", *ended)
    console = Console()
    console.print(table)
    console.print(f"{results.clean.sum()} of {starts} clean, best lap {results.best_lap:.2f} s")
