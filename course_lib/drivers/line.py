"""A closed line round a track, how fast grip lets a point go along it, and the line on which that is fastest.

The bound of `minimum_time_line` knows lateral grip and a top speed and nothing else: a car also needs time to
brake, to accelerate and to turn its wheels, so no car reaches it.
"""

from __future__ import annotations

import numpy as np

from course_lib.sim.track import Track
from course_lib.sim.vehicle import (
    FRONT_AXLE,
    FRONT_HALF_TRACK,
    GRIP,
    MAX_STEERING,
    REAR_AXLE,
    REAR_HALF_TRACK,
    STEERING_LENGTH,
    WHEELBASE,
)

# A car is on the track while one wheel is: its origin may be this far (m) beyond the border.
WHEEL_REACH = max(float(np.hypot(REAR_AXLE, REAR_HALF_TRACK)), float(np.hypot(FRONT_AXLE, FRONT_HALF_TRACK)))
# Of each vehicle: lateral grip (m/s^2) and sharpest turn (1/m).
LIMITS = {
    "deepracer": (GRIP, np.tan(np.radians(MAX_STEERING)) / STEERING_LENGTH),
    "kinematic": (np.inf, np.tan(np.radians(MAX_STEERING)) / WHEELBASE),
}
SPACING = 0.04  # m between the points of a line
WALL = 0.02  # how a curvature too tight by 1/m compares with a metre beyond the border
KNOTS = (12, 8, 6, 4, 3)  # points per control point of the splines that move a line, one spline after the other


class Line:
    """A smooth closed line.

    Args:
        points: (m, 2) in m, evenly spaced or nearly so; the last joins the first.

    Attributes:
        x, y: (m,) m.  s: (m,) arc length in m.  length: m.
        steps: (m,) m that each point stands for.  headings: (m,) rad.  curvature: (m,) 1/m, left positive.
    """

    def __init__(self, points: np.ndarray):
        self.x, self.y = np.array(points, dtype=np.float64).T
        (dx, dy), (ddx, ddy) = _differences(np.stack([self.x, self.y]))
        self.steps = np.hypot(dx, dy)
        self.headings = np.arctan2(dy, dx)
        self.curvature = (dx * ddy - dy * ddx) / self.steps**3
        chords = np.hypot(np.roll(self.x, -1) - self.x, np.roll(self.y, -1) - self.y)
        self.s = np.concatenate([[0.0], np.cumsum(chords)[:-1]])
        self.length = float(chords.sum())

    @classmethod
    def centre(cls, track: Track, smooth: float = 0.3) -> Line:
        """The centre line of a track, its corners rounded by a running mean over ``smooth`` m."""
        m = round(track.length / SPACING)
        return cls.through(track.centre.at(np.arange(m) * track.length / m), smooth)

    @classmethod
    def through(cls, points: np.ndarray, smooth: float = 0.3) -> Line:
        """A line through (k, 2) points, evenly spaced, its corners rounded by a running mean over ``smooth`` m."""
        points = _even(points)
        width = max(1, round(smooth / SPACING / 2))
        return cls(np.mean([np.roll(points, shift, axis=0) for shift in range(-width, width + 1)], axis=0))

    def offsets(self, track: Track) -> np.ndarray:
        """(m,) distance in m from the track's centre line, left positive."""
        return track.project(self.x, self.y)[1]


class Borders:
    """Distances to both borders of a track, read from a table: fast, smooth enough to follow downhill, and signed.

    Args:
        track: the track.
        around: how far (m) beyond the road the table reaches; farther points all count as this far away.
    """

    CELL = 0.02  # m, between the entries of the table

    def __init__(self, track: Track, around: float = 0.5):
        from scipy.spatial import cKDTree

        reach = track.widths.max() / 2 + around
        points = track.rows.reshape(-1, 2)
        self._low = points.min(axis=0) - around
        columns, rows = np.ceil((points.max(axis=0) + around - self._low) / self.CELL).astype(int) + 1
        x, y = np.meshgrid(self._low[0] + np.arange(columns) * self.CELL, self._low[1] + np.arange(rows) * self.CELL)
        road = np.stack([track.points_x, track.points_y], axis=1)[::5]
        near = np.isfinite(cKDTree(road).query(np.stack([x, y], axis=-1), distance_upper_bound=reach)[0])
        self._table = np.full((2, rows, columns), -around)
        for table, border in zip(self._table, (track.inner, track.outer)):
            table[near] = border.project(x[near], y[near])[1] * np.sign(np.median(border.project(*road.T)[1]))

    def distances(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """(3, 2, ...): distance (m, positive on the road's side) to the inner and the outer border of points of any
        shape, and its slopes by x and by y."""
        rows, columns = self._table.shape[1:]
        u = np.clip((x - self._low[0]) / self.CELL, 0.0, columns - 1.001)
        v = np.clip((y - self._low[1]) / self.CELL, 0.0, rows - 1.001)
        i, j = u.astype(int), v.astype(int)
        u, v = u - i, v - j
        a, b = self._table[:, j, i], self._table[:, j, i + 1]
        c, d = self._table[:, j + 1, i], self._table[:, j + 1, i + 1]
        below, above = a + (b - a) * u, c + (d - c) * u
        slope_x = ((b - a) * (1 - v) + (d - c) * v) / self.CELL
        return np.stack([below + (above - below) * v, slope_x, (above - below) / self.CELL])


def speed_profile(
    line: Line, top_speed: float, grip: float, accelerate: float = np.inf, brake: float = np.inf
) -> np.ndarray:
    """The fastest speeds (m,) in m/s along a line under its limits, each speed held by the ones around it.

    Args:
        top_speed: m/s.
        grip: largest lateral acceleration in m/s^2: speed^2 * |curvature| stays below it.
        accelerate, brake: largest gain and loss of speed in m/s^2.
    """
    speed = np.sqrt(np.minimum(top_speed**2, grip / np.maximum(np.abs(line.curvature), 1e-9)))
    if np.isinf(accelerate) and np.isinf(brake):
        return speed
    squares, gaps = speed**2, np.roll(line.s, -1) - line.s
    gaps[-1] += line.length
    for _ in range(2):  # the loop has no end: the second round carries the first one's end over the start line
        for i in range(len(squares)):
            squares[i] = min(squares[i], squares[i - 1] + 2 * accelerate * gaps[i - 1])
        for i in range(len(squares) - 1, -1, -1):
            after = (i + 1) % len(squares)
            squares[i] = min(squares[i], squares[after] + 2 * brake * gaps[i])
    return np.sqrt(squares)


def lap_time(line: Line, speed: np.ndarray) -> float:
    """Seconds of one lap at the given speeds (m,) in m/s."""
    return float(np.sum(line.steps / speed))


def minimum_time_line(
    track: Track,
    top_speed: float,
    grip: float,
    bend: float,
    reach: float = WHEEL_REACH,
    start: Line | None = None,
    rounds: int = len(KNOTS),
) -> Line:
    """The closed line on which a point laps fastest that knows only a top speed, lateral grip and a tightest bend.

    The line is moved sideways by a periodic cubic B-spline until the lap time falls no more (L-BFGS); then the moved
    line takes the place of the first and is moved in its turn by a finer spline, so that even a hairpin has room.
    Without a tightest bend the answer would be a polygon: a point without mass can turn on the spot.

    Args:
        top_speed: m/s.
        grip: largest lateral acceleration in m/s^2; infinite: the shortest line is the fastest.
        bend: largest curvature in 1/m.
        reach: how far (m) beyond the borders the line may go.
        start: where to begin; None: the centre line. The minimum found is the one nearest to it.
        rounds: how many of the splines, from coarse to fine, have their turn.
    """
    from scipy.optimize import minimize

    borders = Borders(track)
    line = start or Line.centre(track)
    for round_, knots in enumerate(KNOTS[:rounds]):
        points, normals, basis = _movable(line, knots)
        power = 12 * 2 ** min(round_, 2)
        weight = 30.0 * 3.0**round_  # s/m for a square metre beyond the limits: soft walls that harden

        def cost(moves, points=points, normals=normals, basis=basis, weight=weight, power=power):
            moved = points + (basis @ moves) * normals
            time, gradient = _smooth_lap_time(moved, top_speed, grip, bend, weight, power)
            distance, slope_x, slope_y = borders.distances(*moved)
            outside = np.maximum(-reach - distance, 0.0)
            gradient -= 2 * weight * np.stack([np.sum(outside * slope_x, axis=0), np.sum(outside * slope_y, axis=0)])
            return time + weight * np.sum(outside**2), np.sum(gradient * normals, axis=0) @ basis

        moves = minimize(cost, np.zeros(basis.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
        line = Line(_even((points + (basis @ moves) * normals).T))
    return line


def quasi_steady_bound(track: Track, top_speed: float, grip: float, bend: float, start: Line | None = None) -> float:
    """Seconds of the fastest lap of that point, a wheel's reach beyond the borders allowed; see `minimum_time_line`."""
    line = minimum_time_line(track, top_speed, grip, bend, start=start)
    return lap_time(line, speed_profile(line, top_speed, grip))


def _movable(line: Line, knots: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points and normals (2, m) of a line, and the basis (m, k) of a periodic cubic B-spline along it."""
    normals = np.stack([-np.sin(line.headings), np.cos(line.headings)])
    return np.stack([line.x, line.y]), normals, spline_basis(len(line.x), len(line.x) // knots)


def spline_basis(m: int, k: int) -> np.ndarray:
    """(m, k) values at m points, spread evenly round a loop, of the k cubic B-splines with evenly spread knots."""
    distance = np.abs(np.arange(m)[:, None] * (k / m) - np.arange(k))
    distance = np.minimum(distance, k - distance)
    near, far = np.clip(1 - distance, 0, None), np.clip(2 - distance, 0, None)
    return (far**3 - 4 * near**3) / 6


def _even(points: np.ndarray) -> np.ndarray:
    """The same closed line through points that are `SPACING` apart."""
    from scipy.interpolate import CubicSpline

    closed = np.concatenate([points, points[:1]])
    s = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    return CubicSpline(s, closed, bc_type="periodic")(np.linspace(0.0, s[-1], round(s[-1] / SPACING), endpoint=False))


def _neighbours(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values before and after each one, round the loop of the last axis."""
    here = np.arange(values.shape[-1])
    return values[..., here - 1], values[..., here + 1 - len(here)]


def _differences(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and second differences of closed x and y, (2, m)."""
    before, after = _neighbours(points)
    return (after - before) / 2, after - 2 * points + before


def _smooth_lap_time(points, top_speed: float, grip: float, tightest: float, weight: float, power: int):
    """Lap time (s) with the corner between both speed limits rounded off, and its gradient (2, m) in s/m.

    Curvature beyond the tightest costs ``weight`` s/m times its square.
    """
    (dx, dy), (ddx, ddy) = _differences(points)
    step = np.hypot(dx, dy)
    curvature = (dx * ddy - dy * ddx) / step**3
    # Seconds per metre: the larger of 1 / top speed and sqrt(|curvature| / grip), as a norm.
    by_grip = ((curvature / grip) ** 2 + 1e-12) ** (power / 4)
    pace = (top_speed**-power + by_grip) ** (1 / power)
    bend = pace / (top_speed**-power + by_grip) * by_grip / 2 * curvature / (curvature**2 + 1e-12 * grip**2)
    excess = np.maximum(np.abs(curvature) - tightest, 0.0)
    pace = pace + weight * WALL * excess**2
    bend = step * (bend + 2 * weight * WALL * excess * np.sign(curvature))

    # The time's derivatives: `pace` by each step, `bend` by each curvature, and so by each difference.
    along, across = pace / step - 3 * bend * curvature / step**2, bend / step**3
    by_first = np.stack([along * dx + across * ddy, along * dy - across * ddx])
    by_second = np.stack([-across * dy, across * dx])
    first_before, first_after = _neighbours(by_first)
    second_before, second_after = _neighbours(by_second)
    gradient = (first_before - first_after) / 2 + second_before - 2 * by_second + second_after
    return float(np.sum(step * pace)), gradient
