"""Driving laps: a simple driver laps, and what does not fit is refused."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from gymnasium import spaces

from course_lib.sim.laps import LapResults, PolicyError, lap_score, run_laps
from course_lib.sim.observations import Features, Lidar
from course_lib.sim.vehicle import DT

LIST = [{"steering_angle": angle, "speed": 1.2} for angle in (-30, -15, 0, 15, 30)]


def straight(world) -> np.ndarray:
    return np.zeros((world.n, 2))


class FeaturePolicy:
    """A policy that steers at the look-ahead point 1.2 m ahead that `features` shows."""

    observation_version = 1
    observation_space = Features().space
    action_space = spaces.Box(-1, 1, (2,), np.float32)
    env_kwargs = {
        "observation": "features",
        "vehicle": "deepracer",
        "speed_range": (0.5, 1.5),
        "track": "oval",
        "laps": 7,
    }

    def act(self, observations, deterministic=True):
        assert deterministic and observations.dtype == np.float32
        names = Features().names
        aim = np.arctan2(observations[:, names.index("left_1.2m")], observations[:, names.index("ahead_1.2m")])
        return np.stack([np.clip(1.1 * aim, -1, 1), np.full(len(aim), 0.4)], axis=1)


class DiscretePolicy(FeaturePolicy):
    action_space = spaces.Discrete(5)
    env_kwargs = {"action_space": LIST}

    def act(self, observations, deterministic=True):
        return np.rint(2 * super().act(observations)[:, 0] + 2).astype(int)


def changed(**values):
    return type("Changed", (FeaturePolicy,), values)()


@pytest.fixture(scope="module")
def camp(load_track):
    return load_track("camp")


@pytest.fixture(scope="module")
def two_laps(camp, steady):
    return run_laps(steady, camp, starts=6, laps=2, seed=3, record=True)


def test_a_simple_driver_drives_clean_laps(two_laps, camp):
    results = two_laps
    assert results.track == "camp" and results.laps == 2 and results.lap_times.shape == (6, 2)
    assert results.clean.all() and not results.off_tracks.any() and (results.progress == 100).all()
    first, flying = results.lap_times.T
    at_speed = camp.length / 1.2
    assert (0.93 * at_speed < flying).all() and (flying < 1.03 * at_speed).all()
    assert (first > flying).all(), "the first lap starts at rest"
    assert (first < flying + 0.6).all()
    np.testing.assert_allclose(results.seconds, results.lap_times.sum(axis=1), atol=DT)
    assert (results.seconds >= results.lap_times.sum(axis=1)).all()
    assert results.best_lap == results.lap_times.min()


def test_recorded_paths(two_laps, camp):
    assert len(two_laps.paths) == 6
    for path, seconds in zip(two_laps.paths, two_laps.seconds):
        assert path.shape == (round(seconds / DT) + 1, 6)
        x, y, heading, speed, steering, s = path.T
        assert speed[0] == 0 and steering[0] == 0 and np.abs(steering).max() <= 30 and (speed[30:] > 1.1).all()
        assert np.hypot(np.diff(x), np.diff(y)).sum() == pytest.approx(2 * camp.length, rel=0.05)
        on_line, offset, _ = camp.project(x, y)
        np.testing.assert_allclose(on_line, s)
        assert np.abs(offset).max() < 0.38
        moved = (np.diff(s) + camp.length / 2) % camp.length - camp.length / 2
        assert 2 * camp.length - 0.14 <= moved.sum() + 1e-6 and moved.sum() < 2 * camp.length + 0.1
    starts = np.sort([path[0, 5] for path in two_laps.paths])
    np.testing.assert_allclose(np.diff(starts), camp.length / 6, atol=0.06)


def test_no_paths_unless_asked_for(circle, steady):
    assert run_laps(steady, circle, starts=2).paths == []


def test_the_other_direction(camp, steady):
    results = run_laps(steady, camp, starts=4, direction=-1, record=True)
    assert results.clean.all()
    np.testing.assert_allclose(results.lap_times, camp.length / 1.2, rtol=0.08)
    x, y = results.paths[0][:, :2].T
    along = np.diff(camp.project(x, y)[0])
    assert np.median(along) < 0, "it drives against the order of the rows"


def test_one_seed_is_one_result(circle, steady):
    first, again, other = (run_laps(steady, circle, starts=5, seed=seed, record=True) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.lap_times, again.lap_times)
    for a, b in zip(first.paths, again.paths):
        np.testing.assert_array_equal(a, b)
    assert (first.lap_times != other.lap_times).any()


def test_to_dict_is_plain_json(two_laps):
    data = two_laps.to_dict()
    assert list(data) == ["track", "starts", "laps", "lap_times_s", "off_tracks", "mean_progress"]
    assert json.loads(json.dumps(data)) == data
    assert (data["track"], data["starts"], data["laps"], data["off_tracks"], data["mean_progress"]) == (
        "camp",
        6,
        2,
        0,
        100.0,
    )
    np.testing.assert_allclose(data["lap_times_s"], two_laps.lap_times.ravel(), atol=1e-4)


def test_cars_that_leave_the_track_are_counted(circle):
    results = run_laps(straight, circle, starts=3, laps=2, record=True)
    assert (
        results.off_tracks.all()
        and not results.clean.any()
        and np.isnan(results.lap_times).all()
        and np.isnan(results.best_lap)
    )
    data = results.to_dict()
    assert data["off_tracks"] == 3 and data["lap_times_s"] == [None] * 6
    assert 0 < data["mean_progress"] < 20
    for path, seconds in zip(results.paths, results.seconds):
        assert len(path) == round(seconds / DT) + 1
        assert not circle.contains(path[-1, 0], path[-1, 1]), "the path ends where the car left"


def test_some_finish_and_some_do_not(circle, steady):
    def mixed(world):
        actions = steady(world)
        actions[0] = 0.0  # straight on at middle speed
        actions[1, 0] *= np.where(world.laps_done[1] > 0, 0.0, 1.0)  # one lap, then straight on
        return actions

    results = run_laps(mixed, circle, starts=3, laps=2)
    assert results.clean.tolist() == [False, False, True] and results.off_tracks.tolist() == [True, True, False]
    assert np.isnan(results.lap_times).tolist() == [[True, True], [False, True], [False, False]]
    assert results.progress[0] < 20 and 50 < results.progress[1] < 75 and results.progress[2] == 100
    assert results.to_dict()["lap_times_s"][1] is None and results.to_dict()["off_tracks"] == 2


def test_a_car_that_is_too_slow_is_timed_out(circle, steady):
    results = run_laps(steady, circle, starts=2, slowest=2.4)
    assert not results.clean.any() and not results.off_tracks.any()
    np.testing.assert_allclose(results.seconds, circle.length / 2.4, atol=DT)
    assert (40 < results.progress).all() and (results.progress < 55).all()


def test_a_lap_that_ends_off_the_track_is_not_clean():
    results = LapResults(
        "t", 1, np.array([[9.0], [8.0]]), np.array([True, False]), np.array([100.0, 100.0]), np.array([9.0, 8.0])
    )
    assert results.clean.tolist() == [False, True]


def test_lap_score_ranks():
    def results(times, progress, off=False):
        return LapResults(
            "t", 1, np.array(times)[:, None], np.full(len(times), off), np.array(progress), np.zeros(len(times))
        )

    nan = np.nan
    order = [
        results([nan, nan], [1.0, 5.0], True),
        results([nan, nan], [50.0, 60.0], True),
        results([9.0, nan], [100.0, 60.0], True),
        results([9.0, 9.0], [100.0, 100.0]),
        results([8.0, 8.0], [100.0, 100.0]),
    ]
    scores = [lap_score(result) for result in order]
    assert scores == sorted(scores) and len(set(scores)) == 5
    assert scores[2] < 100 < scores[3] == pytest.approx(100 + 60 / 9)


def test_settings_reach_the_world(circle):
    seen = []

    def driver(world):
        seen.append((world.actions.speed_range, world.drive.__name__, world.n))
        return straight(world)

    run_laps(driver, circle, starts=2, vehicle="kinematic", speed_range=(1, 2))
    assert set(seen) == {((1.0, 2.0), "kinematic", 2)}


# Policies


def test_a_policy_brings_its_own_settings(camp):
    results = run_laps(FeaturePolicy(), camp, starts=4)
    assert results.clean.all() and results.track == "camp" and results.laps == 1
    np.testing.assert_allclose(results.lap_times, camp.length / 1.2, rtol=0.08)  # 0.4 of its own 0.5 to 1.5 m/s
    faster = run_laps(FeaturePolicy(), camp, starts=4, speed_range=(0.5, 1.7))
    assert (faster.lap_times < results.lap_times - 0.5).all(), "what the caller says wins"


def test_a_policy_with_an_action_list(circle):
    results = run_laps(DiscretePolicy(), circle, starts=3)
    assert results.clean.all()
    np.testing.assert_allclose(results.lap_times, circle.length / 1.2, rtol=0.1)


def test_a_policy_without_any_particulars(circle):
    results = run_laps(
        SimpleNamespace(act=lambda observations, deterministic: np.zeros((len(observations), 2))), circle, starts=2
    )
    assert results.off_tracks.all()


@pytest.mark.parametrize(
    ("policy", "kwargs", "pattern"),
    [
        (changed(observation_version=2), {}, "version 2 of its observation, this is version 1: train it again"),
        (changed(), {"observation": "lidar"}, r"made for observations Box.*\(24,\).*this race has Box.*\(18,\)"),
        (changed(observation_space=Lidar().space), {}, r"made for observations Box.*\(18,\)"),
        (changed(), {"action_space": LIST}, r"made for actions Box.*this race has Discrete\(5\)"),
        (DiscretePolicy(), {"action_space": LIST[:4]}, r"made for actions Discrete\(5\), this race has Discrete\(4\)"),
        (DiscretePolicy(), {"action_space": None}, r"made for actions Discrete\(5\), this race has Box"),
    ],
    ids=["version", "observation", "observation space", "list", "length of the list", "no list"],
)
def test_policies_that_do_not_fit(circle, policy, kwargs, pattern):
    with pytest.raises(PolicyError, match=pattern) as caught:
        run_laps(policy, circle, starts=2, **kwargs)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"starts": 0}, {"laps": 0}, {"slowest": 0.0}], ids=str)
def test_numbers_that_make_no_race(circle, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        run_laps(straight, circle, **wrong)


def test_every_car_may_start_at_a_chosen_place(camp, steady):
    laps = run_laps(steady, camp, starts=3, record=True, start={"s": 2.0, "offset": 0.1, "heading": 0.0})
    first = np.array([path[0] for path in laps.paths])
    assert (first == first[0]).all()
    s, offset, _ = camp.project(*first[:, :2].T)
    assert abs(s[0] - 2.0) < 0.2 and abs(offset[0] - 0.1) < 0.05  # the nose, 14 cm ahead
