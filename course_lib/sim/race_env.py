"""gymnasium's two faces of the race world: `RaceEnv` for one car, `RaceVectorEnv` for many at once.

Both are thin: the world moves the cars, an observation looks, a reward judges. What an episode is stands in `Race`.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from course_lib.sim.disturbances import disturb
from course_lib.sim.observations import OBSERVATIONS
from course_lib.sim.race_world import CRASHED, IN_PROGRESS, OFF_TRACK, TIME_UP, RaceWorld
from course_lib.sim.reward_params import RewardCaller
from course_lib.sim.seeds import fresh_seed, seed_each

OFF_TRACK_REWARD = -1.0  # of the default reward, also for a crash; it is otherwise the metres gained on the lap


class Race:
    """n cars with their observation and reward; what both environments share.

    Args:
        num_envs: number of cars.
        observation: "features", "lidar" or "camera".
        reward_function: None for the progress reward (metres gained along the centre line in the step, and -1 for
            leaving the track or hitting a box); or a function of DeepRacer's parameters; or an object whose
            ``instances(n)`` gives one function per car, for files that keep state between calls.
        camera_size: (height, width) of the camera picture in pixels.
        disturbances: `disturbances.Disturbances` of what is seen and of the commands, or a dict of them; None: none.
        world: further arguments of `RaceWorld` (track, vehicle, action_space, speed_range, laps, max_steps, boxes).

    Attributes:
        log: something with ``after_reset(cars)`` and ``after_step(rewards, driving)`` that writes down what the cars
            do, such as `deepracer.sim_trace.TraceRecorder`; None: nothing.

    Raises:
        ValueError: no such observation.  DisturbanceError: disturbances that there are not.
        Besides what `RaceWorld` raises.
    """

    def __init__(
        self,
        num_envs: int,
        observation: str = "features",
        reward_function=None,
        camera_size: tuple[int, int] = (48, 64),
        disturbances=None,
        **world,
    ):
        self.world = RaceWorld(n=num_envs, **world)
        if observation == "camera":
            from course_lib.sim.camera import Camera

            self.observation = Camera(camera_size)
        elif observation in OBSERVATIONS:
            self.observation = OBSERVATIONS[observation]()
        else:
            raise ValueError(f"No observation is called {observation!r}: choose features, lidar or camera.")
        disturb(self, disturbances)
        self.reward = None if reward_function is None else RewardCaller(reward_function, self.world)
        self.log = None

    def step(
        self, actions: np.ndarray, driving: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Observations, rewards (n,) float64, terminated and truncated (n,) bool after one step of all cars.

        Args:
            driving: (n,) bool, the cars whose episode goes on; the others get no reward. None: all.
        """
        world = self.world
        world.step(actions)
        if self.reward is None:
            failed = world.status == OFF_TRACK
            if world.boxes.count:
                failed |= world.status == CRASHED
            rewards = world.moved + OFF_TRACK_REWARD * failed
            if driving is not None:
                rewards = rewards * driving
        else:
            rewards = self.reward.step(None if driving is None else np.flatnonzero(driving))
        if self.log is not None:
            self.log.after_step(rewards, np.ones(world.n, bool) if driving is None else driving)
        truncated = world.status == TIME_UP
        terminated = (world.status != IN_PROGRESS) & ~truncated
        return self.observation.observe(world), rewards, terminated, truncated

    def reset(self, cars: np.ndarray | None = None, options: dict[str, Any] | None = None) -> np.ndarray:
        """Begin an episode with some or all cars; the observations of just those."""
        self.world.reset(cars, **_start(options))
        if self.reward is not None:
            self.reward.reset(cars)
        if self.log is not None:
            self.log.after_reset(np.arange(self.world.n) if cars is None else cars)
        return self.observation.observe(self.world, cars)

    def info(self) -> dict[str, np.ndarray]:
        """What is known of each car, arrays (n,).

        progress (%), off_track, s (m), x, y (m, the nose), heading (rad), speed (m/s), and lap_time (s) of a lap that
        this step completed; ``_lap_time`` tells where there is one, as gymnasium marks entries that some cars lack.
        Among boxes also crashed.
        """
        world = self.world
        crashed = {"crashed": world.status == CRASHED} if world.boxes.count else {}
        lapped = ~np.isnan(world.lap_time)
        return {
            "progress": world.progress.copy(),
            "off_track": world.off_track,
            "s": world.s.copy(),
            "x": world.x.copy(),
            "y": world.y.copy(),
            "heading": world.cars.heading.copy(),
            "speed": world.cars.speed.copy(),
            "lap_time": np.where(lapped, world.lap_time, 0.0),
            "_lap_time": lapped,
        } | crashed


class RaceEnv(gymnasium.Env):
    """One car: ``gymnasium.make("FirstLap/Race-v0", track="camp", ...)``; arguments as in `Race`.

    ``reset(options={"s": m, "offset": m, "heading": rad, "direction": 1 or -1})`` starts at a chosen place.
    """

    metadata = {"render_modes": ["rgb_array", "human"], "render_fps": 15}

    def __init__(
        self,
        track="camp",
        observation: str = "features",
        vehicle: str = "deepracer",
        action_space=None,
        speed_range: tuple[float, float] = (0.5, 4.0),
        reward_function=None,
        camera_size: tuple[int, int] = (48, 64),
        render_mode: str | None = None,
        laps: int = 1,
        max_steps: int | None = None,
        boxes=None,
        disturbances=None,
    ):
        self.race = Race(
            1,
            observation,
            reward_function,
            camera_size,
            track=track,
            vehicle=vehicle,
            action_space=action_space,
            speed_range=speed_range,
            laps=laps,
            max_steps=max_steps,
            boxes=boxes,
            disturbances=disturbances,
        )
        self.world = self.race.world
        self.observation_space = self.race.observation.space
        self.action_space = self.world.actions.space
        _check_render_mode(render_mode)
        self.render_mode = render_mode
        self._view = None

    @property
    def feature_names(self) -> list[str]:
        """Names of the observation's slots, in order."""
        return list(self.race.observation.names)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        if seed is None and self._np_random is None:
            seed = fresh_seed()
        super().reset(seed=seed)
        if seed is not None:
            self.world.reseed([seed])
        observation = self.race.reset(options=options)[0]
        if self.render_mode == "human":
            self.render()
        return observation, _first(self.race.info())

    def step(self, action):
        observations, rewards, terminated, truncated = self.race.step(np.asarray(action)[None])
        if self.render_mode == "human":
            self.render()
        return observations[0], float(rewards[0]), bool(terminated[0]), bool(truncated[0]), _first(self.race.info())

    def render(self):
        """An RGB picture (height, width, 3) uint8, or with "human" a pygame window kept at 15 pictures a second.

        Raises:
            WindowClosed: somebody closed the window.
            NoDisplay: there is no screen to open a window on.
        """
        if self.render_mode is None:
            raise ValueError('This environment draws nothing: make it with render_mode="rgb_array" or "human".')
        if self._view is None:
            from course_lib.sim.drawing import View

            self._view = View(self.world.track, window=self.render_mode == "human")
        return self._view.draw(self.world)

    def close(self):
        if self.race.reward is not None:
            self.race.reward.close()
        if self._view is not None:
            self._view.close()
            self._view = None


class RaceVectorEnv(VectorEnv):
    """Many cars, stepped together; ``gymnasium.make_vec("FirstLap/Race-v0", num_envs=128, ...)``.

    An episode that ends is begun anew in the same step (SAME_STEP): the observation returned is the new episode's
    first; the old one's last is ``infos["final_obs"]``, with ``infos["final_info"]``, in the rows where
    ``infos["_final_obs"]`` is True. Car i behaves as a `RaceEnv` that was reset with ``seed + i``.

    With ``autoreset=False`` (gymnasium's DISABLED mode) a car whose episode has ended waits, without reward, until all
    are reset: so each drives one whole episode. ``driving`` (n,) tells who still does; it is None with autoreset.
    """

    metadata = {"render_modes": ["rgb_array", "human"], "render_fps": 15, "autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(
        self,
        num_envs: int = 1,
        track="camp",
        observation: str = "features",
        vehicle: str = "deepracer",
        action_space=None,
        speed_range: tuple[float, float] = (0.5, 4.0),
        reward_function=None,
        camera_size: tuple[int, int] = (48, 64),
        render_mode: str | None = None,
        laps: int = 1,
        max_steps: int | None = None,
        boxes=None,
        disturbances=None,
        autoreset: bool = True,
    ):
        self.num_envs = num_envs
        if not autoreset:
            self.metadata = self.metadata | {"autoreset_mode": AutoresetMode.DISABLED}
        self.driving = None if autoreset else np.ones(num_envs, dtype=bool)
        self.race = Race(
            num_envs,
            observation,
            reward_function,
            camera_size,
            track=track,
            vehicle=vehicle,
            action_space=action_space,
            speed_range=speed_range,
            laps=laps,
            max_steps=max_steps,
            boxes=boxes,
            disturbances=disturbances,
        )
        self.world = self.race.world
        self.single_observation_space = self.race.observation.space
        self.single_action_space = self.world.actions.space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        _check_render_mode(render_mode)
        self.render_mode = render_mode
        self._view = None
        self._everyone = np.ones(num_envs, dtype=bool)
        self._everyone.flags.writeable = False  # every info shares it

    feature_names = RaceEnv.feature_names

    def reset(self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None):
        if seed is None and self._np_random is None:
            seed = fresh_seed()
        seeds = None if seed is None else seed_each(seed, self.num_envs, "cars")
        super().reset(seed=None if seeds is None else int(seeds[0]))
        if seeds is not None:
            self.world.reseed(seeds)
        if self.driving is not None:
            self.driving = np.ones(self.num_envs, dtype=bool)
        return self.race.reset(options=options), self._masked(self.race.info())

    def step(self, actions):
        observations, rewards, terminated, truncated = self.race.step(np.asarray(actions), self.driving)
        infos = self._masked(self.race.info())
        if self.driving is not None:
            terminated, truncated = terminated & self.driving, truncated & self.driving
            self.driving = self.driving & ~(terminated | truncated)
            return observations, rewards, terminated, truncated, infos
        done = terminated | truncated
        if done.any():
            cars = np.flatnonzero(done)
            infos |= {
                "final_obs": observations,
                "_final_obs": done,
                "final_info": dict(infos),
                "_final_info": done,
            }
            observations = observations.copy()
            observations[cars] = self.race.reset(cars)
            infos |= self._masked(self.race.info())
        return observations, rewards, terminated, truncated, infos

    def _masked(self, info: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {f"_{name}": self._everyone for name in info if not name.startswith("_")} | info

    render = RaceEnv.render

    def close_extras(self, **kwargs):
        RaceEnv.close(self)


def _check_render_mode(render_mode: str | None) -> None:
    if render_mode not in (None, *RaceEnv.metadata["render_modes"]):
        raise ValueError(f"No render_mode is called {render_mode!r}: choose rgb_array or human.")


def _start(options: dict[str, Any] | None) -> dict[str, Any]:
    known = {"s", "offset", "heading", "direction"}
    unknown = sorted(set(options or {}) - known)
    if unknown:
        raise ValueError(f"reset has no option {unknown[0]!r}: it knows {', '.join(sorted(known))}.")
    return dict(options or {})


def _first(info: dict[str, np.ndarray]) -> dict[str, Any]:
    """The only car's info as plain numbers; ``lap_time`` only in the step that completed a lap."""
    car = {name: values[0].item() for name, values in info.items()}
    if not car.pop("_lap_time"):
        del car["lap_time"]
    return car
