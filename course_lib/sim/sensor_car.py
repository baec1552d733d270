"""A race car that sees three distances, each in a few steps only: few enough states for a table.

`sensor_envs` makes the environments to learn in, `SensorDriver` lets the table drive laps afterwards.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space

from course_lib.sim.laps import PolicyError
from course_lib.sim.observations import Lidar

RAYS = {"left": 9, "ahead": 7, "right": 5}  # of `Lidar`, 26 degrees to the left, 0, and 26 degrees to the right
BORDERS = (0.3, 0.6, 1.0)  # m from one level to the next
ACTIONS = [{"steering_angle": angle, "speed": 1.0} for angle in (30, 0, -30)]  # left, straight on, right


class Sensors:
    """Three rays of the lidar, each as a level, all three as one state.

    Args:
        borders: rising distances in m; level 0 is below the first one, the highest level beyond the last.

    Attributes:
        count: how many states there are, (borders + 1) ** 3.
    """

    def __init__(self, borders: Sequence[float] = BORDERS):
        self.borders = np.array(borders, dtype=np.float64)
        if self.borders.ndim != 1 or not len(self.borders) or (np.diff(self.borders, prepend=0.0) <= 0).any():
            raise ValueError(f"borders is {borders!r}: give rising distances in metres, such as {BORDERS}.")
        self._shape = (len(self.borders) + 1,) * len(RAYS)
        self.count = int(np.prod(self._shape))

    def states(self, observations: np.ndarray) -> np.ndarray:
        """(n,) the states of lidar observations (n, 18): 0 with all three rays short, the last with all three long."""
        distances = np.asarray(observations)[:, list(RAYS.values())] * Lidar.reach
        return np.ravel_multi_index(tuple(np.digitize(distances, self.borders).T), self._shape)


class ThreeSensors(VectorWrapper):
    """Race environments with ``observation="lidar"``, seen through `Sensors`; they begin anew in the same step."""

    def __init__(self, envs: VectorEnv, borders: Sequence[float] = BORDERS):
        super().__init__(envs)
        self.sensors = Sensors(borders)
        self.single_observation_space = spaces.Discrete(self.sensors.count)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)

    def reset(self, *, seed=None, options=None):
        observations, infos = self.env.reset(seed=seed, options=options)
        return self.sensors.states(observations), infos

    def step(self, actions):
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        if "final_obs" in infos:
            infos = infos | {"final_obs": self.sensors.states(infos["final_obs"])}
        return self.sensors.states(observations), rewards, terminated, truncated, infos


def sensor_envs(
    n: int, track="camp", actions: list[dict[str, float]] | None = None, borders: Sequence[float] = BORDERS, **kwargs
) -> ThreeSensors:
    """``n`` cars on a track: Discrete states, Discrete actions.

    Args:
        actions: a list of {"steering_angle": degrees, "speed": m/s}; None: ``ACTIONS``.
        borders: of the sensors' levels, in m.
        kwargs: further arguments of `RaceVectorEnv`, such as ``laps`` and ``reward_function``.
    """
    kwargs |= {"track": track, "observation": "lidar", "action_space": ACTIONS if actions is None else actions}
    envs = gymnasium.make_vec("FirstLap/Race-v0", num_envs=n, vectorization_mode="vector_entry_point", **kwargs)
    return ThreeSensors(envs, borders)


class SensorDriver:
    """A policy for `run_laps` and for `watch`: looks through the sensors, and asks a table what to do.

    Args:
        table: a policy over the sensors' states, with ``act(states)``, such as `TablePolicy`.
        borders: as in the training.

    Raises:
        PolicyError: the table has another number of states than these sensors.
    """

    def __init__(self, table, borders: Sequence[float] = BORDERS):
        self.table, self.sensors = table, Sensors(borders)
        if len(table.q) != self.sensors.count:
            raise PolicyError(
                f"The table has {len(table.q)} rows, three sensors with the borders {tuple(borders)} have "
                f"{self.sensors.count} states: give the borders of the training."
            )
        self.env_kwargs = table.env_kwargs | {"observation": "lidar"}
        self.observation_version = table.observation_version

    def __repr__(self) -> str:
        return f"SensorDriver({self.table})"

    def act(self, observations: np.ndarray, deterministic: bool = True) -> np.ndarray:
        """(n,) actions for lidar observations (n, 18)."""
        return self.table.act(self.sensors.states(observations), deterministic)

    def copy(self) -> SensorDriver:
        """A driver of its own with a table of its own."""
        return copy.deepcopy(self)
