"""Boxes: where they stand, who hits them (by hand and by shapely), who comes next, and where starts are left free."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.sim.boxes import BEYOND, LENGTH, RUN_UP, WIDTH, BoxError, Boxes
from course_lib.sim.track import Track, track_names

# The square's right side runs along +y at x = 2.5, from s = 2.5 to 7.5; its middle is a share of 0.25 of the lap.


def test_no_boxes(square):
    for nothing in (None, 0, []):
        boxes = Boxes(square, nothing)
        assert boxes.count == 0 and boxes.corners.shape == (0, 4, 2)
    s = np.array([3.0, 19.0])
    assert boxes.free(s, 1) is s


def test_places_by_hand(square):
    boxes = Boxes(square, [(0.25, "left"), (0.25, "right"), (0.75, 0.1), (1.0, 0.0)])
    np.testing.assert_allclose(boxes.x, [2.25, 2.75, -2.4, 0.0], atol=1e-9)
    np.testing.assert_allclose(boxes.y, [0.0, 0.0, 0.0, -2.5], atol=1e-9)
    np.testing.assert_allclose(boxes.s, [5.0, 5.0, 15.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(boxes.offset, [0.25, -0.25, 0.1, 0.0], atol=1e-9)
    # 0.4 m along the road, which is y here, and 0.5 m across; clockwise from the front left corner
    np.testing.assert_allclose(boxes.corners[0], [(2.0, 0.2), (2.5, 0.2), (2.5, -0.2), (2.0, -0.2)], atol=1e-9)
    np.testing.assert_allclose(boxes.corners[2], [(-2.15, -0.2), (-2.65, -0.2), (-2.65, 0.2), (-2.15, 0.2)], atol=1e-9)


@pytest.mark.parametrize("name", track_names())
def test_a_number_is_spread_evenly_left_and_right_in_turns(name, load_track):
    track = load_track(name)
    boxes = Boxes(track, 6)
    quarter = track.widths[track.table_index(boxes.s)] / 4
    np.testing.assert_allclose(boxes.offset, quarter * ([1, -1] * 3), atol=0.02)
    gaps = np.diff(boxes.s, append=boxes.s[0] + track.length)
    np.testing.assert_allclose(gaps, track.length / 6, atol=0.15)  # in a bend the nearest point is a little away
    assert boxes.s[0] > RUN_UP and track.length - boxes.s[-1] > RUN_UP, "the start line is free"


@pytest.mark.parametrize("asked", [3, [(0.2, "left"), (0.5, -0.1)], np.int64(2), [[0.2, np.float32(0.1)]]])
def test_plain_data_gives_the_same_boxes_again(square, asked):
    boxes = Boxes(square, asked)
    for again in (Boxes(square, json.loads(json.dumps(boxes.plain))), Boxes(square, boxes)):
        np.testing.assert_array_equal(again.corners, boxes.corners)


@pytest.mark.parametrize(
    "asked, words",
    [
        (True, "boxes is True"),
        (2.0, "boxes is 2.0"),
        ("left", "boxes is 'left'"),
        (-1, "boxes is -1: 0 to 12 fit"),
        (10**12, "0 to 12 fit round track 'square'"),
        ([0.5], "Box 1 of 1 is 0.5"),
        ([(0.1, "left"), (0.5, "left", 1)], "Box 2 of 2"),
        ([(1.01, "left")], "1.01 as its share"),
        ([(-0.01, "left")], "-0.01 as its share"),
        ([(float("nan"), "left")], "nan as its share"),
        ([("0.5", "left")], "'0.5' as its share"),
        ([(0.5, "middle")], "'middle' as its side"),
        ([(0.5, float("inf"))], "inf as its side"),
        ([(0.5, None)], "None as its side"),
        ([(0.25, "left"), (0.5, 0.51)], "Box 2 of 2 would stand 0.51 m from the centre line of track 'square'"),
        ([(0.25, "left"), (0.5, "left"), (0.26, 0.0)], "Box 1 of 3 and box 3 stand inside each other"),
        ([(k / 17, "left") for k in range(17)], "17 boxes leave no place to start"),
    ],
)
def test_bad_boxes_are_refused_in_one_sentence(square, asked, words):
    with pytest.raises(BoxError) as error:
        Boxes(square, asked)
    message = str(error.value)
    assert words in message and "\n" not in message and isinstance(error.value, ValueError)


def test_boxes_that_only_touch_may_stand(square):
    Boxes(square, [(0.25, "left"), (0.25, "right")])
    Boxes(square, [(0.25, "left"), (0.25 + 0.401 / 20, "left")])
    with pytest.raises(BoxError):
        Boxes(square, [(0.25, "left"), (0.25 + 0.399 / 20, "left")])


# Collisions. The box is that at x = 2.25, y = 0: from 2.0 to 2.5 and from -0.2 to 0.2


@pytest.fixture(scope="module")
def one(square):
    return Boxes(square, [(0.25, "left")])


@pytest.mark.parametrize(
    "x, y, degrees, hit",
    [
        (2.25, -0.355, 90, True),  # from below: the front edge is 0.16 m ahead of the origin
        (2.25, -0.365, 90, False),
        (2.25, 0.355, 90, True),  # in front of it, its back edge
        (2.25, 0.365, 90, False),
        (1.905, 0.0, 90, True),  # beside it: the sides are 0.10 m from the origin
        (1.895, 0.0, 90, False),
        (2.595, 0.0, 90, True),
        (2.605, 0.0, 90, False),
        (1.845, 0.0, 0, True),  # square on
        (1.835, 0.0, 0, False),
        (1.905, -0.355, 90, True),  # each corner
        (1.895, -0.355, 90, False),
        (1.905, -0.365, 90, False),
        (2.595, -0.355, 90, True),
        (2.605, -0.355, 90, False),
        (1.905, 0.355, 90, True),
        (2.595, 0.355, -90, True),
        (2.595, 0.365, -90, False),
        (2.25, 0.0, 33, True),  # wholly inside
        (2.0 - 0.19, 0.2 + 0.19, -45, False),  # a corner of the box within the car's circle, none of the car's inside
    ],
)
def test_a_collision_by_hand(one, x, y, degrees, hit):
    angle = np.radians([degrees])
    assert one.hit_by(np.array([x]), np.array([y]), np.cos(angle), np.sin(angle)).tolist() == [hit]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from(["camp", "grand_prix", "thread"]), st.integers(1, 6))
def test_collisions_are_those_of_shapely(load_track, seed, name, count):
    rng = np.random.default_rng(seed)
    boxes = Boxes(load_track(name), count)
    which, n = rng.integers(0, count, 200), 200
    x, y = boxes.x[which] + rng.uniform(-0.6, 0.6, n), boxes.y[which] + rng.uniform(-0.6, 0.6, n)
    heading = rng.uniform(-np.pi, np.pi, n)
    car = np.array([(0.16, 0.1), (0.16, -0.1), (-0.16, -0.1), (-0.16, 0.1)])
    turn = np.stack([np.cos(heading), np.sin(heading), -np.sin(heading), np.cos(heading)], axis=1).reshape(n, 2, 2)
    corners = car @ turn + np.stack([x, y], axis=1)[:, None]
    shapes = shapely.polygons(boxes.corners)
    assert shapely.area(shapes) == pytest.approx(LENGTH * WIDTH)
    inside = shapely.contains(shapes[:, None, None], shapely.points(corners)).any(axis=(0, 2))
    hits = boxes.hit_by(x, y, np.cos(heading), np.sin(heading))
    assert hits.tolist() == inside.tolist() and 0.1 < hits.mean() < 0.95


# Before and after


def test_the_boxes_before_and_after_by_hand(square):
    boxes = Boxes(square, [(0.75, "left"), (0.25, "right"), (0.5, 0.0)])  # at 15, 5 and 10 m
    s = np.array([0.0, 4.9, 5.1, 12.0, 15.1, 19.9])
    assert boxes.closest(s, np.ones(6, int)).tolist() == [[0, 1], [0, 1], [1, 2], [2, 0], [0, 1], [0, 1]]
    # The other way round they lie at 5, 15 and 10 m.
    assert boxes.closest(s, -np.ones(6, int)).tolist() == [[1, 0], [1, 0], [0, 2], [2, 1], [1, 0], [1, 0]]
    np.testing.assert_allclose(boxes.distances(1), [15, 5, 10])
    np.testing.assert_allclose(boxes.distances(-1), [5, 15, 10])
    assert Boxes(square, 1).closest(s, np.ones(6, int)).tolist() == [[0, 0]] * 6


# Starts


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=7), st.sampled_from([1, -1]))
def test_free_starts_leave_room_and_keep_their_order(square, shares, way):
    try:
        boxes = Boxes(square, [(share, "left") for share in shares])
    except BoxError:
        return
    s = np.linspace(0, square.length, 400, endpoint=False)
    starts = boxes.free(s, way)
    assert (np.diff(starts) >= 0).all() and (starts >= 0).all() and (starts < square.length).all()
    ahead = (boxes.distances(way)[:, None] - starts) % square.length
    assert (ahead > RUN_UP).all() and (square.length - ahead > BEYOND).all()
    steps = np.diff(starts)
    assert np.median(steps) <= square.length / 400 + 0.02, "evenly spread"


def test_a_track_keeps_its_own_left(square):
    """A file driven the other way round has its left on the other side."""
    there, back = Boxes(square, [(0.25, "left")]), Boxes(square.reversed(), [(0.75, "left")])
    np.testing.assert_allclose([there.x[0], there.y[0]], [2.25, 0.0], atol=1e-9)
    np.testing.assert_allclose([back.x[0], back.y[0]], [2.75, 0.0], atol=1e-9)
    assert isinstance(there.track, Track)
