"""Pictures of a city: the map with its goals, cars and the ways that they drove, and what a car sees of it."""

from __future__ import annotations

import copy

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import binary_erosion

from course_lib.sim.city import City
from course_lib.sim.city_world import AHEAD, VIEW, CityWorld

HOUSES, ROAD, INK, PAPER = (226, 232, 221), (252, 252, 250), (34, 34, 34), (255, 255, 255)
# Okabe and Ito (2008), told apart by colour-blind people too
CAR, GOAL, NEXT_GOAL, DRIVEN = (213, 94, 0), (0, 114, 178), (0, 158, 115), (204, 121, 167)
KERB = (176, 184, 170)


class CityPicture:
    """A picture of a city that can be drawn on, in the city's px times ``scale``.

    Args:
        city: its map.  scale: of the picture.
    """

    def __init__(self, city: City, scale: float = 1.0):
        self.city, self.scale = city, scale
        ground = np.where(city.road[..., None], np.uint8(ROAD), np.uint8(HOUSES))
        ground[city.road & ~binary_erosion(city.road)] = KERB
        size = round(city.width * scale), round(city.height * scale)
        smooth = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
        self.image = Image.fromarray(ground).resize(size, smooth)
        self._pen = ImageDraw.Draw(self.image)

    def copy(self) -> CityPicture:
        """The same picture to draw on once more."""
        other = copy.copy(self)
        other.image = self.image.copy()
        other._pen = ImageDraw.Draw(other.image)
        return other

    def goals(self, places, names=(), next_one: int | None = None) -> None:
        """Flags at places [(x, y), ...] px, the next one in another colour; numbered where there are no names."""
        for k, (x, y) in enumerate(places):
            colour = NEXT_GOAL if k == next_one else GOAL
            self._disc(x, y, 8.0, colour)
            self._text(x, y - 20, str(names[k] if len(names) else k + 1), colour)

    def way(self, xy: np.ndarray, colour=DRIVEN, width: float = 2.5) -> None:
        """A driven way, (k, 2) px."""
        if len(xy) > 1:
            points = [tuple(point) for point in np.asarray(xy) * self.scale]
            self._pen.line(points, fill=colour, width=max(1, round(width * self.scale)), joint="curve")

    def car(self, x: float, y: float, heading: float, colour=CAR, length: float = 22.0) -> None:
        """An arrow head at a place (px) that points in a direction (degrees)."""
        shape = length * np.array([(0.55, 0.0), (-0.45, 0.38), (-0.25, 0.0), (-0.45, -0.38)])
        self._pen.polygon(self._placed(shape, x, y, heading), fill=colour, outline=PAPER)

    def frame_of_view(self, x: float, y: float, heading: float) -> None:
        """The square that a car sees."""
        front, back, side = AHEAD, AHEAD - VIEW, VIEW / 2
        square = np.array([(front, side), (front, -side), (back, -side), (back, side), (front, side)])
        self._pen.line(self._placed(square, x, y, heading), fill=CAR, width=1)

    def array(self) -> np.ndarray:
        """(height, width, 3) uint8."""
        return np.array(self.image)

    def _placed(self, shape: np.ndarray, x: float, y: float, heading: float) -> list[tuple[float, float]]:
        """Corners (k, 2), px ahead and to the left of a car, on the picture."""
        cos, sin = np.cos(np.radians(heading)), np.sin(np.radians(heading))
        turned = shape @ np.array([[cos, -sin], [-sin, -cos]]) + [x, y]
        return [tuple(corner) for corner in turned * self.scale]

    def _disc(self, x: float, y: float, radius: float, colour) -> None:
        x, y, radius = x * self.scale, y * self.scale, max(3.0, radius * self.scale)
        self._pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour, outline=PAPER)

    def _text(self, x: float, y: float, words: str, colour) -> None:
        font = ImageFont.load_default(max(11, round(17 * self.scale)))
        place = (x * self.scale, y * self.scale)
        self._pen.text(place, words, fill=colour, font=font, anchor="mm", stroke_width=2, stroke_fill=PAPER)


def draw_world(world: CityWorld, car: int = 0, scale: float = 1.0) -> np.ndarray:
    """(height, width, 3) uint8: the map with one car, what it sees, and its goals in their order."""
    picture = CityPicture(world.cities[world.city_of[car]], scale)
    picture.goals(world.goals[car], next_one=int(world.reached[car]))
    picture.frame_of_view(world.x[car], world.y[car], world.heading[car])
    picture.car(world.x[car], world.y[car], world.heading[car])
    return picture.array()
