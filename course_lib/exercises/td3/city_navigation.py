"""Exercises of 03_city_navigation: bugs that a real city driver had, and what proves that one drives well."""

from __future__ import annotations

import math

from course_lib.exercises.kinds import BugHunt, Choice, OwnWords, Predict

TRIPS = ((0.0, 0.0, 15.0, 40), (100.0, 100.0, 225.0, 30), (10.0, 20.0, 90.0, 5), (0.0, 0.0, 61.0, 100))
TURNS = ((0.0, 0.0), (0.5, 1.0), (-0.5, -2.0), (0.98, 1.5), (-1.0, -3.0), (0.2, 0.0))
DISTANCES = (
    ([100.0, 98.0, 96.0, 94.0], [False, False, False, False]),
    ([33.0, 31.0, 29.0, 410.0, 408.0, 410.0], [False, False, True, False, False, False]),
    ([50.0, 52.0, 29.0, 90.0, 29.5, 200.0, 198.0], [False, False, True, False, True, False, False]),
)


def drive(x, y, heading, steps):
    for _ in range(steps):
        x = x + 2 * math.cos(math.radians(heading))
        y = y - 2 * math.sin(math.radians(heading))
    return round(x, 3), round(y, 3)


def explore(action, chance):
    turn = 5 * (action + 0.1 * chance)
    return max(-5.0, min(5.0, turn))


def step_rewards(distances, arrived):
    """+0.5 nearer, -0.9 not; the first distance to a new goal is compared with nothing."""
    rewards = []
    for k in range(1, len(distances)):
        if not arrived[k - 1]:
            rewards.append(0.5 if distances[k] < distances[k - 1] else -0.9)
    return rewards


EXERCISES = {
    "q1": BugHunt(
        question="This car should drive 2 pixels a step, whatever its heading. It does not. Repair it.",
        points=2,
        name="drive",
        answer=drive,
        inputs=TRIPS,
        tolerance=0.01,
        hints=(
            "Drive 40 steps at 15 degrees: the car should be 80 pixels away. How far is it?",
            "`int` throws away what stands behind the point. What does it do to a step of 1.93 pixels?",
            "A place may have a fraction: cut it off only where a pixel is looked up.",
        ),
        praise="With whole pixels the car made 1 to 2.8 pixels a step, depending on where it looked.",
    ),
    "q2": Predict(
        question="Who steers straight at each goal, houses or not: which share of its steps is on the road, in %?",
        points=1,
        low=0,
        high=100,
        tolerance=10,
        unit="%",
        hints=("Which share of the whole map is road?",),
        lesson="It reaches every goal. So goals alone say little about a driver.",
    ),
    "q3": BugHunt(
        question="The actor says a number from -1 to 1; the car takes degrees from -5 to 5. Mend the exploration.",
        points=2,
        name="explore",
        answer=explore,
        inputs=TURNS,
        tolerance=1e-6,
        hints=(
            "The noise should be a tenth of the range: how many degrees is that, and how many are added here?",
            "Add the noise before you multiply by 5.",
            "What may leave the function at most, 5 or 5.4?",
        ),
        praise="Unscaled, the car tried turns of 0.1 degrees: it explored fifty times less than planned.",
    ),
    "q4": BugHunt(
        question="After a goal the distance jumps to that of the next one. Give the rewards without that jump.",
        points=2,
        name="step_rewards",
        answer=step_rewards,
        inputs=DISTANCES,
        hints=(
            "In the second list the car arrives at 29 pixels; then the next goal is 410 away. Is it driving badly?",
            "The step after an arrival has nothing to be compared with: leave it out.",
            "Which row tells of the arrival: the one that you look at, or the one before?",
        ),
        praise="A wrong punishment after each goal is a small thing, and nobody sees it for months.",
    ),
    "q5": Choice(
        question="An older program left dropout on in its target networks. What does that do?",
        points=1,
        choices={
            "a": (
                "Nothing: dropout is only a kind of regularisation.",
                "It is, for a network that learns. A target network does not learn; it is asked.",
            ),
            "b": (
                "The same state gets another value each time, so the critic chases a target that jumps.",
                "Right: switch such layers to their asking mode, and let their inner averages follow, too.",
            ),
            "c": (
                "The target network learns more slowly.",
                "It does not learn at all: it follows the other network, a little at a time.",
            ),
        },
        answer="b",
        hints=("Ask the same network twice about the same state, with dropout on. What do you get?",),
    ),
    "q6": OwnWords(
        question=(
            "A friend shows you a driver that reached 10 of 10 goals. Which two things do you ask before you call it "
            "good, and why?"
        ),
        points=2,
        hints=("Think of the driver that went through the houses, and of goals that it has never seen.",),
    ),
}
