"""A log in words: some sentences with numbers, every one of them computed from the tables of `log_analysis`."""

from __future__ import annotations

from collections import Counter

import numpy as np

from course_lib.agents.statistics import rank_correlation
from course_lib.notebook.log_analysis import Log, Table
from course_lib.notebook.log_places import actions_of

ENDS = {"crashed": "hit a box", "time_up": "ran out of time", "immobilized": "got stuck", "reversed": "turned round",
        "in_progress": "were stopped"}  # fmt: skip
ENOUGH = 10  # laps or episodes from which a correlation is told
RARE = 0.01  # share of the steps below which an action is hardly used
STRONG = 0.3  # rank correlation from which a tendency is told
CHANGED = 0.03  # share by which lap times must differ to be called slower or faster


def summary(log: Log) -> list[str]:
    """What happened, the most important first; one or two sentences per entry."""
    parts = _size(log), _laps(log), _best(log), _trend(log), _exits(log), _pays(log), _actions(log), _evaluation(log)
    return [part for part in parts if part]


def _size(log: Log) -> str:
    seconds = float(log.episodes["seconds"].sum())
    span = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} s"
    span = f"{seconds / 3600:.1f} hours" if seconds >= 5400 else span
    return (
        f"{_count(log.episodes.count, 'episode')} in {_count(len(log.training), 'iteration')} on {log.track.name} "
        f"({log.track.length:.1f} m): {_count(int(log.episodes['steps'].sum()), 'step')}, {span} of driving."
    )


def _laps(log: Log) -> str:
    table, whole = log.episodes, log.episodes["complete"]
    if not whole.any():
        far = table.where([int(table["progress"].argmax())])
        return (
            f"No car completed a lap. The farthest came {far['progress'][0]:.0f} % of the way, in iteration "
            f"{far['iteration'][0]}."
        )
    first = table.where([int(whole.argmax())])
    last = log.iterations.where([-1])
    return (
        f"The first full lap came in iteration {first['iteration'][0]} (episode {first['episode'][0]}). "
        f"{_full_laps(int(whole.sum()), table.count, 'episode')}, and {last['complete'][0]} of {last['episodes'][0]} "
        "in the last iteration."
    )


def _best(log: Log) -> str:
    table = log.iterations
    if not np.isfinite(table["best_lap"]).any():
        return ""
    best = log.episodes.where(log.best(1))
    said = (
        f"The fastest lap took {best['seconds'][0]:.2f} s (iteration {best['iteration'][0]}, "
        f"{best['mean_speed'][0]:.2f} m/s on average)."
    )
    several = np.flatnonzero(table["complete"] > 2)
    if len(several) > 1:
        first, last = (table.where([several[k]]) for k in (0, -1))
        before, after = first["mean_lap"][0], last["mean_lap"][0]
        change = "became slower" if after > before else "became faster"
        change = change if abs(after - before) > CHANGED * before else "stayed much the same"
        said += (
            f" Laps {change}: {before:.2f} s on average in iteration {first['iteration'][0]}, {after:.2f} s in "
            f"iteration {last['iteration'][0]}, where they spread by {last['lap_spread'][0]:.2f} s."
        )
    return said


def _trend(log: Log) -> str:
    table = log.iterations
    if table.count < 2:
        return f"Episodes earned {table['reward'][0]:.1f} on average and came {table['progress'][0]:.0f} % of the way."
    first, last = table["iteration"][[0, -1]]
    reward, progress = table["reward"][[0, -1]], table["progress"][[0, -1]]
    return (
        f"From iteration {first} to {last} the mean reward went from {reward[0]:.1f} to {reward[1]:.1f}, the mean "
        f"completion from {progress[0]:.0f} % to {progress[1]:.0f} %."
    )


def _exits(log: Log) -> str:
    table = log.episodes
    off = table["status"] == "off_track"
    if not off.any():
        return f"No car left the road.{_other_ends(table)}"
    where, most = _worst(log, table.where(off))
    said = f"{off.sum()} of {_count(table.count, 'car')} left the road, most often in {where} ({most})."
    late = off & (np.arange(table.count) >= (table.count + 1) // 2)
    if late.any():
        where, most = _worst(log, table.where(late))
        said += f" In the second half of the training {late.sum()} did, most often in {where} ({most})."
    elif table.count > 1:
        said += " In the second half of the training none did."
    return said + _other_ends(table)


def _other_ends(table: Table) -> str:
    """How episodes ended that were neither a lap nor left the road."""
    others = Counter(table["status"][~table["complete"] & (table["status"] != "off_track")].tolist())
    if not others:
        return ""
    told = ", ".join(f"{count} {ENDS.get(status, status.replace('_', ' '))}" for status, count in others.most_common())
    return f" Of the others that drove no full lap, {told}."


def _worst(log: Log, ends: Table) -> tuple[str, int]:
    counts = np.bincount(ends["section"], minlength=len(log.sections))
    worst = int(counts.argmax())
    name = log.sections[worst].name
    return (name if name.startswith("turn") else f"the {name}"), int(counts[worst])


def _pays(log: Log) -> str:
    """What the reward prefers, in what was driven: far episodes, and among the laps fast ones?"""
    table = log.episodes
    parts = []
    together = rank_correlation(table["reward"], table["progress"])
    if table.count >= ENOUGH and np.isfinite(together):
        paid = "Who came farther earned more" if together > 0 else "Who came farther earned less"
        paid = paid if abs(together) > STRONG else "How far a car came hardly mattered to what it earned"
        parts.append(f"{paid} (rank correlation of reward and completion {together:+.2f}).")
    laps = table.where(table["complete"])
    by_time = rank_correlation(laps["reward"], laps["seconds"])
    if laps.count >= ENOUGH and np.isfinite(by_time):
        liked = "slower laps earned more" if by_time > STRONG else "faster laps earned more"
        liked = liked if abs(by_time) > STRONG else "the lap time hardly mattered"
        parts.append(f"Among the full laps {liked} (rank correlation of reward and lap time {by_time:+.2f}).")
    return " ".join(parts)


def _actions(log: Log) -> str:
    labels, which = actions_of(log)
    counts = np.bincount(which[log.late()], minlength=len(labels))
    shares = counts / counts.sum()
    most = int(shares.argmax())
    rare = int((shares < RARE).sum())
    hardly = f"; {rare} of {len(labels)} actions took less than 1 % each" if rare > 1 else ""
    hardly = f"; 1 of {len(labels)} actions took less than 1 %" if rare == 1 else hardly
    return (
        f"In the last quarter of the iterations the action used most was {labels[most]} ({100 * shares[most]:.0f} % of "
        f"the steps){hardly}."
    )


def _evaluation(log: Log) -> str:
    table = log.evaluations
    if not table.count:
        return ""
    last = table.where(table["evaluation"] == table["evaluation"][-1])
    laps = last["seconds"][last["complete"]]
    said = f"In the last evaluation {_full_laps(len(laps), last.count, 'trial')}"
    if len(laps):
        said += f", in {laps.min():.2f} s to {laps.max():.2f} s" if len(laps) > 1 else f", in {laps[0]:.2f} s"
    if len(laps) < last.count:
        said += f"; the trials came {last['progress'].mean():.0f} % of the way on average"
    return said + "."


def _full_laps(laps: int, count: int, what: str) -> str:
    return f"{laps} of {_count(count, what)} {'was a full lap' if laps == 1 else 'were full laps'}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
