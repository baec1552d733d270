"""Exercises of 08_many_seeds: chance between two equal settings, intervals, and honest comparisons."""

from __future__ import annotations

import math

from course_lib.exercises.kinds import BugHunt, Choice, FillBlank, OwnWords, Predict, Target

MOST_SEEDS = 6


def standard_error(values):
    """std / sqrt(n), with n - 1 in the std."""
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))


def honest_report(curves):
    """Mean and std (n - 1) of the last scores."""
    last = [curve[-1] for curve in curves]
    return [sum(last) / len(last), standard_error(last) * math.sqrt(len(last))]


def distance_from_zero(value):
    """How far the interval of the paired differences keeps from 0, below 0 if it holds it; of two lists of runs."""
    from course_lib.agents.seeds import SeedError, scores
    from course_lib.agents.statistics import paired

    wanted = "Hand in two lists of runs, as `train_seeds` gives them: `lesson.q5.check((first, second))`."
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return wanted
    for runs in value:
        if not isinstance(runs, (tuple, list)) or not all(hasattr(run, "seed") for run in runs):
            return wanted
        if not 2 <= len(runs) <= 6:
            return f"One list has {len(runs)} runs: use 2 to 6 seeds for each setting."
    first, second = ([run.seed for run in runs] for runs in value)
    if first != second:
        return f"The seeds are {first} and {second}: pairs need the same seeds in the same order."
    if len(set(first)) < len(first):
        return f"The seeds are {first}: a seed that is counted twice tells nothing new."
    try:
        one, other = (scores(runs) for runs in value)
    except SeedError as error:
        return str(error)
    if (one == other).all():
        return "Both have the same scores, seed by seed: are the two settings the same?"
    found = paired(one, other)
    return max(found.low, -found.high)


CURVES = [
    ([[20.0, 60.0, 50.0], [30.0, 90.0, 70.0]],),
    ([[10.0, 80.0, 40.0], [20.0, 30.0, 60.0], [30.0, 50.0, 20.0]],),
]

EXERCISES = {
    "q1": Predict(
        question="Ten rounds, and both settings are the same. How many rounds does Ben win?",
        points=1,
        low=0,
        high=10,
        tolerance=3,
        unit="of 10",
        hints=("Think of ten tosses of a coin.",),
        lesson="It is like tossing a coin ten times: about five, and even 2 or 8 is no wonder.",
    ),
    "q2": FillBlank(
        question="The standard error of the mean: the standard deviation (with n - 1) over the root of n.",
        points=2,
        answer=standard_error,
        name="standard_error",
        inputs=(([2.0, 4.0, 6.0],), ([1.0, 2.0],), ([205.0, 139.0, 131.0, 194.0],), ([-5.0, -5.0, 3.0, 9.0, 0.5],)),
        hints=(
            "How many values are there? `len(values)` tells.",
            "`np.std` divides by n. `np.std(values, ddof=1)` divides by n - 1.",
            "Divide the standard deviation by `np.sqrt(len(values))`.",
        ),
        praise="Four times as many seeds make it half as large.",
    ),
    "q3": Choice(
        question="The 95 % interval of the mean of ten seeds is 100 to 160. What may you say?",
        points=1,
        choices={
            "a": (
                "95 % of the seeds score between 100 and 160",
                "The interval is about the mean. Single seeds scatter more: their spread is the standard deviation.",
            ),
            "b": (
                "the next seed will score between 100 and 160",
                "The next seed may well lie outside: the interval is about the mean, not about one run.",
            ),
            "c": (
                "intervals made in this way hold the true mean in about 95 of 100 experiments",
                "It is the method that is right so often. This one interval may be one of the others.",
            ),
            "d": (
                "another setting with a mean of 150 is not different",
                "Not shown to be different is not shown to be equal: more seeds may tell them apart.",
            ),
        },
        answer="c",
        hints=("Look at the picture with the fifty intervals again. Did those that miss the line do anything wrong?",),
    ),
    "q4": BugHunt(
        question="Mend the report: mean and standard deviation (with n - 1) of what each seed had reached at the end.",
        points=2,
        answer=honest_report,
        name="report",
        inputs=CURVES,
        hints=(
            "A standard deviation of 0 says that all seeds did the same. Which curve does each seed look at?",
            "`max` picks the luckiest moment of a run. What did the policy score at the end?",
            "`np.std` divides by n. What makes it divide by n - 1?",
        ),
        praise="Every seed counts once, with its last score, lucky or not.",
    ),
    "q5": Target(
        question=f"Show with at most {MOST_SEEDS} seeds that one of two settings is better: an interval without 0.",
        points=2,
        what="distance from 0",
        bar=0.0,
        higher=True,
        unit="points",
        probe=distance_from_zero,
        hints=(
            "A small difference needs many seeds. Which change of the learning rate would make a large difference?",
            "With 2 or 3 seeds the interval is very wide. How many are you allowed?",
            "Try a learning rate that is ten times smaller, with six seeds.",
        ),
        praise="The interval does not hold 0: the two settings differ.",
    ),
    "q6": OwnWords(
        question="A friend shows you one learning curve: “my new reward is better.” What do you answer?",
        points=1,
        words=20,
        hints=("What would you ask for before you believe it? How many, chosen by whom, and told how?",),
    ),
}
