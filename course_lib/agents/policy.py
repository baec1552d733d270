"""A trained policy: what it knows of its environment, how it acts, and the folder that it is kept in.

A policy folder holds ``policy.json`` and ``weights.safetensors``, and nothing that could run code when it is opened.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from gymnasium import spaces

from course_lib.agents.inputs import Inputs
from course_lib.agents.networks import ActorCritic, ActorTwinCritic
from course_lib.agents.policy_folder import KNOWN, build_space, read_description, write_folder
from course_lib.agents.policy_folder import describe_space as describe_space
from course_lib.agents.table_policy import TablePolicy
from course_lib.files import FileError, read_tensors
from course_lib.sim.laps import PolicyError


@contextmanager
def one_thread() -> Iterator[None]:
    """torch on one thread: a small network answers up to 30 times faster than on two that wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@dataclass
class Policy:
    """A network together with what is needed to use it.

    Attributes:
        network: an `ActorCritic`, or an `ActorTwinCritic` (TD3).  hidden: sizes of its hidden layers.
        observation_space, action_space: gymnasium spaces of one environment.
        algorithm: name of the algorithm that trained it.
        env_id, env_kwargs, observation_version: where it was trained.
        trained: {"steps", "seconds", "seed", "versions"}.
    """

    network: ActorCritic | ActorTwinCritic
    observation_space: spaces.Box | spaces.Dict
    action_space: spaces.Box | spaces.Discrete
    hidden: tuple[int, ...] = (64, 64)
    algorithm: str = ""
    env_id: str | None = None
    env_kwargs: dict = field(default_factory=dict)
    observation_version: int | None = None
    trained: dict = field(default_factory=dict)

    def __post_init__(self):
        self._generator = torch.Generator().manual_seed(0)
        self.inputs = Inputs(self.observation_space)
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
        critics: int = 0,
        **known,
    ) -> Policy:
        """A policy with a fresh network; with ``critics`` an `ActorTwinCritic` that has so many.

        Raises:
            PolicyError: the observation is nothing that `Inputs` takes, or the action neither a bounded vector nor (for
                an `ActorCritic`) a choice.
        """
        inputs = Inputs(observation_space)
        if isinstance(action_space, spaces.Discrete) and action_space.start == 0:
            outputs, discrete = int(action_space.n), True
        elif isinstance(action_space, spaces.Box) and len(action_space.shape) == 1 and action_space.is_bounded():
            outputs, discrete = action_space.shape[0], False
        else:
            raise PolicyError(
                f"The action is {action_space}: this network chooses from Discrete(n), or fills a bounded Box."
            )
        if critics and discrete:
            raise PolicyError(f"The action is {action_space}: this network steers by numbers, it needs a bounded Box.")
        if critics:
            network = ActorTwinCritic(inputs.slots, outputs, tuple(hidden), log_std, critics)
        else:
            network = ActorCritic(inputs.slots, outputs, discrete, tuple(hidden), log_std)
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
        """Actions for observations of n environments, (n, slots) or a dict of such, or one for one observation.

        Args:
            deterministic: take the best action instead of drawing one.

        Raises:
            PolicyError: observations of another shape.
        """
        kept, single = self.inputs.kept(observations), self.inputs.is_single(observations)
        with torch.inference_mode(), one_thread():
            outputs = self.network.actor(self.inputs.vector(kept))
            if self.discrete:
                noise = (
                    0.0 if deterministic else -torch.empty_like(outputs).exponential_(generator=self._generator).log()
                )
                outputs = (outputs + noise).argmax(-1)
            elif not deterministic:
                outputs = outputs + torch.randn(outputs.shape, generator=self._generator) * self.network.log_std.exp()
            actions = self.to_env(outputs)
        return actions[0] if single else actions

    def copy(self) -> Policy:
        """A policy of its own with the same weights."""
        return copy.deepcopy(self)

    def save(self, folder: str | Path) -> Path:
        """Write ``policy.json`` and ``weights.safetensors`` into a folder, each in full or not at all."""
        network = {"kind": "actor_critic", "hidden": list(self.hidden)}
        if isinstance(self.network, ActorTwinCritic):
            network |= {"kind": "actor_twin_critic", "critics": len(self.network.critic.weights[0])}
        return write_folder(folder, self, self.observation_space, self.action_space, network, self.network.state_dict())


def load_policy(folder: str | Path) -> Policy | TablePolicy:
    """The policy in a folder, a network or a table; nothing else is needed.

    Raises:
        PolicyError: a file is missing, truncated, of another policy or of a newer version.
    """
    folder = Path(folder)
    try:
        described = read_description(folder)
        seen, acted = (build_space(described[f"{what}_space"]) for what in ("observation", "action"))
        known, network = {name: described[name] for name in KNOWN}, described["network"]
        kind = network["kind"]
        if kind not in ("actor_critic", "actor_twin_critic", "table"):
            raise PolicyError(
                f"{folder / 'policy.json'} tells of a policy of the kind {kind!r}, which this First Lap does not "
                "know: update First Lap."
            )
        weights = read_tensors(folder / "weights.safetensors", network["sha256"])
        if kind == "table":
            policy = TablePolicy(_table(weights, int(seen.n), int(acted.n)), **known)
        else:
            critics = int(network["critics"]) if kind == "actor_twin_critic" else 0
            policy = Policy.create(seen, acted, tuple(network["hidden"]), critics=critics, **known)
            policy.network.load_state_dict(weights)
    except FileError as error:
        raise PolicyError(str(error)) from error
    except PolicyError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, AssertionError) as error:
        raise PolicyError(
            f"{folder / 'policy.json'} lacks or mangles a field ({error}): it is not a policy of First Lap."
        ) from error
    except RuntimeError:
        raise PolicyError(
            f"{folder / 'weights.safetensors'} holds a policy of another shape than policy.json says: "
            "copy both files from the same run."
        ) from None
    return policy


def _table(weights: dict, states: int, actions: int) -> np.ndarray:
    """The table, (states, actions); RuntimeError if it has another shape, as torch says it of a network."""
    if set(weights) != {"q"} or tuple(weights["q"].shape) != (states, actions):
        raise RuntimeError
    return weights["q"].numpy()
