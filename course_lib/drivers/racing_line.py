"""The fastest lap that a search finds, driven in `RaceWorld` under its own rules: the measure for learnt policies.

A racing line here is a pure-pursuit driver (see `pure_pursuit`) with a line to aim at, speeds and four gains of its
own: about fifty numbers. CMA-ES, an evolution strategy, improves them: each generation of 256 drivers races two laps
from the start line, at rest; the time of the second, flying lap counts, and a car that leaves the track counts by how
far it came. The search starts from the line on which a point without inertia would be fastest (`line`).

    python -m course_lib.drivers.racing_line camp --seconds 60
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np

from course_lib.drivers.line import LIMITS, Line, minimum_time_line, quasi_steady_bound, speed_profile, spline_basis
from course_lib.drivers.pure_pursuit import place, steer_towards
from course_lib.files import FileError, read_json, write_json
from course_lib.sim.race_world import IN_PROGRESS, RaceWorld
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT, SPEED_LIMITS, VEHICLES

CARS = 256  # drivers in a generation
LAPS = 2  # the first starts at rest, the second flies
KNOT_SPACING = 0.9  # m of centre line for each control point of the aim line and of the speeds...
MOST_KNOTS = 40  # ...but no more of them than this: a long track gets coarser ones
TABLE_SPACING = 0.04  # m between the entries of a driver's tables
GAINS = {"look_ahead": 0.7, "look_time": 0.28, "lead": 9.0, "speed_time": 0.0}  # m, s, 1, s: where the search starts
SPREAD = {"offset": 0.06, "speed": 0.3, "look_ahead": 0.1, "look_time": 0.03, "lead": 1.0, "speed_time": 0.05}
SLOWEST = 0.35  # of top speed: as long as nobody has finished, a generation is given the time of this mean speed
TOO_SLOW = 1.3  # a generation ends when this many times the best two laps have passed
PUT_BACK = 25  # steps
MOST_STEP = 1.0  # of the spread: wider steps, which CMA-ES likes at first, throw nearly every car off the track


@dataclass
class RacingLine:
    """The best lap that was found.

    Attributes:
        track, vehicle, speed_range, seed, generations: what was searched, and for how long.
        lap_time: s, the flying lap as `RaceWorld` timed it: the second lap from the start line, at rest.
        bound: s, the quasi-steady bound: the lap of a point that knows only the top speed, lateral grip and the
            sharpest turn of the wheels, on the closed line that is best for it, anywhere from which a car on that
            line could still have one wheel on the road. It may change its speed and its steering at once, as no car
            can. Local search finds that line, so the bound is within about one percent of the true minimum; and
            it is the bound of a lap that can be repeated for ever, while a car is looked at 15 times a second only.
        line: (k,) m left of the centre line, the nose's path in the flying lap, at k points spread evenly along it.
        speed: (k,) m/s at the same points.
        parameters: what `driver` needs: control points of the aim line (m) and of the speed (m/s), then the `GAINS`.
        history: best lap time (s, or None while nobody had finished) after each generation.
    """

    track: str
    vehicle: str
    speed_range: tuple[float, float]
    seed: int
    generations: int
    lap_time: float
    bound: float
    line: np.ndarray = field(repr=False)
    speed: np.ndarray = field(repr=False)
    parameters: np.ndarray = field(repr=False)
    history: list[float | None] = field(repr=False)

    @property
    def gap(self) -> float:
        """Lap time over bound: 1.05 is 5 % slower than the bound."""
        return self.lap_time / self.bound

    def driver(self) -> LineDriver:
        """A driver(world) -> actions that drives this lap from the start line, at rest.

        It uses every millimetre that the rules allow in that one flying lap. From another start it drives the same
        line, but it may leave the track.
        """
        return LineDriver(self.parameters[None])

    def save(self, path: str | Path) -> None:
        """Write everything as JSON, in full or not at all."""
        values = asdict(self) | {name: getattr(self, name).tolist() for name in ("line", "speed", "parameters")}
        write_json(Path(path), {"format": 1, **values, "gap": self.gap})

    @classmethod
    def load(cls, path: str | Path) -> RacingLine:
        """Read what `save` wrote.

        Raises:
            FileError: the file is missing, is no JSON, or lacks a field.
        """
        values = read_json(Path(path))
        missing = [f.name for f in fields(cls) if f.name not in values]
        if missing:
            raise FileError(f"{path} is no racing line: it has no {missing[0]!r}; make it again with --out.")
        values = {f.name: values[f.name] for f in fields(cls)}
        for name in ("line", "speed", "parameters"):
            values[name] = np.array(values[name], dtype=np.float64)
        return cls(**values | {"speed_range": tuple(values["speed_range"])})


class LineDriver:
    """Drives n cars, each by numbers of its own, or all by the same ones.

    Args:
        parameters: (n, 2 * m + 4), or (1, 2 * m + 4) for any number of cars; see `RacingLine.parameters`.
    """

    def __init__(self, parameters: np.ndarray):
        self.parameters = parameters
        self._track = None

    def __call__(self, world: RaceWorld) -> np.ndarray:
        if world.track is not self._track:
            self._prepare(world.track)
        look_ahead, look_time, lead, speed_time = self.parameters[:, -4:].T
        rows = np.arange(world.n) if len(self.parameters) > 1 else np.zeros(world.n, dtype=int)
        aim = self._entry(place(world, look_ahead + look_time * world.cars.speed))
        steering = steer_towards(world, self._x[rows, aim], self._y[rows, aim], lead)
        speed = self._speed[rows, self._entry(place(world, speed_time * world.cars.speed))]
        return world.actions.encode(np.stack([steering, speed], axis=1))

    def _entry(self, s: np.ndarray) -> np.ndarray:
        count = self._x.shape[1]
        return (s * (count / self._track.length) + 0.5).astype(np.intp) % count

    def _prepare(self, track: Track) -> None:
        self._track = track
        m = (self.parameters.shape[1] - 4) // 2
        count = round(track.length / TABLE_SPACING)
        basis = spline_basis(count, m).T
        offset = self.parameters[:, :m] @ basis
        self._speed = self.parameters[:, m : 2 * m] @ basis
        here = track.table_index(np.arange(count) * track.length / count)
        self._x = track.points_x[here] - offset * np.sin(track.headings[here])
        self._y = track.points_y[here] + offset * np.cos(track.headings[here])


def best_lap(
    track: Track | str | Path,
    vehicle: str = "deepracer",
    seconds: float = 60,
    seed: int = 0,
    speed_range: tuple[float, float] = (0.5, 4.0),
    on_progress=None,
    generations: int | None = None,
    cars: int | None = None,
) -> RacingLine:
    """Search for the fastest flying lap.

    Args:
        track: a `Track`, a shipped name or a `.npy` path; give ``track.reversed()`` for the other direction.
        seconds: of wall time, all included; ignored when ``generations`` is given.
        generations: search for exactly so many; then the same seed gives the same lap on the same machine.
        on_progress: called with (generation, best lap time in s or None, seconds) after each; returning True stops.
        cars: drivers in a generation; None: 256.

    Raises:
        TrackError, ActionError, ValueError: a track, speed range or vehicle that cannot be used.
        RuntimeError: no car finished its laps in the time given.
    """
    begun = time.monotonic()
    if generations is not None and generations < 1:
        raise ValueError(f"generations is {generations}: search for at least one.")
    track = track if isinstance(track, Track) else Track.load(track)
    cars = cars or CARS
    world = RaceWorld(track, cars, vehicle, speed_range=speed_range, laps=LAPS)
    grip, bend = LIMITS[vehicle]
    top_speed = min(float(speed_range[1]), SPEED_LIMITS[1])
    inside = minimum_time_line(track, top_speed, grip, bend, reach=0.0, rounds=3)
    bound = quasi_steady_bound(track, top_speed, grip, bend, inside)
    search = _first_search(track, inside, top_speed, grip, cars, seed)

    # Found: (lap time, parameters), each better than the one before.
    found, history, steps = [], [], int(LAPS * track.length / (SLOWEST * top_speed * DT))
    while len(history) < generations if generations else time.monotonic() - begun < seconds:
        parameters = search.ask()
        lap_times, progress = race(world, LineDriver(parameters), steps)
        flying = lap_times[:, -1]
        cost = np.where(np.isnan(flying), 1000.0 - progress, flying)
        search.tell(cost)
        best = int(cost.argmin())
        if np.isfinite(flying[best]) and (not found or flying[best] < found[-1][0]):
            found.append((flying[best], parameters[best]))
            steps = int(np.ceil(TOO_SLOW * lap_times[best].sum() / DT))
        history.append(float(found[-1][0]) if found else None)
        if on_progress and on_progress(len(history), history[-1], time.monotonic() - begun):
            break
    speeds = tuple(float(v) for v in speed_range)
    for _, parameters in reversed(found):
        lap = _drive(track, vehicle, speed_range, parameters)
        if lap is not None:
            seconds, line, speed = lap
            searched = track.name, vehicle, speeds, seed, len(history)
            return RacingLine(*searched, seconds, bound, line, speed, parameters, history)
    raise RuntimeError(f"No car finished {LAPS} laps of {track.name!r} in {len(history)} generations: search longer.")


def race(world: RaceWorld, driver, steps: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Drive every car of a world from the start line, at rest, until its laps are done or it has failed.

    Args:
        steps: stop then; None: the world's own time limit.

    Returns:
        lap_times: (n, laps) s, NaN where a lap was not finished.  progress: (n,) % driven, 100 for each lap.
    """
    world.reset(s=0.0, offset=0.0, heading=0.0)
    driving = np.ones(world.n, dtype=bool)
    lap_times, progress = np.full((world.n, world.laps), np.nan), np.zeros(world.n)
    for step in range(steps or world.max_steps):
        actions = driver(world)
        actions[~driving, 1] = -1.0  # who has finished or failed only rolls on, and is put back before it is far away
        world.step(actions)
        for car in np.flatnonzero(driving & ~np.isnan(world.lap_time)):
            lap_times[car, world.laps_done[car] - 1] = world.lap_time[car]
        progress = np.where(driving, 100.0 * (world.laps_done - (world.progress >= 100.0)) + world.progress, progress)
        ended = world.status != IN_PROGRESS
        driving &= ~ended
        if not driving.any():
            break
        if step % PUT_BACK == 0 and ended.any():
            world.reset(np.flatnonzero(ended), s=0.0, offset=0.0, heading=0.0)
    return lap_times, progress


def _drive(track: Track, vehicle: str, speed_range, parameters: np.ndarray):
    """Lap time (s), line (m) and speed (m/s) of the flying lap in a world of its own, or None if it is not clean."""
    world = RaceWorld(track, 1, vehicle, speed_range=speed_range, laps=LAPS)
    path, drive = [], LineDriver(parameters[None])

    def driver(world):
        if world.laps_done[0] == LAPS - 1:
            path.append((world.s[0], world.offset[0], world.cars.speed[0]))
        return drive(world)

    flying = race(world, driver)[0][0, -1]
    if np.isnan(flying):
        return None
    s, offset, speed = np.array(path).T
    grid = np.arange(round(track.length / 0.1)) * track.length / round(track.length / 0.1)
    return float(flying), *(np.interp(grid, s, values, period=track.length) for values in (offset, speed))


def _first_search(track: Track, line: Line, top_speed: float, grip: float, cars: int, seed: int) -> CMAES:
    """A search round the line of a point without inertia, at nine tenths of its speed on four fifths of the grip."""
    m = min(MOST_KNOTS, max(12, round(track.length / KNOT_SPACING)))
    s, offset, _ = track.project(line.x, line.y)
    speed = 0.9 * speed_profile(line, top_speed, 0.8 * grip, 4.0, 4.0)
    grid = np.arange(m) * track.length / m
    order = np.argsort(s)
    at_knots = [np.interp(grid, s[order], values[order], period=track.length) for values in (offset, speed)]
    spread = [SPREAD["offset"]] * m + [SPREAD["speed"]] * m + [SPREAD[name] for name in GAINS]
    return CMAES(np.concatenate([*at_knots, list(GAINS.values())]), np.array(spread), cars, seed)


class CMAES:
    """Covariance matrix adaptation evolution strategy (Hansen, "The CMA Evolution Strategy: A Tutorial", 2016).

    Args:
        mean: (d,) where to begin.  spread: (d,) first standard deviation of each number.  size: of a generation.
    """

    def __init__(self, mean: np.ndarray, spread: np.ndarray, size: int, seed: int):
        d, self.mean, self.spread, self.size = len(mean), mean, spread, size
        self.random = np.random.default_rng(seed)
        weights = np.log(size / 2 + 0.5) - np.log(np.arange(1, size // 2 + 1))
        self.weights = weights / weights.sum()
        mu = 1 / np.sum(self.weights**2)
        self.c_path = (4 + mu / d) / (d + 4 + 2 * mu / d)
        self.c_step = (mu + 2) / (d + mu + 5)
        self.c_one = 2 / ((d + 1.3) ** 2 + mu)
        self.c_mu = min(1 - self.c_one, 2 * (mu - 2 + 1 / mu) / ((d + 2) ** 2 + mu))
        self.damping = 1 + 2 * max(0.0, np.sqrt((mu - 1) / (d + 1)) - 1) + self.c_step
        self.mu, self.norm = mu, np.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d))
        self.step, self.generation = 1.0, 0
        self.path, self.step_path, self.covariance = np.zeros(d), np.zeros(d), np.eye(d)
        self.axes, self.lengths = np.eye(d), np.ones(d)

    def ask(self) -> np.ndarray:
        """(size, d) candidates."""
        self.drawn = (self.random.standard_normal((self.size, len(self.mean))) * self.lengths) @ self.axes.T
        return self.mean + self.step * self.spread * self.drawn

    def tell(self, cost: np.ndarray) -> None:
        """Learn from the (size,) costs of the last candidates."""
        self.generation += 1
        chosen = self.drawn[np.argsort(cost, kind="stable")[: len(self.weights)]]
        move = self.weights @ chosen
        self.mean = self.mean + self.step * self.spread * move
        whitened = self.axes @ ((self.axes.T @ move) / self.lengths)
        gain = np.sqrt(self.c_step * (2 - self.c_step) * self.mu)
        self.step_path = (1 - self.c_step) * self.step_path + gain * whitened
        length = np.linalg.norm(self.step_path)
        usual = self.norm * np.sqrt(1 - (1 - self.c_step) ** (2 * self.generation))
        steady = length < (1.4 + 2 / (len(move) + 1)) * usual
        gain = steady * np.sqrt(self.c_path * (2 - self.c_path) * self.mu)
        self.path = (1 - self.c_path) * self.path + gain * move
        one = np.outer(self.path, self.path) + (1 - steady) * self.c_path * (2 - self.c_path) * self.covariance
        many = (chosen.T * self.weights) @ chosen
        self.covariance = (1 - self.c_one - self.c_mu) * self.covariance + self.c_one * one + self.c_mu * many
        self.step = min(MOST_STEP, self.step * np.exp(self.c_step / self.damping * (length / self.norm - 1)))
        values, self.axes = np.linalg.eigh((self.covariance + self.covariance.T) / 2)
        self.lengths = np.sqrt(np.maximum(values, 1e-14))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m course_lib.drivers.racing_line", description="Search for the fastest lap."
    )
    parser.add_argument("track", help="a shipped track or a .npy file")
    parser.add_argument("--vehicle", default="deepracer", choices=sorted(VEHICLES))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--generations", type=int, help="instead of --seconds: reproducible")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="save the result as JSON")
    args = parser.parse_args(arguments)

    def tell(generation, best, seconds):
        if generation % 20 == 0:
            lap = f"{best:.3f} s" if best else "no lap yet"
            print(f"  {seconds:5.0f} s  generation {generation:4d}  {lap}", flush=True)

    try:
        result = best_lap(
            args.track, args.vehicle, args.seconds, args.seed, on_progress=tell, generations=args.generations
        )
        if args.out:
            result.save(args.out)
    except (ValueError, RuntimeError, OSError) as error:  # a TrackError is a ValueError
        print(error, file=sys.stderr)
        return 2
    print(
        f"{result.track}: flying lap {result.lap_time:.3f} s, quasi-steady bound {result.bound:.3f} s, "
        f"gap {result.gap:.3f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
