"""Pure pursuit: aim at a point of the line a little ahead, and drive the arc that leads there.

The arc through the car that touches its heading and reaches a point `left` metres to its left, `distance` metres
away, has the curvature 2 * left / distance^2 (Coulter, "Implementation of the Pure Pursuit Path Tracking
Algorithm", CMU-RI-TR-92-01, 1992). Everything else here is about how fast the car may go, and about wheels that turn
slowly.
"""

from __future__ import annotations

import numpy as np

from course_lib.drivers.line import Line, speed_profile
from course_lib.sim import vehicle as vehicles
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.vehicle import GRIP, NOSE, STEERING_LENGTH, WHEELBASE

LOOK_TIME = 0.15  # s: the faster the car, the farther it looks
LEAD = 5.0  # the wheels of `deepracer` answer slowly: ask for this many times the change of curvature that is wanted
SHARE_OF_GRIP = 0.8  # the rest is kept for corrections
SLOW_DOWN = 3.0  # m/s^2, how hard the car plans to brake (and to accelerate)
REACTION = 0.2  # s, how long the car takes to follow a new speed


class PurePursuit:
    """A driver that follows a line at a speed that its bends allow.

    Args:
        speed: m/s, never faster than this; None: as fast as is safe.
        look_ahead: m from the nose to the point that the car aims at, when slow.
        offsets: (k,) m left of the centre line, in the order of the track's file, at k points spread evenly along
            it: the line to follow. None: the centre line.

    Call it with a world to get its cars' actions, (n, 2) in [-1, 1]. It drives either vehicle in either direction.
    """

    def __init__(self, speed: float | None = None, look_ahead: float = 0.45, offsets: np.ndarray | None = None):
        self.speed = speed
        self.look_ahead = look_ahead
        self.offsets = np.zeros(1) if offsets is None else np.asarray(offsets, dtype=np.float64)
        self._track = None

    def __call__(self, world: RaceWorld) -> np.ndarray:
        if world.track is not self._track:
            self._prepare(world.track)
        ahead = self.look_ahead + LOOK_TIME * world.cars.speed
        aim = world.track.table_index(place(world, ahead))
        steering = steer_towards(world, self._x[aim], self._y[aim])
        speed = self._speeds[world.track.table_index(place(world, REACTION * world.cars.speed))]
        return world.actions.encode(np.stack([steering, speed], axis=1))

    def _prepare(self, track) -> None:
        """Tables along the centre line, one entry per centimetre: the line's points, and the speed there."""
        self._track = track
        offsets = np.interp(
            np.arange(track.table_length),
            np.linspace(0, track.table_length, len(self.offsets) + 1),
            np.append(self.offsets, self.offsets[0]),
        )
        self._x = track.points_x - offsets * np.sin(track.headings)
        self._y = track.points_y + offsets * np.cos(track.headings)
        line = Line.through(np.stack([self._x, self._y], axis=1))
        speeds = speed_profile(line, self.speed or np.inf, SHARE_OF_GRIP * GRIP, SLOW_DOWN, SLOW_DOWN)
        self._speeds = np.interp(np.arange(track.table_length), line.s / line.length * track.table_length, speeds)


def place(world: RaceWorld, ahead: np.ndarray) -> np.ndarray:
    """Arc length (n,) in m, counted as the track's file does, of a point ``ahead`` m before each car's nose."""
    s = world.s + ahead
    return np.where(world.direction > 0, s, world.track.length - s) % world.track.length


def steer_towards(world: RaceWorld, x: np.ndarray, y: np.ndarray, lead: float | np.ndarray = LEAD) -> np.ndarray:
    """Steering commands (n,) in degrees that take each car along an arc to its point (x, y) in m.

    Args:
        lead: for the sluggish vehicle, how many times the wanted change of curvature to ask for; 1: no more than
            what is wanted.
    """
    cars = world.cars
    dx, dy = x - cars.x, y - cars.y
    left = dy * np.cos(cars.heading) - dx * np.sin(cars.heading)
    curvature = 2 * left / np.maximum(dx * dx + dy * dy, NOSE**2)
    if world.drive is vehicles.kinematic:
        return np.degrees(np.arctan(curvature * WHEELBASE))
    curvature = cars.curvature + lead * (curvature - cars.curvature)
    return np.degrees(np.arctan(curvature * STEERING_LENGTH))
