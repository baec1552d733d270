"""Pictures of a log's best laps: their lines on the track, and what was commanded and driven along them."""

from __future__ import annotations

import numpy as np
from matplotlib import style

from course_lib.deepracer.sim_trace import Episode
from course_lib.notebook import plots
from course_lib.notebook.driven import COLOURS
from course_lib.notebook.log_analysis import Log, driven_speed
from course_lib.notebook.log_places import shade_turns
from course_lib.notebook.picture import DASHES, Picture, blank, plain


def best_laps(log: Log, count: int = 3) -> Picture:
    """Lines of the fastest complete laps coloured by speed; without a lap, of the episodes that came farthest."""
    rows = log.best(count)
    figure = plots.driven_lines(log.track, [path_of(log.driven[row], log) for row in rows], _labels(log, rows))
    axes = figure.axes[0]
    axes.set(xlabel="", ylabel="")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, frameon=False, handletextpad=0.3)
    times = "; ".join(f"{number}: {label}" for number, label in enumerate(_labels(log, rows), start=1))
    figure.alt = f"{figure.alt[:-1]}. {times}."
    return figure


def path_of(episode: Episode, log: Log) -> np.ndarray:
    """An episode as a path (rows, 6) such as `LapResults.paths` holds; speeds are told from positions."""
    s = log.track.project(episode.X, episode.Y)[0]
    return np.stack(
        [episode.X, episode.Y, np.radians(episode.yaw), driven_speed(episode), np.radians(episode.steer), s], axis=1
    )


@style.context("default")
def speed_along(log: Log, count: int = 2) -> Picture:
    """Speed along the best laps: thick as driven, told from the positions, and thin as commanded."""
    rows = log.best(count)
    figure = blank(7.2, 3.6)
    axes = figure.subplots()
    plain(axes)
    told, top = [], 0.0
    for number, (row, label) in enumerate(zip(rows, _labels(log, rows))):
        episode = log.driven[row]
        path = path_of(episode, log)
        s, driven, wanted = path[1:, 5], path[1:, 3], episode.throttle[1:]
        new_lap = np.flatnonzero(np.abs(np.diff(s)) > log.track.length / 2) + 1
        s, driven, wanted = (np.insert(values.astype(float), new_lap, np.nan) for values in (s, driven, wanted))
        colour = COLOURS[number % 8]
        axes.step(s, wanted, where="post", color=colour, linewidth=0.7, alpha=0.5, label=f"{label}, commanded")
        axes.plot(s, driven, color=colour, linestyle=DASHES[number % 8], linewidth=2.2, label=f"{label}, driven")
        told.append(f"{label}: driven at {np.nanmean(driven):.2f} m/s, commanded {np.nanmean(wanted):.2f} m/s")
        top = max(top, np.nanmax(driven), np.nanmax(wanted))
    shade_turns(axes, log)
    axes.set(
        xlim=(0, log.track.length),
        ylim=(0, 1.08 * top + 0.05),
        ylabel="speed (m/s)",
        xlabel="distance from the start line along the track's file (m); grey: turns",
    )
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.19), ncols=2, frameon=False, fontsize=9)
    figure.alt = f"Speed along the best laps on {log.track.name}, on average {'; '.join(told)}."
    return figure


def _labels(log: Log, rows: list[int]) -> list[str]:
    table = log.episodes
    return [
        f"{table['seconds'][row]:.2f} s, iteration {table['iteration'][row]}"
        if table["complete"][row]
        else f"{table['progress'][row]:.0f} %, iteration {table['iteration'][row]}"
        for row in rows
    ]
