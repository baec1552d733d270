"""The log of a training as tables: a row per episode, per iteration, per trial of an evaluation, and per step.

    log = Log.open("my_policies/camp-1")
    log.episodes["progress"].max()

Pictures of it: `log_training`, `log_places`, `log_laps`; in words: `log_summary`; all in one page: `log_report`.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from course_lib.deepracer.sim_trace import Episode
from course_lib.notebook.log_files import LogError as LogError
from course_lib.notebook.log_files import LogWarning as LogWarning
from course_lib.notebook.log_files import Traces, read_log
from course_lib.notebook.log_track import find_track
from course_lib.notebook.turns import Section, section_at, sections
from course_lib.sim.track import Track

AROUND = 2  # rows on each side over which a driven speed is taken: positions are rounded, real clocks jitter
SHOWN = 20  # rows of a table in a notebook


class Table(dict):
    """Columns of equal length: name -> NumPy array. A notebook shows the first rows."""

    def rows(self) -> list[dict]:
        """One dict per row, of plain Python values."""
        columns = [column.tolist() for column in self.values()]
        return [dict(zip(self, values)) for values in zip(*columns)]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.values()), ()))

    def where(self, chosen) -> Table:
        """The rows at which the bool array (or array of indices) ``chosen`` points."""
        return Table({name: column[chosen] for name, column in self.items()})

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in self)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_written(value))}</td>" for value in row.values()) + "</tr>"
            for row in self.where(slice(SHOWN)).rows()
        )
        more = f"<p>{SHOWN} of {self.count} rows</p>" if self.count > SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


class Log:
    """The log of one training.

    Attributes:
        path: where it was found.  track: on which it was driven.
        training: number of the iteration -> its `Episode`s, ascending.
        trials: name of the evaluation -> its episodes, the oldest first.
        completions: number of the iteration -> % driven in each trial of the evaluation after it, [] without one.
        sections: the turns and straights of the track, see `turns`.
    """

    def __init__(self, traces: Traces, track: Track):
        self.path, self.track = traces.path, track
        self.training, self.trials, self.completions = traces.training, traces.evaluations, traces.completions

    @classmethod
    def open(cls, source, track: Track | str | Path | None = None) -> Log:
        """Read a log.

        Args:
            source: a model's folder, a folder of ``N-iteration.csv``, such files, or a `Trained`; see `read_log`.
            track: where it was driven; None: told by the policy, or found among the shipped tracks.

        Raises:
            LogError: no log, no complete episode yet, another track, or one that is not known.
            TraceError: a trace that cannot be read.
            TrackError: no such track.
        """
        traces = read_log(source)
        return cls(traces, find_track(traces.path, [e for these in traces.training.values() for e in these], track))

    def __repr__(self) -> str:
        complete = int(self.episodes["complete"].sum())
        return (
            f"Log({self.track.name!r}, {len(self.training)} iterations, {self.episodes.count} episodes, {complete} "
            f"complete laps)"
        )

    @cached_property
    def sections(self) -> list[Section]:
        return sections(self.track)

    @cached_property
    def driven(self) -> list[Episode]:
        """All training episodes, in order; row i of `episodes` is of the i-th."""
        return [episode for episodes in self.training.values() for episode in episodes]

    @cached_property
    def episodes(self) -> Table:
        """A row per training episode.

        Columns: iteration; episode (its number in the log); steps; seconds (simulated); reward (the sum); progress
        (%, the farthest); complete (a whole lap?); status (how it ended); mean_speed (m/s, from positions); end_x,
        end_y (m, where it ended); section (index into `sections` of that place).
        """
        numbers = np.repeat(list(self.training), [len(episodes) for episodes in self.training.values()])
        table = Table(iteration=numbers, **_episode_columns(self.driven))
        ends = np.array([(episode.X[-1], episode.Y[-1]) for episode in self.driven])
        s = self.track.project(ends[:, 0], ends[:, 1])[0]
        return Table(table, end_x=ends[:, 0], end_y=ends[:, 1], section=section_at(self.sections, s))

    @cached_property
    def iterations(self) -> Table:
        """A row per iteration.

        Columns: iteration, episodes, complete (laps), left_road (episodes that ended so); of reward and progress the
        mean and the quartiles (``reward``, ``reward_low``, ``reward_high``, ...); best_lap, mean_lap and lap_spread (s,
        NaN without a lap; the spread is the standard deviation); evaluation (mean % of its trials, NaN without).
        """
        rows = []
        for number in self.training:
            own = self.episodes.where(self.episodes["iteration"] == number)
            laps, trials = own["seconds"][own["complete"]], self.completions.get(number, [])
            row = {
                "iteration": number,
                "episodes": own.count,
                "complete": int(own["complete"].sum()),
                "left_road": int((own["status"] == "off_track").sum()),
            }
            for name in ("reward", "progress"):
                low, high = np.percentile(own[name], [25, 75])
                row |= {name: own[name].mean(), f"{name}_low": low, f"{name}_high": high}
            row |= {
                "best_lap": laps.min() if len(laps) else np.nan,
                "mean_lap": laps.mean() if len(laps) else np.nan,
                "lap_spread": laps.std() if len(laps) > 1 else np.nan,
                "evaluation": np.mean(trials) if trials else np.nan,
            }
            rows.append(row)
        return Table({name: np.array([row[name] for row in rows]) for name in rows[0]})

    @cached_property
    def evaluations(self) -> Table:
        """A row per trial of the evaluations that have traces; columns as of `episodes`, but the evaluation's name."""
        names = np.repeat(list(self.trials) or [""], [len(trials) for trials in self.trials.values()] or [0])
        return Table(evaluation=names, **_episode_columns([e for trials in self.trials.values() for e in trials]))

    @cached_property
    def steps(self) -> Table:
        """A row per step of all training episodes, without the rows before the first.

        Columns: index (row of the episode in `episodes`), x, y (m, the car's nose), s and offset (m along the centre
        line, and left of it), section, steer (degrees) and throttle (m/s) as commanded, speed (m/s, from positions),
        action (index, -1 for continuous ones), reward.
        """
        firsts = [_first(episode) for episode in self.driven]

        def column(values) -> np.ndarray:
            return np.concatenate([np.asarray(values(e))[first:] for e, first in zip(self.driven, firsts)])

        x, y = column(lambda e: e.X), column(lambda e: e.Y)
        s, offset, _ = self.track.project(x, y)
        return Table(
            index=np.repeat(np.arange(len(firsts)), [len(e) - first for e, first in zip(self.driven, firsts)]),
            x=x,
            y=y,
            s=s,
            offset=offset,
            section=section_at(self.sections, s),
            steer=column(lambda e: e.steer),
            throttle=column(lambda e: e.throttle),
            speed=column(driven_speed),
            action=column(lambda e: [action if isinstance(action, int) else -1 for action in e.action]),
            reward=column(lambda e: e.reward),
        )

    def best(self, count: int = 3) -> list[int]:
        """Rows of `episodes` of the fastest complete laps; without any lap, of the episodes that came farthest."""
        table = self.episodes
        complete = np.flatnonzero(table["complete"])
        if len(complete):
            return complete[np.argsort(table["seconds"][complete], kind="stable")][:count].tolist()
        return np.argsort(-table["progress"], kind="stable")[:count].tolist()

    def late(self) -> np.ndarray:
        """(steps,) bool: of the last quarter of the iterations, in which the policy is what it has become."""
        numbers = list(self.training)
        begin = numbers[-max(1, round(len(numbers) / 4))]
        return self.episodes["iteration"][self.steps["index"]] >= begin


def driven_speed(episode: Episode) -> np.ndarray:
    """(rows,) m/s from positions and times, over two rows on each side; 0 at the start and where no time passed."""
    way = _way(episode)
    rows = np.arange(len(way))
    before, after = np.maximum(rows - AROUND, 0), np.minimum(rows + AROUND, len(way) - 1)
    seconds = episode.tstamp[after] - episode.tstamp[before]
    speed = np.divide(way[after] - way[before], seconds, out=np.zeros(len(way)), where=seconds > 0)
    speed[: _first(episode)] = 0.0
    return speed


def _way(episode: Episode) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(episode.X), np.diff(episode.Y)))])


def _first(episode: Episode) -> int:
    return 1 if episode.episode_status[0] == "prepare" else 0


def _episode_columns(episodes: Sequence[Episode]) -> dict[str, np.ndarray]:
    return {
        "episode": np.array([e.number for e in episodes], dtype=int),
        "steps": np.array([len(e) - _first(e) for e in episodes], dtype=int),
        "seconds": np.array([e.seconds for e in episodes], dtype=float),
        "reward": np.array([e.total_reward for e in episodes], dtype=float),
        "progress": np.array([e.progress.max() for e in episodes], dtype=float),
        "complete": np.array([e.complete for e in episodes], dtype=bool),
        "status": np.array([e.status for e in episodes], dtype=str),
        "mean_speed": np.array([_way(e)[-1] / e.seconds if e.seconds > 0 else 0.0 for e in episodes], dtype=float),
    }


def _written(value) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
