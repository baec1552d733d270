"""Recorded driving: the actions of one car, from which the world computes its way again to the last bit.

A recording is a text file of JSON lines: a header, one line [steering, speed] per step, and the result::

    {"format": "first-lap-recording-1", "world": 1, "name": "Ada", "date": "2030-05-01", "track": "camp", …}
    [0.25, 1.0]
    …
    {"steps": 118, "lap_times": [7.8123], "off_track": false, "sha256": "…"}

The SHA-256 of the lines above it and the result tell a truncated or edited file from a whole one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from course_lib.files import write_atomically
from course_lib.paths import data_dir
from course_lib.sim.laps import snapshot
from course_lib.sim.race_world import IN_PROGRESS, RaceWorld
from course_lib.sim.track import Track, TrackError, track_names
from course_lib.sim.vehicle import VEHICLES

FORMAT = "first-lap-recording-1"
WORLD = 1  # to be raised when a change to the vehicles or the rules makes old recordings drive another way
DECIMALS = 4
SAME_TIME = 0.005  # s: sines differ in the last bit between computers
START_LINE = {"s": 0.0, "offset": 0.0, "heading": 0.0, "direction": 1}


FIELDS = {"world", "name", "date", "track", "vehicle", "speed_range", "seed", "start", "laps"}
EDITED = "the file was edited: take the original."


class RecordingError(ValueError):
    """A recording that cannot be used; the message names the file, the line and the way out."""


@dataclass(eq=False)
class Recording:
    """What one car did in one episode.

    Attributes:
        actions: (steps, 2) float64 in [-1, 1], steering and speed, rounded by `round_actions` before driving.
        track: a shipped track's name, or the path of a `.npy`.
        vehicle, speed_range, laps: as in `RaceWorld`.
        start: keyword arguments of `RaceWorld.reset`: s (m), offset (m), heading (rad), direction (+1 or -1).
        lap_times: s, of the laps that were finished.  off_track: did it end beside the road?
        seed: of the world. The start is explicit, so it changes nothing.
        name: who drove.  date: when, in whatever words.
        source: the file it came from, for messages.
    """

    actions: np.ndarray
    track: str = "camp"
    vehicle: str = "deepracer"
    speed_range: tuple[float, float] = (0.5, 4.0)
    start: dict[str, float] = field(default_factory=lambda: dict(START_LINE))
    laps: int = 1
    lap_times: list[float] = field(default_factory=list)
    off_track: bool = False
    seed: int = 0
    name: str = ""
    date: str | None = None
    source: str = "The recording"

    def world(self) -> RaceWorld:
        """A world with one car, standing where the recording starts."""
        world = RaceWorld(
            self.track,
            1,
            self.vehicle,
            speed_range=self.speed_range,
            laps=self.laps,
            max_steps=len(self.actions) + 1,
            seed=self.seed,
        )
        world.reset(**self.start)
        return world

    def save(self, path: str | Path) -> Path:
        """Write the file, in full or not at all; its folder is made.

        Raises:
            OSError: the disk is full or the folder cannot be written.
        """
        header = {
            "format": FORMAT,
            "world": WORLD,
            "name": self.name,
            "date": self.date,
            "track": str(self.track),
            "vehicle": self.vehicle,
            "speed_range": list(self.speed_range),
            "seed": self.seed,
            "start": self.start,
            "laps": self.laps,
        }
        values = [header, *np.asarray(self.actions).tolist()]
        lines = [json.dumps(value, ensure_ascii=False) for value in values]
        result = {
            "steps": len(self.actions),
            "lap_times": self.lap_times,
            "off_track": self.off_track,
            "sha256": _sha256(lines),
        }
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, "\n".join([*lines, json.dumps(result), ""]).encode("utf-8"))
        return path


class RecordedDriver:
    """Drives the actions of a recording: ``driver(world) -> (n, 2)``; after its end, straight on and slowly.

    It does not look: only from the recording's own start (`Recording.world`) does it stay on the road.
    """

    def __init__(self, recording: Recording):
        self.recording = recording
        self.env_kwargs = {"vehicle": recording.vehicle, "speed_range": recording.speed_range}
        self._actions = np.concatenate([recording.actions, [[0.0, -1.0]]])

    def __call__(self, world: RaceWorld) -> np.ndarray:
        return self._actions[np.minimum(world.steps, len(self._actions) - 1)]


def round_actions(actions: np.ndarray) -> np.ndarray:
    """Actions with as many decimals as a recording keeps: round before driving, and the replay is exact."""
    return np.round(np.clip(np.asarray(actions, dtype=np.float64), -1.0, 1.0), DECIMALS) + 0.0  # no -0.0


def record(
    driver,
    track: str | Path = "camp",
    *,
    vehicle: str = "deepracer",
    speed_range: tuple[float, float] = (0.5, 4.0),
    start: dict[str, float] | None = None,
    laps: int = 1,
    max_steps: int | None = None,
    seed: int = 0,
    name: str = "",
    date: str | None = None,
) -> Recording:
    """Let ``driver(world) -> (1, 2)`` drive one episode and keep what it did; ``start`` as in `Recording`."""
    recording = Recording(
        np.zeros((0, 2)),
        str(track),
        vehicle,
        tuple(speed_range),
        START_LINE | (start or {}),
        laps,
        seed=seed,
        name=name,
        date=date,
    )
    world = RaceWorld(track, 1, vehicle, speed_range=speed_range, laps=laps, max_steps=max_steps, seed=seed)
    world.reset(**recording.start)
    actions = []
    while world.status[0] == IN_PROGRESS:
        action = round_actions(driver(world))
        world.step(action)
        actions.append(action[0])
        recording.lap_times += _finished(world)
    recording.actions, recording.off_track = np.array(actions), bool(world.off_track[0])
    return recording


def replay(recording: Recording) -> np.ndarray:
    """Drive a recording again.

    Returns:
        (steps + 1, 6), one car's path as in `laps.LapResults.paths`: nose x, y (m), heading (rad),
        speed (m/s), steering (degrees), s (m).

    Raises:
        RecordingError: the drive ends otherwise than the recording says.
    """
    world = recording.world()
    rows, lap_times = [snapshot(world)[0]], []
    for step, action in enumerate(recording.actions):
        if world.status[0] != IN_PROGRESS:
            raise RecordingError(
                f"{recording.source}, line {step + 2}: the drive was over before this step; "
                "the track or the file has changed since: record it again."
            )
        world.step(action[None])
        rows.append(snapshot(world)[0])
        lap_times += _finished(world)
    same_times = len(lap_times) == len(recording.lap_times) and np.allclose(
        lap_times, recording.lap_times, rtol=0, atol=SAME_TIME
    )
    if not same_times or bool(world.off_track[0]) != recording.off_track:
        ends = [
            f"laps of {times} s and {'off' if off else 'on'} the track"
            for times, off in ((recording.lap_times, recording.off_track), (lap_times, world.off_track[0]))
        ]
        raise RecordingError(
            f"{recording.source}, line {len(rows) + 1}: the result is {ends[0]}, its "
            f"actions end with {ends[1]}; the track or the file has changed since: "
            "record it again."
        )
    return np.array(rows)


def load_recording(path: str | Path) -> Recording:
    """Read a recording; it is checked against its SHA-256 here, and against the world by `replay`.

    Raises:
        RecordingError: the file is missing, truncated or edited, or its track, vehicle or version is unknown.
    """
    path = Path(path)
    lines = _read_lines(path)
    values = [_parsed(path, number, line) for number, line in enumerate(lines, 1)]
    header = _checked_header(path, values[0] if values else None)
    last, result, actions = f"{path}, line {len(lines)}", values[-1], values[1:-1]
    if len(values) < 2 or not isinstance(result, dict) or "sha256" not in result:
        raise RecordingError(f"{last}: the file ends before the result; it was cut short: copy it again.")
    for number, action in enumerate(actions, 2):
        if not _is_numbers(action, 2) or max(map(abs, action)) > 1:
            raise RecordingError(
                f"{path}, line {number}: {lines[number - 1][:40]!r} is no action, two numbers in [-1, 1]; {EDITED}"
            )
    if result.get("steps") != len(actions):
        raise RecordingError(
            f"{last}: the result is of {result.get('steps')} steps, the file has {len(actions)}; {EDITED}"
        )
    lap_times, off_track = result.get("lap_times"), result.get("off_track")
    if not isinstance(lap_times, list) or not _is_numbers(lap_times, len(lap_times)):
        raise RecordingError(f"{last}: lap_times must be a list of seconds; {EDITED}")
    if not isinstance(off_track, bool):
        raise RecordingError(f"{last}: off_track must be true or false; {EDITED}")
    if result["sha256"] != _sha256(lines[:-1]):
        raise RecordingError(f"{last}: the checksum does not fit the lines above it; {EDITED}")
    return Recording(
        np.array(actions, dtype=np.float64).reshape(-1, 2),
        header["track"],
        header["vehicle"],
        tuple(header["speed_range"]),
        header["start"],
        header["laps"],
        lap_times,
        off_track,
        header["seed"],
        header["name"],
        header["date"],
        str(path),
    )


def demonstration_names() -> list[str]:
    """Names of the recordings that come with First Lap."""
    return sorted(path.stem for path in (data_dir() / "demonstrations").glob("*.jsonl"))


def demonstration(name: str = "camp") -> Recording:
    """A recording that comes with First Lap: one clean lap, driven with arrow keys.

    Raises:
        RecordingError: there is none of this name.
    """
    names = demonstration_names()
    if name not in names:
        raise RecordingError(f"No demonstration is called {name!r}: there are {', '.join(names)}.")
    return load_recording(data_dir() / "demonstrations" / f"{name}.jsonl")


def _read_lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RecordingError(f"{path} is missing: there is no such recording.") from None
    except UnicodeDecodeError:
        raise RecordingError(f"{path} is no UTF-8 text: it is not a recording, or it was damaged.") from None
    except OSError as error:
        raise RecordingError(f"{path} cannot be read ({error.strerror}): choose another file.") from error
    # At line feeds alone: a name may hold other signs that splitlines takes for the end of a line.
    return text.rstrip("\n").split("\n")


def _checked_header(path: Path, header) -> dict:
    def require(fine: bool, problem: str) -> None:
        if not fine:
            raise RecordingError(f"{path}, line 1: {problem}")

    is_ours = isinstance(header, dict) and str(header.get("format")).startswith("first-lap-recording")
    require(is_ours, "this is no header of a recording; `course drive` makes recordings.")
    require(
        header["format"] == FORMAT,
        f"its format is {header['format']}, this First Lap reads {FORMAT}: update First Lap.",
    )
    missing = sorted(FIELDS - set(header))
    require(not missing, f"the header lacks {', '.join(missing)}; {EDITED}")
    require(
        header["world"] == WORLD,
        f"it was driven in version {header['world']} of the world, this is {WORLD}: record it again.",
    )
    require(
        str(header["vehicle"]) in VEHICLES,
        f"no vehicle is called {header['vehicle']!r}: there are {', '.join(VEHICLES)}.",
    )
    speeds, start = header["speed_range"], header["start"]
    require(
        _is_numbers(speeds, 2) and 0 <= speeds[0] < speeds[1],
        f"speed_range is {speeds!r}: it must be two rising speeds in m/s.",
    )
    require(
        isinstance(start, dict)
        and start.keys() == START_LINE.keys()
        and _is_numbers([*start.values()], 4)
        and start["direction"] in (-1, 1),
        f"start is {start!r}: it must hold the numbers s, offset, heading and a direction of 1 or -1.",
    )
    for name, least in (("laps", 1), ("seed", 0)):
        require(
            type(header[name]) is int and least <= header[name] < 2**53,
            f"{name} is {header[name]!r}: it must be a whole number of at least {least}.",
        )
    for name in ("name", "date", "track"):
        require(
            isinstance(header[name], str) or (name == "date" and header[name] is None),
            f"{name} is {header[name]!r}: it must be a text.",
        )
    if header["track"] not in track_names():  # loading a track to know that it is there would take long
        try:
            Track.load(header["track"])
        except TrackError as error:
            require(False, str(error))
    return header


def _parsed(path: Path, number: int, line: str):
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordingError(
            f"{path}, line {number}: this is not JSON ({error}); the file was cut short or edited: copy it again."
        ) from error


def _is_numbers(values, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(type(value) in (int, float) and abs(value) < 1e6 for value in values)
    )


def _sha256(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()


def _finished(world: RaceWorld) -> list[float]:
    """The time of the lap that the last step completed, if it did."""
    return [] if np.isnan(world.lap_time[0]) else [round(float(world.lap_time[0]), DECIMALS)]
