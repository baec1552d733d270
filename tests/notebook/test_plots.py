"""The pictures are real PNG files; what is asked of them is what a reader must find in them."""
from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.collections import LineCollection, PolyCollection
from PIL import Image

from course_lib.notebook import plots
from course_lib.notebook.driven import COLOURS, drives_forward, outcome, text_on, travelled
from course_lib.sim.boxes import BoxError, Boxes
from course_lib.sim.laps import run_laps

TWO_BOXES = [(0.3, "left"), (0.7, "right")]  # those of the fixture `hits`


def history(updates: int = 5, every: int = 4096, rise: float = 1.0) -> list[dict]:
    return [{"steps": every * k, "seconds": 0.3 * k, "reward": 0.02 * rise * k, "value_loss": 1.0,
             "score": 20.0 * k if k % 2 == 0 else None} for k in range(1, updates + 1)]


def opened(figure) -> Image.Image:
    picture = Image.open(io.BytesIO(plots.to_png(figure)))
    picture.load()
    return picture


def panel(figure, label: str):
    return next(axes for axes in figure.axes if axes.get_ylabel() == label)


# Learning curve

def test_learning_curve_shows_each_known_value_against_steps_and_seconds():
    figure = plots.learning_curve(history(), goal=100, goal_label="all laps clean")
    score, reward = panel(figure, "score").lines[0], panel(figure, "mean reward per step").lines[0]
    np.testing.assert_allclose(score.get_xydata(), [[8192, 40], [16384, 80]])
    np.testing.assert_allclose(reward.get_xydata(), [[4096 * k, 0.02 * k] for k in range(1, 6)])
    assert reward.axes.get_xlabel() == "environment steps"
    figure.draw_without_rendering()
    above = panel(figure, "score").child_axes[0]
    assert above.get_xlabel() == "seconds of training"
    seconds = [float(tick.get_text()) for tick in above.get_xticklabels()]
    np.testing.assert_allclose(above.get_xticks(), np.array(seconds) / 0.3 * 4096)
    assert "all laps clean" in [text.get_text() for text in panel(figure, "score").texts]
    assert "score from 40 to 80" in figure.alt and "20,480 environment steps" in figure.alt


def test_learning_curve_without_scores_has_one_panel():
    rows = [row | {"score": None} for row in history()]
    assert [axes.get_ylabel() for axes in plots.learning_curve(rows).axes] == ["mean reward per step"]


def test_seeds_are_drawn_as_mean_and_band():
    figure = plots.learning_curve({"PPO": [history(rise=1), history(rise=2), history(updates=4, rise=6)],
                                   "none": history(rise=0)})
    axes = panel(figure, "mean reward per step")
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0.06, 0.12, 0.18, 0.24])  # as far as all of them got
    corners = axes.collections[0].get_paths()[0].vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == pytest.approx((0.02, 0.48))
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["PPO (3 seeds: mean, lowest to highest; 1.4 s)", "none (1.5 s)"]
    assert axes.lines[0].get_color() != axes.lines[1].get_color()
    assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()


@pytest.mark.parametrize("nothing", [[], {}, [[]], [{"steps": 1, "seconds": 1.0, "score": None}]])
def test_a_history_without_anything_to_draw_is_refused(nothing):
    with pytest.raises(ValueError, match="train for at least one update"):
        plots.learning_curve(nothing)


# Driven lines and speed

def test_driven_lines_colours_the_way_by_speed(camp, clean_laps):
    path = clean_laps.paths[0]
    figure = plots.driven_lines(camp, path)
    axes = figure.axes[0]
    coloured = next(c for c in axes.collections if isinstance(c, LineCollection) and c.get_array() is not None)
    drawn = np.array(coloured.get_segments())
    np.testing.assert_allclose(drawn[:, 0], path[:-1, :2])
    np.testing.assert_allclose(drawn[:, 1], path[1:, :2])
    np.testing.assert_allclose(coloured.get_array(), (path[1:, 3] + path[:-1, 3]) / 2)
    assert coloured.get_cmap().name == "viridis"
    assert axes.get_aspect() == 1 and axes.get_xlabel() == "x (m)"
    assert "speed (m/s)" in [a.get_ylabel() for a in figure.axes]
    assert "none left the road" in figure.alt


@pytest.mark.parametrize("direction", [1, -1])
def test_the_arrow_points_the_way_that_is_driven(camp, direction):
    path = run_laps(lambda world: np.zeros((1, 2)), camp, starts=1, direction=direction, record=True).paths[0]
    assert drives_forward(camp, path) == (direction == 1)
    axes = plots.driven_lines(camp, path).axes[0]
    arrow = next(text for text in axes.texts if text.arrow_patch is not None)
    pointing = np.array(arrow.xy) - np.array(arrow.xyann)
    assert np.sign(pointing @ camp.centre.directions[0]) == direction
    assert not camp.contains(*np.array([arrow.xy, arrow.xyann]).T).any()


def test_driven_lines_marks_cars_that_left_the_road_and_names_all(camp, crashes, clean_laps):
    figure = plots.driven_lines(camp, crashes.paths[:2] + clean_laps.paths[:1], ["<one>", "two", "three"])
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert sorted(labels) == ["1  <one>", "2  two", "3  three", "left the road"]
    crosses = next(line for line in figure.axes[0].lines if line.get_marker() == "x")
    np.testing.assert_allclose(crosses.get_xydata(), [path[-1, :2] for path in crashes.paths[:2]])
    assert "2 left the road" in figure.alt


def test_driven_lines_shows_boxes_and_who_hit_one(camp, hits, clean_laps):
    figure = plots.driven_lines(camp, hits.paths, boxes=TWO_BOXES)
    drawn = next(part for part in figure.axes[0].collections if isinstance(part, PolyCollection))
    shapes = [path.vertices[:4] for path in drawn.get_paths()]
    np.testing.assert_allclose(shapes, Boxes(camp, TWO_BOXES).corners)
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["hit a box"]
    crosses = next(line for line in figure.axes[0].lines if line.get_marker() == "x")
    np.testing.assert_allclose(crosses.get_xydata(), [path[-1, :2] for path in hits.paths])
    assert "none left the road, 3 hit one of 2 boxes." in figure.alt
    assert "box" not in plots.driven_lines(camp, clean_laps.paths).alt
    with pytest.raises(BoxError):
        plots.driven_lines(camp, hits.paths, boxes="two")


def test_speed_profile_breaks_at_the_start_line(camp, clean_laps):
    path = clean_laps.paths[0]
    line = plots.speed_profile(camp, path).axes[0].lines[0]
    s, speed = line.get_xydata().T
    gaps = np.isnan(s)
    assert gaps.sum() == 1  # it started somewhere on the lap
    np.testing.assert_allclose(speed[~gaps], path[:, 3])
    assert np.nanmax(np.abs(np.diff(s))) < 1.0


def test_speed_profile_tells_paths_apart_by_colour_and_dash(camp, clean_laps):
    lines = plots.speed_profile(camp, clean_laps.paths[:2], ["a", "b"]).axes[0].lines
    assert lines[0].get_color() != lines[1].get_color() and lines[0].get_linestyle() != lines[1].get_linestyle()


@pytest.mark.parametrize("draw", [plots.driven_lines, plots.speed_profile])
@pytest.mark.parametrize(("paths", "labels", "words"), [
    ([], None, "record=True"),
    ([np.zeros((5, 4))], None, r"Path 0 has the shape \(5, 4\)"),
    ([np.zeros((1, 6))], None, "at least two rows"),
    ([np.zeros((5, 6)), np.vstack([np.zeros((3, 6)), np.full(6, np.nan)])], None, "Path 1, row 3 is not finite"),
    ([np.zeros((5, 6))], ["a", "b"], "do not fit 1 paths"),
    ([np.zeros((5, 6))], "a", "do not fit 1 paths"),
])
def test_paths_that_cannot_be_drawn_are_refused_in_one_sentence(camp, draw, paths, labels, words):
    with pytest.raises(ValueError, match=words):
        draw(camp, paths, labels)


# Files and notebooks

def test_save_writes_an_opaque_png_with_its_description(tmp_path, camp, clean_laps):
    figure = plots.driven_lines(camp, clean_laps.paths)
    path = plots.save(figure, tmp_path / "größe 1.png")
    with Image.open(path) as picture:
        picture.load()
        assert picture.text["Description"] == figure.alt
        assert picture.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
        assert picture.size[0] == 780
    assert [file.name for file in tmp_path.iterdir()] == ["größe 1.png"]


def test_a_picture_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OSError):
        plots.save(plots.learning_curve(history()), tmp_path / "missing" / "curve.png")
    assert not list(tmp_path.iterdir())


def test_the_picture_is_the_same_under_a_dark_style():
    from matplotlib import style

    bright = opened(plots.learning_curve(history()))
    with style.context("dark_background"):
        dark = opened(plots.learning_curve(history()))
    assert np.array_equal(np.asarray(bright), np.asarray(dark))


def test_a_notebook_shows_png_with_alternative_text():
    figure = plots.learning_curve(history())
    data, metadata = DisplayFormatter().format(figure)
    assert data["image/png"].startswith("iVBORw0KGgo")
    assert metadata["image/png"]["alt"] == figure.alt
    assert data["text/plain"] == "<Picture size 720x510 with 2 Axes>"


def test_show_displays_once_with_the_given_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append((data, options)))
    plots.show(plots.learning_curve(history()), alt="My curve")
    ((data, options),) = shown
    assert data["image/png"].startswith("iVBORw0KGgo") and options["raw"]
    assert data["text/plain"] == options["metadata"]["image/png"]["alt"] == "My curve"


def test_drawing_leaves_pyplot_alone():
    code = ("import sys; from course_lib.notebook import plots\n"
            "plots.to_png(plots.learning_curve([{'steps': 1, 'seconds': 1.0, 'reward': 0.0}]))\n"
            "assert 'matplotlib.pyplot' not in sys.modules")
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


# What a path tells

def test_outcome_finds_the_lap_time_of_the_world(camp, clean_laps, crashes):
    for path, times in zip(clean_laps.paths, clean_laps.lap_times):
        assert outcome(camp, path) == ("finished", pytest.approx(times[0], abs=0.02))
        assert outcome(camp, path[:-20])[0] == "stopped"
    for path, seconds in zip(crashes.paths, crashes.seconds):
        assert outcome(camp, path) == ("off", pytest.approx(seconds))


def test_outcome_of_two_laps_the_other_way_round(camp, laps_backwards):
    for path, times in zip(laps_backwards.paths, laps_backwards.lap_times):
        assert not drives_forward(camp, path)
        assert outcome(camp, path) == ("finished", pytest.approx(times.sum(), abs=0.02))
        assert travelled(camp, path)[-1] == pytest.approx(2 * camp.length, abs=0.4)


def test_text_on_a_colour_can_be_read():
    assert [text_on(colour) for colour in (COLOURS[0], COLOURS[6], COLOURS[7])] == ["#FFFFFF", "#000000", "#FFFFFF"]
