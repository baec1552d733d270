"""The 27 parameters of a reward function, read off a car that a student parks: a picture, and the dict as a table."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.notebook.driven import INK
from course_lib.notebook.exercise_cards import FONT
from course_lib.notebook.parked_picture import draw_parked
from course_lib.notebook.picture import Picture, to_png
from course_lib.sim.boxes import Boxes
from course_lib.sim.race_world import CRASHED, RaceWorld
from course_lib.sim.reward_params import reward_params
from course_lib.sim.track import Track
from course_lib.sim.vehicle import MAX_STEERING, SPEED_LIMITS

# theme -> parameter -> what it is, in a few words
GROUPS = {
    "Where am I?": {
        "x": "m, of the nose",
        "y": "m, of the nose",
        "distance_from_center": "m, from the nose",
        "projection_distance": "m since the start line",
        "closest_waypoints": "the one behind, the one ahead",
    },
    "How do I move?": {
        "heading": "degrees, 0 is along x",
        "speed": "m/s, commanded",
        "steering_angle": "degrees, commanded, left +",
    },
    "The road": {
        "track_width": "m, here",
        "track_length": "m",
        "waypoints": "(x, y) along the centre line",
    },
    "Progress": {
        "progress": "% of the lap",
        "steps": "15 for each second",
        "sim_time": "s",
    },
    "The flags": {
        "all_wheels_on_track": "all four wheels on the road?",
        "is_left_of_center": "nose left of the centre line?",
        "is_offtrack": "all four wheels off?",
        "is_crashed": "a box touched?",
        "is_reversed": "driven the other way round?",
    },
    "The objects": {
        "closest_objects": "the one behind, the one ahead",
        "objects_location": "(x, y) of each, m",
        "objects_left_of_center": "left of the centre line?",
        "objects_distance": "m since the start line",
        "objects_distance_from_center": "m",
        "objects_speed": "m/s",
        "objects_heading": "radians",
        "object_in_camera": "the next one in the picture?",
    },
}


class ParkingError(ValueError):
    """A place where no car can be parked; the message names the number and its range."""


@dataclass(frozen=True, repr=False)
class Parked:
    """A car that stands on a track; a notebook shows a picture and the table of its parameters.

    Attributes:
        track: the road.  boxes: on it.  params: the 27 parameters, as a reward function gets them.
    """

    track: Track
    boxes: Boxes
    params: dict[str, Any]

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={self.params[name]:.2f}" for name in ("x", "y", "heading"))
        return f"Parked({self.track.name!r}, {told})"

    def picture(self) -> Picture:
        return draw_parked(self.track, self.boxes, self.params)

    def table(self, *themes: str) -> str:
        """The parameters as an HTML table, of some themes of `GROUPS` or of all."""
        return params_table(self.params, themes)

    def _repr_html_(self) -> str:
        picture = self.picture()
        image = base64.b64encode(to_png(picture)).decode("ascii")
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:10px;align-items:flex-start;background:#FFFFFF;'
            f'padding:8px;max-width:100%"><img src="data:image/png;base64,{image}" width="390" '
            f'style="max-width:100%;background:#FFFFFF" alt="{html.escape(picture.alt)}">{self.table()}</div>'
        )


def park(
    track: Track | str | Path = "camp",
    s: float = 0.0,
    offset: float = 0.0,
    heading: float = 0.0,
    speed: float = 1.0,
    steering: float = 0.0,
    backwards: bool = False,
    boxes=None,
) -> Parked:
    """Park a car, as if it had come there from the start line.

    Args:
        track: a `Track`, a shipped name or a `.npy` path.
        s: m from the start line to the car's middle, along the driving direction.
        offset: m from the centre line to the car's middle, left positive.
        heading: degrees between car and road, left positive.
        speed, steering: m/s and degrees, the command that it has just got.
        backwards: is the track driven the other way round?
        boxes: on the track, as in `sim.boxes.Boxes`.

    Raises:
        ParkingError: a number that is none, or out of range.  TrackError, BoxError: no such track; boxes out of place.
    """
    track = track if isinstance(track, Track) else Track.load(track)
    limits = {
        "s": (s, -track.length, 2 * track.length),
        "offset": (offset, -2.0, 2.0),
        "heading": (heading, -360.0, 360.0),
        "speed": (speed, 0.0, SPEED_LIMITS[1]),
        "steering": (steering, -MAX_STEERING, MAX_STEERING),
    }
    for name, (value, low, high) in limits.items():
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            raise ParkingError(f"{name} is {value!r}: park the car with a number from {low:g} to {high:g}.")
    world = RaceWorld(track, 1, boxes=boxes)
    world.reset(s=float(s), offset=float(offset), heading=math.radians(heading), direction=-1 if backwards else 1)
    world.speed_command[:], world.steering[:] = speed, steering
    world.progress = 100.0 * world.s / track.length
    world.steps[:] = 1  # the first call of a reward function counts as step 2
    if world.boxes.count:
        world.status[world.boxes.hit_by(world.cars.x, world.cars.y, world.cos, world.sin)] = CRASHED
    return Parked(track, world.boxes, reward_params(world)[0])


def params_table(params: dict[str, Any], themes: tuple[str, ...] = ()) -> str:
    """The parameters by theme, as an HTML table with a few words for each.

    Raises:
        ValueError: a theme that there is not.
    """
    unknown = [theme for theme in themes if theme not in GROUPS]
    if unknown:
        raise ValueError(f"There is no theme {unknown[0]!r}: choose of {', '.join(map(repr, GROUPS))}.")
    cell = f"padding:1px 6px;border-top:1px solid #EBEDEF;color:{INK};text-align:left;vertical-align:top;font-size:12px"
    parts = []
    for theme in themes or GROUPS:
        parts.append(
            f'<tr><th colspan="3" scope="colgroup" style="{cell};padding-top:6px;background:#F3F5F6">{theme}</th></tr>'
        )
        for name, words in GROUPS[theme].items():
            parts.append(
                f'<tr style="background:#FFFFFF"><th scope="row" style="{cell};font-weight:400">'
                f'<code style="color:{INK};background:none">{name}</code></th><td style="{cell};font-weight:600">'
                f'{html.escape(shown(params[name]))}</td><td style="{cell};color:#4A5056">{words}</td></tr>'
            )
    return (
        f'<div style="{FONT};border:1px solid #C4C9CD;border-radius:6px;padding:4px 6px;background:#FFFFFF;'
        'flex:0 1 auto;min-width:0;max-width:100%;overflow-x:auto;box-sizing:border-box">'
        f'<table style="{FONT};border-collapse:collapse;border:0;margin:0;background:#FFFFFF;color:{INK}">'
        f'<caption style="caption-side:top;text-align:left;color:{INK};font-size:12px;padding:2px 8px">'
        f"<b>params</b>: what the reward function gets</caption><tbody>{''.join(parts)}</tbody></table></div>"
    )


def shown(value: Any) -> str:
    """A parameter's value in few letters: rounded, and long lists by their length."""
    if isinstance(value, float):
        return str(round(value, 2) + 0.0)
    if isinstance(value, (list, tuple)):
        if len(value) > 9:
            return f"{len(value)} points"
        ends = "()" if isinstance(value, tuple) else "[]"
        return ends[0] + ", ".join(map(shown, value)) + ends[1]
    return str(value)


class ParkingPanel:
    """Sliders that move a parked car; where no notebook runs, the picture of where it stands.

    Attributes:
        parked: the car as it stands now.
    """

    def __init__(self, track: Track | str | Path = "camp", boxes=None, **start: float):
        self.track = track if isinstance(track, Track) else Track.load(track)
        self._boxes, self._place = boxes, {"s": 0.0, "offset": 0.0, "heading": 0.0, "speed": 1.0, "steering": 0.0}
        unknown = sorted(set(start) - set(self._place))
        if unknown:
            raise ParkingError(f"A car is not parked with {unknown[0]!r}: it has {', '.join(self._place)}.")
        self._place.update(start)
        self.parked = park(self.track, boxes=boxes, **self._place)

    def __repr__(self) -> str:
        return f"ParkingPanel({self.parked!r})"

    @property
    def params(self) -> dict[str, Any]:
        return self.parked.params

    def move(self, **place: float) -> None:
        """Park the car somewhere else; what is not named stays."""
        self._place.update(place)
        self.parked = park(self.track, boxes=self._boxes, **self._place)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        box = self._sliders()
        view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
        # By hand, as a page without a kernel must find the picture beside the widget, in old and new ipywidgets.
        still = {"text/html": self.parked._repr_html_(), "text/plain": repr(self)}
        display({"application/vnd.jupyter.widget-view+json": view} | still, raw=True)

    def _sliders(self):
        import ipywidgets as widgets

        half = round(0.75 * self.track.width, 2)
        ranges = {
            "s": ("along the road (m)", 0.0, round(self.track.length, 1), 0.1),
            "offset": ("left of the middle (m)", -half, half, 0.01),
            "heading": ("turned to the left (°)", -180.0, 180.0, 5.0),
            "speed": ("speed command (m/s)", 0.5, SPEED_LIMITS[1], 0.1),
            "steering": ("steering command (°)", -MAX_STEERING, MAX_STEERING, 5.0),
        }
        page = widgets.HTML(self.parked._repr_html_())
        page.layout.max_width = "100%"
        sliders = []
        for name, (label, low, high, step) in ranges.items():
            slider = widgets.FloatSlider(
                value=self._place[name], min=low, max=high, step=step, description=label,
                style={"description_width": "150px"}, layout=widgets.Layout(width="420px"),
            )  # fmt: skip
            slider.observe(self._mover(name, page), "value")
            sliders.append(slider)
        return widgets.VBox([widgets.VBox(sliders), page])

    def _mover(self, name: str, page) -> Callable:
        def moved(change) -> None:
            self.move(**{name: float(change["new"])})
            page.value = self.parked._repr_html_()

        return moved
