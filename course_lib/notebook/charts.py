"""Plain charts of numbers for the lessons: lines, bars, a heat map. Each returns a `picture.Picture`.

Every chart says in its alternative text what it shows; pass ``alt`` to say what is to be seen in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import style

from course_lib.notebook.driven import BORDER, COLOURS, INK, text_on
from course_lib.notebook.picture import DASHES, Picture, blank, legend, plain

MARKS = "os^DvP*X"
FEW = 30  # points that get marks


@style.context("default")
def lines(
    series: Mapping[str, Sequence],
    x: Sequence[float] | None = None,
    *,
    x_label: str = "",
    y_label: str = "",
    title: str | None = None,
    bands: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
    points: bool = False,
    goal: float | None = None,
    goal_label: str = "goal",
    height: float = 3.2,
    alt: str | None = None,
) -> Picture:
    """Lines that differ by colour and dash.

    Args:
        series: label -> y values, or a pair (x values, y values). A single series may have the label "".
        x: the x values of all series that have none of their own; None: 0, 1, 2, ...
        bands: label -> (lowest, highest) at each x, drawn as a shade round the line of that label.
        points: draw marks without lines between them.
        goal: a horizontal dashed line with ``goal_label``.
        height: in units of 100 px; the width is 720 px.

    Raises:
        ValueError: there is nothing to draw, or the lengths of x and y differ.
    """
    if not series:
        raise ValueError("There is nothing to draw: give at least one label with its values.")
    figure = blank(7.2, height, title)
    axes = figure.subplots()
    plain(axes)
    told = []
    for number, (label, values) in enumerate(series.items()):
        along, up = _pair(values, x, label)
        look = {"color": COLOURS[number % 8], "label": label or None}
        if points:
            axes.plot(along, up, MARKS[number % 8], markersize=5, **look)
        else:
            mark = MARKS[number % 8] if len(up) < FEW else None
            axes.plot(along, up, linestyle=DASHES[number % 8], linewidth=2, marker=mark, markersize=4.5, **look)
        if bands and label in bands:
            lowest, highest = bands[label]
            axes.fill_between(along, lowest, highest, color=COLOURS[number % 8], alpha=0.2, linewidth=0)
        finite = up[np.isfinite(up)]
        if len(finite):
            told.append(f"{label or y_label or 'values'} from {finite[0]:.3g} to {finite[-1]:.3g}")
    if goal is not None:
        _draw_goal(axes, goal, goal_label)
    axes.set(xlabel=x_label, ylabel=y_label)
    if any(series):
        legend(axes)
    figure.alt = alt or f"{y_label or 'Values'} against {x_label or 'their number'}: {'; '.join(told)}."
    return figure


@style.context("default")
def bars(
    values: Mapping[str, float],
    *,
    y_label: str = "",
    title: str | None = None,
    spread: Mapping[str, tuple[float, float]] | None = None,
    form: str = "{:.3g}",
    goal: float | None = None,
    goal_label: str = "goal",
    height: float = 3.0,
    alt: str | None = None,
) -> Picture:
    """One bar per label with its value written on it.

    Args:
        values: label -> height.
        spread: label -> (lowest, highest), drawn as a whisker.
        form: how a value is written.
        goal: a horizontal dashed line with ``goal_label``.

    Raises:
        ValueError: there is nothing to draw.
    """
    if not values:
        raise ValueError("There is nothing to draw: give at least one label with its value.")
    figure = blank(7.2, height, title)
    axes = figure.subplots()
    plain(axes)
    axes.grid(False, axis="x")
    heights = np.array([float(value) for value in values.values()])
    places = np.arange(len(heights))
    axes.bar(places, heights, width=0.62, color=[COLOURS[k % 8] for k in places])
    low, high = min(0.0, heights.min()), max(0.0, heights.max())
    if spread:
        ends = np.array([spread.get(label, (value, value)) for label, value in values.items()], float)
        axes.errorbar(places, heights, yerr=np.abs(ends.T - heights), fmt="none", ecolor=INK, capsize=5, linewidth=1.5)
        low, high = min(low, ends.min()), max(high, ends.max())
    for place, value in zip(places, heights):  # inside the bar where there is room, for a whisker may stand above
        room = abs(value) > 0.16 * (high - low)
        ink = text_on(COLOURS[place % 8]) if room else INK
        shift = (-13 if room else 8) * (1 if value >= 0 else -1)
        spot = {"xytext": (-22 if spread else 0, shift), "textcoords": "offset points"}
        axes.annotate(form.format(value), (place, value), ha="center", va="center_baseline", color=ink, **spot)
    if goal is not None:
        _draw_goal(axes, goal, goal_label)
    axes.axhline(0, color=BORDER, linewidth=1)
    axes.set_xticks(places, list(values))
    axes.set(ylabel=y_label)
    axes.margins(y=0.12)
    told = ", ".join(f"{label} {form.format(value)}" for label, value in values.items())
    figure.alt = alt or f"Bars of {y_label or 'values'}: {told}."
    return figure


@style.context("default")
def heat_map(
    table,
    *,
    x_label: str = "",
    y_label: str = "",
    value_label: str = "",
    title: str | None = None,
    x: Sequence[float] | None = None,
    y: Sequence[float] | None = None,
    around_zero: bool = False,
    height: float = 3.6,
    alt: str | None = None,
) -> Picture:
    """A table of numbers as colours: row 0 at the bottom, column 0 on the left.

    Args:
        table: (rows, columns).
        x, y: the values at the columns and rows, evenly spaced; None: their numbers.
        around_zero: two colours that meet at 0, for values with a sign.

    Raises:
        ValueError: the table is not two-dimensional.
    """
    table = np.asarray(table, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"The table has the shape {table.shape}: rows and columns are due.")
    figure = blank(7.2, height, title)
    axes = figure.subplots()
    extent = [*_edges(x, table.shape[1]), *_edges(y, table.shape[0])]
    most = float(np.nanmax(np.abs(table))) or 1.0
    scale = {"cmap": "PuOr", "vmin": -most, "vmax": most} if around_zero else {"cmap": "viridis"}
    picture = axes.imshow(table, origin="lower", aspect="auto", extent=extent, interpolation="nearest", **scale)
    bar = figure.colorbar(picture, ax=axes, pad=0.02)
    bar.set_label(value_label)
    bar.outline.set_visible(False)
    axes.set(xlabel=x_label, ylabel=y_label)
    axes.spines[:].set_visible(False)
    low, high = np.nanmin(table), np.nanmax(table)
    over = f"{value_label or 'Values'} over {x_label or 'columns'} and {y_label or 'rows'}"
    figure.alt = alt or f"{over}, from {low:.3g} to {high:.3g}."
    return figure


def _draw_goal(axes, goal: float, label: str) -> None:
    """A dashed line all across, its name at the left end, above the bars."""
    axes.axhline(goal, color=INK, linestyle=(0, (4, 3)), linewidth=1)
    where = {"xycoords": ("axes fraction", "data"), "xytext": (4, 3), "textcoords": "offset points"}
    axes.annotate(label, (0, goal), color=INK, fontsize=9, zorder=5, **where)


def _pair(values, x, label: str) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(values, tuple) and len(values) == 2 and np.ndim(values[0]) == 1:
        along, up = (np.asarray(part, dtype=np.float64) for part in values)
    else:
        up = np.asarray(values, dtype=np.float64)
        along = np.arange(len(up), dtype=np.float64) if x is None else np.asarray(x, dtype=np.float64)
    if along.shape != up.shape or up.ndim != 1:
        raise ValueError(f"The line {label!r} has {along.shape} x values and {up.shape} y values: as many of each.")
    return along, up


def _edges(values, count: int) -> tuple[float, float]:
    """Where a map begins and ends, half a cell beyond its first and last value."""
    first, last = (0.0, float(count - 1)) if values is None else (float(values[0]), float(values[-1]))
    half = (last - first) / (count - 1) / 2 if count > 1 else 0.5
    return first - half, last + half
