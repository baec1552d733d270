"""Exercises of 06_sim_to_real: being late, a bad day, and what goes into a real car."""

from __future__ import annotations

from course_lib.exercises.kinds import Choice, FillBlank, OwnWords, Predict, Target

BAR = 12  # of 16 laps


def laps_on_a_bad_day(value):
    """Clean laps of 16 that a policy drives on camp, late, bent, weak and with noise; or why it drives none."""
    if hasattr(value, "policy"):  # what `train` gives holds the policy
        value = value.policy
    if not hasattr(value, "act"):
        return "That is no driver: hand in the policy that `train` gave you, and the check drives the laps."
    from course_lib.sim.disturbances import Disturbances
    from course_lib.sim.laps import PolicyError, run_laps

    bad_day = Disturbances(noise=0.1, delay=3, steering_bias=5.0, speed_scale=0.9)
    try:
        return int(run_laps(value, "camp", starts=16, disturbances=bad_day).clean.sum())
    except PolicyError as error:
        return str(error)


EXERCISES = {
    "q1": Predict(
        question="Of 16 laps, how many does the first pupil finish when every command comes 3 steps late?",
        points=1,
        low=0,
        high=16,
        tolerance=2,
        unit="laps",
        hints=("Close your eyes for a fifth of a second at every look, while somebody else holds the pedal down.",),
        lesson="A fifth of a second is too late for a driver that has never been late.",
    ),
    "q2": FillBlank(
        question="Write `blind_way(speed, delay)`: metres driven before a command arrives that is `delay` steps late.",
        points=1,
        name="blind_way",
        inputs=[(2.0, 3), (1.0, 1), (4.0, 3), (0.5, 15), (2.0, 0)],
        answer=lambda speed, delay: speed * delay / 15,
        starter=lambda speed, delay: speed * delay,
        unit="m",
        hints=(
            "A car at 1 m/s is late by 15 steps. How many seconds are that, and how many metres?",
            "The way is the speed times the time. How many seconds are `delay` steps?",
            "One step is 1/15 s, so `delay` steps are `delay / 15` seconds.",
        ),
        praise="That is right. At 4 m/s and 3 steps it is more than the width of camp's road.",
    ),
    "q3": Target(
        question=f"Train a driver that finishes at least {BAR} of 16 laps on the bad day.",
        points=3,
        what="number of clean laps",
        bar=BAR,
        higher=True,
        unit="laps",
        probe=laps_on_a_bad_day,
        hints=(
            "What of the bad day has your driver met in training? What not?",
            "Give ranges that the bad day lies well inside, such as `delay=(0, 4)`.",
            "Many worlds take more steps to learn: try 80_000, or more.",
            "Look at exercise 2: what else makes the blind way shorter? The action space has a top speed.",
        ),
        praise="This driver knows bad days. Does it also drive well on a good one?",
    ),
    "q4": Choice(
        question=(
            "A team trains with a camera. Its reward function uses `waypoints`, `progress` and a racing line of 200 "
            "points. What will happen on the real car?"
        ),
        points=1,
        choices={
            "a": (
                "it fails at once: there are no waypoints on the real track",
                "Who would ask for waypoints there? Look at the list of what goes into the car.",
            ),
            "b": (
                "it drives, but slowly: the car must compute the long reward function at every step",
                "The car computes what comes out of the network, and nothing else.",
            ),
            "c": (
                "whether it drives depends on what its pictures and its commands are like there, not on the reward",
                "The reward did its work in training. On the car, only what the policy sees and does is left.",
            ),
            "d": (
                "it must first be trained again with a reward that uses camera pictures",
                "A reward may use whatever the simulator knows. Which of the two sees the pictures: reward or policy?",
            ),
        },
        answer="c",
        hints=("Look at the files of section 6. In which of them is the reward function?",),
    ),
    "q5": OwnWords(
        question=(
            "16 of 16 laps in the simulator, and off in the first bend of the real track: two possible reasons, and "
            "how you would find out. Three or four sentences."
        ),
        points=1,
        words=30,
        hints=("The table of section 1 has four reasons, that of section 7 some more. Which of them can be measured?",),
    ),
}
