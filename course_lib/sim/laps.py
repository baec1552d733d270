"""Driving laps to see how good a driver is: the one way used by training, `course evaluate`, races and grading.

A *policy* has ``act(observations, deterministic=True) -> actions``; a *driver* is ``driver(world) -> actions (n, 2)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from course_lib.sim.race_env import Race
from course_lib.sim.race_world import CRASHED, IN_PROGRESS, OFF_TRACK, SLOWEST_LAP, RaceWorld
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT

POLICY_SETTINGS = ("observation", "vehicle", "action_space", "speed_range", "camera_size", "boxes")


class PolicyError(ValueError):
    """A policy that cannot be used here; the message names the folder or the field and what to do."""


@dataclass(repr=False)
class LapResults:
    """What `run_laps` saw of n cars.

    Attributes:
        track: its name.  laps: laps that each car was to drive.
        lap_times: (n, laps) s, NaN where a lap was not finished. The first lap starts at rest, the others fly.
        off_tracks: (n,) bool.  progress: (n,) % of all laps.  seconds: (n,) driven.
        paths: with ``record``, one array (steps + 1, 6) per car: nose x, y (m), heading (rad), speed (m/s),
            steering (degrees), s (m).
        crashes: (n,) bool, cars that hit a box.
    """

    track: str
    laps: int
    lap_times: np.ndarray
    off_tracks: np.ndarray
    progress: np.ndarray
    seconds: np.ndarray
    paths: list[np.ndarray] = field(default_factory=list)
    crashes: np.ndarray | None = None

    def __post_init__(self):
        if self.crashes is None:
            self.crashes = np.zeros_like(self.off_tracks)

    def __repr__(self) -> str:
        lap = f", best lap {self.best_lap:.2f} s" if np.isfinite(self.lap_times).any() else ""
        return (
            f"LapResults({self.track!r}: {self.clean.sum()} of {len(self.clean)} clean, "
            f"{self.progress.mean():.1f} % driven{lap})"
        )

    @property
    def clean(self) -> np.ndarray:
        """(n,) bool: all laps finished without leaving the track or hitting a box."""
        return ~np.isnan(self.lap_times).any(axis=1) & ~self.off_tracks & ~self.crashes

    @property
    def best_lap(self) -> float:
        """The fastest lap in s, NaN if nobody finished one."""
        return float(np.nanmin(self.lap_times)) if np.isfinite(self.lap_times).any() else float("nan")

    def to_dict(self) -> dict:
        """Plain data for JSON, the keys of DESIGN section 3; a lap that was not finished is None."""
        times = [None if np.isnan(t) else round(float(t), 4) for t in self.lap_times.ravel()]
        return {
            "track": self.track,
            "starts": len(self.off_tracks),
            "laps": self.laps,
            "lap_times_s": times,
            "off_tracks": int(self.off_tracks.sum()),
            "mean_progress": round(float(self.progress.mean()), 3),
        }


def run_laps(
    act,
    track: Track | str | Path = "camp",
    starts: int = 16,
    laps: int = 1,
    seed: int = 0,
    *,
    direction: int = 1,
    record: bool = False,
    slowest: float = SLOWEST_LAP,
    start: dict[str, float] | None = None,
    **kwargs,
) -> LapResults:
    """Drive laps from start points spread evenly round the track, at rest, and time them.

    Among boxes the starts are spread over the parts of the lap that leave room before the next one.

    Args:
        act: a policy or a driver. A policy brings its own settings (observation, vehicle, actions, and the boxes that
            it was trained among, at the same shares of this track); ``kwargs`` win, ``boxes=None`` clears the road.
        track: a `Track`, a shipped name or a `.npy` path.
        starts: cars, one per start point.  laps: laps for each.
        seed: turns the ring of start points and gives each car a small offset and angle of its own.
        direction: -1 drives the track the other way round.
        record: keep the paths.
        slowest: m/s; a car is timed out after ``laps`` laps at this mean speed.
        start: where every car starts instead, as keyword arguments of `RaceWorld.reset`: s, offset, heading, direction.
        kwargs: further arguments of `Race`, such as ``vehicle``, ``speed_range``, ``observation``, ``boxes``,
            ``disturbances``.

    Raises:
        PolicyError: the policy was made for another observation, version or action space.
        BoxError: the boxes cannot stand on this track.
    """
    for name, value in (("starts", starts), ("laps", laps), ("slowest", slowest)):
        if not value > 0:
            raise ValueError(f"{name} is {value}: it must be above 0.")
    track = track if isinstance(track, Track) else Track.load(track)
    race = race_for(act, track, starts, laps=laps, max_steps=int(np.ceil(laps * track.length / slowest / DT)), **kwargs)
    world = race.world
    world.reseed(seed + np.arange(starts))
    learnt = hasattr(act, "act")
    phase = np.random.default_rng(seed).random()
    s = world.boxes.free((np.arange(starts) + phase) * track.length / starts, direction)
    spread = {"s": s, "direction": direction}
    world.reset(**(start or spread))
    observations = race.observation.observe(world) if learnt else None

    lap_times = np.full((starts, laps), np.nan)
    ended, progress, seconds = np.full(starts, IN_PROGRESS), np.zeros(starts), np.zeros(starts)
    rows, lengths = [snapshot(world)] if record else [], np.zeros(starts, dtype=int)
    while (driving := ended == IN_PROGRESS).any():
        world.step(act.act(observations, deterministic=True) if learnt else act(world))
        for car in np.flatnonzero(driving & ~np.isnan(world.lap_time)):
            lap_times[car, world.laps_done[car] - 1] = world.lap_time[car]
        full_laps = world.laps_done - (world.progress >= 100.0)
        progress = np.where(driving, (100.0 * full_laps + world.progress) / laps, progress)
        seconds += DT * driving
        ended = np.where(driving, world.status, ended)
        lengths += driving
        if record:
            rows.append(snapshot(world))
        if learnt:
            observations = race.observation.observe(world)
    table = np.array(rows)  # (steps + 1, n, 6)
    paths = [table[: lengths[car] + 1, car] for car in range(starts)] if record else []
    return LapResults(track.name, laps, lap_times, ended == OFF_TRACK, progress, seconds, paths, ended == CRASHED)


def race_for(act, track: Track, n: int, **kwargs) -> Race:
    """A race of ``n`` cars with what a policy was trained with (`POLICY_SETTINGS`); ``kwargs`` win.

    Raises:
        PolicyError: the policy was made for another observation, version or action space.
    """
    own = {name: value for name, value in getattr(act, "env_kwargs", {}).items() if name in POLICY_SETTINGS}
    race = Race(n, track=track, **own | kwargs)
    if hasattr(act, "act"):
        _check_policy(act, race)
    return race


def lap_score(results: LapResults) -> float:
    """One number to rank drivers by: over 100, all cars drove clean laps and it is 100 + laps per minute.

    Below, it is the mean progress in %, times 0.5 if no car drove clean laps, up to 1 if all did.
    """
    if results.clean.all():
        return 100.0 + 60.0 / float(results.lap_times.mean())
    return float(results.progress.mean()) * float(0.5 + 0.5 * results.clean.mean())


def snapshot(world: RaceWorld) -> np.ndarray:
    """(n, 6) one row of `LapResults.paths` for each car."""
    return np.stack([world.x, world.y, world.cars.heading, world.cars.speed, world.steering, world.s], axis=1)


def _check_policy(policy, race: Race) -> None:
    version = getattr(policy, "observation_version", race.observation.version)
    if version != race.observation.version:
        raise PolicyError(
            f"The policy knows version {version} of its observation, this is version "
            f"{race.observation.version}: train it again with this First Lap."
        )
    for what, theirs, ours in (
        ("observations", getattr(policy, "observation_space", None), race.observation.space),
        ("actions", getattr(policy, "action_space", None), race.world.actions.space),
    ):
        if theirs is not None and (
            type(theirs) is not type(ours)
            or theirs.shape != ours.shape
            or getattr(theirs, "n", 0) != getattr(ours, "n", 0)
        ):
            raise PolicyError(
                f"The policy was made for {what} {theirs}, this race has {ours}: make the race with the "
                "settings that the policy was trained with."
            )
