"""Exercises of 07_deep_q_network: what a network needs to say what an action is worth, and three true bugs."""

from __future__ import annotations

from course_lib.agents.corridor_dqn import best_next, blend, goes_on
from course_lib.exercises.kinds import BugHunt, Choice, Predict, Target

FLAGS_BAR, STEPS_BAR = 90, 8_000


def steps_if_it_climbs(value):
    """The environment steps of a training whose policy reaches 90 of 100 flags, or the number itself."""
    if isinstance(value, str):
        return "That is a text: hand in what `dqn.train` gave you."
    if hasattr(value, "act"):
        return "That is the policy alone: hand in all that `dqn.train` gave you, so that its steps are known."
    if not hasattr(value, "policy") or not hasattr(value, "history"):
        return value
    import numpy as np

    from course_lib.sim.toys.mountain_car import steps_to_flag

    flags = int(np.isfinite(steps_to_flag(value.policy)).sum())
    if flags < 90:
        return f"After {value.history[-1]['steps']:,} steps it reaches {flags} of 100 flags; at least 90 are due."
    return value.history[-1]["steps"]


def published_blend(target, online, tau):
    target = [0.0 for _ in target]
    return [(1 - tau) * old + tau * new for old, new in zip(target, online)]


def published_best_next(q_rows):
    return [max(column) for column in zip(*q_rows)]


def published_goes_on(terminated, truncated):
    return not (terminated or truncated)


EXERCISES = {
    "q1": Predict(
        question="100 cars take actions by chance, 200 steps each. How many of them reach the flag?",
        points=1,
        low=0,
        high=100,
        tolerance=2,
        unit="of 100",
        hints=("To come up high, the car must push the same way for many steps. How often do dice do that?",),
        lesson="A learner that begins with dice does not even learn that there is a flag.",
    ),
    "q2": Choice(
        question="What is the target network for?",
        points=1,
        choices={
            "a": (
                "It drives while the other network learns.",
                "The learning network drives itself. Look at `targets`: who is asked there, and about what?",
            ),
            "b": (
                "It keeps the goal still for a while: an update of the network would move its own goal too.",
                "A network that learns from its own answers chases its own tail; a slow copy gives it a hold.",
            ),
            "c": (
                "It has more layers, so it knows better.",
                "It has the same layers: it is a copy that follows slowly.",
            ),
            "d": (
                "It remembers steps of the past.",
                "That is the memory's work. The target network keeps old weights, and no steps.",
            ),
        },
        answer="b",
        hints=(
            "Compare the two numbers of the cell above: how far does the goal move with one update, in either case?",
        ),
    ),
    "q3": Target(
        question=(
            f"Reach at least {FLAGS_BAR} of 100 flags after a training of {STEPS_BAR:,} environment steps or less. "
            "With more steps you get half the points."
        ),
        points=2,
        what="number of steps",
        bar=STEPS_BAR,
        unit="steps",
        probe=steps_if_it_climbs,
        for_finishing=0.5,
        hints=(
            "Before `warm_up` steps are over nothing is learnt. How many are left of 2,000?",
            "The memory can be asked more often: `updates=2` learns twice from each step of all cars.",
            "Try 8,000 steps with `updates=2` and `explore_share=0.9`.",
        ),
        praise="Fewer steps for more computing: that is what a memory is for.",
    ),
    "q4": BugHunt(
        question=(
            "`blend(target, online, tau)` moves each weight of the target network a part `tau` of the way towards the "
            "online network's. Repair it."
        ),
        points=2,
        name="blend",
        inputs=[
            ([0.0, 0.0], [1.0, -2.0], 0.125),
            ([4.0, 8.0], [0.0, 16.0], 0.5),
            ([2.0, -2.0, 7.0], [2.0, -2.0, 7.0], 0.125),
            ([1.0], [3.0], 1.0),
        ],
        answer=blend,
        starter=published_blend,
        hints=(
            "Blend a target of 8 with an online 8. What should come out, and what does?",
            "`(1 - tau) * old` should keep a part of the old weight. Which line leaves nothing to keep?",
            "The first line of the body is the bug. What remains is right without it.",
        ),
        praise="That is right: equal networks stay equal, and a target that lags behind comes closer.",
    ),
    "q5": BugHunt(
        question=(
            "`best_next(q_rows)` gets one row for each remembered step, with what each action is worth in the state "
            "that came after. For each row it should return the largest value. Repair it."
        ),
        points=2,
        name="best_next",
        inputs=[
            ([[-3.0, -1.0, -2.0], [-9.0, -8.0, -7.0], [-4.0, -5.0, -6.0]],),
            ([[-1.0, -2.0, -3.0], [-6.0, -5.0, -4.0]],),
            ([[0.5, 1.5], [2.5, -2.5], [3.5, 3.5], [-1.0, -2.0]],),
            ([[7.0]],),
        ],
        answer=best_next,
        starter=published_best_next,
        hints=(
            "Two remembered steps, three actions: how many numbers are due? How many does the published code give?",
            "`zip(*q_rows)` turns rows into columns. What is in one column: one step, or one action?",
            "Go over the rows themselves: `for row in q_rows`.",
        ),
        praise="That is right: each step asks about its own next state, and never about a stranger's.",
    ),
    "q6": BugHunt(
        question=(
            "`goes_on(terminated, truncated)` says whether anything is to come after a step: True or False. Repair it: "
            "an episode that was cut by the clock would have gone on."
        ),
        points=1,
        name="goes_on",
        inputs=[(False, False), (True, False), (False, True), (True, True)],
        answer=goes_on,
        starter=published_goes_on,
        hints=(
            "The car stands in the trough when the 200 steps are over. Is the trough a place where all trouble ends?",
            "Only one of the two words tells of an end that belongs to the world. Which one?",
        ),
        praise="That is right. The clock is a rule of the experiment; the car knows nothing of it.",
    ),
}
