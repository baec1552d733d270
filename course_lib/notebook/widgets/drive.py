"""Drive yourself, in a notebook: `drive()` shows a widget, and what it returns knows the laps that you drive.

The browser owns the clock. It asks for one step of 1/15 s at a time, with at most two answers outstanding, so a slow
line or a busy kernel means slow motion, and the recording is the same whatever the speed. Messages are JSON:

browser -> kernel  {"type": "hello" | "restart" | "pause", "view"}, {"type": "tick", "view", "n", "keys", "start"}
kernel -> browser  {"type": "state", "view", "n", …} for all views, or {"type": "stopped", "view"} for one that is late

``view`` names one picture of the widget; only the one that last said ``start`` may tick. With ipykernel 7 messages
come on the main thread and on another one, in turns, so everything happens under a lock.
"""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display

from course_lib.drivers.keyboard import KEYS, Game, GhostError
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import Recording, demonstration, demonstration_names, record
from course_lib.notebook.driven import COLOURS, text_on
from course_lib.notebook.widgets.esm import esm, track_geometry
from course_lib.notebook.widgets.ghosts import as_ghosts
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.vehicle import DT


class DriveWidget(anywidget.AnyWidget):
    """The picture and the keys; `Drive` is what one works with."""

    _esm = esm("track_canvas.js", "drive_page.js", "drive.js")
    scene = traitlets.Dict().tag(sync=True)  # what does not change while one drives

    def __repr__(self) -> str:
        return "The track is shown here: run this cell to drive."


def drive(
    track: str | Path = "camp",
    ghosts=(),
    vehicle: str = "deepracer",
    name: str = "",
    save: str | Path | None = "recordings",
) -> Drive:
    """Show a track to drive on with the arrow keys; it does not wait until you have driven.

    Args:
        track: a shipped track's name, or the path of a `.npy`.
        ghosts: what drives along: a `Recording`, a policy, a driver function, or a path (a recording, a policy's
            folder); one of them, or a list.
        vehicle: a name of `vehicle.VEHICLES`.
        name: who drives; it is written into the recordings.
        save: the folder for the recording of your best lap, beside the notebook; None: do not save.

    Raises:
        TrackError, VehicleError, RecordingError, PolicyError, TypeError: something that cannot be used.
    """
    driven = Drive(track, ghosts, vehicle, name, save)
    display(driven.widget)
    return driven


class Drive:
    """What has been driven in one widget; the arguments are those of `drive`.

    Attributes:
        widget: the picture; `display(drive.widget)` shows it once more.
        best: the `Recording` of the fastest lap and of the way to it, or None.
        laps: times in s of all laps.  episodes: drives from the start line.  off_tracks: that many left the road.
        current: the `Recording` of the drive since the car last stood on the start line.
        path: the file of the best lap, or None.
    """

    def __init__(self, track="camp", ghosts=(), vehicle="deepracer", name="", save="recordings"):
        self._lock = threading.RLock()
        self._game = Game(str(track), vehicle, name=name)
        road = self._game.world.track
        self._game.ghosts = as_ghosts(ghosts, road)
        self._folder = None if save is None else Path(save).resolve()
        self._view, self._saved, self._serial, self._note = None, None, 0, ""
        self.path: Path | None = None
        colours = [COLOURS[number % len(COLOURS)] for number in range(1 + len(self._game.ghosts))]
        labels = [""] + [ghost.label for ghost in self._game.ghosts]
        cars = [{"label": label, "colour": colour, "ink": text_on(colour)} for label, colour in zip(labels, colours)]
        self.widget = DriveWidget(scene={"track": track_geometry(road), "cars": cars, "dt": DT, "state": self._state()})
        self.widget.on_msg(self._hear)

    def __repr__(self) -> str:
        best = f", best {self.best.lap_times[-1]:.2f} s" if self.best else ""
        return f"Drive({self._game.world.track.name!r}, laps={len(self.laps)}{best})"

    @property
    def best(self) -> Recording | None:
        with self._lock:
            return self._game.best

    @property
    def laps(self) -> list[float]:
        with self._lock:
            return list(self._game.laps)

    @property
    def episodes(self) -> int:
        with self._lock:
            return self._game.episodes

    @property
    def off_tracks(self) -> int:
        with self._lock:
            return self._game.off_tracks

    @property
    def current(self) -> Recording:
        with self._lock:
            return self._game.recording()

    def lap(self) -> Recording:
        """Your best lap; where nobody has driven one, a lap that comes with First Lap, and a line that says so."""
        best = self.best
        if best is not None:
            return best
        track, vehicle = self._game.track_name, self._game.vehicle
        for name in demonstration_names():
            shipped = demonstration(name)
            if (shipped.track, shipped.vehicle) == (track, vehicle):
                who = "this is the recorded lap that comes with First Lap"
                break
        else:
            shipped = record(PurePursuit(1.5), track, vehicle=vehicle, name="Pure Pursuit")
            who = "this is a lap of the program Pure Pursuit"
        print(f"Nobody has driven a whole lap in the widget yet: {who} ({shipped.lap_times[-1]:.2f} s).")
        return shipped

    def _hear(self, _widget, message, _buffers) -> None:
        """Answer a message of the browser."""
        with self._lock:
            kind, view, game = message.get("type"), message.get("view"), self._game
            if kind == "tick":
                if message.get("start"):
                    self._view = view
                elif view != self._view:
                    self.widget.send({"type": "stopped", "view": view})
                    return
                game.keys = {key for key in KEYS if key in (message.get("keys") or ())}
                self._advance()
            elif kind == "restart":
                game.restart()
            elif kind == "pause" and view == self._view:
                self._view = None  # a tick that comes late must not wake the car
                game.pause()
            elif kind != "hello":
                return
            self.widget.send({"type": "state", "view": view, "n": message.get("n"), **self._state()})

    def _advance(self) -> None:
        game = self._game
        try:
            game.advance(DT)
        except GhostError as error:
            error.ghost.park()
            self._note = str(error)
        if game.best is not self._saved:
            self._saved = game.best
            self._note = f"New best lap: {game.best_lap:.2f} s{self._keep(game.best)}"

    def _keep(self, best: Recording) -> str:
        """Save the best lap; returns the rest of the sentence that tells so."""
        if self._folder is None:
            return "."
        made = None
        try:
            if self.path is None:
                made = _new_file(self._folder, f"{self._game.world.track.name}-{datetime.now():%Y-%m-%d-%H%M%S}")
            best.save(self.path or made)
        except OSError as error:
            if made is not None:
                made.unlink(missing_ok=True)
            return f"; it is kept until the kernel ends, as {self._folder} cannot be written ({error.strerror})."
        self.path = self.path or made
        return f", saved in {self._folder.name}/{self.path.name}."

    def _state(self) -> dict:
        game = self._game
        self._serial += 1
        return {
            "serial": self._serial,
            "cars": [_row(car.world) for car in (game, *game.ghosts)],
            "steps": int(game.world.steps[0]),
            "speed": round(float(game.world.cars.speed[0]), 2),
            "clock": round(game.clock, 2),
            "last": game.last_lap,
            "best": game.best_lap,
            "laps": len(game.laps),
            "episodes": game.episodes,
            "off_tracks": game.off_tracks,
            "out": bool(game.world.off_track[0]),
            "waiting": game.waiting,
            "banner": game.banner,
            "note": self._note,
        }


def _row(world: RaceWorld) -> list[float]:
    """Nose x, y (m), heading (rad), steering (degrees), and the steps of the episode."""
    place = (world.x[0], world.y[0], world.cars.heading[0], world.steering[0])
    return [*(round(float(value), 4) for value in place), int(world.steps[0])]


def _new_file(folder: Path, stem: str) -> Path:
    """An empty file that was not there before: two notebooks may drive at the same second."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        path = folder / (f"{stem}.jsonl" if number == 1 else f"{stem}-{number}.jsonl")
        try:
            path.open("x", encoding="utf-8").close()
            return path
        except FileExistsError:
            continue
    raise FileExistsError(17, "it holds a thousand recordings of this second", str(folder))
