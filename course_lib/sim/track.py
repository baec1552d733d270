"""Race tracks: DeepRacer's file format, and the geometry that the world asks of it."""

from __future__ import annotations

import difflib
import io
import json
import tokenize
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from course_lib.paths import data_dir
from course_lib.sim.grid import Grid
from course_lib.sim.polyline import Polyline
from course_lib.sim.vehicle import wrap_angle

CAR_WIDTH = 0.2  # m, the box of the car (deepracer.md, section 1: is_crashed)
CELL = 0.01  # m, side of a cell of the on-track lookup
LARGEST = 60  # m, side of the largest track: the lookups of a larger one would fill the memory
STEP = 0.01  # m, spacing of the tables along the centre line


class TrackError(ValueError):
    """A track that cannot be driven; the message says which file, what is wrong and where."""


class Track:
    """A closed race track.

    Args:
        rows: float array (n, 6): centre x, y | inner x, y | outer x, y in metres, in driving order, the first
            row repeated at the end (the DeepRacer format, deepracer.md section 3).
        name: used in messages and in saved policies.

    Attributes:
        rows: the file's rows as they are, repeated rows included.
        waypoints: list of (x, y) tuples, the raw centre points; first == last.
        centre, inner, outer: `Polyline`s without repeated points.
        length: of the centre line in m.  width: median width in m.  ccw: driven counter-clockwise?

    Raises:
        TrackError: not (n, 6), not finite, not a loop, crossing itself, or narrower than the car.
    """

    def __init__(self, rows: np.ndarray, name: str = "track"):
        self.rows = _checked(rows, name)
        self.name = name
        self.waypoints = [(float(x), float(y)) for x, y in self.rows[:, :2]]
        for k, what in ((0, "centre line"), (2, "inner border"), (4, "outer border")):
            points = self.rows[:, k : k + 2]
            if len(np.unique(points, axis=0)) < 3:
                raise TrackError(f"Track {name!r} has fewer than three different points on its {what}.")
        size = float(np.ptp(self.rows.reshape(-1, 2), axis=0).max())
        if size > LARGEST:
            raise TrackError(
                f"Track {name!r} is {size:.0f} m across, and {LARGEST} m are the most: give its rows in metres."
            )
        self.centre, self.inner, self.outer = (Polyline(self.rows[:-1, k : k + 2]) for k in (0, 2, 4))
        for line, what in ((self.centre, "centre line"), (self.inner, "inner border"), (self.outer, "outer border")):
            _check_not_crossing(line, line, f"Track {name!r}: its {what} crosses itself")
        _check_not_crossing(self.inner, self.outer, f"Track {name!r}: its inner and outer border cross")
        self.length = self.centre.length
        self.ccw = self.centre.signed_area > 0
        on_road = self.contains(self.points_x, self.points_y)
        if not on_road.all():
            away = int(on_road.argmin())
            raise TrackError(
                f"Track {name!r}: {away * STEP:.1f} m after its start the centre line is not between the inner and the "
                "outer border; it must be, all the way round."
            )
        narrowest = int(self.widths.argmin())
        if self.widths[narrowest] < CAR_WIDTH:
            raise TrackError(
                f"Track {name!r} is {self.widths[narrowest]:.2f} m wide {narrowest * STEP:.1f} m after its "
                f"start: a car is {CAR_WIDTH} m wide; move the borders apart there."
            )
        self.width = float(np.median(self.widths))

    def __repr__(self) -> str:
        return f"Track({self.name!r}, length={self.length:.2f} m, width={self.width:.2f} m)"

    @classmethod
    def load(cls, name_or_path: str | Path) -> Track:
        """A shipped track by its name, or any `.npy` file in the DeepRacer format.

        The same file gives the same `Track`, which nobody changes: its lookups cost a tenth of a second to make.

        Raises:
            TrackError: no such name (the nearest one is suggested), no such file, or a bad file.
        """
        path = Path(name_or_path)
        if path.suffix != ".npy":
            names = track_names()
            if str(name_or_path) not in names:
                near = difflib.get_close_matches(str(name_or_path), names, n=1, cutoff=0.4)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}."
                raise TrackError(f"No track is called {str(name_or_path)!r}: {hint}")
            path = data_dir() / "tracks" / f"{name_or_path}.npy"
        try:
            return _built(path.read_bytes(), path.stem)
        except TrackError:
            raise
        except FileNotFoundError:
            raise TrackError(f"{path}: there is no such track file.") from None
        except OSError as error:
            raise TrackError(f"{path} cannot be read ({error.strerror}).") from error
        # numpy parses the header with Python's own parser and believes the size that it reads there.
        except (ValueError, EOFError, SyntaxError, tokenize.TokenError, MemoryError, TypeError) as error:
            raise TrackError(f"{path} is not an array of numbers, or was cut off: save it with numpy.save.") from error

    def reversed(self) -> Track:
        """The same road driven the other way, from the same start line."""
        return Track(self.rows[::-1].copy(), f"{self.name} reversed")

    def project(self, x, y) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Arc length s (m), signed lateral offset (m, left positive) and segment of the nearest centre-line point."""
        return self.centre.project(x, y)

    def contains(self, x, y) -> np.ndarray:
        """Is each point on the road, that is inside the outer border and outside the inner one?

        Args:
            x, y: coordinates in m, any equal shape.

        Returns:
            bool, same shape; a lookup in cells of 1 cm, so exact but within one cell of a border.
        """
        return self._road.at(x, y)

    @cached_property
    def waypoint_distances(self) -> np.ndarray:
        """(n,) arc length (m) at which each raw waypoint lies; the last one is the length."""
        steps = np.diff(self.rows[:, :2], axis=0)
        return np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])

    # Tables along the centre line, one entry per centimetre: look them up with `table_index(s)`.

    def table_index(self, s) -> np.ndarray:
        """Index into the tables of the entry nearest to arc length ``s`` (m, any shape, wrapped)."""
        return (np.asarray(s) * (1 / STEP) + (self.table_length + 0.5)).astype(np.intp) % self.table_length

    @cached_property
    def table_length(self) -> int:
        return round(self.length / STEP)

    @cached_property
    def points_x(self) -> np.ndarray:
        """x (m) of the centre line."""
        return self.centre.at(np.arange(self.table_length) * STEP)[:, 0].copy()

    @cached_property
    def points_y(self) -> np.ndarray:
        """y (m) of the centre line."""
        return self.centre.at(np.arange(self.table_length) * STEP)[:, 1].copy()

    @cached_property
    def headings(self) -> np.ndarray:
        """Direction (rad) of the centre line, smoothed over 20 cm so that it has no jumps at waypoints."""
        x, y = self.points_x, self.points_y
        return np.arctan2(np.roll(y, -10) - np.roll(y, 10), np.roll(x, -10) - np.roll(x, 10))

    @cached_property
    def cosines(self) -> np.ndarray:
        """Cosine of the direction of the centre line."""
        return np.cos(self.headings)

    @cached_property
    def sines(self) -> np.ndarray:
        """Sine of the direction of the centre line."""
        return np.sin(self.headings)

    @cached_property
    def curvature(self) -> np.ndarray:
        """Curvature (1/m, left positive) of the centre line, smoothed over 40 cm."""
        return wrap_angle(np.roll(self.headings, -10) - np.roll(self.headings, 10)) / (20 * STEP)

    @cached_property
    def widths(self) -> np.ndarray:
        """Width (m): between the points of both borders that are nearest to the centre point."""
        inner, outer = (line.at(line.project(self.points_x, self.points_y)[0]) for line in (self.inner, self.outer))
        return np.hypot(*(inner - outer).T)

    @cached_property
    def _road(self) -> Grid:
        """Is the centre of each cell on the road? The cells at the edge are not, so no point beyond them is."""
        low = self.rows.reshape(-1, 2).min(axis=0) - 2 * CELL
        high = self.rows.reshape(-1, 2).max(axis=0) + 2 * CELL
        columns, rows = np.ceil((high - low) / CELL).astype(int)
        flips = np.zeros((rows, columns + 1), dtype=np.int32)
        for line in (self.inner, self.outer):
            _add_crossings(flips, line.points, low)
        return Grid(low, CELL, (np.cumsum(flips, axis=1)[:, :-1] % 2).astype(bool))

    @cached_property
    def clearance(self) -> Grid:
        """Distance (m) from the centre of each cell to the nearest cell off the road (0 off the road)."""
        from scipy.ndimage import distance_transform_edt

        return Grid(self._road.low, CELL, (distance_transform_edt(self._road.values) * CELL).astype(np.float32))


@lru_cache(maxsize=8)
def _built(data: bytes, name: str) -> Track:
    """The track in the content of a file."""
    return Track(np.lib.format.read_array(io.BytesIO(data), allow_pickle=False), name)


def track_names() -> list[str]:
    """Names of the shipped tracks."""
    return sorted(path.stem for path in (data_dir() / "tracks").glob("*.npy"))


def track_catalogue() -> dict[str, dict]:
    """What is known of each shipped track: title, difficulty, description, length, width."""
    return json.loads((data_dir() / "tracks" / "tracks.json").read_text(encoding="utf-8"))


def _checked(rows: np.ndarray, name: str) -> np.ndarray:
    rows = np.asarray(rows)
    if rows.ndim != 2 or rows.shape[1] != 6 or len(rows) < 4:
        raise TrackError(
            f"Track {name!r} has the shape {rows.shape}: it must be (n, 6) with n >= 4, the columns being "
            "centre x, y, inner x, y, outer x, y."
        )
    if rows.dtype.kind not in "fiu":
        raise TrackError(f"Track {name!r} holds {rows.dtype}: it must hold numbers (metres).")
    rows = rows.astype(np.float64)
    rows.flags.writeable = False  # the lookups are made of them once
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        raise TrackError(f"Track {name!r}: row {bad[0]} is not finite ({rows[bad[0]]}); every row needs six numbers.")
    gap = float(np.hypot(*(rows[0, :2] - rows[-1, :2])))
    if gap > 1e-6:
        raise TrackError(
            f"Track {name!r} is open: its last row is {gap:.2f} m from its first; repeat the first row at the end."
        )
    return rows


def _check_not_crossing(a: Polyline, b: Polyline, message: str) -> None:
    """Raise TrackError where a segment of ``a`` properly crosses one of ``b`` (touching ends do not count)."""
    p, q = a.points[:, None], (a.points + a.directions * a.segment_lengths[:, None])[:, None]
    r, t = b.points[None], (b.points + b.directions * b.segment_lengths[:, None])[None]

    def side(o, u, v):
        return (u[..., 0] - o[..., 0]) * (v[..., 1] - o[..., 1]) - (u[..., 1] - o[..., 1]) * (v[..., 0] - o[..., 0])

    tiny = 1e-9
    d1, d2, d3, d4 = side(p, q, r), side(p, q, t), side(r, t, p), side(r, t, q)
    crossing = (np.minimum(d1, d2) < -tiny) & (np.maximum(d1, d2) > tiny)
    crossing &= (np.minimum(d3, d4) < -tiny) & (np.maximum(d3, d4) > tiny)
    if crossing.any():
        i, j = np.argwhere(crossing)[0]
        x, y = a.points[i]
        raise TrackError(f"{message} near x={x:.2f} m, y={y:.2f} m (points {i} and {j}): a road must not cross itself.")


def _add_crossings(flips: np.ndarray, points: np.ndarray, low: np.ndarray) -> None:
    """Even-odd scan: add 1 in each row at the first cell right of where an edge crosses the row's centre line."""
    ends = np.roll(points, -1, axis=0)
    for (x0, y0), (x1, y1) in zip(points - low, ends - low):
        if y0 == y1:
            continue
        bottom, top = sorted((y0, y1))
        rows = np.arange(int(np.ceil(bottom / CELL - 0.5)), int(np.ceil(top / CELL - 0.5)))
        x = x0 + ((rows + 0.5) * CELL - y0) * (x1 - x0) / (y1 - y0)
        np.add.at(flips, (rows, np.ceil(x / CELL - 0.5).astype(int)), 1)
