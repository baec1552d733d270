"""The networks of this course: plain multilayer perceptrons, and the optimiser that suits them on a CPU."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn


def mlp(sizes: list[int], output_gain: float = 1.0, between: type[nn.Module] = nn.Tanh) -> nn.Sequential:
    """Layers of the given sizes, tanh between; orthogonal weights of gain sqrt 2, the last of ``output_gain``."""
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:])):
        layer = nn.Linear(inputs, outputs)
        last = i == len(sizes) - 2
        nn.init.orthogonal_(layer.weight, output_gain if last else np.sqrt(2))
        nn.init.zeros_(layer.bias)
        layers += [layer] if last else [layer, between()]
    return nn.Sequential(*layers)


class ActorCritic(nn.Module):
    """A policy network and a value network that share nothing.

    Args:
        inputs: slots of an observation.
        outputs: numbers of a continuous action, or choices of a discrete one.
        discrete: are the outputs the logits of choices, or the means of Gaussians?
        hidden: sizes of the hidden layers of both networks.
        log_std: initial logarithm of the Gaussians' standard deviation (continuous only).
    """

    def __init__(
        self, inputs: int, outputs: int, discrete: bool, hidden: tuple[int, ...] = (64, 64), log_std: float = 0.0
    ):
        super().__init__()
        self.actor = mlp([inputs, *hidden, outputs], output_gain=0.01)
        self.critic = mlp([inputs, *hidden, 1])
        if not discrete:
            self.log_std = nn.Parameter(torch.full((outputs,), float(log_std)))


class TwinCritic(nn.Module):
    """Some networks that judge an action each, computed together: weights (critics, inputs, outputs).

    Args:
        inputs: numbers of an observation and an action.  hidden: sizes of the hidden layers.
        critics: how many; TD3 has two.
    """

    def __init__(self, inputs: int, hidden: tuple[int, ...], critics: int = 2):
        super().__init__()
        networks = [mlp([inputs, *hidden, 1], between=nn.ReLU)[::2] for _ in range(critics)]
        layers = list(zip(*networks))
        self.weights = nn.ParameterList(torch.stack([layer.weight.detach().T for layer in same]) for same in layers)
        self.biases = nn.ParameterList(torch.zeros(critics, 1, layer[0].out_features) for layer in layers)

    def forward(self, observations: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
        """(critics, b) judgements of actions (b, k) at observations (b, slots)."""
        flow = torch.cat([observations, actions], dim=1).expand(len(self.biases[0]), -1, -1)
        *hidden, last = zip(self.weights, self.biases)
        for weight, bias in hidden:
            flow = torch.baddbmm(bias, flow, weight).relu()
        weight, bias = last
        return (flow * weight.mT).sum(dim=-1) + bias[..., 0]  # a product with one column is slow in batches

    def first(self, observations: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
        """(b,) judgements of the first network, whose weights get no gradients from it."""
        flow = torch.cat([observations, actions], dim=1)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            flow = torch.addmm(bias[0].detach(), flow if i == 0 else flow.relu(), weight[0].detach())
        return flow.squeeze(-1)


class ActorTwinCritic(nn.Module):
    """A policy network that gives one action in [-1, 1] per number, and critics that judge it (TD3).

    ``log_std``: logarithm of the noise with which the policy explores.
    """

    def __init__(
        self, inputs: int, outputs: int, hidden: tuple[int, ...] = (256, 256), log_std: float = -2.3, critics: int = 2
    ):
        super().__init__()
        self.actor = mlp([inputs, *hidden, outputs], output_gain=0.01, between=nn.ReLU).append(nn.Tanh())
        self.critic = TwinCritic(inputs + outputs, hidden, critics)
        self.register_buffer("log_std", torch.full((outputs,), float(log_std)))


def adam(parameters, learning_rate: float, eps: float = 1e-5) -> torch.optim.Adam:
    """Adam in its fastest form for this torch: fused where the CPU build has it (from 2.4 on), else in groups."""
    parameters = list(parameters)
    try:
        return torch.optim.Adam(parameters, lr=learning_rate, eps=eps, fused=True)
    except RuntimeError:
        return torch.optim.Adam(parameters, lr=learning_rate, eps=eps, foreach=True)
