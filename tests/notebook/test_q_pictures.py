"""Pictures of an actor and its critic: what they draw, and what they tell those who cannot see them."""

from __future__ import annotations

import io

import gymnasium
import numpy as np
import pytest
from PIL import Image

from course_lib.notebook import q_pictures
from course_lib.notebook.picture import to_png

ANGLES = np.linspace(-30, 30, 61)
HILL = {"left": -((ANGLES - 20) ** 2), "right": -((ANGLES + 10) ** 2)}


def test_the_road_ahead_lies_where_the_car_sees_it():
    env = gymnasium.make("FirstLap/Race-v0", track="oval")
    state, _ = env.reset(seed=0, options={"s": 1.0, "offset": 0.1, "heading": 0.0})
    picture = q_pictures.road_ahead({"here": state}, choices=(-30, 0, 30), reach=30.0)
    axes = picture.axes[0]
    middle = axes.get_lines()[0].get_xydata()
    names = env.unwrapped.feature_names
    assert middle[0, 0] == pytest.approx(0.1, abs=0.02)  # left of the middle, so the middle is to the right
    look = {name: value for name, value in zip(names, state)}
    np.testing.assert_allclose(middle[2], [-0.5 * look["left_0.5m"], 0.5 * look["ahead_0.5m"]], atol=1e-6)
    assert len(axes.texts) == 3  # an arrow for each choice
    assert "3 arrows" in picture.alt and "30 degrees left" in picture.alt
    assert "arrows" not in q_pictures.road_ahead({"here": state}, choices=(), reach=30.0).alt


def test_the_dot_stands_on_its_curve():
    picture = q_pictures.over_the_angle(ANGLES, HILL, {"left": 0.0})
    left, dot, right = picture.axes[0].get_lines()
    np.testing.assert_array_equal(left.get_ydata(), HILL["left"])
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (0.0, -400.0)
    assert "left: highest at 20 degrees, the actor steers 0; right: highest at -10 degrees." in picture.alt


def test_the_film_has_a_picture_for_each_angle_on_the_way():
    film = q_pictures.climbing(ANGLES, HILL, {"left": [0, 10, 20], "right": [0, -5, -10]})
    assert Image.open(io.BytesIO(film.png)).n_frames == 3
    assert "left: from 0 to 20 degrees; right: from 0 to -10 degrees" in film.alt
    for ways in ({"left": [0, 1], "right": [0]}, {"left": []}, {}):
        with pytest.raises(ValueError, match="as many angles"):
            q_pictures.climbing(ANGLES, HILL, ways)


def test_against_says_how_many_dots_lie_above_the_line():
    picture = q_pictures.against({"seed 0": ([1, 2, 3, 4], [2, 3, 4, 3])}, "came", "promised")
    assert "seed 0: 75% of the dots lie above the line, by 0.50 on average" in picture.alt
    dots, line = picture.axes[0].get_lines()
    np.testing.assert_array_equal(dots.get_xydata(), [[1, 2], [2, 3], [3, 4], [4, 3]])
    np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())
    many = q_pictures.against({"": (np.arange(5000), np.arange(5000))}, "x", "y", most=100)
    assert len(many.axes[0].get_lines()[0].get_xdata()) == 100
    with pytest.raises(ValueError, match="2 and 1 values"):
        q_pictures.against({"": ([1, 2], [1])}, "x", "y")


def test_promises_tell_the_gap_of_each_seed():
    picture = q_pictures.promises({"one": [(3.0, 2.0), (2.5, 2.6)], "two": [(2.0, 2.0)]})
    assert "one: promise minus truth +1.00, -0.10; two: promise minus truth +0.00" in picture.alt
    assert [label.get_text() for label in picture.axes[0].get_xticklabels()] == ["one", "two"]


def test_diagrams_name_their_parts_and_are_drawn_without_a_warning():
    networks = q_pictures.two_networks(slots=24, reach=30.0)
    assert "24 + 1 numbers in" in "".join(text.get_text() for text in networks.axes[0].texts)
    loop = q_pictures.the_loop(["act\nstep 4", "draw", "learn", "follow"])
    assert loop.alt == "A loop of 4 boxes: act step 4; draw; learn; follow; and again."
    assert min(len(to_png(networks)), len(to_png(loop))) > 1000
