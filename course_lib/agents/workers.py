"""What jobs in other processes need: a policy as bytes, and torch to themselves.

torch would share a tensor's memory with the receiver instead of sending it, which fails between machines, and where
many tensors are on the way. So a policy travels as its description and plain arrays.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium import spaces

from course_lib.agents.networks import ActorTwinCritic
from course_lib.agents.policy import Policy, one_thread

_job = threading.Lock()


@contextmanager
def one_job() -> Iterator[None]:
    """A job that is alone in its process and computes with one thread, so that its result is the same everywhere.

    torch's random state belongs to the whole process, and sums of several threads differ in their last bits.
    """
    with _job, one_thread():
        yield


@dataclass(frozen=True)
class Packed:
    """What `unpacked` needs: the arguments of `Policy.create`, and the network's arrays by name."""

    observation_space: spaces.Space
    action_space: spaces.Space
    known: dict[str, Any]
    weights: dict[str, np.ndarray]


def packed(policy) -> bytes:
    """A policy as bytes, to be read by `unpacked` in a process of one's own (never from a stranger: it is a pickle)."""
    if isinstance(policy, Policy):
        names = ("hidden", "algorithm", "env_id", "env_kwargs", "observation_version", "trained")
        known = {name: getattr(policy, name) for name in names}
        if isinstance(policy.network, ActorTwinCritic):
            known["critics"] = len(policy.network.critic.weights[0])
        weights = {name: value.numpy() for name, value in policy.network.state_dict().items()}
        policy = Packed(policy.observation_space, policy.action_space, known, weights)
    return pickle.dumps(policy, protocol=pickle.HIGHEST_PROTOCOL)


def unpacked(data: bytes):
    """The policy that `packed` made into bytes; torch's own random state is left as it was."""
    policy = pickle.loads(data)
    if isinstance(policy, Packed):
        weights = {name: torch.from_numpy(np.array(value)) for name, value in policy.weights.items()}
        with torch.random.fork_rng(devices=[]):
            policy = Policy.create(policy.observation_space, policy.action_space, **policy.known)
        policy.network.load_state_dict(weights)
    return policy
