"""Proximal policy optimisation (Schulman et al. 2017) with generalised advantage estimation (Schulman et al. 2016).

Complete in this file: the settings, the loss, and one flat training loop. Read `train` from top to bottom.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Callable

import numpy as np
import torch
from gymnasium.vector import VectorEnv

from course_lib.agents.networks import adam
from course_lib.agents.policy import Policy
from course_lib.agents.training import (BestPolicy, Stopwatch, TrainingResult, Update, check_envs, describe_envs,
                                        final_observations, versions)


@dataclass
class Config:
    """Settings of PPO; the defaults suit 128 cars and the `features` observation."""

    steps: int = 1_000_000
    """environment steps, over all environments, to train for"""
    seconds: float | None = None
    """stop after this time, whatever the steps (then two runs differ)"""
    rollout_steps: int = 32
    """steps of each environment between two updates"""
    epochs: int = 6
    """times that each batch of experience is gone through"""
    minibatch: int = 1024
    """samples per gradient step"""
    learning_rate: float = 1e-3
    """of Adam"""
    gamma: float = 0.98
    """discount per step: rewards 1 / (1 - gamma) = 50 steps ahead still count"""
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
    log_std: float = -0.5
    """initial logarithm of the exploration's standard deviation (continuous actions)"""
    hidden: tuple[int, ...] = (64, 64)
    """hidden layers of actor and critic"""
    evaluate: Callable[[Policy], float] | None = None
    """policy -> score; the best policy by it is returned"""
    evaluate_every: int = 8192
    """environment steps between two evaluations"""
    threads: int = 1
    """threads of torch: small networks run fastest on one (performance.md)"""


def distribution(policy: Policy, observations: torch.Tensor) -> torch.distributions.Distribution:
    """What the policy would do, as probabilities; for observations (n, slots)."""
    outputs = policy.network.actor(observations)
    if policy.discrete:
        return torch.distributions.Categorical(logits=outputs, validate_args=False)
    normal = torch.distributions.Normal(outputs, policy.network.log_std.exp(), validate_args=False)
    return torch.distributions.Independent(normal, 1, validate_args=False)


def advantages_and_returns(rewards, values, last_values, ends, gamma: float, gae_lambda: float):
    """Generalised advantage estimation, backwards through the rollout.

    Args:
        rewards, values: (steps, n) rewards, and the critic's values of the observations they followed.
        last_values: (n,) values of the observations after the last step.
        ends: (steps, n) 1.0 where an episode ended with that step.

    Returns:
        advantages and returns, (steps, n) each.
    """
    advantages = np.zeros_like(rewards)
    following, running = last_values, np.zeros_like(last_values)
    for t in reversed(range(len(rewards))):
        surprise = rewards[t] + gamma * following * (1 - ends[t]) - values[t]
        running = surprise + gamma * gae_lambda * (1 - ends[t]) * running
        advantages[t], following = running, values[t]
    return advantages, advantages + values


def train(envs: VectorEnv, config: Config = Config(), seed: int = 0, on_update: Callable[[Update], bool | None] | None = None,
          clone_from: Policy | None = None) -> TrainingResult:
    check_envs(envs)
    threads = torch.get_num_threads()
    torch.set_num_threads(config.threads)
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        policy = Policy.create(envs.single_observation_space, envs.single_action_space, config.hidden, config.log_std,
                               algorithm="ppo", **describe_envs(envs))
    if clone_from is not None:
        policy.network.load_state_dict(clone_from.network.state_dict())
    optimiser = adam(policy.network.parameters(), config.learning_rate)
    best, history, steps, watch = BestPolicy(config.evaluate, config.evaluate_every), [], 0, Stopwatch()
    n, length = envs.num_envs, config.rollout_steps
    observations, _ = envs.reset(seed=seed)
    try:
        while steps < config.steps and not (config.seconds and watch.seconds > config.seconds):
            # Rollout
            seen = np.zeros((length + 1, n, observations.shape[1]), np.float32)
            rewards, ends = np.zeros((length, n), np.float32), np.zeros((length, n), np.float32)
            acts, logps = [], []
            for t in range(length):
                seen[t] = observations
                with torch.no_grad():
                    dist = distribution(policy, torch.from_numpy(seen[t]))
                    if policy.discrete:
                        u = torch.rand(dist.logits.shape, generator=generator)
                        act = (dist.logits - (-u.log()).log()).argmax(-1)
                    else:
                        act = dist.mean + torch.randn(dist.mean.shape, generator=generator) * dist.base_dist.scale
                    acts.append(act)
                    logps.append(dist.log_prob(act))
                observations, rewards[t], terminated, truncated, infos = envs.step(policy.to_env(act))
                ends[t] = terminated | truncated
                if truncated.any():
                    fo = final_observations(infos, observations)
                    with torch.no_grad():
                        rewards[t] += config.gamma * truncated * policy.network.critic(torch.from_numpy(fo)).squeeze(-1).numpy()
            seen[length] = observations
            steps += n * length
            obs = torch.from_numpy(seen.reshape(-1, seen.shape[-1]))
            with torch.no_grad():
                values = policy.network.critic(obs).numpy().reshape(length + 1, n)
            adv, ret = advantages_and_returns(rewards, values[:-1], values[-1], ends, config.gamma, config.gae_lambda)
            obs = obs[: length * n]
            adv, ret = torch.from_numpy(adv.reshape(-1)), torch.from_numpy(ret.reshape(-1))
            act, logp = torch.cat(acts), torch.cat(logps)
            for _ in range(config.epochs):
                for idx in torch.randperm(len(obs), generator=generator).split(config.minibatch):
                    dist = distribution(policy, obs[idx])
                    ratio = (dist.log_prob(act[idx]) - logp[idx]).exp()
                    a = adv[idx]
                    a = (a - a.mean()) / (a.std() + 1e-8)
                    pl = -torch.min(ratio * a, ratio.clamp(1 - config.clip, 1 + config.clip) * a).mean()
                    vl = (policy.network.critic(obs[idx]).squeeze(-1) - ret[idx]).square().mean()
                    loss = pl + config.value_weight * vl
                    if config.entropy_weight:
                        loss = loss - config.entropy_weight * dist.entropy().mean()
                    optimiser.zero_grad()
                    loss.backward()
                    torch.nn.utils.clip_grad_norm_(policy.network.parameters(), config.max_gradient)
                    optimiser.step()
            score = best.consider(policy, steps)
            m = {"reward": float(rewards.mean()), "value_loss": float(vl), "score": score}
            history.append({"steps": steps, "seconds": watch.seconds, **m})
            if on_update and on_update(Update(steps, watch.seconds, m, policy)):
                break
    except KeyboardInterrupt:
        pass
    finally:
        torch.set_num_threads(threads)
    return TrainingResult(best.policy or policy, history)
