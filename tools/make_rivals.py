"""Train the rivals of the small race that First Lap ships in data/policies/rivals/: a tortoise, a fox and a falcon.

    python tools/make_rivals.py                write the folders (about a minute)
    python tools/make_rivals.py --out FOLDER   write somewhere else

All three learn alike, by PPO on the progress reward; what sets them apart is the fastest speed that they can ask for.
A rival is written only if it laps cleanly from every start and about as fast as its name promises.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from course_lib.agents import ppo
from course_lib.agents.policy import Policy
from course_lib.agents.training import make_envs
from course_lib.sim.laps import LapResults, lap_score, run_laps

FOLDER = Path(__file__).resolve().parents[1] / "data" / "policies" / "rivals"
TRACK, SEED = "camp", 0
CARS, LAPS = 128, 20  # of the training: an end at every line, which the car cannot see coming, would blur the learning
HIDDEN = (32, 32)  # a folder of 22 kB
CHOICE_SEED, TEST_SEEDS = 1, (2, 3, 4, 5)  # of the start points that choose the best policy, and that test it
STARTS = 64
TOLERANCE = 0.5  # s


@dataclass(frozen=True)
class Plan:
    """A rival: the fastest speed (m/s) that it can ask for, environment steps to train, and its flying lap (s)."""

    speed: float
    steps: int
    lap: float


PLANS = {"tortoise": Plan(1.37, 300_000, 11.0), "fox": Plan(1.87, 350_000, 8.0), "falcon": Plan(2.45, 400_000, 6.0)}


def rival(plan: Plan, seed: int = SEED) -> Policy:
    """Train a rival; the same seed gives the same weights on the same machine."""
    envs = make_envs("FirstLap/Race-v0", CARS, track=TRACK, laps=LAPS, speed_range=(0.5, plan.speed))

    def evaluate(policy: Policy) -> float:
        return lap_score(run_laps(policy, TRACK, starts=STARTS, seed=CHOICE_SEED))

    config = ppo.Config(steps=plan.steps, hidden=HIDDEN, evaluate=evaluate, evaluate_every=16_384)
    return ppo.train(envs, config, seed).policy


def tested(name: str, plan: Plan, policy: Policy) -> LapResults:
    """The laps of the last test.

    Raises:
        RuntimeError: the rival left the road, or is faster or slower than planned.
    """
    for seed in TEST_SEEDS:
        laps = run_laps(policy, TRACK, starts=STARTS, laps=3, seed=seed)
        if not laps.clean.all() or abs(laps.lap_times[:, 1:].mean() - plan.lap) > TOLERANCE:
            raise RuntimeError(f"{name} does not lap in {plan.lap} s from every start: {laps}")
    return laps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=FOLDER)
    folder = parser.parse_args().out
    for name, plan in PLANS.items():
        policy = rival(plan)
        laps = tested(name, plan, policy)
        print(f"{policy.save(folder / name)}: flying laps of {laps.lap_times[:, 1:].mean():.2f} s")


if __name__ == "__main__":
    main()
