"""Exercises of 01_first_lap: see, drive, programme and train a car, and learn the words for it."""

from __future__ import annotations

from course_lib.exercises.kinds import Choice, Match, OwnWords, Predict, Target, stretch

RULE_BAR, REWARD_BAR = 15.0, 6.5  # s


def fastest_lap(value):
    """The fastest lap in s of sixteen cars that all finish; of a rule, of lap results, or the number itself."""
    results = value
    if isinstance(value, str):
        return "That is a text: hand in your rule, by its name."
    if callable(value):
        from course_lib.drivers.by_rule import RuleDriver
        from course_lib.sim.laps import run_laps

        results = run_laps(RuleDriver(value), "camp", starts=16)
    if not hasattr(results, "lap_times"):
        return results
    finished = int(results.clean.sum())
    if finished < len(results.clean):
        way = float(results.progress.mean())
        return (
            f"{finished} of {len(results.clean)} cars finished their lap; on average they got {way:.0f} % of the way."
        )
    return float(results.lap_times.min())


def mean_lap(value):
    """The mean lap in s of lap results, or a list of them, in which all cars finish; or the number itself."""
    if isinstance(value, str):
        return "That is a text: hand in what `run_laps` gave you."
    results = value if isinstance(value, (list, tuple)) else [value]
    if not results or not all(hasattr(laps, "lap_times") for laps in results):
        return value
    cars = sum(len(laps.clean) for laps in results)
    finished = sum(int(laps.clean.sum()) for laps in results)
    if finished < cars:
        way = sum(float(laps.progress.sum()) for laps in results) / cars
        return f"{finished} of {cars} cars finished their lap; on average they got {way:.0f} % of the way."
    return sum(float(laps.lap_times.sum()) for laps in results) / cars


EXERCISES = {
    "q1": Predict(
        question="Sixteen cars drive by dice. How many percent of a lap do they manage on average?",
        points=1,
        low=0,
        high=100,
        tolerance=5,
        unit="%",
        hints=("Dice steer left as often as right, so the car goes about straight on. How long is the road straight?",),
        lesson="Chance alone never brings a car round: this is where every learner begins.",
    ),
    "q2": Target(
        question=f"Make all sixteen cars finish with your rule; then bring its fastest lap to {RULE_BAR:g} s or less.",
        points=2,
        what="fastest lap",
        bar=RULE_BAR,
        unit="s",
        probe=fastest_lap,
        for_finishing=0.5,
        hints=(
            "The cars turn the right way, but not enough. Which number says how much?",
            "Try 1, then 2, then 4 in place of 0.5, and count the cars that finish.",
            "Once all finish, raise the speed in small steps: -0.7, then -0.6. Go back when a car leaves the road.",
        ),
        praise="Your numbers drive the car. Next, it finds numbers by itself.",
    ),
    "q3": Choice(
        question="Which of these is the policy of the pupil?",
        points=1,
        choices={
            "a": ("the track camp", "The track belongs to the environment: it answers to what the pupil does."),
            "b": (
                "the network: the state goes in, steering and speed come out",
                "A policy turns each state into an action, and training changed its numbers.",
            ),
            "c": ("the points for each step", "That is the reward. It says how good a step was, not what to do next."),
            "d": ("steering 0.3, speed 0.8", "That is one action. A policy has an action for every state."),
        },
        answer="b",
        hints=("What changed while the pupil learnt?",),
    ),
    "q4": Match(
        question="Give each thing its word: agent, environment, state, action, reward, episode or policy.",
        points=2,
        answer={
            "the road, the car and their physics": "environment",
            "the numbers that the car sees": "state",
            "steering 0.3, speed 0.8": "action",
            "0.18 points for 18 cm": "reward",
            "from the start to the crash": "episode",
            "the rule `steering = 2 * left`": "policy",
            "whoever decides where to steer": "agent",
        },
        nudges={
            "the road, the car and their physics": "they answer to every command, whoever drives.",
            "the numbers that the car sees": "they go into the driver, before it decides.",
            "steering 0.3, speed 0.8": "this comes out of the driver, 15 times a second.",
            "0.18 points for 18 cm": "it comes after a step, and says how good the step was.",
            "from the start to the crash": "it has a beginning and an end.",
            "the rule `steering = 2 * left`": "it says what to do for every value of `left`.",
            "whoever decides where to steer": "it may be you, a rule or a network: the one who acts.",
        },
        hints=(
            "Begin with what goes into a driver, and what comes out of it.",
            "One word is for a single decision, another one for the way in which all decisions are made.",
        ),
    ),
    "q5": OwnWords(
        question="Why does the car crawl, although nobody told it to be slow? Two or three sentences.",
        points=1,
        words=15,
        hints=("Count the points of a slow lap and of a fast one. Which return is larger?",),
    ),
    "q6": stretch(
        Target(
            question=f"A reward of yours: sixteen clean laps, in {REWARD_BAR:g} s or less on average.",
            what="mean lap",
            bar=REWARD_BAR,
            unit="s",
            probe=mean_lap,
            hints=(
                "With points for speed alone, what does the car lose by leaving the road? What could it lose?",
                "Give less for the same speed near the border: multiply by something that is 1 in the middle, 0 there.",
                "A harder task needs more steps: try 200_000.",
            ),
            praise="Sixteen clean laps at that pace: your reward asks for what you want.",
        )
    ),
}
