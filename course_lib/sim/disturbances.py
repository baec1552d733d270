"""What a real car has and a simulator has not: noise in what is seen, late commands, bent steering, a weak battery.

Given to a race, ``Disturbances(noise=0.05, delay=3)`` disturbs every car of it, in training and in `laps.run_laps`
alike. A range, ``delay=(0, 4)``, is drawn anew for each episode of each car: domain randomisation (Tobin et al. 2017;
of the dynamics, Peng et al. 2018).

All chance is counted from the car's own seed, its episode and its step, so a car is disturbed alike, however many
others there are, and a snapshot of the world holds everything.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from numbers import Real

import numpy as np

from course_lib.sim.chance import mix
from course_lib.sim.race_world import RaceWorld

MOST_DELAY = 15  # steps: a second
LIMITS = {  # of each setting
    "noise": (0.0, 2.0),
    "delay": (0, MOST_DELAY),
    "steering_bias": (-30.0, 30.0),
    "speed_scale": (0.1, 2.0),
}
_SALT = 0x6C61706E6F697365  # chance of its own, apart from that of the starts


class DisturbanceError(ValueError):
    """A disturbance that there is not; the message names the setting, its value and what it may be."""


@dataclass(frozen=True)
class Disturbances:
    """Each setting is a number, or (low, high) from which every episode of every car draws one.

    Attributes:
        noise: standard deviation of what is added to each number that a policy sees, at each step anew, in the
            observation's own unit (`observations`; for a camera 1 is the whole range from black to white).
        delay: steps of 1/15 s by which a command comes late; until the first one arrives the car creeps.
        steering_bias: degrees that the wheels stand farther to the left than commanded.
        speed_scale: the speed that is reached for each m/s that is commanded.
        seed: of all of this, besides the seeds of the cars.

    Raises:
        DisturbanceError: a setting that is no number or range, or out of its limits.
    """

    noise: float | tuple[float, float] = 0.0
    delay: int | tuple[int, int] = 0
    steering_bias: float | tuple[float, float] = 0.0
    speed_scale: float | tuple[float, float] = 1.0
    seed: int = 0

    def __post_init__(self):
        for name, limits in LIMITS.items():
            object.__setattr__(self, name, _checked(name, getattr(self, name), limits))
        if isinstance(self.seed, bool) or not isinstance(self.seed, (int, np.integer)) or self.seed < 0:
            raise DisturbanceError(f"seed is {self.seed!r}: give a whole number of at least 0.")

    @classmethod
    def of(cls, given) -> Disturbances | None:
        """`Disturbances` from a dict of settings, such as ``plain``; None and disturbances are given back.

        Raises:
            DisturbanceError: it is something else, or has an unknown setting.
        """
        if given is None or isinstance(given, cls):
            return given
        names = [field.name for field in fields(cls)]
        if not isinstance(given, dict):
            raise DisturbanceError(f"disturbances is {given!r}: give Disturbances({', '.join(names)}), or None.")
        unknown = [name for name in given if name not in names]
        if unknown:
            raise DisturbanceError(f"There is no disturbance {unknown[0]!r}: there are {', '.join(names)}.")
        return cls(**given)

    @property
    def plain(self) -> dict:
        """As plain data, for files."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def drawn(self, world: RaceWorld, cars=slice(None)) -> dict[str, np.ndarray]:
        """What holds for some cars (indices), or all, in their present episodes: name -> (n,)."""
        values = {}
        for number, name in enumerate(LIMITS):
            value = getattr(self, name)
            low, high = value if isinstance(value, tuple) else (value, value)
            if low == high:
                values[name] = np.full(len(world.x[cars]), low)
                continue
            words = mix(_stream(self.seed, world, cars) + np.uint64(number))
            share = (words >> np.uint64(11)) * 2.0**-53
            whole = name == "delay"
            values[name] = low + (np.floor(share * (high - low + 1)).astype(int) if whole else share * (high - low))
        return values


class Link:
    """The way of the commands to the motors of a world's cars. What is under way lies in ``world.under_way``."""

    def __init__(self, disturbances: Disturbances, world: RaceWorld):
        self.disturbances, self.world = disturbances, world
        delay = disturbances.delay
        self.most = delay[1] if isinstance(delay, tuple) else delay
        world.under_way = np.zeros((self.most, 2, world.n))  # a part of the world's snapshots

    def __call__(self, steering: np.ndarray, speed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Degrees and m/s (n,) that arrive in this step, for those that are commanded in it."""
        world, now = self.world, self.disturbances.drawn(self.world)
        if self.most:
            waiting = np.where(world.steps == 0, 0.0, world.under_way)  # an episode begins with nothing under way
            queue = np.concatenate([np.stack([steering, speed])[None], waiting])
            world.under_way = queue[:-1]
            steering, speed = queue[now["delay"], :, np.arange(world.n)].T
        return steering + now["steering_bias"], speed * now["speed_scale"]


class NoisyObservation:
    """An observation with noise on every number; otherwise like the one that it is made of."""

    def __init__(self, observation, disturbances: Disturbances):
        self._observation, self._disturbances = observation, disturbances
        self.space, self.names, self.version = observation.space, observation.names, observation.version

    def observe(self, world: RaceWorld, cars: np.ndarray | None = None) -> np.ndarray:
        """(n, slots) as the observation itself gives it, plus noise, within the limits of its space."""
        seen = self._observation.observe(world, cars)
        pick = slice(None) if cars is None else cars
        level = self._disturbances.drawn(world, pick)["noise"].reshape(-1, *[1] * (seen.ndim - 1))
        words = mix(
            _stream(self._disturbances.seed, world, pick) + (world.steps[pick].astype(np.uint64) << np.uint64(8))
        )
        noise = level * _normal(words, seen[0].size).reshape(seen.shape)
        if seen.dtype == np.uint8:
            return np.clip(np.round(seen + 255.0 * noise), 0, 255).astype(np.uint8)
        return np.clip(seen + noise, self.space.low, self.space.high).astype(np.float32)


def disturb(race, disturbances: Disturbances | dict | None) -> None:
    """Disturb a `race_env.Race` from its next step on."""
    given = race.disturbances = Disturbances.of(disturbances)
    if given is None:
        return
    race.world.link = Link(given, race.world)
    if given.noise != 0.0:
        race.observation = NoisyObservation(race.observation, given)


def _stream(seed: int, world: RaceWorld, cars) -> np.ndarray:
    """(n,) words of chance that are the same during an episode of a car."""
    salt = np.uint64((int(seed) + 1) * _SALT % 2**64)
    return mix(mix(world.seeds[cars] + salt) + world.episodes[cars])


def _normal(words: np.ndarray, count: int) -> np.ndarray:
    """(n, count) numbers of the normal distribution from (n,) words, by Box and Muller (1958)."""
    pairs = -(-count // 2)
    order = np.arange(2 * pairs, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    one, two = np.split((mix(words[:, None] + order) >> np.uint64(11)) * 2.0**-53, 2, axis=1)
    radius, angle = np.sqrt(-2 * np.log1p(-one)), 2 * np.pi * two
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)[:, :count]


def _checked(name: str, value, limits: tuple[float, float]):
    """The number or the range, as plain Python numbers."""
    low, high = limits
    whole = name == "delay"
    ends = value if isinstance(value, (tuple, list)) else (value, value)
    good = len(ends) == 2 and all(isinstance(end, (Real, np.number)) and not isinstance(end, bool) for end in ends)
    good = good and low <= ends[0] <= ends[1] <= high and not (whole and any(end != int(end) for end in ends))
    if not good:
        kind = "a whole number" if whole else "a number"
        raise DisturbanceError(
            f"{name} is {value!r}: give {kind} from {low:g} to {high:g}, or (low, high) between them."
        )
    first, last = (int(end) if whole else float(end) for end in ends)
    return first if not isinstance(value, (tuple, list)) or first == last else (first, last)
