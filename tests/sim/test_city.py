"""Cities: the rules that every map keeps, counted a second time; ways by road; painting; and bad maps."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy import ndimage

from course_lib.sim.city import CELL, City, CityError
from course_lib.sim.city_map import make_city
from course_lib.sim.city_ways import arrivals, reachable

SEEDS = (0, 1, 2, 3, 4)
city_of = functools.cache(make_city)
of_seeds = pytest.mark.parametrize("seed", SEEDS)


def corridor(**changes) -> City:
    """A straight road of 40 px, 400 px long, with a goal near its right end."""
    road = np.zeros((120, 440), bool)
    road[40:80, 20:420] = True
    return City(**{"road": road, "goals": {"end": (400.0, 60.0)}, "start": (40.0, 60.0, 0.0), "name": "lane"} | changes)


@of_seeds
def test_size_share_of_road_and_goals(seed):
    city = city_of(seed)
    assert (city.width, city.height) == (1430, 660)
    assert 0.18 <= city.road_share <= 0.22
    assert len(city.goals) == 10 and all(city.on_road(*place) for place in city.goals.values())
    places = np.array([*city.goals.values(), city.start[:2]])
    gaps = np.hypot(*(places[:, None] - places).T) + 1e9 * np.eye(len(places))
    assert gaps.min() >= 150


@of_seeds
def test_streets_are_as_wide_as_they_should_be(seed):
    """Twice the distance to the nearest border, in the middle of each street, away from its crossings."""
    city = city_of(seed)
    inside = ndimage.distance_transform_edt(city.road)
    for line in city.streets:
        middle = line[22:38]
        widths = 2 * inside[middle[:, 1].astype(int), middle[:, 0].astype(int)]
        assert 23 <= np.median(widths) <= 41, np.median(widths)


@of_seeds
def test_all_road_hangs_together(seed):
    assert ndimage.label(city_of(seed).road, np.ones((3, 3)))[1] == 1


@of_seeds
def test_there_are_roundabouts(seed):
    """Islands: small round pieces without road, all around them road."""
    city = city_of(seed)
    pieces, count = ndimage.label(~city.road)
    sizes = ndimage.sum(np.ones_like(pieces), pieces, range(1, count + 1))
    round_ones = 0
    for number, size in enumerate(sizes, start=1):
        rows, columns = np.nonzero(pieces == number) if size < 4000 else (np.zeros(0), np.zeros(0))
        if len(rows) > 100:
            across = max(np.ptp(rows), np.ptp(columns)) + 1
            round_ones += size > 0.7 * np.pi / 4 * across**2
    assert round_ones >= 2 and len(city.roundabouts) >= 2


@of_seeds
def test_there_are_dead_ends_and_no_goal_lies_there(seed):
    """On a circle round a blind street's end there is road in one piece only: the way back."""
    city = city_of(seed)
    angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    blind = 0
    for x, y in city.dead_ends:
        circle = city.on_road(x + 30 * np.cos(angles), y + 30 * np.sin(angles))
        pieces = int((circle & ~np.roll(circle, 1)).sum())
        blind += pieces == 1
        assert min(np.hypot(x - gx, y - gy) for gx, gy in city.goals.values()) >= 150
    assert blind >= 3


@of_seeds
def test_streets_are_curved(seed):
    detours = []
    for line in city_of(seed).streets:
        length = np.hypot(*np.diff(line, axis=0).T).sum()
        detours.append(length / np.hypot(*(line[-1] - line[0])))
    assert np.mean(np.array(detours) > 1.01) > 0.8


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_every_goal_is_reached_from_every_other_one(seed):
    city = city_of(seed)
    first = arrivals(city, *city.start)
    assert set(first) == set(city.goals)
    for pose in first.values():
        assert set(arrivals(city, *pose)) == set(city.goals)


def test_the_same_seed_gives_the_same_city():
    one, other = make_city(1), city_of(1)
    assert np.array_equal(one.road, other.road) and one.goals == other.goals and one.start == other.start
    assert not np.array_equal(one.road, city_of(2).road)
    with pytest.raises(ValueError, match="seed is -1"):
        make_city(-1)


def test_a_car_cannot_turn_round_in_a_street():
    lane = corridor()
    assert set(arrivals(lane, 200.0, 60.0, 0.0)) == {"end"}
    assert arrivals(lane, 200.0, 60.0, 180.0) == {}
    assert not reachable(lane), "nobody comes back from the end"


def test_ways_by_road():
    lane = corridor()
    away = lane.distances_to(*lane.goals["end"])
    assert away[60 // CELL, 40 // CELL] == pytest.approx(360, abs=10)
    assert np.isinf(away[10 // CELL, 40 // CELL])
    city = city_of(0)
    away = city.distances_to(*city.goals["school"])
    for x, y in city.goals.values():
        straight = np.hypot(x - city.goals["school"][0], y - city.goals["school"][1])
        assert straight - 10 <= away[int(y) // CELL, int(x) // CELL] < 6 * straight + 20
    with pytest.raises(CityError, match="px from the nearest road"):
        lane.distances_to(200.0, 5.0)


def test_painting_changes_the_road_and_the_ways():
    lane = corridor()
    lane.paint(200, 60, 30, road=False)
    assert not lane.on_road(200, 60) and np.isinf(lane.distances_to(400, 60)[60 // CELL, 40 // CELL])
    lane.paint(200, 60, 30)
    assert lane.on_road(200, 60) and np.isfinite(lane.distances_to(400, 60)[60 // CELL, 40 // CELL])
    with pytest.raises(CityError, match="the goal end would lie off the road"):
        lane.paint(400, 60, 20, road=False)
    assert lane.on_road(400, 60)
    with pytest.raises(CityError, match="radius is 0"):
        lane.paint(10, 10, 0)


def test_nothing_beyond_the_map_is_road():
    lane = corridor(road=np.ones((120, 440), bool))
    assert lane.on_road([0, 439.9, -0.1, 440, 5, 5], [5, 5, 5, 5, -1, 120]).tolist() == [True, True] + [False] * 4


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"road": np.zeros((120, 440), bool)}, "lane: the map has no road"),
        ({"road": np.ones((10, 10), bool)}, "at least 80 x 80 pixels"),
        ({"road": np.ones((3, 120, 440), bool)}, "the mask has the shape"),
        ({"goals": {"end": (400.0, 10.0)}}, r"the goal end at \(400, 10\) is not on the road"),
        ({"goals": {}}, "no goal"),
        ({"start": (5.0, 5.0, 0.0)}, r"the start \(5, 5\) is not on the road"),
    ],
)
def test_bad_maps(changes, said):
    with pytest.raises(CityError, match=said):
        corridor(**changes)
