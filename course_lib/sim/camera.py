"""What the car's camera sees: the ground as a flat picture, looked up along one ray per pixel.

The car neither pitches nor rolls, so a pixel always looks at the same spot of ground in the car's own frame.
To render is then to turn and shift those spots by the car's pose, and to read the brightness there from a
painted top view.

Towards the horizon a pixel covers much ground, most of it along the line of sight. Lest the picture flicker,
such a pixel adds up several spots, and the farthest ones read a smaller copy of the top view in which each
cell is already an average (a mip map, Williams 1983).

Boxes stand on that ground, 0.24 m high and as large as they count in a collision: a ray that meets one sees its side.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from weakref import WeakKeyDictionary

import numpy as np
from gymnasium import spaces

from course_lib.sim import boxes as box_sizes
from course_lib.sim.boxes import slab
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.track import CELL, Track

FIELD_OF_VIEW = 1.13  # rad, from left to right (this and the next three: deepracer.md, section 2)
PITCH = 0.2618  # rad, down
AHEAD = 0.145  # m, the camera ahead of the car's origin
HEIGHT = 0.130  # m, the camera above the ground
PICTURE_SHAPE = 480 / 640  # height by width of DeepRacer's picture: what it shows decides whether a box is in view

SKY, ROAD, LINE, DASH, GRASS = 200, 56, 240, 160, 112  # brightness
BOX_END, BOX_SIDE = 140, 90  # and that of the sides of a box across the road and along it
ROAD_GRAIN, GRASS_GRAIN = 3.0, 11.0  # standard deviation of the brightness: motion shows even on bare ground
LINE_WIDTH = 0.04  # m, the white lines, drawn just inside the borders
DASH_WIDTH, DASH_LENGTH, DASH_PERIOD = 0.03, 0.15, 0.30  # m, the centre line
SOFTNESS = 0.6  # cells, blur of the painted edges, against jagged lines close to the car

MARGIN = 2.0  # m of painted grass around the road; farther out all is plain grass
FAR = 20.0  # m, where rays along the horizon are made to end
LEVELS = 5  # of the mip map: cells of 1, 2, 4, 8 and 16 cm
MOST_SPOTS = 4  # added up in one pixel
GAP = 0.04  # m, where spots would lie farther apart, a pixel gets more: 2, then 4
FINE_GAP = 0.08  # m, where they still lie farther apart, they are read from cells as wide as their gap
NEAR = 0.02  # m before the camera: what is nearer counts as beside it
SIGHT = 8.0  # m: a box farther away is not drawn, it would be one or two pixels high
CHUNK = 32768  # spots looked up at a time: the working memory, 21 bytes for each, stays in a core's cache


class Camera:
    """Grey pictures from the nose of the car, 64.7 degrees wide, looking 15 degrees down.

    Args:
        size: (height, width) in pixels, each at least 8. Pixels are square: a taller picture of the same
            width sees more sky and more of the ground just before the car.

    Attributes:
        space: Box(0, 255, (height, width, 1), uint8) of one car.  names: one name for the whole picture.

    Raises:
        ValueError: the size is not two whole numbers of 8 or more.
    """

    version = 1

    def __init__(self, size: tuple[int, int] = (48, 64)):
        if (
            not isinstance(size, (tuple, list))
            or len(size) != 2
            or not all(isinstance(side, (int, np.integer)) and side >= 8 for side in size)
        ):
            raise ValueError(
                f"There is no camera of size {size!r}: give (height, width) in pixels, two whole numbers of 8 or more."
            )
        self.height, self.width = int(size[0]), int(size[1])
        self.names = ["camera"]
        self.space = spaces.Box(0, 255, (self.height, self.width, 1), np.uint8)
        self._bands = _bands(self.height, self.width)
        self._rays = _rays(self.height, self.width)

    def observe(self, world: RaceWorld, cars: np.ndarray | None = None) -> np.ndarray:
        """(n, height, width, 1) uint8, for all cars or for those with the given indices."""
        pick = slice(None) if cars is None else cars
        state, ground = world.cars, _ground(world.track)
        heading = state.heading[pick]
        place = (np.stack([state.x[pick], state.y[pick]]) - ground.low[:, None]) / CELL
        turn = np.stack([np.cos(heading), np.sin(heading)])
        n = len(heading)
        pictures = np.empty((n, self.height, self.width), dtype=np.uint8)
        pictures[:, : self._bands[0].rows.start] = SKY
        longest = max(CHUNK, *(band.left.size for band in self._bands))
        memory = [np.empty(longest, kind) for kind in (np.float32, np.int32, np.int32, np.intp, np.uint8)]
        for band in self._bands:
            cells = ground.cells(band.level, len(band.left))
            here = place / 2**band.level
            size = np.array(cells.shape[::-1])[:, None]
            inside = bool(((here >= band.reach) & (here <= size - band.reach)).all())
            pose = np.concatenate([here, turn]).astype(np.float32)[:, None, :, None, None]
            chunk = max(1, CHUNK // band.left.size)
            for start in range(0, n, chunk):
                part = slice(start, start + chunk)
                _look(band, cells, inside, pose[:, :, part], memory, pictures[part, band.rows])
        if world.boxes.count:
            self._draw_boxes(world, pick, pictures)
        return pictures[..., None]

    def _draw_boxes(self, world: RaceWorld, pick, pictures: np.ndarray) -> None:
        """Draw the boxes that each car sees into its picture, (n, height, width)."""
        boxes, state = world.boxes, world.cars
        cos, sin = world.cos[pick], world.sin[pick]
        x, y = state.x[pick] + AHEAD * cos, state.y[pick] + AHEAD * sin
        nearest = np.full(pictures.shape, np.inf, dtype=np.float32)  # along the ray, in units of the focal length
        for box in range(boxes.count):
            dx, dy = boxes.corners[box, :, :1] - x, boxes.corners[box, :, 1:] - y  # (4, n)
            top, left, bottom, right = self._frames(dx * cos + dy * sin, dy * cos - dx * sin)
            dx, dy = x - boxes.x[box], y - boxes.y[box]
            seen = (top < bottom) & (left < right) & (dx * dx + dy * dy < SIGHT**2)
            c, s = boxes.cos[box], boxes.sin[box]
            turn_cos, turn_sin = cos * c + sin * s, sin * c - cos * s
            along, across = dx * c + dy * s, dy * c - dx * s
            for car in np.flatnonzero(seen):
                rows, columns = slice(top[car], bottom[car]), slice(left[car], right[car])
                forward, sideways, sink = self._rays[0][rows], self._rays[1][columns], self._rays[2][rows]
                end_pace = forward * turn_cos[car] - sideways * turn_sin[car]
                side_pace = forward * turn_sin[car] + sideways * turn_cos[car]
                low, high = slab(HEIGHT, -sink, 0.0, box_sizes.HEIGHT)
                end, end_left = slab(along[car], end_pace, -0.5 * box_sizes.LENGTH, 0.5 * box_sizes.LENGTH)
                side, side_left = slab(across[car], side_pace, -0.5 * box_sizes.WIDTH, 0.5 * box_sizes.WIDTH)
                enter = np.maximum(np.maximum(end, side), low)
                leave = np.minimum(np.minimum(end_left, side_left), high)
                depth, picture = nearest[car, rows, columns], pictures[car, rows, columns]
                met = (enter < leave) & (leave > 0) & (enter < depth)
                depth[met] = enter[met]
                picture[met] = np.where(end > side, BOX_END, BOX_SIDE)[met]

    def _frames(self, ahead: np.ndarray, left: np.ndarray) -> list[np.ndarray]:
        """First and last pixels (n,) of the part of each picture that a box can fill: top, left, bottom, right.

        Args:
            ahead, left: (4, n) m, the box's corners on the ground as seen from the camera.
        """
        focal = 0.5 * self.width / np.tan(0.5 * FIELD_OF_VIEW)
        up = np.array([0.0, box_sizes.HEIGHT])[:, None, None] - HEIGHT
        depth = (ahead * np.cos(PITCH) - up * np.sin(PITCH)).reshape(8, -1)
        rise = (ahead * np.sin(PITCH) + up * np.cos(PITCH)).reshape(8, -1)
        scale = focal / np.maximum(depth, NEAR)
        row, column = 0.5 * self.height - rise * scale, 0.5 * self.width - np.tile(left, (2, 1)) * scale
        edges = []
        for values, least, most in ((row, 0, self.height), (column, 0, self.width)):
            # A box beside the camera has corners behind it, and may fill anything.
            beside = (depth < NEAR).any(axis=0)
            first = np.where(beside, least, np.clip(values.min(axis=0) - 1, least, most))
            last = np.where(beside, most, np.clip(values.max(axis=0) + 1, least, most))
            edges.append((first.astype(int), np.where((depth < NEAR).all(axis=0), 0, last).astype(int)))
        (top, bottom), (left_edge, right_edge) = edges
        return [top, left_edge, bottom, right_edge]


def in_view(ahead: np.ndarray, left: np.ndarray, up: float) -> np.ndarray:
    """bool (n,): does DeepRacer's camera see a point at (n,) m ahead and left of a car's origin, ``up`` m high?"""
    ahead, up = ahead - AHEAD, up - HEIGHT
    depth = ahead * np.cos(PITCH) - up * np.sin(PITCH)
    rise = ahead * np.sin(PITCH) + up * np.cos(PITCH)
    across = np.tan(0.5 * FIELD_OF_VIEW) * depth
    return (depth > 0) & (np.abs(left) <= across) & (np.abs(rise) <= PICTURE_SHAPE * across)


@dataclass
class _Band:
    """Neighbouring pixel rows that look at the ground in equal detail; lengths in cells of their level."""

    rows: slice
    level: int
    ahead: np.ndarray  # (spots, 1, rows, 1) float32, from the car's origin
    left: np.ndarray  # (spots, 1, rows, W) float32
    reach: float  # no spot is farther from the origin


def _look(
    band: _Band, cells: np.ndarray, inside: bool, pose: np.ndarray, memory: list[np.ndarray], out: np.ndarray
) -> None:
    """Fill ``out`` (n, rows, W) with what a band of n cars sees.

    Args:
        cells: (rows, columns) uint8 of the ground.
        inside: whether no car sees beyond them.
        pose: x and y in cells, cosine and sine of the heading, (4, 1, n, 1, 1).
        memory: flat arrays to work in; fresh ones for each chunk would cost more than the arithmetic.
    """
    x, y, cos, sin = pose
    shape = len(band.left), *out.shape
    size = prod(shape)
    place, index, line, index_64, spots = [array[:size].reshape(shape) for array in memory]
    for forward, sideways, origin, count, whole in (
        (sin, cos, y, cells.shape[0], line),
        (cos, -sin, x, cells.shape[1], index),
    ):
        np.multiply(band.left, sideways, out=place)
        np.add(place, band.ahead * forward + origin, out=place)
        if not inside:
            np.clip(place, np.float32(0), np.float32(count - 1), out=place)
        np.copyto(whole, place, casting="unsafe")
    line *= np.int32(cells.shape[1])
    index += line
    np.copyto(index_64, index)
    np.take(cells.ravel(), index_64, mode="clip", out=spots)  # the other modes of `take` are slower
    if len(spots) == 1:
        out[:] = spots[0]
    else:
        np.add.reduce(spots, axis=0, dtype=np.uint8, out=out)


def _rays(height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each pixel looks: forward (height, 1), left (width,) and down (height, 1), float32."""
    focal = 0.5 * width / np.tan(0.5 * FIELD_OF_VIEW)  # in pixels
    down = ((np.arange(height) + 0.5 - 0.5 * height) / focal)[:, None]
    forward, sink = np.cos(PITCH) - down * np.sin(PITCH), np.sin(PITCH) + down * np.cos(PITCH)
    left = (0.5 * width - 0.5 - np.arange(width)) / focal
    return tuple(part.astype(np.float32) for part in (forward, left, sink))


def _bands(height: int, width: int) -> list[_Band]:
    """The picture below the horizon, from top to bottom."""
    focal = 0.5 * width / np.tan(0.5 * FIELD_OF_VIEW)  # in pixels

    def ground(row):
        """Metres ahead of the camera, and metres to the left per pixel, of what a row of the picture sees."""
        down = (row - 0.5 * height) / focal
        # The ray (1 forward, 1 / focal left per pixel, down) is pitched, then drawn out to the ground.
        forward = np.cos(PITCH) - down * np.sin(PITCH)
        sink = np.sin(PITCH) + down * np.cos(PITCH)
        stretch = HEIGHT / np.maximum(sink, HEIGHT / FAR)
        return stretch * forward, stretch / focal

    centre = np.arange(height) + 0.5
    first = int(np.argmax(centre > 0.5 * height - focal * np.tan(PITCH)))  # row that sees ground
    depth = ground(centre - 0.5)[0] - ground(centre + 0.5)[0]
    side = ground(centre)[1]
    spots = 2 ** np.ceil(np.log2(np.clip(depth / GAP, 1, MOST_SPOTS))).astype(int)
    gap = np.maximum(depth / spots, side)
    averaged = np.minimum(np.round(np.log2(np.maximum(gap, CELL) / CELL)), LEVELS - 1)
    levels = np.where(gap <= FINE_GAP, 0, averaged).astype(int)

    bands = []
    cuts = [row for row in range(first + 1, height) if (spots[row], levels[row]) != (spots[row - 1], levels[row - 1])]
    for start, stop in zip([first, *cuts], [*cuts, height]):
        count, level = int(spots[start]), int(levels[start])
        within = (np.arange(count)[:, None] + 0.5) / count + np.arange(start, stop)  # (spots, rows)
        ahead, per_pixel = (metres[:, None, :, None] for metres in ground(within))
        ahead = (ahead + AHEAD) / (CELL * 2**level)
        left = per_pixel / (CELL * 2**level) * (0.5 * width - 0.5 - np.arange(width))
        bands.append(
            _Band(
                slice(start, stop),
                level,
                ahead.astype(np.float32),
                left.astype(np.float32),
                float(np.hypot(ahead, left).max()) + 1,
            )
        )
    return bands


class _Ground:
    """A track's top view with its mip map; ``low`` is its lower left corner (m)."""

    def __init__(self, track: Track):
        picture, self.low = _paint(track)
        self._levels = [picture]
        for _ in range(1, LEVELS):
            rows, columns = self._levels[-1].shape
            self._levels.append(self._levels[-1].reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3)))
        self._cells = {}

    def cells(self, level: int, spots: int) -> np.ndarray:
        """(rows, columns) uint8, the brightness divided by ``spots``, so that a pixel's spots just add up."""
        if (level, spots) not in self._cells:
            self._cells[level, spots] = np.round(self._levels[level] / spots).astype(np.uint8)
        return self._cells[level, spots]


_grounds: WeakKeyDictionary[Track, _Ground] = WeakKeyDictionary()


def _ground(track: Track) -> _Ground:
    """The ground of a track, painted when it is first seen and kept as long as the track."""
    if track not in _grounds:
        _grounds[track] = _Ground(track)
    return _grounds[track]


def _paint(track: Track) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns) float32 brightness in cells as of the on-track lookup, and their lower left corner."""
    from scipy.ndimage import gaussian_filter

    clearance = track.clearance.values
    block = 2 ** (LEVELS - 1)  # both sides are whole numbers of the coarsest cells
    margin = round(MARGIN / CELL)
    rows, columns = (-(-(side + 2 * margin) // block) * block for side in clearance.shape)
    low = track.clearance.low - margin * CELL

    grain = _grain()
    grain = np.tile(grain, (rows // len(grain) + 1, columns // len(grain) + 1))[:rows, :columns]
    picture = GRASS + GRASS_GRAIN * grain
    inside = slice(margin, margin + clearance.shape[0]), slice(margin, margin + clearance.shape[1])
    road = clearance > 0
    picture[inside][road] = ROAD + ROAD_GRAIN * grain[inside][road]
    picture[inside][road & (clearance < LINE_WIDTH + 0.5 * CELL)] = LINE

    period = track.length / max(1, round(track.length / DASH_PERIOD))  # a whole number of dashes fits the lap
    s = np.arange(0, track.length, 0.4 * CELL)
    s = s[s % period < DASH_LENGTH]
    side = np.linspace(-0.5 * DASH_WIDTH, 0.5 * DASH_WIDTH, 9)[:, None]
    heading = track.headings[track.table_index(s)]
    x, y = track.centre.at(s).T
    column = ((x - side * np.sin(heading) - low[0]) / CELL).astype(int)
    row = ((y + side * np.cos(heading) - low[1]) / CELL).astype(int)
    picture[row, column] = DASH

    picture = gaussian_filter(picture, SOFTNESS)
    # What lies beyond the picture is read from its rim: grain there would be drawn out into streaks.
    for rim in (np.s_[:block], np.s_[-block:], np.s_[:, :block], np.s_[:, -block:]):
        picture[rim] = GRASS
    return picture, low


def _grain() -> np.ndarray:
    """(256, 256) float32 blotches of 4 and 16 cm or so, of mean 0 and deviation 1; the edges fit together."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.RandomState(0).standard_normal((2, 256, 256))  # its stream is the same in every NumPy
    fine, coarse = (gaussian_filter(layer, sigma, mode="wrap") for layer, sigma in zip(noise, (1.5, 6.0)))
    grain = fine / fine.std() + coarse / coarse.std()
    return ((grain - grain.mean()) / grain.std()).astype(np.float32)
