"""Exercises of 02_trial_and_error: the map of machine learning, a mean per choice, exploring and exploiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from course_lib.exercises.compare import NotPlain, show
from course_lib.exercises.exercise import Result
from course_lib.exercises.kinds import BugHunt, FillBlank, Match, OwnWords, Predict, Target, stretch
from course_lib.sandbox import Outcome

REWARD_BAR = 45.0  # of 83 points that the best jump would earn in 300 tries; a fixed epsilon comes to about 30
SHARE_SLACK = 0.04  # 4 standard deviations of a share in 2,000 calls


def shares_of_choices(value, q, epsilon):
    """How often each choice comes, as a share of 2,000 calls ``value(q, epsilon, rng)``; or a sentence on what came."""
    import contextlib
    import io
    import operator

    import numpy as np

    def choose(rng):
        choice = value(np.array(q), epsilon, rng)
        try:
            index = -1 if isinstance(choice, (bool, np.bool_)) else operator.index(choice)
        except Exception:
            index = -1
        return (index, None) if 0 <= index < len(q) else (index, choice)

    with contextlib.redirect_stdout(io.StringIO()):  # a print in it would come thousands of times
        rng, counts, first = np.random.default_rng(0), [0] * len(q), []
        for k in range(2000):
            index, odd = choose(rng)
            if not 0 <= index < len(q):
                if odd is None or odd is Ellipsis:
                    return odd
                if isinstance(odd, (bool, int, float, str, np.number)):
                    odd = repr(odd.item() if isinstance(odd, np.number) else odd)[:60]
                else:
                    odd = f"something of type {type(odd).__name__[:60]}"
                return f"returned {odd}: a choice is due, a whole number from 0 to {len(q) - 1}."
            counts[index] += 1
            first = [*first, index] if k < 100 else first
        again = np.random.default_rng(0)
        if [choose(again)[0] for _ in first] != first:
            return "chose otherwise when it was called again with the same chance: draw from `rng` and nothing else."
    return [count / 2000 for count in counts]


@dataclass(frozen=True, kw_only=True)
class ChoiceByChance(FillBlank):
    """A function that chooses by chance; its probe counts, and ``answer`` gives the probability of each choice."""

    def judge(self, outcomes: list[Outcome], inputs: Sequence[tuple]) -> Result:
        for outcome, (q, epsilon) in zip(outcomes, inputs):
            asked = f"With q = {show(list(q))} and epsilon = {epsilon:g}"
            seen = outcome.value
            if outcome.error is not None:
                return self.crashed(outcome.error, f" with q = {show(list(q))} and epsilon = {epsilon:g}")
            if seen is None or type(seen) is NotPlain:
                return self.wrong(f"{asked}, your function returned nothing (None): is a `return` missing?")
            if type(seen) is str:
                return self.wrong(f"{asked}, your function {seen}")
            if type(seen) is not list or len(seen) != len(q):
                return self.wrong(f"{asked}, your function gave {show(seen)}.")
            for choice, (share, due) in enumerate(zip(seen, self.answer(q, epsilon))):
                if abs(share - due) > SHARE_SLACK:
                    what = f"choice {choice}" + (", the best one," if q[choice] == max(q) else "")
                    how = "too often" if share > due else "too seldom"
                    return self.wrong(f"{asked}, {what} came in {share:.0%} of 2,000 calls: that is {how}.")
        return self.correct(self.praise)


def mean_total(value):
    """The mean total reward of 2,000 robots on the wet floor, 300 tries each, with ``value(try) -> epsilon``."""
    import gymnasium
    import numpy as np

    import course_lib  # noqa: F401  registers the robot
    from course_lib.agents import bandits

    if isinstance(value, str):
        return "That is a text: hand in your function, by its name."
    schedule = [value(k) for k in range(300)] if callable(value) else [value] * 300
    for k, epsilon in enumerate(schedule):
        if epsilon is None or epsilon is Ellipsis:
            return epsilon if epsilon is Ellipsis else f"Your epsilon of try {k} is None: is a `return` missing?"
        if isinstance(epsilon, (bool, np.bool_)) or not isinstance(epsilon, (int, float, np.integer, np.floating)):
            return f"Your epsilon of try {k} is of type {type(epsilon).__name__[:60]}: a number is due."
        if not 0 <= epsilon <= 1:
            return f"Your epsilon of try {k} is {float(epsilon):.3g}: it must lie between 0 and 1, for it is a share."
    robot = gymnasium.make("FirstLap/RobotJump-v0", noise=0.2).unwrapped
    chances = [sum(p for p, _, reward, _ in robot.P[0][jump] if reward > 0) for jump in range(4)]
    runs = bandits.many_learners(chances, lambda k: schedule[k], tries=300, learners=2000)
    return float(runs.totals.mean())


def _probabilities(q, epsilon):
    best = q.index(max(q))
    return [epsilon / len(q) + (1 - epsilon) * (choice == best) for choice in range(len(q))]


def _means(tries):
    rewards = [[reward for jump, reward in tries if jump == choice] for choice in range(4)]
    return [sum(some) / len(some) if some else 0.0 for some in rewards]


def _means_of_all(tries):
    q = [0.0] * 4
    for k, (jump, reward) in enumerate(tries, 1):
        q[jump] += (reward - q[jump]) / k
    return q


EXERCISES = {
    "q1": Match(
        question="Which kind of learning is it: supervised, unsupervised, reinforcement, or none?",
        points=2,
        answer={
            "10,000 photos of the road, each with the steering of a champion": "supervised",
            "a pile of laps, to be sorted into groups of similar style": "unsupervised",
            "a car that tries lines, with the lap time as its score": "reinforcement",
            "an engineer wrote `steering = 2 * left`": "none",
            "photos of cones and of cars, each with its name": "supervised",
            "a pit crew that tries four tyres, and counts points": "reinforcement",
        },
        nudges={
            "10,000 photos of the road, each with the steering of a champion": "who says what is right for each photo?",
            "a pile of laps, to be sorted into groups of similar style": "does anybody say which groups there are?",
            "a car that tries lines, with the lap time as its score": "does anybody show it the right line?",
            "an engineer wrote `steering = 2 * left`": "who found the number 2?",
            "photos of cones and of cars, each with its name": "the name of each photo: who gave it?",
            "a pit crew that tries four tyres, and counts points": "what do they know before the first try?",
        },
        hints=(
            "Ask of each: is the right answer given? Is there only a score? Is there neither?",
            "A score says how good a try was. An answer says what would have been right.",
            "One of the six does not learn at all.",
        ),
    ),
    "q2": BugHunt(
        question=(
            "`mean_rewards(tries)` gets pairs of jump and reward, and returns the mean reward of each of the four "
            "jumps. Its means are wrong as soon as jumps of different kinds are mixed. Find the bug."
        ),
        points=2,
        name="mean_rewards",
        inputs=(
            ([[2, 1], [2, 1]],),
            ([[0, -1], [2, 1], [2, -1], [2, 1]],),
            ([[3, -1], [1, 1], [1, -1], [0, -1], [1, 1], [1, 1]],),
            ([],),
        ),
        answer=_means,
        starter=_means_of_all,
        hints=(
            "Take a pencil: 2 m brings -1, then 0.5 m brings 1. What should the mean of 0.5 m be, and what comes out?",
            "By what is each step divided? Look for a variable that is counted, and never used.",
            "A mean is divided by the number of tries of that jump, not of all jumps.",
        ),
        praise="That is right: each jump has its own count. With one count for all, late news would hardly matter.",
    ),
    "q3": Predict(
        question="A hundred greedy robots learn on the wet floor, 200 tries each. How many end up with a wrong jump?",
        points=1,
        low=0,
        high=100,
        tolerance=10,
        unit="of 100 robots",
        hints=("What if the first try of the right jump fails? How often is that?",),
        lesson="One unlucky try is enough, for a greedy robot never comes back to ask again.",
    ),
    "q4": ChoiceByChance(
        question=(
            "`my_epsilon_greedy(q, epsilon, rng)` returns a choice: with probability epsilon any at all, each equally "
            "likely; else the one with the largest value in q. Draw with `rng` alone."
        ),
        points=2,
        name="my_epsilon_greedy",
        inputs=(
            ([0.1, 0.6, 0.2, -0.5], 0.0),
            ([0.1, 0.6, 0.2, -0.5], 1.0),
            ([-0.9, -0.4, 0.3], 0.3),
            ([0.8, 0.2, 0.1, 0.7, 0.3], 0.5),
        ),
        probe=shares_of_choices,
        answer=_probabilities,
        starter=lambda q, epsilon, rng: int(q.argmax()),
        hints=(
            "`rng.random()` is a number between 0 and 1. How often is it below 0.1?",
            "If `rng.random() < epsilon`, return any choice; else return what the cell began with.",
            "`rng.integers(len(q))` is any whole number from 0 to len(q) - 1, each equally likely.",
        ),
        praise="That is right. Also when it explores, it may happen to take the best one.",
    ),
    "q5": OwnWords(
        question="Where in your own life do you explore, where do you exploit, and what would a better epsilon be?",
        points=1,
        words=20,
        hints=("Think of food, music, ways to school, friends, training. When did you last try something new?",),
    ),
    "q6": stretch(
        Target(
            question=(
                f"An epsilon that falls with the number of the try: {REWARD_BAR:g} points or more in 300 tries, on "
                "average over 2,000 robots."
            ),
            what="mean total reward",
            bar=REWARD_BAR,
            higher=True,
            unit="points",
            probe=mean_total,
            starter=lambda k: 0.1,
            hints=(
                "When does exploring help most, and when is it only a cost?",
                "Let it begin near 1 and end at 0. `1 - k / 300` is such a line, but is it steep enough?",
                "Try `max(0, 1 - k / 100)`, then look at what a smaller number than 100 does.",
            ),
            praise="Explore early, exploit late: nearly every learner in this course does it.",
        )
    ),
}
