"""Environment steps per second, beside gymnasium's CarRacing-v3 and its vector CartPole in the same run.

    python benchmarks/env_speed.py            a table
    python benchmarks/env_speed.py --json     one JSON object

One process and one core; random actions; every figure is the median of several repeats taken in turns, so that a busy
machine slows all of them alike.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is loaded: one core for everybody

import argparse
import json
import statistics
import time
from collections.abc import Callable

import gymnasium

import course_lib  # noqa: F401  registers the environments
from course_lib.deepracer.reward_function import RewardFunction

CARS = 1024
REWARD_CARS = 128


def vector_stepper(envs: gymnasium.vector.VectorEnv, steps: int) -> Callable[[], float]:
    """A function that takes some steps in vector environments and returns environment steps per second."""
    envs.reset(seed=0)
    envs.action_space.seed(0)
    actions = [envs.action_space.sample() for _ in range(32)]

    def measure() -> float:
        start = time.perf_counter()
        for t in range(steps):
            envs.step(actions[t % 32])
        return steps * envs.num_envs / (time.perf_counter() - start)

    return measure


def single_stepper(env: gymnasium.Env, steps: int) -> Callable[[], float]:
    """The same for one environment, its resets included."""
    env.reset(seed=0)
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(32)]

    def measure() -> float:
        start = time.perf_counter()
        for t in range(steps):
            _, _, terminated, truncated, _ = env.step(actions[t % 32])
            if terminated or truncated:
                env.reset()
        return steps / (time.perf_counter() - start)

    return measure


def reward_overhead(repeats: int, from_file: bool = False) -> float:
    """Microseconds per car-step that calling a Python reward costs on top of the function's own time.

    Args:
        from_file: each car has a function of its own from a reward file, instead of one for all.
    """
    steps = 48

    def constant(params):
        return 1.0

    reward = RewardFunction.from_source("def reward_function(params):\n    return 1.0\n") if from_file else constant
    plain = vector_stepper(gymnasium.make_vec("FirstLap/Race-v0", num_envs=REWARD_CARS), steps)
    called = vector_stepper(gymnasium.make_vec("FirstLap/Race-v0", num_envs=REWARD_CARS, reward_function=reward), steps)
    differences = [1e6 / called() - 1e6 / plain() for _ in range(repeats)]
    calls = 100_000
    start = time.perf_counter()
    for _ in range(calls):
        constant(None)
    own = 1e6 * (time.perf_counter() - start) / calls
    return statistics.median(differences) - own


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    chosen = parser.parse_args()
    repeats = 3 if chosen.quick else 9
    steppers = {
        "vector_steps_per_second": vector_stepper(gymnasium.make_vec("FirstLap/Race-v0", num_envs=CARS), 200),
        "single_steps_per_second": single_stepper(gymnasium.make("FirstLap/Race-v0"), 1500),
        "lidar_vector_steps_per_second": vector_stepper(
            gymnasium.make_vec("FirstLap/Race-v0", num_envs=CARS, observation="lidar"), 20
        ),
        "camera_frames_per_second": vector_stepper(
            gymnasium.make_vec("FirstLap/Race-v0", num_envs=128, observation="camera"), 20
        ),
        "car_racing_steps_per_second": single_stepper(gymnasium.make("CarRacing-v3"), 60),
        "cartpole_vector_steps_per_second": vector_stepper(
            gymnasium.make_vec("CartPole-v1", num_envs=CARS, vectorization_mode="vector_entry_point"), 200
        ),
    }
    figures: dict[str, list[float]] = {name: [] for name in steppers}
    for _ in range(repeats):
        for name, measure in steppers.items():
            figures[name].append(measure())
    table = {name: round(statistics.median(values)) for name, values in figures.items()}
    table["reward_call_overhead_us"] = round(reward_overhead(repeats), 2)
    table["reward_file_overhead_us"] = round(reward_overhead(repeats, from_file=True), 2)
    racing = table["car_racing_steps_per_second"]
    table["ratio_to_car_racing"] = round(table["single_steps_per_second"] / racing, 1)
    table["vector_ratio_to_car_racing"] = round(table["vector_steps_per_second"] / racing)
    table["vector_ratio_to_cartpole"] = round(
        table["vector_steps_per_second"] / table["cartpole_vector_steps_per_second"], 3
    )
    if chosen.json:
        print(json.dumps(table))
        return
    for name, value in table.items():
        print(f"{name:36} {value:>14,}")


if __name__ == "__main__":
    main()
