"""Training a model as the DeepRacer console did, from the same files, and leaving the same folder beside our policy.

With hyperparameters it trains as the console: so many cars as there are episodes in an iteration, each drives one
from the next start point, then the policy learns from them. Without, our own PPO with many cars, which is faster.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from course_lib.agents import episodic_ppo, make_envs, ppo
from course_lib.agents.policy import Policy
from course_lib.agents.training import OnUpdate, Update
from course_lib.console.evaluation import Evaluation, Evaluator
from course_lib.console.journal import Journal
from course_lib.console.rewards import TrueRewards, scaled
from course_lib.console.starts import BothWays, RoundRobinStarts
from course_lib.deepracer.hyperparameters import Hyperparameters
from course_lib.deepracer.metrics import evaluation_metrics, write_metrics
from course_lib.deepracer.model_folder import ModelFolder
from course_lib.deepracer.model_metadata import ModelMetadata
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.deepracer.sim_trace import TraceRecorder
from course_lib.files import read_json, write_atomically, write_json

CARS = 128  # of our own training
LOGGED = 60  # of these, so many are written down, or files of a long training would grow by a gigabyte in ten minutes
EPISODES = 20  # of an iteration, as the console had them
EVALUATE_EVERY = 8192  # environment steps of our own training; the console evaluates after each iteration
STEPS = 100_000  # where neither steps nor seconds are given
USED_UP, STOPPED = "The budget was used up.", "It was stopped."


class TrainingFolderError(ValueError):
    """A folder that cannot be trained into without a loss; the message names it and the ways out."""


@dataclass
class Trained:
    """What became of a training.

    Attributes:
        policy: the best by evaluation.  history: one dict per update.
        evaluation: the trials of the policy at the end, with their episodes where a folder was written.
        folder: where everything was written, or None.
        ended: why it ended, in one sentence.
    """

    policy: Policy
    history: list[dict[str, float]]
    evaluation: Evaluation
    folder: ModelFolder | None = None
    ended: str = ""

    def __repr__(self) -> str:
        return f"Trained({self.policy!r}, {self.evaluation.results!r})"


@dataclass
class Job:
    """What to train, and how.

    Attributes:
        reward: a `RewardFunction`, or what `RewardFunction.of` makes one of; None: metres gained along the centre line,
            and -1 for leaving the track.
        track: a name or the path of a `.npy` file.
        metadata: the action space; None: continuous, 0.5 to 4 m/s.
        hyperparameters: None: our own fast settings.
        observation: what the policy sees, "features" or "lidar" (real cars see by a camera).
        boxes: on the track, see `sim.boxes`.
        disturbances: under which it is trained and evaluated, see `sim.disturbances`.
        alternate: every second episode drives the other way round.
        steps, seconds: of training; whichever is used up first.
        seed: of everything that is random.
    """

    reward: RewardFunction | None = None
    track: str = "camp"
    metadata: ModelMetadata | None = None
    hyperparameters: Hyperparameters | None = None
    observation: str = "features"
    vehicle: str = "deepracer"
    boxes: object = None
    disturbances: object = None
    alternate: bool = False
    steps: int | None = None
    seconds: float | None = None
    seed: int = 0

    def __post_init__(self):
        if self.reward is not None:
            self.reward = RewardFunction.of(self.reward)

    def settings(self) -> dict:
        """Keyword arguments of the environments that are the same in training and evaluation."""
        return {
            "track": self.track,
            "observation": self.observation,
            "vehicle": self.vehicle,
            "boxes": self.boxes,
            "disturbances": self.disturbances,
            "action_space": None if self.metadata is None else self.metadata.action_space,
        }


def train(
    job: Job,
    out: str | Path | None = None,
    on_update: OnUpdate | None = None,
    clone_from: Policy | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Trained:
    """Train a model and, if ``out`` is given, write its folder.

    The folder holds the policy (whenever an evaluation is the best so far), ``checkpoint/``, ``history.json``, and
    what the console left: metadata, hyperparameters, the reward function, traces and metrics of training and of the
    evaluation at the end.

    Args:
        job: see `Job`.
        out: folder to write to.
        on_update: called after each update, as in `ppo.train`; returning True ends the training.
        clone_from: a policy to start from.
        resume: go on with the training in ``out``.
        overwrite: begin anew there; what a training before has written is removed.

    Raises:
        TrainingFolderError: ``out`` holds a training already and neither was asked for, or none to go on with.
        RewardError: the reward function raised, or returned something that is no reward; what was the best policy
            until then is in ``out``.
        Besides those of `ppo.train`, `Track.load`, `RewardFunction.instances` and `ModelFolder`.
    """
    if out is not None:
        prepare_folder(Path(out), resume, overwrite)
    with ExitStack() as opened:
        envs = _envs(job)
        opened.callback(envs.close)
        evaluator = Evaluator(reward_function=job.reward, log=out is not None, **job.settings())
        opened.callback(evaluator.close)
        folder = journal = None
        saved = read_json(Path(out) / "checkpoint" / "checkpoint.json") if resume else None
        if out is not None:
            folder = ModelFolder(out)
            _write_files(job, folder, envs)
            journal = _journal(job, folder, envs, saved)
            opened.callback(journal.close)
        watch = _Watch(job, evaluator, journal, on_update)
        if saved is not None and saved["best_score"] is not None:
            watch.best = saved["best_score"]
        algorithm, config = _algorithm(job, watch.evaluate, folder.path / "checkpoint" if folder else None)
        envs, watch.rewards = scaled(envs, config.gamma)
        result = algorithm.train(envs, config, job.seed, watch.report, clone_from)
        if not watch.over and not _used_up(result.history, config):
            watch.ended = STOPPED
        same = watch.evaluation is not None and watch.steps == result.policy.trained["steps"]
        evaluation = watch.evaluation if same else evaluator(result.policy)
    if folder is not None:
        result.policy.save(folder.path)
        write_json(folder.path / "history.json", {"history": result.history})
        name = folder.new_evaluation(datetime.now())
        folder.write_evaluation(name, evaluation.episodes)
        write_metrics(folder.evaluation_metrics_path(name), evaluation_metrics(evaluation.episodes))
    return Trained(result.policy, result.history, evaluation, folder, watch.ended)


def _journal(job: Job, folder: ModelFolder, envs, saved: dict | None) -> Journal:
    """What is driven goes into the folder from now on; with the console's rhythm every car is logged.

    In that rhythm an update is an iteration: what was driven after the checkpoint ``saved`` will be driven anew.
    """
    cars, episodes, kept = LOGGED, EPISODES, None
    if job.hyperparameters is not None:
        cars = episodes = job.hyperparameters.num_episodes_between_training
        kept = len(saved["history"]) if saved else None
    envs.unwrapped.race.log = TraceRecorder(envs.unwrapped.world, range(cars))
    return Journal(folder, envs.unwrapped.race.log, episodes, kept)


def prepare_folder(out: Path, resume: bool, overwrite: bool) -> None:
    """Make a folder to train into, if nothing in it would be lost.

    Raises:
        TrainingFolderError: it holds a training already, or nothing to resume.
    """
    checkpoint = out / "checkpoint"
    if resume and not (checkpoint / "checkpoint.json").exists():
        raise TrainingFolderError(f"{out} holds no checkpoint to resume: leave out --resume to begin a new run there.")
    if not resume and not overwrite and ((out / "policy.json").exists() or checkpoint.exists()):
        raise TrainingFolderError(
            f"{out} already holds a training: ask to resume it (--resume), to begin anew (--overwrite), or choose "
            "another folder."
        )
    if overwrite:
        (checkpoint / "checkpoint.json").unlink(missing_ok=True)  # first: without it the other files are nothing
        for state in checkpoint.glob("state-*.safetensors"):
            state.unlink()
        ModelFolder(out).forget()
    out.mkdir(parents=True, exist_ok=True)


def _envs(job: Job):
    settings = job.settings() | {"reward_function": job.reward}
    if job.hyperparameters is None:
        envs = make_envs("FirstLap/Race-v0", CARS, **settings)
        return BothWays(envs) if job.alternate else envs
    episodes = job.hyperparameters.num_episodes_between_training
    return RoundRobinStarts(make_envs("FirstLap/Race-v0", episodes, autoreset=False, **settings), job.alternate)


def _algorithm(job: Job, evaluate: Callable[[Policy], float], checkpoint: Path | None):
    budget = {
        "steps": job.steps or (STEPS if job.seconds is None else 10**9),
        "seconds": job.seconds,
        "evaluate": evaluate,
        "checkpoint": checkpoint,
    }
    if job.hyperparameters is None:
        return ppo, ppo.Config(**budget, evaluate_every=EVALUATE_EVERY)
    return episodic_ppo, episodic_ppo.Config(**budget, **job.hyperparameters.ppo_settings())


def _used_up(history: list[dict], config) -> bool:
    last = history[-1] if history else {"steps": 0, "seconds": 0.0}
    return last["steps"] >= config.steps or (config.seconds is not None and last["seconds"] >= config.seconds)


def _write_files(job: Job, folder: ModelFolder, envs) -> None:
    """The files that a training begins with."""
    folder.make()
    actions = envs.unwrapped.world.actions
    kind = "continuous" if actions.table is None else "discrete"
    metadata = job.metadata or ModelMetadata(actions.describe(), action_space_type=kind)
    metadata.write(folder.metadata_path)
    if job.hyperparameters is not None:
        job.hyperparameters.write(folder.hyperparameters_path)
    if job.reward is not None and job.reward.source is not None:
        write_atomically(folder.reward_path, job.reward.source.encode("utf-8"))


@dataclass
class _Watch:
    """What happens between two updates: evaluations, the best policy to disk, the journal, and the console's ends."""

    job: Job
    evaluator: Evaluator
    journal: Journal | None
    on_update: OnUpdate | None
    ended: str = USED_UP
    over: bool = False
    rewards: TrueRewards | None = None
    best: float = -np.inf
    evaluation: Evaluation | None = None
    steps: int = 0
    _episodes: int = 0

    def evaluate(self, policy: Policy) -> float:
        """The score; the best evaluation so far is kept, with the steps of its policy, and the policy on disk."""
        evaluation = self.evaluator(policy)
        if self.journal is not None:
            self.journal.evaluated(evaluation.episodes)
        if evaluation.score > self.best:
            self.best, self.evaluation, self.steps = evaluation.score, evaluation, policy.trained["steps"]
            if self.journal is not None:
                policy.save(self.journal.folder.path)
        return evaluation.score

    def report(self, update: Update) -> bool:
        """The rewards as the student gives them, not as the algorithm sees them; and is the training over?"""
        told = self.rewards.told()
        update.metrics.update(told)
        if self.journal is not None:
            self.journal.collect()
        settings = self.job.hyperparameters
        if settings is not None:
            self._episodes += settings.num_episodes_between_training
            if self._episodes >= settings.term_cond_max_episodes:
                self.ended = f"{self._episodes} episodes were driven (term_cond_max_episodes)."
            elif told["return"] >= settings.term_cond_avg_score:
                self.ended = f"Episodes earned {told['return']:.1f} on average (term_cond_avg_score)."
        self.over = self.ended != USED_UP
        if self.on_update is not None and self.on_update(update) is True:
            self.ended, self.over = STOPPED, True
        return self.over
