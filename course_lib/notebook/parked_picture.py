"""The picture of a parked car: where it stands on the track, and from near by what the parameters measure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.lines import Line2D
from matplotlib.patches import Arc, Rectangle

from course_lib.notebook.driven import BORDER, CARDBOARD, COLOURS, INK, ROAD, borders
from course_lib.notebook.lap_frames import BODY, DARK, WHEELS, WINDSCREEN
from course_lib.notebook.picture import Picture, blank
from course_lib.notebook.road import draw_road
from course_lib.sim.boxes import Boxes
from course_lib.sim.track import Track

REACH = 0.8  # m from the car to the edge of the picture from near by
CAR, DISTANCE, WIDTH, AHEAD, NEAR = COLOURS[0], COLOURS[1], COLOURS[2], "#000000", COLOURS[5]


@style.context("default")
def draw_parked(track: Track, boxes: Boxes, params: dict[str, Any]) -> Picture:
    """The whole track with the car's place above; below the car from near by, distances drawn in."""
    figure = blank(4.3, 6.6)
    whole, near = figure.subplots(2, height_ratios=[1.0, 1.9])
    nose = np.array([params["x"], params["y"]])
    heading = math.radians(params["heading"])
    middle = nose - 0.14 * np.array([math.cos(heading), math.sin(heading)])
    _draw_whole(whole, track, boxes, params, middle)
    _draw_near(near, track, boxes, params, nose, middle)
    figure.alt = _told(track, params)
    return figure


def _draw_whole(axes, track: Track, boxes: Boxes, params, middle: np.ndarray) -> None:
    draw_road(axes, track, forward=not params["is_reversed"])
    _draw_boxes(axes, boxes)
    window = Rectangle(middle - REACH, 2 * REACH, 2 * REACH, fill=False, edgecolor=INK, linewidth=1.2, zorder=3)
    axes.add_patch(window)
    axes.plot(*middle, "o", color=CAR, markersize=6, zorder=4)
    axes.tick_params(labelsize=8)
    axes.xaxis.label.set_size(9)
    axes.yaxis.label.set_size(9)


def _draw_near(axes, track: Track, boxes: Boxes, params, nose: np.ndarray, middle: np.ndarray) -> None:
    for line, colour in zip(borders(track), (ROAD, "white")):
        axes.fill(*line.points.T, facecolor=colour, edgecolor=BORDER, linewidth=1.2, zorder=0)
    _draw_boxes(axes, boxes)
    waypoints = np.array(params["waypoints"])
    axes.plot(*waypoints.T, ".", color="white", markersize=6, zorder=0.6)
    pair = params["closest_waypoints"]
    axes.plot(*waypoints[pair].T, "o", color=NEAR, markersize=5, zorder=3)
    centre, left, right = _across(track, params)
    axes.plot(*np.stack([left, right]).T, color=WIDTH, linewidth=2, linestyle="--", zorder=1)
    axes.plot(*np.stack([nose, centre]).T, color=DISTANCE, linewidth=3, zorder=5)
    _draw_car(axes, params, nose)
    axes.plot(*nose, "o", color="black", markeredgecolor="white", markersize=6, zorder=6)
    _draw_heading(axes, params["heading"], middle)
    axes.set(aspect="equal", facecolor="white", xticks=[], yticks=[])
    axes.set_xlim(middle[0] - REACH, middle[0] + REACH)
    axes.set_ylim(middle[1] - REACH, middle[1] + REACH)
    for side, word in ((left, "left"), (right, "right")):
        beside = centre + 1.26 * (side - centre)
        if np.abs(beside - middle).max() < 0.95 * REACH:
            axes.text(*beside, word, color="#4A5056", fontsize=9, ha="center", va="center", zorder=2.5)
    axes.spines[:].set_color(INK)
    handles = [
        _handle("x, y: the nose", marker="o", color="black", linestyle=""),
        _handle(f"distance_from_center {params['distance_from_center']:.2f} m", color=DISTANCE, linewidth=3),
        _handle(f"track_width {params['track_width']:.2f} m", color=WIDTH, linestyle="--", linewidth=2),
        _handle(f"heading {params['heading']:.0f}°", color=AHEAD, linewidth=1.5),
        _handle(f"closest_waypoints {pair}", marker="o", color=NEAR, linestyle=""),
    ]
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=2, frameon=False, fontsize=8.5,
        columnspacing=1.2, handlelength=1.6,
    )  # fmt: skip


def _across(track: Track, params) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The point of the centre line that is nearest to the nose, and those of the borders left and right of it."""
    s = params["projection_distance"]
    centre = track.centre.at(np.array([track.length - s if params["is_reversed"] else s]))[0]
    sides = [line.at(line.project(*centre[:, None])[0])[0] for line in (track.inner, track.outer)]
    inner_is_left = track.ccw != params["is_reversed"]
    left, right = sides if inner_is_left else sides[::-1]
    return centre, left, right


def _draw_car(axes, params, nose: np.ndarray) -> None:
    heading = math.radians(params["heading"])
    for number, wheel in enumerate(WHEELS):  # the first two are the front ones
        shape = np.array(wheel)
        if number < 2:
            hub = shape.mean(axis=0)
            shape = _turned(shape - hub, math.radians(params["steering_angle"])) + hub
        axes.fill(*(_turned(shape, heading) + nose).T, color=DARK, zorder=4)
    for shape, colour in ((BODY, CAR), (WINDSCREEN, DARK)):
        axes.fill(*(_turned(np.array(shape), heading) + nose).T, color=colour, alpha=0.85, zorder=4.2)


def _draw_heading(axes, heading: float, middle: np.ndarray) -> None:
    """The angle from the x axis to where the car points."""
    ahead = np.array([math.cos(math.radians(heading)), math.sin(math.radians(heading))])
    axes.plot(*np.stack([middle, middle + [0.5, 0.0]]).T, color=AHEAD, linewidth=1, linestyle=":", zorder=2)
    axes.text(*(middle + [0.54, 0.0]), "0°", fontsize=8, color=AHEAD, ha="center", va="center", zorder=2)
    axes.annotate(
        "", middle + 0.58 * ahead, middle + 0.16 * ahead, zorder=2,
        arrowprops={"arrowstyle": "-|>", "color": AHEAD, "linewidth": 1.5},
    )  # fmt: skip
    low, high = sorted((0.0, heading))
    axes.add_patch(Arc(middle, 0.8, 0.8, theta1=low, theta2=high, color=AHEAD, linewidth=1.5, zorder=2))


def _draw_boxes(axes, boxes: Boxes) -> None:
    for corners in boxes.corners:
        axes.fill(*corners.T, facecolor=CARDBOARD, edgecolor=BORDER, zorder=1)


def _turned(points: np.ndarray, angle: float) -> np.ndarray:
    cos, sin = math.cos(angle), math.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])


def _handle(label: str, **look) -> Line2D:
    return Line2D([], [], label=label, markersize=6, **look)


def _told(track: Track, params) -> str:
    side = "left" if params["is_left_of_center"] else "right"
    wheels = "all wheels on the road" if params["all_wheels_on_track"] else "not all wheels on the road"
    return (
        f"A car parked on track {track.name}, seen from above: its nose is {params['distance_from_center']:.2f} m "
        f"{side} of the centre line of a road {params['track_width']:.2f} m wide, "
        f"{params['projection_distance']:.1f} m after the start line; heading {params['heading']:.0f}°, {wheels}."
    )
