"""A policy that is a table: one row per state, one column per action, and in it what the action is worth there."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from gymnasium import spaces

from course_lib.agents.policy_folder import write_folder


@dataclass
class TablePolicy:
    """Takes the action that its table says is worth most.

    Attributes:
        q: (states, actions) what each action in each state is worth.
        env_id, env_kwargs, observation_version, trained, algorithm: as in `Policy`.
    """

    q: np.ndarray
    env_id: str | None = None
    env_kwargs: dict = field(default_factory=dict)
    observation_version: int | None = None
    trained: dict = field(default_factory=dict)
    algorithm: str = "q_learning"

    def __repr__(self) -> str:
        return f"TablePolicy({self.env_id}, {self.q.shape[0]} states x {self.q.shape[1]} actions)"

    def act(self, observations, deterministic: bool = True):
        """Actions for states (n,), or one action for one state; the table knows no chance, the first of equals wins."""
        actions = self.q[np.asarray(observations, dtype=np.intp)].argmax(axis=-1)
        return actions if np.ndim(observations) else int(actions)

    def copy(self) -> TablePolicy:
        """A policy of its own with the same table."""
        return copy.deepcopy(self)

    def save(self, folder: str | Path) -> Path:
        """Write a policy folder, each file in full or not at all; `load_policy` reads it."""
        import torch

        states, actions = (spaces.Discrete(size) for size in self.q.shape)
        tensors = {"q": torch.from_numpy(np.array(self.q, dtype=np.float64))}
        return write_folder(folder, self, states, actions, {"kind": "table"}, tensors)
