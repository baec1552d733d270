"""Reward files in the styles of students and league racers (`styles/`) run unchanged, and no car knows of another.

Each car of a vector environment must get exactly the rewards that it gets when it drives alone.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

from course_lib.agents import make_envs
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.sim.race_env import RaceEnv

STYLES = {path.stem: path for path in sorted((Path(__file__).parent / "styles").glob("*.py"))}
PRINTING = ("fstrings_and_walrus", "prints_all_parameters", "racing_line_class")
FOR_119_WAYPOINTS = [name for name in STYLES if name.startswith("reinvent_")]
FOR_BOXES = ("nearest_box_of_all", "object_avoidance_guarded", "parameters_changed", "prints_all_parameters")
ISOLATED = (
    "class_attribute_state",
    "dataclass_settings",
    "global_step_counter",
    "numpy_bool_arithmetic",
    "prints_all_parameters",
    "racing_line_class",
    "shapely_polygon",
    "windows_line_ends",
)
every_style = pytest.mark.parametrize("style", STYLES)


def starts(cars: int) -> dict[str, np.ndarray]:
    """From left of the road to right of it, some of them off it, and every other car the other way round."""
    return {"offset": np.linspace(-0.7, 0.7, cars), "direction": np.where(np.arange(cars) % 2, -1, 1)}


@functools.cache
def actions(cars: int, steps: int) -> np.ndarray:
    return np.random.default_rng(cars).uniform((-1, 0), 1, (steps, cars, 2)).astype(np.float32)


def together(track, reward: RewardFunction, cars: int, steps: int, boxes=None) -> tuple[np.ndarray, int]:
    """(steps, cars) rewards, and how many episodes ended off the track."""
    envs = make_envs("FirstLap/Race-v0", cars, track=track, reward_function=reward, boxes=boxes)
    envs.reset(seed=0, options=starts(cars))
    rewards, left = [], 0
    for action in actions(cars, steps):
        _, judged, terminated, _, _ = envs.step(action)
        rewards.append(judged)
        left += terminated.sum()
    return np.array(rewards), left


def alone(track, file: Path, car: int, cars: int, steps: int, boxes=None) -> list[float]:
    """The rewards of one car of `together`, without the others."""
    env = RaceEnv(track=track, reward_function=RewardFunction.from_file(file), boxes=boxes)
    env.reset(seed=car, options={name: values[car] for name, values in starts(cars).items()})
    rewards = []
    for action in actions(cars, steps)[:, car]:
        _, reward, terminated, truncated, _ = env.step(action)
        rewards.append(reward)
        if terminated or truncated:
            env.reset()
    return rewards


def test_there_are_styles_of_all_kinds():
    assert len(STYLES) >= 42
    assert STYLES["windows_line_ends"].read_bytes().count(b"\r\n") > 10
    assert STYLES["byte_order_mark"].read_bytes().startswith(b"\xef\xbb\xbf")
    assert b"\n\t" in STYLES["tabs"].read_bytes()


@every_style
def test_a_style_judges_128_cars_at_once(style, load_track, capsys):
    reward = RewardFunction.from_file(STYLES[style])
    rewards, left = together(load_track("camp"), reward, 128, 8)
    assert np.isfinite(rewards).all() and left > 10
    assert len(np.unique(rewards)) > 1, "it tells no car from another"
    assert capsys.readouterr() == ("", "")
    assert bool(reward.printed) >= (style in PRINTING)


@every_style
def test_each_car_gets_the_rewards_that_it_gets_alone(style, load_track):
    cars, steps, camp = 8, 40, load_track("camp")
    rewards, left = together(camp, RewardFunction.from_file(STYLES[style]), cars, steps)
    assert left > 5  # so that states live on from one episode to the next
    for car in range(cars):
        assert rewards[:, car].tolist() == alone(camp, STYLES[style], car, cars, steps), f"car {car}"


@pytest.mark.parametrize("style", ISOLATED)
def test_a_sandbox_gives_the_same_rewards(style, load_track):
    plain, isolated = (RewardFunction.from_file(STYLES[style], isolated=isolated) for isolated in (False, True))
    camp = load_track("camp")
    expected, _ = together(camp, plain, 8, 20)
    np.testing.assert_array_equal(together(camp, isolated, 8, 20)[0], expected)
    assert bool(isolated.printed) == bool(plain.printed)


@pytest.mark.parametrize("style", FOR_119_WAYPOINTS)
def test_styles_for_the_track_with_119_waypoints(style, shared_track):
    track = shared_track("reinvent_base")
    assert len(track.waypoints) == 119
    assert np.isfinite(together(track, RewardFunction.from_file(STYLES[style]), 128, 8)[0]).all()
    rewards, _ = together(track, RewardFunction.from_file(STYLES[style]), 8, 40)
    for car in range(8):
        assert rewards[:, car].tolist() == alone(track, STYLES[style], car, 8, 40), f"car {car}"


@pytest.mark.parametrize("style", FOR_BOXES)
def test_styles_for_a_track_with_boxes(style, load_track):
    camp, cars, steps = load_track("camp"), 8, 40
    rewards, _ = together(camp, RewardFunction.from_file(STYLES[style]), cars, steps, boxes=6)
    for car in range(cars):
        assert rewards[:, car].tolist() == alone(camp, STYLES[style], car, cars, steps, boxes=6), f"car {car}"
    if style != "prints_all_parameters":
        assert (rewards != together(camp, RewardFunction.from_file(STYLES[style]), cars, steps)[0]).any()
