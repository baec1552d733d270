"""What another reward function would have paid for the laps of a log, and whether it would have preferred others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import style

from course_lib.agents.statistics import rank_correlation
from course_lib.deepracer.replay import replay
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.notebook.driven import COLOURS
from course_lib.notebook.log_analysis import Log
from course_lib.notebook.log_places import shade_turns
from course_lib.notebook.picture import Picture, blank, plain

EPISODES = 200
ENOUGH = 10  # complete laps, to compare their order
ALIKE, APART = 0.9, 0.5  # rank correlations above which orders are much alike, and below which quite different
SMOOTH = 5  # steps over which the rewards along a lap are averaged in the picture


@dataclass(frozen=True, repr=False)
class WhatIf:
    """Two rewards for the same episodes.

    Attributes:
        log: of the training.  name: of the other reward function.
        rows: of `Log.episodes` that were judged, ascending.
        paid, would: (rows,) total reward of each, as in the log and by the other function.
        lap: row of the episode that `picture` shows step by step: the best one of the log.
        lap_would: (rows of that episode,) what the other function would have paid.
    """

    log: Log
    name: str
    rows: np.ndarray
    paid: np.ndarray
    would: np.ndarray
    lap: int
    lap_would: np.ndarray

    @property
    def correlation(self) -> float:
        """Spearman's rank correlation of both totals over the episodes; NaN where one of them is always the same."""
        return rank_correlation(self.paid, self.would)

    @property
    def among_laps(self) -> float:
        """The same over the complete laps alone; NaN with fewer than ten of them."""
        laps = self.log.episodes["complete"][self.rows]
        return rank_correlation(self.paid[laps], self.would[laps]) if laps.sum() >= ENOUGH else float("nan")

    @property
    def sentence(self) -> str:
        """Would it have preferred other laps?"""
        overall, laps = self.correlation, self.among_laps
        if not np.isfinite(overall):
            return f"{self.name} or the log's reward pays every episode the same: there are no orders to compare."
        episodes = _how(overall, f"{len(self.rows)} episodes")
        said = f"Compared with the log's reward, {self.name} would have {episodes} (rank correlation {overall:+.2f})"
        if np.isfinite(laps):
            count = int(self.log.episodes["complete"][self.rows].sum())
            said += f", and {_how(laps, f'the {count} full laps')} ({laps:+.2f})"
        if min(overall, laps if np.isfinite(laps) else overall) < ALIKE:
            liked, other = (self.log.episodes.where([self.rows[values.argmax()]]) for values in (self.paid, self.would))
            said += (
                f". The log's reward was highest for episode {liked['episode'][0]} ({_told(liked)}), {self.name} would "
                f"have paid most for episode {other['episode'][0]} ({_told(other)})"
            )
        return f"{said}."

    def __repr__(self) -> str:
        return self.sentence

    @property
    def picture(self) -> Picture:
        """Both rewards along the best lap, and both totals of each episode."""
        return _picture(self)


def what_if(log: Log, reward, episodes: int = EPISODES, boxes=None) -> WhatIf:
    """Let another reward function judge a log.

    Args:
        reward: a function, a `RewardFunction`, a file, or the name of a shipped one.
        episodes: so many of the log are judged, spread evenly over the training, and its best lap.
        boxes: that stood on the track, as `RaceWorld` takes them.

    Raises:
        RewardError: the function raised, or returned something that is no reward.
        RewardFileError: a file that cannot be used.
    """
    reward = RewardFunction.of(reward)
    count = log.episodes.count
    rows = np.unique(np.linspace(0, count - 1, max(1, min(episodes, count))).round().astype(int))
    would = np.array([replay(log.driven[row], reward, log.track, boxes).sum() for row in rows])
    lap = log.best(1)[0]
    lap_would = replay(log.driven[lap], reward, log.track, boxes)
    return WhatIf(log, Path(reward.name.strip("<>")).stem, rows, log.episodes["reward"][rows], would, lap, lap_would)


@style.context("default")
def _picture(told: WhatIf) -> Picture:
    log, episode = told.log, told.log.driven[told.lap]
    figure = blank(7.2, 6.4)
    along, below = figure.subplots(2, height_ratios=[1.0, 1.3])
    plain(along)
    plain(below)
    first = 1 if episode.episode_status[0] == "prepare" else 0
    s = log.track.project(episode.X, episode.Y)[0][first:]
    new_lap = np.flatnonzero(np.abs(np.diff(s)) > log.track.length / 2) + 1
    shade_turns(along, log)
    beside = along.twinx()  # rewards have no common unit
    beside.spines[["top", "left"]].set_visible(False)
    for axes, rewards, name, number in ((along, episode.reward, "the log", 0), (beside, told.lap_would, told.name, 1)):
        shown = _smooth(rewards[first:])
        look = {"color": COLOURS[number], "linestyle": ("-", "--")[number], "linewidth": 2}
        axes.plot(np.insert(s, new_lap, np.nan), np.insert(shown, new_lap, np.nan), **look)
        low, high = min(0.0, np.percentile(shown, 2)), np.percentile(shown, 95)  # a bonus would flatten all else
        axes.set_ylim(low * 1.15, max(high, low + 1e-6) * 1.15)
        axes.set_ylabel(f"reward of a step\nby {name}", color=COLOURS[number])
        axes.tick_params(axis="y", labelcolor=COLOURS[number])
    row = log.episodes.where([told.lap])
    along.set(
        xlim=(0, log.track.length),
        xlabel=f"distance from the start line (m), on episode {row['episode'][0]} ({_told(row)})",
    )
    complete = log.episodes["complete"][told.rows]
    for chosen, mark, colour, label in (
        (~complete, "x", COLOURS[1], "ended early"),
        (complete, "o", COLOURS[2], "lap"),
    ):
        if chosen.any():
            below.plot(told.paid[chosen], told.would[chosen], mark, color=colour, markersize=5, alpha=0.75, label=label)
    rho = told.correlation
    below.set(xlabel="reward of an episode in the log", ylabel=f"by {told.name}")
    title = f"rank correlation {rho:+.2f}" if np.isfinite(rho) else None
    if np.isfinite(told.among_laps):
        title += f"\namong full laps {told.among_laps:+.2f}"
    below.legend(loc="best", frameon=False, title=title, alignment="left")
    figure.alt = f"Rewards along the best lap, and of {len(told.rows)} episodes by both functions: {told.sentence}"
    return figure


def _how(correlation: float, what: str) -> str:
    how = "much the same" if correlation >= ALIKE else "a partly different"
    return f"put {what} in {how if correlation >= APART else 'quite a different'} order"


def _smooth(values: np.ndarray) -> np.ndarray:
    window = np.ones(min(SMOOTH, len(values)))
    return np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same")


def _told(row) -> str:
    ended = f"a lap of {row['seconds'][0]:.2f} s" if row["complete"][0] else f"{row['progress'][0]:.0f} % of a lap"
    return f"iteration {row['iteration'][0]}, {ended}"
