"""What a student hands in as a trained car, and the laps that a check drives with it; for probes."""

from __future__ import annotations


def trained_policy(value):
    """The policy in what `try_out` gave; a sentence where there is none; anything else as it is."""
    if isinstance(value, str):
        return "That is a text: hand in what `try_out` gave you."
    if hasattr(value, "policies"):
        if not value.policies:
            return f"No car was trained. {' '.join(value.errors)}".strip()
        return next(iter(value.policies.values()))
    return value


def mean_lap_on_camp(policy):
    """The mean lap in s of sixteen cars that all finish; or a sentence why there is none."""
    from course_lib.exercises.rl_basics.first_lap import mean_lap
    from course_lib.sim.laps import PolicyError, run_laps

    try:
        return mean_lap(run_laps(policy, "camp", starts=16))
    except PolicyError as error:
        return str(error)
