"""A trace tells what the reward function was given: for our episodes, for real ones, and by a second computation."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from independent_params import independent_params

from course_lib.deepracer.replay import replay, trace_params
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.deepracer.sim_trace import Episode, TraceError, TraceRecorder, read_trace, write_trace
from course_lib.sim.race_env import RaceEnv
from course_lib.sim.reward_params import RewardError
from course_lib.sim.track import track_names
from course_lib.sim.vehicle import NOSE

CENTRE_LINE = """
def reward_function(params):
    for share, reward in ((0.1, 1.0), (0.25, 0.5), (0.5, 0.1)):
        if params["distance_from_center"] <= share * params["track_width"]:
            return reward
    return 0.001
"""
COUNTING = """
calls = []
def reward_function(params):
    calls.append(params["steps"])
    return float(len(calls)) if len(calls) > 1 else None
"""
BLUR = 2e-4  # m, by which rounding may have moved a pose


def drive(track, steady, folder, **settings) -> tuple[Episode, list[dict]]:
    """One episode as it was written and read, and what its reward function was called with."""
    start = {name: settings.pop(name) for name in ("s", "offset", "heading", "direction") if name in settings}
    called = []

    def reward_function(params):
        called.append(copy.deepcopy(params))
        return params["progress"] / 10 - params["distance_from_center"]

    env = RaceEnv(track, reward_function=reward_function, **settings)
    recorder = env.race.log = TraceRecorder(env.world, [0])
    env.reset(seed=2, options=start)
    rng, over = np.random.default_rng(7), False
    while not over:
        action = steady(env.world)[0] + rng.uniform(-0.5, 0.5, 2).astype(np.float32)
        *_, terminated, truncated, _ = env.step(np.clip(action, -1, 1))
        over = terminated or truncated
    path = folder / "0-iteration.csv"
    write_trace(path, [episode for _, episode in recorder.finished()])
    (episode,) = read_trace(path)
    return episode, called


def assert_close(mine: dict, theirs: dict, where) -> None:
    for name, value in theirs.items():
        if name == "progress":
            value = pytest.approx(value, abs=100 * BLUR / theirs["track_length"] + 1e-4)
        elif type(value) is float:
            value = pytest.approx(value, abs=0.006 if name in ("speed", "steering_angle") else BLUR)
        assert mine[name] == value, (name, where)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("camp", {"s": 2.0, "offset": 0.1, "heading": 0.1}),
        ("downtown", {"s": 0.0, "offset": 0.0, "heading": 0.0, "direction": -1}),
        ("reinvent_base", {"s": 17.5, "offset": 0.0, "heading": 0.0}),
        ("Albert", {"s": 1.0, "offset": -0.2, "heading": 0.0, "direction": -1, "max_steps": 90}),
    ],
)
def test_rebuilt_as_they_were_and_as_shapely_says(name, start, load_track, steady, tmp_path, request):
    track = load_track(name) if name in track_names() else request.getfixturevalue("shared_track")(name)
    episode, called = drive(track, steady, tmp_path, **start)
    rebuilt = trace_params(episode, track)
    assert len(rebuilt) == len(called) == len(episode) > 60
    direction, before, compared = start.get("direction", 1), None, 0
    for row, (mine, theirs) in enumerate(zip(rebuilt, called)):
        assert mine.keys() == theirs.keys() and len(mine) == 27
        heading = np.radians(mine["heading"])
        origin = np.array([mine["x"], mine["y"]]) - NOSE * np.array([np.cos(heading), np.sin(heading)])
        independent = independent_params(track, origin, heading, direction, start["s"], before, blur=BLUR)
        before = 0.0 if mine["progress"] == 100 else mine["progress"]
        sure = {name for name in ("closest_waypoints", "is_left_of_center") if name not in independent}
        assert_close(mine, {name: value for name, value in theirs.items() if name not in sure}, (row, "called"))
        if row % 5 == 0:  # shapely is slow
            compared += 1
            assert_close(mine, independent, (row, "shapely"))
    assert compared > 12 and mine["steps"] == len(episode)


def test_the_reward_is_the_one_that_was_given(load_track, steady, tmp_path):
    track = load_track("camp")
    episode, _ = drive(track, steady, tmp_path)

    def reward_function(params):
        return params["progress"] / 10 - params["distance_from_center"]

    np.testing.assert_allclose(replay(episode, reward_function, track), episode.reward, atol=3e-4)
    assert replay(episode, reward_function, track)[0] == 0.0


def test_a_real_training_gave_the_centre_line_reward(shared, shared_track):
    """The reward column of the console's log is that of the manual's first example, in every row."""
    track, reward = shared_track("reinvent_base"), RewardFunction.from_source(CENTRE_LINE)
    episodes = read_trace(shared / "logs" / "deepracer-console" / "19-iteration.csv")
    rows = 0
    for episode in episodes:
        np.testing.assert_array_equal(replay(episode, reward, track), episode.reward)
        rows += len(episode)
    assert rows == 1744


def test_real_rows_are_what_shapely_says(shared, shared_track):
    track = shared_track("reinvent_base")
    episode = next(one for one in read_trace(shared / "logs/deepracer-console/19-iteration.csv") if one.complete)
    for row, mine in list(enumerate(trace_params(episode, track)))[::10]:
        heading = np.radians(episode.yaw[row])
        origin = np.array([episode.X[row], episode.Y[row]]) - NOSE * np.array([np.cos(heading), np.sin(heading)])
        independent = independent_params(track, origin, heading, 1, 0.0, None)
        del independent["progress"]  # of the trace, which knows where it began
        assert_close(mine, independent, row)
        assert mine["progress"] == episode.progress[row] and mine["sim_time"] == episode.tstamp[row]
        assert episode.closest_waypoint[row] in mine["closest_waypoints"]
        assert (mine["steps"], mine["speed"]) == (row + 1.0, episode.throttle[row])


def test_each_episode_has_a_function_of_its_own(load_track, steady, tmp_path):
    """It is called on the row of the start, and what it returns there does not matter."""
    track, reward = load_track("camp"), RewardFunction.from_source(COUNTING)
    episode, _ = drive(track, steady, tmp_path)
    for _ in range(2):
        assert replay(episode, reward, track).tolist() == [0.0, *range(2, len(episode) + 1)]


def test_somebody_elses_function_in_the_sandbox(load_track, steady, tmp_path):
    track = load_track("camp")
    episode, _ = drive(track, steady, tmp_path)
    found = [
        replay(episode, RewardFunction.from_source(CENTRE_LINE, isolated=isolated), track) for isolated in (True, False)
    ]
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("body", ["return params['no']", "pass"])
def test_a_function_that_fails(body, load_track, steady, tmp_path):
    track = load_track("camp")
    episode, _ = drive(track, steady, tmp_path)
    reward = RewardFunction.from_source(f"def reward_function(params):\n    {body}\n", name="mine.py")
    with pytest.raises(RewardError, match="mine.py, line"):
        replay(episode, reward, track)


def test_how_it_ended(square, steady, tmp_path):
    off, _ = drive(square, steady, tmp_path, s=4.0, offset=-0.5, heading=-0.9)
    params = trace_params(off, square)
    assert off.status == "off_track" and [row["is_offtrack"] for row in params] == [False] * (len(off) - 1) + [True]
    off.episode_status[-1] = "crashed"
    assert [row["is_crashed"] for row in trace_params(off, square)][-2:] == [False, True]


def test_boxes_can_be_told(load_track, steady, tmp_path):
    track = load_track("camp")
    episode, called = drive(track, steady, tmp_path, boxes=3)
    rebuilt = trace_params(episode, track, boxes=3)
    assert len(called[0]["objects_location"]) == 3
    assert [row["objects_location"] for row in rebuilt] == [row["objects_location"] for row in called]
    assert trace_params(episode, track)[0]["objects_location"] == []


@pytest.mark.parametrize("direction", [1, -1])
def test_the_direction_of_a_car_that_hardly_moved(direction, square, steady, tmp_path):
    episode, _ = drive(square, steady, tmp_path, s=5.0, heading=0.1, direction=direction, max_steps=1)
    assert {row["is_reversed"] for row in trace_params(episode, square)} == {direction < 0}


def test_another_track(load_track, steady, square, tmp_path):
    episode, _ = drive(square, steady, tmp_path)
    with pytest.raises(TraceError, match="driven on a track of 20.00 m, but camp is"):
        trace_params(episode, load_track("camp"))
