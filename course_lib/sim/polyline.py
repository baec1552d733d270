"""A closed line of straight segments: arc length along it, and the nearest point to many points at once."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from course_lib.sim.grid import Grid

CELL = 0.04  # m, side of a lookup cell; small against the shortest bend that a car can drive
MARGIN = 1.2  # m, how far the lookup reaches around the line; farther points are searched one by one
REACH = 0.06  # m along the line, at most, between the points nearest to a cell's centre and to its corner


class Polyline:
    """A closed polyline through ``points``, shape (n, 2) in metres; the last point joins the first.

    Repeated points are dropped, so a file with zero-length segments is as good as any other.

    Attributes:
        points: (m, 2) the distinct points, in order.
        starts: (m,) arc length in m at which each segment starts.
        length: total length in m.
    """

    def __init__(self, points: np.ndarray):
        points = np.asarray(points, dtype=np.float64)
        repeats = (points == np.roll(points, -1, axis=0)).all(axis=1)  # the first of the line stays the first
        self.points = points[~repeats]
        steps = np.roll(self.points, -1, axis=0) - self.points
        self.segment_lengths = np.hypot(steps[:, 0], steps[:, 1])
        ends = np.cumsum(self.segment_lengths)
        self.starts = np.concatenate([[0.0], ends[:-1]])
        self.length = float(ends[-1])
        self.directions = steps / self.segment_lengths[:, None]
        lap = np.concatenate([self.starts, self.starts + self.length])
        most = (np.searchsorted(lap, ends + REACH) - np.arange(len(ends)) - 1).max()
        self._neighbours = np.arange(-most, most + 1)[:, None]
        # Contiguous columns: gathering from them is what a step of a thousand cars spends its time on.
        self._px, self._py = np.ascontiguousarray(self.points.T)
        self._ux, self._uy = np.ascontiguousarray(self.directions.T)

    @property
    def signed_area(self) -> float:
        """Area in m^2 by the shoelace formula, positive when the line runs counter-clockwise."""
        x, y = self.points.T
        return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))

    def at(self, s: np.ndarray) -> np.ndarray:
        """Points (..., 2) at arc lengths ``s`` (m, any shape, wrapped)."""
        s = np.asarray(s, dtype=np.float64) % self.length
        k = np.clip(np.searchsorted(self.starts, s, side="right") - 1, 0, len(self.starts) - 1)
        return self.points[k] + (s - self.starts[k])[..., None] * self.directions[k]

    def project(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Nearest point of the line to each (x, y).

        Args:
            x, y: coordinates in m, any equal shape.

        Returns:
            s: arc length of the nearest point in m, in [0, length).
            offset: distance to it in m, positive when the point lies left of the direction of travel.
            index: the segment it lies on.
        """
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        shape = x.shape
        x, y = x.ravel(), y.ravel()
        guess = self._nearest.at(x, y)
        if guess.size and guess.min() < 0:
            far = guess < 0
            guess[far] = self._search(x[far], y[far])

        # A cell's nearest segment is the point's own or near it along the line: take the best of those.
        k = self._neighbours + guess  # (candidates, n); `take` wraps it round the line
        ux, uy = self._ux.take(k, mode="wrap"), self._uy.take(k, mode="wrap")
        dx, dy = x - self._px.take(k, mode="wrap"), y - self._py.take(k, mode="wrap")
        along = np.minimum(np.maximum(dx * ux + dy * uy, 0.0), self.segment_lengths.take(k, mode="wrap"))
        squared = (dx - along * ux) ** 2 + (dy - along * uy) ** 2
        row, least = np.zeros(len(x), dtype=np.intp), squared[0]
        for candidate in range(1, len(squared)):  # as argmin(axis=0) does, but that is ten times slower
            row = np.where(squared[candidate] < least, candidate, row)
            least = np.minimum(least, squared[candidate])
        best = row * len(x) + np.arange(len(x))
        k = k.take(best) % len(self.starts)
        side = (ux * dy - uy * dx).take(best)
        s = self.starts.take(k) + along.take(best)
        s *= s < self.length  # the end of the last segment is the start of the first
        offset = np.copysign(np.sqrt(least), side)
        return s.reshape(shape), offset.reshape(shape), k.reshape(shape)

    def _search(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Nearest segment of points anywhere, by looking at every segment (slow and simple)."""
        found = np.empty(len(x), dtype=np.intp)
        for start in range(0, len(x), 256):
            part = slice(start, start + 256)
            dx, dy = x[part, None] - self._px, y[part, None] - self._py
            along = np.clip(dx * self._ux + dy * self._uy, 0.0, self.segment_lengths)
            gap = (dx - along * self._ux) ** 2 + (dy - along * self._uy) ** 2
            found[part] = gap.argmin(axis=1)
        return found

    @cached_property
    def _nearest(self) -> Grid:
        """The nearest segment to each cell's centre; -1 where it is farther than the margin."""
        from scipy.spatial import cKDTree

        s = np.arange(0.0, self.length, CELL / 4)
        segment = np.clip(np.searchsorted(self.starts, s, side="right") - 1, 0, None)
        low = self.points.min(axis=0) - MARGIN - CELL  # so that the cells at the edge are all too far
        columns, rows = np.ceil((self.points.max(axis=0) + MARGIN + CELL - low) / CELL).astype(int)
        x, y = (start + (np.arange(count) + 0.5) * CELL for start, count in zip(low, (columns, rows)))
        cells = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        nearest = cKDTree(self.at(s)).query(cells, distance_upper_bound=MARGIN)[1]
        return Grid(low, CELL, np.append(segment, -1)[nearest].reshape(rows, columns))
