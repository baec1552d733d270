"""Pictures of the small worlds: Pillow draws them several times too large and averages, for smooth edges."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FINE = 3  # times too large

# The colours of the project's plots: Okabe and Ito (2008), told apart by colour-blind people too.
BLUE, ORANGE, GREEN, YELLOW, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9"
PAPER, FLOOR, EDGE, INK = "#FFFFFF", "#DDE1E4", "#5B6268", "#222222"

Points = list[tuple[float, float]]


class Canvas:
    """A white picture, width x height px; x runs to the right and y down from its upper left corner."""

    def __init__(self, width: int, height: int):
        self._picture = Image.new("RGB", (width * FINE, height * FINE), PAPER)
        self._draw = ImageDraw.Draw(self._picture)

    def polygon(self, points: Points, fill: str | tuple) -> None:
        self._draw.polygon(_scaled(points), fill=fill)

    def rectangle(self, left: float, top: float, right: float, bottom: float, fill: str | tuple, round_by=0.0) -> None:
        corners = left * FINE, top * FINE, right * FINE - 1, bottom * FINE - 1
        self._draw.rounded_rectangle(corners, radius=round_by * FINE, fill=fill)

    def circle(self, x: float, y: float, radius: float, fill: str | tuple) -> None:
        self._draw.ellipse(_scaled([(x - radius, y - radius), (x + radius, y + radius)]), fill=fill)

    def line(self, points: Points, fill: str | tuple, width: float = 1.0) -> None:
        self._draw.line(_scaled(points), fill=fill, width=round(width * FINE), joint="curve")

    def arrow(self, x: float, y: float, dx: float, dy: float, fill: str | tuple, width: float = 3.0) -> None:
        """An arrow from (x - dx, y - dy) to (x + dx, y + dy), lengths in px."""
        ahead = np.array([dx, dy]) / np.hypot(dx, dy) * 2.2 * width
        aside = np.array([-ahead[1], ahead[0]]) * 0.8
        tip = np.array([x + dx, y + dy])
        self.line([(x - dx, y - dy), tuple(tip - ahead)], fill, width)
        self.polygon([tuple(tip), tuple(tip - 1.4 * ahead + aside), tuple(tip - 1.4 * ahead - aside)], fill)

    def text(self, x: float, y: float, words: str, fill: str = INK, size: int = 13, anchor: str = "mm") -> None:
        """Words at a point; anchor as Pillow names it: "mm" is the middle, "la" the upper left corner."""
        self._draw.text((x * FINE, y * FINE), words, fill=fill, font=_font(size * FINE), anchor=anchor)

    def array(self) -> np.ndarray:
        """The picture, (height, width, 3) uint8."""
        return np.array(self._picture.reduce(FINE))


def mixed(colour: str, share: float, ground: str = PAPER) -> tuple[int, int, int]:
    """A colour thinned: ``share`` 1 is the colour itself, 0 the ground."""
    a, b = (np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) for code in (colour, ground))
    return tuple(int(part) for part in np.rint(share * a + (1 - share) * b))


def check_render_mode(render_mode: str | None) -> None:
    """
    Raises:
        ValueError: the small worlds draw arrays, or nothing.
    """
    if render_mode not in (None, "rgb_array"):
        raise ValueError(f'No render_mode is called {render_mode!r}: choose "rgb_array", or leave it out.')


def check_drawn(render_mode: str | None) -> None:
    """
    Raises:
        ValueError: a picture is asked of an environment that was made to draw nothing.
    """
    if render_mode is None:
        raise ValueError('This environment draws nothing: make it with render_mode="rgb_array".')


def _scaled(points: Points) -> list[tuple[float, float]]:
    return [(float(x) * FINE, float(y) * FINE) for x, y in points]


@lru_cache(maxsize=16)
def _font(size: int):
    return ImageFont.load_default(size)
