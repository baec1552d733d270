"""How the city is learnt and judged, and the driver that ships.

Its trips are long and a small difference in arithmetic, as between two processors, grows on the way; so what is asked
of it here is less than what was measured where it was trained.
"""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents import td3
from course_lib.notebook.city_pictures import TripTable, map_and_view, shipped_driver, ways
from course_lib.notebook.city_training import city_config, city_envs, city_score
from course_lib.sim.city_map import make_city
from course_lib.sim.city_runs import CityResults, run_city


def results(reached, steps, on_road) -> CityResults:
    n = len(reached)
    return CityResults(np.zeros((n, 3, 2)), np.array(reached), np.array(steps), np.array(on_road), *np.zeros((3, n)))


def test_half_of_the_cars_learn_in_the_main_city():
    envs = city_envs(8, others=(5, 6))
    assert [envs.world.cities[k].name for k in envs.world.city_of] == ["city 0", "city 5", "city 0", "city 6"] * 2
    assert envs.world.route == envs.world.start == "anywhere" and envs.world.max_steps == 300


@pytest.mark.parametrize(
    ("reached", "on_road", "score"),
    [([3, 3], [100, 100], 100.0), ([3, 0], [100, 100], 50.0), ([3, 3], [90, 90], 80.0), ([3, 3], [40, 40], 0.0)],
)
def test_the_score_counts_goals_and_what_is_missing_of_the_road_twice(reached, on_road, score):
    assert city_score(results(reached, [100, 100], on_road)) == pytest.approx(score)


def test_some_seconds_teach_it_to_stay_on_the_road_longer():
    untrained = td3.train(city_envs(16), city_config(steps=16, seconds=None, evaluate=None), 0).policy
    config = city_config(steps=24_000, seconds=None, warm_up=4_000, evaluate=None)
    trained = td3.train(city_envs(), config, 0).policy
    shares = [
        run_city(policy, make_city(), 16, max_steps=300, ways=False).road_share for policy in (untrained, trained)
    ]
    assert shares[1] > shares[0] + 0.1


def test_the_shipped_driver_finds_its_way_here_and_in_a_city_it_was_not_trained_in():
    policy, history = shipped_driver()
    assert policy.algorithm == "td3" and history[-1]["steps"] >= policy.trained["steps"] - 10_000
    at_home = run_city(policy, make_city(0), 12, seed=300, ways=False, max_steps=4000)
    assert at_home.reached.sum() >= 0.85 * 36 and at_home.road_share >= 0.9
    elsewhere = run_city(policy, make_city(3), 12, seed=300, ways=False, max_steps=4000)
    assert elsewhere.reached.sum() >= 0.7 * 36 and elsewhere.road_share >= 0.85


def test_pictures_and_tables_tell_what_they_show():
    city = make_city(0)
    trip = run_city(lambda world: np.zeros((1, 1)), city, max_steps=40, record=True, ways=False)
    assert map_and_view(city).alt.startswith("The map of city 0 with its goals")
    assert ways(city, {"straight on": trip}).alt.endswith("straight on: 0 goals.")
    table = TripTable({"straight on": trip})
    assert "0 of 3" in repr(table) and "straight on" in table._repr_html_() and "–" in repr(table)
