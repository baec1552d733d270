"""A second computation of the reward parameters that depend on the pose, for tests: shapely and bisect on raw rows."""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np
import shapely

from course_lib.sim.track import Track


def independent_params(
    track: Track,
    origin: tuple[float, float],
    heading: float,
    direction: int,
    start_s: float,
    progress_before: float | None,
    blur: float = 1e-7,
) -> dict:
    """The parameters that can be told for sure, if the pose may be off by ``blur`` (m).

    Args:
        origin: of the car, m.  heading: rad.  direction: +1, or -1 for a track in reverse order.
        start_s: arc length (m) at which the episode began.
        progress_before: % after the step before, 0 after a lap; None at the start.
    """
    reverse = direction < 0
    rows = track.rows[::-1] if reverse else track.rows
    ring, inner, outer = (shapely.LinearRing(rows[:, k : k + 2]) for k in (0, 2, 4))
    ahead = np.array([math.cos(heading), math.sin(heading)])
    left = np.array([-math.sin(heading), math.cos(heading)])
    nose = shapely.Point(origin + 0.14 * ahead)
    wheels = [
        shapely.Point(origin + a * ahead + w * left)
        for a, w in ((-0.0817, 0.081), (-0.0817, -0.081), (0.0823, 0.0795), (0.0823, -0.0795))
    ]
    big, small = sorted((shapely.Polygon(inner), shapely.Polygon(outer)), key=lambda polygon: -polygon.area)
    on = [big.contains(wheel) and not small.contains(wheel) for wheel in wheels]
    unsure = min(border.distance(wheel) for wheel in wheels for border in (inner, outer)) < 0.01
    s = ring.project(nose)
    distances = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(rows[:, :2], axis=0).T))]).tolist()
    following = bisect_right(distances, s)
    centre = ring.interpolate(s)
    ends = [border.interpolate(border.project(centre)) for border in (inner, outer)]
    gaps = inner.distance(nose), outer.distance(nose)
    progress = 100 * (s - start_s) / ring.length
    if progress_before is not None:
        progress += 100 * (progress <= 0)
        progress += 100 * (progress_before > progress + 50)
        progress -= 100 * (progress > progress_before + 50)
        progress = min(progress, 100.0)
    result = {
        "x": nose.x,
        "y": nose.y,
        "heading": math.degrees(heading),
        "distance_from_center": ring.distance(nose),
        "projection_distance": s,
        "track_length": ring.length,
        "track_width": ends[0].distance(ends[1]),
        "is_reversed": bool(reverse),
        "closest_waypoints": [following - 1, following % len(rows)],
        "waypoints": [tuple(row) for row in rows[:, :2].tolist()],
        "is_left_of_center": (gaps[0] < gaps[1]) != (not ring.is_ccw),
        "progress": float(progress),
        "all_wheels_on_track": all(on),
        "is_offtrack": not any(on),
    }
    if unsure:
        del result["all_wheels_on_track"], result["is_offtrack"]
    if min(abs(s - distance) for distance in distances) < blur:
        del result["closest_waypoints"]  # abreast of a waypoint, by rounding before or after it
    if abs(gaps[0] - gaps[1]) < 10 * blur:
        del result["is_left_of_center"]
    return result
