"""What every policy folder has in common: ``policy.json`` and ``weights.safetensors``, and spaces as plain data.

Nothing in a folder could run code when it is opened.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gymnasium import spaces

from course_lib.files import read_json, write_json, write_tensors
from course_lib.sim.laps import PolicyError

FORMAT = 1
KNOWN = ("algorithm", "env_id", "env_kwargs", "observation_version", "trained")


def write_folder(
    folder: str | Path,
    policy,
    observation_space: spaces.Space,
    action_space: spaces.Space,
    network: dict,
    tensors: dict,
) -> Path:
    """Write both files, each in full or not at all; returns the folder, which is made where it is missing.

    Args:
        policy: has the attributes of ``KNOWN``.
        network: {"kind": ..., and what is needed to build it}.
        tensors: name -> torch tensor.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    described = {"format": FORMAT} | {name: getattr(policy, name) for name in KNOWN}
    described["action_space"] = describe_space(action_space)
    described["observation_space"] = describe_space(observation_space)
    described["network"] = network | {"sha256": write_tensors(folder / "weights.safetensors", tensors)}
    write_json(folder / "policy.json", described)
    return folder


def read_description(folder: Path) -> dict:
    """The content of ``policy.json``.

    Raises:
        PolicyError: another format.
        FileError: the file is missing, cut short or no JSON object.
    """
    described = read_json(folder / "policy.json")
    if described.get("format") != FORMAT:
        raise PolicyError(
            f"{folder / 'policy.json'} has format {described.get('format')}: this First Lap reads format "
            f"{FORMAT}; update First Lap or train the policy again."
        )
    return described


def describe_space(space: spaces.Space) -> dict:
    """A Box or Discrete space, or a Dict of them, as plain data; one bound for all numbers of a picture."""
    if isinstance(space, spaces.Dict):
        return {"type": "Dict", "spaces": {name: describe_space(part) for name, part in space.spaces.items()}}
    if isinstance(space, spaces.Discrete):
        return {"type": "Discrete", "n": int(space.n)}
    bounds = {name: _describe_bound(bound) for name, bound in (("low", space.low), ("high", space.high))}
    return {"type": "Box", "shape": list(space.shape), "dtype": str(space.dtype), **bounds}


def _describe_bound(bound: np.ndarray) -> float | list | None:
    if np.isinf(bound).all():
        return None
    same_everywhere = bound.ndim > 1 and (bound == bound.flat[0]).all()
    return float(bound.flat[0]) if same_everywhere else np.asarray(bound, float).tolist()


def build_space(described: dict) -> spaces.Space:
    """The space that `describe_space` described."""
    if described["type"] == "Dict":
        return spaces.Dict({name: build_space(part) for name, part in described["spaces"].items()})
    if described["type"] == "Discrete":
        return spaces.Discrete(described["n"])
    shape, dtype = tuple(described["shape"]), np.dtype(described["dtype"])
    low, high = (
        np.full(shape, without if described[name] is None else described[name])
        for name, without in (("low", -np.inf), ("high", np.inf))
    )
    return spaces.Box(low.astype(dtype), high.astype(dtype), shape, dtype)
