"""Traces: written as DeepRacer's simulator writes them, read back from ours and real ones, recorded from a world."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from episode_by_hand import episode
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.deepracer.sim_trace import FORMATS, Episode, TraceError, TraceRecorder, read_trace, write_trace
from course_lib.sim.race_env import RaceVectorEnv
from course_lib.sim.race_world import IN_PROGRESS, RaceWorld
from course_lib.sim.reward_params import reward_params
from course_lib.sim.vehicle import DT, NOSE

HEADER = (
    "episode,steps,X,Y,yaw,steer,throttle,action,reward,done,all_wheels_on_track,progress,closest_waypoint,track_len,"
    "tstamp,episode_status,pause_duration,obstacle_crash_counter,wall_clock"
)
COLUMNS = [name for name in FORMATS if name != "episode"]


def assert_same(mine: Episode, theirs: Episode, tolerance: bool = False) -> None:
    """Equal in every column, or within the rounding of the file."""
    assert mine.number == theirs.number and len(mine) == len(theirs)
    for name in COLUMNS:
        a, b, decimals = getattr(mine, name), getattr(theirs, name), FORMATS[name][-2:-1]
        if tolerance and decimals.isdigit():
            np.testing.assert_allclose(a, b, atol=0.5001 * 10.0 ** -int(decimals), err_msg=name)
        elif isinstance(a, list):
            assert a == b, name
        else:
            np.testing.assert_array_equal(a, b, err_msg=name)
            assert a.dtype == b.dtype, name


# Written and read


def test_a_row_as_the_simulator_writes_it(tmp_path):
    path = tmp_path / "0-iteration.csv"
    write_trace(path, [episode(7), episode(8, 2, action=[-1, (-7.5, 1.5)])])
    assert path.read_bytes().decode().split("\n") == [
        HEADER,
        "7,1,0.0000,0.0000,-26.5651,0.00,0.00,-1,0.0000,False,True,0.0000,0,17.71,8.0,prepare,0.00,0,1700000000.2500",
        "7,2,0.5000,-0.2500,-26.5651,-7.50,1.50,3,0.5000,False,True,50.0000,1,17.71,8.0625,in_progress,0.00,0,"
        "1700000000.2500",
        "7,3,1.0000,-0.5000,-26.5651,-7.50,1.50,3,0.5000,True,True,100.0000,2,17.71,8.125,lap_complete,0.00,0,"
        "1700000000.2500",
        "8,1,0.0000,0.0000,-26.5651,0.00,0.00,-1,0.0000,False,True,0.0000,0,17.71,8.0,prepare,0.00,0,1700000000.2500",
        "8,2,0.5000,-0.2500,-26.5651,-7.50,1.50,[-7.5000 1.5000],0.5000,True,True,100.0000,1,17.71,8.0625,"
        "lap_complete,0.00,0,1700000000.2500",
        "",
    ]


def rounded(low: float, high: float, decimals: int):
    return st.floats(low, high).map(lambda value: round(value, decimals) + 0.0)


def column(values, dtype=np.float64):
    return lambda n: st.lists(values, min_size=n, max_size=n).map(lambda items: np.array(items, dtype=dtype))


metres, percent = rounded(-99, 99, 4), st.floats(-99, 99.9999).map(lambda value: round(value, 4) + 0.0) | st.just(100.0)
BY_COLUMN = {
    "steps": column(st.integers(1, 9999).map(float)),
    "reward": column(rounded(-1e5, 1e5, 4)),
    "progress": column(percent),
    "tstamp": column(st.floats(0, 1e9)),
    "wall_clock": column(rounded(0, 2e9, 4)),
    "pause_duration": column(rounded(0, 99, 2)),
    "steer": column(rounded(-30, 30, 2)),
    "throttle": column(rounded(0, 4, 2)),
    "track_len": column(rounded(5, 101, 2)),
    "done": column(st.booleans(), bool),
    "all_wheels_on_track": column(st.booleans(), bool),
    "closest_waypoint": column(st.integers(0, 400), np.int64),
    "obstacle_crash_counter": column(st.integers(0, 9), np.int64),
    "action": lambda n: st.lists(
        st.integers(-1, 40) | st.tuples(rounded(-30, 30, 4), rounded(0, 4, 4)), min_size=n, max_size=n
    ),
    "episode_status": lambda n: st.lists(st.sampled_from(["prepare", "in_progress", "pause"]), min_size=n, max_size=n),
} | {name: column(metres) for name in ("X", "Y", "yaw")}


@st.composite
def episodes(draw) -> list[Episode]:
    numbers = draw(st.lists(st.integers(0, 999), max_size=3, unique=True))
    found = []
    for number in numbers:
        rows = draw(st.integers(1, 4))
        found.append(Episode(number, **{name: draw(BY_COLUMN[name](rows)) for name in COLUMNS}))
    return found


@settings(max_examples=50, deadline=None, derandomize=True)
@given(wanted=episodes())
def test_what_is_written_is_read_again(wanted, tmp_path_factory):
    path = tmp_path_factory.mktemp("Spuren für alle") / "3-iteration.csv"
    write_trace(path, wanted)
    found = read_trace(path)
    assert len(found) == len(wanted)
    for mine, theirs in zip(found, wanted):
        assert_same(mine, theirs)


def test_an_episode_tells_how_it_went():
    complete, off_track = episode(rows=5), episode(progress=np.array([0.8, 4.0, 60.0]))
    assert (complete.complete, complete.status, len(complete)) == (True, "lap_complete", 5)
    assert (complete.seconds, complete.total_reward) == (0.25, 2.0)
    assert not off_track.complete


@pytest.mark.parametrize(("progress", "written"), [(99.99996, "99.9999"), (99.99989, "99.9999"), (100.0, "100.0000")])
def test_no_lap_is_made_by_rounding(progress, written, tmp_path):
    path = tmp_path / "0-iteration.csv"
    write_trace(path, [episode(progress=np.array([0.0, 50.0, progress]))])
    assert path.read_text(encoding="utf-8").splitlines()[-1].split(",")[11] == written
    assert read_trace(path)[0].complete == (progress == 100)


def test_two_neighbours_with_one_number_would_be_one(tmp_path):
    with pytest.raises(TraceError, match="two episodes have the number 4"):
        write_trace(tmp_path / "0-iteration.csv", [episode(4), episode(4)])
    assert not list(tmp_path.iterdir())


# Files from elsewhere


def test_real_traces(shared, tmp_path):
    """The console's training of 2022: 17 columns, steps as 1.0, many decimals."""
    files = sorted((shared / "logs" / "deepracer-console").glob("*-iteration.csv"))
    found = [read_trace(path) for path in files]
    flat = [one for iteration in found for one in iteration]
    assert [len(iteration) for iteration in found] == [20] * 6
    assert [one.number for one in flat] == list(range(280, 400))
    assert [sum(map(len, iteration)) for iteration in found] == [1575, 1627, 1308, 1615, 1462, 1744]
    assert sum(one.complete for one in flat) == sum(one.status == "lap_complete" for one in flat) == 1
    assert sum(one.status == "off_track" for one in flat) == 119
    assert all(
        one.episode_status[0] == "prepare" and one.done.tolist() == [False] * (len(one) - 1) + [True] for one in flat
    )
    assert np.mean(np.concatenate([np.diff(one.tstamp) for one in flat])) == pytest.approx(0.0667, abs=2e-4)
    assert np.isnan(flat[0].wall_clock).all() and not flat[0].obstacle_crash_counter.any()
    with files[0].open(encoding="utf-8", newline="") as file:
        row = list(csv.DictReader(file))[40]
    assert flat[1].steps[2] == float(row["steps"]) and flat[1].X[2] == float(row["X"])
    again = tmp_path / "14-iteration.csv"
    for mine, path in zip(found, files):
        write_trace(again, mine)
        for ours, theirs in zip(read_trace(again), read_trace(path)):
            assert_same(ours, theirs, tolerance=True)


def test_a_run_that_was_killed(tmp_path):
    """A last line without all its values and without an end is left out, and that is said."""
    path = tmp_path / "0-iteration.csv"
    write_trace(path, [episode(0), episode(1)])
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[: whole.rindex(",lap_complete")], encoding="utf-8")
    with pytest.warns(UserWarning, match="line 7: it was cut short and is left out"):
        first, second = read_trace(path)
    assert (len(first), len(second), second.status) == (3, 2, "in_progress")
    path.write_text(whole.rstrip("\n"), encoding="utf-8")
    assert [len(one) for one in read_trace(path)] == [3, 3], "a last line with all its values needs no end"


def test_windows_lines_and_further_columns(tmp_path):
    path = tmp_path / "0-iteration.csv"
    write_trace(path, [episode(2)])
    lines = path.read_text(encoding="utf-8").splitlines()
    more = [f"{line},{extra}" for line, extra in zip(lines, ["worker", "0", "0", "0"])]
    path.write_bytes(("\r\n".join(more) + "\r\n").encode("utf-8-sig"))
    assert_same(read_trace(path)[0], episode(2))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (HEADER, HEADER.replace("progress,", ""), "line 1: the column progress is missing"),
        (HEADER, "", "line 1: the column episode is missing"),
        ("7,3,1.0000", "7,3,one", "line 4: X is 'one', it must be a number."),
        ("7,3,1.0000", "7,3,nan", "line 4: X is 'nan', it must be a number."),
        ("7,2,", "seven,2,", "line 3: episode is 'seven'"),
        (",3,0.5000,True", ",3,0.5000,yes", "line 4: done is 'yes', it must be True or False."),
        (",3,0.5000,False", ",left,0.5000,False", "line 3: action is 'left', it must be an index or [steer speed]."),
        (",3,0.5000,False", ",[1 2 3],0.5000,False", "line 3: action is '[1 2 3]'"),
        (",in_progress,0.00", ",in_progress", "line 3: it has 18 values, the first line names 19 columns."),
        ("\n7,2", "\n\n7,2", "line 3: it has 1 values"),
    ],
)
def test_lines_that_cannot_be_read(old, new, said, tmp_path):
    path = tmp_path / "0-iteration.csv"
    write_trace(path, [episode(7)])
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_bytes(text.replace(old, new).encode("utf-8"))
    with pytest.raises(TraceError) as caught:
        read_trace(path)
    assert str(caught.value).startswith(f"{path}, {said}")


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), (b"\xff\xfe", "is no UTF-8 text"), (b"", "the column episode is")]
)
def test_files_that_are_no_traces(content, said, tmp_path):
    path = tmp_path / "0-iteration.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TraceError, match=said):
        read_trace(path)


# Recorded


def record(world: RaceWorld, actions, steps: int, recorder: TraceRecorder) -> list[tuple[int, Episode]]:
    """Drive on with cars that begin anew whenever their episode ends."""
    found = []
    for _ in range(steps):
        world.step(actions(world))
        recorder.after_step(world.moved)
        done = np.flatnonzero(world.status != IN_PROGRESS)
        found += recorder.finished()
        if len(done):
            world.reset(done)
            recorder.after_reset(done)
    return found


@pytest.mark.parametrize("direction", [1, -1])
def test_every_row_is_what_a_reward_function_is_given(direction, square, steady):
    world = RaceWorld(square, n=3, vehicle="kinematic", seed=5)
    recorder = TraceRecorder(world, [0, 2], wall_clock=lambda: 12.5)
    world.reset(s=[1.0, 2.0, 3.0], offset=0.1, heading=0.0, direction=direction)
    recorder.after_reset(None)
    seen = [reward_params(world)]
    driving = np.ones(3, dtype=bool)
    while driving.any():
        world.step(steady(world))
        recorder.after_step(np.array([1.0, 2.0, 3.0]) * len(seen), driving)
        seen.append(reward_params(world))
        driving &= world.status == IN_PROGRESS
    (_, first), (_, second) = sorted(recorder.finished(), key=lambda pair: pair[0])
    assert recorder.finished() == []
    for car, one in ((0, first), (2, second)):
        params = [rows[car] for rows in seen[: len(one)]]
        for mine, theirs in (
            ("steps", "steps"), ("X", "x"), ("Y", "y"), ("yaw", "heading"), ("steer", "steering_angle"),
            ("throttle", "speed"), ("all_wheels_on_track", "all_wheels_on_track"), ("progress", "progress"),
            ("track_len", "track_length"), ("tstamp", "sim_time"),
        ):  # fmt: skip
            assert getattr(one, mine).tolist() == [row[theirs] for row in params], mine
        assert one.action == [(row["steering_angle"], row["speed"]) for row in params]
        assert one.reward.tolist() == [0.0] + [(car + 1.0) * k for k in range(1, len(one))]
        assert one.episode_status == ["prepare"] + ["in_progress"] * (len(one) - 2) + ["lap_complete"]
        assert one.done.tolist() == [False] * (len(one) - 1) + [True] and set(one.wall_clock) == {12.5}
        assert one.progress[-1] == 100.0 and one.complete
        for row, params_of_row in enumerate(params):
            place = np.array([params_of_row["x"], params_of_row["y"]])
            ends = [np.hypot(*(place - params_of_row["waypoints"][k])) for k in params_of_row["closest_waypoints"]]
            assert one.closest_waypoint[row] == params_of_row["closest_waypoints"][int(ends[1] <= ends[0])]


def test_the_row_of_the_start(square):
    world = RaceWorld(square, action_space=[{"steering_angle": 0, "speed": 1}])
    recorder = TraceRecorder(world)
    world.reset(s=0.0, offset=0.0, heading=0.0)
    recorder.after_reset(np.array([0]))
    (_, one), *_ = record(world, lambda world: np.zeros(1, int), 200, recorder)
    assert (one.steps[0], one.X[0], one.reward[0], one.done[0]) == (1.0, NOSE, 0.0, False)
    assert (one.steer[0], one.throttle[0], one.action[:3]) == (0.0, 0.0, [-1, 0, 0])
    assert one.progress[0] == pytest.approx(0.7) and one.closest_waypoint[0] == 0
    assert one.seconds == pytest.approx(DT * (len(one) - 1))


def test_time_and_numbers_grow_over_episodes(circle):
    world = RaceWorld(circle, n=4, seed=1)
    recorder = TraceRecorder(world, first=40)
    world.reset()
    recorder.after_reset(None)
    found = record(world, lambda world: np.tile([[0.2, 0.0]], (4, 1)), 400, recorder)
    assert len(found) > 8 and {one.status for _, one in found} == {"off_track"}
    numbers = [one.number for _, one in found]
    assert len(set(numbers)) == len(numbers) and set(numbers) <= set(range(40, 40 + len(found) + 4))
    for car in range(4):
        own = [one for its, one in found if its == car]
        stamps = np.concatenate([one.tstamp for one in own])
        assert (np.diff(stamps) >= 0).all() and stamps[-1] > 10
        assert own[0].steps[-1] == len(own[0])


def test_commands_that_are_not_in_the_list(square):
    """A hand-written driver may drive in a world with an action list: its rows hold degrees and m/s."""
    world = RaceWorld(square, action_space=[{"steering_angle": 0, "speed": 1}, {"steering_angle": 10, "speed": 2}])
    recorder = TraceRecorder(world)
    world.reset(s=0.0, offset=0.0, heading=0.0)
    recorder.after_reset(None)
    world.step(np.array([1]))
    recorder.after_step(world.moved)
    (_, one), *_ = record(world, lambda world: np.array([[0.5, -1.0]]), 200, recorder)
    assert one.action[:3] == [-1, 1, (15.0, 0.5)]


def test_an_episode_that_is_begun_anew_is_not_kept(square):
    world = RaceWorld(square, n=2)
    recorder = TraceRecorder(world)
    for _ in range(3):  # nobody has driven: these are one start
        world.reset()
        recorder.after_reset(None)
    world.step(np.zeros((2, 2)))
    recorder.after_step(world.moved, np.array([True, False]))
    world.reset(np.array([0]))
    recorder.after_reset(np.array([0]))
    found = record(world, lambda world: np.tile([[1.0, 1.0]], (2, 1)), 200, recorder)
    first = {car: one for car, one in reversed(found)}
    assert first[1].steps[:3].tolist() == [1, 3, 4], "it did not drive in the first step"
    assert first[0].steps[:3].tolist() == [1, 2, 3] and (first[1].number, first[0].number) == (1, 2)


def test_cars_that_wait_write_no_rows(load_track):
    envs = RaceVectorEnv(6, load_track("camp"), autoreset=False)
    recorder = envs.race.log = TraceRecorder(envs.world)
    for iteration in range(2):
        envs.reset(seed=3)
        over = np.zeros(6, dtype=bool)
        while not over.all():
            _, _, terminated, truncated, _ = envs.step(np.tile(np.float32([[0.4, 0.5]]), (6, 1)))
            over |= terminated | truncated
        found = recorder.finished()
        assert sorted(car for car, _ in found) == list(range(6))
        assert sorted(one.number for _, one in found) == list(range(6 * iteration, 6 * iteration + 6))
        assert all(len(one) == one.steps[-1] for _, one in found) and len({len(one) for _, one in found}) > 1


def test_cars_that_there_are_not(square):
    with pytest.raises(ValueError, match=r"cars to log are \[0, 2\]: the world has the cars 0 to 1."):
        TraceRecorder(RaceWorld(square, n=2), [0, 2])
