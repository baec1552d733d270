"""The 27 parameters: by hand on a square, by shapely and bisect on real roads; and how reward functions are called."""

from __future__ import annotations

import copy
import functools
import json
import linecache
import math
import re

import numpy as np
import pytest
from independent_params import independent_params

from course_lib.sim.race_world import RaceWorld
from course_lib.sim.reward_params import RewardCaller, RewardError, closest_waypoints, reward_params
from course_lib.sim.track import Track, track_names
from course_lib.sim.vehicle import DT, NOSE

FRESH = (
    "waypoints",
    "closest_waypoints",
    "closest_objects",
    "objects_location",
    "objects_left_of_center",
    "objects_distance",
    "objects_distance_from_center",
    "objects_speed",
    "objects_heading",
)
TYPES = {
    "all_wheels_on_track": bool,
    "is_left_of_center": bool,
    "is_reversed": bool,
    "is_offtrack": bool,
    "is_crashed": bool,
    "object_in_camera": bool,
} | {name: list for name in FRESH}


def at(track: Track, s: float, offset: float = 0.0, heading: float = 0.0, direction: int = 1) -> dict:
    """The parameters of a car that stands at a place; ``heading`` in degrees to the left of the road."""
    world = RaceWorld(track)
    world.reset(s=s, offset=offset, heading=np.radians(heading), direction=direction)
    return reward_params(world)[0]


@pytest.fixture(scope="module")
def clockwise(square) -> Track:
    """The square driven clockwise, as a file of its own: its inner border is to the right."""
    return Track(square.rows * ([-1, 1] * 3), "clockwise")


# By hand: the square's lower side is y = -2.5 from (-2.5, -2.5) to (2.5, -2.5); it starts at (0, -2.5)


def test_a_car_at_the_start_line(square):
    params = at(square, 0.0)
    by_hand = {
        "all_wheels_on_track": True,
        "x": 0.14,
        "y": -2.5,
        "heading": 0.0,
        "distance_from_center": 0.0,
        "projection_distance": 0.14,
        "progress": 0.7,
        "steps": 1.0,
        "speed": 0.0,
        "steering_angle": 0.0,
        "track_width": 1.0,
        "track_length": 20.0,
        "waypoints": [(0.0, -2.5), (2.5, -2.5), (2.5, 2.5), (-2.5, 2.5), (-2.5, -2.5), (0.0, -2.5)],
        "closest_waypoints": [0, 1],
        "is_left_of_center": False,
        "is_reversed": False,
        "is_offtrack": False,
        "is_crashed": False,
        "closest_objects": [0, 0],
        "objects_location": [],
        "objects_left_of_center": [],
        "objects_distance": [],
        "objects_distance_from_center": [],
        "objects_speed": [],
        "objects_heading": [],
        "object_in_camera": False,
        "sim_time": 0.0,
    }
    assert len(params) == 27
    assert params == {
        name: pytest.approx(value, abs=1e-9) if type(value) is float else value for name, value in by_hand.items()
    }


def test_a_car_after_its_first_step(square):
    world = RaceWorld(square, vehicle="kinematic")
    world.reset(s=1.0, offset=0.2, heading=0.0)
    world.step(np.array([[0.0, -0.2]]))  # 1.9 m/s
    params = reward_params(world)[0]
    wanted = {
        "x": 1.0 + 1.9 / 15 + 0.14,
        "y": -2.3,
        "steps": 2.0,
        "speed": 1.9,
        "steering_angle": 0.0,
        "sim_time": DT,
        "distance_from_center": 0.2,
        "projection_distance": 1.14 + 1.9 / 15,
        "progress": (0.14 + 1.9 / 15) * 5,
        "is_left_of_center": True,
    }
    for name, value in wanted.items():
        assert params[name] == pytest.approx(value), name
    for count in range(3, 6):
        world.step(np.array([[0.0, 0.0]]))
        assert reward_params(world)[0]["steps"] == float(count)


def test_speed_and_steering_are_commands(square):
    world = RaceWorld(square, action_space=[{"steering_angle": 45, "speed": 5}, {"steering_angle": -12.5, "speed": 0}])
    world.step(np.array([0]))
    params = reward_params(world)[0]
    assert (params["speed"], params["steering_angle"]) == (5.0, 45.0), "as commanded, beyond what the car can do"
    assert world.cars.speed[0] < 1
    world.step(np.array([1]))
    params = reward_params(world)[0]
    assert (params["speed"], params["steering_angle"]) == (0.0, -12.5)


@pytest.mark.parametrize(("heading", "degrees"), [(0, 90), (90, 180), (-90, 0), (91, -179), (-180, -90), (45, 135)])
def test_heading_is_in_degrees(square, heading, degrees):
    assert at(square, 5.0, heading=heading)["heading"] == pytest.approx(degrees)


def test_x_and_y_are_the_nose(square):
    params = at(square, 5.0, heading=60)  # at (2.5, 0), heading 150 degrees
    assert params["x"] == pytest.approx(2.5 - 0.14 * math.cos(math.pi / 6)) and params["y"] == pytest.approx(0.07)
    assert params["distance_from_center"] == pytest.approx(0.14 * math.cos(math.pi / 6)), "and so is the distance"


@pytest.mark.parametrize(
    ("offset", "distance", "left"), [(0.3, 0.3, True), (-0.3, 0.3, False), (-0.9, 0.9, False), (0.7, 0.7, True)]
)
def test_sides_of_the_centre_line(square, clockwise, offset, distance, left):
    for track in (square, clockwise):
        for direction in (1, -1):
            params = at(track, 5.0, offset, direction=direction)
            assert params["distance_from_center"] == pytest.approx(distance), "not capped at the border"
            assert params["is_left_of_center"] is left, (track.name, direction)


def test_reversed_is_about_the_track_and_not_about_the_car(square, clockwise):
    assert at(square, 5.0, heading=180)["is_reversed"] is False
    assert at(clockwise, 5.0)["is_reversed"] is False, "clockwise is not reversed"
    params = at(square, 5.0, direction=-1)
    assert params["is_reversed"] is True
    assert params["waypoints"] == square.waypoints[::-1] and params["heading"] == pytest.approx(90)
    assert (params["x"], params["y"]) == (pytest.approx(-2.5), pytest.approx(0.14)), (
        "the other way round from the same start line"
    )
    assert params["projection_distance"] == pytest.approx(5.14) and params["progress"] == pytest.approx(0.7)
    assert params["closest_waypoints"] == [1, 2]


def test_the_clockwise_square(clockwise):
    params = at(clockwise, 1.0, offset=-0.25)  # its lower side is driven to -x; right of it is the inside
    assert (params["x"], params["y"]) == (pytest.approx(-1.14), pytest.approx(-2.25))
    assert abs(params["heading"]) == pytest.approx(180) and params["is_left_of_center"] is False
    assert params["closest_waypoints"] == [0, 1] and params["waypoints"] == clockwise.waypoints


@pytest.mark.parametrize(
    ("offset", "all_on", "all_off"),
    [
        (0.0, True, False),
        (-0.41, True, False),
        (-0.43, False, False),
        (-0.57, False, False),
        (-0.585, False, True),
        (0.43, False, False),
    ],
)
def test_wheels_on_and_off_the_track(square, offset, all_on, all_off):
    params = at(square, 5.0, offset)  # half the road is 0.5 m, half the car 0.081 m
    assert params["all_wheels_on_track"] is all_on and params["is_offtrack"] is all_off


def test_one_wheel_on_the_road_is_not_off_track(square):
    params = at(square, 5.0, offset=-0.6, heading=-45)  # only the rear left wheel, 0.115 m to the left of the origin
    assert params["all_wheels_on_track"] is False and params["is_offtrack"] is False


def test_track_width_is_measured_at_the_centre_point(square):
    assert at(square, 5.0, offset=0.3)["track_width"] == pytest.approx(1.0)
    # At the corner (2.5, -2.5) the nearest border points are (2, -2) inside and (3, -2.5) or (2.5, -3) outside.
    assert at(square, 2.5 - NOSE, heading=0)["track_width"] == pytest.approx(math.hypot(1.0, 0.5))


def test_progress_below_zero_and_its_wrap(square):
    assert at(square, 0.0, heading=180)["progress"] == pytest.approx(-0.7)
    assert at(square, 0.05, heading=180)["projection_distance"] == pytest.approx(19.91)
    world = RaceWorld(square, vehicle="kinematic", speed_range=(1.5, 3))
    world.reset(s=19.95, offset=0.0, heading=0.0)  # drives over the start line, which is no lap for it
    progress = []
    for _ in range(4):
        world.step(np.array([[0.0, -1.0]]))
        progress.append(reward_params(world)[0]["progress"])
    np.testing.assert_allclose(progress, [1.2, 1.7, 2.2, 2.7], atol=1e-9)
    assert reward_params(world)[0]["projection_distance"] == pytest.approx(0.49)


def test_progress_is_100_once_at_the_end_of_a_lap(square):
    world = RaceWorld(square, vehicle="kinematic", speed_range=(1.5, 3), laps=2)
    world.reset(s=0.0, offset=0.0, heading=0.0)
    state = world.state()
    world.restore(state | {"cars.x": np.array([-0.2]), "s": np.array([19.94]), "progress": np.array([99.7])})
    seen = []
    for _ in range(3):
        world.step(np.array([[0.0, -1.0]]))
        seen.append(reward_params(world)[0]["progress"])
    assert seen == [100.0, pytest.approx(0.7), pytest.approx(1.2)]


@pytest.mark.parametrize(
    ("s", "closest"),
    [
        (0.0, [0, 1]),
        (2.4, [0, 1]),
        (2.5, [1, 2]),
        (7.499, [1, 2]),
        (7.5, [2, 3]),
        (17.5, [4, 5]),
        (19.999, [4, 5]),
        (20.0, [5, 0]),
    ],
)
def test_closest_waypoints_go_by_arc_length(square, s, closest):
    """The last segment is [n - 2, n - 1]; ``next`` is 0 only exactly at the end of the line."""
    assert closest_waypoints(square, np.array([s]), np.array([False])).tolist() == [closest]
    assert closest_waypoints(square, np.array([s]), np.array([True])).tolist() == [closest], "the square is symmetrical"


def test_closest_waypoints_with_repeated_rows(square):
    twice = Track(square.rows[[0, 1, 1, 2, 3, 3, 3, 4, 5]], "repeated")
    s = np.array([1.0, 2.5, 5.0, 12.5, 13.0, 19.0])
    assert closest_waypoints(twice, s, np.zeros(6, bool)).tolist() == [[0, 1], [2, 3], [2, 3], [6, 7], [6, 7], [7, 8]]
    assert closest_waypoints(twice, s, np.ones(6, bool)).tolist() == [[0, 1], [1, 2], [1, 2], [5, 6], [5, 6], [7, 8]]
    assert len(at(twice, 5.0)["waypoints"]) == 9


# Types, and containers that are nobody else's


@pytest.mark.parametrize("direction", [1, -1])
def test_plain_python_types(square, direction):
    world = RaceWorld(square, n=3)
    world.reset(direction=direction)
    world.step(np.zeros((3, 2), np.float32))
    for params in reward_params(world):
        for name, value in params.items():
            assert type(value) is TYPES.get(name, float), name
        assert all(
            type(point) is tuple and [type(number) for number in point] == [float, float]
            for point in params["waypoints"]
        )
        assert [type(index) for index in params["closest_waypoints"] + params["closest_objects"]] == [int] * 4
        assert json.loads(json.dumps(params))["steps"] == 2.0


def test_containers_are_fresh(square):
    world = RaceWorld(square, n=2)
    world.reset(direction=[1, -1])
    first, expected = reward_params(world), copy.deepcopy(reward_params(world))
    for name in FRESH:
        assert len({id(params[name]) for params in first + reward_params(world)}) == 4, name
    for params in first:
        for name in FRESH:
            params[name].append("spoilt")
            params[name].reverse()
        params.clear()
    assert reward_params(world) == expected
    assert square.waypoints[0] == (0.0, -2.5)


def test_some_cars(square):
    world = RaceWorld(square, n=5)
    world.reset(direction=[1, -1, 1, -1, 1])
    everyone = reward_params(world)
    assert reward_params(world, np.array([3, 0])) == [everyone[3], everyone[0]]


# Against a second computation


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("name", ["reinvent_base", "Albert", "Bowtie_track", "camp", "thread", "downtown"])
def test_driven_poses_against_shapely(name, direction, load_track, request):
    track = load_track(name) if name in track_names() else request.getfixturevalue("shared_track")(name)
    n = 6
    world = RaceWorld(track, n=n, seed=3, speed_range=(0.5, 3.0), laps=9, max_steps=10**6)
    world.reset(s=(np.arange(n) / n - 0.001) * track.length, direction=direction)
    rng = np.random.default_rng(8)
    lean, before, compared = rng.uniform(-0.5, 0.5, n), world.progress.copy(), 0
    for step in range(28):
        action = np.stack([lean + rng.uniform(-0.5, 0.5, n), rng.uniform(-1, 1, n)], axis=1).astype(np.float32)
        world.step(action)
        params = reward_params(world)
        for car in range(n):
            mine = params[car]
            assert mine["steps"] == step + 2.0 and mine["sim_time"] == pytest.approx((step + 1) * DT)
            assert mine["steering_angle"] == pytest.approx(30 * np.clip(float(action[car, 0]), -1, 1))
            assert mine["speed"] == pytest.approx(0.5 + 1.25 * (float(action[car, 1]) + 1))
            last = before[car]
            before[car] = mine["progress"]
            # Far off the road two parts of it may be equally near, and the other one be found.
            if step % 4 or mine["distance_from_center"] > 0.7 * track.widths.min():
                continue
            compared += 1
            theirs = independent_params(
                track, (world.cars.x[car], world.cars.y[car]), float(world.cars.heading[car]), direction,
                float(world.start_s[car]), 0.0 if last == 100 else last,
            )  # fmt: skip
            for key, value in theirs.items():
                if type(value) is float:
                    value = pytest.approx(value, abs=1e-5)
                assert mine[key] == value, (key, step, car)
    assert compared > 15


# Calling a reward function


def caller_on(square, function, n: int = 1) -> RewardCaller:
    caller = RewardCaller(function, RaceWorld(square, n=n))
    caller.reset()
    caller.world.step(np.zeros((n, 2)))
    return caller


def raises_in_a_helper(params):
    def helper():
        return params["no_such_key"]

    return helper()


def line_of(text: str) -> int:
    """The line of this file that holds a text."""
    return 1 + next(k for k, line in enumerate(linecache.getlines(__file__)) if text in line and "line_of" not in line)


@pytest.mark.parametrize("when", ["reset", "step"])
def test_a_function_that_raises_is_named_with_file_and_line(square, when):
    caller = RewardCaller(raises_in_a_helper, RaceWorld(square))
    place = re.escape(f'{__file__}, line {line_of("""return params["no_such_key"]""")}')
    with pytest.raises(RewardError, match=rf"^{place}: the reward function raised KeyError: 'no_such_key'$") as caught:
        getattr(caller, when)()
    assert isinstance(caught.value.__cause__, KeyError)


class Judge:
    """A reward function that is an object."""

    def __call__(self, params):
        return 1.0 / params["nothing"]  # the line of Judge

    def judge(self, params):
        return 1.0 / 0.0  # the line of judge


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (Judge().judge, "# the line of judge"),
        (Judge(), "# the line of Judge"),
        (functools.partial(Judge.judge, None), "# the line of judge"),
    ],
    ids=["method", "object", "partial"],
)
def test_other_callables_are_named_with_file_and_line_too(square, function, text):
    with pytest.raises(RewardError, match=re.escape(f"{__file__}, line {line_of(text)}")):
        caller_on(square, function)


def test_a_file_that_was_run_from_text(square):
    space = {}
    exec(
        compile(
            "import math\n\ndef reward_function(params):\n    x = 1\n    return math.sqrt(-x)\n", "my reward.py", "exec"
        ),
        space,
    )
    with pytest.raises(RewardError, match=r"^my reward\.py, line 5: the reward function raised ValueError"):
        caller_on(square, space["reward_function"])


@pytest.mark.parametrize(
    "bad",
    [None, math.nan, math.inf, -math.inf, 100000.1, -1e6, np.nan, "good", [1.0], {}, 1j, 10**400],
    ids=lambda bad: repr(bad)[:12],
)
def test_results_that_are_no_rewards(square, bad):
    caller = caller_on(square, lambda params: bad)  # nothing is said at the reset, whose result does not count
    place = re.escape(f"{__file__}, line {line_of('caller_on(square, lambda params: bad)')}")
    with pytest.raises(RewardError, match=rf"^{place}: the reward function returned .*finite number between"):
        caller.step()


@pytest.mark.parametrize("good", [1.5, 3, -100000, 100000.0, np.float64(2.5), np.float32(0.5), np.int64(7), True, 0])
def test_numbers_of_any_kind_are_rewards(square, good):
    rewards = caller_on(square, lambda params: good, n=2).step()
    assert rewards.dtype == np.float64 and rewards.tolist() == [float(good)] * 2


def test_the_first_call_is_discarded_and_steps_count_from_1(square):
    seen = []

    def reward(params):
        seen.append((type(params["steps"]), params["steps"], params["speed"]))
        return params["steps"]

    caller = RewardCaller(reward, RaceWorld(square))
    assert caller.reset() is None
    for _ in range(2):
        caller.world.step(np.array([[0.0, 1.0]]))
        assert caller.step().tolist() == [seen[-1][1]]
    assert seen == [(float, 1.0, 0.5), (float, 2.0, 4.0), (float, 3.0, 4.0)]


def test_a_function_may_spoil_what_it_is_given(square):
    def spoil(params):
        reward = len(params["waypoints"]) + params["closest_waypoints"][1]
        for value in params.values():
            if isinstance(value, list):
                value.clear()
        params.clear()
        return reward

    caller = caller_on(square, spoil, n=3)
    world, before = caller.world, caller.world.state()
    first = caller.step()
    np.testing.assert_array_equal(caller.step(), first)
    for name, value in world.state().items():
        np.testing.assert_array_equal(value, before[name])


def counter():
    calls = 0

    def reward(params):
        nonlocal calls
        calls += 1
        return float(calls)

    return reward


class Instances:
    """What `deepracer.RewardFunction` looks like to the world."""

    def __init__(self, given: int | None = None):
        self.given = given

    def instances(self, n):
        return [counter() for _ in range(n if self.given is None else self.given)]


def test_instances_give_each_car_its_own_state(square):
    caller = caller_on(square, Instances(), n=4)
    assert caller.step().tolist() == [2, 2, 2, 2]
    caller.reset(np.array([2]))
    assert caller.step().tolist() == [3, 3, 4, 3]


def test_a_plain_function_is_shared_by_all_cars(square):
    assert caller_on(square, counter(), n=4).step().tolist() == [5, 6, 7, 8]


@pytest.mark.parametrize("given", [0, 2, 5])
def test_the_wrong_number_of_instances(square, given):
    with pytest.raises((TypeError, ValueError), match="instances"):
        RewardCaller(Instances(given), RaceWorld(square, n=3))


@pytest.mark.parametrize("wrong", [5, "reward_function", {"reward": 1}])
def test_something_that_cannot_be_called(square, wrong):
    with pytest.raises(TypeError, match="give a function of one argument"):
        RewardCaller(wrong, RaceWorld(square))
