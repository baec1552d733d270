"""How a car moves: textbook figures, the published figures of the real one, and six files of its log."""

from __future__ import annotations

import csv
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.sim import vehicle
from course_lib.sim.vehicle import DT, NOSE, Cars, deepracer, kinematic, nose_and_wheels, wrap_angle


def drive(model, steering, speed, steps: int, cars: Cars | None = None) -> list[Cars]:
    """The car after each step under a constant command; each is a copy."""
    cars = cars or Cars.parked(1)
    states = []
    for _ in range(steps):
        model(cars, np.array([float(steering)]), np.array([float(speed)]))
        states.append(Cars(*(value.copy() for value in vars(cars).values())))
    return states


def column(states: list[Cars], name: str) -> np.ndarray:
    return np.array([getattr(state, name)[0] for state in states])


def test_kinematic_is_the_textbook_bicycle():
    states = drive(kinematic, 20.0, 1.5, 60)
    np.testing.assert_array_equal(column(states, "speed"), 1.5)
    turn = 1.5 * DT * np.tan(np.radians(20)) / 0.164
    np.testing.assert_allclose(column(states, "heading"), wrap_angle(turn * np.arange(1, 61)), atol=1e-12)
    x, y = column(states, "x"), column(states, "y")
    radius = 1.5 * DT / 2 / np.sin(turn / 2)  # of the circle through the corners of the driven polygon
    np.testing.assert_allclose(np.hypot(x, y - radius), radius, atol=1e-12)
    assert radius == pytest.approx(0.164 / np.tan(np.radians(20)), rel=0.01)


def test_steering_is_positive_to_the_left():
    for model in (kinematic, deepracer):
        left, right = drive(model, 15, 1, 10)[-1], drive(model, -15, 1, 10)[-1]
        assert left.y[0] > 0 and left.heading[0] > 0 and left.curvature[0] > 0
        np.testing.assert_allclose([right.x, right.y, right.heading], [left.x, -left.y, -left.heading])


@pytest.mark.parametrize("model", [kinematic, deepracer])
def test_the_motor_and_the_servo_have_limits(model):
    for asked, done in (((90, 9), (30, 4)), ((-90, -3), (-30, 0.1)), ((0, 0), (0, 0.1))):
        mine, clipped = drive(model, *asked, 20)[-1], drive(model, *done, 20)[-1]
        for name, value in vars(mine).items():
            np.testing.assert_array_equal(value, getattr(clipped, name))
        assert (mine.steering_1[0], mine.speed_1[0]) == done


def test_both_models_remember_two_commands():
    for model in (kinematic, deepracer):
        cars = Cars.parked(2)
        for k in range(3):
            model(cars, np.array([k, -k], float), np.array([1.0 + k, 2.0]))
        assert cars.steering_1.tolist() == [2, -2] and cars.steering_2.tolist() == [1, -1]
        assert cars.speed_1.tolist() == [3, 2] and cars.speed_2.tolist() == [2, 2]


def test_cars_do_not_touch_each_other():
    rng = np.random.default_rng(0)
    steering, speed = rng.uniform(-30, 30, (20, 5)), rng.uniform(0.5, 4, (20, 5))
    together = Cars.parked(5)
    for row in range(20):
        deepracer(together, steering[row], speed[row])
    for car in range(5):
        alone = Cars.parked(1)
        for row in range(20):
            deepracer(alone, steering[row, car : car + 1], speed[row, car : car + 1])
        for name, value in vars(alone).items():
            assert value[0] == getattr(together, name)[car]


# deepracer.md, section 2


def test_speed_step_response():
    """Dead time, pole, gain and rise time of the fit: the gain is 1 and 63 % is reached after about 3.3 steps."""
    speed = column(drive(deepracer, 0, 2.0, 60), "speed") / 2.0
    assert speed[0] == pytest.approx(0.31 / 2)  # half of the first command: one and a half steps of dead time in all
    assert speed[1] == pytest.approx(0.69 * 0.155 + 0.31)
    np.testing.assert_allclose((1 - speed[2:20]) / (1 - speed[1:19]), 0.69)
    assert speed[-1] == pytest.approx(1.0, abs=1e-6) and (np.diff(speed) > 0).all()
    assert np.interp(1 - np.exp(-1), speed, np.arange(1, 61)) == pytest.approx(3.3, abs=0.3)


def test_curvature_step_response():
    """Pole 0.865 and steady curvature tan(30 deg) / 0.262 m; after 10 steps the car still turns in more than 0.55 m."""
    start = Cars.parked(1)
    start.speed, start.speed_1 = np.full(1, 1.05), np.full(1, 1.05)
    curvature = column(drive(deepracer, 30, 1.05, 90, start), "curvature")
    steady = np.tan(np.radians(30)) / 0.262
    assert curvature[0] == pytest.approx(0.135 * steady / 2)
    np.testing.assert_allclose((steady - curvature[2:20]) / (steady - curvature[1:19]), 0.865)
    assert curvature[-1] == pytest.approx(steady, rel=1e-4)
    assert 0.55 < 1 / curvature[9] < 0.75


@pytest.mark.parametrize("steering", [30, -30])
def test_grip_limits_the_lateral_acceleration(steering):
    start = Cars.parked(1)
    start.speed, start.speed_1 = np.full(1, 4.0), np.full(1, 4.0)
    states = drive(deepracer, steering, 4.0, 60, start)
    turn = np.abs(wrap_angle(np.diff(column(states, "heading"))))
    acceleration = turn / DT * column(states, "speed")[1:]
    assert acceleration.max() <= 0.5 * 9.81 + 1e-9
    assert acceleration[-1] == pytest.approx(0.5 * 9.81)
    path = np.stack([column(states, "x"), column(states, "y")], axis=1)
    step, bend = np.diff(path, axis=0), np.diff(path, axis=0)[1:]
    between = np.arctan2(step[:-1, 0] * bend[:, 1] - step[:-1, 1] * bend[:, 0], (step[:-1] * bend).sum(axis=1))
    assert np.abs(between / DT * 4.0).max() <= 0.5 * 9.81 + 1e-6


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(-30, 30), st.floats(0.1, 4)), min_size=1, max_size=40))
def test_no_driver_gets_past_the_grip(commands):
    cars = Cars.parked(1)
    for steering, speed in commands:
        before = cars.heading
        deepracer(cars, np.array([steering]), np.array([speed]))
        assert np.abs(wrap_angle(cars.heading - before) / DT * cars.speed)[0] <= 0.5 * 9.81 + 1e-9
        assert 0 <= cars.speed[0] <= 4 and -np.pi < cars.heading[0] <= np.pi


# The log of a real training


@pytest.fixture(scope="module")
def episodes(shared) -> list[np.ndarray]:
    """One float array per episode: X, Y, yaw (deg), steer (deg), throttle (m/s), tstamp (s)."""
    files = sorted((shared / "logs" / "deepracer-console").glob("*-iteration.csv"))
    assert len(files) == 6
    found = []
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            for _, rows in groupby(csv.DictReader(file), key=lambda row: row["episode"]):
                names = ("X", "Y", "yaw", "steer", "throttle", "tstamp")
                found.append(np.array([[float(row[name]) for name in names] for row in rows]))
    return found


def open_loop_errors(episodes, model, horizons=(15, 30)) -> list[float]:
    """Median distance (m) of the driven nose from the logged one, after so many steps under the logged commands."""
    windows = np.array([episode[k - 2 : k + 31] for episode in episodes for k in range(8, len(episode) - 30)])
    assert len(windows) > 4000
    X, Y, yaw, steer, throttle, time = windows.transpose(2, 1, 0)
    yaw = np.unwrap(np.radians(yaw), axis=0)
    x, y, dt = X - NOSE * np.cos(yaw), Y - NOSE * np.sin(yaw), np.diff(time, axis=0)
    cars = Cars.parked(X.shape[1])
    cars.x, cars.y, cars.heading = x[2], y[2], wrap_angle(yaw[2])
    way = np.hypot(x[2] - x[1], y[2] - y[1])
    cars.speed = way / dt[1]
    cars.curvature = np.where(way > 1e-3, (yaw[2] - yaw[1]) / np.maximum(way, 1e-3), 0.0)
    cars.steering_1, cars.speed_1 = steer[1], throttle[1]
    errors = []
    for k in range(2, 2 + max(horizons)):
        model(cars, steer[k], throttle[k], dt[k])
        if k - 1 in horizons:
            nose_x, nose_y = nose_and_wheels(cars.x, cars.y, np.cos(cars.heading), np.sin(cars.heading))
            errors.append(float(np.median(np.hypot(nose_x[0] - X[k + 1], nose_y[0] - Y[k + 1]))))
    return errors


def test_the_fitted_car_follows_the_log(episodes):
    after_1_s, after_2_s = open_loop_errors(episodes, deepracer)
    assert after_1_s <= 0.13 and after_2_s <= 0.30


def test_the_textbook_car_does_not(episodes):
    after_1_s, after_2_s = open_loop_errors(episodes, kinematic)
    assert after_1_s > 0.4 and after_2_s > 0.9


def test_pulling_away_like_in_the_log(episodes):
    """The real car is slower off the line (0.11, 0.33, 0.55, 0.73, 0.89, 1.02 m/s); the model follows it to 0.25."""
    starts = np.array([episode[:9] for episode in episodes if len(episode) > 9])
    cars = Cars.parked(len(starts))
    speeds = []
    for k in range(1, 8):  # the first row is the pause at the start line, without a command
        deepracer(cars, starts[:, k, 3], starts[:, k, 4])
        speeds.append(cars.speed.mean())
    X, Y, yaw = starts[..., 0], starts[..., 1], np.radians(starts[..., 2])
    x, y = X - NOSE * np.cos(yaw), Y - NOSE * np.sin(yaw)
    logged = np.median(np.hypot(np.diff(x), np.diff(y)) / np.diff(starts[..., 5]), axis=0)[1:]
    np.testing.assert_allclose(logged[:6], [0.11, 0.33, 0.55, 0.73, 0.89, 1.02], atol=0.05)
    np.testing.assert_allclose(speeds[:6], logged[:6], atol=0.25)


# Shape of the car


def test_nose_and_wheels_by_hand():
    x, y = nose_and_wheels(np.array([1.0, 1.0]), np.array([2.0, 2.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    ahead, left = [0.14, -0.0817, -0.0817, 0.0823, 0.0823], [0, 0.081, -0.081, 0.0795, -0.0795]
    np.testing.assert_allclose(x[:, 0], 1 + np.array(ahead))
    np.testing.assert_allclose(y[:, 0], 2 + np.array(left))
    np.testing.assert_allclose(x[:, 1], 1 - np.array(left))
    np.testing.assert_allclose(y[:, 1], 2 + np.array(ahead))
    assert vehicle.FRONT_AXLE - vehicle.REAR_AXLE == pytest.approx(vehicle.WHEELBASE)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.floats(-100, 100))
def test_wrap_angle(angle):
    wrapped = float(wrap_angle(np.array(angle)))
    assert -np.pi - 1e-12 < wrapped <= np.pi + 1e-12
    assert np.cos(wrapped) == pytest.approx(np.cos(angle), abs=1e-9)
    assert np.sin(wrapped) == pytest.approx(np.sin(angle), abs=1e-9)


def test_half_a_turn_is_positive():
    assert wrap_angle(np.array([np.pi, -np.pi])).tolist() == [np.pi, np.pi]
