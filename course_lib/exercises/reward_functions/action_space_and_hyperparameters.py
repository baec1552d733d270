"""Exercises of 04_action_space_and_hyperparameters: what a car may do, and how it learns."""

from __future__ import annotations

from course_lib.exercises.kinds import BugHunt, FillBlank, Match, OwnWords, Predict, Target

MOST_ACTIONS, LAP_BAR = 9, 9.0  # actions; s


def lap_of_few(value):
    """The mean lap in s of sixteen cars that all finish with few actions, driven here; of `try_out`, or of a policy."""
    from course_lib.exercises.driven import mean_lap_on_camp, trained_policy

    most = 9
    if type(value).__name__ in ("ActionSpace", "ActionSpaceBuilder", "ModelMetadata"):
        return "That is an action space, and no car has learnt with it yet: hand in what `try_out` gave you."
    value = trained_policy(value)
    if not hasattr(value, "act"):
        return value
    count = getattr(getattr(value, "action_space", None), "n", None)
    if count is None:
        return "This car has a continuous action space, and a list of actions is asked for."
    if count > most:
        return f"This car has {count} actions, and {most} are the most."
    return mean_lap_on_camp(value)


def bugs_left(value):
    """True for the file that was meant; else a sentence about what can be seen of it."""
    from course_lib.deepracer.model_metadata import ModelMetadata, ModelMetadataError

    if isinstance(value, ModelMetadata):
        value = value.to_dict()
    if not isinstance(value, dict):
        return "Hand in the whole dict, with its action_space."
    try:
        metadata = ModelMetadata.from_dict(value, "Your file")
    except ModelMetadataError as error:
        return f"It is refused. {error}"
    if metadata.action_space_type != "discrete":
        return "It can be read, but its action space is continuous: keep the list."
    pairs = [(entry["steering_angle"], entry["speed"]) for entry in metadata.action_space]
    angles, speeds = sorted({angle for angle, _ in pairs}), sorted({speed for _, speed in pairs})
    if angles == [-30, -15, 0, 15, 30] and speeds == [1, 2] and len(pairs) == len(set(pairs)) == 10:
        return True
    told = f"It can be read: {len(pairs)} entries, {len(set(pairs))} different ones."
    if len(pairs) != len(set(pairs)):
        return f"{told} Look at the fan in the next cell: is each arrow there?"
    listed = ", ".join(f"{angle:g}" for angle in angles)
    return (
        f"{told} The angles are {listed}, the speeds {', '.join(f'{speed:g}' for speed in speeds)}. Was that the plan?"
    )


EXERCISES = {
    "q1": Predict(
        question="Sixteen cars that cannot steer to the left: how many percent of a lap do they manage on average?",
        points=1,
        low=0,
        high=100,
        tolerance=8,
        unit="%",
        hints=("They start all over the track. How far is it, on average, to the next left bend?",),
        lesson="They get as far as the next bend to the left, and no training changes that.",
    ),
    "q2": Target(
        question=f"At most {MOST_ACTIONS} actions, and 16 clean laps in {LAP_BAR:g} s or less on average.",
        points=2,
        what="mean lap",
        bar=LAP_BAR,
        unit="s",
        probe=lap_of_few,
        hints=(
            "With 1 m/s, a lap of 17.7 m takes 16 seconds or more. How fast must the fastest action be?",
            "`speeds=(1.0, 2.5)` gives two speeds. How many angles can you then afford?",
            "Not every car needs a slow action: at 2 m/s it can still drive the bends of camp. Try 5 angles at 2 m/s.",
        ),
        praise="A short list, and all that the track asks for is in it.",
    ),
    "q3": BugHunt(
        question="Find the three bugs in the metadata: 5 angles, each with 1 and with 2 m/s, are wanted.",
        points=2,
        answer=True,
        name="broken",
        probe=bugs_left,
        hints=(
            "The check names the entry that is refused. They are counted from 0.",
            'A speed is a number. `"2 m/s"` is a text, and a unit does not belong there.',
            "When it can be read: go through the list. Each angle must stand there twice.",
        ),
        praise="All ten actions are there. The third bug would have cost a training: nothing refuses such a file.",
    ),
    "q4": FillBlank(
        question="How many seconds does a car look ahead with this discount?",
        points=1,
        name="seconds_ahead",
        answer=lambda discount: 1 / (1 - discount) / 15,
        inputs=((0.5,), (0.9,), (0.99,), (0.999,)),
        unit="s",
        tolerance=1e-6,
        hints=(
            "1 / (1 - discount) is a number of steps.",
            "There are 15 steps in a second. So divide by 15.",
        ),
        praise="0.99 looks 6.7 seconds ahead, nearly a whole lap; 0.9 less than a second.",
    ),
    "q5": Match(
        question="Which setting does it? Give each effect the name of its hyperparameter.",
        points=2,
        answer={
            "rewards of the far future count more": "discount_factor",
            "each correction of the network is larger": "lr",
            "more episodes are driven before the network learns from them": "num_episodes_between_training",
            "the same episodes are gone through more often": "num_epochs",
            "trying things out is paid for": "beta_entropy",
            "one correction is averaged over more steps": "batch_size",
        },
        nudges={
            "rewards of the far future count more": "which one decides how far ahead the car looks?",
            "each correction of the network is larger": "not how many steps go into a correction, but how far it goes.",
            "more episodes are driven before the network learns from them": "its name says nearly the same.",
            "the same episodes are gone through more often": "an epoch is one walk through all that was driven.",
            "trying things out is paid for": "entropy is a measure of how undecided the car is.",
            "one correction is averaged over more steps": "a batch is the heap of steps behind one correction.",
        },
        hints=("The column “what it does” in the table of section 6 says it in other words.",),
    ),
    "q6": OwnWords(
        question="What did you change, what did you expect, what came out, and how sure are you?",
        points=1,
        words=15,
        hints=("Compare the two seeds of the same setting first: how far apart are they by chance alone?",),
    ),
}
