"""How a car learns to find its way through the city by TD3: the environments, the settings and the score.

`course train --env City --algorithm td3`, the lessons and the shipped policy use the same.
"""

from __future__ import annotations

from dataclasses import replace

from gymnasium.vector import VectorEnv

from course_lib.agents import td3
from course_lib.agents.training import make_envs
from course_lib.sim.city import City
from course_lib.sim.city_map import make_city
from course_lib.sim.city_runs import CityResults, run_city

CARS = 64
MAIN_CITY = 0
OTHER_CITIES = (11, 12, 13, 14)  # half of the cars learn there, so that nobody learns one map by heart
CHOICE_SEED = 1000  # of the routes that choose the best policy; `course evaluate` drives others
EPISODE = 300  # steps: a car that is lost begins anew, for the middle of a block teaches nothing
CONFIG = td3.Config(
    steps=10**9,
    seconds=900.0,
    memory=300_000,
    warm_up=10_000,
    updates=8,
    gamma=0.98,
    batch=256,
    target_rate=0.005,
    explore_noise=0.1,
    actor_after=0,
    hidden=(128, 128),
    evaluate_every=100_000,
    report_every=10_000,
)


def city_envs(n: int = CARS, others: tuple[int, ...] = OTHER_CITIES, **kwargs) -> VectorEnv:
    """n cars that begin anywhere and drive to places anywhere, every second one in the main city."""
    seeds = [seed for other in others for seed in (MAIN_CITY, other)] or [MAIN_CITY]
    settings = {"route": "anywhere", "start": "anywhere", "max_steps": EPISODE} | kwargs
    return make_envs("FirstLap/City-v0", n, city_seeds=tuple(seeds), **settings)


def city_config(**settings) -> td3.Config:
    """The settings of TD3 for the city, with some changed; judged by `judge`."""
    return replace(CONFIG, **{"evaluate": judge} | settings)


def judge(policy, city: City | None = None) -> float:
    """A score to choose the best policy by, 100 at best: the mean of a trip to all goals and of 32 to three of them."""
    city = city or make_city(MAIN_CITY)
    long = run_city(policy, city, route="all", max_steps=10_000, ways=False)
    short = run_city(policy, city, 32, seed=CHOICE_SEED, max_steps=3_000, ways=False)
    return (city_score(long) + city_score(short)) / 2


def city_score(results: CityResults) -> float:
    """One number to rank drivers by, 100 at best: the goals that were reached in %, less for each step off the road.

    What is missing of the road counts twice: who cuts corners is no good driver.
    """
    goals = results.reached.sum() / results.goals[..., 0].size
    return float(100.0 * goals * max(0.0, 1.0 - 2.0 * (1.0 - results.road_share)))
