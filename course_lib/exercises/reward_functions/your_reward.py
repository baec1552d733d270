"""Exercises of 02_your_reward: what a reward asks for, what a car makes of it, and how to mend it."""

from __future__ import annotations

from course_lib.exercises.kinds import Choice, FillBlank, OwnWords, Predict, Target, stretch

MEND_BAR = 9.0  # s
ROAD = [[0.25 * k, 0.0] for k in range(41)]  # m: a straight of 10 m along x, and back beside it
ROAD += [[10.0 - 0.25 * k, 3.0] for k in range(41)] + [[0.0, 0.0]]


def car(left: float, speed: float, steering: float) -> dict:
    """Parameters of a car on the straight, ``left`` m left of the middle (the road is 0.76 m wide, the car 0.2 m)."""
    return {
        "all_wheels_on_track": abs(left) < 0.3,
        "x": 2.1,
        "y": left,
        "heading": 0.0,
        "distance_from_center": abs(left),
        "projection_distance": 2.1,
        "progress": 10.0,
        "steps": 21.0,
        "speed": speed,
        "steering_angle": steering,
        "track_width": 0.76,
        "track_length": 26.0,
        "waypoints": ROAD,
        "closest_waypoints": [8, 9],
        "is_left_of_center": left > 0,
        "is_offtrack": abs(left) > 0.48,
        "is_reversed": False,
        "is_crashed": False,
        "closest_objects": [0, 0],
        "objects_location": [],
        "objects_left_of_center": [],
        "objects_distance": [],
        "objects_distance_from_center": [],
        "objects_speed": [],
        "objects_heading": [],
        "object_in_camera": False,
        "sim_time": 1.4,
    }


def wish(number: int, holds: str, words: str, *cars: dict) -> tuple:
    return f"wish {number}, {words}", holds, list(cars)


WISHES = (
    wish(1, "more", "in the middle and near the left border", car(0, 2.0, 0.0), car(0.28, 2.0, 0.0)),
    wish(1, "more", "in the middle and near the right border", car(0, 2.0, 0.0), car(-0.28, 2.0, 0.0)),
    wish(2, "nothing", "off the road at 1 m/s", car(0.62, 1.0, 0.0)),
    wish(2, "nothing", "off the road at 4 m/s", car(-0.62, 4.0, 0.0)),
    wish(3, "more", "4 m/s and 1 m/s, with straight wheels", car(0, 4.0, 0.0), car(0, 1.0, 0.0)),
    wish(4, "not more", "4 m/s and 1 m/s, with wheels 25 degrees left", car(0, 4.0, 25.0), car(0, 1.0, 25.0)),
    wish(4, "not more", "4 m/s and 1 m/s, with wheels 25 degrees right", car(0, 4.0, -25.0), car(0, 1.0, -25.0)),
    wish(5, "some", "near the border, slow", car(0.28, 0.5, 0.0)),
    wish(5, "some", "near the border, fast, with turned wheels", car(-0.28, 4.0, -25.0)),
)


def fulfilled(value, words, holds, cars):
    """True, or a sentence about what the function pays for the cars of this wish."""
    import math
    import numbers

    begin, paid = f"{words[0].upper()}{words[1:]}: ", []
    for params in cars:
        params["waypoints"] = [tuple(point) for point in params["waypoints"]]
        answer = value(params)
        if answer is None:
            return f"{begin}it returned nothing. Does every path through your function end with `return`?"
        if not isinstance(answer, numbers.Real):
            return f"{begin}it returned a value of type {type(answer).__name__}, and a number is due."
        if not math.isfinite(answer):
            return f"{begin}it returned {float(answer)}, and a finite number is due."
        paid.append(float(answer))
    told = f"{begin}it pays {' and '.join(f'{reward:.4g}' for reward in paid)}."
    if holds == "more" and not paid[0] > paid[1]:
        return f"{told} The first must be larger."
    if holds == "not more" and paid[0] > paid[1]:
        return f"{told} The first must not be larger."
    if holds == "nothing" and paid[0] > 0.001:
        return f"{told} That is more than 0.001."
    if holds == "some" and paid[0] <= 0:
        return f"{told} That is not above 0."
    return True


def mended_lap(value):
    """The mean lap in s of sixteen cars that all finish, driven here; of what `try_out` gave, or of a policy."""
    from course_lib.exercises.driven import mean_lap_on_camp, trained_policy

    value = trained_policy(value)
    return mean_lap_on_camp(value) if hasattr(value, "act") else value


def lead(value):
    """By how many s the best lap of a policy beats the falcon's in a small race; of `lesson.race`'s card too."""
    from course_lib.exercises.driven import trained_policy
    from course_lib.race.small_race import race
    from course_lib.sim.laps import PolicyError

    if isinstance(value, str):
        return "That is a text: hand in a policy, or what `lesson.race` gave you."
    value = trained_policy(value)
    if isinstance(value, str):
        return value
    result = getattr(value, "result", None)
    if not hasattr(result, "own"):
        if not (hasattr(value, "act") or callable(value)):
            return value
        try:
            result = race(value, "you", rivals=("falcon",))
        except PolicyError as error:
            return str(error)
    own, falcon = result.own, next(row for row in result.rows if row.name == "falcon")
    if own.laps < result.laps:
        return f"Your car {own.ended}: the falcon finishes all {result.laps} laps."
    return falcon.best_lap - own.best_lap


EXERCISES = {
    "q1": Predict(
        question="How many seconds for a mean lap will the car need that learns from the centre line times speed?",
        points=1,
        low=2,
        high=120,
        tolerance=2.5,
        unit="s",
        hints=(
            "The car of `01_first_lap`, which was paid by the metre, was quick. Is this one paid by the metre, too?",
        ),
        lesson="Speed times steps is distance: whoever is paid for speed earns the same per metre, and wants it soon.",
    ),
    "q2": Choice(
        question="You want a car that laps fast. Which of these is dense, and gains nothing from dawdling?",
        points=1,
        choices={
            "a": (
                "100 at the finish, 0 everywhere else",
                "That cannot be hacked, and it cannot be learnt from: a beginner never sees the 100.",
            ),
            "b": (
                "1 for each step with all wheels on the road",
                "It is dense. But count the steps of a slow lap: who dawdles is paid more often.",
            ),
            "c": (
                "the metres gained along the road in this step",
                "Every step forward counts at once, and a whole lap earns the same however long it takes. So sooner is "
                "better.",
            ),
            "d": (
                "1000 divided by the number of steps, at the finish only",
                "It pays for being quick, but only to who gets there. What does a beginner learn from its first try?",
            ),
        },
        answer="c",
        hints=(
            "Cross out those that a car by dice never earns.",
            "Of the others: what does a lap bring in all, if it takes twice as long?",
        ),
    ),
    "q3": FillBlank(
        question="Write a reward function that fulfils the five wishes.",
        points=3,
        answer=True,
        name="careful",
        inputs=WISHES,
        probe=fulfilled,
        hints=(
            "Begin with the end: `if params['is_offtrack']: return 0.001`. Then the rest is only about the road.",
            "How near is the border? `2 * distance_from_center / track_width` is 0 in the middle and 1 at the border.",
            "For wish 4 you need a second `if`: `abs(params['steering_angle']) > 15` is true in both directions.",
            "Wishes 3 and 4 together: let `pay = speed` with straight wheels and `pay = 1` with turned ones; then "
            "multiply it by something that falls towards the border and never reaches 0, such as "
            "`1.1 - 2 * distance / width`.",
        ),
        praise="All five wishes hold. Look at the map below: which of the wishes can you see in it?",
    ),
    "q4": Target(
        question=f"Mend the hacked reward: 16 clean laps, in {MEND_BAR:g} s or less on average.",
        points=2,
        what="mean lap",
        bar=MEND_BAR,
        unit="s",
        probe=mended_lap,
        hints=(
            "Which part of the function pays for what you do not want? It needs no repair: throw it out.",
            "What do you want? A fast car that stays on the road. You have a reward for the road, and a word for fast.",
            "`return params['speed'] * centre_line(params)` is one way. Is there a faster one?",
        ),
        praise="The wheel rests, and the car is quick: the wish is paid, and not a sign of it.",
    ),
    "q5": OwnWords(
        question="The funniest car: what did you wish for, what did you pay for, what did the car make of it?",
        points=1,
        words=15,
        hints=("Pay for something that a sensible driver never does, and make sure that leaving the road costs it.",),
    ),
    "q6": stretch(
        Target(
            question="Beat the falcon: three laps of camp, and a best lap that is at least 0.01 s faster than its own.",
            what="lead over the falcon",
            bar=0.01,
            higher=True,
            unit="s",
            probe=lead,
            hints=(
                "The middle of the road is not the fastest line: be less strict about the distance from it.",
                "`speed * (1 - (2 * distance / width) ** 2)` is kind to cars that use the width of the road.",
                "Fast cars need long training: 400_000 steps, and two or three seeds. Take the best of them.",
            ),
            praise="The falcon is behind you. Which wish made the difference?",
        )
    ),
}
