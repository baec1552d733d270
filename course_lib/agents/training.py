"""What every algorithm of this course shares: environments to learn in, reports on the way, and the best policy kept.

Every algorithm is called alike: ``train(envs, config, seed=0, on_update=None, clone_from=None) -> TrainingResult``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv

from course_lib.agents.checkpoint import Checkpoint
from course_lib.agents.policy import Policy
from course_lib.sim.laps import PolicyError


@dataclass(frozen=True)
class Update:
    """A report after each update: environment steps and seconds so far, what was measured, and the current policy.

    What a listener adds to ``metrics``, or changes there, stands in the history.
    """

    steps: int
    seconds: float
    metrics: dict[str, float]
    policy: Policy


OnUpdate = Callable[[Update], bool | None]
Observations = np.ndarray | dict[str, np.ndarray]  # of n environments


@dataclass
class TrainingResult:
    """The best policy (the last one, where nothing evaluates) and one dict per update."""

    policy: Policy
    history: list[dict[str, float]] = field(default_factory=list)


def make_envs(env_id: str, n: int, **kwargs: Any) -> VectorEnv:
    """``n`` environments of any gymnasium id that begin a new episode in the same step (SAME_STEP).

    The environment's own vector form is used where it works that way, else ``n`` single ones one after the other.
    Race environments take ``autoreset=False`` too: then those whose episode has ended wait (DISABLED).
    """
    wanted = AutoresetMode.SAME_STEP if kwargs.get("autoreset", True) else AutoresetMode.DISABLED
    if gymnasium.spec(env_id).vector_entry_point is not None:
        envs = gymnasium.make_vec(env_id, num_envs=n, vectorization_mode="vector_entry_point", **kwargs)
        if envs.metadata.get("autoreset_mode") == wanted:
            return envs
        envs.close()
    return gymnasium.make_vec(
        env_id,
        num_envs=n,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
        **kwargs,
    )


def check_envs(envs: VectorEnv, mode: AutoresetMode = AutoresetMode.SAME_STEP) -> None:
    """Refuse environments that begin their next episode in another way than an algorithm expects.

    Raises:
        ValueError: the environments autoreset in another mode.
    """
    if envs.metadata.get("autoreset_mode") != mode:
        waits = ", autoreset=False" if mode == AutoresetMode.DISABLED else ""
        raise ValueError(
            f"These environments autoreset by {envs.metadata.get('autoreset_mode')}: make them with "
            f"course_lib.agents.make_envs(id, n{waits}), or in gymnasium's {mode.name} mode."
        )


def describe_envs(envs: VectorEnv) -> dict[str, Any]:
    """What a policy should know of where it was trained: env_id, env_kwargs (plain data only), observation_version."""
    not_kept = ("render_mode", "reward_function", "num_envs", "vectorization_mode", "vector_kwargs", "autoreset")
    kwargs = {
        name: value if _plain(value) else getattr(value, "name", getattr(value, "__name__", str(value)))
        for name, value in (envs.spec.kwargs if envs.spec else {}).items()
        if name not in not_kept
    }
    race = getattr(envs.unwrapped, "race", None)
    if race is not None and kwargs.get("action_space") is not None:
        kwargs["action_space"] = race.world.actions.describe()  # the file that it came from may not be there later
    if race is not None and kwargs.get("boxes") is not None:
        kwargs["boxes"] = race.world.boxes.plain
    if race is not None and kwargs.get("disturbances") is not None:
        kwargs["disturbances"] = race.disturbances.plain
    return {
        "env_id": envs.spec.id if envs.spec else None,
        "env_kwargs": kwargs,
        "observation_version": race.observation.version if race else getattr(envs.unwrapped, "version", None),
    }


def versions() -> dict[str, str]:
    """The versions that decide whether a run can be repeated to the last bit."""
    return {name: version(name) for name in ("numpy", "torch", "gymnasium")}


def new_policy(envs: VectorEnv, config, seed: int, algorithm: str, clone_from: Policy | None) -> Policy:
    """A policy for these environments with the config's network, initialised by the seed or cloned.

    Raises:
        PolicyError: a space that the network cannot take, or a policy to clone that has another shape.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        policy = Policy.create(
            envs.single_observation_space,
            envs.single_action_space,
            tuple(config.hidden),
            getattr(config, "log_std", 0.0),
            getattr(config, "critics", 0),
            algorithm=algorithm,
            **describe_envs(envs),
        )
    if clone_from is not None:
        if clone_from.observation_version != policy.observation_version:
            raise PolicyError(
                f"The policy to clone knows version {clone_from.observation_version} of its observation, "
                f"these environments have {policy.observation_version}: start without it."
            )
        try:
            policy.network.load_state_dict(clone_from.network.state_dict())
        except RuntimeError:
            raise PolicyError(
                f"The policy to clone takes {clone_from.observation_space.shape} numbers, has layers "
                f"{clone_from.hidden} and acts in {clone_from.action_space}: choose the same observation, "
                "action space and hidden layers."
            ) from None
    return policy


class Run:
    """The book-keeping of one training run: steps and seconds, reports, the best policy, checkpoints, the way it ends.

    Args:
        config: any algorithm's settings; used are steps, seconds, evaluate, evaluate_every, threads, checkpoint and
            checkpoint_every.
        seed, policy, optimiser, generator, envs: of the algorithm; with a checkpoint, everything random is in them.
        parts: what else the algorithm needs to go on from a checkpoint, as in `Checkpoint`.
    """

    def __init__(
        self,
        config,
        seed: int,
        policy: Policy,
        optimiser: torch.optim.Optimizer,
        generator: torch.Generator,
        envs: VectorEnv,
        parts: Mapping[str, Any] | None = None,
    ):
        self.config, self.seed, self.policy, self.envs = config, seed, policy, envs
        self.steps, self.history, self.resumed, self.observations = 0, [], False, None
        self.best_score, self.best, self.next_evaluation = -np.inf, None, config.evaluate_every
        self._stopped, self._saved_at, self._before = False, 0.0, 0.0
        self._start = time.perf_counter()
        self._checkpoint = None
        if getattr(config, "checkpoint", None) is not None:
            self._checkpoint = Checkpoint(
                Path(config.checkpoint), config, seed, policy, optimiser, generator, envs, parts
            )
            saved = self._checkpoint.load()
            if saved is not None:
                self.resumed = True
                self.steps, self.history, self._before = saved["steps"], saved["history"], saved["seconds"]
                self.next_evaluation, self.best_score = saved["next_evaluation"], saved["best_score"]
                self.best, self.observations = saved["best"], saved["observations"]
                self._saved_at = self._before

    @property
    def seconds(self) -> float:
        """Seconds of training, those before an interruption included."""
        return self._before + time.perf_counter() - self._start

    @contextmanager
    def session(self):
        """Torch's threads set for the training and set back; Ctrl-C ends the training and not the program."""
        threads = torch.get_num_threads()
        torch.set_num_threads(self.config.threads)
        try:
            yield
        except KeyboardInterrupt:
            pass  # the stop button: what was learnt so far is the result
        finally:
            torch.set_num_threads(threads)

    def share_used(self) -> float:
        """How much of the budget is used, 0 to 1: of the steps or of the seconds, whichever runs out first."""
        by_time = 0.0 if self.config.seconds is None else self.seconds / self.config.seconds
        return min(1.0, max(by_time, self.steps / self.config.steps))

    def goes_on(self) -> bool:
        """Is there budget left, and has nobody asked to stop?"""
        return self.share_used() < 1.0 and not self._stopped

    def update(
        self, steps: int, metrics: dict[str, float], observations: Observations, on_update: OnUpdate | None
    ) -> None:
        """After an update that took ``steps`` environment steps: evaluate and save if it is time to, and report."""
        self.steps += steps
        self.policy.trained = {
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "seed": self.seed,
            "versions": versions(),
        }
        if self.steps >= self.next_evaluation:
            metrics["score"] = self._evaluate()
            self.next_evaluation = self.steps + self.config.evaluate_every
        row = {"steps": self.steps, "seconds": round(self.seconds, 3)}
        if on_update is not None and on_update(Update(self.steps, self.seconds, metrics, self.policy)) is True:
            self._stopped = True
        self.history.append({**row, **metrics})
        self.observations = observations
        if self._checkpoint is not None and (
            self.seconds - self._saved_at >= self.config.checkpoint_every or not self.goes_on()
        ):
            self._checkpoint.save(self)
            self._saved_at = self.seconds

    def result(self) -> TrainingResult:
        """The best policy by the config's evaluation, or the last one."""
        if self.config.evaluate is not None and self.history and "score" not in self.history[-1]:
            self.history[-1]["score"] = self._evaluate()
        return TrainingResult(self.best or self.policy, self.history)

    def _evaluate(self) -> float | None:
        if self.config.evaluate is None:
            return None
        score = float(self.config.evaluate(self.policy))
        if score > self.best_score:
            self.best_score, self.best = score, self.policy.copy()
        return score


class EpisodeReturns:
    """The returns of the episodes that end while a training runs."""

    def __init__(self, envs: VectorEnv):
        self._running, self._ended = np.zeros(envs.num_envs), []

    def add(self, rewards: np.ndarray, ended: np.ndarray) -> None:
        """Rewards (n,) of a step, and which episodes ended with it (n,) bool."""
        self._running += rewards
        self._ended += self._running[ended].tolist()
        self._running[ended] = 0.0

    def state_dict(self) -> dict[str, torch.Tensor]:
        """For a checkpoint: the returns so far of the episodes that run."""
        return {"running": torch.from_numpy(self._running)}

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        self._running[:] = state["running"].numpy()

    def metrics(self) -> dict[str, float]:
        """{"return": mean of the episodes that ended since the last call}, or nothing if none did."""
        ended, self._ended = self._ended, []
        return {"return": float(np.mean(ended))} if ended else {}


def final_observations(infos: dict[str, Any], like: Observations) -> Observations:
    """The last observation of each episode that ended in this step; other rows are those of ``like``."""
    if isinstance(like, dict):
        final = infos["final_obs"]
        if not isinstance(final, dict):  # gymnasium's own vector form: one dict for each environment
            final = {name: [row and row[name] for row in final] for name in like}
        return {
            name: final_observations({"_final_obs": infos["_final_obs"], "final_obs": final[name]}, rows)
            for name, rows in like.items()
        }
    result = np.array(like)
    for i in np.flatnonzero(infos["_final_obs"]):
        result[i] = infos["final_obs"][i]
    return result


def _plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_plain, value))
    if isinstance(value, dict):
        return all(map(_plain, value.values()))
    return value is None or isinstance(value, (bool, int, float, str))
