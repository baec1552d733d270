"""The shipped tracks: what the kept script makes, and roads that a car can drive."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import LinearRing, Polygon

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "data" / "tracks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.npy"))

_spec = importlib.util.spec_from_file_location("make_tracks", ROOT / "tools" / "make_tracks.py")
make_tracks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_tracks)


def load(name: str) -> np.ndarray:
    return np.load(FOLDER / f"{name}.npy", allow_pickle=False)


def catalogue() -> dict:
    return json.loads((FOLDER / "tracks.json").read_text(encoding="utf-8"))


def widths(rows: np.ndarray) -> np.ndarray:
    return np.hypot(*(rows[:, 2:4] - rows[:, 4:6]).T)


def steps(rows: np.ndarray) -> np.ndarray:
    return np.hypot(*np.diff(rows[:, :2], axis=0).T)


def turns(rows: np.ndarray) -> np.ndarray:
    """Change of direction at each row in radians, shape (n - 1,)."""
    legs = np.diff(rows[:, :2], axis=0)
    before = np.roll(legs, 1, axis=0)
    return np.arctan2(before[:, 0] * legs[:, 1] - before[:, 1] * legs[:, 0], (before * legs).sum(axis=1))


def curvatures(rows: np.ndarray) -> np.ndarray:
    """1 / radius of the circle through each row and its two neighbours, shape (n - 1,), left positive."""
    a = np.roll(rows[:-1, :2], 1, axis=0)
    c = np.roll(rows[:-1, :2], -1, axis=0)
    return 2 * np.sin(turns(rows)) / np.hypot(*(c - a).T)


def test_files_designs_and_catalogue_name_the_same_tracks():
    assert len(NAMES) >= 10
    assert NAMES == sorted(make_tracks.DESIGNS) == sorted(catalogue())
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)?", name) and len(name) <= 10 for name in NAMES)


def test_script_writes_exactly_the_shipped_files(tmp_path):
    folder = tmp_path / "Strecken für alle"
    make_tracks.write(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in FOLDER.iterdir())
    for name in NAMES:
        made = np.load(folder / f"{name}.npy", allow_pickle=False)
        np.testing.assert_allclose(load(name), made, rtol=0, atol=1e-9)
    assert json.loads((folder / "tracks.json").read_text(encoding="utf-8")) == catalogue()


def test_a_design_whose_arcs_do_not_fit_is_refused():
    square = [(0.0, 0.0, 1.5), (2.0, 0.0, 1.5), (2.0, 5.0, 0.5), (0.0, 5.0, 0.5)]
    with pytest.raises(ValueError, match=r"^box: the arcs at corners 0 and 1 need 1\.00 m more line"):
        make_tracks.rounded_polygon("box", square)


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_a_closed_evenly_spaced_loop(name):
    rows = load(name)
    assert rows.dtype == np.float64 and rows.ndim == 2 and rows.shape[1] == 6 and np.isfinite(rows).all()
    np.testing.assert_array_equal(rows[0], rows[-1])
    assert len(np.unique(rows[:-1], axis=0)) == len(rows) - 1
    assert 0.10 <= steps(rows).min() and steps(rows).max() <= 0.15
    assert steps(rows).max() < 1.02 * steps(rows).min()


@pytest.mark.parametrize("name", NAMES)
def test_centre_is_the_middle_and_borders_are_at_right_angles(name):
    rows = load(name)
    centre, inner, outer = rows[:-1, :2], rows[:-1, 2:4], rows[:-1, 4:6]
    np.testing.assert_allclose((inner + outer) / 2, centre, rtol=0, atol=1e-12)
    along = np.roll(centre, -1, axis=0) - np.roll(centre, 1, axis=0)
    across = inner - outer
    cosine = (along * across).sum(axis=1) / np.hypot(*along.T) / np.hypot(*across.T)
    assert np.abs(cosine).max() < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_width_is_as_designed(name):
    width = widths(load(name))
    designed = make_tracks.DESIGNS[name]["width"]
    if isinstance(designed, list):
        values = [value for _, value in designed]
        assert width.min() == pytest.approx(min(values), abs=0.01)
        assert width.max() == pytest.approx(max(values), abs=0.01)
        assert np.abs(np.diff(width)).max() < 0.05
    else:
        np.testing.assert_allclose(width, designed, rtol=0, atol=2e-4)
    assert width.min() >= 0.6 - 2e-4


@pytest.mark.parametrize("name", NAMES)
def test_inner_border_is_on_the_side_the_lap_turns_to(name):
    rows = load(name)
    direction = np.sign(turns(rows).sum())
    assert abs(turns(rows).sum()) == pytest.approx(2 * np.pi)
    along = np.roll(rows[:-1, :2], -1, axis=0) - rows[:-1, :2]
    to_inner = rows[:-1, 2:4] - rows[:-1, :2]
    side = along[:, 0] * to_inner[:, 1] - along[:, 1] * to_inner[:, 0]
    assert (np.sign(side) == direction).all()


@pytest.mark.parametrize("name", NAMES)
def test_borders_cross_neither_themselves_nor_each_other(name):
    rows = load(name)
    inner, outer = LinearRing(rows[:, 2:4]), LinearRing(rows[:, 4:6])
    assert inner.is_simple and outer.is_simple
    assert Polygon(outer, [inner]).is_valid
    assert Polygon(outer).contains(inner)
    assert inner.distance(outer) > 0.97 * widths(rows).min()


@pytest.mark.parametrize("name", NAMES)
def test_bends_are_wide_enough_for_the_car_and_for_the_borders(name):
    rows = load(name)
    radius = 1 / np.abs(curvatures(rows)).max()
    assert radius >= 0.75
    assert (1 / np.maximum(np.abs(curvatures(rows)), 1e-9) > widths(rows)[:-1] / 2 + 0.2).all()
    assert radius == pytest.approx(make_tracks.tightest_radius(name), rel=0.03)


@pytest.mark.parametrize("name", NAMES)
def test_curvature_rises_gradually(name):
    # A bare arc of 0.8 m would jump by 1.25 at its ends.
    curvature = curvatures(load(name))
    assert np.abs(np.diff(np.append(curvature, curvature[0]))).max() < 0.5


@pytest.mark.parametrize("name", NAMES)
def test_start_line_is_on_a_straight(name):
    rows = load(name)
    near = int(np.ceil(0.4 / steps(rows).mean()))
    assert np.abs(np.degrees(np.roll(turns(rows), near)[: 2 * near + 1])).max() < 0.5


@pytest.mark.parametrize("name", NAMES)
def test_neighbouring_stretches_of_road_keep_apart(name):
    rows = load(name)
    s = np.concatenate([[0.0], np.cumsum(steps(rows))])
    length, s = s[-1], s[:-1]
    apart = np.abs(s[:, None] - s)
    elsewhere = np.minimum(apart, length - apart) > 1.5
    for border in (rows[:-1, 2:4], rows[:-1, 4:6]):
        distance = np.hypot(*(border[:, None] - border).transpose(2, 0, 1))
        assert distance[elsewhere].min() >= 0.15


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_entry_tells_the_truth(name):
    entry, rows = catalogue()[name], load(name)
    assert set(entry) == {"title", "difficulty", "description", "length", "width"}
    assert entry["difficulty"] in {"easy", "medium", "hard"}
    assert entry["title"].replace(" ", "_").lower() == name
    assert entry["description"].endswith(".") and entry["description"].count(".") == 1
    assert entry["length"] == pytest.approx(steps(rows).sum(), abs=0.005 + 1e-9)
    assert entry["width"] == pytest.approx(widths(rows[:-1]).mean(), abs=0.005 + 1e-9)


def test_camp_has_the_dimensions_of_the_camp_mat():
    rows = load("camp")
    assert steps(rows).sum() == pytest.approx(17.7, abs=0.02)
    assert np.ptp(rows[:, 0]) < 7.4 and np.ptp(rows[:, 1]) < 4.6
    assert np.ptp(rows[:, 0]) - 0.76 <= 6.6 and np.ptp(rows[:, 1]) - 0.76 <= 3.8
    curvature = curvatures(rows)
    assert turns(rows).sum() > 0, "counter-clockwise"
    assert curvature.min() < -0.8, "a real bend to the right as well"
    assert 0.76 <= 1 / curvature.max() <= 0.8


def test_the_collection_has_variety():
    entries = catalogue()
    assert {entry["difficulty"] for entry in entries.values()} == {"easy", "medium", "hard"}
    assert any(turns(load(name)).sum() < 0 for name in NAMES), "a clockwise track"
    assert any(np.ptp(widths(load(name))) > 0.3 for name in NAMES), "a track of varying width"
    assert min(entry["width"] for entry in entries.values()) == 0.6
    assert max(entry["length"] for entry in entries.values()) > 39
