"""Pictures of a lap from above, drawn by Pillow: the frames of the animated PNG."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib import get_data_path
from PIL import Image, ImageColor, ImageDraw, ImageFont
from scipy.spatial import cKDTree

from course_lib.notebook.driven import BORDER, CARDBOARD, COLOURS, HEADING, INK, ROAD, SPEED, borders
from course_lib.sim.boxes import Boxes
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT

GROUND, DARK = "#FFFFFF", "#25292D"
SHARES = (0.5,)  # of two colours where they meet: enough for smooth edges, few enough for small files
FINE = 4  # drawn so many times larger, then averaged, for smooth edges
TRAIL = 15  # steps: one second
SMALLEST_CAR = 21  # px long, on tracks so large that a true car could hardly be seen
TITLE, LINE = 30, 18  # px, heights of the title and of a line of the legend

# The car in m, nose at (0, 0), looking along +x: four wheels, body, windscreen.
CAR_LENGTH = 0.32
WHEELS = [
    [(x + dx, y + dy) for dx, dy in ((-0.04, -0.022), (0.04, -0.022), (0.04, 0.022), (-0.04, 0.022))]
    for x in (-0.065, -0.235)
    for y in (-0.085, 0.085)
]
BODY = [(0, -0.02), (0, 0.02), (-0.13, 0.065), (-0.31, 0.08), (-0.31, -0.08), (-0.13, -0.065)]
WINDSCREEN = [(-0.14, -0.045), (-0.14, 0.045), (-0.2, 0.06), (-0.2, -0.06)]


class LapScene:
    """A track as background, drawn once, and the cars that `frame` puts on it.

    Args:
        paths: (steps + 1, 6) each, checked.
        labels: one per path, or None.
        ends: one text per path that is shown when its drive is over.
        width: px.
        boxes: that stand on the track.

    Attributes:
        palette: (colours, 3) uint8, of the indices in the frames; entry 0 is not used.
    """

    def __init__(
        self,
        track: Track,
        paths: list[np.ndarray],
        labels: Sequence[str] | None,
        ends: Sequence[str],
        width: int,
        boxes: Boxes,
    ):
        self.paths, self.ends = paths, ends
        self.labels = [f"car {number + 1}" for number in range(len(paths))] if labels is None else labels
        self.title = self.labels[0] if len(paths) == 1 and labels is not None else track.name
        self.colours = [COLOURS[number % len(COLOURS)] for number in range(len(paths))]
        points = np.concatenate([track.rows.reshape(-1, 2), *(path[:, :2] for path in paths)])
        low, span = points.min(axis=0) - 0.2, np.ptp(points, axis=0) + 0.4
        self.scale = min(width / span[0], 1.1 * width / span[1])  # px per m
        self.legend = len(paths) > 1
        self.top = TITLE + (LINE * ((len(paths) + 1) // 2) + 4) * self.legend
        height = self.top + round(span[1] * self.scale)
        margin = (width - span[0] * self.scale) / 2
        self.origin = np.array([margin - low[0] * self.scale, height + low[1] * self.scale])
        self.fonts = {size: _font(size, [self.title, *self.labels]) for size in (15, 12)}
        self.car = max(self.scale, SMALLEST_CAR / CAR_LENGTH)  # px per m of the car
        self.dots = [_dot(size) for size in (1.8, 1.3)]
        self.palette, self.nearest = _palette(tuple(dict.fromkeys([*self.colours, *[CARDBOARD] * (boxes.count > 0)])))
        self.background = self._draw_background(track, (width, height), boxes)
        self.still_indices = self._indices(self.background)
        self.written = None  # what the texts in `still` tell

    def frame(self, row: int) -> np.ndarray:
        """uint8 (height, width) indices into the palette: each car at this row of its path or at its last."""
        self._write(row)
        picture, drawn, boxes = self.still.copy(), self.still_indices.copy(), []
        for path, colour in zip(self.paths, self.colours):
            boxes.append(self._draw_trail(picture, path, min(row, len(path) - 1), colour))
        for path, colour in zip(self.paths, self.colours):
            boxes.append(self._draw_car(picture, path[min(row, len(path) - 1)], colour))
        for left, top, right, bottom in boxes:
            drawn[top:bottom, left:right] = self._indices(picture.crop((left, top, right, bottom)))
        return drawn

    def _pixels(self, points) -> np.ndarray:
        """Metres (..., 2) to px from the upper left corner."""
        return np.asarray(points) * (self.scale, -self.scale) + self.origin

    def _write(self, row: int) -> None:
        """Make `still`, the background with its texts: clock and speed (three times a second), who ended."""
        over = sum(row >= len(path) - 1 for path in self.paths)
        row = row if over == len(self.paths) else row - row % 5
        if (row, over) == self.written:
            return
        self.written = row, over
        self.still = self.background.copy()
        draw, width = ImageDraw.Draw(self.still), self.still.width
        clock = min(row, max(len(path) for path in self.paths) - 1) * DT
        draw.text((width - 10, 7), f"{clock:.1f} s", fill=INK, font=self.fonts[15], anchor="ra")
        if not self.legend:
            words = self.ends[0] if over else f"{self.paths[0][row, SPEED]:.1f} m/s"
            draw.text((width - 75, 7), words, fill=INK, font=self.fonts[15], anchor="ra")
        else:
            for number, (path, end) in enumerate(zip(self.paths, self.ends)):
                if self.written[0] >= len(path) - 1:
                    place = (number % 2 + 1) * width // 2 - 10, TITLE + LINE * (number // 2)
                    draw.text(place, end, fill=INK, font=self.fonts[12], anchor="ra")
        self.still_indices[: self.top] = self._indices(self.still.crop((0, 0, width, self.top)))

    def _draw_trail(self, picture: Image.Image, path: np.ndarray, row: int, colour: str) -> tuple:
        """A dot for every other step of the last second; the faster, the farther apart. Returns its box."""
        points = self._pixels(path[max(row - TRAIL, 0) : row + 1, :2])
        places = np.round(points * 4).astype(int)  # quarters of a px
        for age, (x, y) in enumerate(places[-2::-1].tolist()):
            if (row - age) % 2:
                mask = self.dots[age * len(self.dots) // TRAIL][x % 4, y % 4]
                picture.paste(colour, (x // 4 - 3, y // 4 - 3), mask)
        return _inside((*(places.min(axis=0) // 4 - 3), *(places.max(axis=0) // 4 + 5)), picture.size)

    def _draw_car(self, picture: Image.Image, state: np.ndarray, colour: str) -> tuple:
        ahead = np.array([np.cos(state[HEADING]), -np.sin(state[HEADING])]) * self.car  # px per m
        left = np.array([ahead[1], -ahead[0]])
        nose = self._pixels(state[:2])
        reach = 0.21 * self.car + 1
        corner = np.floor(nose - 0.5 * CAR_LENGTH * ahead - reach).astype(int)
        box = _inside((*corner, *(corner + int(2 * reach) + 2)), picture.size)
        patch = picture.crop(box)
        patch = patch.resize((patch.width * FINE, patch.height * FINE), Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(patch)
        origin = nose - box[:2]
        glass = GROUND if colour == "#000000" else DARK
        for shape, fill in [(wheel, DARK) for wheel in WHEELS] + [(BODY, colour), (WINDSCREEN, glass)]:
            corners = (np.array(shape) @ np.stack([ahead, left]) + origin) * FINE
            draw.polygon(corners.ravel().tolist(), fill=fill)
        picture.paste(patch.reduce(FINE), box[:2])
        return box

    def _draw_background(self, track: Track, size: tuple[int, int], boxes: Boxes) -> Image.Image:
        picture = Image.new("RGB", (size[0] * FINE, size[1] * FINE), GROUND)
        draw = ImageDraw.Draw(picture)
        for line, fill in zip(borders(track), (ROAD, GROUND)):
            points = self._pixels(line.points) * FINE
            draw.polygon(points.ravel().tolist(), fill=fill)
            closed = np.vstack([points, points[:2]])
            draw.line(closed.ravel().tolist(), fill=BORDER, width=FINE * 3 // 2, joint="curve")
        dash = 8 / self.scale  # m
        for s in np.arange(0, track.length - dash, 2 * dash):
            piece = self._pixels(track.centre.at(np.linspace(s, s + dash, 4))) * FINE
            draw.line(piece.ravel().tolist(), fill=GROUND, width=FINE)
        self._draw_start(draw, track)
        for corners in self._pixels(boxes.corners) * FINE:
            draw.polygon(corners.ravel().tolist(), fill=CARDBOARD, outline=BORDER, width=FINE)
        picture = picture.reduce(FINE)
        self._draw_head(picture)
        return picture

    def _draw_start(self, draw: ImageDraw.ImageDraw, track: Track) -> None:
        """Two rows of black and white squares across the road."""
        inner, outer = (self._pixels(track.rows[0, k : k + 2]) * FINE for k in (2, 4))
        across = outer - inner
        squares = max(4, 2 * int(np.hypot(*across) / (6 * FINE)))
        ahead = np.array([across[1], -across[0]]) / squares
        for k in range(squares):
            a, b = inner + across * k / squares, inner + across * (k + 1) / squares
            for side in (-1, 1):
                fill = "#000000" if (k + (side > 0)) % 2 else GROUND
                square = np.stack([a, b, b + side * ahead, a + side * ahead])
                draw.polygon(square.ravel().tolist(), fill=fill)

    def _draw_head(self, picture: Image.Image) -> None:
        draw = ImageDraw.Draw(picture)
        large, small = self.fonts[15], self.fonts[12]
        title = _cut(self.title, large, picture.width - (100 if self.legend else 170))
        draw.text((10, 7), title, fill=INK, font=large)
        if self.legend:
            for number, (label, colour) in enumerate(zip(self.labels, self.colours)):
                x, y = 10 + number % 2 * picture.width // 2, TITLE + LINE * (number // 2)
                draw.rectangle((x, y + 1, x + 14, y + 12), fill=colour)
                draw.text((x + 20, y), _cut(label, small, picture.width // 2 - 100), fill=INK, font=small)

    def _indices(self, picture: Image.Image) -> np.ndarray:
        five_bits = (np.asarray(picture) >> 3).astype(np.intp)
        return self.nearest[five_bits[..., 0], five_bits[..., 1], five_bits[..., 2]]


@lru_cache(maxsize=8)
def _palette(colours: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """All mixtures that smooth edges need, (colours, 3), and the nearest to each RGB of 5-bit channels."""
    pure = (*colours, INK, BORDER, GROUND, ROAD, DARK, "#000000")
    rgb = {colour: np.array(ImageColor.getrgb(colour), float) for colour in pure}
    pairs = [(ink, ground) for ink in (*colours, INK, BORDER, DARK) for ground in (GROUND, ROAD)]
    pairs += [(DARK, colour) for colour in colours] + [(ROAD, GROUND), ("#000000", GROUND), ("#000000", ROAD)]
    mixed = [rgb[a] * share + rgb[b] * (1 - share) for a, b in pairs for share in SHARES]
    palette = np.round(np.array([np.zeros(3), *rgb.values(), *mixed])).astype(np.uint8)
    channel = np.arange(32) * 8 + 4
    cube = np.stack(np.meshgrid(channel, channel, channel, indexing="ij"), axis=-1).reshape(-1, 3)
    nearest = (cKDTree(palette[1:]).query(cube)[1] + 1).astype(np.uint8).reshape(32, 32, 32)
    nearest[tuple((palette[1 : len(rgb) + 1] >> 3).T)] = np.arange(1, len(rgb) + 1)
    return palette, nearest


def _dot(radius: float) -> dict[tuple[int, int], Image.Image]:
    """Masks (7, 7) px of a smooth dot, for each quarter of a pixel that its centre may be off."""
    y, x = (np.mgrid[:56, :56] + 0.5) / 8
    dots = {}
    for right in range(4):
        for down in range(4):
            fine = (x - 3 - right / 4) ** 2 + (y - 3 - down / 4) ** 2 <= radius**2
            share = fine.reshape(7, 8, 7, 8).mean(axis=(1, 3))
            dots[right, down] = Image.fromarray(np.round(share * 255).astype(np.uint8))
    return dots


def _inside(box: tuple, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (int(edge) for edge in box)
    return max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])


def _font(size: int, texts: Sequence[str]):
    """Pillow's own font, which has plain letters alone, or the one that comes with matplotlib if names need more."""
    if all(text.isascii() for text in texts):
        return ImageFont.load_default(size)
    return ImageFont.truetype(Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size - 1)


def _cut(text: str, font, room: float) -> str:
    """The text, cut short with three dots where it is wider than the room in px."""
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "...") > room:
        text = text[:-1]
    return text.rstrip() + "..."
