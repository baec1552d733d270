"""Driving through the city to see how good a driver is: the one way used by training, `course evaluate` and lessons.

A *policy* has ``act(observations, deterministic=True) -> actions``; a *driver* is ``driver(world) -> actions (n, 1)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from course_lib.sim.city import City
from course_lib.sim.city_env import OBSERVATION_SPACE, VERSION, observe
from course_lib.sim.city_ways import Ways
from course_lib.sim.city_world import CityWorld
from course_lib.sim.laps import PolicyError


@dataclass(repr=False)
class CityResults:
    """What `run_city` saw of n cars.

    Attributes:
        goals: (n, k, 2) px, those that each was to reach.  reached: (n,) how many of them it did.
        steps, on_road: (n,) steps driven, and those of them on the road.
        returns: (n,) sums of rewards.  px: (n,) driven until the last goal that was reached.
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

    def to_dict(self) -> dict:
        """Plain data for JSON: goals_reached, road_share, path_ratio (None without a goal), steps and return."""
        return {
            "goals_reached": int(self.reached.sum()),
            "goals": int(self.goals[..., 0].size),
            "trips": len(self.reached),
            "whole_trips": int(self.all_reached.sum()),
            "road_share": round(self.road_share, 4),
            "path_ratio": round(self.path_ratio, 3) if self.shortest.any() else None,
            "steps": int(self.steps.sum()),
            "return": round(float(self.returns.sum()), 1),
        }

    def __repr__(self) -> str:
        return (
            f"CityResults({self.reached.sum()} of {self.goals[..., 0].size} goals, "
            f"{self.road_share:.1%} of {self.steps.sum():,.0f} steps on the road)"
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
    max_steps: int | None = None,
    record: bool = False,
    ways: bool = True,
) -> CityResults:
    """Let n cars drive one episode each.

    Args:
        act: a policy or a driver.
        cities, n, route, start: as in `CityWorld`.  seed: of the chance in routes and starts; car i has ``seed + i``.
        goals, pose: of all cars, as in `CityWorld.reset`.
        max_steps: of an episode; None: as in `CityWorld`.
        record: keep the paths.  ways: look for the shortest ways, too (half a second for each goal).

    Raises:
        PolicyError: the policy was trained for something else.
        CityError: a start or a goal that is not on the road.
    """
    world = CityWorld(n, cities, route, start, max_steps)
    learnt = hasattr(act, "act")
    if learnt:
        _check_policy(act)
    world.reseed(seed + np.arange(n))
    world.reset(pose=pose, goals=goals)
    searched = [Ways(city) for city in world.cities] if ways else []
    steps, on_road, returns, px, px_to_goals, shortest = np.zeros((6, n))
    reached = np.zeros(n, dtype=int)
    legs = _poses(world)  # where each car stood when its goal was set
    rows = [_row(world)] if record else []
    driving = np.ones(n, dtype=bool)
    while driving.any():
        x, y, towards = world.x, world.y, world.next_goals()
        world.step(act.act(observe(world), deterministic=True) if learnt else act(world))
        steps += driving
        on_road += driving & world.on_road
        returns += world.reward * driving
        px += np.hypot(world.x - x, world.y - y) * driving
        arrived = driving & (world.reached > reached)
        if ways:
            for car in np.flatnonzero(arrived):
                shortest[car] += searched[world.city_of[car]].px(tuple(towards[car].tolist()), *legs[car])
        reached += arrived
        px_to_goals = np.where(arrived, px, px_to_goals)
        legs[arrived] = _poses(world)[arrived]
        if record:
            rows.append(_row(world))
        driving &= ~(world.done | world.stuck | (world.steps >= world.max_steps))
    table = np.array(rows)
    paths = [table[: int(steps[car]) + 1, car] for car in range(n)] if record else []
    return CityResults(world.goals.copy(), reached, steps, on_road, returns, px_to_goals, shortest, paths)


def _poses(world: CityWorld) -> np.ndarray:
    """(n, 3) px, px and degrees."""
    return np.stack([world.x, world.y, world.heading], axis=1)


def _row(world: CityWorld) -> np.ndarray:
    """(n, 5) one row of `CityResults.paths` for each car."""
    return np.column_stack([_poses(world), world.reward, world.reached])


def _check_policy(policy) -> None:
    space = getattr(policy, "observation_space", OBSERVATION_SPACE)
    if space != OBSERVATION_SPACE:
        raise PolicyError(
            f"The policy was trained on {getattr(policy, 'env_id', None)}: the city needs one that sees it, from "
            "course train --env City."
        )
    version = getattr(policy, "observation_version", VERSION)
    if version != VERSION:
        raise PolicyError(
            f"The policy knows version {version} of its observation, this is version {VERSION}: train it again with "
            "this First Lap."
        )
