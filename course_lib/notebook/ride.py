"""A drive with all parameters of every step kept, and some of them as curves that grow beside the moving car."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from course_lib.drivers.recorded import START_LINE
from course_lib.notebook.driven import BORDER, COLOURS, INK, SPEED
from course_lib.notebook.episodes import EpisodeReplay, moving
from course_lib.notebook.lap_frames import LapScene
from course_lib.notebook.replay import LAST
from course_lib.sim.boxes import Boxes
from course_lib.sim.laps import race_for, snapshot
from course_lib.sim.race_world import IN_PROGRESS, STATUS
from course_lib.sim.reward_params import reward_params
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT

MOST_STEPS = 600  # 40 s
MOST_CURVES = 4
TRACK_WIDTH, CHART_WIDTH = 400, 230  # px
CHART_TOP, CHART_GAP = 34, 12  # px
EVERY = 2  # steps from one picture to the next


@dataclass(frozen=True, repr=False)
class Ride:
    """One drive.

    Attributes:
        track: the road.  boxes: on it.
        params: one dict of the 27 parameters per step, as a reward function gets them.
        path: (steps + 1, 6), as in `LapResults.paths`.  status: how it ended, one of `race_world.STATUS`.
    """

    track: Track
    boxes: Boxes
    params: list[dict[str, Any]]
    path: np.ndarray
    status: str

    def __repr__(self) -> str:
        return f"Ride({self.track.name!r}, {len(self.params)} steps, {self.status})"

    def __getitem__(self, name: str) -> np.ndarray:
        """(steps,) values of a parameter that is one number or one yes or no.

        Raises:
            KeyError: no such parameter, or one that is a list.
        """
        if name not in self.params[0] or isinstance(self.params[0][name], (list, tuple)):
            raise KeyError(f"{name!r} is no parameter with a single value: take one such as 'speed' or 'progress'.")
        return np.array([row[name] for row in self.params], dtype=np.float64)

    @property
    def measured_speed(self) -> np.ndarray:
        """(steps,) m/s that the car really drove, which no parameter tells."""
        return self.path[1:, SPEED]

    def replay(self, curves: Sequence[str] | Mapping[str, np.ndarray]) -> EpisodeReplay:
        """An animated PNG: the car from above, and up to four curves that grow beside it.

        Args:
            curves: names of parameters, or label -> values (steps,).

        Raises:
            ValueError: no curve, more than four, or one of another length.
        """
        if not isinstance(curves, Mapping):
            curves = {name: self[name] for name in curves}
        curves = {label: np.asarray(values, dtype=np.float64) for label, values in curves.items()}
        if not 1 <= len(curves) <= MOST_CURVES:
            raise ValueError(f"There are {len(curves)} curves: choose one to {MOST_CURVES}.")
        for label, values in curves.items():
            if values.shape != (len(self.params),):
                raise ValueError(f"The curve {label!r} has {values.size} values for {len(self.params)} steps.")
        scene = LapScene(self.track, [self.path], None, [self.status.replace("_", " ")], TRACK_WIDTH, self.boxes)
        charts = _Charts(curves, scene.background.height)
        rows = [*range(0, len(self.path) - 1, EVERY), len(self.path) - 1]
        frames = [np.hstack([scene.palette[scene.frame(row)], charts.frame(row)]) for row in rows]
        delays = [EVERY * Fraction(DT).limit_denominator(1000)] * (len(rows) - 1) + [LAST]
        told = "; ".join(f"{label} from {v[0]:.2f} to {v[-1]:.2f}" for label, v in curves.items())
        alt = f"A car drives on track {self.track.name} until {STATUS_WORDS[self.status]}; beside it grow: {told}."
        return moving(frames, delays, alt, self.track.name)


STATUS_WORDS = dict.fromkeys(STATUS, "it stops") | {
    "off_track": "it leaves the road",
    "lap_complete": "its lap is complete",
    "reversed": "it has driven backwards for a second",
    "immobilized": "it has stood still for a second",
    "crashed": "it hits a box",
}


def ride(
    driver,
    track: Track | str | Path = "camp",
    start: Mapping[str, float] | None = None,
    boxes=None,
    steps: int = MOST_STEPS,
) -> Ride:
    """Let one car drive until its episode ends, and keep the parameters of each step.

    Args:
        driver: a driver or a policy.
        start: keyword arguments of `RaceWorld.reset`; None: at rest on the start line.
        boxes: on the track, as in `sim.boxes.Boxes`.
        steps: after so many it is stopped.

    Raises:
        PolicyError, TrackError, BoxError: a policy that does not fit; a track or boxes that cannot be used.
    """
    track = track if isinstance(track, Track) else Track.load(track)
    race = race_for(driver, track, 1, boxes=boxes)
    world, learnt = race.world, hasattr(driver, "act")
    observations = race.reset(options=dict(start or START_LINE))
    params, path = [], [snapshot(world)[0]]
    while world.status[0] == IN_PROGRESS and len(params) < steps:
        world.step(driver.act(observations, deterministic=True) if learnt else driver(world))
        params += reward_params(world)
        path.append(snapshot(world)[0])
        if learnt:
            observations = race.observation.observe(world)
    return Ride(track, world.boxes, params, np.array(path), STATUS[world.status[0]])


class _Charts:
    """Small charts one below the other; `frame` gives them as they are after so many steps."""

    def __init__(self, curves: dict[str, np.ndarray], height: int):
        self.curves = curves
        self.font = ImageFont.load_default(12)
        room = (height - CHART_TOP - CHART_GAP) / len(curves)
        self.picture = Image.new("RGB", (CHART_WIDTH, height), "#FFFFFF")
        draw = ImageDraw.Draw(self.picture)
        self.lines = []
        for number, (label, values) in enumerate(curves.items()):
            top, bottom = CHART_TOP + number * room + 17, CHART_TOP + (number + 1) * room - CHART_GAP
            low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
            high += (high == low) * 1.0
            draw.text((44, top - 17), label, fill=INK, font=self.font)
            for value in {low, high, 0.0}:
                y = bottom - (value - low) / (high - low) * (bottom - top)
                draw.line((44, y, CHART_WIDTH - 8, y), fill="#DDE1E4" if value else BORDER)
                if value or high - low > 0:
                    draw.text(
                        (38, y),
                        f"{value:.3g}" if abs(value) >= 1 else f"{value:.2g}",
                        fill=INK,
                        font=self.font,
                        anchor="rm",
                    )
            x = 44 + np.arange(1, len(values) + 1) / len(values) * (CHART_WIDTH - 54)
            y = bottom - (values - low) / (high - low) * (bottom - top)
            self.lines.append((np.stack([x, y], axis=1), COLOURS[number], top))

    def frame(self, row: int) -> np.ndarray:
        """(height, width, 3) uint8, with the curves up to this row of the path."""
        picture = self.picture.copy()
        draw = ImageDraw.Draw(picture)
        for (points, colour, top), values in zip(self.lines, self.curves.values()):
            if row >= 1:
                told = f"{values[row - 1]:.2f}"
                draw.text((CHART_WIDTH - 8, top - 17), told, fill=INK, font=self.font, anchor="ra")
                x, y = points[row - 1]
                draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour)
            if row >= 2:
                draw.line(points[:row].ravel().tolist(), fill=colour, width=2)
        return np.asarray(picture)
