"""Tracks: the twelve public ones against shapely, and what is refused."""

from __future__ import annotations

import gc
import io
import math
import re

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from public_tracks import LENGTHS

from course_lib.paths import data_dir
from course_lib.sim.track import CAR_WIDTH, Track, TrackError, track_catalogue, track_names


def borders(rows: np.ndarray) -> shapely.MultiLineString:
    return shapely.MultiLineString([rows[:, 2:4], rows[:, 4:6]])


def random_points(rows: np.ndarray, n: int, margin: float) -> np.ndarray:
    low, high = rows.reshape(-1, 2).min(axis=0) - margin, rows.reshape(-1, 2).max(axis=0) + margin
    return np.random.default_rng(1).uniform(low, high, (n, 2))


def second_nearest_lead(rows: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """(k,) m by which the centre line is nearer to a point than any part of it more than 0.4 m further along."""
    ring = shapely.LinearRing(rows[:, :2])
    s = shapely.line_locate_point(ring, shapely.points(xy))
    samples = np.arange(0, ring.length, 0.02)
    dots = shapely.get_coordinates(shapely.line_interpolate_point(ring, samples))
    lead = np.empty(len(xy))
    for i, (x, y) in enumerate(xy):
        apart = np.abs(samples - s[i])
        elsewhere = np.minimum(apart, ring.length - apart) > 0.4
        distance = np.hypot(dots[:, 0] - x, dots[:, 1] - y)
        lead[i] = distance[elsewhere].min() - distance.min()
    return lead


@pytest.mark.parametrize("name", LENGTHS)
def test_length_of_a_public_track(name, shared_track):
    track = shared_track(name)
    rows = track.rows[:, :2].tolist()
    assert abs(track.length - math.fsum(math.dist(a, b) for a, b in zip(rows, rows[1:]))) < 1e-3
    assert track.length == pytest.approx(LENGTHS[name], abs=0.006)
    assert track.waypoints == [tuple(row) for row in rows] and track.waypoints[0] == track.waypoints[-1]
    assert track.waypoint_distances[0] == 0 and track.waypoint_distances[-1] == pytest.approx(track.length, abs=1e-9)
    assert track.ccw is (name != "Albert") is shapely.LinearRing(rows).is_ccw


@pytest.mark.parametrize("name", LENGTHS)
def test_contains_is_shapelys_polygon(name, shared_track):
    track = shared_track(name)
    x, y = random_points(track.rows, 100_000, 0.5).T
    inner, outer = shapely.Polygon(track.rows[:, 2:4]), shapely.Polygon(track.rows[:, 4:6])
    road = outer.symmetric_difference(inner)  # outer minus inner, whichever of the two is the bigger one
    assert road.area == pytest.approx(abs(outer.area - inner.area))
    shapely.prepare(road)
    answer = track.contains(x, y)
    assert answer.dtype == bool and 0.05 < answer.mean() < 0.9
    differ = np.flatnonzero(answer != shapely.contains_xy(road, x, y))
    assert shapely.distance(borders(track.rows), shapely.points(x[differ], y[differ])).max(initial=0) < 0.01


def test_contains_far_away_and_in_any_shape(square):
    assert not square.contains(np.array([1e6, -1e6, 0, 0, 1e3]), np.array([0, 0, 1e6, -1e6, 1e3])).any()
    assert bool(square.contains(2.5, 0.0)) and not bool(square.contains(0.0, 0.0))
    assert square.contains(np.full((2, 3), 2.5), np.zeros((2, 3))).shape == (2, 3)


@pytest.mark.parametrize("name", LENGTHS)
def test_project_is_shapelys(name, shared_track):
    track = shared_track(name)
    near, far = random_points(track.rows, 600, 0.5), random_points(track.rows, 300, 30.0)
    lookup = shapely.box(*shapely.bounds(shapely.LineString(track.rows[:, :2]).buffer(1.3)))
    far = far[~shapely.contains_xy(lookup, *far.T)]
    xy = np.concatenate([near, far])
    ring, dots = shapely.LinearRing(track.rows[:, :2]), shapely.points(xy)
    s, offset, index = track.project(*xy.T)
    distance, along = shapely.distance(ring, dots), shapely.line_locate_point(ring, dots)
    # Only off the road, where two parts of it are equally near to a lookup cell of 4 cm, may the other one be found.
    sure = np.concatenate([second_nearest_lead(track.rows, near) > 0.06, np.ones(len(far), bool)]) | track.contains(
        *xy.T
    )
    assert sure.mean() > 0.7 and len(far) > 100
    assert np.abs(np.abs(offset) - distance)[sure].max() < 1e-9
    assert np.abs(np.abs(offset) - distance).max() < 0.06
    apart = np.abs(s - along)[sure]
    far_off = np.minimum(apart, track.length - apart) > 1e-6
    # At a bend's bisector two neighbouring segments are equally near.
    assert far_off.mean() < 0.01
    np.testing.assert_allclose(np.hypot(*(track.centre.at(s) - xy).T), np.abs(offset), atol=1e-9)
    inside = shapely.contains_xy(shapely.Polygon(ring), *xy.T)
    clear = sure & (np.abs(offset) > 1e-6)
    np.testing.assert_array_equal((offset > 0)[clear], (inside == track.ccw)[clear])
    start = track.centre.starts[index]
    on_segment = (start <= s + 1e-9) & (s <= start + track.centre.segment_lengths[index] + 1e-9)
    assert (on_segment | (s == 0)).all() and (s < track.length).all()


@pytest.mark.parametrize("name", LENGTHS)
def test_widths_are_between_nearest_border_points(name, shared_track):
    track = shared_track(name)
    inner, outer = shapely.LinearRing(track.rows[:, 2:4]), shapely.LinearRing(track.rows[:, 4:6])
    for k in range(0, track.table_length, track.table_length // 40):
        dot = shapely.Point(track.points_x[k], track.points_y[k])
        ends = [ring.interpolate(ring.project(dot)) for ring in (inner, outer)]
        assert track.widths[k] == pytest.approx(ends[0].distance(ends[1]), abs=1e-6)
    assert track.widths.min() <= track.width <= track.widths.max()


@pytest.mark.parametrize("where", ["everywhere", "at the start", "at the end"])
def test_repeated_rows_change_nothing(where, shared_track):
    plain = shared_track("reinvent_base")
    times = np.ones(len(plain.rows), dtype=int)
    if where == "everywhere":
        times[1:-1:3] = 2
        times[2:-1:3] = 3
    else:
        times[0 if where == "at the start" else -1] = 3
    twice = Track(np.repeat(plain.rows, times, axis=0), "repeated")
    assert len(twice.waypoints) == len(twice.rows) > len(plain.rows)
    assert twice.length == plain.length and twice.width == plain.width
    x, y = random_points(plain.rows, 2000, 0.3).T
    np.testing.assert_array_equal(twice.contains(x, y), plain.contains(x, y))
    for mine, theirs in zip(twice.project(x, y), plain.project(x, y)):
        np.testing.assert_array_equal(mine, theirs)
    for table in ("points_x", "points_y", "headings", "curvature", "widths"):
        np.testing.assert_array_equal(getattr(twice, table), getattr(plain, table))


def test_reversed_is_the_same_road(shared_track):
    track = shared_track("reinvent_base")
    back = track.reversed()
    assert back.ccw is not track.ccw and back.length == pytest.approx(track.length, abs=1e-9)
    x, y = random_points(track.rows, 3000, 0.2).T
    x, y = x[track.contains(x, y)], y[track.contains(x, y)]
    assert back.contains(x, y).mean() == 1.0
    (s, offset, _), (s_back, offset_back, _) = track.project(x, y), back.project(x, y)
    np.testing.assert_allclose(offset_back, -offset, atol=1e-9)
    np.testing.assert_allclose(np.sin((s + s_back) * np.pi / track.length), 0, atol=1e-6)
    np.testing.assert_array_equal(back.reversed().rows, track.rows)


def test_swapped_borders_are_the_same_road(circle):
    swapped = Track(circle.rows[:, [0, 1, 4, 5, 2, 3]], "swapped")
    x, y = random_points(circle.rows, 5000, 0.2).T
    np.testing.assert_array_equal(swapped.contains(x, y), circle.contains(x, y))


def test_tables_of_a_circle(circle):
    assert (
        circle.ccw
        and circle.length == pytest.approx(4 * np.pi, abs=1e-3)
        and circle.width == pytest.approx(0.8, abs=1e-3)
    )
    angle = np.arange(circle.table_length) * 0.01 / 2
    np.testing.assert_allclose(
        np.hypot(circle.points_x - 2 * np.cos(angle), circle.points_y - 2 * np.sin(angle)), 0, atol=2e-3
    )
    np.testing.assert_allclose(np.cos(circle.headings - angle - np.pi / 2), 1, atol=1e-3)
    np.testing.assert_allclose(circle.curvature, 0.5, atol=0.03)
    np.testing.assert_allclose(circle.widths, 0.8, atol=1e-3)


def test_curvature_is_positive_to_the_left(circle):
    assert circle.curvature.mean() > 0.49
    assert circle.reversed().curvature.mean() < -0.49


def test_table_index_is_the_nearest_entry_and_wraps(square):
    s = np.concatenate([np.linspace(-20, 40, 1201) + 0.003, [0, 20, 40, -20, 19.996, -0.001, -0.3]])
    wanted = np.rint(s / 0.01).astype(int) % 2000
    np.testing.assert_array_equal(square.table_index(s), wanted)
    assert square.table_index(np.zeros((2, 3))).shape == (2, 3)


def test_clearance_is_the_distance_to_the_border(square):
    xy = random_points(square.rows, 2000, 0.0)
    clearance, on = square.clearance.at(*xy.T), square.contains(*xy.T)
    distance = shapely.distance(borders(square.rows), shapely.points(xy))
    np.testing.assert_allclose(clearance[on], distance[on], atol=0.02)
    assert (clearance[~on] == 0).all()


# What is refused


def good_rows() -> np.ndarray:
    angle = np.radians(np.arange(0, 361, 10) % 360)
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.hstack([2.0 * unit, 1.6 * unit, 2.4 * unit])


def figure_eight(angles: np.ndarray) -> np.ndarray:
    centre = np.stack([3 * np.sin(angles), 1.5 * np.sin(2 * angles)], axis=1)
    along = np.stack([3 * np.cos(angles), 3 * np.cos(2 * angles)], axis=1)
    left = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.hypot(*along.T)[:, None]
    rows = np.hstack([centre, centre + 0.3 * left, centre - 0.3 * left])
    rows[-1] = rows[0]
    return rows


def changed(row: int, column: int, value: float) -> np.ndarray:
    rows = good_rows()
    rows[row, column] = value
    return rows


def with_columns(columns: slice, values) -> np.ndarray:
    rows = good_rows()
    rows[:, columns] = values
    return rows


def narrow_at(row: int) -> np.ndarray:
    rows = good_rows()
    rows[row - 2 : row + 3, 2:4] = rows[row - 2 : row + 3, :2] * 0.97
    rows[row - 2 : row + 3, 4:6] = rows[row - 2 : row + 3, :2] * 1.03
    return rows


BAD_ROWS = {
    "one dimension": (np.zeros(6), r"shape \(6,\).*\(n, 6\)"),
    "five columns": (good_rows()[:, :5], r"shape \(37, 5\).*\(n, 6\)"),
    "three dimensions": (good_rows()[None], r"shape \(1, 37, 6\)"),
    "three rows": (good_rows()[:3], "n >= 4"),
    "no rows": (np.zeros((0, 6)), "n >= 4"),
    "text": (good_rows().astype(str), "must hold numbers"),
    "complex numbers": (good_rows() + 0j, "must hold numbers"),
    "yes and no": (good_rows() > 0, "must hold numbers"),
    "not a number": (changed(5, 3, np.nan), "row 5 is not finite"),
    "infinite": (changed(7, 0, -np.inf), "row 7 is not finite"),
    "open": (good_rows()[:-1], r"is open: its last row is 0\.35 m from its first"),
    "one point": (np.ones((8, 6)), "fewer than three different"),
    "two points": (
        np.tile([[0.0, 0, 0, 1, 0, -1], [5, 0, 5, 1, 5, -1]], (4, 1))[[0, 1, 2, 3, 4, 5, 6, 0]],
        "fewer than three",
    ),
    "a figure of eight": (figure_eight(np.linspace(0, 2 * np.pi, 65) + 0.01), "crosses itself near x="),
    "a figure of eight through a row": (figure_eight(np.linspace(0, 2 * np.pi, 65)), "cross"),
    "a centre line that crosses itself": (
        good_rows()[[*range(10), 12, 11, 10, *range(13, 37)]],
        "crosses itself near x=",
    ),
    "borders that cross": (changed(9, 3, 2.6), "inner and outer border cross"),
    "narrower than a car": (narrow_at(18), r"is 0\.1\d m wide 6\.\d m after its start"),
    "no borders": (with_columns(slice(2, 6), 0.0), "border"),
    "an inner border that is one point": (with_columns(slice(2, 4), 0.5), "inner border"),
    "borders beside each other": (with_columns(slice(4, 6), good_rows()[:, 2:4] + 6), "border"),
    "a centre line beside the road": (with_columns(slice(0, 2), good_rows()[:, :2] + [20, 0]), "centre line"),
    "a centre line that leaves the road": (changed(9, 1, 2.9), "centre line"),
    "not in metres": (good_rows() * 1e9, "metres"),  # in centimetres it would fill the memory, which is no test
}


def one_sentence(error: Exception, *parts: str) -> None:
    message = str(error)
    assert "\n" not in message and message[-1] in ".?" and not re.search(r"[.!?]\)? [A-Z]", message), message
    assert any(part in message for part in parts), message


@pytest.mark.parametrize("what", BAD_ROWS)
def test_bad_rows_are_refused_in_one_sentence(what, tmp_path):
    rows, pattern = BAD_ROWS[what]
    with pytest.raises(TrackError, match=pattern) as caught:
        Track(rows, "mine")
    one_sentence(caught.value, "mine")
    path = tmp_path / "Große Strecke.npy"
    np.save(path, rows)
    with pytest.raises(TrackError, match=pattern) as caught:
        Track.load(path)
    one_sentence(caught.value, "Große Strecke")


def test_a_car_wide_road_is_wide_enough():
    rows = good_rows()
    rows[:, 2:4], rows[:, 4:6] = rows[:, :2] * 0.94, rows[:, :2] * 1.06
    assert Track(rows).widths.min() > CAR_WIDTH


def test_whole_numbers_and_lists_are_rows_too(square):
    track = Track((square.rows * 2).astype(int).tolist())
    assert track.length == 40 and track.width == 2


def npy(rows: np.ndarray, **kwargs) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, rows, **kwargs)
    return buffer.getvalue()


def npz(rows: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, rows)
    return buffer.getvalue()


BAD_FILES = {
    "empty": b"",
    "text": b"x,y\n1.0,2.0\n",
    "cut off in the numbers": npy(good_rows())[:500],
    "cut off in the header": npy(good_rows())[:60],
    "a broken header": npy(good_rows()).replace(b"'descr'", b"'descr(", 1),
    "a header without its end": npy(good_rows()).replace(b"}", b"(", 1),
    "a header that promises terabytes": npy(good_rows()).replace(b"(37, 6), }          ", b"(999999999999, 6), }", 1),
    "pickled objects": npy(np.array([[None] * 6] * 5, dtype=object), allow_pickle=True),
    "almost a zip": b"PK\x03\x04 and so on",
    "several arrays": npz(good_rows()),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_files_that_hold_no_track(what, tmp_path):
    path = tmp_path / "mine.npy"
    path.write_bytes(BAD_FILES[what])
    with pytest.raises(TrackError) as caught:
        Track.load(path)
    one_sentence(caught.value, "mine.npy", "'mine'")
    assert "allow_pickle" not in str(caught.value) and "unsafe" not in str(caught.value)
    del caught
    gc.collect()  # a file left open would warn here


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 175), st.binary(min_size=1, max_size=4), st.booleans())
def test_a_damaged_file_raises_nothing_else(tmp_path_factory, place, damage, cut):
    data = npy(np.zeros((8, 6)))  # even undamaged it is no track
    path = tmp_path_factory.getbasetemp() / "damaged.npy"
    path.write_bytes(data[:place] if cut else data[:place] + damage + data[place + len(damage) :])
    with pytest.raises(TrackError, match="damaged"):
        Track.load(path)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "nowhere.npy", tmp_path / "folder.npy"):
        if path.stem == "folder":
            path.mkdir()
        with pytest.raises(TrackError) as caught:
            Track.load(path)
        one_sentence(caught.value, str(path))


@pytest.mark.parametrize(("typed", "meant"), [("kamp", "camp"), ("Hairpin", "hairpin"), ("grandprix", "grand_prix")])
def test_an_unknown_name_suggests_the_nearest(typed, meant):
    with pytest.raises(TrackError, match=rf"{typed}.*did you mean '{meant}'\?") as caught:
        Track.load(typed)
    one_sentence(caught.value, typed)


def test_a_name_like_no_other_lists_them_all():
    with pytest.raises(TrackError, match="camp, ") as caught:
        Track.load("qqqq")
    one_sentence(caught.value, "qqqq")
    assert all(name in str(caught.value) for name in track_names())


def test_shipped_tracks_load_by_name_and_by_path(load_track, tmp_path):
    assert len(track_names()) >= 8 and "camp" in track_names()
    assert track_names() == sorted(track_catalogue())
    camp = load_track("camp")
    assert camp.length == pytest.approx(17.7, abs=0.05) and camp.width == pytest.approx(0.76, abs=0.005)
    assert repr(camp) == "Track('camp', length=17.70 m, width=0.76 m)"
    copy = tmp_path / "my track ü.npy"
    copy.write_bytes((data_dir() / "tracks" / "camp.npy").read_bytes())
    for path in (copy, str(copy)):
        loaded = Track.load(path)
        assert loaded.name == "my track ü"
        np.testing.assert_array_equal(loaded.rows, camp.rows)


def test_a_file_is_read_anew_only_when_it_has_changed(tmp_path):
    assert Track.load("oval") is Track.load("oval")
    file = tmp_path / "own.npy"
    np.save(file, Track.load("oval").rows)
    first = Track.load(file)
    assert Track.load(file) is first
    np.save(file, first.rows * 1.5)  # as long in bytes, and perhaps within the same tick of the clock
    assert Track.load(file).length == pytest.approx(1.5 * first.length)
    with pytest.raises(ValueError, match="read-only"):
        first.rows[0, 0] = 0.0
