"""Exercises of 03_q_learning: the worth of a cell, Bellman's equation, and a learner that has to be curious."""

from __future__ import annotations

from course_lib.exercises.kinds import BugHunt, Choice, FillBlank, Predict, Target, stretch
from course_lib.exercises.rl_basics.first_lap import mean_lap

RETURN_BAR, LAP_BAR = 0.93, 14.0  # points, s

# Cells of GridWorld "book" with a slip of 0.2, as its table P tells: one list of outcomes for each action.
BESIDE_THE_GOAL = [
    [[0.8, 2, -0.04, False], [0.1, 3, 1.0, True], [0.1, 1, -0.04, False]],
    [[0.8, 3, 1.0, True], [0.1, 6, -0.04, False], [0.1, 2, -0.04, False]],
    [[0.8, 6, -0.04, False], [0.1, 1, -0.04, False], [0.1, 3, 1.0, True]],
    [[0.8, 1, -0.04, False], [0.1, 2, -0.04, False], [0.1, 6, -0.04, False]],
]
BESIDE_THE_PIT = [
    [[0.8, 2, -0.04, False], [0.1, 7, -1.0, True], [0.1, 6, -0.04, False]],
    [[0.8, 7, -1.0, True], [0.1, 10, -0.04, False], [0.1, 2, -0.04, False]],
    [[0.8, 10, -0.04, False], [0.1, 6, -0.04, False], [0.1, 7, -1.0, True]],
    [[0.8, 6, -0.04, False], [0.1, 2, -0.04, False], [0.1, 10, -0.04, False]],
]
# The values of end cells are never asked for; here they are not 0, so that who asks is found out.
VALUES = [0.6, 0.7, 0.9, 5.0, 0.5, 0.0, 0.6, -5.0, 0.4, 0.3, 0.4, 0.2]


def dice_value(choices, values, gamma):
    return sum(
        probability * (reward + gamma * values[after] * (not over))
        for outcomes in choices
        for probability, after, reward, over in outcomes
    ) / len(choices)


def best_value(choices, values, gamma):
    return max(
        sum(p * (reward + gamma * values[after] * (not over)) for p, after, reward, over in outcomes)
        for outcomes in choices
    )


def new_value(q, state, action, reward, after, terminated, rate, gamma):
    wanted = reward + gamma * (0.0 if terminated else max(q[after]))
    return q[state][action] + rate * (wanted - q[state][action])


def shipped_value(q, state, action, reward, after, terminated, rate, gamma):
    wanted = reward + gamma * q[after][action]
    return q[state][action] + rate * (wanted - q[state][action])


def worst_return(value):
    """The worst return of ten learners on the blue square with these settings, or a sentence about the settings."""
    ranges = {
        "gamma": (0.0, 1.0),
        "explore_first": (0.0, 1.0),
        "explore_last": (0.0, 1.0),
        "learning_rate": (0.0, 1.0),
        "slowing": (0.0, 1.0),
        "first_value": (-10.0, 10.0),
    }
    if type(value) is not dict:
        return value if type(value) is not str else "That is a text: hand in your settings, a dict."
    for name, number in value.items():
        if name not in ranges:
            return f"There is no setting {str(name)[:40]!r}: the settings are {', '.join(ranges)}."
        if type(number) not in (int, float) or not ranges[name][0] <= number <= ranges[name][1]:
            low, high = ranges[name]
            return f"{name} is {str(number)[:40]}: it must be a number from {low:g} to {high:g}."

    from course_lib.agents import make_envs, q_learning

    world, returns = make_envs("FirstLap/BlueSquare-v0", 1), []
    for seed in range(10):
        config = q_learning.Config(steps=4_000, **value)
        policy = q_learning.train(make_envs("FirstLap/BlueSquare-v0", 8), config, seed).policy
        states, _ = world.reset(seed=seed)
        total, over = 0.0, False
        while not over:
            states, rewards, terminated, truncated, _ = world.step(policy.act(states))
            total, over = total + float(rewards[0]), bool(terminated[0] or truncated[0])
        returns.append(total)
    reached = sum(total >= 0.93 for total in returns)
    if reached in (0, 10):
        return min(returns)
    return (
        f"{reached} of 10 learners found the large prize; the worst of the others had a return of {min(returns):.2f}."
    )


Q = [[0.2, 0.5, -0.1, 0.0], [0.3, 0.1, 0.8, 0.4], [0.0, 0.0, 0.0, 0.0], [7.0, 3.0, 5.0, 1.0]]

EXERCISES = {
    "q1": Predict(
        question="On firm ground the start is worth 0.52. What is it worth on the slippery ground?",
        points=1,
        low=-1,
        high=1,
        tolerance=0.1,
        hints=(
            "Two of ten steps go aside. What does a step cost that leads nowhere? What may happen beside the pit?",
            "It stays above 0: most of the time the robot still arrives, only later.",
        ),
        lesson="Steps that lead aside cost time, and time costs: every cell is worth less than on firm ground.",
    ),
    "q2": FillBlank(
        question=(
            "Write `dice_value(choices, values, gamma)`: what a cell is worth to a robot that throws dice, so that all "
            "of its actions are equally likely. `choices` has one list of outcomes for each action, and an outcome is "
            "`(probability, next state, reward, over)`."
        ),
        points=2,
        name="dice_value",
        inputs=[
            (BESIDE_THE_GOAL, VALUES, 0.9),
            (BESIDE_THE_PIT, VALUES, 0.9),
            (BESIDE_THE_PIT, VALUES, 0.5),
            ([[[1.0, 1, 2.0, False]], [[0.5, 0, 0.0, True], [0.5, 1, 1.0, False]]], [3.0, 4.0], 1.0),
        ],
        answer=dice_value,
        starter=best_value,
        hints=(
            "The cell gives you the value of the *best* action. What do the dice do with the four values?",
            "The dice take each action equally often, so what counts is the mean of the four values.",
            "Add the values of all actions up, then divide by how many actions there are: `len(choices)`.",
        ),
        praise=(
            "That is right. Repeated until nothing changes, it says that the start is worth -0.40 to a robot with "
            "dice, and 0.37 to the best one."
        ),
    ),
    "q3": BugHunt(
        question=(
            "This update of a Q-table has two bugs that are often made. Find both: the function gives back the new "
            "value of `q[state][action]`."
        ),
        points=2,
        name="new_value",
        inputs=[
            (Q, 0, 1, -0.04, 1, False, 0.5, 0.9),
            (Q, 0, 3, 1.0, 3, True, 0.5, 0.9),
            (Q, 1, 2, -1.0, 3, True, 0.1, 0.9),
            (Q, 1, 0, -0.04, 0, False, 1.0, 0.5),
            (Q, 0, 2, -0.04, 2, False, 0.5, 0.9),
        ],
        answer=new_value,
        starter=shipped_value,
        hints=(
            "The robot stands in the next cell. Must it do there what it has just done?",
            "What is the row `q[after]` good for when the episode has ended, and nothing comes after it?",
            "After a termination, `wanted` is the reward alone. Otherwise take `max(q[after])`.",
        ),
        praise=(
            "Both are mended. The first bug learns what the same action brings again; the second one waits for prizes "
            "after the end."
        ),
    ),
    "q4": Choice(
        question="“Reinforcement learning is a type of dynamic programming.” Why is this only half true?",
        points=1,
        choices={
            "a": (
                "Dynamic programming needs no rewards; reinforcement learning lives on them.",
                "Look at the sum in Bellman's equation: the reward stands in it, in both.",
            ),
            "b": (
                "Both use Bellman's equation. But one computes with the known rules, and the other tries and samples.",
                "Same equation, other knowledge: without the rules one must act to learn, and so one must explore.",
            ),
            "c": (
                "Reinforcement learning finds another policy, even if it has all the time in the world.",
                "You have compared them: with enough tries both agree on which actions are best.",
            ),
            "d": (
                "Dynamic programming works on small worlds only, and reinforcement learning is for large ones.",
                "The size helps to choose, but Q-learning has just worked on twelve cells. What did it not know?",
            ),
        },
        answer="b",
        hints=("Which of the two could run while the robot stands still?",),
    ),
    "q5": Target(
        question=f"Find settings with which ten of ten learners have a return of at least {RETURN_BAR:g}.",
        points=2,
        what="worst return of ten learners",
        bar=RETURN_BAR,
        higher=True,
        probe=worst_return,
        hints=(
            "There are two faults. The plot says which discounts make the right side worth the way.",
            "A learner that never was on the right does not know that there is a prize. What makes it go there?",
            "Begin with many actions by chance, and let the share fall: `explore_first` well above `explore_last`.",
        ),
        praise="Ten of ten: they all came by the large prize, and it counted.",
    ),
    "q6": stretch(
        Target(
            question=f"Sixteen clean laps on a table, in {LAP_BAR:g} s or less on average.",
            what="mean lap",
            bar=LAP_BAR,
            unit="s",
            probe=mean_lap,
            hints=(
                "Nobody laps faster than the list of actions allows: which numbers in it are speeds?",
                "A faster car needs to see farther: move the borders, and think of the time that it takes to turn.",
                "Small steps: 1.2 m/s first. Fails one seed? Train longer, or take another seed.",
            ),
            praise="A table that laps at that pace: most of it was choosing what it may see and do.",
        )
    ),
}
