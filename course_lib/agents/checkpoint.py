"""A training run on disk: enough to go on after a crash as if nothing had happened.

The folder holds ``checkpoint.json`` and the safetensors file that it names. A new pair is written beside the old one
and ``checkpoint.json`` is replaced last, so there is a whole checkpoint at every moment.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_lib.agents.policy import Policy
from course_lib.files import FileError, read_json, read_tensors, write_json, write_tensors

FORMAT = 1


class Checkpoint:
    """Saves and loads what a run needs: networks, optimiser, random states, environments and counters.

    Args:
        folder: made if it is missing.
        config, seed: of the run; a checkpoint of other settings is refused.
        policy, optimiser, generator, envs: whose state is saved, and set by `load`.
        parts: what else an algorithm needs to go on, by name; each has ``state_dict()`` and ``load_state_dict(state)``.
    """

    def __init__(
        self,
        folder: Path,
        config,
        seed: int,
        policy: Policy,
        optimiser: torch.optim.Optimizer,
        generator: torch.Generator,
        envs,
        parts: Mapping[str, Any] | None = None,
    ):
        self.parts = parts or {}
        self.folder, self.policy, self.optimiser, self.generator, self.envs = folder, policy, optimiser, generator, envs
        # Where it is kept and how it is judged may change between two parts of a run; what decides the weights may not.
        free = ("seconds", "checkpoint", "checkpoint_every", "evaluate")
        names = (field.name for field in fields(config) if field.name not in free)
        settings = {name: getattr(config, name) for name in names}
        self.identity = json.loads(
            json.dumps(
                {
                    "algorithm": policy.algorithm,
                    "seed": seed,
                    "env_id": policy.env_id,
                    "env_kwargs": policy.env_kwargs,
                    "num_envs": envs.num_envs,
                    "config": settings,
                }
            )
        )
        self.world = getattr(envs.unwrapped, "world", None)

    @property
    def exact(self) -> bool:
        """Will a resumed run equal an unbroken one? Only environments that can be stored go on where they were."""
        return self.world is not None and getattr(getattr(self.envs.unwrapped, "race", None), "reward", None) is None

    def save(self, run) -> None:
        """Write the state of a `training.Run`.

        Raises:
            OSError: the disk is full or the folder cannot be written; the checkpoint before is kept.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"policy.{name}": value for name, value in self.policy.network.state_dict().items()}
        tensors["random.torch"] = self.generator.get_state()
        if run.best is not None:
            tensors |= {f"best.{name}": value for name, value in run.best.network.state_dict().items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": value for name, value in state.items()}
        for name, part in self.parts.items():
            tensors |= {f"{name}.{key}": value for key, value in part.state_dict().items()}
        seen = run.observations if isinstance(run.observations, dict) else {"": run.observations}
        tensors |= {f"observations.{name}": torch.from_numpy(np.ascontiguousarray(rows)) for name, rows in seen.items()}
        if self.world is not None:
            # uint64 is not a type of every torch: keep the bits as int64.
            tensors |= {
                f"world.{name}": torch.from_numpy(value.view(np.int64) if value.dtype == np.uint64 else value)
                for name, value in self.world.state().items()
            }
        name = f"state-{run.steps:012d}.safetensors"
        digest = write_tensors(self.folder / name, tensors)
        write_json(
            self.folder / "checkpoint.json",
            {
                "format": FORMAT,
                "state": name,
                "sha256": digest,
                "identity": self.identity,
                "steps": run.steps,
                "seconds": run.seconds,
                "next_evaluation": run.next_evaluation,
                "best_score": None if run.best is None else run.best_score,
                "best_trained": None if run.best is None else run.best.trained,
                "trained": self.policy.trained,
                "history": run.history,
            },
        )
        for old in self.folder.glob("state-*.safetensors"):
            if old.name != name:
                old.unlink(missing_ok=True)

    def load(self) -> dict | None:
        """Set policy, optimiser, random state and world to the checkpoint; its counters, or None where there is none.

        Raises:
            FileError: it is damaged, its two files do not belong together, or it is of a run with other settings.
        """
        path = self.folder / "checkpoint.json"
        if not path.exists():
            return None
        saved = read_json(path)
        try:
            self._check(path, saved)
            tensors = read_tensors(self.folder / saved["state"], saved["sha256"])
            groups: dict[str, dict[str, torch.Tensor]] = {}
            for name, value in tensors.items():
                group, _, rest = name.partition(".")
                groups.setdefault(group, {})[rest] = value
            self.policy.network.load_state_dict(groups["policy"])
            self.policy.trained = saved["trained"]
            self._load_optimiser(groups["optimiser"])
            self.generator.set_state(groups["random"]["torch"])
            for name, part in self.parts.items():
                part.load_state_dict(groups[name])
            best = None
            if "best" in groups:
                best = self.policy.copy()
                best.network.load_state_dict(groups["best"])
                best.trained = saved["best_trained"]
            counters = {name: saved[name] for name in ("steps", "seconds", "next_evaluation", "history")}
        except (KeyError, TypeError, RuntimeError) as error:
            raise FileError(
                f"{path} lacks or mangles a field ({error}): remove the folder {self.folder} to start again."
            ) from error
        if not self.exact:
            warnings.warn(
                "What these environments (or their reward function) remember is not in the checkpoint: the run goes on "
                "with its policy, but will not end with the same weights as an unbroken one.",
                stacklevel=4,
            )
        seen = {name: rows.numpy() for name, rows in groups["observations"].items()}
        observations = seen.get("", seen)
        if self.world is None:
            observations = self.envs.reset(seed=saved["identity"]["seed"] + saved["steps"])[0]
        else:
            mine = self.world.state()
            self.world.restore(
                {
                    name: value.numpy().view(mine[name].dtype) if name in mine else value.numpy()
                    for name, value in groups["world"].items()
                }
            )
        return counters | {
            "best": best,
            "best_score": -np.inf if best is None else saved["best_score"],
            "observations": observations,
        }

    def _check(self, path: Path, saved: dict) -> None:
        if saved["format"] != FORMAT:
            raise FileError(
                f"{path} has format {saved['format']}, this First Lap reads {FORMAT}: finish the run with the "
                "version that began it, or remove the folder."
            )
        theirs, ours = saved["identity"] | saved["identity"]["config"], self.identity | self.identity["config"]
        for name in ours:
            if name != "config" and theirs[name] != ours[name]:
                raise FileError(
                    f"{path} is of a run with {name} = {theirs[name]}, this one has {ours[name]}: use the same "
                    "settings to go on, or another folder to start a new run."
                )

    def _load_optimiser(self, tensors: dict[str, torch.Tensor]) -> None:
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in tensors.items():
            index, _, field = name.partition(".")
            state.setdefault(int(index), {})[field] = value
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})
