"""The closed line: its arc length, and the nearest point to any point, against shapely and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.sim.polyline import Polyline

SQUARE = np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)])
LINE = Polyline(SQUARE)
# Within a lookup cell of 4 cm two far parts of the line that are equally near, to 2 x 2.83 cm, can be confused.
CELL_DIAGONAL = 0.04 * np.sqrt(2)


def gaps(points: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """(k, n) distance of each of k points to each of n segments, by brute force."""
    a, b = points, np.roll(points, -1, axis=0)
    share = ((xy[:, None] - a) * (b - a)).sum(axis=2) / ((b - a) ** 2).sum(axis=1)
    nearest = a + np.clip(share, 0, 1)[..., None] * (b - a)
    return np.hypot(*(xy[:, None] - nearest).transpose(2, 0, 1))


def clear_cut(points: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """(k,) is the nearest segment nearer than all others but its neighbours, by more than a cell can confuse?"""
    distance = gaps(points, xy)
    k, n = np.arange(len(xy)), len(points)
    best = distance.argmin(axis=1)
    least = distance[k, best]
    for shift in (-1, 0, 1):
        distance[k, (best + shift) % n] = np.inf
    return distance.min(axis=1) - least > CELL_DIAGONAL


def assert_projects_like_shapely(line: Polyline, xy: np.ndarray) -> None:
    ring, dots = shapely.LinearRing(line.points), shapely.points(xy)
    s, offset, index = line.project(*xy.T)
    distance, along = shapely.distance(ring, dots), shapely.line_locate_point(ring, dots)
    sure = clear_cut(line.points, xy)
    error = np.abs(offset) - distance
    assert np.abs(error[sure]).max(initial=0) < 1e-9
    assert (error > -1e-9).all() and error.max() < CELL_DIAGONAL
    assert ((s >= 0) & (s < line.length)).all()
    apart = np.abs(s - along)[sure]
    # Equally near points of two neighbouring segments: there the point that is found must be as near as shapely's.
    tied = np.abs(np.hypot(*(line.at(along[sure]) - xy[sure]).T) - np.hypot(*(line.at(s[sure]) - xy[sure]).T)) < 1e-9
    near_bend = np.partition(gaps(line.points, xy[sure]), 1, axis=1)[:, :2]
    close = np.minimum(apart, line.length - apart) < 1e-6
    assert (close | (tied & (np.ptp(near_bend, axis=1) < 1e-6))).all()
    np.testing.assert_allclose(np.hypot(*(line.at(s) - xy).T), np.abs(offset), atol=1e-9)
    assert ((line.starts[index] <= s + 1e-12) | (s == 0)).all()


def test_a_square_by_hand():
    line = Polyline(SQUARE)
    assert line.length == 16 and line.signed_area == 16
    np.testing.assert_array_equal(line.starts, [0, 4, 8, 12])
    s, offset, index = line.project(np.array([1.0, 3.0, 4.5, -1.0]), np.array([0.5, -0.5, 1.0, 2.0]))
    np.testing.assert_allclose(s, [1, 3, 5, 14])
    np.testing.assert_allclose(offset, [0.5, -0.5, -0.5, -1])
    np.testing.assert_array_equal(index, [0, 0, 1, 3])
    np.testing.assert_allclose(line.at(np.array([0, 5, 16, -1, 33])), [(0, 0), (4, 1), (0, 0), (0, 1), (1, 0)])


def test_clockwise_turns_the_signs_round():
    line = Polyline(SQUARE[::-1])
    assert line.length == 16 and line.signed_area == -16
    s, offset, _ = line.project(1.0, 3.5)
    assert float(s) == pytest.approx(1) and float(offset) == pytest.approx(-0.5)


def test_the_corner_that_closes_the_line_has_arc_length_zero():
    s, offset, _ = Polyline(SQUARE).project(-0.3, -0.4)
    assert float(s) == 0.0 and float(offset) == pytest.approx(-0.5)


def test_any_shape_of_points():
    line = Polyline(SQUARE)
    for shape in ((), (3,), (2, 3), (0,)):
        assert all(part.shape == shape for part in line.project(np.ones(shape), np.ones(shape)))
        assert line.at(np.ones(shape)).shape == (*shape, 2)


def test_repeated_points_change_nothing():
    points = np.repeat(SQUARE, [3, 1, 2, 4], axis=0)
    line, plain = Polyline(points), Polyline(SQUARE)
    np.testing.assert_array_equal(line.points, SQUARE)
    xy = np.random.default_rng(0).uniform(-2, 6, (2, 500))
    for mine, theirs in zip(line.project(*xy), plain.project(*xy)):
        np.testing.assert_array_equal(mine, theirs)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(8, 24), st.integers(0, 10**6), st.booleans())
def test_any_star_shaped_line_projects_like_shapely(n, seed, clockwise):
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(n) / n
    points = rng.uniform(1.2, 2.5, n)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    line = Polyline(points[::-1] if clockwise else points)
    xy = rng.uniform(-5, 5, (400, 2))  # inside the lookup and beyond it
    assert_projects_like_shapely(line, xy)

    # Left of a counter-clockwise line is its inside. At a spike of more than 90 degrees the sides are not defined.
    leg = line.directions
    spike = (np.roll(leg, 1, axis=0) * leg).sum(axis=1) < 0
    sure = clear_cut(line.points, xy)
    nearest_corner = np.hypot(*(xy[:, None] - line.points).transpose(2, 0, 1))
    offset = line.project(*xy.T)[1]
    at_spike = (np.isclose(nearest_corner, np.abs(offset)[:, None], atol=1e-9) & spike).any(axis=1)
    inside = shapely.contains_xy(shapely.Polygon(points), *xy.T)
    use = sure & ~at_spike & (np.abs(offset) > 1e-9)
    assert use.sum() > 50
    np.testing.assert_array_equal((offset > 0)[use], (inside ^ clockwise)[use])


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(-100, 100))
def test_a_point_of_the_line_projects_onto_itself(s):
    back, offset, _ = LINE.project(*LINE.at(s))
    assert abs(float(offset)) < 1e-9
    apart = abs(float(back) - s % 16)
    assert min(apart, 16 - apart) < 1e-9


@pytest.mark.parametrize("distance", [10.0, 1e3, 1e6])
def test_points_far_away(distance):
    line, ring = Polyline(SQUARE), shapely.LinearRing(SQUARE)
    angle = np.linspace(0, 6, 50)
    x, y = 2 + distance * np.cos(angle), 2 + distance * np.sin(angle)
    s, offset, _ = line.project(x, y)
    np.testing.assert_allclose(offset, -shapely.distance(ring, shapely.points(x, y)), rtol=1e-12)
    np.testing.assert_allclose(np.hypot(*(line.at(s) - np.stack([x, y], axis=1)).T), -offset, rtol=1e-12)


def test_points_closer_together_than_a_lookup_cell():
    angle = 2 * np.pi * np.arange(2000) / 2000
    line = Polyline(2.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1))  # 6 mm apart
    rng = np.random.default_rng(0)
    angle, radius = rng.uniform(0, 2 * np.pi, 2000), rng.uniform(1.5, 2.5, 2000)
    s, offset, _ = line.project(radius * np.cos(angle), radius * np.sin(angle))
    np.testing.assert_allclose(offset, 2 - radius, rtol=0, atol=1e-5)
    apart = np.abs(s - 2 * angle)
    assert np.minimum(apart, line.length - apart).max() < 1e-3


def test_points_that_are_almost_repeated():
    # Four points a micrometre apart, in the middle of a lookup cell.
    points = np.insert(SQUARE, 1, [(2.02 + 1e-6 * k, 0.0) for k in range(4)], axis=0)
    x = np.linspace(1.9, 2.1, 401)
    s, offset, _ = Polyline(points).project(x, np.full(401, 0.2))
    np.testing.assert_allclose(s, x, rtol=0, atol=1e-5)
    np.testing.assert_allclose(offset, 0.2, rtol=0, atol=1e-9)
