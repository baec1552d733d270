"""How fast does a car learn to lap, beside stable-baselines3 in the same run?

    python benchmarks/first_lap.py            everything, about 8 minutes
    python benchmarks/first_lap.py --quick    within 50 s; without the racing line
    python benchmarks/first_lap.py --json     one JSON object instead of the table

Measured on the track `camp` with the environment's and PPO's defaults. "Clean laps" means that a check every 8,192
environment steps, itself counted, finds 16 of 16 start points lapped without leaving the track. stable-baselines3's PPO
learns in the same environment, once at its own defaults and once with our batch, epochs, discount and cars, and is
checked in the same way. A peer that has no clean laps when its time is up gives a lower bound of the ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from course_lib.agents import ppo
from course_lib.agents.training import make_envs
from course_lib.drivers.racing_line import best_lap
from course_lib.sim.laps import run_laps
from course_lib.sim.track import Track

TRACK = "camp"
CARS = 128
CHECK_EVERY = 8192  # environment steps
SEEDS = range(5)
STARTED = time.perf_counter()
QUICK_SECONDS = 46.0  # after which the last peer of --quick is stopped, so that all ends within 50 s


class VectorEnvForSB3(VecEnv):
    """Our vector environment behind stable-baselines3's interface; no more work than it needs."""

    def __init__(self, envs):
        self.envs = envs
        super().__init__(envs.num_envs, envs.single_observation_space, envs.single_action_space)

    def reset(self):
        return self.envs.reset(seed=self._seeds[0])[0]

    def step_async(self, actions):
        self.actions = actions

    def step_wait(self):
        observations, rewards, terminated, truncated, infos = self.envs.step(self.actions)
        done = terminated | truncated
        each: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for car in np.flatnonzero(done):
            each[car] = {"terminal_observation": infos["final_obs"][car], "TimeLimit.truncated": bool(truncated[car])}
        return observations, rewards.astype(np.float32), done, each

    def close(self):
        self.envs.close()

    def get_attr(self, name, indices=None):
        return [getattr(self.envs, name, None)] * self.envs.num_envs

    def set_attr(self, name, value, indices=None):
        raise NotImplementedError("stable-baselines3 sets no attributes while training")

    def env_method(self, name, *arguments, indices=None, **settings):
        raise NotImplementedError("stable-baselines3 calls no methods while training")

    def env_is_wrapped(self, wrapper, indices=None):
        return [False] * self.num_envs


class SB3Policy:
    """A stable-baselines3 model as a policy that `run_laps` can drive."""

    def __init__(self, model: PPO):
        self.model = model

    def act(self, observations, deterministic=True):
        return self.model.predict(observations, deterministic=deterministic)[0]


class StopAtCleanLaps(BaseCallback):
    """Checks every 8,192 steps, and ends the training at clean laps or when the time is up."""

    def __init__(self, track: Track, most_seconds: float):
        super().__init__()
        self.track, self.most_seconds, self.start, self.next_check = (
            track,
            most_seconds,
            time.perf_counter(),
            CHECK_EVERY,
        )
        self.clean = False

    def _on_step(self) -> bool:
        if self.num_timesteps >= self.next_check:
            self.next_check += CHECK_EVERY
            self.clean = bool(run_laps(SB3Policy(self.model), self.track).clean.all())
        return not self.clean and time.perf_counter() - self.start < self.most_seconds


def ours(seed: int) -> tuple[float, int, bool]:
    """Seconds and environment steps until clean laps, from nothing: making the environments is counted."""
    start = time.perf_counter()
    envs = make_envs("FirstLap/Race-v0", CARS, track=TRACK)
    track, found = envs.unwrapped.world.track, []

    def check(policy) -> float:
        results = run_laps(policy, track)
        found.append(bool(results.clean.all()))
        return float(results.clean.sum())

    config = ppo.Config(evaluate=check, evaluate_every=CHECK_EVERY)
    result = ppo.train(envs, config, seed, on_update=lambda update: bool(found and found[-1]))
    return time.perf_counter() - start, result.history[-1]["steps"], found[-1]


def theirs(seed: int, same_settings: bool, most_seconds: float) -> tuple[float, int, bool]:
    """The same for stable-baselines3's PPO, one thread of torch as for ours."""
    torch.set_num_threads(1)
    start = time.perf_counter()
    if same_settings:
        config = ppo.Config()
        envs = VectorEnvForSB3(make_envs("FirstLap/Race-v0", CARS, track=TRACK))
        track = envs.envs.unwrapped.world.track
        model = PPO(
            "MlpPolicy",
            envs,
            n_steps=config.rollout_steps,
            batch_size=config.minibatch,
            n_epochs=config.epochs,
            gamma=config.gamma,
            learning_rate=config.learning_rate,
            seed=seed,
            device="cpu",
        )
    else:
        track = Track.load(TRACK)
        envs = DummyVecEnv([lambda: gymnasium.make("FirstLap/Race-v0", track=TRACK)])
        model = PPO("MlpPolicy", envs, seed=seed, device="cpu")
    stop = StopAtCleanLaps(track, most_seconds)
    model.learn(10**9, callback=stop)
    return time.perf_counter() - start, model.num_timesteps, stop.clean


def flying_lap_ratio(seconds: float = 60.0, seed: int = 0) -> dict[str, float]:
    """Our best flying lap after a minute of training, over the best flying lap of the optimiser in the same world."""
    track = Track.load(TRACK)

    def flying_lap(policy) -> float:
        laps = run_laps(policy, track, laps=3).lap_times[:, 1:]
        return float(np.nanmin(laps)) if np.isfinite(laps).any() else 99.0

    # Training without an end at every finish line, which the car cannot see coming: 20 laps an episode.
    envs = make_envs("FirstLap/Race-v0", CARS, track=TRACK, laps=20)
    config = ppo.Config(
        steps=10**9, seconds=seconds, evaluate=lambda policy: -flying_lap(policy), evaluate_every=65_536
    )
    result = ppo.train(envs, config, seed)
    lap = flying_lap(result.policy)
    line = best_lap(track, seconds=seconds, seed=seed)
    return {
        "flying_lap_s": lap,
        "racing_line_lap_s": line.lap_time,
        "lap_ratio_to_racing_line": lap / line.lap_time,
        "racing_line_gap_to_bound": line.gap,
        "flying_lap_training_steps": result.history[-1]["steps"],
        "flying_lap_clean_starts": int(run_laps(result.policy, track, laps=3).clean.sum()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="end within 50 s")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    # A short warm-up: torch's first calls load its libraries.
    ppo.train(make_envs("FirstLap/Race-v0", CARS, track=TRACK), replace(ppo.Config(), steps=4096))

    runs = [ours(seed) for seed in SEEDS]
    same = [theirs(seed, True, 10 if chosen.quick else 90) for seed in (SEEDS[:1] if chosen.quick else SEEDS[:3])]
    left = max(5.0, QUICK_SECONDS - (time.perf_counter() - STARTED))
    defaults = [
        theirs(seed, False, left if chosen.quick else 150) for seed in (SEEDS[:1] if chosen.quick else SEEDS[:2])
    ]
    seconds = statistics.median(run[0] for run in runs)
    table = {
        "seconds_to_clean_laps": [round(run[0], 3) for run in runs],
        "steps_to_clean_laps": [run[1] if run[2] else None for run in runs],
        "ratio_to_sb3_defaults": round(statistics.median(run[0] for run in defaults) / seconds, 2),
        "sb3_defaults_reached_clean_laps": [run[2] for run in defaults],
        "ratio_to_sb3_same_settings": round(statistics.median(run[0] for run in same) / seconds, 2),
        "sb3_same_settings_reached_clean_laps": [run[2] for run in same],
        "sb3_steps": {"defaults": [run[1] for run in defaults], "same_settings": [run[1] for run in same]},
        "lap_ratio_to_racing_line": None,
    }
    if not chosen.quick:
        table |= {name: round(value, 4) for name, value in flying_lap_ratio().items()}
    if chosen.json:
        print(json.dumps(table))
        return
    for name, value in table.items():
        print(f"{name:42} {value}")


if __name__ == "__main__":
    main()
