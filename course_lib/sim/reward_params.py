"""The 27 parameters of a DeepRacer reward function, with simapp's meaning (deepracer.md, section 1), and its call.

Where the meaning differs from Amazon's manual, simapp wins: x and y are the car's nose, speed and steering_angle are
commands, steps is a float, is_reversed tells that the track is driven in reverse order.
"""

from __future__ import annotations

import functools
import math
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.sim.boxes import HEIGHT as BOX_HEIGHT
from course_lib.sim.camera import in_view
from course_lib.sim.race_world import CRASHED, RaceWorld

LARGEST_REWARD = 1e5  # the simulator of the DeepRacer service stopped at a larger one
SLOW_SECONDS = 2.0  # that a reward may have taken before a warning: a file is loaded, and its first calls are slow
SLOW_SHARE = 0.5  # of the time since the first step


class RewardError(ValueError):
    """A reward function that raised, or returned something that is no reward; names the file and the line."""

    line: int | None = None  # in the file, where it is known


class SlowRewardWarning(UserWarning):
    """A reward function takes most of the time of a training; names the file, µs per call and share of the time."""


def reward_params(world: RaceWorld, cars: np.ndarray | None = None) -> list[dict[str, Any]]:
    """One dict of the 27 parameters for each car, or for those with the given indices.

    Plain Python types only, and new containers in every dict: a function may keep or change what it is given.
    ``steps`` counts the row at the start as 1, as real logs do, so it is never 0. The objects are the world's boxes, in
    their order, and left, distance, before and after are those of the car's own direction.
    """
    pick = slice(None) if cars is None else cars
    track, state = world.track, world.cars
    x, y, s, way = world.x[pick], world.y[pick], world.s[pick], world.direction[pick]
    backwards = way < 0
    centre = track.centre.at(np.where(backwards, track.length - s, s)).T
    # Both borders are asked twice at once: how far the nose is, and how far apart they are at the centre point.
    both_x, both_y = np.stack([x, centre[0]]), np.stack([y, centre[1]])
    inner, outer = (line.project(both_x, both_y) for line in (track.inner, track.outer))
    gap = track.inner.at(inner[0][1]) - track.outer.at(outer[0][1])
    nearer_inner = np.abs(inner[1][0]) < np.abs(outer[1][0])
    wheels_on = world.wheels_on[:, pick]
    columns = {
        "all_wheels_on_track": wheels_on.all(axis=0),
        "x": x,
        "y": y,
        "heading": np.degrees(state.heading[pick]),
        "distance_from_center": np.abs(world.offset[pick]),
        "projection_distance": s,
        "progress": world.progress[pick],
        "steps": world.steps[pick] + 1.0,
        "speed": world.speed_command[pick],
        "steering_angle": world.steering[pick],
        "track_width": np.hypot(gap[:, 0], gap[:, 1]),
        "closest_waypoints": closest_waypoints(track, s, backwards),
        "is_left_of_center": nearer_inner ^ (backwards == track.ccw),
        "is_reversed": backwards,
        "is_offtrack": ~wheels_on.any(axis=0),
        "sim_time": world.clock[pick],
    }
    forward, backward = track.waypoints, track.waypoints[::-1]
    result = []
    for values in zip(*(column.tolist() for column in columns.values())):
        params = dict(zip(columns, values))
        params |= {
            "track_length": track.length,
            "waypoints": list(backward if params["is_reversed"] else forward),
            "is_crashed": False,
            "closest_objects": [0, 0],
            "objects_location": [],
            "objects_left_of_center": [],
            "objects_distance": [],
            "objects_distance_from_center": [],
            "objects_speed": [],
            "objects_heading": [],
            "object_in_camera": False,
        }
        result.append(params)
    if world.boxes.count:
        _tell_of_boxes(result, world, pick)
    return result


def _tell_of_boxes(result: list[dict[str, Any]], world: RaceWorld, pick) -> None:
    """Put what there is to say of the boxes into the parameters of the picked cars."""
    boxes, state, way = world.boxes, world.cars, world.direction[pick]
    closest = boxes.closest(world.s[pick], way)
    following = closest[:, 1]
    dx, dy = boxes.x[following] - state.x[pick], boxes.y[following] - state.y[pick]
    cos, sin = world.cos[pick], world.sin[pick]
    seen = in_view(dx * cos + dy * sin, dy * cos - dx * sin, 0.5 * BOX_HEIGHT)
    crashed = world.status[pick] == CRASHED
    # Lists are made once for either direction and copied for each car: arrays of a few numbers are slow to make.
    places, aside = np.stack([boxes.x, boxes.y], axis=1).tolist(), np.abs(boxes.offset).tolist()
    left = {way: (boxes.offset * way > 0).tolist() for way in (1, -1)}
    along = {way: boxes.distances(way).tolist() for way in (1, -1)}
    for params, its_way, its_closest, is_crashed, is_seen in zip(
        result, way.tolist(), closest.tolist(), crashed.tolist(), seen.tolist()
    ):
        params |= {
            "is_crashed": is_crashed,
            "closest_objects": its_closest,
            "objects_location": list(map(list, places)),
            "objects_left_of_center": left[its_way].copy(),
            "objects_distance": along[its_way].copy(),
            "objects_distance_from_center": aside.copy(),
            "objects_speed": [0.0] * boxes.count,
            "objects_heading": [0.0] * boxes.count,
            "object_in_camera": is_seen,
        }


def closest_waypoints(track, s: np.ndarray, backwards: np.ndarray) -> np.ndarray:
    """(n, 2) indices of the raw waypoints before and after arc length ``s`` (m, along the driving direction)."""
    ends = track.waypoint_distances
    following = np.searchsorted(ends, s, side="right")
    if backwards.any():
        following = np.where(backwards, np.searchsorted(ends[-1] - ends[::-1], s, side="right"), following)
    return np.stack([following - 1, following % len(ends)], axis=1)


class RewardCaller:
    """Calls a reward function for every car of a world, each car with a function of its own where there is one.

    Args:
        reward_function: a function of the parameters; or an object whose ``instances(n)`` gives n functions, or, if
            it is ``isolated``, whose ``batched(n)`` gives something with ``call(cars, params) -> results``.
        world: whose cars are judged.
        clock: seconds, for the two attributes below.

    Attributes:
        seconds, calls: what the function itself has taken so far, and how often it was called. Once it has taken more
            than 2 s and more than half of the time since the first step, one `SlowRewardWarning` says so.
    """

    def __init__(self, reward_function, world: RaceWorld, clock: Callable[[], float] = time.perf_counter):
        self.seconds, self.calls = 0.0, 0
        self._clock, self._begun, self._warned = clock, None, False
        self._batch = None
        if getattr(reward_function, "isolated", False):
            self._batch, self.functions = reward_function.batched(world.n), [reward_function] * world.n
        elif hasattr(reward_function, "instances"):
            self.functions: list[Callable] = list(reward_function.instances(world.n))
            if len(self.functions) != world.n:
                raise ValueError(f"instances({world.n}) gave {len(self.functions)} functions: it must give {world.n}.")
        elif callable(reward_function):
            self.functions = [reward_function] * world.n
        else:
            raise TypeError(
                f"reward_function is {reward_function!r}: give a function of one argument, or a RewardFunction."
            )
        self.world = world

    def reset(self, cars: np.ndarray | None = None) -> None:
        """The call on the row before the first step, whose result does not count (deepracer.md, section 6).

        Raises:
            RewardError: the function raised.
        """
        cars = np.arange(self.world.n) if cars is None else cars
        prepared = reward_params(self.world, cars)
        for params in prepared:
            # A parked car has had no command yet; files that divide by the speed expect one.
            params["speed"] = self.world.actions.speed_range[0]
        self.call(cars, prepared)

    def close(self) -> None:
        """End the sandbox of an isolated reward function."""
        if self._batch is not None:
            self._batch.close()

    def step(self, cars: np.ndarray | None = None) -> np.ndarray:
        """(n,) rewards of the last step; with ``cars`` (indices) only theirs are asked for, the others are 0.

        Raises:
            RewardError: a function raised, or returned something that is not a finite number of at most 1e5.
        """
        if self._begun is None:  # as if the calls at the resets before had been a part of the training
            self._begun = self._clock() - self.seconds
        rewards, asked = np.zeros(self.world.n), range(self.world.n) if cars is None else cars.tolist()
        rewards[asked] = self.judge(asked, reward_params(self.world, cars))
        return rewards

    def judge(self, cars, params: list[dict]) -> np.ndarray:
        """The rewards (rows,) that the functions of these cars (one index per row) give for these parameters.

        Raises:
            RewardError: a function raised, or returned something that is not a finite number of at most 1e5.
        """
        rewards = np.zeros(len(params))
        for row, (car, result) in enumerate(zip(cars, self.call(cars, params))):
            try:
                reward = float(result)
            except (TypeError, ValueError, OverflowError):
                reward = math.nan
            if not abs(reward) <= LARGEST_REWARD:
                raise RewardError(
                    f"{_where(self.functions[car])}: the reward function returned {_short(result)}: return a finite "
                    "number between -100000 and 100000 on every path through it."
                )
            rewards[row] = reward
        return rewards

    def call(self, cars, params: list[dict]) -> list[Any]:
        """What the functions return, whatever it is.

        Raises:
            RewardError: a function raised.
        """
        start = self._clock()
        results = self._results(cars, params)
        now = self._clock()
        self.seconds += now - start
        self.calls += len(results)
        if self.seconds > SLOW_SECONDS and not self._warned:
            self._warn_if_slow(now)
        return results

    def _warn_if_slow(self, now: float) -> None:
        share = self.seconds / (now - self._begun) if self._begun is not None else 0.0
        if share > SLOW_SHARE:
            self._warned = True
            warnings.warn(
                f"{_where(self.functions[0])}: the reward function takes {1e6 * self.seconds / self.calls:.0f} µs a "
                f"call and {share:.0%} of the time of this run: work out once, above the function, what does "
                "not change from call to call, and print nothing.",
                SlowRewardWarning,
                stacklevel=2,
            )

    def _results(self, cars, params: list[dict]) -> list[Any]:
        if self._batch is not None:
            return self._batch.call(cars, params)
        results = []
        for car, its in zip(cars, params):
            try:
                results.append(self.functions[car](its))
            except (Exception, SystemExit) as error:  # somebody's code may raise anything, or want to end the program
                raise RewardError(
                    f"{_where(self.functions[car], error)}: the reward function raised {type(error).__name__}: {error}"
                ) from error
        return results


def _where(function: Callable, error: Exception | None = None) -> str:
    """File and line of the function, or of its last line that was running when the error came."""
    while isinstance(function, functools.partial):
        function = function.func
    if hasattr(function, "isolated"):
        return function.name
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    if code is None:
        return repr(function)
    line = code.co_firstlineno
    if error is not None:
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == code.co_filename
        ]
        line = lines[-1] if lines else line
    return f"{code.co_filename}, line {line}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
