"""How good a model is, as the console judged it: some trials from the start line, the best action every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_lib.deepracer.sim_trace import Episode, TraceRecorder
from course_lib.sim.laps import LapResults, lap_score
from course_lib.sim.race_env import RaceVectorEnv

TRIALS = 5
SEED = 1  # of the small offsets and angles with which trials start, so that they are not all the same


@dataclass(frozen=True)
class Evaluation:
    """The trials of one evaluation.

    Attributes:
        track: its name.  episodes: one per trial, with their rows.
    """

    track: str
    episodes: list[Episode]

    def __repr__(self) -> str:
        return f"Evaluation({self.results!r})"

    @property
    def results(self) -> LapResults:
        """The trials as `run_laps` tells them."""
        complete = np.array([episode.status == "lap_complete" for episode in self.episodes])
        seconds = np.array([episode.seconds for episode in self.episodes])
        return LapResults(
            self.track,
            1,
            np.where(complete, seconds, np.nan)[:, None],
            np.array([episode.status == "off_track" for episode in self.episodes]),
            np.array([episode.progress[-1] for episode in self.episodes]),
            seconds,
        )

    @property
    def score(self) -> float:
        """`laps.lap_score`: progress first, and among those who finish every trial the faster."""
        return lap_score(self.results)


class Evaluator:
    """Evaluates policies on one track; keeps its cars from one evaluation to the next.

    Args:
        track, reward_function, settings: of the environments, as in `RaceVectorEnv`.
        trials: cars that drive one lap each from the start line.
    """

    def __init__(self, track="camp", reward_function=None, trials: int = TRIALS, **settings):
        self.envs = RaceVectorEnv(trials, track, reward_function=reward_function, autoreset=False, **settings)

    def __call__(self, policy) -> Evaluation:
        """Drive the trials.

        Raises:
            RewardError: the reward function raised, or returned something that is no reward.
        """
        envs = self.envs
        recorder = envs.race.log = TraceRecorder(envs.world)
        observations = envs.reset(seed=SEED, options={"s": 0.0})[0]
        driving, episodes = np.ones(envs.num_envs, bool), {}
        while driving.any():
            observations, _, terminated, truncated, _ = envs.step(policy.act(observations, deterministic=True))
            driving &= ~(terminated | truncated)
        for car, episode in recorder.finished():
            episode.number = car  # trials are counted from 0
            episodes[car] = episode
        return Evaluation(envs.world.track.name, [episodes[car] for car in sorted(episodes)])

    def close(self) -> None:
        self.envs.close()
