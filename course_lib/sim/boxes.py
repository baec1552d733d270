"""Boxes on the track: DeepRacer's object avoidance. Where they stand, who hits them, how far rays get before them.

A box is 0.4 m long and 0.5 m wide, turned with the road, and a car has hit it when a corner of the car's own box of
0.32 x 0.20 m is inside (deepracer.md, section 1: is_crashed; a buffer is part of the size).
"""

from __future__ import annotations

from math import isfinite
from numbers import Integral, Real

import numpy as np

from course_lib.sim.track import STEP, Track

LENGTH, WIDTH, HEIGHT = 0.4, 0.5, 0.24  # m along the road, across it, and of what the camera sees
CAR_LENGTH, CAR_WIDTH = 0.32, 0.20  # m, the car's box around its origin
LANE = 0.25  # of the road's width: where the middle of a lane is, beside the centre line
RUN_UP, BEYOND = 1.0, 0.6  # m before and behind the middle of a box: no start is drawn there
HOW = 'give None, a whole number, or a list of (share of the lap 0 to 1, "left", "right" or metres left of the centre)'

_CAR_AHEAD = np.array([0.5, 0.5, -0.5, -0.5])[:, None] * CAR_LENGTH
_CAR_LEFT = np.array([0.5, -0.5, -0.5, 0.5])[:, None] * CAR_WIDTH
_CORNERS = np.array([(0.5, 0.5), (0.5, -0.5), (-0.5, -0.5), (-0.5, 0.5)]) * (LENGTH, WIDTH)


class BoxError(ValueError):
    """Boxes that cannot stand on a track; the message names the box and what to do."""


class Boxes:
    """Boxes that stand on a track; they never move.

    Args:
        track: the road. "Left" and "ahead" are those of its file, whichever way a car drives.
        boxes: None; a number of boxes, spread evenly round the lap between one start line and the next, left and
            right in turns; or a list of (share of the lap 0 to 1, "left" | "right" | m left of the centre line). In a
            lane a box stands a quarter of the road's width from the centre line, which leaves three quarters of that
            width less 0.25 m to pass: 0.32 m on ``camp``, 0.65 m on ``pebble``. Other `Boxes` are placed again.

    Attributes:
        count: how many there are.  plain: what was asked for, as plain data: None, a number or a list of lists.
        s, offset: (count,) m, arc length along the track's file, and left of the centre line.
        x, y: (count,) m.  cos, sin: (count,) of their headings.
        corners: (count, 4, 2) m, clockwise from the front left one.

    Raises:
        BoxError: of another type, outside the lap, off the road, one inside the other, or no room left for a start.
    """

    def __init__(self, track: Track, boxes=None):
        boxes = boxes.plain if isinstance(boxes, Boxes) else boxes
        self.track = track
        self.plain, places = _places(boxes, track)
        self.count = len(places)
        shares = np.array([share for share, _ in places], dtype=np.float64)
        self.s = shares * track.length % track.length
        here = track.table_index(self.s)
        lanes = {"left": LANE, "right": -LANE}
        self.offset = np.array(
            [lanes[side] * track.widths[k] if side in lanes else side for (_, side), k in zip(places, here)],
            dtype=np.float64,
        )
        self.cos, self.sin = track.cosines[here], track.sines[here]
        centre_x, centre_y = track.centre.at(self.s).T
        self.x, self.y = centre_x - self.offset * self.sin, centre_y + self.offset * self.cos
        if self.count:  # in a bend the nearest point of the centre line may be another one
            self.s, self.offset, _ = track.project(self.x, self.y)
        ahead, left = np.stack([self.cos, self.sin], axis=-1), np.stack([-self.sin, self.cos], axis=-1)
        middle = np.stack([self.x, self.y], axis=-1)[:, None]
        self.corners = middle + _CORNERS[:, :1] * ahead[:, None] + _CORNERS[:, 1:] * left[:, None]
        if self.count:
            self._check_places()
            self._free = {way: self._free_starts(way) for way in (1, -1)}

    def __repr__(self) -> str:
        return f"Boxes({self.track.name!r}, {self.plain!r})"

    def hit_by(self, x: np.ndarray, y: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
        """(n,) bool: is a corner of the car inside a box? For origins (n,) in m, cosine and sine of the headings."""
        corner_x = x + _CAR_AHEAD * cos - _CAR_LEFT * sin
        corner_y = y + _CAR_AHEAD * sin + _CAR_LEFT * cos
        along, across = self._in_frame(corner_x - _tall(self.x), corner_y - _tall(self.y))
        return ((np.abs(along) < 0.5 * LENGTH) & (np.abs(across) < 0.5 * WIDTH)).any(axis=(0, 1))

    def shorten(self, distance: np.ndarray, x, y, cos, sin, reach: float) -> np.ndarray:
        """Rays that end at a box, if they meet one.

        Args:
            distance: (n, rays) m, changed in place.
            x, y: (n,) m, where the rays begin.  cos, sin: (n, rays) of their directions.
            reach: m; boxes farther away are not looked at.
        """
        for box in range(self.count):
            dx, dy = x - self.x[box], y - self.y[box]
            near = np.flatnonzero(dx * dx + dy * dy < (reach + 0.5 * np.hypot(LENGTH, WIDTH)) ** 2)
            if not near.size:
                continue
            c, s = self.cos[box], self.sin[box]
            along, across = (dx * c + dy * s)[near, None], (dy * c - dx * s)[near, None]
            forward, sideways = cos[near] * c + sin[near] * s, sin[near] * c - cos[near] * s
            enter_1, leave_1 = slab(along, forward, -0.5 * LENGTH, 0.5 * LENGTH)
            enter_2, leave_2 = slab(across, sideways, -0.5 * WIDTH, 0.5 * WIDTH)
            enter, leave = np.maximum(enter_1, enter_2), np.minimum(leave_1, leave_2)
            met = (enter < leave) & (leave > 0)
            distance[near] = np.minimum(distance[near], np.where(met, np.maximum(enter, 0.0), np.inf))
        return distance

    def distances(self, way: int) -> np.ndarray:
        """(count,) arc length (m) from the start line along the driving direction, +1 or -1."""
        return self.s if way > 0 else (self.track.length - self.s) % self.track.length

    def closest(self, s: np.ndarray, way: np.ndarray) -> np.ndarray:
        """(n, 2) indices of the boxes before and after arc length ``s`` (m) along each car's own direction.

        As with waypoints, a box level with the car counts as passed; round the lap the first follows the last.
        """
        length = self.track.length
        behind = np.where(way > 0, s - self.distances(1)[:, None], s - self.distances(-1)[:, None]) % length
        return np.stack([behind.argmin(axis=0), behind.argmax(axis=0)], axis=1)

    def free(self, s: np.ndarray, way: np.ndarray) -> np.ndarray:
        """Starts that leave a car room before the next box: the lap's arc lengths spread over its free parts.

        Args:
            s: (n,) m along the car's direction, as if there were no boxes.
            way: (n,) or one number, +1 or -1.

        Returns:
            (n,) m along the car's direction, in the same order; ``s`` itself where there are no boxes.
        """
        if not self.count:
            return s
        found = []
        for free in (self._free[1], self._free[-1]):
            entry = (s % self.track.length * (len(free) / self.track.length)).astype(np.intp)
            found.append(free[np.minimum(entry, len(free) - 1)])
        return np.where(np.asarray(way) > 0, *found)

    def _in_frame(self, dx: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vectors (count, points, n) turned into the frames of the boxes: along and across the road."""
        cos, sin = _tall(self.cos), _tall(self.sin)
        return dx * cos + dy * sin, dy * cos - dx * sin

    def _free_starts(self, way: int) -> np.ndarray:
        s = np.arange(self.track.table_length) * STEP
        before = (self.distances(way)[:, None] - s) % self.track.length
        taken = (before <= RUN_UP) | (before >= self.track.length - BEYOND)
        return s[~taken.any(axis=0)]

    def _check_places(self) -> None:
        track, names = self.track, [f"Box {k + 1} of {self.count}" for k in range(self.count)]
        on_road = track.contains(self.x, self.y)
        if not on_road.all():
            k = int(on_road.argmin())
            raise BoxError(
                f"{names[k]} would stand {abs(self.offset[k]):.2f} m from the centre line of track {track.name!r}, "
                f"whose road is {track.widths[track.table_index(self.s[k])]:.2f} m wide there: move it onto the road."
            )
        if not len(self._free_starts(1)) or not len(self._free_starts(-1)):
            raise BoxError(
                f"{self.count} boxes leave no place to start on track {track.name!r}, which is {track.length:.1f} m "
                f"long: leave {RUN_UP + BEYOND:.1f} m or more between two of them."
            )
        # Two rectangles are apart if they are along one of their four axes (separating axes).
        points = self.corners.reshape(1, -1, 2) - np.stack([self.x, self.y], axis=-1)[:, None]
        along, across = self._in_frame(points[:, None, :, 0], points[:, None, :, 1])
        apart = np.zeros((self.count, self.count), dtype=bool)
        for values, half in ((along, 0.5 * LENGTH), (across, 0.5 * WIDTH)):
            values = values.reshape(self.count, self.count, 4)
            apart |= (values.min(axis=2) >= half) | (values.max(axis=2) <= -half)
        first, second = np.nonzero(np.triu(~(apart | apart.T), 1))
        if len(first):
            raise BoxError(
                f"{names[first[0]]} and box {second[0] + 1} stand inside each other on track {track.name!r}: a box "
                f"is {LENGTH} m long and {WIDTH} m wide; move them apart."
            )


def slab(start, step, low, high) -> tuple[np.ndarray, np.ndarray]:
    """When a point at ``start + t * step`` enters and leaves the strip from ``low`` to ``high`` (arrays that fit)."""
    pace = 1 / np.where(step == 0, 1e-12, step)
    one, other = (low - start) * pace, (high - start) * pace
    return np.minimum(one, other), np.maximum(one, other)


def _tall(values: np.ndarray) -> np.ndarray:
    return values[:, None, None]


def _places(boxes, track: Track) -> tuple[int | list | None, list[tuple]]:
    """What was asked for as plain data, and (share, side) of each box."""
    if boxes is None:
        return None, []
    if isinstance(boxes, Integral) and not isinstance(boxes, bool):
        most = int(np.ceil(track.length / (RUN_UP + BEYOND))) - 1
        if not 0 <= boxes <= most:
            raise BoxError(
                f"boxes is {boxes}: 0 to {most} fit round track {track.name!r} with room to start between them."
            )
        count = int(boxes)
        return count, [((k + 0.5) / count, ("left", "right")[k % 2]) for k in range(count)]
    if not isinstance(boxes, (list, tuple)):
        raise BoxError(f"boxes is {boxes!r}: {HOW}.")
    places = []
    for number, box in enumerate(boxes, 1):
        if not isinstance(box, (list, tuple)) or len(box) != 2:
            raise BoxError(f"Box {number} of {len(boxes)} is {box!r}: {HOW}.")
        share, side = box
        if not _is_number(share) or not 0 <= share <= 1:
            raise BoxError(f"Box {number} of {len(boxes)} has {share!r} as its share of the lap: give 0 to 1.")
        if side not in ("left", "right") if isinstance(side, str) else not _is_number(side):
            raise BoxError(
                f'Box {number} of {len(boxes)} has {side!r} as its side: give "left", "right" or metres left of the '
                "centre line."
            )
        places.append((float(share), side if isinstance(side, str) else float(side)))
    return [list(place) for place in places], places


def _is_number(value) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
