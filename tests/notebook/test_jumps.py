"""The film of a jumping robot: it moves, ends with what happened, and its text says so."""

from __future__ import annotations

import io

import gymnasium
import numpy as np
import pytest
from PIL import Image

import course_lib  # noqa: F401  registers the robot
from course_lib.notebook.ai_map import ai_map
from course_lib.notebook.jumps import film


def make(**kwargs):
    return gymnasium.make("FirstLap/RobotJump-v0", render_mode="rgb_array", **kwargs)


def frames_of(replay) -> list[np.ndarray]:
    picture = Image.open(io.BytesIO(replay.png))
    frames = []
    for number in range(picture.n_frames):
        picture.seek(number)
        frames.append(np.asarray(picture.convert("RGB")).astype(int))
    return frames


def blue_place(frame: np.ndarray) -> float:
    """Where the running robot is, px from the left."""
    body = (np.abs(frame - (0, 114, 178)).max(axis=-1) < 20)[40:150]
    return float(np.flatnonzero(body.any(axis=0)).mean())


def test_the_robot_runs_to_the_right_until_it_lands():
    replay = film(make(), 2)
    frames = frames_of(replay)
    places = [blue_place(frame) for frame in frames[:-1]]
    assert len(frames) > 15 and (np.diff(places) > 0).all()
    assert places[0] < 60 and places[-1] > 380  # from the left border to behind the obstacle
    assert replay.alt == "A robot runs at an obstacle and jumps. 2 m/s, jump 0.5 m ahead: cleared."
    assert len(replay.png) < 40_000


def test_it_takes_as_long_as_the_robot_does_or_twice_as_long():
    assert film(make(), 3).seconds == pytest.approx(2.4 / 2.0, abs=0.15)
    assert film(make(), 3, slow=2).seconds == pytest.approx(2 * 2.4 / 2.0, abs=0.2)


def test_several_jumps_follow_each_other():
    told = film(make(), [0, 3, 2]).alt
    assert told.count("hit the obstacle") == 2 and told.endswith("jump 0.5 m ahead: cleared.")
    wet = make(noise=0.2)
    first, second = film(wet, [2] * 4, seed=5), film(wet, [2] * 4, seed=5)
    assert first.alt == second.alt and first.png == second.png


def test_a_policy_plays_an_episode_of_many_obstacles():
    replay = film(make(obstacles=3), lambda state: 7)
    assert replay.alt.count("jump 0.5 m ahead: cleared") == 3
    early = film(make(obstacles=3), lambda state: 1)
    assert early.alt.count("jump") == 2  # "jumps", and the one that failed


def test_what_cannot_be_filmed():
    with pytest.raises(ValueError, match="draws nothing"):
        film(gymnasium.make("FirstLap/RobotJump-v0"), 2)
    with pytest.raises(ValueError, match="no robot"):
        film(gymnasium.make("FirstLap/BlueSquare-v0", render_mode="rgb_array"), 1)
    with pytest.raises(ValueError, match="There are 0 jumps"):
        film(make(), [])
    with pytest.raises(ValueError, match="no jump to film"):
        make().unwrapped.film(15)


def test_the_map_tells_its_boxes():
    alt = ai_map().alt
    assert "reinforcement learning (try, and get points)" in alt and "\n" not in alt
