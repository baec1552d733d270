"""The console's action space builder: steering angles times speeds give the actions that a car may choose from."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.patches import Wedge

from course_lib.deepracer.model_metadata import LIMITS, ModelMetadata, ModelMetadataError
from course_lib.notebook.driven import BORDER, COLOURS, INK, ROAD
from course_lib.notebook.picture import Picture, blank
from course_lib.notebook.tables import html_table, text_table

MOST = 60  # actions: more are no longer told apart by anybody


@dataclass(frozen=True, repr=False)
class ActionSpace:
    """What a car may do; a notebook shows it as a table and as a fan of arrows.

    Attributes:
        metadata: the `ModelMetadata` to train with.
    """

    metadata: ModelMetadata

    @property
    def actions(self) -> list[dict[str, float]] | dict[str, dict[str, float]]:
        """The list of {"steering_angle": degrees, "speed": m/s}; or the two ranges, if it is continuous."""
        return self.metadata.action_space

    @property
    def continuous(self) -> bool:
        return self.metadata.action_space_type == "continuous"

    def __len__(self) -> int:
        """How many actions there are to choose from.

        Raises:
            TypeError: it is continuous.
        """
        if self.continuous:
            raise TypeError("A continuous action space has no number of actions: between two there is another.")
        return len(self.actions)

    @property
    def caption(self) -> str:
        return "A continuous action space" if self.continuous else f"{_count(len(self), 'action')}"

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        if self.continuous:
            units = {"steering_angle": "°", "speed": " m/s"}
            rows = [
                [name.replace("_", " "), *(f"{self.actions[name][end]:g}{unit}" for end in ("low", "high"))]
                for name, unit in units.items()
            ]
            return ["", "from", "to"], rows
        speeds, angles = (sorted({action[key] for action in self.actions}) for key in ("speed", "steering_angle"))
        numbers: dict[tuple[float, float], list[str]] = {}
        for number, action in enumerate(self.actions):
            numbers.setdefault((action["steering_angle"], action["speed"]), []).append(str(number))
        rows = [
            [_angle(angle), *(", ".join(numbers.get((angle, speed), ["–"])) for speed in speeds)]
            for angle in reversed(angles)
        ]
        return ["steering", *(f"{speed:.3g} m/s" for speed in speeds)], rows

    def __repr__(self) -> str:
        return text_table(f"{self.caption}{self._meaning}", *self._cells())

    @property
    def _meaning(self) -> str:
        return "" if self.continuous else ": the number of each, by its steering and speed"

    def _repr_html_(self) -> str:
        return html_table(f"{self.caption}{self._meaning}", *self._cells())

    @functools.cached_property
    def picture(self) -> Picture:
        """The fan of arrows."""
        return _draw(self)

    def _ipython_display_(self) -> None:
        """The table and the picture one below the other: of one output, a notebook shows only the richest form."""
        from IPython.display import display

        display({"text/html": self._repr_html_(), "text/plain": repr(self)}, raw=True)
        display(self.picture)


def action_space(
    steering: float | tuple[float, float] = 30.0,
    angles: int = 5,
    speeds: float | Sequence[float] = (1.0, 2.0),
    levels: int = 2,
) -> ActionSpace:
    """A list of actions: each angle with each speed.

    Args:
        steering: the largest angle in degrees, to either side; or (right, left), such as (-20, 30).
        angles: how many, evenly spread; a single one is the middle.
        speeds: in m/s; or the top speed alone, of which there are then ``levels`` even parts.
        levels: how many speeds there are, if only the top speed is given.

    Raises:
        ModelMetadataError: an angle or speed that the car does not have, or a number of them that is not.
    """
    for name, value in (("angles", angles), ("levels", levels)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 1 <= value <= MOST:
            raise ModelMetadataError(f"{name} is {value!r}: it must be a whole number from 1 to {MOST}.")
    low, high = _range("steering", steering)
    turns = np.linspace(low, high, angles) if angles > 1 else np.array([(low + high) / 2])
    if isinstance(speeds, (int, float, np.number)):
        speeds = [speeds * (level + 1) / levels for level in range(levels)]
    table = [
        {"steering_angle": _rounded(turn), "speed": _rounded(speed)} for turn in turns.tolist() for speed in speeds
    ]
    if len(table) > MOST:
        raise ModelMetadataError(f"These are {len(table)} actions: {MOST} are the most, a car learns a dozen sooner.")
    return ActionSpace(ModelMetadata(table))


def continuous_action_space(
    steering: float | tuple[float, float] = 30.0, speeds: tuple[float, float] = (0.5, 4.0)
) -> ActionSpace:
    """Any angle and any speed between two ends.

    Args:
        steering: the largest angle in degrees, to either side; or (right, left).
        speeds: (slowest, fastest) in m/s.

    Raises:
        ModelMetadataError: ends that the car does not have, or that do not rise.
    """
    low, high = _range("steering", steering)
    try:
        slow, fast = speeds
    except (TypeError, ValueError):
        raise ModelMetadataError(f"speeds is {speeds!r}: give the slowest and the fastest, such as (0.5, 4).") from None
    ranges = {"steering_angle": {"low": low, "high": high}, "speed": {"low": slow, "high": fast}}
    return ActionSpace(ModelMetadata(ranges, action_space_type="continuous"))


def _range(name: str, given) -> tuple[float, float]:
    """(low, high) degrees of a largest angle, or of a pair."""
    pair = (-given, given) if isinstance(given, (int, float, np.number)) else given
    try:
        low, high = (float(end) for end in pair)
    except (TypeError, ValueError):
        low = high = math.nan
    least, most, _ = LIMITS["steering_angle"]
    if not least <= low <= high <= most:
        raise ModelMetadataError(
            f"{name} is {given!r}: give the largest angle from 0 to {most:g} degrees, or two such as ({least:g}, 20)."
        )
    return low, high


def _rounded(value) -> Any:
    """Without the dust of a division; what is no number is left to `ModelMetadata` to refuse."""
    return round(value, 4) + 0.0 if isinstance(value, (int, float)) and math.isfinite(value) else value


def _angle(degrees: float) -> str:
    return "0°" if degrees == 0 else f"{abs(degrees):.3g}° {'left' if degrees > 0 else 'right'}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


@style.context("default")
def _draw(space: ActionSpace) -> Picture:
    figure = blank(5.2, 3.9)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_aspect("equal")
    if space.continuous:
        (left_low, left_high), (slow, fast) = (
            (space.actions[key]["low"], space.actions[key]["high"]) for key in ("steering_angle", "speed")
        )
        angles, speeds = [left_low, left_high], [slow, fast]
        wedge = Wedge((0, 0), fast, 90 + left_low, 90 + left_high, width=fast - slow, color=COLOURS[4], alpha=0.55)
        axes.add_patch(wedge)
    else:
        angles = sorted({action["steering_angle"] for action in space.actions})
        speeds = sorted({action["speed"] for action in space.actions})
        for action in sorted(space.actions, key=lambda action: -action["speed"]):
            turn, number = math.radians(action["steering_angle"]), speeds.index(action["speed"])
            axes.annotate(
                "",
                (-action["speed"] * math.sin(turn), action["speed"] * math.cos(turn)),
                (0, 0),
                arrowprops={
                    "arrowstyle": "-|>", "color": COLOURS[number % 8], "linewidth": 2, "shrinkA": 0, "shrinkB": 0,
                    "mutation_scale": 13,
                },
            )  # fmt: skip
    top = max(speeds)
    widest = math.radians(max(abs(min(angles)), abs(max(angles)), 12))
    for speed in speeds:
        arc = np.linspace(-widest - 0.12, widest + 0.12, 60)
        axes.plot(speed * np.sin(arc), speed * np.cos(arc), color=BORDER, linewidth=0.8, linestyle=":", zorder=0)
        place = (speed * math.sin(arc[-1]) + 0.02 * top, speed * math.cos(arc[-1]))
        axes.annotate(f"{speed:.3g} m/s", place, color=INK, fontsize=9, va="center")
    for angle in angles if len(angles) <= 9 else (angles[0], angles[-1]):
        turn = math.radians(angle)
        place = (-1.09 * top * math.sin(turn), 1.09 * top * math.cos(turn))
        axes.annotate(f"{abs(angle):.3g}°", place, color=INK, fontsize=9, ha="center", va="center")
    car = 0.05 * top
    axes.fill([-car, car, car, -car], [-3.2 * car, -3.2 * car, 0, 0], facecolor=ROAD, edgecolor=BORDER)
    for end, side in ((-1, "left"), (1, "right")):
        axes.annotate(side, (end * 1.02 * top * math.sin(widest + 0.2), -0.1 * top), color=BORDER, ha="center")
    axes.set_xlim(-1.2 * top * math.sin(widest + 0.3), 1.45 * top * math.sin(widest + 0.3))
    axes.set_ylim(-0.2 * top, 1.2 * top)
    what = "A fan from a car, seen from above: "
    if space.continuous:
        figure.alt = (
            f"{what}every steering angle from {_angle(angles[0])} to {_angle(angles[1])} at every speed from "
            f"{speeds[0]:g} to {speeds[1]:g} m/s."
        )
    else:
        figure.alt = (
            f"{what}{_count(len(space), 'arrow')}, {_count(len(angles), 'steering angle')} from {_angle(angles[0])} to "
            f"{_angle(angles[-1])}, {_count(len(speeds), 'speed')} up to {top:.3g} m/s."
        )
    return figure
