"""Pictures of fitting: a cloud of points with curves through it, and a film of a slope that rolls into its valley."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg

from course_lib.notebook.driven import COLOURS, INK
from course_lib.notebook.episodes import EpisodeReplay, moving
from course_lib.notebook.picture import DASHES, Picture, blank, legend, plain
from course_lib.notebook.replay import LAST

POINT = "#7A8288"  # of the cloud: quieter than what is drawn through it
FINE = 200  # points of a curve
MOST_FRAMES = 120  # a notebook must stay small


@style.context("default")
def cloud(
    x: Sequence[float],
    y: Sequence[float],
    curves: Mapping[str, Callable[[np.ndarray], np.ndarray]] | None = None,
    *,
    x_label: str = "",
    y_label: str = "",
    title: str | None = None,
    height: float = 3.4,
    alt: str | None = None,
) -> Picture:
    """A dot for each pair (x, y), and curves through the cloud.

    Args:
        x, y: as many of each.
        curves: label -> function of an array of x values.
        height: in units of 100 px; the width is 720 px.

    Raises:
        ValueError: the numbers of x and y differ, or there are none.
    """
    x, y = _checked(x, y)
    figure = blank(7.2, height, title)
    _draw_cloud(figure.subplots(), x, y, curves or {}, x_label, y_label)
    through = f", with {', '.join(curves)} drawn through them" if curves else ""
    figure.alt = alt or f"{len(x)} points, {y_label or 'y'} against {x_label or 'x'}{through}."
    return figure


@style.context("default")
def rolling(
    x: Sequence[float],
    y: Sequence[float],
    loss: Callable[[float], float],
    slopes: Sequence[float],
    *,
    x_label: str = "",
    y_label: str = "",
    fps: float = 4,
) -> EpisodeReplay:
    """A film of gradient descent on one slope: on the left the valley with a ball in it, on the right the line.

    Args:
        x, y: the cloud.
        loss: slope -> loss of the line ``slope * x``.
        slopes: where the ball is, one picture each; of more than 120 the first ones are shown.
        fps: pictures per second.

    Raises:
        ValueError: the numbers of x and y differ, or there is no slope, or one that is not finite.
    """
    x, y = _checked(x, y)
    slopes = np.asarray(slopes, dtype=np.float64)[:MOST_FRAMES]
    if slopes.ndim != 1 or not len(slopes) or not np.isfinite(slopes).all():
        raise ValueError("The slopes must be a list of at least one finite number.")
    losses = np.array([float(loss(slope)) for slope in slopes])
    low, high = slopes.min(), slopes.max()
    room = max(0.6 * (high - low), 1.0)
    floor = np.linspace(low - 0.15 * room, high + room, FINE)
    valley = [float(loss(slope)) for slope in floor]
    figure = blank(7.2, 3.1, " ")
    left, right = figure.subplots(1, 2)
    plain(left)
    left.plot(floor, valley, color=COLOURS[0], linewidth=2)
    left.set(xlabel="slope", ylabel="loss", ylim=(0, 1.05 * max(valley)))
    trail = left.plot([], [], "o", markersize=4, color=COLOURS[1], alpha=0.5)[0]
    ball = left.plot([], [], "o", markersize=10, color=COLOURS[1])[0]
    _draw_cloud(right, x, y, {"line": lambda x: slopes[0] * x}, x_label, y_label)
    right.get_legend().remove()
    line = right.get_lines()[-1]
    line.set_color(COLOURS[1])
    limits = max(1.0, np.abs(y).max()) * 1.5
    right.set_ylim(-limits, limits)
    frames = []
    for step, (slope, height) in enumerate(zip(slopes, losses)):
        trail.set_data(slopes[:step], losses[:step])
        ball.set_data([slope], [height])
        line.set_ydata(slope * np.asarray(line.get_xdata()))
        figure.suptitle(f"step {step}:  slope {slope:.2f},  loss {height:.3f}", fontsize=12, color=INK)
        frames.append(_pixels(figure))
    alt = (
        f"A ball rolls down a valley of the loss in {len(slopes) - 1} steps, from slope {slopes[0]:.2f} to "
        f"{slopes[-1]:.2f}; beside it the line with that slope turns towards the cloud of points."
    )
    return moving(frames, [1 / fps] * (len(frames) - 1) + [LAST], alt, "gradient descent")


def _draw_cloud(axes, x: np.ndarray, y: np.ndarray, curves: Mapping, x_label: str, y_label: str) -> None:
    plain(axes)
    axes.plot(x, y, "o", markersize=4, color=POINT, alpha=0.6, markeredgewidth=0)
    along = np.linspace(x.min(), x.max(), FINE)
    for number, (label, curve) in enumerate(curves.items()):
        up = np.broadcast_to(np.asarray(curve(along), dtype=np.float64), along.shape)
        axes.plot(along, up, linestyle=DASHES[number % 8], linewidth=2.2, color=COLOURS[number % 8], label=label)
    axes.set(xlabel=x_label, ylabel=y_label)
    if curves:
        legend(axes)


def _checked(x, y) -> tuple[np.ndarray, np.ndarray]:
    x, y = (np.asarray(values, dtype=np.float64).ravel() for values in (x, y))
    if len(x) != len(y) or not len(x):
        raise ValueError(f"There are {len(x)} x values and {len(y)} y values: give as many of each, at least one.")
    return x, y


def _pixels(figure: Picture) -> np.ndarray:
    """(height, width, 3) uint8."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
