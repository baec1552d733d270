"""`course drive`: drive yourself. `Game` turns held keys into steps of the world; `play` is its window."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from course_lib.commands import CommandError
from course_lib.drivers.recorded import RecordedDriver, Recording, load_recording, round_actions
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
FRAMES = 60  # a second, at most
HELP = "arrow keys or WASD  ·  R restart  ·  Esc quit"


class Ghost:
    """A second car that drives along, moved by a recording or a policy, and starts again when it is done."""

    def __init__(self, path: Path, track: Track):
        """Raises CommandError, RecordingError, PolicyError: it was driven elsewhere, or cannot be read."""
        if path.is_dir():
            from course_lib.agents.policy import load_policy

            policy = load_policy(path)
            race = race_for(policy, track, 1, laps=ENDLESS, max_steps=ENDLESS)
            self.world = race.world
            self._act = lambda: policy.act(race.observation.observe(race.world), deterministic=True)
            self._start = START
        else:
            recording = load_recording(path)
            self.world = recording.world()
            if not np.array_equal(self.world.track.rows, track.rows):
                raise CommandError(f"{path} was driven on {recording.track}: add --track {recording.track}")
            driver = RecordedDriver(recording)
            self._act = lambda: driver(self.world)
            self._start = recording.start
        self.restart()

    def restart(self) -> None:
        self.world.reset(**self._start)
        self.before = pose(self.world)

    def step(self) -> None:
        self.before = pose(self.world)
        if self.world.status[0] == IN_PROGRESS:
            self.world.step(self._act())
        else:
            self.restart()


class Game:
    """One player on one track, without a window.

    Attributes:
        keys: which of "left", "right", "up", "down" are held; set by the window.
        action: (2,) steering and speed in [-1, 1] of the last step.
        waiting: does the car stand until a key is held?  banner: what to tell the player, or "".
        last_lap, best_lap: s, or None.
        best: the recording of the fastest lap, and of the way to it from the start line, or None.
    """

    def __init__(self, track: str = "camp", vehicle: str = "deepracer", ghost: Ghost | None = None):
        self.track_name = track
        self.vehicle = vehicle
        self.world = RaceWorld(track, 1, vehicle, speed_range=SPEED_RANGE, laps=ENDLESS, max_steps=ENDLESS)
        self.ghost = ghost
        self.keys: set[str] = set()
        self.last_lap = self.best_lap = self.best = None
        self.restart()

    def restart(self) -> None:
        """Back to the start line, where the car waits for a key."""
        self.world.reset(**START)
        self.before = pose(self.world)
        if self.ghost:
            self.ghost.restart()
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
        """One step of 1/15 s with the keys as they are."""
        self.before = pose(self.world)
        if self._frozen:
            self._frozen -= 1
            if not self._frozen:
                self.restart()
            return
        self._turn, speed = follow_keys(self._turn, self.action[1], self.keys)
        self.action = round_actions([steer(self.world, self._turn, self.vehicle), speed])
        self.world.step(self.action[None])
        self._actions.append(self.action)
        if self.ghost:
            self.ghost.step()
        if not np.isnan(self.world.lap_time[0]):
            self._finish_lap(round(float(self.world.lap_time[0]), 4))
        if self.world.status[0] != IN_PROGRESS:
            self.banner = "Off the track" if self.world.status[0] == OFF_TRACK else "Wrong way"
            self._frozen = OFF_TRACK_STEPS

    def _finish_lap(self, seconds: float) -> None:
        self.last_lap = seconds
        self._lap_times.append(seconds)
        if self.best_lap is None or seconds < self.best_lap:
            self.best_lap = seconds
            self.best = Recording(
                np.array(self._actions),
                self.track_name,
                self.vehicle,
                SPEED_RANGE,
                dict(START),
                laps=len(self._lap_times),
                lap_times=list(self._lap_times),
                off_track=bool(self.world.off_track[0]),
                date=f"{datetime.now():%Y-%m-%d %H:%M}",
            )

    def line(self) -> str:
        """Lap timer, last and best lap, speed."""
        clock = self.world.steps[0] * DT - self.world.lap_start[0]
        last, best = ("-" if lap is None else f"{lap:.2f} s" for lap in (self.last_lap, self.best_lap))
        return f"Lap {clock:.1f} s     Last {last}     Best {best}     {self.world.cars.speed[0]:.1f} m/s"

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


def play(game: Game, path: Path, clock=None) -> None:
    """Open the window and drive until it is closed; each new best lap is saved to ``path``.

    Args:
        clock: something with ``tick(frames_per_second) -> ms since the last call``; None: pygame's.

    Raises:
        NoDisplay: no window can be opened.  CommandError: the recording cannot be written.
    """
    from course_lib.sim.drawing import COLOURS, View, open_window, pygame

    names = {
        pygame.K_LEFT: "left",
        pygame.K_a: "left",
        pygame.K_RIGHT: "right",
        pygame.K_d: "right",
        pygame.K_UP: "up",
        pygame.K_w: "up",
        pygame.K_DOWN: "down",
        pygame.K_s: "down",
    }
    view = View(game.world.track, size=(1180, 680))
    screen = open_window(view.size, f"First Lap: {game.world.track.name}")
    clock = clock or pygame.time.Clock()
    held: set[int] = set()
    saved = None
    try:
        while True:
            for event in pygame.event.get():
                pressed = event.key if event.type == pygame.KEYDOWN else None
                if event.type == pygame.QUIT or pressed == pygame.K_ESCAPE:
                    return
                if pressed == pygame.K_r:
                    game.restart()
                elif pressed in names:
                    held.add(pressed)
                elif event.type == pygame.KEYUP:
                    held.discard(event.key)
                elif event.type == pygame.WINDOWFOCUSLOST:
                    held.clear()  # the window will not hear of keys that are let go elsewhere
                    game.pause()
            game.keys = {names[key] for key in held}
            game.advance(clock.tick(FRAMES) / 1000)
            if game.best is not saved:
                saved = game.best
                save(saved, path)
            if game.ghost:
                view.paint(*game.between(game.ghost)[:, None], colours=COLOURS[1:], opacity=0.5)
            view.paint(*game.between(game)[:, None], fresh=not game.ghost)
            view.write(game.line(), right=HELP, banner=game.banner)
            screen.blit(view.surface, (0, 0))
            pygame.display.flip()
    finally:
        pygame.display.quit()


def save(recording: Recording, path: Path) -> None:
    """Write a recording; CommandError when that cannot be done."""
    try:
        recording.save(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}): name another with --out") from error


def run(track: str, vehicle: str, out: Path | None, ghost: Path | None) -> int:
    """Drive, and say at the end where the best lap's recording is."""
    road = Track.load(track)
    path = out or Path("my_laps") / f"drive-{road.name}-{datetime.now():%Y-%m-%d-%H%M%S}.jsonl"
    if path.is_dir():
        raise CommandError(f"{path} is a folder: name a file, such as {path / 'best.jsonl'}")
    game = Game(track, vehicle, Ghost(ghost, road) if ghost else None)
    try:
        play(game, path)
    except KeyboardInterrupt:
        pass  # Ctrl-C in the terminal ends it as Esc does
    if game.best is None:
        print("No lap was finished, so nothing was saved.")
    else:
        print(f"Your best lap took {game.best_lap:.2f} s; it is saved in {path.resolve()}")
        print(f'Race against it: course drive --track {track} --ghost "{path}"')
    return 0


def _towards(value: float, target: float, step: float) -> float:
    return min(value + step, target) if target > value else max(value - step, target)
