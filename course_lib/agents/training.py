"""What every algorithm of this course shares: environments to learn in, reports on the way, and the best policy kept.

Every algorithm is called alike: ``train(envs, config, seed=0, on_update=None, clone_from=None) -> TrainingResult``.
"""
from __future__ import annotations

import time
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Callable

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from course_lib.agents.policy import Policy


@dataclass(frozen=True)
class Update:
    """A report after each update: environment steps and seconds so far, what was measured, and the current policy."""

    steps: int
    seconds: float
    metrics: dict[str, float]
    policy: Policy


@dataclass
class TrainingResult:
    """The best policy (the last one, where nothing evaluates) and one dict per update."""

    policy: Policy
    history: list[dict[str, float]] = field(default_factory=list)


def make_envs(env_id: str, n: int, **kwargs: Any) -> VectorEnv:
    """``n`` environments of any gymnasium id that begin a new episode in the same step (SAME_STEP).

    The environment's own vector form is used where it works that way, else ``n`` single ones one after the other.
    """
    if gymnasium.spec(env_id).vector_entry_point is not None:
        envs = gymnasium.make_vec(env_id, num_envs=n, vectorization_mode="vector_entry_point", **kwargs)
        if envs.metadata.get("autoreset_mode") == AutoresetMode.SAME_STEP:
            return envs
        envs.close()
    return gymnasium.make_vec(env_id, num_envs=n, vectorization_mode="sync",
                              vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP}, **kwargs)


def check_envs(envs: VectorEnv) -> None:
    """Refuse environments that begin their next episode in another way than the algorithms here expect.

    Raises:
        ValueError: the environments do not reset in the same step.
    """
    if envs.metadata.get("autoreset_mode") != AutoresetMode.SAME_STEP:
        raise ValueError(f"These environments autoreset by {envs.metadata.get('autoreset_mode')}: make them with "
                         "course_lib.agents.make_envs(id, n), or in gymnasium's SAME_STEP mode.")


def describe_envs(envs: VectorEnv) -> dict[str, Any]:
    """What a policy should know of where it was trained: env_id, env_kwargs (plain data only), observation_version."""
    kwargs = {name: value if _plain(value) else getattr(value, "name", getattr(value, "__name__", str(value)))
              for name, value in (envs.spec.kwargs if envs.spec else {}).items()
              if name not in ("render_mode", "reward_function", "num_envs")}
    race = getattr(envs.unwrapped, "race", None)
    return {"env_id": envs.spec.id if envs.spec else None, "env_kwargs": kwargs,
            "observation_version": race.observation.version if race else None}


def versions() -> dict[str, str]:
    """The versions that decide whether a run can be repeated to the last bit."""
    return {name: version(name) for name in ("numpy", "torch", "gymnasium")}


class BestPolicy:
    """Keeps the policy with the highest score.

    Args:
        evaluate: policy -> score, or None: then the last policy is the best.
        every: environment steps between two evaluations.
    """

    def __init__(self, evaluate: Callable[[Policy], float] | None, every: int):
        self.evaluate, self.every = evaluate, every
        self.score, self.policy, self.next_at = -np.inf, None, every

    def consider(self, policy: Policy, steps: int, at_once: bool = False) -> float | None:
        """Evaluate the policy if it is time to, and keep a copy if it is the best; the score, or None."""
        if self.evaluate is None or (steps < self.next_at and not at_once):
            return None
        self.next_at = steps + self.every
        score = float(self.evaluate(policy))
        if score > self.score:
            self.score, self.policy = score, policy.copy()
        return score


class Stopwatch:
    """Seconds since it was made, plus those of earlier parts of the same run."""

    def __init__(self, before: float = 0.0):
        self._start = time.perf_counter() - before

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._start


def final_observations(infos: dict[str, Any], like: np.ndarray) -> np.ndarray:
    """(n, slots) the last observation of each episode that ended in this step; other rows are those of ``like``."""
    result = np.array(like)
    ended = np.flatnonzero(infos["_final_obs"])
    for i in ended:
        result[i] = infos["final_obs"][i]
    return result


def _plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_plain, value))
    if isinstance(value, dict):
        return all(map(_plain, value.values()))
    return value is None or isinstance(value, (bool, int, float, str))
