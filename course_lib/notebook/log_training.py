"""Pictures of a log over the iterations: reward and completion, and how steady the policy has become."""

from __future__ import annotations

import numpy as np
from matplotlib import style
from matplotlib.ticker import MaxNLocator

from course_lib.notebook.driven import COLOURS
from course_lib.notebook.log_analysis import Log
from course_lib.notebook.picture import Picture, blank, plain

FEW = 40  # iterations that get marks


@style.context("default")
def progress_chart(log: Log) -> Picture:
    """Reward and completion per iteration, mean and middle half of the episodes, and the complete laps."""
    table = log.iterations
    x = table["iteration"]
    figure = blank(7.2, 6.4)
    panels = figure.subplots(3, sharex=True, height_ratios=[3, 3, 2])
    _band(panels[0], x, table, "reward", COLOURS[0])
    panels[0].set_ylabel("reward of an episode")
    _band(panels[1], x, table, "progress", COLOURS[2])
    if np.isfinite(table["evaluation"]).any():
        known = np.isfinite(table["evaluation"])
        panels[1].plot(
            x[known],
            table["evaluation"][known],
            "D",
            color=COLOURS[1],
            markersize=5 if known.sum() < FEW else 3,
            label="evaluation, mean",
            zorder=4,
        )
    panels[1].set(ylabel="completion (%)", ylim=(0, 104))
    width = 0.8 if len(x) < FEW else 1.0  # gaps narrower than a pixel would flicker
    panels[2].bar(x, table["episodes"], color="#E3E6E8", width=width, label="episodes")
    panels[2].bar(x, table["complete"], color=COLOURS[2], width=width, label="of these, complete laps")
    panels[2].set(ylabel="episodes", xlabel="iteration")
    plain(panels[2])
    panels[2].yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))
    for panel, height in zip(panels, (1.16, 1.16, 1.26)):
        panel.legend(loc="upper left", bbox_to_anchor=(0, height), ncols=3, frameon=False, fontsize=9)
    _whole_numbers(panels[-1], x)
    figure.align_ylabels(panels)
    laps = int(table["complete"].sum())
    figure.alt = (
        f"Three panels over iterations {x[0]} to {x[-1]}: the mean reward goes from {table['reward'][0]:.1f} to "
        f"{table['reward'][-1]:.1f}, the mean completion from {table['progress'][0]:.0f} % to "
        f"{table['progress'][-1]:.0f} %, and {laps} of {table['episodes'].sum()} episodes are complete laps."
    )
    return figure


@style.context("default")
def stability(log: Log) -> Picture:
    """Lap times of each iteration and how far they spread; and how far apart episodes of one iteration end."""
    table, episodes = log.iterations, log.episodes
    x, laps = table["iteration"], episodes["complete"]
    figure = blank(7.2, 5.0)
    above, below = figure.subplots(2, sharex=True)
    above.plot(
        episodes["iteration"][laps],
        episodes["seconds"][laps],
        "o",
        color=COLOURS[4],
        markersize=3.5,
        alpha=0.7,
        label="a complete lap",
    )
    known = np.isfinite(table["mean_lap"])
    marks = {"marker": "o", "markersize": 4} if len(x) < FEW else {}
    above.plot(x[known], table["mean_lap"][known], color=COLOURS[0], linewidth=2, label="mean lap", **marks)
    above.plot(
        x[known], table["best_lap"][known], "v", color=COLOURS[1], markersize=6 if len(x) < FEW else 3, label="best lap"
    )
    above.set_ylabel("lap time (s)")
    if not known.any():
        above.annotate("no complete lap yet", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center")
        above.set_yticks([])
    spread = [episodes["progress"][episodes["iteration"] == number].std() for number in x]
    below.plot(x, spread, color=COLOURS[2], linewidth=2, label="training", **marks)
    trials = [number for number in x.tolist() if len(log.completions.get(number, [])) > 1]
    if trials:
        apart = [np.std(log.completions[number]) for number in trials]
        below.plot(trials, apart, "--D", color=COLOURS[1], linewidth=1.5, markersize=4, label="evaluation")
    below.set(ylabel="spread of completion\n(standard deviation, %)", xlabel="iteration")
    below.set_ylim(bottom=0)
    for panel in (above, below):
        plain(panel)
        if panel.get_legend_handles_labels()[1] and (panel is below or known.any()):
            panel.legend(loc="upper left", bbox_to_anchor=(0, 1.17), ncols=3, frameon=False, fontsize=9)
    _whole_numbers(below, x)
    figure.align_ylabels([above, below])
    last = table["lap_spread"][np.isfinite(table["lap_spread"])]
    told = f"the lap times of the last iteration with several laps spread by {last[-1]:.2f} s" if len(last) else ""
    told = told or "there is no iteration with several complete laps"
    figure.alt = (
        f"Two panels over iterations {x[0]} to {x[-1]}: {told}; the completion within an iteration spreads by "
        f"{spread[0]:.0f} % at first and {spread[-1]:.0f} % at last."
    )
    return figure


def _band(panel, x: np.ndarray, table, name: str, colour: str) -> None:
    marks = {"marker": "o", "markersize": 4} if len(x) < FEW else {}
    panel.plot(x, table[name], color=colour, linewidth=2, label="mean", **marks)
    panel.fill_between(
        x,
        table[f"{name}_low"],
        table[f"{name}_high"],
        color=colour,
        alpha=0.2,
        linewidth=0,
        label="middle half of the episodes",
    )
    plain(panel)


def _whole_numbers(panel, x: np.ndarray) -> None:
    panel.xaxis.set_major_locator(MaxNLocator(12, integer=True, min_n_ticks=1))
    panel.set_xlim(x[0] - 0.6, x[-1] + 0.6)
