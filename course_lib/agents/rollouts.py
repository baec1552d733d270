"""Whole episodes of one policy, played here or in several processes: the experience that one agent learns from.

Each episode has a seed for its world and its chance actions, so it does not matter who plays it, or after which other.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
import torch

from course_lib.agents.distribution import draw
from course_lib.agents.policy import Policy
from course_lib.agents.workers import one_job, packed, unpacked


@dataclass(frozen=True)
class Episode:
    """One episode of T steps.

    Attributes:
        seed: of the episode.
        observations: (T, slots) float32, before each step.
        actions: (T,) choices or (T, k) numbers, as the network gave them.
        rewards: (T,) float32.
        terminated: did it end by itself, or was it cut?
    """

    seed: int
    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    terminated: bool


def collect(
    policy: Policy,
    env_id: str,
    seeds: Iterable[int],
    executor: Executor | None = None,
    per_job: int = 1,
    **env_kwargs: Any,
) -> list[Episode]:
    """Play one episode per seed with drawn actions; the episodes are in the order of the seeds.

    The result is the same to the last bit with any number of workers, or none.

    Args:
        policy: is sent along as some 40 kB of arrays.
        env_id, env_kwargs: of one environment, plain data.
        seeds: one per episode.
        executor: workers, such as those of `open_executor`; None: here, one episode after the other.
        per_job: episodes that a worker plays for one message; more are better for episodes that take milliseconds.

    Raises:
        ValueError: ``per_job`` is below 1.
    """
    if per_job < 1:
        raise ValueError(f"per_job is {per_job}: a job has at least 1 episode.")
    seeds, data, settings = [int(seed) for seed in seeds], packed(policy), json.dumps(env_kwargs)
    jobs = [(data, env_id, settings, seeds[k : k + per_job]) for k in range(0, len(seeds), per_job)]
    if executor is None:
        return [episode for job in jobs for episode in play(*job)]
    waiting = [executor.submit(play, *job) for job in jobs]
    try:
        return [episode for future in waiting for episode in future.result()]
    except BaseException:
        for future in waiting:
            future.cancel()
        raise


def play(data: bytes, env_id: str, settings: str, seeds: list[int]) -> list[Episode]:
    """The job of a worker: episodes of a packed policy."""
    with one_job():
        return [play_one(_policy(data), _env(env_id, settings), seed) for seed in seeds]


def play_one(policy: Policy, env: gymnasium.Env, seed: int) -> Episode:
    """One episode in which the seed decides everything."""
    generator = torch.Generator().manual_seed(seed)
    observation, _ = env.reset(seed=seed)
    observations, actions, rewards, terminated, truncated = [], [], [], False, False
    while not (terminated or truncated):
        observations.append(np.asarray(observation, np.float32))
        action, _ = draw(policy, torch.from_numpy(observations[-1])[None], generator)
        observation, reward, terminated, truncated, _ = env.step(policy.to_env(action)[0])
        actions.append(action[0].numpy())
        rewards.append(reward)
    return Episode(seed, np.array(observations), np.array(actions), np.array(rewards, np.float32), bool(terminated))


@functools.lru_cache(maxsize=1)  # a worker gets the same weights for all episodes of a round
def _policy(data: bytes) -> Policy:
    return unpacked(data)


@functools.lru_cache(maxsize=4)  # loading a track takes as long as driving on it
def _env(env_id: str, settings: str) -> gymnasium.Env:
    return gymnasium.make(env_id, **json.loads(settings))
