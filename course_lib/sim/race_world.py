"""The race world: n independent cars on one track, moved together in NumPy. All physics and all rules of an episode.

Rules and progress are DeepRacer's (deepracer.md, sections 1 and 2): everything is measured at the car's nose, 0.14 m
ahead of its origin; a car is off track when all four wheels are; an episode also ends when the car hits a box, after
its laps, after 15 steps of standing still, and after 15 steps of falling progress.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from course_lib.sim import vehicle as vehicles
from course_lib.sim.actions import Actions
from course_lib.sim.boxes import Boxes
from course_lib.sim.chance import uniform
from course_lib.sim.track import STEP, Track

STATUS = ("in_progress", "off_track", "lap_complete", "immobilized", "reversed", "time_up", "crashed")
IN_PROGRESS, OFF_TRACK, LAP_COMPLETE, IMMOBILIZED, REVERSED, TIME_UP, CRASHED = range(7)

STUCK_STEPS = 15  # steps of standing still, or of falling progress, that end an episode
STUCK_DISTANCE = 0.0003  # m per step
SLOWEST_LAP = 0.4  # m/s: the time limit is what a lap takes at this mean speed

START_OFFSET = 0.25  # a random start lies within this share of the half width from the centre line
START_HEADING = 0.15  # rad; and it points within this angle of the road


class VehicleError(ValueError):
    """A vehicle that there is not."""


class RaceWorld:
    """``n`` cars that do not meet, each in an episode of its own.

    Args:
        track: a `Track`, a shipped track's name or a `.npy` path.
        n: number of cars.
        vehicle: "deepracer" or "kinematic" (`vehicle.VEHICLES`).
        action_space, speed_range: see `Actions`.
        laps: laps until an episode is complete.
        max_steps: time limit in steps; None: ``laps`` laps at 0.4 m/s.
        seed: car i draws its random starts from ``seed + i``, however many cars there are.
        boxes: on the track, see `Boxes`; random starts leave room before them.

    Attributes, arrays (n,) that callers only read:
        cars: `vehicle.Cars`.  boxes: `Boxes`, with ``count`` 0 where there are none.
        x, y: the nose in m.  cos, sin: of the heading.  s: arc length of its projection, along the car's direction.
        offset: lateral offset in m, positive left of the car's direction.  index: segment of the centre line.
        direction: +1, or -1 for a car that drives the track the other way round.
        progress: % of this lap, by DeepRacer's wrap rules.  moved: m along the centre line in the last step.
        clock: s since the world was made.  steps: of this episode.  laps_done: complete laps.
        lap_time: s of the lap that this step completed, or NaN.  lap_start: s of the episode at which this lap began.
        wheels_on: (4, n) bool, is the wheel on the road?  status: index into `STATUS`.
        steering, speed_command: the last commands, degrees and m/s.
        link: what becomes of commands on their way to the motors, `disturbances.Link`; None: nothing.

    Raises:
        TrackError, ActionError, VehicleError, BoxError: a track, an action space, a vehicle or boxes that cannot be
            used.
    """

    def __init__(
        self,
        track: Track | str | Path = "camp",
        n: int = 1,
        vehicle: str = "deepracer",
        action_space=None,
        speed_range: tuple[float, float] = (0.5, 4.0),
        laps: int = 1,
        max_steps: int | None = None,
        seed: int = 0,
        boxes=None,
    ):
        self.track = track if isinstance(track, Track) else Track.load(track)
        if vehicle not in vehicles.VEHICLES:
            raise VehicleError(f"No vehicle is called {vehicle!r}: choose one of {', '.join(vehicles.VEHICLES)}.")
        self.boxes = Boxes(self.track, boxes)
        self.drive, self.link = vehicles.VEHICLES[vehicle], None
        self.actions = Actions(action_space, speed_range)
        for name, value, least in (("n", n, 1), ("laps", laps, 1), ("max_steps", max_steps, 1), ("seed", seed, 0)):
            if value is not None and value < least:
                raise ValueError(f"{name} is {value}: it must be a whole number of at least {least}.")
        self.n = n
        self.laps = laps
        self.max_steps = max_steps or int(np.ceil(laps * self.track.length / SLOWEST_LAP / vehicles.DT))
        self.cars = vehicles.Cars.parked(n)
        self.direction, self._backwards = np.ones(n, dtype=np.intp), False
        self.start_s, self.x, self.y, self.s, self.offset, self.progress, self.moved = np.zeros((7, n))
        self.lap_start, self.clock = np.zeros((2, n))
        self.steering, self.speed_command, self.cos, self.sin = np.zeros((4, n))
        self.index, self.steps, self.laps_done, self.status, self._still, self._falling = np.zeros(
            (6, n), dtype=np.int64
        )
        self.lap_time = np.full(n, np.nan)
        self.wheels_on = np.ones((4, n), dtype=bool)
        self.reseed(np.uint64(seed) + np.arange(n, dtype=np.uint64))
        self.reset()

    @property
    def off_track(self) -> np.ndarray:
        return self.status == OFF_TRACK

    def reseed(self, seeds: np.ndarray) -> None:
        """Give each car its own seed (n,) and forget how many episodes it has begun."""
        self.seeds = np.asarray(seeds).astype(np.uint64)
        self.episodes = np.zeros(self.n, dtype=np.uint64)

    def reset(self, cars: np.ndarray | None = None, s=None, offset=None, heading=None, direction=None) -> None:
        """Begin an episode, at rest.

        Args:
            cars: indices of the cars to reset; None: all.
            s: arc length (m) of the start along the car's direction, one number or one per reset car; None: random.
            offset: m left of the centre line; None: random, up to 25 % of the half width to either side.
            heading: rad, relative to the road; None: random, up to 0.15 to either side.
            direction: +1 or -1; None: as before.
        """
        cars = np.arange(self.n) if cars is None else np.asarray(cars)
        for name, values in (("s", s), ("offset", offset), ("heading", heading)):
            if values is not None and not np.isfinite(values).all():
                raise ValueError(f"{name} of a start is {values}: it must be a finite number.")
        if direction is not None and not np.isin(direction, (-1, 1)).all():
            raise ValueError(f"direction is {direction}: it must be 1, or -1 for the other way round.")
        if direction is not None:
            self.direction[cars] = direction
            self._backwards = bool((self.direction < 0).any())
        draws = uniform(self.seeds[cars], self.episodes[cars], 3)
        self.episodes[cars] += np.uint64(1)
        track, way = self.track, self.direction[cars]
        if s is None and self.boxes.count:
            s = self.boxes.free(draws[0] * track.length, way)
        if s is None:  # anywhere on the table along the centre line
            here = (draws[0] * track.table_length).astype(np.intp) * way % track.table_length
            file_s, x, y = here * STEP, track.points_x[here], track.points_y[here]
            s = np.where(way > 0, file_s, track.length - file_s)
        else:
            s = np.broadcast_to(np.asarray(s, float), cars.shape) % track.length
            file_s = np.where(way > 0, s, track.length - s)
            here = track.table_index(file_s)
            x, y = track.centre.at(file_s).T
        if offset is None:
            offset = (draws[1] - 0.5) * START_OFFSET * track.widths[here]
        if heading is None:
            heading = (2 * draws[2] - 1) * START_HEADING
        road = track.headings[here] + np.where(way > 0, 0.0, np.pi)
        for values in (
            *vars(self.cars).values(),
            self.steering,
            self.speed_command,
            self.moved,
            self.lap_start,
            self.steps,
            self.laps_done,
            self.status,
            self._still,
            self._falling,
        ):
            values[cars] = 0
        self.cars.x[cars] = x - offset * np.sin(road)
        self.cars.y[cars] = y + offset * np.cos(road)
        self.cars.heading[cars] = vehicles.wrap_angle(road + heading)
        self.lap_time[cars] = np.nan
        self.start_s[cars] = s
        self.locate(cars)
        self.progress[cars] = 100.0 * _wrap(self.s[cars] - s, track.length) / track.length

    def step(self, actions: np.ndarray) -> None:
        """Move every car by one step of 1/15 s and judge it.

        Args:
            actions: (n, 2) floats in [-1, 1], or (n,) indices into the action list.

        Raises:
            ActionError: actions of the wrong shape, NaN or infinite, or outside the list.
        """
        commands = self.actions.decode(actions, self.n)
        self.steering, self.speed_command = (np.ascontiguousarray(column) for column in commands.T)
        x, y, s = self.cars.x, self.cars.y, self.s
        commands = self.steering, self.speed_command
        self.drive(self.cars, *(commands if self.link is None else self.link(*commands)))
        self.locate()
        self.steps = self.steps + 1
        self.clock = self.clock + vehicles.DT
        self.moved = _wrap(self.s - s, self.track.length)
        lap_complete, falling = self._advance_progress()

        self._still = (self._still + 1) * (np.abs(self.cars.x - x) + np.abs(self.cars.y - y) <= STUCK_DISTANCE)
        self._falling = (self._falling + 1) * falling
        stuck = np.maximum(self._still, self._falling) >= STUCK_STEPS
        self.status = np.where(self.wheels_on.any(axis=0), IN_PROGRESS, OFF_TRACK)
        if (lap_complete | stuck | (self.steps >= self.max_steps)).any():
            # The weakest reason first; off track, which DeepRacer tests first too, is kept.
            for ended, status in (
                (self.steps >= self.max_steps, TIME_UP),
                (self._falling >= STUCK_STEPS, REVERSED),
                (self._still >= STUCK_STEPS, IMMOBILIZED),
                (lap_complete, LAP_COMPLETE),
            ):
                self.status[ended & (self.status != OFF_TRACK)] = status
        if self.boxes.count:
            crashed = self.boxes.hit_by(self.cars.x, self.cars.y, self.cos, self.sin)
            self.status = np.where(crashed, CRASHED, self.status)

    def _advance_progress(self) -> tuple[np.ndarray, np.ndarray]:
        """Progress by DeepRacer's wrap rules, and the lap times. Returns who finished and whose progress fell."""
        last = self.progress * (self.progress < 100.0)
        raw = 100.0 * (self.s - self.start_s) / self.track.length
        raw += 100.0 * (raw <= 0)
        raw += 100.0 * (last > raw + 50.0)
        raw -= 100.0 * (raw > last + 50.0)
        crossed = raw >= 100.0
        self.progress = np.minimum(raw, 100.0)
        if crossed.any():
            share = (100.0 - last) / np.maximum(raw - last, 1e-9)  # of this step until the line was crossed
            now = (self.steps - 1 + share) * vehicles.DT
            self.lap_time = np.where(crossed, now - self.lap_start, np.nan)
            self.lap_start = np.where(crossed, now, self.lap_start)
            self.laps_done = self.laps_done + crossed
        else:
            self.lap_time = np.full(self.n, np.nan)
        return crossed & (self.laps_done >= self.laps), raw < last

    def locate(self, cars: np.ndarray | None = None) -> None:
        """Work out nose, projection and wheels of some cars (indices), or of all, from the poses in `cars`."""
        everyone = cars is None
        pick = slice(None) if everyone else cars
        heading, way = self.cars.heading[pick], self.direction[pick]
        cos, sin = np.cos(heading), np.sin(heading)
        x, y = vehicles.nose_and_wheels(self.cars.x[pick], self.cars.y[pick], cos, sin)
        s, offset, index = self.track.project(x[0], y[0])
        if self._backwards:
            s = np.where(way > 0, s, np.where(s > 0, self.track.length - s, 0.0))
            offset = offset * way
        wheels_on = self.track.contains(x[1:], y[1:])
        found = {"cos": cos, "sin": sin, "x": x[0], "y": y[0], "s": s, "offset": offset, "index": index}
        if everyone:
            vars(self).update(found, wheels_on=wheels_on)
        else:
            for name, values in found.items():
                getattr(self, name)[cars] = values
            self.wheels_on[:, cars] = wheels_on

    def state(self) -> dict[str, np.ndarray]:
        """An exact snapshot: copies of every array, to be given to `restore`."""
        arrays = {name: value.copy() for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return arrays | {f"cars.{name}": value.copy() for name, value in vars(self.cars).items()}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go back to a snapshot of a world with the same track, boxes and number of cars.

        Raises:
            ValueError: the snapshot is of another number of cars, or of another version.
        """
        mine = self.state()
        if state.keys() != mine.keys() or any(np.shape(state[name]) != mine[name].shape for name in mine):
            raise ValueError(
                f"The snapshot is not of a world with {self.n} cars: restore it in the world it came from."
            )
        for name, value in state.items():
            target, _, field = name.rpartition(".")
            setattr(self.cars if target else self, field, np.array(value, dtype=mine[name].dtype))
        self._backwards = bool((self.direction < 0).any())


def _wrap(distance: np.ndarray, length: float) -> np.ndarray:
    """The same way along a loop, in [-length / 2, length / 2)."""
    return distance - length * np.floor(distance * (1 / length) + 0.5)
