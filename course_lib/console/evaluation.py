"""How good a model is, as the console judged it: some trials from the start line, the best action every time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from course_lib.deepracer.sim_trace import Episode, TraceRecorder
from course_lib.sim.laps import LapResults, lap_score
from course_lib.sim.race_env import RaceVectorEnv
from course_lib.sim.race_world import CRASHED, OFF_TRACK

TRIALS = 5
SEED = 1  # of the small offsets and angles with which trials start, so that they are not all the same


@dataclass(frozen=True)
class Evaluation:
    """The trials of one evaluation.

    Attributes:
        results: as `run_laps` tells them.
        episodes: one per trial, with their rows; none where nothing is written down.
    """

    results: LapResults
    episodes: list[Episode] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Evaluation({self.results!r})"

    @property
    def score(self) -> float:
        """`laps.lap_score`: progress first, and among those who finish every trial the faster."""
        return lap_score(self.results)


class Evaluator:
    """Evaluates policies on one track; keeps its cars from one evaluation to the next.

    Args:
        track, reward_function, settings: of the environments, as in `RaceVectorEnv`.
        trials: cars that drive one lap each from the start line.
        log: write the trials down, with their rewards; else nobody calls the reward function, which is faster.
    """

    def __init__(self, track="camp", reward_function=None, trials: int = TRIALS, log: bool = True, **settings):
        reward_function = reward_function if log else None
        self.envs = RaceVectorEnv(trials, track, reward_function=reward_function, autoreset=False, **settings)
        self.log = log

    def __call__(self, policy) -> Evaluation:
        """Drive the trials.

        Raises:
            RewardError: the reward function raised, or returned something that is no reward.
        """
        envs, world, n = self.envs, self.envs.world, self.envs.num_envs
        recorder = envs.race.log = TraceRecorder(world) if self.log else None
        observations = envs.reset(seed=SEED, options={"s": 0.0})[0]
        lap_times, progress, seconds = np.full((n, 1), np.nan), np.zeros(n), np.zeros(n)
        status, driving = np.zeros(n, np.int64), np.ones(n, bool)
        begun = world.clock.copy()
        while driving.any():
            observations, _, terminated, truncated, _ = envs.step(policy.act(observations, deterministic=True))
            over = driving & (terminated | truncated)
            lap_times[over, 0], progress[over], status[over] = (
                world.lap_time[over],
                world.progress[over],
                world.status[over],
            )
            seconds[over] = (world.clock - begun)[over]
            driving &= ~over
        crashed = status == CRASHED
        results = LapResults(world.track.name, 1, lap_times, status == OFF_TRACK, progress, seconds, crashes=crashed)
        return Evaluation(results, self._episodes(recorder) if self.log else [])

    def _episodes(self, recorder: TraceRecorder) -> list[Episode]:
        finished = sorted(recorder.finished(), key=lambda pair: pair[0])
        for car, episode in finished:
            episode.number = car  # trials are counted from 0
        return [episode for _, episode in finished]

    def close(self) -> None:
        self.envs.close()
