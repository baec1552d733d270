"""What was lived through, kept to learn from again and again (Lin 1992; Mnih et al. 2015)."""

from __future__ import annotations

import numpy as np
import torch

from course_lib.agents.inputs import Inputs, Parts


class Replay:
    """The last steps, in a ring; pictures are kept as uint8, coarse as the network sees them.

    Args:
        size: steps that it holds.  inputs: of the network.  actions: numbers of an action.
    """

    def __init__(self, size: int, inputs: Inputs, actions: int):
        self.size, self.inputs, self.count = size, inputs, 0
        self._rows = {
            f"{when}.{name}": np.zeros((size, inputs.sizes[name]), inputs.dtypes[name])
            for when in ("before", "after")
            for name in inputs.sizes
        }
        self._rows["actions"] = np.zeros((size, actions), np.float32)
        self._rows |= {name: np.zeros(size, np.float32) for name in ("rewards", "goes_on")}

    def __len__(self) -> int:
        return min(self.count, self.size)

    def add(self, before: Parts, actions, rewards, after: Parts, terminated) -> None:
        """Keep one step of n environments; ``before`` and ``after`` as `Inputs.kept` gives them.

        Args:
            actions: (n, k) in [-1, 1].  rewards: (n,).
            terminated: (n,) bool. A truncated episode would have gone on: it is none.
        """
        rows = (self.count + np.arange(len(rewards))) % self.size
        for name in before:
            self._rows[f"before.{name}"][rows] = before[name]
            self._rows[f"after.{name}"][rows] = after[name]
        self._rows["actions"][rows], self._rows["rewards"][rows] = actions, rewards
        self._rows["goes_on"][rows] = ~np.asarray(terminated)
        self.count += len(rows)

    def draw(self, batch: int, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """b steps by chance: before (b, slots), actions (b, k), rewards (b,), after (b, slots), goes_on (b,)."""
        picked = torch.randint(len(self), (batch,), generator=generator).numpy()
        before, after = (
            self.inputs.vector({name: self._rows[f"{when}.{name}"][picked] for name in self.inputs.sizes})
            for when in ("before", "after")
        )
        actions, rewards, goes_on = (
            torch.from_numpy(self._rows[name][picked]) for name in ("actions", "rewards", "goes_on")
        )
        return before, actions, rewards, after, goes_on

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Everything, for a checkpoint."""
        rows = {name: torch.from_numpy(rows[: len(self)]) for name, rows in self._rows.items()}
        return rows | {"count": torch.tensor(self.count)}

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        self.count = int(state["count"])
        for name, rows in self._rows.items():
            rows[: len(self)] = state[name].numpy()
