"""A network's outputs as probabilities of actions: Gaussians for numbers, a softmax for choices."""

from __future__ import annotations

import math

import torch

from course_lib.agents.policy import Policy

LOG_2_PI = math.log(2 * math.pi)


def log_probability(policy: Policy, outputs: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
    """(n,) log-probability of ``actions`` under the actor's ``outputs`` (n, k)."""
    if policy.discrete:
        return outputs.log_softmax(-1).gather(-1, actions[:, None]).squeeze(-1)
    log_std = policy.network.log_std
    error = (actions - outputs) * (-log_std).exp()
    return -0.5 * error.square().sum(-1) - log_std.sum() - 0.5 * LOG_2_PI * outputs.shape[-1]


def entropy(policy: Policy, outputs: torch.Tensor) -> torch.Tensor:
    """Mean entropy of what the policy would do."""
    if policy.discrete:
        logits = outputs.log_softmax(-1)
        return -(logits.exp() * logits).sum(-1).mean()
    return (policy.network.log_std + 0.5 * (LOG_2_PI + 1)).sum()


@torch.no_grad()
def draw(policy: Policy, observations: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Actions drawn from the policy for observations (n, slots), and their log-probabilities (n,)."""
    outputs = policy.network.actor(observations)
    if policy.discrete:
        # Gumbel's trick: the largest of logits plus noise is a draw from their softmax.
        actions = (outputs - torch.empty_like(outputs).exponential_(generator=generator).log()).argmax(-1)
    else:
        actions = outputs + torch.randn(outputs.shape, generator=generator) * policy.network.log_std.exp()
    return actions, log_probability(policy, outputs, actions)
