"""Exercises of 03_log_analysis: read the log of a training, and do not believe a rising curve alone."""

from __future__ import annotations

from course_lib.exercises.kinds import BugHunt, Choice, FillBlank, OwnWords, Predict, Target, stretch

FASTER_FIRST = -0.6  # rank correlation of what a lap earns with the seconds that it takes


def trace(*episodes: str) -> list[dict[str, str]]:
    """Rows as a CSV reader gives them; an episode is its progress row by row, then how it ended."""
    rows = []
    for number, told in enumerate(episodes):
        *progress, ended = told.split()
        for step, value in enumerate(progress, start=1):
            status = "prepare" if step == 1 else ended if step == len(progress) else "in_progress"
            row = {"episode": str(number), "steps": str(step), "progress": value, "episode_status": status}
            rows.append(row)
    return rows


TRACES = (
    trace("0.7909 1.2 2.4 off_track"),
    trace("0.7909 50.1 100.0000 lap_complete"),
    trace("5.2 99.2 99.6 100.0000 lap_complete", "0.8 1.1 off_track"),
    trace("0.8 98.5 99.97 off_track", "0.8 60.0 99.5 100.0000 lap_complete"),
    trace("0.8 100.0000 lap_complete", "5.8 40.0 off_track", "10.8 99.9 100.0000 lap_complete"),
)


def steps_and_laps(rows):
    driven = [row for row in rows if row["episode_status"] != "prepare"]
    return len(driven), sum(float(row["progress"]) == 100.0 for row in driven)


def table(*episodes: tuple[int, float, str, str]) -> list[dict]:
    """Episodes as the notebook lists them: (iteration, progress, status, section)."""
    return [
        {
            "iteration": iteration,
            "episode": number,
            "progress": progress,
            "complete": progress == 100.0,
            "status": status,
            "section": section,
        }
        for number, (iteration, progress, status, section) in enumerate(episodes)
    ]


OFF, LAP, STUCK = "off_track", "lap_complete", "immobilized"
TABLES = (
    table((0, 12.0, OFF, "turn 1"), (0, 30.0, OFF, "turn 2"), (1, 100.0, LAP, "straight 1"), (2, 31.0, OFF, "turn 2")),
    table((0, 99.9, OFF, "turn 3"), (1, 99.5, OFF, "turn 3"), (2, 11.0, OFF, "turn 1"), (2, 100.0, LAP, "turn 1"),
          (3, 100.0, LAP, "turn 1"), (3, 100.0, LAP, "turn 1")),
    table((0, 100.0, LAP, "start straight"), (0, 55.0, OFF, "straight 2"), (1, 100.0, LAP, "start straight")),
    table((4, 8.0, STUCK, "turn 1"), (4, 9.0, STUCK, "turn 1"), (5, 71.0, OFF, "turn 2")),
    table((0, 20.0, OFF, "turn 4"), (1, 25.0, OFF, "turn 1"), (1, 26.0, OFF, "turn 1"), (7, 100.0, LAP, "turn 4"),
          (8, 100.0, LAP, "turn 4")),
)  # fmt: skip


def worst_place(episodes):
    counts = {}
    for row in episodes:
        if row["status"] == "off_track":
            counts[row["section"]] = counts.get(row["section"], 0) + 1
    return max(counts, key=counts.get)


def told_by_laps(value):
    """Rank correlation of what full laps earn by a `WhatIf` with their times; or why there is none."""
    import numpy as np

    from course_lib.agents.statistics import rank_correlation

    if isinstance(value, str) or callable(value):
        return "Hand in what the log says of it: `lesson.q6.check(what_if(log, my_reward))`."
    if not hasattr(value, "would"):
        return value
    table = value.log.episodes.where(value.rows)
    whole = table["complete"]
    if whole.sum() < 3:
        return f"The log has {int(whole.sum())} full laps among {table.count} episodes: train longer first."
    laps, others = value.would[whole], value.would[~whole]
    if len(others) and laps.mean() <= others.mean():
        return (
            f"A full lap earns {laps.mean():.4g} on average, an episode that ended early {others.mean():.4g}: who "
            "finishes must earn more."
        )
    correlation = rank_correlation(laps, table["seconds"][whole])
    if not np.isfinite(correlation):
        return "Every full lap earns the same, so fast ones do not come first."
    return correlation


def starter_reward(params):
    return float(params["speed"]) if params["all_wheels_on_track"] else 0.001


EXERCISES = {
    "q1": BugHunt(
        question="Count the steps that were driven, and the complete laps. There are two bugs.",
        points=2,
        name="count",
        answer=steps_and_laps,
        inputs=tuple((rows,) for rows in TRACES),
        hints=(
            "Take the smallest log: three rows, of which two are steps. Which row is none?",
            'Leave out the rows whose `episode_status` is "prepare".',
            "How many rows of one lap have a progress above 99, and how many have exactly 100?",
        ),
        praise="Both traps are in every DeepRacer log: tools that miss them count too many laps.",
    ),
    "q2": FillBlank(
        question="In which section do most cars leave the road? Return its name.",
        points=2,
        name="worst_place",
        answer=worst_place,
        inputs=tuple((rows,) for rows in TABLES),
        hints=(
            "Cars that finish their lap end somewhere, too. Are they counted?",
            'Count a row only if its `status` is "off_track".',
        ),
        praise="A place with a number can be worked on.",
    ),
    "q3": Predict(
        question="By how many seconds does the mean lap time change, from the first laps to the last iteration?",
        points=1,
        low=-20,
        high=60,
        tolerance=0.7,
        unit="s",
        hints=("What does the reward pay for: metres, or moments?",),
        lesson="The reward does not know about seconds: it was never told.",
    ),
    "q4": Choice(
        question="You want fast laps. Which change of the reward follows from what you have seen?",
        points=1,
        choices={
            "a": (
                "pay 10 instead of 1 for each step inside",
                "Ten times as much for the same thing: a slow lap still earns more than a fast one.",
            ),
            "b": (
                "nothing; train longer, the reward is still rising",
                "It rises because laps take longer. More of the same makes the car slower still.",
            ),
            "c": (
                "pay more for a lap, or for a step, the less time it takes",
                "Now a fast lap earns more than a slow one. What is not in the reward is not learnt.",
            ),
            "d": (
                "pay less for a step at which a wheel touches the border",
                "Safer laps, perhaps. But the cars stay on the road already; what is missing is time.",
            ),
        },
        answer="c",
        hints=("Of two clean laps, one fast and one slow: which must earn more, and does it after the change?",),
    ),
    "q5": OwnWords(
        question="A rising curve and one fast lap: what do you answer, and what would you look at in the log?",
        points=1,
        words=25,
        hints=("What can a rising reward be paid for? How many cars finished beside the fast one?",),
    ),
    "q6": stretch(
        Target(
            question=(
                "A reward that puts the fast laps of the log first: rank correlation with the lap time "
                f"{FASTER_FIRST:g} or below, and whole laps earn more than the others."
            ),
            what="rank correlation with the lap time",
            bar=FASTER_FIRST,
            probe=told_by_laps,
            hints=(
                "Speed alone gives metres, of which each lap has as many. What grows faster than speed?",
                "`speed ** 3` pays a fast step much more. How far does that get you?",
                'Or pay at the end of the lap: `params["progress"] == 100` once per lap, and `params["steps"]` tells '
                "how long it took.",
            ),
            praise="This reward would have put the fast laps first. Will it train well, too?",
        )
    ),
}
