"""Exercises of 09_build_your_own_environment: the contract, a world of one's own, and how to make it fast."""

from __future__ import annotations

from course_lib.exercises.kinds import BugHunt, FillBlank, Match, Predict, Target

QUICK_BAR = 4.0  # s, the mean time to park
STEPS_BAR = 500  # of Python, for 100 cars and 20 bays


def cruise_step(value, speed, action):
    """One step of a cruise world from a speed; or the first broken rule."""
    from course_lib.sim.contract import check_environment

    if not isinstance(value, type):
        return "Hand in the class by its name, without parentheses."
    report = check_environment(value)
    if not report.ok:
        count = len(report.findings)
        left = "One rule is broken" if count == 1 else f"{count} rules are broken, the first"
        return f"{left}: {report.findings[0]}"
    env = value()
    env.reset(seed=0)
    if not hasattr(env, "speed"):
        return "The world has no self.speed any more: keep the name."
    env.speed = speed
    _, reward, terminated, _, _ = env.step(action)
    return {"speed": float(env.speed), "reward": float(reward) + 0.0, "terminated": bool(terminated)}


def cruise_answer(speed, action):
    after = speed + 0.2 * (action - 1) - 0.05
    return {"speed": after, "reward": -abs(after - 2.0), "terminated": not 0.0 < after < 4.0}


def parking_step(value, gap, speed, action):
    """One step of a parking world from a gap and a speed; or the first broken rule; or ... where a blank is left."""
    from course_lib.sim.contract import check_environment

    if not isinstance(value, type):
        return "Hand in the class by its name, without parentheses."
    try:
        env = value()
        if any(item is Ellipsis for item in vars(env).values()):
            return Ellipsis
    except Exception:  # the report below says it with its line
        pass
    report = check_environment(value)
    if not report.ok:
        finding = report.findings[0]
        if "three dots" in finding.said or "ellipsis" in finding.said.lower():
            where = f" in line {finding.line}" if finding.line and "three dots" in finding.said else ""
            return f"There are still three dots{where}: fill them in from the top to the bottom."
        return f"The contract first: {finding}"
    env = value()
    env.reset(seed=0)
    if not (hasattr(env, "gap") and hasattr(env, "speed")):
        return "The world has no self.gap and self.speed any more: keep the names."
    env.gap, env.speed = gap, speed
    _, reward, terminated, _, _ = env.step(action)
    if env.gap is Ellipsis or env.speed is Ellipsis:
        return "There are still three dots in step: fill them in from the top to the bottom."
    return {
        "actions": int(getattr(env.action_space, "n", 0)),
        "speed": float(env.speed),
        "gap": float(env.gap),
        "terminated": bool(terminated),
        "reward": float(reward),
    }


def parking_answer(gap, speed, action):
    speed = min(max(speed + 0.2 * (action - 1), 0.0), 4.0)
    gap -= 0.1 * speed
    touched = gap <= 0.0
    return {
        "actions": 3,
        "speed": speed,
        "gap": gap,
        "terminated": touched or speed == 0.0,
        "reward": 0.1 * speed - (5.0 if touched else 0.0),
    }


def parking_seconds(value):
    """The mean time in s in which a policy parks 100 cars, or what most of them do instead."""
    if isinstance(value, (bool, int, float)):
        return value
    if not (hasattr(value, "act") or callable(value)) or isinstance(value, type):
        return f"That is an object of type {type(value).__name__}: hand in the policy, `training.policy`."
    from course_lib.sim.toys.parking import endings

    found = endings(value, episodes=100)
    if found["parked"] < 95:
        others = {name: share for name, share in found.items() if share and name not in ("parked", "seconds")}
        told = ", ".join(f"{share:.0f}: {name}" for name, share in others.items())
        return f"{found['parked']:.0f} of 100 cars are parked ({told}); 95 are due."
    return round(found["seconds"], 2)


def python_steps(value):
    """How many instructions of Python a function takes for 100 cars and 20 bays; or what is wrong with its answer."""
    import sys

    import numpy as np

    if not callable(value) or not hasattr(value, "__code__"):
        return value if isinstance(value, (int, float)) else "Hand in the function by its name, without calling it."
    rng = np.random.default_rng(5)
    gaps, bays = rng.uniform(0, 10, 100), np.sort(rng.uniform(0, 10, 20))
    wanted = np.abs(gaps[:, None] - bays).min(axis=1)
    own, count = value.__code__.co_filename, 0

    class TooMany(BaseException):
        pass

    def inside(frame, event, argument):
        nonlocal count
        count += event == "opcode"
        if count > 1_000_000:
            raise TooMany
        return inside

    def enter(frame, event, argument):
        if frame.f_code.co_filename != own:
            return None
        frame.f_trace_opcodes = True
        return inside

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        found = value(gaps.copy(), bays.copy())
    except TooMany:
        return "It took more than 1,000,000 instructions and was stopped: is there a loop that never ends?"
    finally:
        sys.settrace(before)
    if found is Ellipsis:
        return found
    if found is None:
        return "Your function returned nothing: is a return missing?"
    try:
        found = np.asarray(found, float)
    except (TypeError, ValueError):
        return f"Your function returned an object of type {type(found).__name__}: 100 numbers are due."
    if found.shape != wanted.shape:
        return f"Your function returned the shape {found.shape}: for 100 cars and 20 bays it is (100,)."
    if not np.allclose(found, wanted):
        car = int(np.flatnonzero(~np.isclose(found, wanted))[0])
        return (
            f"The answers are not the old ones: car {car} stands at {gaps[car]:.2f} m, and you say {found[car]:.2f} m."
        )
    return count


EXERCISES = {
    "q1": Match(
        question='What is it for the parking world: "terminated", "truncated", or "neither"?',
        points=2,
        answer={
            "the car touches the wall": "terminated",
            "the car stands in the bay": "terminated",
            "15 seconds are over, the car still rolls": "truncated",
            "the car rolls at full speed": "neither",
            "somebody wants shorter episodes for the training": "truncated",
        },
        nudges={
            "the car touches the wall": "is there anything left to happen in this world?",
            "the car stands in the bay": "the task is done. Who says so: the world, or a clock?",
            "15 seconds are over, the car still rolls": "could the car have gone on?",
            "the car rolls at full speed": "is the episode over?",
            "somebody wants shorter episodes for the training": "does the world end by its own rules?",
        },
        hints=(
            "Ask: would the world have gone on, had nobody looked at the clock?",
            "Terminated: the world itself has come to an end. Truncated: somebody outside stopped it.",
        ),
    ),
    "q2": BugHunt(
        question="Repair the class Cruise until `check_environment` finds no broken rule. It must drive as before.",
        points=2,
        name="Cruise",
        probe=cruise_step,
        inputs=[(2.0, 1), (2.0, 2), (1.0, 0), (3.9, 2), (0.1, 0)],
        answer=cruise_answer,
        hints=(
            "Run check_environment(Cruise), repair the line that it names, and run it again.",
            "reset begins with def reset(self, *, seed=None, options=None), then super().reset(seed=seed).",
            "self.np_random.uniform throws the world's own dice. self.speed also needs a first value in __init__.",
            "np.clip(self.speed, 0, 4) for the observation alone; step ends with lost, False, {}.",
        ),
        praise="That is right: six broken rules, and none of them would have told you so by itself.",
    ),
    "q3": FillBlank(
        question="Fill in the blanks of MyParking: first the contract is checked, then single steps.",
        points=3,
        name="MyParking",
        probe=parking_step,
        inputs=[(8.0, 2.0, 1), (8.0, 2.0, 2), (8.0, 2.0, 0), (8.0, 4.0, 2), (3.0, 0.1, 0), (0.1, 2.0, 1)],
        answer=parking_answer,
        hints=(
            "There are three actions: which space has whole numbers from 0 on?",
            "reset: super().reset(seed=seed) comes first; it ends with return self.observe(), {}.",
            "The action 0, 1, 2 becomes -1, 0, 1 by action - 1. np.clip(x, 0, 4) keeps the speed within 0 and 4.",
            "In 0.1 s the car drives 0.1 * self.speed metres: the gap shrinks by that, and it is also the reward.",
            "touched = bool(self.gap <= 0), stands = bool(self.speed == 0), and -5 * touched goes into the reward.",
        ),
        praise="That is right. Your world keeps the contract, and every learner of this course can live in it.",
    ),
    "q4": Target(
        question=f"Write a reward with which at least 95 of 100 cars park, in {QUICK_BAR:g} s or less on average.",
        points=2,
        what="mean time",
        bar=QUICK_BAR,
        unit="s",
        probe=parking_seconds,
        hints=(
            "Which return does a car get that creeps, and which one that parks? The second must be larger.",
            "Pay for metres (0.1 * speed for a step), and take off much for touching the wall: all cars park.",
            "A car in no hurry loses nothing yet. What if each step cost a little, say 0.02?",
            "Do cars now stand too early? That is a mistake like touching the wall: take off as much for it.",
        ),
        praise="Quick and safe: that is what you asked for, and now the points say so too.",
    ),
    "q5": Predict(
        question="How many percent of the time does `picture` take?",
        points=1,
        low=0,
        high=100,
        tolerance=15,
        unit="%",
        hints=("Draw 560 x 130 coloured points, or compare 300 numbers: which is more work?",),
        lesson="Guesses about time are often wrong, also those of professionals. So they measure first.",
    ),
    "q6": Target(
        question=f"Make `nearest_bays` fast: the same answers, with {STEPS_BAR} instructions of Python or fewer.",
        points=2,
        what="number of instructions",
        bar=STEPS_BAR,
        probe=python_steps,
        hints=(
            "Every pass of a loop costs instructions. Let NumPy go through the cars, all at once.",
            "gaps[:, None] - bays is a table: one row per car, one column per bay.",
            "np.abs(...) of that table, then .min(axis=1): the smallest of each row.",
        ),
        praise="NumPy does the same work in compiled code: you wrote one line, and it goes through all cars.",
    ),
}
