"""Drivers through the city that do not learn, to compare with: by chance, straight at the goal, the shortest way."""

from __future__ import annotations

import numpy as np

from course_lib.sim.city_ways import LEG, Ways
from course_lib.sim.city_world import TURN, CityWorld

CHOICES = np.linspace(-TURN, TURN, 11)  # degrees per step that the follower weighs up
AHEAD = 3 * LEG  # steps that it looks ahead
OFF_ROAD_COST = 2.0  # moves, for each of these steps that would not be on the road
BEND_COST = 0.02  # moves for a full turn of the wheel: of two equal ways the straighter one


class RandomDriver:
    """Turns by chance in each step."""

    def __init__(self, seed: int = 0):
        self._rng = np.random.default_rng(seed)

    def __call__(self, world: CityWorld) -> np.ndarray:
        return self._rng.uniform(-TURN, TURN, (world.n, 1))


def steer_at_the_goal(world: CityWorld) -> np.ndarray:
    """Turns to the goal as if there were no houses."""
    return np.clip(world.bearing, -TURN, TURN)[:, None]


class ShortestWay:
    """Follows the shortest way that a car can drive, which it knows from the whole map.

    It rolls some constant turns ahead and takes the one from whose end the way is shortest.
    """

    def __init__(self):
        self._ways: dict[int, Ways] = {}

    def __call__(self, world: CityWorld) -> np.ndarray:
        heading = np.radians(world.heading)[:, None] + np.zeros(len(CHOICES))
        x, y = world.x[:, None] + 0 * heading, world.y[:, None] + 0 * heading
        cost = np.abs(CHOICES) / TURN * BEND_COST + 0 * heading
        ends = []  # x, y, heading and cost until there, after each move
        for step in range(1, AHEAD + 1):
            heading = heading + np.radians(CHOICES)
            x, y = x + 2 * np.cos(heading), y - 2 * np.sin(heading)
            cost = cost + OFF_ROAD_COST * ~world.is_road(x, y)
            if step % LEG == 0:
                ends.append((x, y, heading, cost + step / LEG))
        x, y, heading, cost = (np.stack(column, axis=1) for column in zip(*ends))  # (n, moves, choices) each
        goals = world.next_goals()
        for k, city in enumerate(world.cities):
            ways = self._ways.setdefault(id(city), Ways(city))
            for goal in np.unique(goals[world.city_of == k], axis=0):
                cars = np.flatnonzero((world.city_of == k) & (goals == goal).all(axis=1))
                cost[cars] += ways.moves(tuple(goal.tolist()), x[cars], y[cars], heading[cars])
        return CHOICES[cost.min(axis=1).argmin(axis=1)][:, None]
