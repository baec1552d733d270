"""What a reward function pays along whole laps: does the lap that you want earn more than the laps that you do not?"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import style

from course_lib.deepracer.reward_function import RewardFunction
from course_lib.drivers.line import LIMITS, minimum_time_line
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import START_LINE
from course_lib.notebook.driven import COLOURS, INK
from course_lib.notebook.picture import DASHES, Picture, blank, plain
from course_lib.sim.laps import race_for, run_laps, snapshot
from course_lib.sim.race_world import IN_PROGRESS, LAP_COMPLETE, STATUS
from course_lib.sim.reward_params import RewardError
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT, SPEED_LIMITS

CENTRE_SPEED = 1.5  # m/s, of the centre line and of the zig-zag
ZIG_ZAG, WAVE = 0.3, 2.2  # of the width to either side; m from one zig to the next
ROOM = 0.1  # m that the racing line stays away from the borders
TOP_SPEEDS = (None, 2.5, 2.0, 1.5)  # m/s, to be tried on the racing line
WIDEST_LINE = 95  # characters of a sentence


@dataclass(frozen=True)
class PaidLap:
    """One lap from the start line, at rest, and what it earned.

    Attributes:
        rewards: (steps,).  s: (steps,) m from the start line, over more than a lap where it goes on.
        path: (steps + 1, 6), as in `LapResults.paths`.
        status: how it ended, one of `race_world.STATUS`.  complaint: the sentence of a reward function that failed.
    """

    rewards: np.ndarray
    s: np.ndarray
    path: np.ndarray
    status: str
    complaint: str = ""

    @property
    def total(self) -> float:
        """All rewards of the lap; NaN where the function failed."""
        return float("nan") if self.complaint else float(self.rewards.sum())

    @property
    def seconds(self) -> float:
        return len(self.rewards) * DT

    def __repr__(self) -> str:
        return f"PaidLap({amount(self.total)} in {self.seconds:.1f} s, {self.status})"


def example_laps(track: Track | str | Path = "camp") -> dict[str, PurePursuit]:
    """Three ways to drive a lap: label -> driver."""
    track = track if isinstance(track, Track) else Track.load(track)
    s = np.arange(0.0, track.length, 0.05)
    waves = max(2, round(track.length / WAVE))
    zig_zag = ZIG_ZAG * track.width * np.sin(2 * np.pi * waves * s / track.length)
    return {
        "centre line": PurePursuit(CENTRE_SPEED),
        "racing line": racing_driver(track),
        "zig-zag": PurePursuit(CENTRE_SPEED, offsets=zig_zag),
    }


def racing_driver(track: Track) -> PurePursuit:
    """Drives a coarse fast line, found in a second, as fast as it stays on the road there."""
    offsets, speed = _racing_line(track.rows.tobytes(), track.name)
    return PurePursuit(speed, offsets=offsets)


@functools.lru_cache(maxsize=8)
def _racing_line(rows: bytes, name: str) -> tuple[np.ndarray, float | None]:
    """(200,) m left of the centre line, and the top speed in m/s that goes well on it (None: any)."""
    track = Track(np.frombuffer(rows).reshape(-1, 6), name)
    line = minimum_time_line(track, SPEED_LIMITS[1], *LIMITS["deepracer"], reach=-ROOM, rounds=1)
    s, offsets, _ = track.project(line.x, line.y)
    order = np.argsort(s)
    offsets = np.interp(np.arange(200) * track.length / 200, s[order], offsets[order], period=track.length)
    for speed in TOP_SPEEDS:
        if run_laps(PurePursuit(speed, offsets=offsets), track, starts=1, start=START_LINE).clean.all():
            break
    return offsets, speed


def drive_lap(reward, driver, track: Track) -> PaidLap:
    """One lap, with a fresh instance of the reward function, as an episode of a training would be.

    Args:
        reward: a `RewardFunction` or a function.  driver: a driver or a policy.

    Raises:
        RewardFileError, PolicyError: a file that cannot be loaded, a policy that does not fit.
    """
    race = race_for(driver, track, 1, reward_function=reward)
    world, learnt = race.world, hasattr(driver, "act")
    rewards, s, path, complaint = [], [], [], ""
    try:
        observations = race.reset(options=START_LINE)
        path.append(snapshot(world)[0])
        while world.status[0] == IN_PROGRESS:
            actions = driver.act(observations, deterministic=True) if learnt else driver(world)
            observations, earned, _, _ = race.step(actions)
            rewards.append(float(earned[0]))
            s.append(float(world.progress[0]) / 100.0 * track.length)
            path.append(snapshot(world)[0])
    except RewardError as error:
        complaint = str(error)
    return PaidLap(np.array(rewards), np.array(s), np.array(path), STATUS[world.status[0]], complaint)


def reward_along(
    reward, track: Track | str | Path = "camp", laps: Mapping[str, object] | None = None, title: str | None = None
) -> Picture:
    """What the reward pays along some driven laps: step by step, and added up.

    Args:
        reward: a function, the name of a shipped one, a file, or a `RewardFunction`.
        track: a `Track`, a shipped name or a `.npy` path.
        laps: label -> driver or policy; None: `example_laps`.

    Returns:
        the picture, with two attributes more: ``totals``, a dict label -> sum of the lap's rewards (NaN where the
        function failed), and ``laps``, a dict label -> `PaidLap`.

    Raises:
        RewardFileError: the file cannot be loaded. What the function raises is told in the picture.
        TrackError, PolicyError, ValueError: no such track; a policy that does not fit; no laps.
    """
    reward = RewardFunction.of(reward)
    track = track if isinstance(track, Track) else Track.load(track)
    drivers = example_laps(track) if laps is None else dict(laps)
    if not drivers:
        raise ValueError("There is no lap to drive: give at least one label with its driver.")
    paid = {str(label): drive_lap(reward, driver, track) for label, driver in drivers.items()}
    figure = _draw(track, paid, title)
    figure.laps, figure.totals = paid, {label: lap.total for label, lap in paid.items()}
    return figure


@style.context("default")
def _draw(track: Track, paid: dict[str, PaidLap], title: str | None) -> Picture:
    verdict = _verdict(paid)
    figure = blank(7.8, 5.2, title or verdict)
    single, summed = figure.subplots(2, sharex=True, height_ratios=(2, 3))
    told = []
    for number, (label, lap) in enumerate(paid.items()):
        look = {"color": COLOURS[number % 8], "linestyle": DASHES[number % 8], "linewidth": 2}
        words = f"{label}: {_words(lap)}"
        single.plot(lap.s, lap.rewards, **look | {"linewidth": 1.5})
        summed.plot(np.append(0.0, lap.s), np.append(0.0, np.cumsum(lap.rewards)), label=words, **look)
        told.append(words)
    for axes in (single, summed):
        plain(axes)
    single.set_ylabel("reward of a step")
    summed.set(xlim=(0, track.length), xlabel="distance from the start line (m)", ylabel="added up")
    longest = max(map(len, told))
    figure.legend(loc="outside lower left", ncols=3 if longest < 30 else 2 if longest < 45 else 1, frameon=False)
    complaint = next((lap.complaint for lap in paid.values() if lap.complaint), "")
    if complaint:
        single.set_title(textwrap.fill(complaint, WIDEST_LINE), fontsize=10, color=INK)
    over = f"What a reward function pays along {_count(paid)} of track {track.name}"
    figure.alt = f"{over}. {'; '.join(told)}. {verdict}. {complaint}".rstrip()
    return figure


def _words(lap: PaidLap) -> str:
    if lap.complaint:
        return f"the reward function failed at {lap.s[-1]:.1f} m" if len(lap.s) else "the reward function failed"
    end = "" if lap.status == STATUS[LAP_COMPLETE] else f", {lap.status.replace('_', ' ')} at {lap.s[-1]:.1f} m"
    return f"{amount(lap.total)} in {lap.seconds:.1f} s{end}"


def amount(reward: float) -> str:
    """A sum of rewards as people write it."""
    return f"{reward:,.0f}" if abs(reward) >= 1000 else f"{reward:.1f}"


def _count(paid: dict) -> str:
    return "1 lap" if len(paid) == 1 else f"{len(paid)} laps"


def _verdict(paid: dict[str, PaidLap]) -> str:
    """Which lap earns most, in one sentence."""
    known = {label: lap.total for label, lap in paid.items() if not lap.complaint}
    if not known:
        return "No lap could be paid"
    best = max(known, key=known.get)
    if len(known) == 1:
        return f"The lap “{best}” earns {amount(known[best])}"
    rest = [label for label in known if label != best and known[label] == known[best]]
    return f"These laps earn the same: {', '.join([best, *rest])}" if rest else f"Most is paid for the lap “{best}”"
