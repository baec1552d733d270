"""Proximal policy optimisation (Schulman et al. 2017) with generalised advantage estimation (Schulman et al. 2016).

Complete in this file: the settings, the loss, and one flat training loop. Read `train` from top to bottom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gymnasium.vector import VectorEnv
from torch.nn.functional import mse_loss

from course_lib.agents.distribution import draw, entropy, log_probability
from course_lib.agents.networks import adam
from course_lib.agents.policy import Policy
from course_lib.agents.training import OnUpdate, Run, TrainingResult, check_envs, final_observations, new_policy


@dataclass
class Config:
    """Settings of PPO; the defaults suit 128 cars and the `features` observation."""

    steps: int = 1_000_000
    """environment steps, over all environments, to train for"""
    seconds: float | None = None
    """stop after this time, whatever the steps (then two runs differ)"""
    rollout_steps: int = 16
    """steps of each environment between two updates"""
    epochs: int = 4
    """times that each batch of experience is gone through"""
    minibatch: int = 1024
    """samples per gradient step"""
    learning_rate: float = 2e-3
    """of Adam, falling in a straight line to 0 at the end of the budget"""
    gamma: float = 0.97
    """discount per step: rewards 1 / (1 - gamma) = 33 steps, some two seconds, ahead still count"""
    gae_lambda: float = 0.95
    """how far advantages look along the rewards (1) rather than trust the critic (0)"""
    clip: float = 0.2
    """how far one update may move the probability of an action, as a ratio"""
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


def advantages_and_returns(rewards, values, ends, gamma: float, gae_lambda: float) -> tuple[np.ndarray, np.ndarray]:
    """Generalised advantage estimation, backwards through a rollout.

    Args:
        rewards: (steps, n).
        values: (steps + 1, n) the critic's values of the observations; the last row follows the last step.
        ends: (steps, n) bool, the episode ended with that step.

    Returns:
        advantages, and returns for the critic to learn, (steps, n) each.
    """
    advantages, running = np.zeros_like(rewards), np.zeros_like(values[0])
    for t in reversed(range(len(rewards))):
        goes_on = 1.0 - ends[t]
        surprise = rewards[t] + gamma * goes_on * values[t + 1] - values[t]
        running = advantages[t] = surprise + gamma * gae_lambda * goes_on * running
    return advantages, advantages + values[:-1]


def loss(
    policy: Policy, config: Config, batch: dict[str, torch.Tensor], value_error=mse_loss
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The clipped objective (equation 7 of the paper), the critic's squared error and the entropy, to be minimised.

    Args:
        batch: observations (b, slots), actions (b, k) or (b,), and (b,) each: log_probabilities before the update,
            advantages (normalised), returns.
        value_error: how the critic's values are compared with the returns.
    """
    outputs = policy.network.actor(batch["observations"])
    change = log_probability(policy, outputs, batch["actions"]) - batch["log_probabilities"]
    ratio, advantages = change.exp(), batch["advantages"]
    clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
    policy_loss = -torch.min(ratio * advantages, clipped * advantages).mean()
    value_loss = value_error(policy.network.critic(batch["observations"]).squeeze(-1), batch["returns"])
    total = policy_loss + config.value_weight * value_loss
    if config.entropy_weight:
        total = total - config.entropy_weight * entropy(policy, outputs)
    outside = ((ratio.detach() - 1).abs() > config.clip).float()
    metrics = {"policy_loss": policy_loss, "value_loss": value_loss, "kl": (ratio - 1 - change).mean()}
    return total, metrics | {"outside_clip": outside.mean()}


def train(
    envs: VectorEnv,
    config: Config | None = None,
    seed: int = 0,
    on_update: OnUpdate | None = None,
    clone_from: Policy | None = None,
) -> TrainingResult:
    """Train a policy by PPO.

    Args:
        envs: environments in SAME_STEP mode (`make_envs`).
        config: settings.
        seed: of the network, the exploration and the environments: the same seed gives the same weights.
        on_update: called with an `Update` after each update; returning True ends the training.
        clone_from: a policy to start from, instead of a fresh network.

    Returns:
        the best policy and one dict per update. Ctrl-C, or the notebook's stop button, ends the training early.

    Raises:
        PolicyError: observations or actions that the network cannot take, or a ``clone_from`` of another shape.
        FileError: a checkpoint that is damaged or belongs to another run.
        ValueError: environments in another autoreset mode.
    """
    config = config or Config()
    check_envs(envs)
    generator = torch.Generator().manual_seed(seed)
    policy = new_policy(envs, config, seed, "ppo", clone_from)
    optimiser = adam(policy.network.parameters(), config.learning_rate)
    run = Run(config, seed, policy, optimiser, generator, envs)
    n, length = envs.num_envs, config.rollout_steps
    parameters = list(policy.network.parameters())
    with run.session():
        observations = run.observations if run.resumed else envs.reset(seed=seed)[0]
        while run.goes_on():
            # 1. Drive: every environment takes `length` steps with the current policy.
            seen = np.zeros((length + 1, n, *observations.shape[1:]), np.float32)
            rewards, ends = np.zeros((length, n), np.float32), np.zeros((length, n), bool)
            actions, log_probabilities = [], []
            for t in range(length):
                seen[t] = observations
                action, log_probability_ = draw(policy, torch.from_numpy(seen[t]), generator)
                observations, rewards[t], terminated, truncated, infos = envs.step(policy.to_env(action))
                ends[t] = terminated | truncated
                # A truncated episode was cut, the drive would have gone on: its worth is the critic's guess.
                if truncated.any():
                    last = final_observations(infos, observations)[truncated]
                    rewards[t, truncated] += config.gamma * value(policy, last)
                actions.append(action)
                log_probabilities.append(log_probability_)
            seen[length] = observations

            # 2. Judge: how much better was each action than the critic expected?
            values = value(policy, seen.reshape(-1, *seen.shape[2:])).reshape(length + 1, n)
            advantages, returns = advantages_and_returns(rewards, values, ends, config.gamma, config.gae_lambda)
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
            batch = {
                "observations": torch.from_numpy(seen[:-1].reshape(n * length, *seen.shape[2:])),
                "actions": torch.cat(actions),
                "log_probabilities": torch.cat(log_probabilities),
                "advantages": torch.from_numpy(advantages.ravel()),
                "returns": torch.from_numpy(returns.ravel()),
            }

            # 3. Learn: some epochs of gradient steps, kept near the policy that drove.
            optimiser.param_groups[0]["lr"] = config.learning_rate * (1.0 - run.share_used())
            for _ in range(config.epochs):
                for picked in torch.randperm(n * length, generator=generator).split(config.minibatch):
                    total, metrics = loss(policy, config, {name: values[picked] for name, values in batch.items()})
                    optimiser.zero_grad()
                    total.backward()
                    torch.nn.utils.clip_grad_norm_(parameters, config.max_gradient, foreach=True)
                    optimiser.step()

            # 4. Report, evaluate, save.
            metrics = {name: float(number.detach()) for name, number in metrics.items()}
            run.update(n * length, {"reward": float(rewards.mean()), **metrics}, observations, on_update)
    return run.result()


@torch.no_grad()
def value(policy: Policy, observations: np.ndarray) -> np.ndarray:
    """(n,) the critic's values of observations (n, slots)."""
    return policy.network.critic(torch.from_numpy(observations)).squeeze(-1).numpy()
