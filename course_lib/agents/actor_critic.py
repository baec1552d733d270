"""Advantage actor-critic, A2C (Mnih et al. 2016, in its synchronous form): learn in the middle of an episode.

Complete in this file. A second network, the critic, says what a state is worth; so nobody has to wait for the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gymnasium.vector import VectorEnv

from course_lib.agents.distribution import draw, entropy, log_probability
from course_lib.agents.networks import adam
from course_lib.agents.policy import Policy
from course_lib.agents.training import (
    EpisodeReturns,
    OnUpdate,
    Run,
    TrainingResult,
    check_envs,
    final_observations,
    new_policy,
)


@dataclass
class Config:
    """Settings of A2C; the defaults suit CartPole in 16 environments."""

    steps: int = 300_000
    """environment steps, over all environments, to train for"""
    seconds: float | None = None
    """stop after this time, whatever the steps (then two runs differ)"""
    rollout_steps: int = 16
    """steps of each environment between two updates"""
    gamma: float = 0.99
    """discount per step"""
    learning_rate: float = 3e-3
    """of Adam, falling in a straight line to 0 at the end of the budget; 1e-3 learns later, and keeps what it learnt"""
    entropy_weight: float = 0.0
    """reward for staying undecided"""
    value_weight: float = 0.5
    """weight of the critic's loss"""
    max_gradient: float = 0.5
    """gradients longer than this are shortened"""
    log_std: float = 0.0
    """initial logarithm of the exploration's standard deviation (continuous actions)"""
    hidden: tuple[int, ...] = (64, 64)
    """hidden layers of actor and critic"""
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


def returns_with_critic(rewards, ends, last_values, gamma: float) -> np.ndarray:
    """What follows each step: the rewards that were seen, and after the last of them the critic's guess.

    Args:
        rewards: (steps, n).  ends: (steps, n) bool, the episode ended with that step.
        last_values: (n,) the critic's values of the observations after the last step.

    Returns:
        (steps, n) float32.
    """
    returns, following = np.zeros_like(rewards), last_values
    for t in reversed(range(len(rewards))):
        returns[t] = following = rewards[t] + gamma * (1.0 - ends[t]) * following
    return returns


def train(
    envs: VectorEnv,
    config: Config | None = None,
    seed: int = 0,
    on_update: OnUpdate | None = None,
    clone_from: Policy | None = None,
) -> TrainingResult:
    """Train a policy by A2C; arguments, results and errors as in `ppo.train`."""
    config = config or Config()
    check_envs(envs)
    generator = torch.Generator().manual_seed(seed)
    policy = new_policy(envs, config, seed, "actor_critic", clone_from)
    optimiser = adam(policy.network.parameters(), config.learning_rate)
    run, episodes = Run(config, seed, policy, optimiser, generator, envs), EpisodeReturns(envs)
    with run.session():
        observations = run.observations if run.resumed else envs.reset(seed=seed)[0]
        while run.goes_on():
            # 1. Play some steps in every environment.
            seen, actions, rewards, ends = [], [], [], []
            for _ in range(config.rollout_steps):
                seen.append(torch.from_numpy(observations.astype(np.float32)))
                action, _ = draw(policy, seen[-1], generator)
                observations, reward, terminated, truncated, infos = envs.step(policy.to_env(action))
                reward = np.array(reward, np.float32)
                episodes.add(reward, terminated | truncated)
                if truncated.any():  # the episode was cut, it would have gone on: its worth is the critic's guess
                    last = final_observations(infos, observations)[truncated]
                    reward[truncated] += config.gamma * worth(policy, last)
                actions.append(action)
                rewards.append(reward)
                ends.append(terminated | truncated)

            # 2. Judge: what followed each action, and what did the critic expect?
            returns = returns_with_critic(np.array(rewards), np.array(ends), worth(policy, observations), config.gamma)
            returns, everything = torch.from_numpy(returns.ravel()), torch.cat(seen)
            values = policy.network.critic(everything).squeeze(-1)
            advantages = returns - values.detach()

            # 3. Learn: the actor goes up log pi(a|s) times the advantage, the critic comes closer to the returns.
            outputs = policy.network.actor(everything)
            actor_loss = -(log_probability(policy, outputs, torch.cat(actions)) * advantages).mean()
            critic_loss = (values - returns).square().mean()
            loss = actor_loss + config.value_weight * critic_loss - config.entropy_weight * entropy(policy, outputs)
            optimiser.param_groups[0]["lr"] = config.learning_rate * (1.0 - run.share_used())
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(policy.network.parameters(), config.max_gradient, foreach=True)
            optimiser.step()

            # 4. Report, evaluate, save.
            metrics = {"critic_loss": float(critic_loss.detach()), **episodes.metrics()}
            run.update(len(everything), metrics, observations, on_update)
    return run.result()


@torch.no_grad()
def worth(policy: Policy, observations: np.ndarray) -> np.ndarray:
    """(n,) the critic's values of observations (n, slots)."""
    return policy.network.critic(torch.from_numpy(observations.astype(np.float32))).squeeze(-1).numpy()
