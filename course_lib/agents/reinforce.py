"""REINFORCE, the first policy gradient (Williams 1992), with or without a baseline.

Complete in this file. Play whole episodes; make each action more likely the more reward followed it; repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gymnasium.vector import VectorEnv

from course_lib.agents.distribution import draw, log_probability
from course_lib.agents.networks import adam
from course_lib.agents.policy import Policy
from course_lib.agents.training import OnUpdate, Run, TrainingResult, check_envs, new_policy


@dataclass
class Config:
    """Settings of REINFORCE; the defaults suit CartPole in 16 environments."""

    steps: int = 300_000
    """environment steps, over all environments, to train for"""
    seconds: float | None = None
    """stop after this time, whatever the steps (then two runs differ)"""
    gamma: float = 0.99
    """discount per step: what follows an action soon counts more than what follows late"""
    baseline: bool = True
    """compare each return with the mean of all environments at the same step, instead of with 0"""
    learning_rate: float = 1e-2
    """of Adam, falling in a straight line to 0 at the end of the budget"""
    log_std: float = 0.0
    """initial logarithm of the exploration's standard deviation (continuous actions)"""
    hidden: tuple[int, ...] = (32,)
    """hidden layers of the network"""
    evaluate: Callable[[Policy], float] | None = None
    """policy -> score; the best policy by it is returned"""
    evaluate_every: int = 8192
    """environment steps between two evaluations"""
    threads: int = 1
    """threads of torch: small networks run fastest on one (performance.md)"""
    checkpoint: Path | None = None
    """folder to keep a checkpoint in; a run that finds its own there goes on from it"""
    checkpoint_every: float = 10.0
    """seconds between two checkpoints"""


def returns_to_go(rewards: np.ndarray, gamma: float) -> np.ndarray:
    """What followed each step: G_t = r_t + gamma G_{t+1}.

    Args:
        rewards: (steps, n), 0 after an episode's end.

    Returns:
        (steps, n) float32.
    """
    returns, following = np.zeros_like(rewards), np.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        returns[t] = following = rewards[t] + gamma * following
    return returns


def advantages(returns: np.ndarray, alive: np.ndarray, baseline: bool) -> np.ndarray:
    """How much better than usual each return was, in standard deviations.

    Args:
        returns, alive: (steps, n); only entries that are alive count.
        baseline: subtract the mean return of the environments that were alive at the same step.
    """
    if baseline:
        count = np.maximum(alive.sum(axis=1, keepdims=True), 1)
        returns = returns - (returns * alive).sum(axis=1, keepdims=True) / count
    return returns / (returns[alive].std() + 1e-8)


def train(
    envs: VectorEnv,
    config: Config | None = None,
    seed: int = 0,
    on_update: OnUpdate | None = None,
    clone_from: Policy | None = None,
) -> TrainingResult:
    """Train a policy by REINFORCE; arguments, results and errors as in `ppo.train`."""
    config = config or Config()
    check_envs(envs)
    generator = torch.Generator().manual_seed(seed)
    policy = new_policy(envs, config, seed, "reinforce", clone_from)
    optimiser = adam(policy.network.actor.parameters(), config.learning_rate)
    if not policy.discrete:
        optimiser.add_param_group({"params": [policy.network.log_std]})
    run = Run(config, seed, policy, optimiser, generator, envs)
    first = None if run.resumed else seed
    with run.session():
        while run.goes_on():
            # 1. Play one episode in every environment; those that have ended wait for the others.
            observations, _ = envs.reset(seed=first)
            first, alive = None, np.ones(envs.num_envs, bool)
            seen, actions, rewards, playing = [], [], [], []
            while alive.any():
                seen.append(torch.from_numpy(observations.astype(np.float32)))
                action, _ = draw(policy, seen[-1], generator)
                observations, reward, terminated, truncated, _ = envs.step(policy.to_env(action))
                actions.append(action)
                rewards.append(reward * alive)
                playing.append(alive)
                alive = alive & ~(terminated | truncated)

            # 2. Judge: what followed each action, compared with what usually follows?
            rewards, playing = np.array(rewards, np.float32), np.array(playing)
            better = advantages(returns_to_go(rewards, config.gamma), playing, config.baseline)

            # 3. Learn: one step up the gradient of log pi(a|s) times the advantage.
            mask = torch.from_numpy(playing.ravel())
            outputs = policy.network.actor(torch.cat(seen)[mask])
            chosen = log_probability(policy, outputs, torch.cat(actions)[mask])
            loss = -(chosen * torch.from_numpy(better[playing])).mean()
            for group in optimiser.param_groups:
                group["lr"] = config.learning_rate * (1.0 - run.share_used())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

            # 4. Report, evaluate, save.
            metrics = {"return": float(rewards.sum(axis=0).mean()), "loss": float(loss.detach())}
            run.update(int(playing.sum()), metrics, observations, on_update)
    return run.result()
