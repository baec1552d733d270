"""How fast are CartPole and MountainCar solved, beside stable-baselines3's A2C and DQN in the same run?

    python benchmarks/basics.py            about 5 minutes
    python benchmarks/basics.py --quick    one seed of each peer
    python benchmarks/basics.py --json     one JSON object instead of the table

Solved means that a check every 4,096 environment steps, itself counted, finds that the greedy policy has a mean return
of 195 over 100 episodes of CartPole-v1, or reaches MountainCar's flag in 90 of 100. The peers learn in the same
worlds, once at their own defaults in one environment, and once with our settings, as far as they have them, in 16.
MountainCar gives the same hint (`PotentialShaping`) and the same scaled observation to all. Who has not solved it when
200,000 steps are used up counts with the time until then: a lower bound of the ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from stable_baselines3 import A2C, DQN
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv

from course_lib.agents import actor_critic, dqn
from course_lib.agents.shaping import PotentialShaping
from course_lib.sim.toys.mountain_car import potential, scaled

ENVS = 16
EPISODES = 100
CHECK_EVERY = 4096  # environment steps
PEER_STEPS = 200_000
SEEDS = range(3)


@dataclass(frozen=True)
class Task:
    """A world to learn in, the same one without hints to be judged in, and when it counts as solved."""

    learn: Callable[[], gymnasium.Env]
    judge: Callable[[], gymnasium.Env]
    bar: Callable[[np.ndarray], bool]


TASKS = {
    "CartPole": Task(
        lambda: gymnasium.make("CartPole-v1"),
        lambda: gymnasium.make("CartPole-v1"),
        lambda returns: returns.mean() >= 195,
    ),
    "MountainCar": Task(
        lambda: scaled(PotentialShaping(gymnasium.make("MountainCar-v0"), potential)),
        lambda: scaled(gymnasium.make("MountainCar-v0")),
        lambda returns: (returns > -200).sum() >= 90,
    ),
}


def is_solved(task: Task, act: Callable[[np.ndarray], np.ndarray]) -> bool:
    """One greedy episode in each of 100 environments without hints."""
    envs = SyncVectorEnv([task.judge] * EPISODES, autoreset_mode=AutoresetMode.SAME_STEP)
    observations, _ = envs.reset(seed=1000)
    alive, returns = np.ones(EPISODES, bool), np.zeros(EPISODES)
    while alive.any():
        observations, rewards, terminated, truncated, _ = envs.step(act(observations))
        returns += rewards * alive
        alive &= ~(terminated | truncated)
    return bool(task.bar(returns))


def ours(task: Task, algorithm, config, seed: int) -> tuple[float, int, bool]:
    """Seconds and environment steps until it is solved; making the environments is counted."""
    start, found = time.perf_counter(), []
    envs: VectorEnv = SyncVectorEnv([task.learn] * ENVS, autoreset_mode=AutoresetMode.SAME_STEP)

    def check(policy) -> float:
        found.append(is_solved(task, policy.act))
        return float(found[-1])

    config = replace(config, evaluate=check, evaluate_every=CHECK_EVERY)
    result = algorithm.train(envs, config, seed, on_update=lambda update: bool(found and found[-1]))
    return time.perf_counter() - start, result.history[-1]["steps"], found[-1]


class StopWhenSolved(BaseCallback):
    """Checks every 4,096 environment steps."""

    def __init__(self, task: Task):
        super().__init__()
        self.task, self.next_check, self.solved = task, CHECK_EVERY, False

    def _on_step(self) -> bool:
        if self.num_timesteps >= self.next_check:
            self.next_check += CHECK_EVERY
            self.solved = is_solved(self.task, lambda seen: self.model.predict(seen, deterministic=True)[0])
        return not self.solved


def theirs(
    task: Task, algorithm: type[BaseAlgorithm], envs: int, seed: int, settings: dict[str, Any]
) -> tuple[float, int, bool]:
    """The same for stable-baselines3, with one thread of torch as for ours."""
    torch.set_num_threads(1)
    start, stop = time.perf_counter(), StopWhenSolved(task)
    model = algorithm("MlpPolicy", DummyVecEnv([task.learn] * envs), seed=seed, device="cpu", **settings)
    model.learn(PEER_STEPS, callback=stop)
    return time.perf_counter() - start, model.num_timesteps, stop.solved


def like_ours(config) -> dict[str, Any]:
    """stable-baselines3's names for the settings that both have; A2C's learning rate stays where ours falls."""
    settings = {"learning_rate": config.learning_rate, "gamma": config.gamma}
    if isinstance(config, actor_critic.Config):
        return settings | {
            "n_steps": config.rollout_steps,
            "vf_coef": config.value_weight,
            "max_grad_norm": config.max_gradient,
            "use_rms_prop": False,
        }
    return settings | {
        "buffer_size": config.memory,
        "learning_starts": config.warm_up,
        "batch_size": config.batch,
        "train_freq": 1,
        "gradient_steps": config.updates,
        "tau": config.target_rate,
        "target_update_interval": 1,
        "exploration_fraction": config.explore_share * config.steps / PEER_STEPS,
        "exploration_final_eps": config.explore_last,
    }


CONTESTS = (
    ("CartPole", actor_critic, A2C, actor_critic.Config(steps=200_000)),
    ("CartPole", dqn, DQN, dqn.Config(steps=100_000)),
    ("MountainCar", dqn, DQN, dqn.Config(steps=16_384)),
)


def contest(name: str, algorithm, peer: type[BaseAlgorithm], config, peer_seeds) -> dict[str, Any]:
    """Ours and the peer on one task: median seconds, how many seeds solved it, and the ratios."""
    task = TASKS[name]
    mine = [ours(task, algorithm, config, seed) for seed in SEEDS]
    same = [theirs(task, peer, ENVS, seed, like_ours(config)) for seed in peer_seeds]
    defaults = [theirs(task, peer, 1, seed, {}) for seed in peer_seeds]
    seconds = statistics.median(run[0] for run in mine)
    row = {"seconds": [round(run[0], 2) for run in mine], "steps": [run[1] for run in mine], "solved": _count(mine)}
    for label, runs in (("same_settings", same), ("defaults", defaults)):
        row[f"sb3_{label}_seconds"] = [round(run[0], 2) for run in runs]
        row[f"sb3_{label}_solved"] = _count(runs)
        row[f"ratio_to_sb3_{label}"] = round(statistics.median(run[0] for run in runs) / seconds, 2)
    return row


def _count(runs: list[tuple[float, int, bool]]) -> str:
    return f"{sum(run[2] for run in runs)} of {len(runs)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed of each peer")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    # A short warm-up: torch's first calls load its libraries.
    ours(TASKS["CartPole"], actor_critic, actor_critic.Config(steps=2_000), 0)
    table = {}
    for name, algorithm, peer, config in CONTESTS:
        label = f"{name}, {algorithm.__name__.rpartition('.')[2]} beside {peer.__name__}"
        table[label] = contest(name, algorithm, peer, config, SEEDS[:1] if chosen.quick else SEEDS)
        if not chosen.json:
            print(label)
            for key, value in table[label].items():
                print(f"  {key:32} {value}")
    if chosen.json:
        print(json.dumps(table))


if __name__ == "__main__":
    main()
