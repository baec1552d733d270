"""How a car answers its commands. Every model is a function that moves a batch of cars by one step.

The numbers of `deepracer` were fitted on 84,000 real steps (deepracer.md, section 2); the wheel friction is that of
the car's published model. `kinematic` is the textbook bicycle, for comparison and for the first lessons.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

DT = 1 / 15  # s, one step: the car's camera takes 15 pictures a second
MAX_STEERING = 30.0  # degrees to either side
SPEED_LIMITS = (0.1, 4.0)  # m/s, what the motor can do, whatever is commanded

WHEELBASE = 0.164  # m
REAR_AXLE, FRONT_AXLE = -0.0817, 0.0823  # m ahead of the car's origin
REAR_HALF_TRACK, FRONT_HALF_TRACK = 0.081, 0.0795  # m, wheel centre to the car's axis
NOSE = 0.14  # m ahead of the origin: the point whose x, y a DeepRacer reward function sees

SPEED_MEMORY = 0.69  # share of the old speed kept by one step (time constant 0.18 s)
CURVATURE_MEMORY = 0.865  # share of the old curvature kept by one step (time constant 0.46 s)
STEERING_LENGTH = 0.262  # m, steady curvature = tan(steering) / this
GRIP = 0.5 * 9.81  # m/s^2, largest lateral acceleration: wheel friction 0.5 times gravity


@dataclass
class Cars:
    """State of n cars, one float64 array (n,) per quantity."""

    x: np.ndarray  # m, the car's origin, midway between the axles
    y: np.ndarray  # m
    heading: np.ndarray  # rad, 0 = along +x, counter-clockwise positive, in (-pi, pi]
    speed: np.ndarray  # m/s
    curvature: np.ndarray  # 1/m of the path that the wheels ask for, left positive
    steering_1: np.ndarray  # degrees, the last command
    speed_1: np.ndarray  # m/s, the last command
    steering_2: np.ndarray  # degrees, the command before it
    speed_2: np.ndarray  # m/s

    @classmethod
    def parked(cls, n: int) -> Cars:
        return cls(*(np.zeros(n) for _ in fields(cls)))


def deepracer(cars: Cars, steering: np.ndarray, speed: np.ndarray, dt: float | np.ndarray = DT) -> None:
    """One step of the fitted DeepRacer: half a step of dead time, first-order speed and curvature, limited grip.

    Args:
        cars: changed in place.
        steering: (n,) commanded degrees, left positive.
        speed: (n,) commanded m/s.
        dt: step in s; the fit's memories are per step of 1/15 s, and real logs jitter around that.
    """
    steering, speed = _limit(steering, speed)
    aim = (np.tan(np.radians(steering)) + np.tan(np.radians(cars.steering_1))) * (0.5 / STEERING_LENGTH)
    cars.curvature = CURVATURE_MEMORY * cars.curvature + (1 - CURVATURE_MEMORY) * aim
    cars.speed = SPEED_MEMORY * cars.speed + (1 - SPEED_MEMORY) * 0.5 * (speed + cars.speed_1)
    most = GRIP / np.maximum(cars.speed * cars.speed, 1e-6)
    path = np.minimum(np.maximum(cars.curvature, -most), most)  # past the grip the car runs wide
    _move(cars, path, steering, speed, dt)


def kinematic(cars: Cars, steering: np.ndarray, speed: np.ndarray, dt: float | np.ndarray = DT) -> None:
    """One step of the kinematic bicycle: commands act at once, the path's curvature is tan(steering) / wheelbase."""
    steering, speed = _limit(steering, speed)
    cars.curvature = np.tan(np.radians(steering)) * (1 / WHEELBASE)
    cars.speed = speed.copy()  # the command is kept as well, and neither may change with the other
    _move(cars, cars.curvature, steering, speed, dt)


VEHICLES = {"deepracer": deepracer, "kinematic": kinematic}


def _limit(steering, speed):
    low, high = SPEED_LIMITS
    return (np.minimum(np.maximum(steering, -MAX_STEERING), MAX_STEERING), np.minimum(np.maximum(speed, low), high))


def _move(cars: Cars, path_curvature, steering, speed, dt) -> None:
    """Advance the pose along an arc (midpoint rule) and remember the commands."""
    distance = cars.speed * dt
    turn = path_curvature * distance
    middle = cars.heading + 0.5 * turn
    cars.x = cars.x + distance * np.cos(middle)
    cars.y = cars.y + distance * np.sin(middle)
    cars.heading = wrap_angle(cars.heading + turn)
    cars.steering_2, cars.speed_2 = cars.steering_1, cars.speed_1
    cars.steering_1, cars.speed_1 = steering, speed


def wrap_angle(angle: np.ndarray) -> np.ndarray:
    """The same angle in (-pi, pi]."""
    return angle - 2 * np.pi * np.ceil((angle - np.pi) * (0.5 / np.pi))


# The points of the body at which the rules look, as (5, 1) columns in m: nose, then the wheel centres rear left,
# rear right, front left, front right.
_AHEAD = np.array([NOSE, REAR_AXLE, REAR_AXLE, FRONT_AXLE, FRONT_AXLE])[:, None]
_LEFT = np.array([0.0, REAR_HALF_TRACK, -REAR_HALF_TRACK, FRONT_HALF_TRACK, -FRONT_HALF_TRACK])[:, None]


def nose_and_wheels(x: np.ndarray, y: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x and y (5, n) in m of nose and wheel centres, for (n,) origins (m) and cosine and sine of the headings."""
    return x + _AHEAD * cos - _LEFT * sin, y + _AHEAD * sin + _LEFT * cos
