"""What a reward function would have given for an episode that was driven already, ours or a real DeepRacer's."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.deepracer.sim_trace import Episode, TraceError
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.reward_params import RewardCaller, reward_params
from course_lib.sim.track import Track
from course_lib.sim.vehicle import NOSE

LENGTH_TOLERANCE = 0.01  # share of the track's length
MOVED = 0.1  # % of progress that a car must have made for its direction to be read from it


def trace_params(episode: Episode, track: Track, boxes=None) -> list[dict[str, Any]]:
    """The 27 reward parameters of every row, one dict per row, as `sim.reward_params.reward_params` gives them.

    Position, heading, commands, progress, steps, time, whether all wheels were on the track, whether the car left it
    or crashed are the trace's; the rest is geometry. Which way round the track was driven is told by how the progress
    grew. In a row before the first command (status prepare, throttle 0) the speed is 0.5 m/s, which is what reward
    functions are given then, unless the speeds of continuous actions begin elsewhere.

    What a trace cannot know: how many wheels were off the track before all four were; what stood on the track; and
    what its rounding has taken, 0.05 mm and 0.00005 degrees.

    Args:
        track: on which it was driven.
        boxes: that stood there, as `RaceWorld` takes them.

    Raises:
        TraceError: the episode was driven on a track of another length.
    """
    driven_on = float(episode.track_len[0])
    if abs(driven_on - track.length) > LENGTH_TOLERANCE * track.length:
        raise TraceError(
            f"Episode {episode.number} was driven on a track of {driven_on:.2f} m, but {track.name} is "
            f"{track.length:.2f} m long: give the track of the trace."
        )
    world = _rows_as_cars(episode, track, boxes)
    rows = reward_params(world)
    for params, on_track, status in zip(rows, episode.all_wheels_on_track.tolist(), episode.episode_status):
        params["all_wheels_on_track"] = on_track
        params["is_offtrack"] = status == "off_track"
        params["is_crashed"] = status == "crashed"
        if status == "prepare" and params["speed"] == 0:
            params["speed"] = world.actions.speed_range[0]
    return rows


def replay(episode: Episode, reward, track: Track, boxes=None) -> np.ndarray:
    """The rewards (rows,) that a function would have given for each row.

    One fresh instance judges the whole episode. It is called on the row before the first step too, as in training;
    that reward does not count and is 0.

    Args:
        reward: a function of the parameters, or a `RewardFunction`.
        track, boxes: as in `trace_params`.

    Raises:
        TraceError: the episode was driven on another track.
        RewardError: the function raised, or returned something that is no reward.
    """
    params, caller = trace_params(episode, track, boxes), RewardCaller(reward, RaceWorld(track))
    first = 1 if episode.episode_status[0] == "prepare" else 0
    cars = [0] * len(params)
    caller.call(cars[:first], params[:first])
    return np.concatenate([np.zeros(first), caller.judge(cars[first:], params[first:])])


def _rows_as_cars(episode: Episode, track: Track, boxes) -> RaceWorld:
    """A world in which car i stands where the episode's car was in row i."""
    world = RaceWorld(track, n=len(episode), boxes=boxes)
    world.reset(s=0.0, offset=0.0, heading=0.0, direction=_direction(episode, track))
    heading = np.radians(episode.yaw)
    world.cars.heading = heading
    world.cars.x, world.cars.y = episode.X - NOSE * np.cos(heading), episode.Y - NOSE * np.sin(heading)
    world.steering, world.speed_command = episode.steer, episode.throttle
    world.progress, world.clock = episode.progress, episode.tstamp
    world.steps = episode.steps.astype(np.int64) - 1
    world.locate()
    return world


def _direction(episode: Episode, track: Track) -> int:
    """+1, or -1 if the track was driven in reverse order: did progress grow with the arc length, or against it?"""
    s = track.project(episode.X, episode.Y)[0]
    gained, moved = _steps(episode.progress, 100.0), _steps(s, track.length)
    if np.abs(gained).sum() >= MOVED:
        return 1 if (gained * moved).sum() > 0 else -1
    road = track.headings[track.table_index(s[0])]  # it hardly moved: a car starts along its road
    return 1 if np.cos(np.radians(episode.yaw[0]) - road) > 0 else -1


def _steps(values: np.ndarray, length: float) -> np.ndarray:
    """From row to row, along a loop of this length."""
    return (np.diff(values) + length / 2) % length - length / 2
