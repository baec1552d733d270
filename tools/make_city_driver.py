"""Train the city driver that First Lap ships in data/policies/city_td3/.

    python tools/make_city_driver.py                write the folder (some 20 minutes on an idle core)
    python tools/make_city_driver.py --out FOLDER   write somewhere else

Two parts, both by TD3 with the settings of `course train --env City`: one from nothing, and one that goes on from its
best policy with smaller steps and is judged more often. The policy is written only if it keeps what it promises.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from course_lib.agents import td3
from course_lib.agents.policy import Policy
from course_lib.agents.training import Update
from course_lib.commands.train_city import as_csv
from course_lib.files import write_atomically
from course_lib.notebook.city_training import city_config, city_envs
from course_lib.sim.city_map import make_city
from course_lib.sim.city_runs import run_city

FOLDER = Path(__file__).resolve().parents[1] / "data" / "policies" / "city_td3"
FIRST, SECOND = {"steps": 700_000}, {"steps": 300_000, "learning_rate": 3e-4, "evaluate_every": 30_000}
ROAD_SHARE, PATH_RATIO = 0.97, 1.8


def trained() -> tuple[Policy, list[dict]]:
    """The policy, and the history of both parts, steps and seconds counted on."""
    first = td3.train(city_envs(), city_config(seconds=None, **FIRST), 0, told)
    second = td3.train(city_envs(), city_config(seconds=None, **SECOND), 1, told, clone_from=first.policy)
    last = first.history[-1]
    went_on = [{**row, **{name: row[name] + last[name] for name in ("steps", "seconds")}} for row in second.history]
    return second.policy, first.history + went_on


def told(update: Update) -> None:
    if "score" in update.metrics:
        print(f"{update.steps:,} steps, {update.seconds:,.0f} s: trip score {update.metrics['score']:.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=FOLDER)
    out = parser.parse_args().out
    policy, history = trained()
    trip = run_city(policy, make_city(), route="all")
    print(trip.to_dict())
    if not trip.all_reached.all() or trip.road_share < ROAD_SHARE or trip.path_ratio > PATH_RATIO:
        raise RuntimeError(f"{trip}: this driver is not what the course promises.")
    policy.save(out)
    write_atomically(out / "learning_curve.csv", as_csv(history).encode("utf-8"))


if __name__ == "__main__":
    main()
