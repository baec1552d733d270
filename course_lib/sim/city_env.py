"""gymnasium's two faces of the city: `CityEnv` for one car, `CityVectorEnv` for many at once."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from course_lib.sim.city import City
from course_lib.sim.city_map import make_city
from course_lib.sim.city_world import TURN, VIEW, CityWorld
from course_lib.sim.seeds import fresh_seed, seed_each

OBSERVATION_SPACE = spaces.Dict(
    {"view": spaces.Box(0, 255, (VIEW, VIEW), np.uint8), "goal": spaces.Box(-1.0, 1.0, (3,), np.float32)}
)
ACTION_SPACE = spaces.Box(-TURN, TURN, (1,), np.float32)
VERSION = 1  # of the observation


def make_world(n: int, city: City | None, city_seeds, route: str, start: str, max_steps: int | None) -> CityWorld:
    """The world of an environment's arguments, see `CityEnv`."""
    seeds = [city_seeds] if np.ndim(city_seeds) == 0 else list(city_seeds)
    cities = [make_city(seed) for seed in seeds] if city is None else city
    return CityWorld(n, cities, route, start, max_steps)


def observe(world: CityWorld, cars: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """view: (cars, 40, 40) uint8; goal: (cars, 3) float32, the distance as a share of the map's diagonal, and the
    bearing in half turns, once to the right and once to the left."""
    cars = np.arange(world.n) if cars is None else cars
    bearing = world.bearing[cars] / 180.0
    goal = np.stack([world.distance[cars] / world.cities[0].diagonal, -bearing, bearing], axis=1)
    return {"view": world.views(cars), "goal": goal.astype(np.float32)}


def info_of(world: CityWorld) -> dict[str, np.ndarray]:
    """What is known of each car, arrays (n,): x, y, heading, on_road, distance, goals_reached."""
    return {
        "x": world.x.copy(),
        "y": world.y.copy(),
        "heading": world.heading.copy(),
        "on_road": world.on_road.copy(),
        "distance": world.distance.copy(),
        "goals_reached": world.reached.copy(),
    }


class CityEnv(gymnasium.Env):
    """Drive through a city from goal to goal: ``gymnasium.make("FirstLap/City-v0")``.

    - State: a dict of "view", the 40 x 40 px around the car with ahead up (30 px are ahead of it, 10 behind), 255 for
      road (uint8); and "goal", the distance to the next goal as a share of the map's diagonal, and its bearing in
      half turns, to the right and to the left (float32).
    - Action: Box(-5, 5, (1,)): degrees to turn to the left in this step. The car drives 2 px a step on the road and
      1.5 px beside it.
    - Reward: on the road 0.5 nearer to the goal, else -0.9; beside the road -5; -10 more at the edge of the map; 50
      more for a goal, reached within 30 px.
    - End: terminated when all goals are reached, or after 50 steps of standing at the edge of the map; truncated after
      ``max_steps``.

    Args:
        city: a `City` of your own (painting it changes what the car sees next); None: made by ``city_seeds``.
        city_seeds: a seed of `make_city`, or several: then cars are spread over these cities.
        route: "three" of the ten goals by chance, "all" of them in their order, three places "anywhere" by chance.
        start: "home", or "anywhere" along the roads.
        max_steps: 5,000 if nothing else is said, 20,000 for all goals.

    ``reset(options={"pose": (x, y, heading), "goals": [(x, y), ...]})`` begins at a chosen place, with chosen goals.

    Raises:
        CityError: a city that nobody can drive in, a start or goal off the road.
        ValueError: no such route, start or render mode; an action that is not a finite number.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 30}

    def __init__(
        self,
        city: City | None = None,
        city_seeds: int | tuple[int, ...] = 0,
        route: str = "three",
        start: str = "home",
        max_steps: int | None = None,
        render_mode: str | None = None,
    ):
        _check_render_mode(render_mode)
        self.world = make_world(1, city, city_seeds, route, start, max_steps)
        self.observation_space, self.action_space, self.render_mode = OBSERVATION_SPACE, ACTION_SPACE, render_mode

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        if seed is None and self._np_random is None:
            seed = fresh_seed()
        super().reset(seed=seed)
        if seed is not None:
            self.world.reseed([seed])
        self.world.reset(**_chosen(options))
        return _first(observe(self.world)), _plain(info_of(self.world))

    def step(self, action):
        world = self.world
        world.step(np.asarray(action, dtype=np.float64).reshape(1, -1))
        terminated = bool(world.done[0] or world.stuck[0])
        truncated = not terminated and bool(world.steps[0] >= world.max_steps)
        return _first(observe(world)), float(world.reward[0]), terminated, truncated, _plain(info_of(world))

    def render(self):
        """An RGB picture (height, width, 3) uint8 of the map with the car and its goals."""
        if self.render_mode is None:
            raise ValueError('This environment draws nothing: make it with render_mode="rgb_array".')
        from course_lib.sim.city_drawing import draw_world

        return draw_world(self.world)


class CityVectorEnv(VectorEnv):
    """Many cars, stepped together; ``gymnasium.make_vec("FirstLap/City-v0", num_envs=64)``; arguments as `CityEnv`.

    An episode that ends is begun anew in the same step (SAME_STEP): its last observation is in ``infos["final_obs"]``
    in the rows where ``infos["_final_obs"]`` is True. Car i behaves as a `CityEnv` that was reset with ``seed + i``.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 30, "autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(
        self,
        num_envs: int = 1,
        city: City | None = None,
        city_seeds: int | tuple[int, ...] = 0,
        route: str = "three",
        start: str = "home",
        max_steps: int | None = None,
        render_mode: str | None = None,
    ):
        _check_render_mode(render_mode)
        self.num_envs, self.render_mode, self.version = num_envs, render_mode, VERSION
        self.world = make_world(num_envs, city, city_seeds, route, start, max_steps)
        self.single_observation_space, self.single_action_space = OBSERVATION_SPACE, ACTION_SPACE
        self.observation_space = batch_space(OBSERVATION_SPACE, num_envs)
        self.action_space = batch_space(ACTION_SPACE, num_envs)
        self._everyone = np.ones(num_envs, dtype=bool)

    def reset(self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None):
        if seed is None and self._np_random is None:
            seed = fresh_seed()
        if seed is not None:
            seeds = seed_each(seed, self.num_envs, "cars")
            super().reset(seed=int(seeds[0]))
            self.world.reseed(seeds)
        self.world.reset(**_chosen(options))
        return observe(self.world), self._infos()

    def step(self, actions):
        world = self.world
        world.step(actions)
        terminated = world.done | world.stuck
        truncated = ~terminated & (world.steps >= world.max_steps)
        rewards, observations, infos, ended = world.reward.copy(), observe(world), self._infos(), terminated | truncated
        if ended.any():
            infos |= {"final_obs": observations, "_final_obs": ended, "final_info": dict(infos), "_final_info": ended}
            cars = np.flatnonzero(ended)
            world.reset(cars)
            observations = {name: values.copy() for name, values in observations.items()}
            for name, values in observe(world, cars).items():
                observations[name][cars] = values
            infos |= self._infos()
        return observations, rewards, terminated, truncated, infos

    def _infos(self) -> dict[str, np.ndarray]:
        info = info_of(self.world)
        return {f"_{name}": self._everyone for name in info} | info

    render = CityEnv.render


def _chosen(options: dict[str, Any] | None) -> dict[str, Any]:
    unknown = sorted(set(options or {}) - {"pose", "goals"})
    if unknown:
        raise ValueError(f"reset has no option {unknown[0]!r}: it knows goals and pose.")
    return dict(options or {})


def _check_render_mode(render_mode: str | None) -> None:
    if render_mode not in (None, "rgb_array"):
        raise ValueError(f"No render_mode is called {render_mode!r}: choose rgb_array.")


def _first(observations: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: values[0] for name, values in observations.items()}


def _plain(info: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: values[0].item() for name, values in info.items()}
