"""TD3 without each of its three tricks in turn, and whether a critic keeps its promises.

An ablation takes one part away and leaves all else as it is. What changes then is what the part was good for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from course_lib.agents import td3
from course_lib.agents.policy import Policy, one_thread
from course_lib.agents.replay import Replay
from course_lib.agents.training import Update, final_observations, make_envs
from course_lib.agents.workers import one_job, packed, unpacked
from course_lib.sim.laps import run_laps

VARIANTS: dict[str, dict[str, float]] = {
    "TD3": {},
    "one critic": {"critics": 1},
    "no delay": {"policy_delay": 1},
    "no smoothing": {"target_noise": 0.0},
    "DDPG": {"critics": 1, "policy_delay": 1, "target_noise": 0.0},
}
STARTS_SEED = 5_000  # of the starts that promises are tested on
NEGLIGIBLE = 0.01  # share of a reward's worth from which on rewards are far enough away to be left out


@dataclass
class Watched:
    """One training and what was seen on the way.

    Attributes:
        label: of the settings.  seed: of the training.  policy: the last one.
        history: as in `TrainingResult`, each row with "metres", "promised" and "came" (means of `Promises`).
        clean: laps of 16 that the last policy drives clean.
    """

    label: str
    seed: int
    policy: Policy
    history: list[dict[str, float]]
    clean: int

    def __repr__(self) -> str:
        return f"Watched({self.label!r}, seed {self.seed}: {self.clean} of 16 laps clean)"


@dataclass(frozen=True)
class Promises:
    """What a critic said on a drive, and what came.

    Attributes:
        states: (k, slots) what a car saw in each of k moments.
        promised: (k,) the lowest judgement of the actor's action there.
        came: (k,) the discounted rewards from that moment on.
        metres: (cars,) that each car drove in the time of the test, until it left the road.
    """

    states: np.ndarray
    promised: np.ndarray
    came: np.ndarray
    metres: np.ndarray


def promises(policy: Policy, gamma: float, cars: int = 32, moments: int = 60) -> Promises:
    """Drive with a policy of TD3, without noise, and compare its critic's promises with what comes.

    Args:
        policy: trained by `td3.train` on the race, with the default reward.
        gamma: discount of its training.
        cars: from as many starts by chance.  moments: steps of each drive in which the critic is asked; the drive goes
            on until what comes counts less than ``NEGLIGIBLE``.
    """
    steps = moments + int(np.ceil(np.log(NEGLIGIBLE) / np.log(gamma)))
    envs = make_envs(policy.env_id, cars, **policy.env_kwargs, autoreset=False)
    seen, _ = envs.reset(seed=STARTS_SEED)
    promised, came, driving = np.zeros((steps, cars)), np.zeros((steps, cars)), np.zeros((steps, cars), bool)
    metres, states_seen = np.zeros(cars), []
    with torch.inference_mode(), one_thread():
        for step in range(steps):
            states = policy.inputs.vector(policy.inputs.kept(seen))
            actions = policy.network.actor(states)
            promised[step] = policy.network.critic(states, actions).amin(dim=0).numpy()
            driving[step] = envs.driving
            states_seen.append(seen)
            seen, came[step], *_ = envs.step(policy.to_env(actions))
            metres += np.maximum(came[step], 0.0) if step < moments else 0.0
    envs.close()
    for step in reversed(range(steps - 1)):
        came[step] += gamma * came[step + 1]
    asked = driving[:moments]  # a car that has left the road promises nothing more
    states = np.array(states_seen[:moments])[asked]
    return Promises(states, promised[:moments][asked], came[:moments][asked], metres)


def experience(
    policy: Policy, config: td3.Config, steps: int = 4_000, cars: int = 32, seed: int = 0, reward_error: float = 0.0
) -> Replay:
    """What cars live through that drive by the policy with the settings' noise, ``steps`` steps of all together.

    Args:
        reward_error: standard deviation of an error of each remembered reward, 0 on average, as of a poor sensor.
    """
    envs = make_envs(policy.env_id, cars, **policy.env_kwargs)
    replay, generator = Replay(steps, policy.inputs, policy.action_space.shape[0]), torch.Generator().manual_seed(seed)
    seen, errors = policy.inputs.kept(envs.reset(seed=seed)[0]), np.random.default_rng(seed)
    while replay.count < steps:
        actions = td3.explore(policy, policy.inputs.vector(seen), config, generator, by_chance=False)
        observations, rewards, terminated, truncated, infos = envs.step(policy.to_env(actions))
        ended = (terminated | truncated).any()
        after = final_observations(infos, observations) if ended else observations
        rewards = rewards + reward_error * errors.normal(size=cars)
        replay.add(seen, actions.numpy(), rewards, policy.inputs.kept(after), terminated)
        seen = policy.inputs.kept(observations)
    envs.close()
    return replay


def ablate(
    config: td3.Config,
    seeds: Iterable[int],
    variants: Mapping[str, Mapping[str, Any]] = VARIANTS,
    n: int = 8,
    executor: Executor | None = None,
    **env_kwargs: Any,
) -> dict[str, list[Watched]]:
    """Train with each variant of the settings and each seed: label -> one run per seed, in their order.

    Args:
        config: the settings; a variant replaces some of them.  n, env_kwargs: of the race, as in `make_envs`.
        executor: workers, such as those of `open_executor`; None: here, one after the other.

    Raises:
        Whatever one of the trainings raises.
    """
    seeds = list(seeds)
    jobs = [
        (label, replace(config, **change), n, env_kwargs, seed) for label, change in variants.items() for seed in seeds
    ]
    if executor is None:
        runs = [train_watched(*job) for job in jobs]
    else:
        waiting = [executor.submit(_train_packed, *job) for job in jobs]
        try:
            runs = [future.result() for future in waiting]
        except BaseException:
            for future in waiting:
                future.cancel()
            raise
        for run in runs:
            run.policy = unpacked(run.policy)
    return {label: [run for run in runs if run.label == label] for label in variants}


def train_watched(label: str, config: td3.Config, n: int, env_kwargs: dict, seed: int) -> Watched:
    """One training on the race whose reports tell how far the cars come and what the critic promises."""

    def watch(update: Update) -> None:
        seen = promises(update.policy, config.gamma)
        means = {name: float(getattr(seen, name).mean()) for name in ("metres", "promised", "came")}
        update.metrics.update(means)

    with one_job():
        envs = make_envs("FirstLap/Race-v0", n, **env_kwargs)
        try:
            result = td3.train(envs, config, seed, watch)
        finally:
            envs.close()
        clean = run_laps(result.policy, env_kwargs.get("track", "camp")).clean.sum()
    return Watched(label, seed, result.policy, result.history, int(clean))


def _train_packed(*job) -> Watched:
    run = train_watched(*job)
    run.policy = packed(run.policy)
    return run
