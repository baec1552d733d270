"""Pictures of fitting: what they draw, and what they tell those who cannot see them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from course_lib.notebook.fits import MOST_FRAMES, cloud, rolling

X, Y = np.linspace(-1, 1, 9), 2 * np.linspace(-1, 1, 9)


def loss(slope: float) -> float:
    return float(np.mean((slope * X - Y) ** 2))


def test_a_cloud_has_every_point_and_each_curve_as_wide_as_the_points():
    picture = cloud(X, Y, {"double": lambda x: 2 * x, "flat": lambda x: 0.5}, x_label="left", y_label="steering")
    points, double, flat = picture.axes[0].get_lines()
    np.testing.assert_array_equal(points.get_xydata(), np.stack([X, Y], axis=1))
    np.testing.assert_allclose(double.get_ydata(), 2 * np.asarray(double.get_xdata()))
    assert (min(double.get_xdata()), max(double.get_xdata())) == (-1, 1)
    assert set(flat.get_ydata()) == {0.5}
    assert picture.alt == "9 points, steering against left, with double, flat drawn through them."
    assert cloud(X, Y, alt="Nine dots.").alt == "Nine dots."


def test_the_film_has_one_picture_for_each_slope_and_says_where_it_ends():
    film = rolling(X, Y, loss, [0.0, 1.0, 1.5], fps=5)
    picture = Image.open(io.BytesIO(film.png))
    assert picture.n_frames == 3
    frames = []
    for number in range(3):
        picture.seek(number)
        frames.append(np.asarray(picture.convert("RGB")).astype(int))
    left, right = (slice(40, None), slice(0, 360)), (slice(40, None), slice(400, None))
    for before, after in zip(frames, frames[1:]):
        for half in (left, right):  # the ball moves, and the line turns
            assert (np.abs(before[half] - after[half]).max(axis=-1) > 60).sum() > 50
    assert "in 2 steps, from slope 0.00 to 1.50" in film.alt
    assert film.seconds == pytest.approx(0.4)


def test_a_long_way_is_cut():
    film = rolling(X, Y, loss, np.zeros(MOST_FRAMES + 5))
    assert Image.open(io.BytesIO(film.png)).n_frames == MOST_FRAMES


def test_nothing_to_draw_is_said():
    with pytest.raises(ValueError, match="There are 9 x values and 8 y values"):
        cloud(X, Y[:8])
    with pytest.raises(ValueError, match="There are 0 x values"):
        cloud([], [])
    for slopes in ([], [0.0, np.inf]):
        with pytest.raises(ValueError, match="at least one finite number"):
            rolling(X, Y, loss, slopes)
