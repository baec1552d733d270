"""Pictures of an actor and its critic: the road ahead, Q over the angle, dots that climb it, promise and truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyBboxPatch, Wedge

from course_lib.notebook.driven import BORDER, COLOURS, INK, ROAD
from course_lib.notebook.episodes import EpisodeReplay, moving
from course_lib.notebook.picture import DASHES, Picture, blank, legend, plain
from course_lib.notebook.replay import LAST
from course_lib.sim.observations import WIDTH_SCALE, Features

MARKS = "os^DvP*X"
NOSE = 0.7  # m, length of the arrows that show angles
PALE = "#EEF2F5"  # of boxes


@style.context("default")
def road_ahead(states: Mapping[str, Sequence[float]], choices: Sequence[float], reach: float) -> Picture:
    """What a car sees of the road, and where it may steer: a few choices as arrows, all angles as a wedge.

    Args:
        states: title -> one `Features` observation.
        choices: angles in degrees, left is positive.
        reach: degrees, the wheels turn so far to either side.
    """
    figure = blank(7.2, 3.3)
    for axes, (title, state) in zip(np.atleast_1d(figure.subplots(1, len(states), sharey=True)), states.items()):
        _draw_road(axes, np.asarray(state, dtype=np.float64))
        axes.add_patch(Wedge((0, 0), NOSE, 90 - reach, 90 + reach, color=COLOURS[4], alpha=0.45, linewidth=0, zorder=3))
        for angle in np.radians(choices):
            tip = (-NOSE * np.sin(angle), NOSE * np.cos(angle))
            arrow = {"arrowstyle": "-|>", "color": COLOURS[1], "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", tip, (0, 0), arrowprops=arrow, zorder=4)
        axes.set_title(title, fontsize=10, color=INK)
    arrows = f", {len(choices)} arrows those of a few choices" if choices else ""
    figure.alt = (
        f"The road ahead of a car, {len(states)} times ({', '.join(states)}); a wedge shows all angles from {reach:g} "
        f"degrees right to {reach:g} degrees left{arrows}."
    )
    return figure


@style.context("default")
def over_the_angle(
    angles: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    chosen: Mapping[str, float] | None = None,
    title: str | None = None,
) -> Picture:
    """What a critic says of every angle in some states, and a dot where the actor would steer.

    Args:
        angles: degrees.  curves: state -> Q at each of them.  chosen: state -> the actor's angle.
    """
    figure = blank(7.2, 3.2, title)
    axes = figure.subplots()
    plain(axes)
    told = []
    for number, (label, values) in enumerate(curves.items()):
        values, colour = np.asarray(values, dtype=np.float64), COLOURS[number % 8]
        axes.plot(angles, values, linestyle=DASHES[number % 8], linewidth=2, color=colour, label=label)
        best = float(np.asarray(angles)[values.argmax()])
        told.append(f"{label}: highest at {best:.0f} degrees")
        if chosen and label in chosen:
            height = np.interp(chosen[label], angles, values)
            look = {"markersize": 10, "color": colour, "markeredgecolor": "white"}
            axes.plot([chosen[label]], [height], MARKS[number % 8], **look)
            told[-1] += f", the actor steers {chosen[label]:.0f}"
    axes.set(xlabel="angle (degrees, left is positive)", ylabel="Q")
    legend(axes)
    figure.alt = f"Q over the angle. {'; '.join(told)}."
    return figure


@style.context("default")
def climbing(
    angles: Sequence[float], curves: Mapping[str, Sequence[float]], ways: Mapping[str, Sequence[float]], fps: float = 6
) -> EpisodeReplay:
    """A film: the critic's curves stand still, and the actor's dots climb them.

    Args:
        angles: degrees.  curves: state -> Q at each of them.
        ways: state -> the actor's angle in each picture, as many for each state.

    Raises:
        ValueError: there is no picture, or not as many for each state.
    """
    counts = {len(way) for way in ways.values()}
    if len(counts) != 1 or 0 in counts:
        raise ValueError("Each state needs as many angles as the others, at least one.")
    figure = blank(7.2, 3.3, " ")
    axes = figure.subplots()
    plain(axes)
    dots = {}
    for number, (label, values) in enumerate(curves.items()):
        colour = COLOURS[number % 8]
        axes.plot(angles, values, linestyle=DASHES[number % 8], linewidth=2, color=colour, label=label)
        look = {"color": colour, "markersize": 11, "markeredgecolor": "white", "zorder": 4}
        dots[label] = axes.plot([], [], MARKS[number % 8], **look)[0]
    axes.set(xlabel="angle (degrees, left is positive)", ylabel="Q")
    legend(axes)
    frames = []
    for number in range(counts.pop()):
        for label, dot in dots.items():
            dot.set_data([ways[label][number]], [np.interp(ways[label][number], angles, curves[label])])
        figure.suptitle(f"picture {number + 1}", fontsize=12, color=INK)
        frames.append(_pixels(figure))
    told = "; ".join(f"{label}: from {way[0]:.0f} to {way[-1]:.0f} degrees" for label, way in ways.items())
    alt = f"The actor's dots climb the curves of Q over the angle, in {len(frames)} pictures. {told}."
    return moving(frames, [1 / fps] * (len(frames) - 1) + [LAST], alt, "an actor that climbs")


@style.context("default")
def against(
    pairs: Mapping[str, tuple[Sequence[float], Sequence[float]]], x_label: str, y_label: str, most: int = 400
) -> Picture:
    """A panel for each label: a dot for each pair, and the line on which both are equal.

    Args:
        pairs: title -> (values to the right, values upwards).
        most: dots that are drawn of each, spread evenly.

    Raises:
        ValueError: a label has not as many values of both kinds, or none.
    """
    figure = blank(7.2, 3.4)
    panels = np.atleast_1d(figure.subplots(1, len(pairs), sharex=True, sharey=True))
    told = []
    for number, (axes, (title, (x, y))) in enumerate(zip(panels, pairs.items())):
        x, y = (np.asarray(values, dtype=np.float64).ravel() for values in (x, y))
        if len(x) != len(y) or not len(x):
            raise ValueError(f"{title!r} has {len(x)} and {len(y)} values: as many of each, at least one.")
        plain(axes)
        every = max(1, len(x) // most)
        axes.plot(x[::every], y[::every], MARKS[number % 8], markersize=3.5, alpha=0.5, color=COLOURS[number % 8])
        ends = [min(x.min(), y.min()), max(x.max(), y.max())]
        axes.plot(ends, ends, color=INK, linestyle=(0, (4, 3)), linewidth=1.2)
        axes.set_title(title, fontsize=10, color=INK)
        axes.set_xlabel(x_label)
        told.append(f"{title}: {(y > x).mean():.0%} of the dots lie above the line, by {(y - x).mean():.2f} on average")
    panels[0].set_ylabel(y_label)
    figure.alt = f"{y_label} against {x_label}, with the line where both are equal. {'; '.join(told)}."
    return figure


@style.context("default")
def promises(rows: Mapping[str, Sequence[tuple[float, float]]]) -> Picture:
    """Promise and truth of some learners, with several seeds each: a bar from what came to what was promised.

    Args:
        rows: learner -> (promised, came) for each seed.
    """
    figure = blank(7.2, 3.4)
    axes = figure.subplots()
    plain(axes)
    axes.grid(False, axis="x")
    places, names, place, told = [], [], 0.0, []
    for label, seeds in rows.items():
        first = place
        for promised, came in seeds:
            colour = COLOURS[1] if promised > came else COLOURS[4]
            axes.plot([place, place], [came, promised], color=colour, linewidth=5, alpha=0.45, zorder=2)
            axes.plot([place], [promised], "^", markersize=9, color=COLOURS[1], zorder=3)
            axes.plot([place], [came], "o", markersize=8, color=COLOURS[0], zorder=3)
            place += 1
        places.append((first + place - 1) / 2)
        names.append(label)
        gaps = [promised - came for promised, came in seeds]
        told.append(f"{label}: promise minus truth {', '.join(f'{gap:+.2f}' for gap in gaps)}")
        place += 1
    axes.plot([], [], "^", color=COLOURS[1], markersize=9, label="promised")
    axes.plot([], [], "o", color=COLOURS[0], markersize=8, label="really came")
    axes.set_xticks(places, names)
    axes.set(ylabel="discounted metres", xlim=(-0.8, place - 1.2))
    axes.margins(y=0.1)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.17), ncols=3, frameon=False)
    figure.alt = f"What critics promised and what really came, for each seed. {'; '.join(told)}."
    return figure


@style.context("default")
def two_networks(slots: int, reach: float) -> Picture:
    """Actor and critic as boxes: what goes in, what comes out."""
    figure = blank(7.2, 2.1)
    axes = _sheet(figure, 7.2, 2.1)
    _box(axes, 1.9, 1.45, f"actor\n{slots} numbers in, 1 out", COLOURS[0])
    _box(axes, 5.2, 0.75, f"critic\n{slots} + 1 numbers in, 1 out", COLOURS[1])
    axes.text(0.05, 1.1, "state", color=INK, va="center", fontsize=11)
    axes.text(6.85, 0.75, "Q", color=INK, va="center", fontsize=12)
    for begin, end in (((0.5, 1.18), (0.9, 1.4)), ((0.5, 1.02), (4.1, 0.62)), ((6.3, 0.75), (6.8, 0.75))):
        _arrow(axes, begin, end)
    _arrow(axes, (2.95, 1.45), (4.15, 0.98))
    axes.text(3.6, 1.5, f"angle, -{reach:g} to {reach:g}", color=INK, fontsize=10)
    figure.alt = (
        "Two boxes. The state goes into the actor, and an angle comes out. The state and that angle go into the "
        "critic, and Q comes out."
    )
    return figure


@style.context("default")
def the_loop(parts: Sequence[str]) -> Picture:
    """Parts of a loop as boxes in two rows, with arrows round them.

    Args:
        parts: what each box says, an even number of them.
    """
    figure = blank(7.2, 2.5)
    axes = _sheet(figure, 7.2, 2.5)
    half = len(parts) // 2
    across = [1.0 + k * 5.2 / (half - 1) for k in range(half)]
    spots = [(x, 1.9) for x in across] + [(x, 0.6) for x in reversed(across)]
    for number, (spot, text) in enumerate(zip(spots, parts)):
        _box(axes, *spot, text, COLOURS[0 if number < half else 1], width=1.7, height=0.72)
    for begin, end in zip(spots, spots[1:] + spots[:1]):
        way = np.subtract(end, begin)
        room = 0.9 if way[0] else 0.42
        step = way / np.linalg.norm(way) * room
        _arrow(axes, np.add(begin, step), np.subtract(end, step))
    figure.alt = f"A loop of {len(parts)} boxes: {'; '.join(part.replace(chr(10), ' ') for part in parts)}; and again."
    return figure


def _draw_road(axes, state: np.ndarray) -> None:
    """The middle of the road in the car's frame, ahead upwards, as far as the car sees it."""
    look = Features.look_ahead
    ahead, left = state[10 : 10 + len(look)] * look, state[10 + len(look) :] * look
    middle = np.stack([-np.concatenate([[0.0], left]), np.concatenate([[0.0], ahead])], axis=1)
    middle[0, 0] = state[6] * state[9] * WIDTH_SCALE  # the car is left of the middle: the middle is right of it
    along = np.gradient(middle, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([along[:, 1], -along[:, 0]], axis=1) * state[9] * WIDTH_SCALE
    axes.fill(*np.vstack([middle + across, (middle - across)[::-1]]).T, facecolor=ROAD, edgecolor=BORDER, zorder=0)
    axes.plot(*middle.T, "--", color="white", linewidth=1.5, zorder=1)
    axes.plot(*middle[1:].T, "o", color=INK, markersize=4, zorder=2)
    axes.plot([0], [0], "o", color=COLOURS[0], markersize=9, zorder=5)
    axes.set(aspect="equal", xlim=(-1.25, 1.25), ylim=(-0.2, 1.9), xlabel="m", facecolor="white")
    axes.spines[:].set_visible(False)
    axes.tick_params(color=BORDER, labelcolor=INK)


def _sheet(figure: Picture, width: float, height: float):
    figure.set_layout_engine("none")  # it fits axes to their labels, and there are none
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return axes


def _box(axes, x: float, y: float, text: str, colour: str, width: float = 2.0, height: float = 0.8) -> None:
    corner, shape = (x - width / 2, y - height / 2), "round,pad=0.02,rounding_size=0.1"
    axes.add_patch(FancyBboxPatch(corner, width, height, boxstyle=shape, facecolor=PALE, edgecolor=colour, linewidth=2))
    axes.text(x, y, text, ha="center", va="center", fontsize=9.5, color=INK)


def _arrow(axes, begin, end) -> None:
    axes.annotate("", end, begin, arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.5}, zorder=3)


def _pixels(figure: Picture) -> np.ndarray:
    """(height, width, 3) uint8."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
