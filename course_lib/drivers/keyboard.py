"""Driving with held keys: `Game` turns them into steps of the world, beside ghosts; a window or a widget shows it."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from course_lib.drivers.recorded import RecordedDriver, Recording, RecordingError, round_actions
from course_lib.sim.laps import race_for
from course_lib.sim.race_world import IN_PROGRESS, OFF_TRACK, RaceWorld
from course_lib.sim.track import Track
from course_lib.sim.vehicle import (
    DT,
    GRIP,
    MAX_STEERING,
    STEERING_LENGTH,
    WHEELBASE,
    wrap_angle,
)

KEYS = ("left", "right", "up", "down")
SPEED_RANGE = (0.5, 4.0)
START = {"s": 0.0, "offset": 0.0, "heading": 0.0, "direction": 1}
ENDLESS = 10**9  # laps, and steps: the player decides when it is over

# A key is held or not: turn and speed, both in [-1, 1], move towards what it asks for by so much in a step.
TURN = 0.5
SPEED_UP, ROLL, BRAKE = 0.08, 0.03, 0.5
SHARPEST = 1.4  # 1/m: a full turn, on a road with bends of 0.75 m radius
# The DeepRacer takes half a second to answer its steering: with bare keys nobody keeps it on the road. So the
# wheels are turned further than a curve needs until the car is on it: by this gain, for this length in m.
HELPERS = {"deepracer": (4.0, STEERING_LENGTH), "kinematic": (1.0, WHEELBASE)}

OFF_TRACK_STEPS = 18  # how long one sees where it went wrong before the car is put back
MOST_STEPS = 3  # at once, when the computer was busy: slow motion rather than a jump


class GhostError(RuntimeError):
    """A ghost whose driver failed; the message names the ghost and the error.

    Attributes:
        ghost: the `Ghost`.
    """

    def __init__(self, ghost: Ghost, error: Exception):
        super().__init__(f"The ghost {ghost.label!r} cannot drive on ({type(error).__name__}: {error}).")
        self.ghost = ghost


class Ghost:
    """Another car that drives along, and starts again when it is done.

    Args:
        driver: a `Recording`, a policy (it has ``act``), or a driver function.
        track: the track that is driven on.
        label: what to call it.

    Raises:
        RecordingError: it was recorded on another track.  PolicyError: the policy does not fit this First Lap.
    """

    def __init__(self, driver, track: Track, label: str = "ghost"):
        self.label = label
        self._parked = False
        if isinstance(driver, Recording):
            self.world = driver.world()
            if not np.array_equal(self.world.track.rows, track.rows):
                raise RecordingError(
                    f"{driver.source} was driven on {driver.track}, this is {track.name}: "
                    f"drive on {driver.track} too, or take another ghost."
                )
            recorded, self._start = RecordedDriver(driver), driver.start
            self._act = lambda: recorded(self.world)
        else:
            race = race_for(driver, track, 1, laps=ENDLESS, max_steps=ENDLESS)
            self.world, self._start = race.world, START
            if hasattr(driver, "act"):
                self._act = lambda: driver.act(race.observation.observe(race.world), deterministic=True)
            else:
                self._act = lambda: driver(race.world)
        self.restart()

    def restart(self) -> None:
        self.world.reset(**self._start)
        self.before = pose(self.world)

    def park(self) -> None:
        """Drive no more."""
        self._parked = True

    def step(self) -> None:
        """One step of 1/15 s; GhostError if its driver fails."""
        self.before = pose(self.world)
        if self._parked:
            return
        if self.world.status[0] != IN_PROGRESS:
            self.restart()
            return
        try:
            self.world.step(self._act())
        except Exception as error:  # a driver that a student wrote may fail in any way
            raise GhostError(self, error) from error


class Game:
    """One player on one track, without a window.

    Args:
        track: a shipped track's name or a `.npy` path.
        vehicle: a name of `vehicle.VEHICLES`.
        ghosts: `Ghost`s on the same track.
        name: who drives, for the recording.

    Attributes:
        keys: which of `KEYS` are held; set by the window.
        action: (2,) steering and speed in [-1, 1] of the last step.
        waiting: does the car stand until a key is held?  banner: what to tell the player, or "".
        laps: times in s of all laps.  last_lap, best_lap: s, or None.
        best: the recording of the fastest lap, and of the way to it from the start line, or None.
        episodes: drives from the start line.  off_tracks: how many of them ended beside the road.
    """

    def __init__(self, track: str = "camp", vehicle: str = "deepracer", ghosts=(), name: str = ""):
        self.track_name = track
        self.vehicle = vehicle
        self.name = name
        self.world = RaceWorld(track, 1, vehicle, speed_range=SPEED_RANGE, laps=ENDLESS, max_steps=ENDLESS)
        self.ghosts: list[Ghost] = list(ghosts)
        self.keys: set[str] = set()
        self.laps: list[float] = []
        self.last_lap = self.best_lap = self.best = None
        self.episodes = self.off_tracks = 0
        self.restart()

    def restart(self) -> None:
        """Back to the start line, where the car waits for a key."""
        self.world.reset(**START)
        self.before = pose(self.world)
        for ghost in self.ghosts:
            ghost.restart()
        self.action = np.array([0.0, -1.0])
        self._actions, self._lap_times = [], []
        self._turn, self._owed, self._frozen = 0.0, 0.0, 0
        self.waiting, self.banner = True, "Press an arrow key to start"

    def pause(self) -> None:
        """Let go of all keys and wait for a new one."""
        self.keys = set()
        if not self.waiting:
            self.waiting, self.banner = True, "Paused: press an arrow key"

    def advance(self, seconds: float) -> None:
        """Let time pass: one step of the world for every 1/15 s."""
        if self.waiting and not self.keys:
            return
        if self.waiting:
            self.waiting, self.banner = False, ""
        self._owed = min(self._owed + seconds, MOST_STEPS * DT)
        while self._owed >= DT and not self.waiting:
            self._owed -= DT
            self.step()

    def step(self) -> None:
        """One step of 1/15 s with the keys as they are; GhostError if a ghost fails, the player has moved then."""
        self.before = pose(self.world)
        if self._frozen:
            self._frozen -= 1
            if not self._frozen:
                self.restart()
            return
        self._turn, speed = follow_keys(self._turn, self.action[1], self.keys)
        self.action = round_actions([steer(self.world, self._turn, self.vehicle), speed])
        self.episodes += not self._actions
        self.world.step(self.action[None])
        self._actions.append(self.action)
        if not np.isnan(self.world.lap_time[0]):
            self._finish_lap(round(float(self.world.lap_time[0]), 4))
        if self.world.status[0] != IN_PROGRESS:
            self.off_tracks += int(self.world.status[0] == OFF_TRACK)
            self.banner = "Off the track" if self.world.status[0] == OFF_TRACK else "Wrong way"
            self._frozen = OFF_TRACK_STEPS
        for ghost in self.ghosts:
            ghost.step()

    def _finish_lap(self, seconds: float) -> None:
        self.last_lap = seconds
        self.laps.append(seconds)
        self._lap_times.append(seconds)
        if self.best_lap is None or seconds < self.best_lap:
            self.best_lap = seconds
            self.best = self.recording(laps=len(self._lap_times))

    def recording(self, laps: int | None = None) -> Recording:
        """The drive since the car last stood on the start line; ``laps`` None: of an episode with one lap more."""
        return Recording(
            np.array(self._actions).reshape(-1, 2),
            self.track_name,
            self.vehicle,
            SPEED_RANGE,
            dict(START),
            laps=laps or len(self._lap_times) + 1,
            lap_times=list(self._lap_times),
            off_track=bool(self.world.off_track[0]),
            name=self.name,
            date=f"{datetime.now():%Y-%m-%d %H:%M}",
        )

    @property
    def clock(self) -> float:
        """s since this lap began."""
        return float(self.world.steps[0] * DT - self.world.lap_start[0])

    def line(self) -> str:
        """Lap timer, last and best lap, speed."""
        last, best = ("-" if lap is None else f"{lap:.2f} s" for lap in (self.last_lap, self.best_lap))
        return f"Lap {self.clock:.1f} s     Last {last}     Best {best}     {self.world.cars.speed[0]:.1f} m/s"

    def between(self, car: Game | Ghost) -> np.ndarray:
        """(4,) where to draw a car between its last two steps, so that it glides at any frame rate."""
        before, after = car.before, pose(car.world)
        way = after - before
        if np.hypot(*way[:2]) > 1.0:  # it was put back to the start
            return after
        way[2] = wrap_angle(way[2])
        return before + way * min(self._owed / DT, 1.0)


def follow_keys(turn: float, speed: float, keys: set[str]) -> tuple[float, float]:
    """The next turn (left positive) and speed, both in [-1, 1]: a step towards what the held keys ask for."""
    turn = _towards(turn, ("left" in keys) - ("right" in keys), TURN)
    if "down" in keys:
        return turn, _towards(speed, -1.0, BRAKE)
    return turn, _towards(speed, 1.0, SPEED_UP) if "up" in keys else _towards(speed, -1.0, ROLL)


def steer(world: RaceWorld, turn: float, vehicle: str) -> float:
    """Steering in about [-1, 1] that soon brings the car onto a curve; turn 1 is the sharpest to the left."""
    gain, length = HELPERS[vehicle]
    curvature, speed = world.cars.curvature[0], world.cars.speed[0]
    wanted = turn * min(SHARPEST, GRIP / max(speed * speed, 1e-6))
    return float(np.degrees(np.arctan((curvature + gain * (wanted - curvature)) * length)) / MAX_STEERING)


def pose(world: RaceWorld) -> np.ndarray:
    """(4,) x, y (m), heading (rad) and steering (degrees) of a world's first car."""
    return np.array([world.cars.x[0], world.cars.y[0], world.cars.heading[0], world.steering[0]])


def _towards(value: float, target: float, step: float) -> float:
    return min(value + step, target) if target > value else max(value - step, target)
