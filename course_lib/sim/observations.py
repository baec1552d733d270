"""What a driver sees: `features` (the road ahead in the car's frame) and `lidar` (distances to border and boxes).

An observation is an object with ``space`` (of one car), ``names`` of its slots, ``version``, and
``observe(world, cars=None)`` for all cars or some; `camera.Camera` is the third one.
"""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from course_lib.sim.race_world import RaceWorld
from course_lib.sim.track import STEP as TABLE_STEP
from course_lib.sim.vehicle import MAX_STEERING, STEERING_LENGTH

SPEED_SCALE = 4.0  # m/s
CURVATURE_SCALE = np.tan(np.radians(MAX_STEERING)) / STEERING_LENGTH  # 1/m, the sharpest turn
WIDTH_SCALE = 0.5  # m
LIMIT = 10.0  # no slot is larger, even for a car that drives on far from the road


class Features:
    """Numbers that describe the car on the road; each lies about in [-1, 1]. They tell nothing of boxes.

    speed / 4 m/s, curvature / 2.2 per m, the last two commands (steering / 30 degrees, speed / 4 m/s), lateral offset
    in half widths, heading error as sine and cosine, for each look-ahead distance d the centre-line point d metres
    ahead in the car's frame, forward and left, divided by d, and the half width / 0.5 m.
    """

    version = 1
    look_ahead = np.array([0.25, 0.5, 0.8, 1.2, 1.7, 2.4, 3.3])  # m

    def __init__(self):
        points = [f"{axis}_{d:g}m" for axis in ("ahead", "left") for d in self.look_ahead]
        self.names = [
            "speed",
            "curvature",
            "steering_1",
            "speed_1",
            "steering_2",
            "speed_2",
            "offset",
            "heading_sin",
            "heading_cos",
            "half_width",
            *points,
        ]
        self.space = spaces.Box(-LIMIT, LIMIT, (len(self.names),), np.float32)
        full = np.array([SPEED_SCALE, CURVATURE_SCALE, MAX_STEERING, SPEED_SCALE, MAX_STEERING, SPEED_SCALE])
        self._scales = (1 / full)[:, None]
        self._entries_ahead = np.rint(self.look_ahead / TABLE_STEP).astype(np.intp)[:, None]

    def observe(self, world: RaceWorld, cars: np.ndarray | None = None) -> np.ndarray:
        """(n, slots) float32, for all cars or for those with the given indices."""
        pick = slice(None) if cars is None else cars
        state, track = world.cars, world.track
        s, offset, way = world.s[pick], world.offset[pick], world.direction[pick]
        here = track.table_index(np.where(way > 0, s, track.length - s))
        road_cos, road_sin = track.cosines[here] * way, track.sines[here] * way
        half_width = 0.5 * track.widths[here]
        ahead = here + self._entries_ahead * way  # (d, n); beyond the end of the tables the lap begins again
        dx = track.points_x.take(ahead, mode="wrap") - world.x[pick]
        dy = track.points_y.take(ahead, mode="wrap") - world.y[pick]
        cos, sin = world.cos[pick], world.sin[pick]

        result = np.empty((len(self.names), len(s)), dtype=np.float32)
        values = (state.speed, state.curvature, state.steering_1, state.speed_1, state.steering_2, state.speed_2)
        result[:6] = np.array([value[pick] for value in values]) * self._scales
        result[6] = offset / half_width
        result[7], result[8] = sin * road_cos - cos * road_sin, cos * road_cos + sin * road_sin
        result[9] = half_width * (1 / WIDTH_SCALE)
        count, scale = len(self.look_ahead), 1 / self.look_ahead[:, None]
        result[10 : 10 + count] = (dx * cos + dy * sin) * scale
        result[10 + count :] = (dy * cos - dx * sin) * scale
        np.minimum(np.maximum(result, -LIMIT, out=result), LIMIT, out=result)
        return np.ascontiguousarray(result.T)


class Lidar:
    """Distances from the nose to the border along evenly spread rays, in units of 4 m, then speed and last commands.

    Rays run from 90 degrees right to 90 degrees left; a ray that meets no border within 4 m reads 1. Rays end at boxes
    too, and read 0 inside one.
    """

    version = 1
    rays = 15
    reach = 4.0  # m

    def __init__(self):
        self.angles = np.linspace(-np.pi / 2, np.pi / 2, self.rays)
        self.names = [f"ray_{angle:+.0f}" for angle in np.degrees(self.angles)] + ["speed", "steering_1", "speed_1"]
        self.space = spaces.Box(-LIMIT, LIMIT, (len(self.names),), np.float32)

    def observe(self, world: RaceWorld, cars: np.ndarray | None = None) -> np.ndarray:
        """(n, slots) float32, for all cars or for those with the given indices."""
        pick = slice(None) if cars is None else cars
        state = world.cars
        angle = state.heading[pick][:, None] + self.angles
        result = np.empty((len(angle), len(self.names)), dtype=np.float32)
        x, y, cos, sin = world.x[pick], world.y[pick], np.cos(angle), np.sin(angle)
        distance = self._trace(world, x, y, cos, sin)
        if world.boxes.count:
            world.boxes.shorten(distance, x, y, cos, sin, self.reach)
        result[:, : self.rays] = distance / self.reach
        result[:, -3] = state.speed[pick] / SPEED_SCALE
        result[:, -2] = state.steering_1[pick] / MAX_STEERING
        result[:, -1] = state.speed_1[pick] / SPEED_SCALE
        return result

    def _trace(self, world, x, y, cos, sin) -> np.ndarray:
        """(n, rays) m until the road ends: leap by the distance to the nearest border (sphere tracing, Hart 1996)."""
        clearance, shape = world.track.clearance, cos.shape
        x, y = (np.repeat(values, shape[1]) for values in (x, y))
        cos, sin = cos.ravel(), sin.ravel()
        distance, going = np.zeros(cos.size), np.arange(cos.size)
        while going.size:
            d = distance[going]
            leap = clearance.at(x[going] + d * cos[going], y[going] + d * sin[going])
            # The clearance runs from cell centre to cell centre: leave half a cell's diagonal, but always move on.
            # Most rays arrive after some ten leaps; those along a border creep, and only they go on.
            least = np.maximum(leap - 0.75 * clearance.cell, 0.5 * clearance.cell)
            d = np.minimum(d + np.where(leap > 0, least, 0.0), self.reach)
            distance[going] = d
            going = going[(leap > 0) & (d < self.reach)]
        return distance.reshape(shape)


OBSERVATIONS = {"features": Features, "lidar": Lidar}
