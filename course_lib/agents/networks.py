"""The networks of this course: plain multilayer perceptrons, and the optimiser that suits them on a CPU."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn


def mlp(sizes: list[int], output_gain: float = 1.0) -> nn.Sequential:
    """Layers of the given sizes with tanh between; orthogonal weights of gain sqrt 2, the last of ``output_gain``."""
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:])):
        layer = nn.Linear(inputs, outputs)
        last = i == len(sizes) - 2
        nn.init.orthogonal_(layer.weight, output_gain if last else np.sqrt(2))
        nn.init.zeros_(layer.bias)
        layers += [layer] if last else [layer, nn.Tanh()]
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


def adam(parameters, learning_rate: float, eps: float = 1e-5) -> torch.optim.Adam:
    """Adam in its fastest form for this torch: fused where the CPU build has it (from 2.4 on), else in groups."""
    parameters = list(parameters)
    try:
        return torch.optim.Adam(parameters, lr=learning_rate, eps=eps, fused=True)
    except RuntimeError:
        return torch.optim.Adam(parameters, lr=learning_rate, eps=eps, foreach=True)
