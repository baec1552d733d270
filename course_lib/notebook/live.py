"""Watch a training while it runs, and see afterwards how the driver grew up.

Everything is sent from the cell that trains, so it arrives while the cell is busy; nothing is waited for. The
notebook's own stop button ends a training and keeps the best policy (`agents.training.Run.session`).
"""

from __future__ import annotations

import os
import time

import anywidget
import numpy as np
import traitlets

from course_lib.agents.policy import Policy
from course_lib.agents.training import Update
from course_lib.drivers.recorded import START_LINE
from course_lib.notebook.widgets.esm import esm, track_geometry
from course_lib.sim.laps import race_for, run_laps
from course_lib.sim.race_world import CRASHED, IN_PROGRESS, OFF_TRACK
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT

PICTURES = 30  # a second: as many as are sent, and as many as the browser draws
SPEED_UP = 2  # the cars on show drive so many times as fast as in life
SLOW_STEPS = 15  # steps that are shown of every update with slow=True
MOST_POINTS = 150  # of a curve that is sent
MOST_AGES = 256  # policies that are kept while the training runs
SLOWEST = 1.0  # m/s: a young driver that is slower than this is not waited for


class LiveCanvas(anywidget.AnyWidget):
    """The front end: draws what `LiveView` puts into ``state``; what it missed is in there too."""

    _esm = esm("track_canvas.js", "live.js")
    track = traitlets.Dict(allow_none=True).tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return "The training is shown here while it runs."


class LiveView:
    """Shows a training: give it to any algorithm as ``on_update``.

    Args:
        envs: the environments of the training; on race environments cars are shown that the newest policy drives.
        cars: how many of them.
        slow: show every update for half a second, in which the training waits (its seconds go on).

    Attributes:
        canvas: the widget.  history: one dict per update, as in `TrainingResult`.
    """

    def __init__(self, envs, cars: int = 6, slow: bool = False):
        race = getattr(envs.unwrapped, "race", None)
        self.track: Track | None = race.world.track if race else None
        self.canvas = LiveCanvas(track=track_geometry(self.track) if self.track else None)
        self.history: list[dict[str, float]] = []
        self._cars, self._slow = cars, slow and os.environ.get("COURSE_HEADLESS") != "1"
        self._ages: list[tuple[int, Policy]] = []
        self._stride, self._race, self._sent, self._frames = 1, None, -np.inf, []

    def __repr__(self) -> str:
        return f"LiveView({self.track.name if self.track else 'no track'!r}, updates={len(self.history)})"

    def __call__(self, update: Update) -> None:
        self.history.append({"steps": update.steps, "seconds": update.seconds, **update.metrics})
        if (len(self.history) - 1) % self._stride == 0:
            self._keep(update)
        passed = time.monotonic() - self._sent
        if self._slow:
            self._frames += self._drive(update.policy, SLOW_STEPS)
            self._send()
            time.sleep(SLOW_STEPS / PICTURES)
        elif passed >= 1 / PICTURES:
            # As many steps as the browser plays until the next update; after a long one, no more than a second's.
            self._frames += self._drive(update.policy, round(np.clip(passed * SPEED_UP / DT, 1, PICTURES)))
            self._send()

    def ages(self, count: int = 8) -> list[tuple[int, Policy]]:
        """Up to ``count`` pairs of (environment steps, policy as it was then), from the first update to the last.

        Their steps grow by about the same factor each time, for a driver learns most in the beginning.
        """
        if not self._ages:
            raise ValueError("Nothing was trained yet: give this view to a training as on_update.")
        steps = np.array([steps for steps, _ in self._ages])
        wanted = np.geomspace(steps[0], steps[-1], count)
        return [self._ages[k] for k in np.unique(np.abs(steps - wanted[:, None]).argmin(axis=1))]

    def growing_up(self, count: int = 8) -> dict[str, np.ndarray]:
        """One lap from the start line at each of up to ``count`` ages: label -> path, as `replay.lap_replay` takes."""
        if self.track is None:
            raise ValueError("This training had no track, so there are no laps to show.")
        self._send()
        return growing_up(self.ages(count), self.track)

    def _keep(self, update: Update) -> None:
        self._ages.append((update.steps, update.policy.copy()))
        if len(self._ages) > MOST_AGES:
            self._ages = self._ages[::2]
            self._stride *= 2

    def _drive(self, policy: Policy, steps: int) -> list[list[list[float]]]:
        """Pictures of the cars on show after each of their next steps: [x, y, heading, steering, out] of each car."""
        if self.track is None:
            return []
        if self._race is None:
            self._race = race_for(policy, self.track, self._cars, laps=10**6, max_steps=10**6)
            spread = np.arange(self._cars) * self.track.length / self._cars
            spread = self._race.world.boxes.free(spread, 1)
            self._race.reset(options={"s": spread})
        race, world, pictures = self._race, self._race.world, []
        for _ in range(steps):
            over = np.flatnonzero(world.status != IN_PROGRESS)
            if len(over):
                race.reset(over)
            world.step(policy.act(race.observation.observe(world), deterministic=True))
            out = (world.status == OFF_TRACK) | (world.status == CRASHED)
            table = np.stack([world.x, world.y, world.cars.heading, world.steering, out], axis=1)
            pictures.append(table.round(3).tolist())
        return pictures

    def _send(self) -> None:
        if not self.history:
            return
        last = self.history[-1]
        self.canvas.state = {
            "steps": last["steps"],
            "seconds": round(last["seconds"], 2),
            "frames": self._frames,
            "curves": [
                {"name": name, "points": points}
                for name, key in (("mean reward per step", "reward"), ("score", "score"))
                if (points := self._curve(key))
            ],
        }
        self._frames, self._sent = [], time.monotonic()

    def _curve(self, key: str) -> list[list[float]]:
        points = [[row["steps"], round(row[key], 4)] for row in self.history if row.get(key) is not None]
        every = -(-len(points) // MOST_POINTS) if points else 1
        return points[::-every][::-1]  # thinned from the end, so that the newest is always there


def watch(envs, cars: int = 6, slow: bool = False) -> LiveView:
    """Show a canvas with the learning curve and some cars, and return what to give to a training as ``on_update``.

    See `LiveView`; without a front end (papermill) nothing is seen, and the ages are kept all the same.
    """
    from IPython.display import display

    view = LiveView(envs, cars, slow)
    display(view.canvas)
    return view


def growing_up(ages: list[tuple[int, Policy]], track: Track | str) -> dict[str, np.ndarray]:
    """One lap from the start line by each of some (steps, policy): label -> path (steps + 1, 6)."""
    track = track if isinstance(track, Track) else Track.load(track)
    return {f"{steps:,} steps": lap_from_the_line(policy, track) for steps, policy in ages}


def lap_from_the_line(driver, track: Track | str, slowest: float = SLOWEST, **kwargs) -> np.ndarray:
    """The path (steps + 1, 6) of one car that starts at rest on the start line, until its lap or its drive is over.

    It is timed out when it drives more slowly than ``slowest`` m/s on average; ``kwargs`` as in `run_laps`.
    """
    return run_laps(driver, track, starts=1, record=True, slowest=slowest, start=START_LINE, **kwargs).paths[0]
