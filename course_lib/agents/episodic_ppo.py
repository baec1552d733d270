"""PPO that updates after whole episodes, as the DeepRacer console did: each car drives one, then the policy learns.

The loss and the advantages are those of `ppo`; what differs is the rhythm. Read `train` beside ``ppo.train``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from torch.nn.functional import huber_loss, mse_loss

from course_lib.agents.distribution import draw
from course_lib.agents.networks import adam
from course_lib.agents.policy import Policy
from course_lib.agents.ppo import advantages_and_returns, loss, value
from course_lib.agents.training import OnUpdate, Run, TrainingResult, check_envs, new_policy


@dataclass
class Config:
    """Settings; the defaults are the console's (deepracer.md, section 5), where it had one."""

    steps: int = 100_000
    """environment steps to train for; the iteration that reaches them is finished"""
    seconds: float | None = None
    """stop after this time, whatever the steps (then two runs differ)"""
    epochs: int = 10
    """times that the episodes of an iteration are gone through"""
    minibatch: int = 64
    """samples per gradient step"""
    learning_rate: float = 3e-4
    """of Adam, the same from beginning to end"""
    gamma: float = 0.99
    """discount per step"""
    gae_lambda: float = 0.95
    """how far advantages look along the rewards (1) rather than trust the critic (0)"""
    clip: float = 0.2
    """how far one update may move the probability of an action, as a ratio"""
    entropy_weight: float = 0.01
    """reward for staying undecided"""
    huber: bool = True
    """the critic's error counts in a straight line beyond 1, instead of squared"""
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
    evaluate_every: int = 1
    """environment steps between two evaluations; 1: after each iteration"""
    threads: int = 1
    """threads of torch: small networks run fastest on one (performance.md)"""
    checkpoint: Path | None = None
    """folder to keep a checkpoint in; a run that finds its own there goes on from it"""
    checkpoint_every: float = 10.0
    """seconds between two checkpoints"""


def train(
    envs: VectorEnv,
    config: Config | None = None,
    seed: int = 0,
    on_update: OnUpdate | None = None,
    clone_from: Policy | None = None,
) -> TrainingResult:
    """Train a policy by PPO, one whole episode of every environment per iteration.

    Args:
        envs: environments that wait when their episode has ended (``make_envs(id, n, autoreset=False)``).
        config, seed, on_update, clone_from: as in `ppo.train`.

    Returns:
        the best policy and one dict per iteration, in which "return" is the mean of its episodes.

    Raises:
        PolicyError, FileError, ValueError: as in `ppo.train`.
    """
    config = config or Config()
    check_envs(envs, AutoresetMode.DISABLED)
    generator = torch.Generator().manual_seed(seed)
    policy = new_policy(envs, config, seed, "ppo", clone_from)
    optimiser = adam(policy.network.parameters(), config.learning_rate)
    observations = envs.reset(seed=seed)[0]
    run = Run(config, seed, policy, optimiser, generator, envs)
    parameters = list(policy.network.parameters())
    value_error = huber_loss if config.huber else mse_loss
    with run.session():
        observations = run.observations if run.resumed else observations
        while run.goes_on():
            # 1. Drive: every environment drives until its episode ends; who is done waits for the others.
            seen, rewards, ends, counts, actions, log_probabilities = [], [], [], [], [], []
            driving, earned = np.ones(envs.num_envs, bool), np.zeros(envs.num_envs)
            while driving.any():
                seen.append(np.asarray(observations, np.float32))
                action, log_probability = draw(policy, torch.from_numpy(seen[-1]), generator)
                observations, reward, terminated, truncated, _ = envs.step(policy.to_env(action))
                earned += reward
                # A truncated episode was cut, the drive would have gone on: its worth is the critic's guess.
                if truncated.any():
                    reward[truncated] += config.gamma * value(policy, np.float32(observations[truncated]))
                rewards.append(np.float32(reward))
                ends.append(terminated | truncated)
                counts.append(driving)
                actions.append(action)
                log_probabilities.append(log_probability)
                driving = driving & ~ends[-1]

            # 2. Judge: how much better was each action than the critic expected? Waiting counts for nothing.
            counts = torch.from_numpy(np.concatenate(counts))
            rewards, ends, shape = np.stack(rewards), np.stack(ends), (len(rewards) + 1, envs.num_envs)
            values = value(policy, np.concatenate([*seen, seen[-1]])).reshape(shape)
            advantages, returns = advantages_and_returns(rewards, values, ends, config.gamma, config.gae_lambda)
            batch = {
                "observations": torch.from_numpy(np.concatenate(seen))[counts],
                "actions": torch.cat(actions)[counts],
                "log_probabilities": torch.cat(log_probabilities)[counts],
                "advantages": torch.from_numpy(advantages.ravel())[counts],
                "returns": torch.from_numpy(returns.ravel())[counts],
            }
            advantages = batch["advantages"]
            batch["advantages"] = (advantages - advantages.mean()) / (advantages.std() + 1e-8)

            # 3. Learn: some epochs of gradient steps, kept near the policy that drove.
            for _ in range(config.epochs):
                for picked in torch.randperm(len(advantages), generator=generator).split(config.minibatch):
                    total, metrics = loss(policy, config, {name: it[picked] for name, it in batch.items()}, value_error)
                    optimiser.zero_grad()
                    total.backward()
                    torch.nn.utils.clip_grad_norm_(parameters, config.max_gradient, foreach=True)
                    optimiser.step()

            # 4. Go back to the start, report, evaluate, save.
            observations = envs.reset()[0]
            metrics = {name: float(number.detach()) for name, number in metrics.items()}
            metrics |= {"return": float(earned.mean()), "reward": float(earned.sum()) / len(advantages)}
            run.update(len(advantages), metrics, observations, on_update)
    return run.result()
