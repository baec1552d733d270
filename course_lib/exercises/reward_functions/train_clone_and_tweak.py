"""Exercises of 05_train_clone_and_tweak: go on from a parent, stop in time, and test on tracks never seen."""

from __future__ import annotations

from course_lib.exercises.kinds import Choice, FillBlank, OwnWords, Predict, Target

BAR, LAPS = 60, 64


def is_a_child(go_on):
    """True if what ``go_on(parent, reward, steps)`` gives back was trained from the parent; or what is wrong."""
    from course_lib.console.training import Job, train
    from course_lib.deepracer.reward_function import RewardFunction

    source = "def reward_function(params):\n    return float(params['speed'])\n"
    parent = train(Job(steps=1, seed=12_345)).policy
    before = {name: value.clone() for name, value in parent.network.state_dict().items()}
    result = go_on(parent, RewardFunction(source, "speed"), 2048)
    child = getattr(result, "policy", result)
    if not hasattr(child, "network"):
        return f"`go_on` gave back {type(child).__name__}: return what `train` gives."
    if any(not value.equal(before[name]) for name, value in parent.network.state_dict().items()):
        return "The parent itself was changed: it must stay as it was."
    if child is parent:
        return "That is the parent itself: nothing was trained."
    theirs = child.network.state_dict()
    if all(value.equal(before[name]) for name, value in theirs.items()):
        return "The child has exactly the parent's weights: nothing was trained."
    # One update moves a weight by little; another start differs by the size of the weights themselves.
    first = next(name for name in before if name.startswith("actor") and name.endswith("weight"))
    moved = float((theirs[first] - before[first]).abs().mean() / before[first].abs().mean())
    if moved > 0.5:
        share = f"{100 * moved:.0f} % of their size"
        return f"The weights differ from the parent's by {share}: this car began anew, as a baby."
    return True


def held_out_laps(value):
    """Clean laps of 64 on four tracks that the policy was not trained on; of a policy or `Trained`, or why not."""
    policy = getattr(value, "policy", value)
    if isinstance(value, (int, float)):
        return "That is a number: hand in your trained car itself, what `train` gave you."
    if not hasattr(policy, "act"):
        return f"That is no trained car but {type(value).__name__}: hand in what `train` gave you."
    from course_lib.sim.laps import run_laps

    tests = ("chicane", "hairpin", "downtown", "river")
    trained_on = str(getattr(policy, "env_kwargs", {}).get("track"))
    if trained_on not in ("camp", "oval"):
        return f"It was trained on {trained_on}: only camp and oval are allowed, the others are held out."
    return sum(int(run_laps(policy, track).clean.sum()) for track in tests)


def best_checkpoint(history):
    known = [row for row in history if row.get("score") is not None]
    return max(known, key=lambda row: row["score"])["steps"]


def _history(*rows: tuple) -> list[dict]:
    names = ("steps", "reward", "score")
    return [dict(zip(names, row)) for row in rows]


HISTORIES = (
    _history((2048, 0.4), (4096, 0.6, 41.0), (6144, 0.9), (8192, 0.8, 108.1), (10240, 1.0, 104.0)),
    _history((2048, 0.1, None), (4096, 0.2, 12.5), (6144, 0.5, None), (8192, 0.4, 11.0)),
    _history((2048, 0.5, 109.2), (4096, 0.7, 55.0), (6144, 0.9, 109.2), (8192, 1.2, 60.0)),
    _history((1000, -3.0, 0.0), (2000, -2.0, 0.0), (3000, -1.0)),
    _history((2048, 1.9), (4096, 1.1, 7.0), (6144, 0.3, 109.9), (8192, 0.2, 110.4)),
)

EXERCISES = {
    "q1": FillBlank(
        question="Mend `go_on`, so that the training starts from the parent.",
        points=1,
        name="go_on",
        answer=True,
        probe=is_a_child,
        hints=(
            "Where in your function is the parent used?",
            "`train` has an argument for it: you have just read its name above.",
            "`return train(job, clone_from=parent)` is the last line.",
        ),
        praise="The child begins where its parent ended.",
    ),
    "q2": Choice(
        question="You have 8 hours on a rented machine, and an untested reward. What do you do?",
        points=1,
        choices={
            "a": (
                "train for 8 hours; more is better",
                "If the reward pays for the wrong thing, you will know it after 8 hours, and they are gone.",
            ),
            "b": (
                "train for 8 hours, in eight parts of one hour, without looking: each a clone of the one before",
                "Cutting alone changed little here. What helps is what you do between two parts.",
            ),
            "c": (
                "train for half an hour, look at laps and log, tweak, clone or begin anew, and give the best most time",
                "You find the mistake while it is cheap, and the long training goes to a reward that you have seen.",
            ),
            "d": (
                "train many rewards for a moment each, and hand in the best car",
                "A fair first round. But your best reward has then had a moment of your 8 hours.",
            ),
        },
        answer="c",
        hints=("What cost most in the table above: too few steps, or the wrong reward?",),
    ),
    "q3": FillBlank(
        question="Return the steps of the row with the best score; of equal scores, the earlier one.",
        points=2,
        name="best_checkpoint",
        answer=best_checkpoint,
        inputs=tuple((history,) for history in HISTORIES),
        hints=(
            "Which of the two witnesses does the function ask, and which should it ask?",
            'A row may lack the score: `row.get("score")` gives None then, where `row["score"]` would stop.',
            "Begin with `best = None`, and take a row with a score if `best` is None or its score is larger.",
        ),
        praise="By evaluation, not by reward: this is how the course keeps its own policies.",
    ),
    "q4": Predict(
        question="Trained on oval, driven on camp: how many of 16 laps does the car finish?",
        points=1,
        low=0,
        high=16,
        tolerance=2,
        unit="laps",
        hints=("Which way do the turns of oval go, and those of camp?",),
        lesson="A car knows what it has met. An easy school makes a car that looks perfect, until it leaves home.",
    ),
    "q5": Target(
        question=f"Trained on camp and oval only: {BAR} of {LAPS} clean laps on chicane, hairpin, downtown and river.",
        points=2,
        what="count of clean laps on held-out tracks",
        bar=BAR,
        higher=True,
        unit="laps",
        probe=held_out_laps,
        hints=(
            "Look at the table again: which row did best on tracks that it had not seen?",
            "`Job(track=..., alternate=True, ...)` drives both ways round.",
            "Give camp, both ways, 60_000 steps or more, and only then think of a clone.",
        ),
        praise="Four tracks that it has never met: this car has learnt to drive.",
    ),
    "q6": OwnWords(
        question="Another night of training on camp, to be sure: what do you advise?",
        points=1,
        words=25,
        hints=("What would another night on camp teach, and what would it not? How would they find out?",),
    ),
}
