"""Drawing the race world with pygame: a picture of the track with its cars, as an array or in a window.

A picture needs no display. Everything is drawn several times too large and scaled down, for smooth edges.
"""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections import deque

import numpy as np

from course_lib.sim.race_world import CRASHED, OFF_TRACK, STATUS, RaceWorld
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT, FRONT_AXLE, FRONT_HALF_TRACK, REAR_AXLE, REAR_HALF_TRACK

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pygame 2.6 imports a deprecated part of setuptools
    import pygame

from course_lib.sim.drawing_boxes import paint_boxes

FPS = round(1 / DT)  # pictures a second that show the world at its own pace
MARGIN = 0.25  # m of grass around the track
BAR = 34  # px, height of the line of text below the track
LEAST_WIDTH = 460  # px, so that the line of text fits beside a tall track too
SMALLEST_CAR = 24  # px: on a long track the cars are drawn longer than they are
SMOOTH = 3  # how many times too large the track is drawn; the cars twice that

GRASS, MOWN, VERGE = (106, 153, 78), (112, 160, 84), (88, 130, 64)
ROAD, BORDER, DASH = (72, 76, 82), (245, 245, 240), (214, 168, 60)
PANEL, TEXT, FAINT = (30, 33, 38), (240, 240, 235), (165, 170, 176)
INK = (24, 24, 28)

# Okabe and Ito (2008), told apart by colour-blind people too; those best seen on grey come first, and white
# stands for black.
COLOURS = [
    (213, 94, 0),
    (86, 180, 233),
    (240, 228, 66),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (0, 114, 178),
    (250, 250, 250),
]

# The car, in m ahead and left of its origin.
BODY = np.array([(-0.135, 0.058), (-0.06, 0.076), (0.03, 0.072), (0.09, 0.05), (0.145, 0.04)])
CABIN = np.array([(-0.07, 0.04), (-0.01, 0.045), (0.035, 0.034)])
WING = np.array([(-0.15, 0.085), (-0.118, 0.085)])
LAMP = np.array([(0.117, 0.033), (0.117, 0.018), (0.143, 0.018), (0.143, 0.031)])
WHEEL = np.array([(-0.036, -0.018), (-0.036, 0.018), (0.036, 0.018), (0.036, -0.018)])
CAR_LENGTH = 0.30  # m, wing to nose

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")  # variables that name one on Linux


class WindowClosed(Exception):
    """The person at the computer closed the window."""


class NoDisplay(RuntimeError):
    """No window can be opened here; the message says what to do instead."""


class View:
    """The picture of a track, and of cars on it.

    Args:
        track: what to draw.
        window: open a window (at the first `draw`) instead of returning pictures.
        size: (width, height) in px that the picture may have at most; it takes the track's shape.
        trails: how many past steps are drawn behind each car.

    Attributes:
        size: (width, height) in px of the picture.  scale: px per m.
        surface: the pygame surface that was painted last.
    """

    def __init__(self, track: Track, window: bool = False, size: tuple[int, int] = (800, 600), trails: int = 0):
        self.track, self.window = track, window
        low, high = (limit(track.rows.reshape(-1, 2), axis=0) for limit in (np.min, np.max))
        across, up = high - low + 2 * MARGIN
        self.scale = min(size[0] / across, (size[1] - BAR) / up)
        # Even numbers of pixels, as video formats want them.
        width, height = (2 * math.ceil(pixels * self.scale / 2) for pixels in (across, up))
        self.size = max(width, min(LEAST_WIDTH, size[0])), height + BAR
        self._middle, self._height = (low + high) / 2, height
        self._car_scale = max(self.scale, SMALLEST_CAR / CAR_LENGTH)
        self.surface = pygame.Surface(self.size, 0, 32)
        self._background = self._empty = self._draw_track()
        self._boxes = None
        pygame.font.init()
        self._fonts = {points: pygame.font.Font(None, points) for points in (22, 40)}
        self._trails = deque(maxlen=trails + 1)
        self._screen = self._clock = None
        self._closed = False

    def draw(self, world: RaceWorld) -> np.ndarray | None:
        """The picture of a world on this track, (height, width, 3) uint8.

        In a window: None, and it waits so that there are 15 pictures a second.

        Raises:
            WindowClosed: the window was closed with its button.
            NoDisplay: there is no display to open a window on.
        """
        if world.boxes is not self._boxes:
            self._boxes, self._background = world.boxes, self._empty.copy()
            paint_boxes(self._background, self._pixels(world.boxes.corners))
        self.paint(world.cars.x, world.cars.y, world.cars.heading, world.steering)
        self.write(*describe(world))
        if not self.window:
            return self.pixels()
        self._show()
        return None

    def pixels(self) -> np.ndarray:
        """What was painted, as an array (height, width, 3) uint8."""
        pixels = np.frombuffer(pygame.image.tobytes(self.surface, "RGB"), np.uint8)
        return pixels.reshape(self.size[1], self.size[0], 3).copy()

    def close(self) -> None:
        """Close the window, if there is one; to be called any number of times."""
        self._closed = True
        if self._screen is not None:
            self._screen = None
            pygame.display.quit()

    def paint(self, x, y, heading, steering, colours=COLOURS, opacity: float = 1.0, fresh: bool = True) -> None:
        """Paint cars on the surface, the first one on top.

        Args:
            x, y: (n,) m, the cars' origins.  heading: (n,) rad.  steering: (n,) degrees, left positive.
            colours: RGB of the cars, over and over.  opacity: 0...1, for ghosts.
            fresh: paint the empty track first; False adds to what is there.
        """
        if fresh:
            self.surface.blit(self._background, (0, 0))
        places = self._pixels(np.stack([x, y], axis=1))
        if fresh and self._trails.maxlen > 1:
            if self._trails and len(self._trails[-1]) != len(places):
                self._trails.clear()
            self._trails.append(places)
            self._paint_trails(colours)
        for car in reversed(range(len(places))):
            self._paint_car(places[car], heading[car], steering[car], colours[car % len(colours)], opacity)

    def write(self, text: str, swatches: list[str] = (), right: str = "", banner: str = "") -> None:
        """Write below the track.

        Args:
            text: a line.  swatches: a word for each car, to go beside its colour.
            right: something faint on the right, where there is room.  banner: written large across the track.
        """
        width, height = self.size
        self.surface.fill(PANEL, (0, height - BAR, width, BAR))
        left, middle = 12, height - BAR // 2
        if text:
            left = self._print(text, TEXT, left, middle) + 18
        for car, word in enumerate(swatches):
            colour = COLOURS[car % len(COLOURS)]
            pygame.draw.rect(self.surface, colour, (left, middle - 6, 12, 12), border_radius=3)
            left = self._print(word, TEXT, left + 17, middle) + 14
        if right:
            label = self._fonts[22].render(right, True, FAINT)
            if width - label.get_width() - 12 > left:
                self.surface.blit(label, label.get_rect(midright=(width - 12, middle)))
        if banner:
            label = self._fonts[40].render(banner, True, TEXT)
            box = label.get_rect(center=(width // 2, (height - BAR) // 2))
            panel = pygame.Surface(box.inflate(36, 24).size, pygame.SRCALPHA)
            pygame.draw.rect(panel, (*PANEL, 215), panel.get_rect(), border_radius=12)
            self.surface.blit(panel, panel.get_rect(center=box.center))
            self.surface.blit(label, box)

    def _print(self, text: str, colour, left: int, middle: int) -> int:
        label = self._fonts[22].render(text, True, colour)
        self.surface.blit(label, label.get_rect(midleft=(left, middle)))
        return left + label.get_width()

    def _show(self) -> None:
        if self._closed:
            raise WindowClosed("The window was closed.")
        if self._screen is None:
            self._screen = open_window(self.size, f"First Lap: {self.track.name}")
            self._clock = pygame.time.Clock()
        self._screen.blit(self.surface, (0, 0))
        pygame.display.flip()
        self._clock.tick(FPS)
        # Asking for events is what keeps a window alive on every system.
        if any(event.type == pygame.QUIT for event in pygame.event.get()):
            self.close()
            raise WindowClosed("The window was closed.")

    def _pixels(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) px from the top left corner, for points (n, 2) in m, whose y grows upwards."""
        return (points - self._middle) * self.scale * (1, -1) + (self.size[0] / 2, self._height / 2)

    def _draw_track(self) -> pygame.Surface:
        width, height = self.size[0] * SMOOTH, self._height * SMOOTH
        large = pygame.Surface((width, height), 0, 32)
        large.fill(GRASS)
        metre = self.scale * SMOOTH
        for stripe in range(0, math.ceil(width / metre), 2):
            large.fill(MOWN, (stripe * metre, 0, metre, height))
        inner, outer = (
            self._pixels(np.append(line.points, line.points[:1], axis=0)) * SMOOTH
            for line in (self.track.inner, self.track.outer)
        )
        for line in (inner, outer):
            _thick_line(large, VERGE, line, 0.16 * metre)
        field = large.copy()
        pygame.draw.polygon(large, ROAD, outer)
        # The field inside the track keeps its stripes and verge.
        mask = pygame.Surface(large.get_size(), pygame.SRCALPHA)
        pygame.draw.polygon(mask, (255, 255, 255, 255), inner)
        mask.blit(field, (0, 0), special_flags=pygame.BLEND_RGB_MULT)
        large.blit(mask, (0, 0))
        self._draw_markings(large, metre)
        for line in (inner, outer):
            _thick_line(large, BORDER, line, max(0.028 * metre, 1.6 * SMOOTH))
        background = pygame.Surface(self.size, 0, 32)
        background.blit(pygame.transform.smoothscale(large, (self.size[0], self._height)), (0, 0))
        return background

    def _draw_markings(self, large: pygame.Surface, metre: float) -> None:
        """Dashes along the centre, the chequered start line, and an arrow that tells the way."""
        track = self.track
        dashes = round(track.length / 0.4)
        for s in np.arange(dashes) * track.length / dashes:
            dash = self._pixels(track.centre.at(s + np.linspace(0.1, 0.3, 4))) * SMOOTH
            _thick_line(large, DASH, dash, max(0.02 * metre, 1.2 * SMOOTH))
        start, left = track.centre.at(0.0), track.headings[0] + np.pi / 2
        across, ahead = (np.array([np.cos(angle), np.sin(angle)]) for angle in (left, left - np.pi / 2))
        half, fields = track.widths[0] / 2, 2 * round(track.widths[0] / 0.16)
        for row in range(2):
            for column in range(fields):
                corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) + (row, column)
                points = start + (corners[:, :1] - 1) * 0.08 * ahead + (corners[:, 1:] / fields * 2 - 1) * half * across
                colour = INK if (row + column) % 2 else BORDER
                pygame.draw.polygon(large, colour, self._pixels(points) * SMOOTH)
        arrow = np.array([(0.30, 0.12), (0.45, 0.0), (0.30, -0.12), (0.36, 0.0)])
        points = start + arrow[:, :1] * ahead + arrow[:, 1:] * across
        pygame.draw.polygon(large, BORDER, self._pixels(points) * SMOOTH)

    def _paint_trails(self, colours) -> None:
        places = np.array(self._trails)
        jump = 8.0 * DT * self.scale  # px that no car drives in a step: it was put back to a start
        for car in range(places.shape[1]):
            for a, b in zip(places[:-1, car], places[1:, car], strict=True):
                if 0 < np.abs(b - a).max() < jump:
                    for shift in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):  # smooth lines are one pixel wide
                        pygame.draw.aaline(self.surface, colours[car % len(colours)], a + shift, b + shift)

    def _paint_car(self, place: np.ndarray, heading: float, steering: float, colour, opacity: float) -> None:
        fine = 2 * SMOOTH
        side = math.ceil(1.3 * CAR_LENGTH * self._car_scale)
        corner = np.floor(place - side / 2)
        patch = pygame.Surface((side * fine, side * fine), pygame.SRCALPHA)

        def shape(points, fill, at=(0.0, 0.0), turn=0.0):
            turned = points @ _turn(turn) + at
            pixels = (turned @ _turn(heading)) * self._car_scale * (1, -1) + place - corner
            pygame.draw.polygon(patch, fill, pixels * fine)

        for side_of_car in (1, -1):
            shape(WHEEL, INK, (REAR_AXLE, side_of_car * REAR_HALF_TRACK))
            shape(WHEEL, INK, (FRONT_AXLE, side_of_car * FRONT_HALF_TRACK), math.radians(steering))
        shape(_both_sides(BODY) * 1.08, INK)
        shape(_both_sides(BODY), colour)
        shape(_both_sides(CABIN), INK)
        shape(_both_sides(WING), INK)
        shape(LAMP, BORDER)
        shape(LAMP * (1, -1), BORDER)
        small = pygame.transform.smoothscale(patch, (side, side))
        small.set_alpha(round(255 * opacity))
        self.surface.blit(small, corner)


def open_window(size: tuple[int, int], title: str) -> pygame.Surface:
    """Open pygame's window, size in px.

    Raises:
        NoDisplay: there is no display.
    """
    try:
        if sys.platform == "linux" and not any(os.environ.get(name) for name in DISPLAYS):
            raise pygame.error("no display found")
        pygame.display.init()
        # When it finds no display SDL may draw where nobody can see it.
        if pygame.display.get_driver() == "offscreen" and os.environ.get("SDL_VIDEODRIVER") != "offscreen":
            raise pygame.error("no display found")
        pygame.display.set_caption(title)
        return pygame.display.set_mode(size)
    except pygame.error as error:
        pygame.display.quit()
        raise NoDisplay(
            f"No window can be opened ({error}): run this on a computer with a screen; pictures, "
            'with render_mode="rgb_array", need none.'
        ) from None


def describe(world: RaceWorld) -> tuple[str, list[str]]:
    """What `View.write` says of a world: all of one car, the progress of each of a few, or means."""
    clock = np.where(np.isnan(world.lap_time), world.steps * DT - world.lap_start, world.lap_time)
    if world.n == 1:
        end = "" if world.status[0] == 0 else f"     {STATUS[world.status[0]].replace('_', ' ')}"
        return (
            f"Speed {world.cars.speed[0]:.1f} m/s     Progress {world.progress[0]:.0f} %     Lap {clock[0]:.1f} s{end}"
        ), []
    if world.n <= len(COLOURS):
        return "", [
            {OFF_TRACK: "off", CRASHED: "crash"}.get(status, f"{progress:.0f} %")
            for status, progress in zip(world.status.tolist(), world.progress, strict=True)
        ]
    return (
        f"{world.n} cars     mean speed {world.cars.speed.mean():.1f} m/s     "
        f"mean progress {world.progress.mean():.0f} %"
    ), []


def _turn(angle: float) -> np.ndarray:
    """(2, 2) matrix that turns row vectors counter-clockwise by an angle in rad."""
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([(cos, sin), (-sin, cos)])


def _both_sides(left: np.ndarray) -> np.ndarray:
    return np.concatenate([left, left[::-1] * (1, -1)])


def _thick_line(surface: pygame.Surface, colour, points: np.ndarray, width: float) -> None:
    """A line through points (n, 2) in px; pygame's own thick ones are thin where they lie aslant."""
    steps = np.diff(points, axis=0)
    sides = steps[:, ::-1] * (-1, 1) / np.maximum(np.hypot(*steps.T), 1e-9)[:, None] * width / 2
    for a, b, side in zip(points[:-1], points[1:], sides, strict=True):
        pygame.draw.polygon(surface, colour, (a + side, b + side, b - side, a - side))
        pygame.draw.circle(surface, colour, b, width / 2)
