"""Exercises of 01_td3_step_by_step: an action that is a number, an actor that climbs, a critic that promises."""

from __future__ import annotations

from course_lib.agents.ddpg_parts import NOISE
from course_lib.exercises.kinds import BugHunt, Choice, FillBlank, OwnWords, Predict


def goals_of(value, rewards, terminated, truncated, next_q, gamma):
    """What the function makes of tensors, as a list."""
    import torch

    parts = [torch.tensor(part) for part in (rewards, terminated, truncated, next_q)]
    answer = value(*parts, gamma)
    if answer is not None and answer is not Ellipsis and not isinstance(answer, torch.Tensor):
        return f"It returned a value of type {type(answer).__name__}: a tensor is due, with one number for each step."
    return answer


def goals(rewards, terminated, truncated, next_q, gamma):
    return [reward + gamma * (1.0 - end) * following for reward, end, following in zip(rewards, terminated, next_q)]


def explored(value, angles, rolls, reach):
    """What the function makes of arrays (n, 1), as a list."""
    import numpy as np

    answer = value(np.array(angles)[:, None], np.array(rolls)[:, None], reach)
    if not isinstance(answer, np.ndarray):
        return answer
    if answer.shape != (len(angles), 1):
        return f"It returned an array of the shape {answer.shape}: {(len(angles), 1)} is due, as of the angles."
    return answer[:, 0].tolist()


def angles_with_noise(angles, rolls, reach):
    return [min(max(angle + NOISE * reach * roll, -reach), reach) for angle, roll in zip(angles, rolls)]


def unscaled(angles, rolls, reach=30.0):
    import numpy as np

    return np.clip(angles + 0.1 * rolls, -reach, reach)


EXERCISES = {
    "q1": FillBlank(
        question="Seven joints, ten angles for each: how many actions has the arm, all joints together?",
        points=1,
        answer=10_000_000,
        hints=(
            "Two joints: for each of the ten angles of the first, the second can have any of its ten.",
            "Each further joint makes it ten times as many.",
        ),
        praise="Ten million Q-values for one step, and ten angles for each joint are still coarse.",
    ),
    "q2": FillBlank(
        question=(
            "`my_wanted(rewards, terminated, truncated, next_q, gamma)` gives what the critic should have said for "
            "each step: the reward, and gamma times `next_q` where the future goes on."
        ),
        points=2,
        name="my_wanted",
        probe=goals_of,
        inputs=[
            ([0.1, 0.2, -0.1], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [2.0, 1.0, -1.0], 0.95),
            ([0.1, -1.0], [0.0, 1.0], [0.0, 0.0], [2.0, 2.0], 0.95),
            ([0.1, 0.1], [0.0, 0.0], [0.0, 1.0], [2.0, 2.0], 0.95),
            ([-1.0, 0.5], [1.0, 0.0], [1.0, 1.0], [3.0, 3.0], 0.5),
        ],
        answer=goals,
        tolerance=1e-5,
        starter=lambda rewards, terminated, truncated, next_q, gamma=0.95: rewards,
        hints=(
            "Write the formula first, as if no episode ever ended: `rewards + gamma * next_q`.",
            "The flags are numbers, 1.0 or 0.0. By which number must `next_q` be multiplied, so that it is gone "
            "after a termination?",
            "`1 - terminated` is 0 after a termination and else 1. The other flag is not needed.",
        ),
        praise="That is right. The clock is a rule of the experiment, and the car knows nothing of it.",
    ),
    "q3": Choice(
        question="The optimiser of the actor's step gets the critic's weights as well. What happens?",
        points=1,
        choices={
            "a": (
                "Both learn faster, as they work together.",
                "Work together at what? The loss is minus Q. Which weights can make Q larger without any driving?",
            ),
            "b": (
                "The critic learns to say large numbers, whatever the car does.",
                "Its promises rise, and no metre more is driven: the judge may only learn from what came.",
            ),
            "c": (
                "Nothing: the loss is computed from the actor's angles.",
                "The gradient runs through the critic to get to the actor. It leaves a slope in each of its weights.",
            ),
            "d": (
                "There is an error, since the networks have other shapes.",
                "An optimiser takes weights of any shape. No error comes, and that is the trouble.",
            ),
        },
        answer="b",
        hints=("The step makes Q larger. Is it easier to steer better, or to judge more kindly?",),
    ),
    "q4": BugHunt(
        question=(
            "`my_explore(angles, rolls, reach)` adds noise to angles; its standard deviation is a tenth of `reach`, "
            "and no angle is beyond `reach`. Repair it."
        ),
        points=2,
        name="my_explore",
        probe=explored,
        inputs=[
            ([0.0, 10.0, -10.0], [1.0, 0.0, -1.0], 30.0),
            ([0.0, 2.0], [1.0, -2.0], 5.0),
            ([29.0, -29.0, 28.0], [1.0, -1.0, -2.0], 30.0),
            ([0.5, -0.5], [1.0, 1.0], 1.0),
        ],
        answer=angles_with_noise,
        starter=unscaled,
        hints=(
            "A roll of 1 should move the wheels by a tenth of 30 degrees. By how much does it move them now?",
            "The number 0.1 is a share. A share of what?",
            "Multiply the noise by `reach`, and leave `np.clip` where it is.",
        ),
        praise="That is right, for wheels that turn 30 degrees and for those that turn 5.",
    ),
    "q5": Predict(
        question=(
            "A thousand updates with rewards that are right on average: in how many of 100 moments is the promise "
            "above what really comes?"
        ),
        points=1,
        low=0,
        high=100,
        tolerance=15,
        unit="of 100",
        lesson="The errors are 0 on average, but the actor does not choose on average: it climbs.",
    ),
    "q6": OwnWords(
        question="Why does a critic with errors that are 0 on average promise too much when an actor climbs it?",
        points=1,
        words=20,
    ),
}
