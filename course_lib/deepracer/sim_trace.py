"""DeepRacer's simulation traces: one CSV row per step, read, written, and recorded from a running race world.

The 19 columns and their formats are those of today's simulator (deepracer.md, section 4); the files of 2022, which lack
the last two, are read as well. X, Y is the car's nose in m, yaw and steer are degrees, throttle is the commanded m/s,
tstamp is s of simulated time, wall_clock s of real time.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib.files import write_atomically
from course_lib.sim.race_world import IN_PROGRESS, STATUS, RaceWorld
from course_lib.sim.reward_params import closest_waypoints

Action = int | tuple[float, float]

FORMATS = {
    "episode": "%d",
    "steps": "%d",
    "X": "%.4f",
    "Y": "%.4f",
    "yaw": "%.4f",
    "steer": "%.2f",
    "throttle": "%.2f",
    "action": "%s",
    "reward": "%.4f",
    "done": "%s",
    "all_wheels_on_track": "%s",
    "progress": "%.4f",
    "closest_waypoint": "%d",
    "track_len": "%.2f",
    "tstamp": "%s",
    "episode_status": "%s",
    "pause_duration": "%.2f",
    "obstacle_crash_counter": "%d",
    "wall_clock": "%.4f",
}
ROW = ",".join(FORMATS.values())
DEFAULTS = {"obstacle_crash_counter": "0", "wall_clock": "nan"}  # of columns that files of 2022 lack
LISTS = {"action", "episode_status"}
DTYPES = {name: bool for name in ("done", "all_wheels_on_track")} | {
    name: np.int64 for name in ("closest_waypoint", "obstacle_crash_counter")
}
NO_ACTION = -1  # of the row before the first step; deepracer-utils writes the same for an action that it cannot tell
BELOW_COMPLETE = 99.9999  # %, the largest progress of four decimals that is no complete lap


class TraceError(ValueError):
    """A trace that cannot be read or written; the message names the file and the line."""


@dataclass
class Episode:
    """One episode, a value per row and column: NumPy arrays, but lists of ``action`` and ``episode_status``.

    The columns have the names of the file. An action is an index into the action list, -1 where there was none yet,
    or (degrees, m/s).
    """

    number: int
    steps: np.ndarray
    X: np.ndarray
    Y: np.ndarray
    yaw: np.ndarray
    steer: np.ndarray
    throttle: np.ndarray
    action: list[Action]
    reward: np.ndarray
    done: np.ndarray
    all_wheels_on_track: np.ndarray
    progress: np.ndarray
    closest_waypoint: np.ndarray
    track_len: np.ndarray
    tstamp: np.ndarray
    episode_status: list[str]
    pause_duration: np.ndarray
    obstacle_crash_counter: np.ndarray
    wall_clock: np.ndarray

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def status(self) -> str:
        """How it ended: the last row's status."""
        return self.episode_status[-1]

    @property
    def complete(self) -> bool:
        """Was a lap completed, that is, did the progress reach 100 %?"""
        return bool((self.progress >= 100.0).any())

    @property
    def seconds(self) -> float:
        """Simulated time from the first row to the last."""
        return float(self.tstamp[-1] - self.tstamp[0])

    @property
    def total_reward(self) -> float:
        return float(self.reward.sum())


def read_trace(path: str | Path) -> list[Episode]:
    """The episodes of a trace, in the order of the file: neighbouring rows of one episode number belong together.

    Columns are found by their names, further ones are not read. One line may be left out, with a warning: a last one
    that was cut short because the run that wrote it was killed, so that it has too few values and no line end.

    Raises:
        TraceError: the file is missing, no UTF-8 text, or empty; a column is missing; a line has too few or too many
            values, or one that is no number.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise TraceError(f"{path} cannot be read ({error.strerror}): check its name.") from error
    except UnicodeDecodeError as error:
        raise TraceError(f"{path} is no UTF-8 text ({error.reason}): copy the trace again.") from error
    header, *lines = [line.rstrip("\r") for line in text.split("\n")]
    names = header.split(",")
    missing = [name for name in FORMATS if name not in names and name not in DEFAULTS]
    if missing:
        raise TraceError(f"{path}, line 1: the column {missing[0]} is missing: the names of all columns come first.")
    if lines and not lines[-1]:
        lines.pop()
    elif lines and lines[-1].count(",") < len(names) - 1:
        line = f"{path}, line {len(lines) + 1}"
        warnings.warn(f"{line}: it was cut short and is left out.", UserWarning, stacklevel=2)
        lines.pop()
    places = {name: names.index(name) for name in FORMATS if name in names}
    rows = []
    for number, line in enumerate(lines, start=2):
        values = line.split(",")
        if len(values) != len(names):
            raise TraceError(
                f"{path}, line {number}: it has {len(values)} values, the first line names {len(names)} columns."
            )
        rows.append([_parsed(name, values, places, f"{path}, line {number}") for name in FORMATS])
    episodes, begin = [], 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end][0] != rows[begin][0]:
            columns = dict(zip(FORMATS, zip(*rows[begin:end])))
            episodes.append(_episode(columns.pop("episode")[0], columns))
            begin = end
    return episodes


def write_trace(path: str | Path, episodes: Iterable[Episode]) -> None:
    """Write episodes in the order given, in full or not at all.

    Numbers are rounded as the simulator rounds them; a progress that is not 100 % is never rounded up to it, because
    readers count the laps by it.

    Raises:
        TraceError: two neighbouring episodes have the same number, so that readers would take them for one.
        OSError: the disk is full, or the folder is missing.
    """
    lines, last = [",".join(FORMATS)], None
    for episode in episodes:
        if episode.number == last:
            raise TraceError(f"{path}: two episodes have the number {last}: give each its own.")
        last = episode.number
        columns = {name: _plain(getattr(episode, name)) for name in FORMATS if name != "episode"}
        columns["action"] = [
            str(action) if isinstance(action, int) else "[{:.4f} {:.4f}]".format(*action) for action in episode.action
        ]
        columns["progress"] = [value if value >= 100 else min(value, BELOW_COMPLETE) for value in columns["progress"]]
        lines += [ROW % (last, *row) for row in zip(*columns.values())]
    write_atomically(Path(path), ("\n".join(lines) + "\n").encode("utf-8"))


class TraceRecorder:
    """Writes down what some cars of a world do, row by row, and gives back the episodes that have ended.

    Call `after_reset` when cars have begun an episode, and `after_step` after each step. The row of the start is as in
    real logs (status prepare, steps 1, reward 0), but for its command: there is none yet, so that steer and throttle
    are 0 and the action is -1. An episode that is begun anew before it ends is not kept.

    Args:
        world: whose cars are logged.
        cars: their indices; None: all.
        wall_clock: gives the real time in s.
        first: number of the first episode; they count in the order in which they begin.

    Raises:
        ValueError: no such car.
    """

    FIELDS = ("steps", "X", "Y", "yaw", "steer", "throttle", "action", "reward", "all_wheels_on_track", "progress",
              "closest_waypoint", "tstamp", "status", "wall_clock")  # fmt: skip

    def __init__(
        self,
        world: RaceWorld,
        cars: Iterable[int] | None = None,
        wall_clock: Callable[[], float] = time.time,
        first: int = 0,
    ):
        self.world, self.wall_clock = world, wall_clock
        self.cars = np.arange(world.n) if cars is None else np.array(list(cars), dtype=np.intp)
        if len(self.cars) and not 0 <= self.cars.min() <= self.cars.max() < world.n:
            raise ValueError(f"cars to log are {self.cars.tolist()}: the world has the cars 0 to {world.n - 1}.")
        k = len(self.cars)
        self._rows = np.empty((256, len(self.FIELDS), k))  # row, field, logged car; grows with the longest episode
        self._length = np.zeros(k, dtype=np.intp)  # rows of each car's episode; 0: none begun
        self._number, self._next = np.full(k, -1), first
        self._finished: list[tuple[int, Episode]] = []
        way_there, way_back = world.track.rows[:, :2], world.track.rows[::-1, :2]
        self._waypoints = np.stack([way_back, way_there])

    def after_reset(self, cars: np.ndarray | None = None) -> None:
        """Cars (indices; None: all) have just begun an episode."""
        wanted = np.isin(self.cars, np.arange(self.world.n) if cars is None else cars)
        which = np.flatnonzero(wanted)
        for k in which:
            if self._length[k] != 1:  # otherwise it has not driven since its last start, and keeps that number
                self._number[k], self._next = self._next, self._next + 1
        self._length[which] = 0
        self._append(which, np.zeros(self.world.n), prepare=True)

    def after_step(self, rewards: np.ndarray, driving: np.ndarray | None = None) -> None:
        """The world has made a step.

        Args:
            rewards: (n,) of all cars of the world.
            driving: (n,) bool, the cars whose episode goes on; None: all.
        """
        begun = self._length > 0
        which = np.flatnonzero(begun if driving is None else begun & driving[self.cars])
        self._append(which, rewards, prepare=False)
        for k in which[self.world.status[self.cars[which]] != IN_PROGRESS]:
            self._finished.append((int(self.cars[k]), self._taken(int(k))))
            self._length[k] = 0

    def finished(self) -> list[tuple[int, Episode]]:
        """(car, episode) of the episodes that have ended since this was last asked, in the order of their ends."""
        finished, self._finished = self._finished, []
        return finished

    def _append(self, which: np.ndarray, rewards: np.ndarray, prepare: bool) -> None:
        """One more row for each of these logged cars."""
        world, cars = self.world, self.cars[which]
        x, y, forward = world.x[cars], world.y[cars], world.direction[cars] > 0
        steer, throttle = world.steering[cars], world.speed_command[cars]
        around = closest_waypoints(world.track, world.s[cars], ~forward)
        corners = self._waypoints[forward.astype(int)[:, None], around]
        gaps = np.hypot(corners[..., 0] - x[:, None], corners[..., 1] - y[:, None])
        nearer = np.where(gaps[:, 0] < gaps[:, 1], around[:, 0], around[:, 1])
        values = (
            world.steps[cars] + 1.0, x, y, np.degrees(world.cars.heading[cars]), steer, throttle,
            np.full(len(cars), float(NO_ACTION)) if prepare else self._indices(steer, throttle),
            rewards[cars], world.wheels_on[:, cars].all(axis=0), world.progress[cars], nearer, world.clock[cars],
            np.full(len(cars), -1) if prepare else world.status[cars], np.full(len(cars), self.wall_clock()),
        )  # fmt: skip
        at = self._length[which]
        if len(at) and at.max() == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[at, :, which] = np.stack(values, axis=1)
        self._length[which] += 1

    def _indices(self, steer: np.ndarray, throttle: np.ndarray) -> np.ndarray:
        """Of the commands in the action list; NaN where a command is not in it, or there is none."""
        table = self.world.actions.table
        if table is None:
            return np.full(len(steer), math.nan)
        same = (table[:, 0] == steer[:, None]) & (table[:, 1] == throttle[:, None])
        return np.where(same.any(axis=1), same.argmax(axis=1), math.nan)

    def _taken(self, k: int) -> Episode:
        columns = dict(zip(self.FIELDS, self._rows[: self._length[k], :, k].T.copy()))
        rows = len(columns["steps"])
        status = columns.pop("status").astype(int)
        names = ["prepare" if code < 0 else STATUS[code] for code in status]
        no_list = self.world.actions.table is None
        commands = zip(columns["action"].tolist(), columns["steer"].tolist(), columns["throttle"].tolist())
        columns["action"] = [
            (steer, throttle) if math.isnan(index) or no_list else int(index) for index, steer, throttle in commands
        ]
        return _episode(
            int(self._number[k]),
            columns
            | {
                "done": np.arange(rows) == rows - 1,
                "track_len": np.full(rows, self.world.track.length),
                "episode_status": names,
                "pause_duration": np.zeros(rows),
                "obstacle_crash_counter": [name == "crashed" for name in names],
            },
        )


def _episode(number: int, columns: dict) -> Episode:
    return Episode(
        number=number,
        **{
            name: list(values) if name in LISTS else np.array(values, dtype=DTYPES.get(name, np.float64))
            for name, values in columns.items()
        },
    )


def _parsed(name: str, values: list[str], places: dict[str, int], where: str):
    text = values[places[name]].strip() if name in places else DEFAULTS[name]
    try:
        if name == "episode_status":
            return text
        if DTYPES.get(name) is bool:
            return {"True": True, "False": False}[text]
        if name == "action":
            return _action(text)
        number = float(text)
        if math.isfinite(number) or name == "wall_clock":
            return int(number) if name == "episode" else number
    except (ValueError, KeyError):
        pass
    wanted = "an index or [steer speed]" if name == "action" else "a number"
    wanted = "True or False" if DTYPES.get(name) is bool else wanted
    raise TraceError(f"{where}: {name} is {text!r}, it must be {wanted}.")


def _action(text: str) -> Action:
    if not text.startswith("["):
        return int(text)
    steer, speed = (float(number) for number in text.strip("[]").split())
    return steer, speed


def _plain(values) -> list:
    return values if isinstance(values, list) else values.tolist()
