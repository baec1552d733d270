"""A trained policy: what it knows of its environment, how it acts, and the folder that it is kept in.

A policy folder holds ``policy.json`` and ``weights.safetensors``, and nothing that could run code when it is opened.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from gymnasium import spaces

from course_lib.agents.networks import ActorCritic
from course_lib.files import FileError, read_json, read_tensors, write_json, write_tensors
from course_lib.sim.laps import PolicyError

FORMAT = 1


@dataclass
class Policy:
    """A network together with what is needed to use it.

    Attributes:
        network: an `ActorCritic`.  hidden: sizes of its hidden layers.
        observation_space, action_space: gymnasium spaces of one environment.
        algorithm: name of the algorithm that trained it.
        env_id, env_kwargs, observation_version: where it was trained.
        trained: {"steps", "seconds", "seed", "versions"}.
    """

    network: ActorCritic
    observation_space: spaces.Box
    action_space: spaces.Box | spaces.Discrete
    hidden: tuple[int, ...] = (64, 64)
    algorithm: str = ""
    env_id: str | None = None
    env_kwargs: dict = field(default_factory=dict)
    observation_version: int | None = None
    trained: dict = field(default_factory=dict)

    def __post_init__(self):
        self._generator = torch.Generator().manual_seed(0)
        if isinstance(self.action_space, spaces.Box):
            low, high = (
                torch.as_tensor(np.asarray(bound, np.float32))
                for bound in (self.action_space.low, self.action_space.high)
            )
            self._middle, self._reach = (low + high) / 2, (high - low) / 2

    def __repr__(self) -> str:
        return f"Policy({self.algorithm}, {self.env_id}, {self.trained.get('steps', 0):,} steps)"

    @classmethod
    def create(
        cls,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        hidden: tuple[int, ...] = (64, 64),
        log_std: float = 0.0,
        **known,
    ) -> Policy:
        """A policy with a fresh network.

        Raises:
            PolicyError: the observation is no vector of numbers, or the action neither a bounded vector nor a choice.
        """
        if not isinstance(observation_space, spaces.Box) or len(observation_space.shape) != 1:
            raise PolicyError(
                f"The observation is {observation_space}: this network takes a vector of numbers, "
                'such as observation="features" or "lidar".'
            )
        if isinstance(action_space, spaces.Discrete) and action_space.start == 0:
            outputs, discrete = int(action_space.n), True
        elif isinstance(action_space, spaces.Box) and len(action_space.shape) == 1 and action_space.is_bounded():
            outputs, discrete = action_space.shape[0], False
        else:
            raise PolicyError(
                f"The action is {action_space}: this network chooses from Discrete(n), or fills a bounded Box."
            )
        network = ActorCritic(observation_space.shape[0], outputs, discrete, tuple(hidden), log_std)
        return cls(network, observation_space, action_space, tuple(hidden), **known)

    @property
    def discrete(self) -> bool:
        return isinstance(self.action_space, spaces.Discrete)

    def to_env(self, outputs: torch.Tensor) -> np.ndarray:
        """The environment's actions for the network's: choices as they are, numbers clipped and put on its scale."""
        if self.discrete:
            return outputs.numpy()
        return (outputs.clamp(-1.0, 1.0) * self._reach + self._middle).numpy()

    def act(self, observations: np.ndarray, deterministic: bool = True) -> np.ndarray:
        """Actions for observations (n, slots), or one action for one observation (slots,).

        Args:
            deterministic: take the best action instead of drawing one.

        Raises:
            PolicyError: observations with another number of slots.
        """
        observations = np.asarray(observations, dtype=np.float32)
        if observations.shape[-1:] != self.observation_space.shape:
            raise PolicyError(
                f"The observation has the shape {observations.shape}: this policy was trained on "
                f"{self.observation_space.shape[0]} numbers."
            )
        with torch.inference_mode():
            outputs = self.network.actor(torch.from_numpy(np.atleast_2d(observations)))
            if self.discrete:
                noise = (
                    0.0 if deterministic else -torch.empty_like(outputs).exponential_(generator=self._generator).log()
                )
                outputs = (outputs + noise).argmax(-1)
            elif not deterministic:
                outputs = outputs + torch.randn(outputs.shape, generator=self._generator) * self.network.log_std.exp()
            actions = self.to_env(outputs)
        return actions if observations.ndim > 1 else actions[0]

    def copy(self) -> Policy:
        """A policy of its own with the same weights."""
        return copy.deepcopy(self)

    def save(self, folder: str | Path) -> Path:
        """Write ``policy.json`` and ``weights.safetensors`` into a folder, each in full or not at all."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        described = {
            "format": FORMAT,
            "algorithm": self.algorithm,
            "env_id": self.env_id,
            "env_kwargs": self.env_kwargs,
            "observation_version": self.observation_version,
            "action_space": describe_space(self.action_space),
            "observation_space": describe_space(self.observation_space),
            "network": {"kind": "actor_critic", "hidden": list(self.hidden), "sha256": None},
            "trained": self.trained,
        }
        described["network"]["sha256"] = write_tensors(folder / "weights.safetensors", self.network.state_dict())
        write_json(folder / "policy.json", described)
        return folder


def load_policy(folder: str | Path) -> Policy:
    """The policy in a folder; nothing else is needed.

    Raises:
        PolicyError: a file is missing, truncated, of another policy or of a newer version.
    """
    folder = Path(folder)
    try:
        described = read_json(folder / "policy.json")
        if described.get("format") != FORMAT:
            raise PolicyError(
                f"{folder / 'policy.json'} has format {described.get('format')}: this First Lap reads format "
                f"{FORMAT}; update First Lap or train the policy again."
            )
        policy = Policy.create(
            build_space(described["observation_space"]),
            build_space(described["action_space"]),
            tuple(described["network"]["hidden"]),
            algorithm=described["algorithm"],
            env_id=described["env_id"],
            env_kwargs=described["env_kwargs"],
            observation_version=described["observation_version"],
            trained=described["trained"],
        )
        weights = read_tensors(folder / "weights.safetensors", described["network"]["sha256"])
        policy.network.load_state_dict(weights)
    except FileError as error:
        raise PolicyError(str(error)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise PolicyError(
            f"{folder / 'policy.json'} lacks or mangles a field ({error}): it is not a policy of First Lap."
        ) from error
    except RuntimeError:
        raise PolicyError(
            f"{folder / 'weights.safetensors'} holds a network of another shape than policy.json says: "
            "copy both files from the same run."
        ) from None
    return policy


def describe_space(space: spaces.Space) -> dict:
    """A Box or Discrete space as plain data."""
    if isinstance(space, spaces.Discrete):
        return {"type": "Discrete", "n": int(space.n)}
    bounds = {
        name: None if np.isinf(bound).all() else np.asarray(bound, float).tolist()
        for name, bound in (("low", space.low), ("high", space.high))
    }
    return {"type": "Box", "shape": list(space.shape), "dtype": str(space.dtype), **bounds}


def build_space(described: dict) -> spaces.Space:
    """The space that `describe_space` described."""
    if described["type"] == "Discrete":
        return spaces.Discrete(described["n"])
    shape, dtype = tuple(described["shape"]), np.dtype(described["dtype"])
    low, high = (
        np.full(shape, without) if described[name] is None else np.array(described[name])
        for name, without in (("low", -np.inf), ("high", np.inf))
    )
    return spaces.Box(low.astype(dtype), high.astype(dtype), shape, dtype)
