"""What a reward function pays all over the road, as colours seen from above, for a car of one speed and one angle.

The road is cut into cells along and across, so that the picture costs the same on every track. In each cell a car has
a fresh instance of the function, which is called twice: for the step before, as a file that keeps state expects, and
for the step that is drawn.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import colormaps, style
from matplotlib.patches import Patch

from course_lib.deepracer.reward_function import RewardFunction
from course_lib.notebook.driven import BORDER, INK
from course_lib.notebook.picture import Picture, blank
from course_lib.notebook.road import draw_road
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.reward_params import RewardCaller, RewardError, reward_params
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT, MAX_STEERING, NOSE, SPEED_LIMITS

ALONG, ACROSS = 150, 21  # cells
FASTEST = SPEED_LIMITS[1]
NO_REWARD = "#B9BEC3"
WIDEST_LINE = 95  # characters of a sentence below the map


@dataclass(frozen=True)
class Situation:
    """How the car on the map drives: speed in m/s, heading in degrees left of the road, steering in degrees.

    Raises:
        ValueError: a number that no car has.
    """

    speed: float = 2.0
    heading: float = 0.0
    steering: float = 0.0

    def __post_init__(self):
        limits = {"speed": (0.1, FASTEST), "heading": (-180, 180), "steering": (-MAX_STEERING, MAX_STEERING)}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not low <= value <= high:
                unit = "m/s" if name == "speed" else "degrees"
                raise ValueError(f"{name} is {value!r}: it must be a number from {low:g} to {high:g} {unit}.")

    def __str__(self) -> str:
        parts = [f"{self.speed:g} m/s"]
        for angle, what in ((self.heading, "pointing {} of the road"), (self.steering, "steering {}")):
            if angle:
                parts.append(what.format(f"{abs(angle):g}° {'left' if angle > 0 else 'right'}"))
        return ", ".join(parts + ["straight on"] * (len(parts) == 1))


@dataclass(frozen=True)
class Pay:
    """What was paid.

    Attributes:
        values: (ALONG, ACROSS), from the start line on and from left to right; NaN where there was no reward.
        complaint: why there was none, in one sentence, or "".
    """

    values: np.ndarray
    complaint: str = ""

    @property
    def constant(self) -> bool:
        """Is it the same number wherever there is one?"""
        known = self.values[np.isfinite(self.values)]
        return len(known) > 0 and float(np.ptp(known)) <= 1e-9 * max(1.0, float(np.abs(known).max()))


class RewardSurvey:
    """Asks a reward function in every cell of a road, for one `Situation` after the other.

    Args:
        reward: whatever `RewardFunction.of` takes.  track: a `Track`, a shipped name or a `.npy` path.

    Attributes:
        corners: (ALONG + 1, ACROSS + 1, 2) m, of the cells.  x, y: (ALONG * ACROSS,) m, their middles.

    Raises:
        RewardFileError, TrackError: something that cannot be used.
    """

    def __init__(self, reward, track: Track | str | Path = "camp"):
        self.reward = RewardFunction.of(reward)
        self.track = track if isinstance(track, Track) else Track.load(track)
        self.corners = self._at(np.linspace(0, 1, ALONG + 1), np.linspace(0, 1, ACROSS + 1))
        middles = self._at((np.arange(ALONG) + 0.5) / ALONG, (np.arange(ACROSS) + 0.5) / ACROSS)
        self.x, self.y = middles.reshape(-1, 2).T
        self._world = RaceWorld(self.track, len(self.x))

    def _at(self, along: np.ndarray, across: np.ndarray) -> np.ndarray:
        """(m, n, 2) m: points at shares of the lap and of the width, from the left border to the right one."""
        here = self.track.table_index(along * self.track.length)
        middle = np.stack([self.track.points_x, self.track.points_y])[:, here]
        borders = [line.at(line.project(*middle)[0]) for line in (self.track.inner, self.track.outer)]
        left, right = borders if self.track.ccw else borders[::-1]
        return left[:, None] + across[:, None] * (right - left)[:, None]

    def rows(self, situation: Situation) -> list[dict]:
        """The reward parameters of a car in each cell that has come there from the start line in this situation."""
        world, track = self._world, self.track
        s = track.project(self.x, self.y)[0]
        heading = track.headings[track.table_index(s)] + math.radians(situation.heading)
        heading = np.arctan2(np.sin(heading), np.cos(heading))
        world.cars.heading = heading
        world.cars.x, world.cars.y = self.x - NOSE * np.cos(heading), self.y - NOSE * np.sin(heading)
        world.cars.speed = np.full(world.n, float(situation.speed))
        world.speed_command = np.full(world.n, float(situation.speed))
        world.steering = np.full(world.n, float(situation.steering))
        world.progress = 100.0 * s / track.length
        world.steps = np.round(s / situation.speed / DT).astype(np.int64) + 1  # so the step before is at least 1
        world.clock = world.steps * DT
        world.locate()
        return reward_params(world)

    def pay(self, situation: Situation = Situation()) -> Pay:
        """The reward in every cell.

        Raises:
            RewardFileError: the file cannot be loaded.
        """
        caller = RewardCaller(self.reward, self._world)
        values, complaints = np.full(len(self.x), np.nan), []
        for cell, row in enumerate(self.rows(situation)):
            try:
                caller.call([cell], [_step_before(row)])
                values[cell] = caller.judge([cell], [row])[0]
            except RewardError as error:
                complaints.append(str(error))
        if not complaints:
            return Pay(values.reshape(ALONG, ACROSS))
        often = max(set(complaints), key=complaints.count)
        share = len(complaints) / len(values)
        where = "everywhere" if share == 1 else f"on {share:.0%} of the road"
        return Pay(values.reshape(ALONG, ACROSS), f"No reward {where}: {often.rstrip('.')}.")

    def draw(self, situation: Situation = Situation(), title: str | None = None) -> Picture:
        """The map. Raises as `pay` does."""
        return _draw(self, self.pay(situation), situation, title)


def reward_map(
    reward,
    track: Track | str | Path = "camp",
    speed: float = 2.0,
    heading: float = 0.0,
    steering: float = 0.0,
    title: str | None = None,
) -> Picture:
    """The reward all over the road, from above, for a car with one speed, heading and steering.

    Args:
        reward: a function, the name of a shipped one, a file, or a `RewardFunction`.
        track: a `Track`, a shipped name or a `.npy` path.
        speed: m/s.  heading: degrees left of the road.  steering: degrees, positive to the left.

    Raises:
        RewardFileError: the file cannot be loaded. What the function raises is told in the picture.
        TrackError, ValueError: no such track; a number that no car has.
    """
    return RewardSurvey(reward, track).draw(Situation(speed, heading, steering), title)


def _step_before(row: dict) -> dict:
    """The same car one step ago, on the same lane: what a function that remembers compares with."""
    way, heading = row["speed"] * DT, math.radians(row["heading"])
    s = max(row["projection_distance"] - way, 0.0)
    return row | {
        "x": row["x"] - way * math.cos(heading),
        "y": row["y"] - way * math.sin(heading),
        "projection_distance": s,
        "progress": 100.0 * s / row["track_length"],
        "steps": row["steps"] - 1.0,
        "sim_time": row["sim_time"] - DT,
        "waypoints": list(row["waypoints"]),
        "closest_waypoints": list(row["closest_waypoints"]),
    }


@style.context("default")
def _draw(survey: RewardSurvey, pay: Pay, situation: Situation, title: str | None) -> Picture:
    track, values = survey.track, np.ma.masked_invalid(pay.values)
    span = np.ptp(track.rows.reshape(-1, 2), axis=0) + 1.0
    shape = span[1] / span[0]
    figure = blank(7.8, 0.8 + 5.9 * shape) if shape < 1.1 else blank(6.2, 0.5 + 5.2 * shape)
    figure.suptitle(title or f"Reward for a car at {situation}", fontsize=12, color=INK)
    axes = figure.subplots()
    draw_road(axes, track)
    known = values.compressed()
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if low < 0 < high:  # two colours that meet at 0
        low, high, colours = -max(-low, high), max(-low, high), "PuOr"
    elif low == high or pay.constant:
        low, high, colours = low - 0.5, high + 0.5, "viridis"
    else:
        colours = "viridis"
    cells = axes.pcolormesh(
        *survey.corners.transpose(2, 0, 1),
        values,
        cmap=colormaps[colours].with_extremes(bad=NO_REWARD),
        vmin=low,
        vmax=high,
        zorder=0.3,
    )
    if len(known):
        bar = figure.colorbar(cells, ax=axes, shrink=0.8, aspect=28, pad=0.02)
        bar.set_label("reward of one step")
        bar.outline.set_visible(False)
    if pay.complaint:
        patch = Patch(facecolor=NO_REWARD, edgecolor=BORDER, label="no reward")
        axes.legend(handles=[patch], loc="upper right", frameon=False)
    note = " ".join(filter(None, (pay.complaint, _constant(pay))))
    if note:
        figure.supxlabel(textwrap.fill(note, WIDEST_LINE), fontsize=10, color=INK)
    figure.alt = _told(survey, pay, situation, note)
    return figure


def _constant(pay: Pay) -> str:
    if not pay.constant:
        return ""
    return f"It pays {np.nanmean(pay.values):.3g} wherever the car is: for this car the place makes no difference."


def _told(survey: RewardSurvey, pay: Pay, situation: Situation, note: str) -> str:
    over = f"Track {survey.track.name} from above, coloured by the reward for a car at {situation}"
    known = np.isfinite(pay.values)
    if pay.constant or not known.any():
        return f"{over}. {note}"
    lanes = [np.nanmean(lane) if there.any() else -np.inf for lane, there in zip(pay.values.T, known.T)]
    best = (int(np.argmax(lanes)) + 0.5) / ACROSS
    place = "near the left border" if best < 0.3 else "near the right border" if best > 0.7 else "near the middle"
    low, high = np.nanmin(pay.values), np.nanmax(pay.values)
    return f"{over}: from {low:.3g} to {high:.3g}, on average most {place} of the road. {note}".rstrip()
