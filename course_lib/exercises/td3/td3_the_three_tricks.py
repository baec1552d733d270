"""Exercises of 02_td3_the_three_tricks: TD3's goal, two true bugs, and a critic that keeps its word."""

from __future__ import annotations

import numpy as np

from course_lib.agents import td3_parts
from course_lib.exercises.kinds import BugHunt, FillBlank, OwnWords, Predict, Target

GAP_BAR, CLEAN_BAR = 10, 12  # % of what came; laps of 16


def goal_of(value, rewards, goes_on, proposed, rolls, one, two):
    """The goal that a student's function gives, or a sentence on what it asked the critics."""
    import numpy as np

    asked = {}

    def critic(name, height, slope):
        def judge(actions):
            asked.setdefault(name, []).append(np.array(actions, float))
            return height + slope * np.asarray(actions, float)

        return judge

    given = [np.array(numbers, float) for numbers in (rewards, goes_on, proposed, rolls)]
    result = value(*given, critic("critic_one", *one), critic("critic_two", *two))
    for name, lists in asked.items():
        for actions in lists:
            told = f"{name} was asked about the actions {np.round(actions, 3).tolist()}"
            if actions.shape != (len(proposed),) or not np.isfinite(actions).all():
                return f"{told}: one number for each of the {len(proposed)} steps is due."
            if np.abs(actions).max() > 1 + 1e-9:
                return f"{told}: what lies beyond -1 or 1 no car can do, and no memory tells what it is worth."
            far = np.abs(actions - np.array(proposed)).max()
            if far > 0.5 + 1e-9:
                return f"{told}: one is {far:.2f} away from the proposed action, further than `clip` allows."
    if len(asked) == 1:
        name, lists = next(iter(asked.items()))
        return f"Only {name} was asked, about the actions {np.round(lists[0], 3).tolist()}: whose turn is it, too?"
    if len(asked) == 2 and not np.allclose(asked["critic_one"][0], asked["critic_two"][0]):
        return "The two critics were asked about different actions, so their answers cannot be compared."
    return result


def true_goal(rewards, goes_on, proposed, rolls, one, two):
    critics = [lambda actions, line=line: line[0] + line[1] * actions for line in (one, two)]
    return td3_parts.goal(*(np.array(part, float) for part in (rewards, goes_on, proposed, rolls)), *critics).tolist()


def ddpg_goal(rewards, goes_on, proposed, rolls, critic_one, critic_two):
    return rewards + 0.97 * goes_on * critic_one(proposed)


def sorted_parts(value, update, delay):
    """The names that a student's function gives, in alphabetical order."""
    parts = value(update, delay)
    if isinstance(parts, str):
        return f"`my_parts({update}, {delay})` gave the text {parts[:40]!r}: a list of names is due."
    if isinstance(parts, (list, tuple, set)) and all(isinstance(part, str) for part in parts):
        return sorted(parts)
    return parts


def published_parts(update, delay=2):
    return ["critics", "actor", "targets"] if update % delay == 0 else ["actor"]


def followed(value, rate):
    """All numbers of a slow network after a student's function; a sentence where something else is off."""
    import torch

    from course_lib.agents.td3_parts import normalising_network

    slow, fast = normalising_network(seed=1), normalising_network(seed=2)
    fast[0].running_mean += torch.tensor([4.0, -2.0])
    fast[0].running_var += torch.tensor([8.0, 3.0])
    before = {name: numbers.clone() for name, numbers in fast.state_dict().items()}
    old = {name: numbers.clone() for name, numbers in slow.state_dict().items()}
    value(slow, fast, rate)
    if any(not torch.equal(numbers, before[name]) for name, numbers in fast.state_dict().items()):
        return "The fast network was changed. It leads: only the slow one may move."
    now = slow.state_dict()
    stayed = [name for name, numbers in now.items() if torch.equal(numbers, old[name])]
    if stayed and rate > 0:
        name = stayed[-1]
        return (
            f"With rate {rate:g}, `{name}` of the slow network stayed at {old[name].flatten().tolist()}, "
            f"and the fast one's is {before[name].flatten().tolist()}."
        )
    return [round(float(number), 5) for numbers in now.values() for number in numbers.flatten()]


def truly_followed(rate):
    return followed(td3_parts.follow, rate)


def published_follow(slow, fast, rate):
    import torch

    with torch.no_grad():
        for lagging, leading in zip(slow.parameters(), fast.parameters(), strict=True):
            lagging.lerp_(leading, rate)


def gap_if_it_drives(value):
    """How far promise and truth are apart, in % of the truth, of a training whose car drives."""
    if isinstance(value, str):
        return "That is a text: hand in the training itself."
    if isinstance(value, (list, dict)):
        return "That is a collection of trainings: hand in one of them, as the cell does."
    if not hasattr(value, "clean") or not hasattr(value, "history"):
        return value
    if value.clean < 12:
        return f"It drives {value.clean} of 16 laps clean; at least 12 are due, for who stands still promises easily."
    last = value.history[-1]
    return 100.0 * abs(last["promised"] - last["came"]) / abs(last["came"])


EXERCISES = {
    "q1": Predict(
        question=(
            "TD3 believes the lower of two critics. Its cars drive on, and each moment's promise is compared with what "
            "comes. In how many of 100 moments is the promise above what comes?"
        ),
        points=1,
        low=0,
        high=100,
        tolerance=12,
        unit="of 100",
        hints=(
            "If the errors only averaged out, it would be about 50. Do they?",
            "The lower of two errors that are 0 on average: is it above 0, or below?",
        ),
        lesson="The lower of two promises is a cautious one: the error now has the other sign.",
    ),
    "q2": BugHunt(
        question=(
            "`my_parts(update, delay)` says which parts move with an update: the critics with every one, the actor and "
            "the targets with every `delay`-th. Repair it."
        ),
        points=1,
        name="my_parts",
        inputs=[(1, 2), (2, 2), (3, 3), (4, 3), (5, 1)],
        probe=sorted_parts,
        answer=lambda update, delay: sorted(td3_parts.parts_to_move(update, delay)),
        starter=published_parts,
        hints=(
            "With which update number does the published code move the critics, if `delay` is 2?",
            "Who must learn more often: the one who judges, or the one who follows the judgement?",
            "`critics` and `actor` have changed places in the last line.",
        ),
        praise="That is right: the judge learns with every update, and who follows it waits.",
    ),
    "q3": FillBlank(
        question=(
            "`my_goal` is the goal of DDPG. Make it TD3's: noise of `noise * rolls`, no larger than `clip`, is added "
            "to the proposed actions; the actions stay between -1 and 1; and the lower of both critics counts. (In "
            "messages a critic is shown as [height, slope]: it says height + slope times action.)"
        ),
        points=3,
        name="my_goal",
        inputs=[
            ([0.2, -1.0, 0.1], [1, 0, 1], [0.0, 0.5, -0.4], [1.0, -0.5, 0.7], [3.0, 2.0], [2.9, -1.0]),
            ([0.1, 0.1], [1, 1], [0.2, -0.3], [4.0, -6.0], [1.0, -0.5], [4.0, 1.0]),
            ([0.0, 0.3, 0.2], [1, 1, 1], [0.95, -0.9, 0.1], [2.0, -1.5, 0.3], [2.0, 1.0], [1.0, 2.0]),
        ],
        probe=goal_of,
        answer=true_goal,
        starter=ddpg_goal,
        hints=(
            "Work from the inside out: first the noise, then the actions, then what both critics say of them.",
            "`np.clip(x, -clip, clip)` keeps numbers within the clip. It is needed twice, with two different limits.",
            "`np.minimum(one, two)` takes the lower one of each pair. Both critics get the same actions.",
            "In this order: noise = np.clip(noise * rolls, -clip, clip), then np.clip(proposed + noise, -1, 1).",
        ),
        praise="That is right: tricks 1 and 3, in three lines.",
    ),
    "q4": BugHunt(
        question=(
            "`my_follow(slow, fast, rate)` moves the target network a part of the way to the fast one. It forgets the "
            "running means. Repair it: all that decides the answer must follow."
        ),
        points=2,
        name="my_follow",
        inputs=[(0.25,), (1.0,), (0.0,)],
        probe=followed,
        answer=truly_followed,
        tolerance=1e-4,
        starter=published_follow,
        hints=(
            "What gradients move are `parameters()`. What a network keeps besides has another name.",
            "`slow.buffers()` and `fast.buffers()` come in the same order, like the parameters.",
            "A second loop like the first, over `zip(slow.buffers(), fast.buffers())`, inside `torch.no_grad()`.",
        ),
        praise="That is right. A target that keeps its old means answers a question that nobody asked.",
    ),
    "q5": Target(
        question=(
            f"Train a car that drives at least {CLEAN_BAR} of 16 laps clean, and whose critic's promises are on "
            f"average at most {GAP_BAR} % away from what comes."
        ),
        points=2,
        what="gap between promise and truth",
        bar=GAP_BAR,
        unit="%",
        probe=gap_if_it_drives,
        hints=(
            "Which settings in the table promise too much, and which too little?",
            "A critic that looks less far ahead has less to be wrong about. Which setting says how far it looks?",
            "A promise that is still growing is too low. More steps, or a larger `target_rate`, let it arrive.",
            "Try `gamma=0.9` and `steps=5_000`. Then find out whether one critic or two come nearer.",
        ),
        praise="A critic whose word can be taken: useful where its number decides whether to overtake.",
    ),
    "q6": OwnWords(
        question=(
            "A friend has read: *TD3 needs all three tricks, DDPG does not work.* What do your curves and your table "
            "say about the race car, and what would you need to see before you believe either of you?"
        ),
        points=1,
        words=20,
        hints=(
            "Name one trick whose absence your table sets apart, if there is one, and one that it does not.",
            "How many seeds were there, on how many tracks, with how many steps?",
        ),
    ),
}
