"""Exercises of 04_td3_races: the same steps, the same seconds, and as few steps as possible."""

from __future__ import annotations

from course_lib.exercises.kinds import FillBlank, OwnWords, Predict, Target

BAR = 4_096  # environment steps


def times_used(updates, batch, cars):
    return updates * batch / cars


def steps_to_clean_laps(value):
    """Environment steps of a car trained by TD3 that drives sixteen clean laps on camp; or why there are none."""
    from course_lib.agents.judged import judged_laps
    from course_lib.sim.laps import PolicyError

    policy = getattr(value, "policy", value)
    if not hasattr(policy, "act"):
        return f"That is no trained car but {type(value).__name__}: hand in what `practise` gave you."
    algorithm = getattr(policy, "algorithm", None)
    if algorithm != "td3":
        return f"That car was trained by {algorithm}: this race is for TD3."
    trained_on = str(policy.env_kwargs.get("track", "camp"))
    if trained_on != "camp":
        return f"It was trained on {trained_on}, and the race is on camp."
    steps = policy.trained.get("steps")
    if steps is None:
        return "That car has not been trained: it does not say after how many steps it was ready."
    try:
        laps = judged_laps(policy)
    except PolicyError as error:
        return str(error)
    clean, way = int(laps.clean.sum()), float(laps.progress.mean())
    if clean < len(laps.clean):
        told = f"After {steps:,} steps {clean} of {len(laps.clean)} laps are clean"
        return f"{told}; on average the cars got {way:.0f} % of the way. First it must drive clean laps."
    return int(steps)


EXERCISES = {
    "q1": FillBlank(
        question=(
            "In each step of all cars, `cars` steps are remembered, and `updates` batches of `batch` are drawn. "
            "`times_used(updates, batch, cars)`: how often is a remembered step drawn, on average?"
        ),
        points=2,
        name="times_used",
        inputs=[(4, 64, 16), (1, 64, 16), (4, 128, 16), (4, 64, 1), (1, 64, 128)],
        answer=times_used,
        starter=lambda updates, batch, cars: updates,
        hints=(
            "In one step of all cars: how many remembered steps come in, and how many are drawn?",
            "`updates * batch` are drawn. They are shared out among those that come in.",
        ),
        praise="With the defaults a step is used 16 times, with PPO 4 times: once in each epoch.",
    ),
    "q2": Predict(
        question="After the same number of steps, of 48 laps each: clean laps of TD3's three drivers minus PPO's?",
        points=1,
        low=-48,
        high=48,
        tolerance=12,
        unit="laps",
        lesson="128 cars share the steps, so that PPO has only five rounds in which to learn.",
    ),
    "q3": Predict(
        question="After about the same time: the mean clean lap of TD3's drivers minus that of PPO's, in seconds?",
        points=1,
        low=-10,
        high=10,
        tolerance=0.8,
        unit="s",
        lesson="Each of PPO's steps teaches less, but in the same time it has twelve times as many.",
    ),
    "q4": Target(
        question=f"A car trained by TD3 whose 16 laps are all clean, after {BAR:,} steps or fewer.",
        points=2,
        bar=BAR,
        unit="steps",
        what="number of steps",
        probe=steps_to_clean_laps,
        for_finishing=0.5,
        hints=(
            "How many updates does your training do? Fewer steps with the same settings are fewer updates, too.",
            "Fewer cars: more steps of time, and so more updates, from the same number of environment steps.",
            "The warm-up drives by dice. How many of your few steps do you want to give to the dice?",
            "Try 4 or 8 cars with 8 updates, and a warm-up of 500 steps.",
        ),
        praise="Now train it with two other seeds. Is it clean with these, too?",
    ),
    "q5": OwnWords(
        question="A real car, one afternoon, one algorithm: which do you take, and what would make you take the other?",
        points=1,
        words=25,
    ),
}
