"""Exercises of 06_ppo: advantages by hand, the clip, and a race of settings."""

from __future__ import annotations

from course_lib.exercises.kinds import BugHunt, Choice, FillBlank, OwnWords, Predict, Target
from course_lib.exercises.rl_basics.first_lap import mean_lap

LAP_BAR = 6.0  # s


def gae(rewards, values, gamma, lam):
    advantages, running = [0.0] * len(rewards), 0.0
    for t in reversed(range(len(rewards))):
        running = rewards[t] + gamma * values[t + 1] - values[t] + gamma * lam * running
        advantages[t] = running
    return advantages


def judge(rewards, values, ends, gamma, lam):
    advantages, running = [0.0] * len(rewards), 0.0
    for t in reversed(range(len(rewards))):
        goes_on = 0.0 if ends[t] else 1.0
        surprise = rewards[t] + gamma * goes_on * values[t + 1] - values[t]
        running = advantages[t] = surprise + gamma * lam * goes_on * running
    return advantages


def judge_without_ends(rewards, values, ends, gamma, lam):
    return gae(rewards, values, gamma, lam)


EXERCISES = {
    "q1": Predict(
        question="16 epochs without the clip, everything else as before. What is the mean score of the seeds?",
        points=1,
        low=0,
        high=120,
        tolerance=15,
        unit="points",
        hints=("Sixteen times the same drive: whom does it describe after the tenth time?",),
        lesson="The steps, the seeds and the network are the same. Only the brake is missing.",
    ),
    "q2": FillBlank(
        question="Write `gae(rewards, values, gamma, lam)`: the advantage of each step, computed from the back.",
        points=2,
        name="gae",
        inputs=[
            ([1.0, 1.0, 3.0, 1.0, -1.0], [2.0, 2.0, 2.0, 2.0, 2.0, 0.0], 0.5, 0.5),
            ([1.0], [0.0, 2.0], 0.9, 0.5),
            ([0.2, 0.1, -1.0], [1.0, 0.5, 0.4, 0.3], 0.97, 0.95),
            ([0.2, 0.1, -1.0], [1.0, 0.5, 0.4, 0.3], 0.97, 0.0),
        ],
        answer=gae,
        hints=(
            "The surprise of step t needs `rewards[t]`, `values[t]` and the value after it. Which index has that one?",
            "From the back, `running` still holds the advantage of the next step. What share of it is passed on?",
            "The surprises are in the cell with the pencil numbers; to each comes `gamma * lam` times `running`.",
        ),
        praise="That is GAE. A few lines judge every action of every car.",
    ),
    "q3": BugHunt(
        question="Repair `judge`: nothing of the next episode may count for the one before.",
        points=2,
        name="judge",
        inputs=[
            ([1.0, -1.0, 1.0], [2.0, 2.0, 2.0, 2.0], [False, True, False], 0.5, 0.5),
            ([1.0, 1.0], [0.0, 4.0, 4.0], [False, False], 0.5, 1.0),
            ([0.2, -1.0, 0.3, -1.0], [1.0, 0.5, 0.8, 0.4, 0.9], [False, True, False, True], 0.97, 0.95),
        ],
        answer=judge,
        starter=judge_without_ends,
        hints=(
            "Two things reach over the border of two episodes: a value, and a sum.",
            "After the end the value to come is 0. And what may `running` bring back from the next episode?",
            "Make a factor that is 0 where `ends[t]` is True, else 1. Put it in both lines, where the future enters.",
        ),
        praise="An end cuts twice: the critic's guess of what follows, and the running sum.",
    ),
    "q4": Choice(
        question=(
            "A bad action (A = -1) has become more likely by accident: its ratio is 1.5. The clip is 0.2. "
            "What does this sample do?"
        ),
        points=1,
        choices={
            "a": (
                "nothing: 1.5 is outside 0.8 to 1.2, so the gradient is 0",
                "Look at the picture at 1.5: is the line of the bad action flat? Compare the two numbers in `min`.",
            ),
            "b": (
                "it pushes the action's probability down",
                "The smaller of -1.5 and -1.2 is -1.5, without the clip. A mistake may always be taken back.",
            ),
            "c": (
                "it pushes the action's probability up",
                "The objective is to become larger. Along the line of the bad action, which way is up?",
            ),
            "d": (
                "nothing: bad actions have no gradient",
                "Bad actions teach as much as good ones. The line of the bad action is flat in one part only.",
            ),
        },
        answer="b",
        hints=(
            "Find the ratio 1.5 on the line of the bad action. Is it flat there?",
            "Work out both numbers in the formula: 1.5 times A, and the clipped ratio times A. Which one is smaller?",
        ),
    ),
    "q5": OwnWords(
        question="Why may PPO go through the same drive several times? Use the words ratio and clip.",
        points=1,
        words=15,
        hints=("Whom does the drive describe? What says how far the policy is from that one?",),
    ),
    "q6": Target(
        question=f"Settings with which all cars of all seeds finish, in {LAP_BAR:g} s or less on average.",
        points=2,
        what="mean lap",
        bar=LAP_BAR,
        unit="s",
        probe=mean_lap,
        for_finishing=0.5,
        hints=(
            "Steps are given. What gets more out of the same steps?",
            "Look at the bars of section 6: which one is highest?",
            "Raise `epochs` until it is enough, and leave the clip at its default.",
        ),
        praise="Equal steps, and a faster car: your settings win the race.",
    ),
}
