"""Still pictures of learning and driving: learning curve, driven lines on the track, speed along the lap.

Every function returns a `picture.Picture`. Lines differ by colour and by dash or mark. Plain charts of numbers:
`charts.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import style
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from scipy.ndimage import uniform_filter1d

from course_lib.notebook.driven import (
    BORDER,
    CARDBOARD,
    COLOURS,
    INK,
    SPEED,
    S,
    checked_paths,
    drives_forward,
    outcome,
    text_on,
)
from course_lib.notebook.picture import DASHES, Picture, blank, legend, plain
from course_lib.notebook.picture import save as save
from course_lib.notebook.picture import show as show
from course_lib.notebook.picture import to_png as to_png
from course_lib.notebook.road import draw_road
from course_lib.sim.boxes import Boxes
from course_lib.sim.track import Track

METRICS = {"score": "score", "reward": "mean reward per step"}


@style.context("default")
def learning_curve(
    history,
    metrics: Mapping[str, str] = METRICS,
    title: str | None = None,
    goal: float | None = None,
    goal_label: str = "goal",
) -> Picture:
    """What a training reached, against environment steps (below) and seconds (above, for one training).

    Args:
        history: the ``history`` of a training (a list of dicts with "steps" and "seconds"), a list of several
            such histories (one per seed), or a dict of label -> either. Seeds are drawn as their mean, with a
            band from the lowest to the highest, as far as all of them got.
        metrics: key -> axis label, one panel each; a key that is None everywhere, or missing, gets no panel.
        goal: a horizontal line in the first panel, such as 100 for lap scores.

    Raises:
        ValueError: there is nothing to draw.
    """
    runs = history if isinstance(history, Mapping) else {"": history}
    runs = {label: seeds if seeds and not isinstance(seeds[0], Mapping) else [seeds] for label, seeds in runs.items()}
    everything = [seed for seeds in runs.values() for seed in seeds if seed]
    shown = [metric for metric in metrics if any(_known(seed, metric) for seed in everything)]
    if not shown:
        raise ValueError(f"The history has no {' or '.join(metrics)}: train for at least one update first.")
    figure = blank(7.2, 0.9 + 2.1 * len(shown), title)
    panels = figure.subplots(len(shown), sharex=True, squeeze=False)[:, 0]
    most, told = max(seed[-1]["steps"] for seed in everything), []
    for panel, metric in zip(panels, shown):
        plain(panel)
        for number, (label, seeds) in enumerate(runs.items()):
            seeds = [seed for seed in seeds if _known(seed, metric)]
            if not seeds:
                continue
            steps, values = _on_common_steps(seeds, metric)
            colour, mean = COLOURS[number % 8], values.mean(axis=0)
            panel.plot(
                steps,
                mean,
                color=colour,
                linestyle=DASHES[number % 8],
                linewidth=2,
                markersize=4,
                marker="o" if len(steps) < 30 else None,
                label=_run_label(label, seeds),
            )
            if len(seeds) > 1:
                lowest, highest = values.min(axis=0), values.max(axis=0)
                panel.fill_between(steps, lowest, highest, color=colour, alpha=0.2, linewidth=0)
            whose = f" of {label}" if label else ""
            told.append(f"{metrics[metric]}{whose} from {mean[0]:.3g} to {mean[-1]:.3g}")
        panel.set_ylabel(metrics[metric])
        panel.set_xlim(0, 1.02 * most)
    if goal is not None:
        panels[0].axhline(goal, color=INK, linestyle=(0, (4, 3)), linewidth=1)
        panels[0].annotate(
            goal_label,
            (0, goal),
            xycoords=("axes fraction", "data"),
            xytext=(4, 3),
            textcoords="offset points",
            color=INK,
            fontsize=9,
        )
    panels[-1].set_xlabel("environment steps")
    panels[-1].xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    if any(label or len(seeds) > 1 for label, seeds in runs.items()):
        legend(panels[-1])
    if len(runs) == 1:
        _seconds_above(panels[0], everything)
    figure.alt = f"Learning curve over {most:,.0f} environment steps: {'; '.join(told)}."
    return figure


@style.context("default")
def driven_lines(
    track: Track, paths, labels: Sequence[str] | None = None, title: str | None = None, boxes=None
) -> Picture:
    """The track from above with what cars drove, coloured by their speed; a cross where a car left the road or crashed.

    Args:
        track: the track of the paths.
        paths: one array (steps + 1, 6) or a list of them, as in `LapResults.paths`.
        labels: one per path, each with a number that marks the line.
        boxes: that stood on the track, as `RaceWorld` takes them.

    Raises:
        ValueError: a path is no (steps + 1, 6) array of finite numbers, or labels are missing.
        BoxError: boxes that cannot stand there.
    """
    paths = checked_paths(paths, labels)
    boxes = Boxes(track, boxes)
    ends = [outcome(track, path, boxes)[0] for path in paths]
    span = np.ptp(track.rows.reshape(-1, 2), axis=0) + 1.0
    shape = span[1] / span[0]
    figure = blank(7.8, 0.5 + 6.4 * shape, title) if shape < 1.1 else blank(5.2, 5.2 * shape, title)
    axes = figure.subplots()
    draw_road(axes, track, drives_forward(track, paths[0]))
    axes.add_collection(PolyCollection(boxes.corners, facecolor=CARDBOARD, edgecolor=BORDER, linewidth=1, zorder=1))

    speeds = np.concatenate([path[:, SPEED] for path in paths])
    slow = np.percentile(speeds, 5)  # not the slowest: a standing start is brief, and would stretch the scale
    pieces = [np.stack([path[:-1, :2], path[1:, :2]], axis=1) for path in paths]
    width = 2.4 if len(paths) <= 4 else 1.6
    for piece in pieces:  # a dark edge keeps the bright end of the colours readable on the road
        axes.add_collection(LineCollection(piece, color="#33383D", linewidth=width + 1.0, capstyle="round"))
    lines = LineCollection(
        np.concatenate(pieces),
        cmap="viridis",
        clim=(slow, max(speeds.max(), slow + 0.1)),
        linewidth=width,
        capstyle="round",
        zorder=3,
    )
    lines.set_array(np.concatenate([(path[:-1, SPEED] + path[1:, SPEED]) / 2 for path in paths]))
    axes.add_collection(lines)
    bar = figure.colorbar(lines, ax=axes, shrink=0.75, aspect=28, pad=0.02, extend="min")
    bar.set_label("speed (m/s)")
    bar.outline.set_visible(False)

    for number, path in enumerate(paths):
        if labels is not None:
            # Marks stand one after the other: paths that begin or end together would hide each other's.
            here = path[(number + 1) * len(path) // (len(paths) + 1), :2]
            axes.plot(
                *here,
                "o",
                markersize=14,
                color=COLOURS[number % 8],
                markeredgecolor="white",
                zorder=5,
                label=f"{number + 1}  {labels[number]}",
            )
            axes.annotate(
                str(number + 1),
                here,
                color=text_on(COLOURS[number % 8]),
                fontsize=8.5,
                zorder=6,
                fontweight="bold",
                ha="center",
                va="center_baseline",
            )
    crosses = {"off": (COLOURS[1], "left the road"), "crashed": (COLOURS[5], "hit a box")}
    crosses = {how: looks for how, looks in crosses.items() if how in ends}
    for how, (colour, words) in crosses.items():
        places = np.array([path[-1, :2] for path, end in zip(paths, ends) if end == how])
        axes.plot(*places.T, "x", markersize=9, markeredgewidth=3, color=colour, zorder=4, label=words)
    if crosses or labels is not None:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.09), ncols=4, frameon=False, handletextpad=0.3)
    cars = "1 driven line" if len(paths) == 1 else f"{len(paths)} driven lines"
    hits = f", {ends.count('crashed') or 'none'} hit one of {boxes.count} boxes" if boxes.count else ""
    figure.alt = (
        f"Track {track.name} from above, {track.length:.1f} m long, with {cars} coloured by speed, "
        f"up to {speeds.max():.1f} m/s; {ends.count('off') or 'none'} left the road{hits}."
    )
    return figure


@style.context("default")
def speed_profile(track: Track, paths, labels: Sequence[str] | None = None, title: str | None = None) -> Picture:
    """Speed against the distance from the start line; the grey shade tells how tight the road bends.

    Args and errors: see `driven_lines`; without labels all paths are drawn alike.
    """
    paths = checked_paths(paths, labels)
    figure = blank(7.2, 3.3, title)
    axes = figure.subplots()
    plain(axes)
    fastest = max(path[:, SPEED].max() for path in paths)
    top = 1.12 * fastest + 0.05
    bends = uniform_filter1d(np.abs(track.curvature), 60, mode="wrap")  # over 60 cm: waypoints make it ripple
    if not drives_forward(track, paths[0]):
        bends = bends[::-1]
    axes.imshow(
        np.minimum(bends, 2.0)[None],
        extent=(0, track.length, 0, top),
        aspect="auto",
        cmap="Greys",
        vmin=0,
        vmax=5,
        zorder=0,
    )
    for number, path in enumerate(paths):
        s, speed = path[:, S], path[:, SPEED].copy()
        new_lap = np.flatnonzero(np.abs(np.diff(s)) > track.length / 2) + 1
        s, speed = np.insert(s, new_lap, np.nan), np.insert(speed, new_lap, np.nan)
        if labels is None:
            axes.plot(s, speed, color=COLOURS[0], linewidth=2 if len(paths) == 1 else 1.2)
        else:
            axes.plot(
                s, speed, color=COLOURS[number % 8], linestyle=DASHES[number % 8], linewidth=2, label=labels[number]
            )
    axes.set(
        xlim=(0, track.length),
        ylim=(0, top),
        ylabel="speed (m/s)",
        xlabel="distance from the start line (m); the darker the grey, the tighter the bend",
    )
    if labels is not None:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=4, frameon=False)
    mean = np.mean(np.concatenate([path[:, SPEED] for path in paths]))
    cars = "1 car" if len(paths) == 1 else f"{len(paths)} cars"
    figure.alt = (
        f"Speed of {cars} along track {track.name}, {track.length:.1f} m: on average {mean:.1f} m/s, "
        f"at most {fastest:.1f} m/s."
    )
    return figure


def _known(seed: Sequence[Mapping], metric: str) -> bool:
    return any(row.get(metric) is not None for row in seed)


def _on_common_steps(seeds: Sequence[Sequence[Mapping]], metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps (m,) that all seeds reached, and the metric there, (seeds, m), by linear interpolation."""
    curves = []
    for seed in seeds:
        rows = [row for row in seed if row.get(metric) is not None]
        curves.append(np.array([[row["steps"], row[metric]] for row in rows], dtype=np.float64).T)
    first, last = max(curve[0, 0] for curve in curves), min(curve[0, -1] for curve in curves)
    steps = np.unique(np.concatenate([curve[0] for curve in curves]))
    steps = steps[(steps >= first) & (steps <= last)] if first <= last else np.array([last])
    return steps, np.stack([np.interp(steps, *curve) for curve in curves])


def _run_label(label: str, seeds: Sequence[Sequence[Mapping]]) -> str:
    seconds = np.mean([seed[-1]["seconds"] for seed in seeds])
    of_seeds = f"{len(seeds)} seeds: mean, lowest to highest" if len(seeds) > 1 else ""
    return f"{label} ({f'{of_seeds}; ' if of_seeds else ''}{seconds:.1f} s)" if label else of_seeds


def _seconds_above(axes, seeds: Sequence[Sequence[Mapping]]) -> None:
    """A second axis on top: when training had come so far, on average over the seeds."""
    steps, seconds = _on_common_steps([[{"steps": 0, "seconds": 0}, *seed] for seed in seeds], "seconds")
    seconds = seconds.mean(axis=0)
    above = axes.secondary_xaxis("top")
    marks = [mark for mark in MaxNLocator(6).tick_values(0, seconds[-1]) if mark <= seconds[-1]]
    above.set_xticks(np.interp(marks, seconds, steps), [f"{mark:g}" for mark in marks])
    above.set_xlabel("seconds of training")
    above.spines["top"].set_visible(False)
    above.tick_params(color=BORDER, labelcolor=INK)
