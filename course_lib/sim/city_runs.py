"""Driving through the city to see how good a driver is: the one way used by training, `course evaluate` and lessons.

A *policy* has ``act(observations, deterministic=True) -> actions``; a *driver* is ``driver(world) -> actions (n, 1)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from course_lib.sim.city import City
from course_lib.sim.city_env import observe
from course_lib.sim.city_ways import Ways
from course_lib.sim.city_world import CityWorld


@dataclass(repr=False)
class CityResults:
    """What `run_city` saw of n cars.

    Attributes:
        goals: (n, k, 2) px, those that each was to reach.  reached: (n,) of these.
        steps, on_road: (n,) steps driven, and those of them on the road.
        returns: (n,) sums of rewards.  px: (n,) driven.
        shortest: (n,) px, the shortest drivable way to the goals that were reached; 0 where none was.
        paths: with ``record``, one array (steps + 1, 5) per car: x, y (px), heading (degrees), reward, goals reached.
    """

    goals: np.ndarray
    reached: np.ndarray
    steps: np.ndarray
    on_road: np.ndarray
    returns: np.ndarray
    px: np.ndarray
    shortest: np.ndarray
    paths: list[np.ndarray] = field(default_factory=list)

    @property
    def all_reached(self) -> np.ndarray:
        """(n,) bool: every goal."""
        return self.reached == self.goals.shape[1]

    @property
    def road_share(self) -> float:
        """Of all steps, those on the road."""
        return float(self.on_road.sum() / self.steps.sum())

    @property
    def path_ratio(self) -> float:
        """px driven to the goals that were reached, over the shortest way there; NaN where none was reached."""
        return float(self.px.sum() / self.shortest.sum()) if self.shortest.any() else float("nan")

    def __repr__(self) -> str:
        return (
            f"CityResults({self.reached.sum()} of {self.reached.size * self.goals.shape[1]} goals, "
            f"{self.road_share:.1%} of {self.steps.sum():,} steps on the road)"
        )


def run_city(
    act,
    cities: City | list[City],
    n: int = 1,
    route: str = "three",
    start: str = "home",
    seed: int = 0,
    *,
    goals=None,
    pose=None,
    max_steps: int = 5000,
    record: bool = False,
    ways: bool = True,
) -> CityResults:
    """Let n cars drive one episode each.

    Args:
        act: a policy or a driver.
        cities, n, route, start, max_steps: as in `CityWorld`.  seed: of the chance in routes and starts; car i has
            ``seed + i``.
        goals, pose: of all cars, as in `CityWorld.reset`.
        record: keep the paths.  ways: look for the shortest ways, too (half a second for each goal).
    """
    world = CityWorld(n, cities, route, start, max_steps)
    world.reseed(seed + np.arange(n))
    world.reset(pose=pose, goals=goals)
    learnt = hasattr(act, "act")
    searched = [Ways(city) for city in world.cities] if ways else []
    steps, on_road, returns, px, px_to_goals, shortest = np.zeros((6, n))
    legs = np.stack([world.x, world.y, world.heading], axis=1)  # where each car stood when its goal was set
    rows = [_row(world)] if record else []
    driving = np.ones(n, dtype=bool)
    while driving.any():
        before, x, y = world.reached.copy(), world.x, world.y
        goals_before = world.next_goals()
        world.step(act.act(observe(world), deterministic=True) if learnt else act(world))
        steps += driving
        on_road += driving & world.on_road
        returns += world.reward * driving
        px += np.hypot(world.x - x, world.y - y) * driving
        for car in np.flatnonzero(driving & (world.reached > before)) if ways else ():
            shortest[car] += searched[world.city_of[car]].px(tuple(goals_before[car].tolist()), *legs[car])
            px_to_goals[car] = px[car]
            legs[car] = world.x[car], world.y[car], world.heading[car]
        if record:
            rows.append(_row(world))
        driving &= ~(world.done | world.stuck | (world.steps >= max_steps))
        world.reached = np.where(driving, world.reached, np.where(world.steps == steps, world.reached, before))
    table = np.array(rows)
    paths = [table[: int(steps[car]) + 1, car] for car in range(n)] if record else []
    return CityResults(world.goals.copy(), world.reached, steps, on_road, returns, px_to_goals, shortest, paths)


def _row(world: CityWorld) -> np.ndarray:
    """(n, 5) one row of `CityResults.paths` for each car."""
    return np.stack([world.x, world.y, world.heading, world.reward, world.reached], axis=1)
