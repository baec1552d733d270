"""Trips through the city: what is counted, the shortest ways that a car can drive, and who may drive."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents import ppo
from course_lib.agents.training import make_envs
from course_lib.drivers.city_drivers import RandomDriver, ShortestWay, steer_at_the_goal
from course_lib.sim.city import City
from course_lib.sim.city_map import make_city
from course_lib.sim.city_runs import run_city
from course_lib.sim.city_ways import Ways
from course_lib.sim.laps import PolicyError


def straight_on(world):
    return np.zeros((world.n, 1))


@pytest.fixture(scope="module")
def lane() -> City:
    """A straight road of 40 px, 760 px long."""
    road = np.zeros((120, 800), bool)
    road[40:80, 20:780] = True
    return City(road, {"near": (200.0, 60.0), "far": (700.0, 60.0)}, (40.0, 60.0, 0.0), name="lane")


@pytest.fixture(scope="module")
def main_city() -> City:
    return make_city(0)


def test_a_trip_is_counted_step_by_step(lane):
    """Straight on from 40: within 30 px of 200 after 66 steps, of 700 after 316."""
    results = run_city(straight_on, lane, goals=list(lane.goals.values()), record=True)
    assert results.to_dict() == {
        "goals_reached": 2, "goals": 2, "trips": 1, "whole_trips": 1, "road_share": 1.0, "steps": 316,
        "path_ratio": pytest.approx(1.0, abs=0.03), "return": 316 * 0.5 + 2 * 50,
    }  # fmt: skip
    path = results.paths[0]
    assert path.shape == (317, 5) and path[-1].tolist() == [672.0, 60.0, 0.0, 50.5, 2.0]
    assert results.px[0] == 632.0 and results.all_reached.all()
    assert "2 of 2 goals" in repr(results)


def test_what_comes_after_the_end_of_a_trip_does_not_count(lane):
    """The first car is there while the other one still drives."""
    poses = [(600.0, 60.0, 0.0), (300.0, 60.0, 0.0)]
    results = run_city(straight_on, lane, 2, goals=[(700.0, 60.0)], pose=poses, record=True)
    assert results.steps.tolist() == [36, 186] and results.reached.tolist() == [1, 1]
    assert [len(path) for path in results.paths] == [37, 187]


def test_a_trip_that_is_cut_short_keeps_its_goals(lane):
    results = run_city(straight_on, lane, goals=list(lane.goals.values()), max_steps=100)
    assert results.reached.tolist() == [1] and not results.all_reached.any() and results.steps.tolist() == [100]
    assert results.px[0] == 132.0, "px count until the last goal that was reached"


def test_the_shortest_way_is_as_long_as_it_can_be_measured(lane):
    """Along the lane; and who looks the wrong way must find room to turn, which this lane does not have."""
    ways = Ways(lane)
    assert ways.px((700.0, 60.0), 40.0, 60.0, 0.0) == pytest.approx(632, abs=16)
    assert ways.moves((700.0, 60.0), *(np.array([value]) for value in (400.0, 60.0, np.pi)))[0] > 100


def test_the_follower_drives_the_shortest_ways(main_city):
    results = run_city(ShortestWay(), main_city, route="all")
    assert results.all_reached.all() and results.road_share > 0.98
    assert 0.9 <= results.path_ratio <= 1.1


def test_baselines_tell_how_hard_the_map_is(main_city):
    """Straight at the goals all are reached, and most of the way leads through houses; by chance none is."""
    at_goals = run_city(steer_at_the_goal, main_city, 10, ways=False)
    assert at_goals.all_reached.all() and at_goals.road_share < 0.4 and at_goals.returns.mean() < -2000
    by_chance = run_city(RandomDriver(0), main_city, 10, ways=False)
    assert by_chance.reached.sum() == 0 and np.isnan(by_chance.path_ratio)
    assert by_chance.to_dict()["path_ratio"] is None


def test_a_policy_of_the_race_is_refused():
    policy = ppo.train(make_envs("FirstLap/Race-v0", 2), ppo.Config(steps=32, hidden=(4,))).policy
    with pytest.raises(PolicyError, match="trained on FirstLap/Race-v0: the city needs one that sees it"):
        run_city(policy, make_city(0))
