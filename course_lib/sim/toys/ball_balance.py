"""BallBalance: a ball on a plate that can be tilted; one plate, or many at once."""

from __future__ import annotations

import math
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from course_lib.sim.seeds import fresh_seed, seed_each
from course_lib.sim.toys.canvas import BLUE, EDGE, FLOOR, INK, ORANGE, SKY, Canvas, check_drawn, check_render_mode

GRAVITY = 9.81  # m/s²
DT = 0.02  # s
TURN = math.radians(2)  # rad that the plate can turn in a step
MOST_TILT = math.radians(25)  # rad
EDGE_AT = 3.0  # m from the middle to the plate's sides
START_AT, START_TILT = 1.5, math.radians(10)  # m and rad, at most, at the start
ROLLING = 5 / 7  # of the acceleration of a block that slides: a solid ball must also be set spinning
SHOWN = 12  # plates of many that are drawn
WIDTH, HEIGHT, SCALE = 240, 180, 26  # px, px, px per m


class Plates:
    """n plates with a ball on each; what both environments share.

    State, one row per plate: ``tilt`` (n, 2) rad, ``place`` and ``speed`` of the ball (n, 2) in m and m/s along the
    plate's two sides, ``steps`` (n,). A tilt above 0 lets the ball roll towards larger numbers.
    """

    observation_space = spaces.Box(-2.5, 2.5, (8,), np.float32)  # 25 degrees all the way across: 6 m/s
    action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)

    def __init__(self, n: int, max_steps: int):
        if max_steps < 1:
            raise ValueError(f"max_steps is {max_steps}: an episode has at least one step.")
        self.n, self.max_steps, self.generators = n, max_steps, [None] * n
        self.tilt, self.place, self.speed = np.zeros((3, n, 2))
        self.steps = np.zeros(n, int)

    def seed(self, seeds) -> None:
        self.generators = [seeding.np_random(int(seed))[0] for seed in seeds]

    def reset(self, plates) -> None:
        """Begin an episode on these plates: the ball at rest somewhere near the middle, the plate a little askew."""
        for i in plates:
            self.place[i] = self.generators[i].uniform(-START_AT, START_AT, 2)
            self.tilt[i] = self.generators[i].uniform(-START_TILT, START_TILT, 2)
            self.speed[i], self.steps[i] = 0.0, 0

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rewards (n,), terminated and truncated (n,) bool after one step with actions (n, 2)."""
        turn = TURN * np.clip(actions, -1.0, 1.0)
        self.tilt = np.clip(self.tilt + turn, -MOST_TILT, MOST_TILT)
        self.speed = self.speed + DT * ROLLING * GRAVITY * np.sin(self.tilt)
        self.place = self.place + DT * self.speed
        self.steps += 1
        fallen = (np.abs(self.place) > EDGE_AT).any(axis=1)
        return np.where(fallen, -1.0, 0.1), fallen, ~fallen & (self.steps >= self.max_steps)

    def observe(self) -> np.ndarray:
        """(n, 8) float32: tilt / 25 degrees (2), the ball's place and height / 3 m (3), its velocity / 3 m/s (3)."""
        height = -(self.place * np.sin(self.tilt)).sum(axis=1, keepdims=True)
        climb = -(self.speed * np.sin(self.tilt)).sum(axis=1, keepdims=True)
        parts = (self.tilt / MOST_TILT, self.place / EDGE_AT, height / EDGE_AT, self.speed / EDGE_AT, climb / EDGE_AT)
        return np.concatenate(parts, axis=1).astype(np.float32)


class BallBalanceEnv(gymnasium.Env):
    """Tilt a plate so that the ball on it does not roll off.

    - State: Box, 8 values, each divided by about its largest: the plate's tilt about its two sides (25 degrees), the
      ball's place along them and its height over the plate's middle (3 m), its velocity in the same order (3 m/s).
    - Action: Box(-1, 1, (2,)): turn the plate about each side, 1 is 2 degrees; it tilts 25 degrees at most.
    - Reward: 0.1 for every step, -1 in place of it when the ball falls.
    - End: terminated when the ball is more than 3 m off the middle along a side; truncated after ``max_steps``, 1,000
      if nothing else is said (20 s), so the best return is 100.

    Source: state, action, rewards and the 3 m are those of "3D Ball", an example of Unity ML-Agents. There a ball of a
    physics engine also hops; here it rolls without sliding, at 50 steps a second. The start, the largest tilt and the
    limit of 1,000 steps are ours.

    Args:
        max_steps: steps of an episode.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 50}

    def __init__(self, max_steps: int = 1000, render_mode: str | None = None):
        check_render_mode(render_mode)
        self.render_mode = render_mode
        self.plates = Plates(1, max_steps)
        self.observation_space, self.action_space = Plates.observation_space, Plates.action_space

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.plates.generators = [self.np_random]
        self.plates.reset([0])
        return self.plates.observe()[0], {}

    def step(self, action):
        rewards, terminated, truncated = self.plates.step(np.asarray(action, np.float64)[None])
        return self.plates.observe()[0], float(rewards[0]), bool(terminated[0]), bool(truncated[0]), {}

    def render(self):
        """An RGB picture (height, width, 3) uint8."""
        check_drawn(self.render_mode)
        return _drawn(self.plates, 0)


class BallBalanceVectorEnv(VectorEnv):
    """Many plates, stepped together; ``gymnasium.make_vec("FirstLap/BallBalance-v0", num_envs=64)``.

    An episode that ends is begun anew in the same step (SAME_STEP): its last observation is ``infos["final_obs"]``
    where ``infos["_final_obs"]`` is True. Plate i behaves as a `BallBalanceEnv` that was reset with ``seed + i``.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 50, "autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(self, num_envs: int = 1, max_steps: int = 1000, render_mode: str | None = None):
        check_render_mode(render_mode)
        self.render_mode, self.num_envs = render_mode, num_envs
        self.plates = Plates(num_envs, max_steps)
        self.single_observation_space, self.single_action_space = Plates.observation_space, Plates.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None):
        if seed is None and self._np_random is None:
            seed = fresh_seed()
        if seed is not None:
            seeds = seed_each(seed, self.num_envs, "plates")
            super().reset(seed=int(seeds[0]))
            self.plates.seed(seeds)
        self.plates.reset(range(self.num_envs))
        return self.plates.observe(), {}

    def step(self, actions):
        rewards, terminated, truncated = self.plates.step(np.asarray(actions, np.float64))
        observations, infos, ended = self.plates.observe(), {}, terminated | truncated
        if ended.any():
            infos = {"final_obs": observations, "_final_obs": ended, "final_info": {}, "_final_info": ended}
            self.plates.reset(np.flatnonzero(ended))
            observations = self.plates.observe()
        return observations, rewards, terminated, truncated, infos

    def render(self):
        """An RGB picture (height, width, 3) uint8 of up to twelve plates, four in a row."""
        check_drawn(self.render_mode)
        pictures = [_drawn(self.plates, i) for i in range(min(self.num_envs, SHOWN))]
        columns = min(4, len(pictures))
        pictures += [np.full_like(pictures[0], 255)] * (-len(pictures) % columns)
        return np.vstack([np.hstack(pictures[i : i + columns]) for i in range(0, len(pictures), columns)])


def _drawn(plates: Plates, i: int) -> np.ndarray:
    """One plate, seen from in front and above: its first side runs to the right, its second one away from us."""
    canvas, tilt, place = Canvas(WIDTH, HEIGHT), plates.tilt[i], plates.place[i]
    fallen = (np.abs(place) > EDGE_AT).any()

    def seen(x: float, y: float, above: float = 0.0) -> tuple[float, float]:
        up = above - x * math.sin(tilt[0]) - y * math.sin(tilt[1])
        return WIDTH / 2 + (x + 0.25 * y) * SCALE, HEIGHT / 2 + 8 - (0.45 * y + up) * SCALE

    corners = [(-EDGE_AT, -EDGE_AT), (EDGE_AT, -EDGE_AT), (EDGE_AT, EDGE_AT), (-EDGE_AT, EDGE_AT)]
    foot = WIDTH / 2, HEIGHT / 2 + 8
    canvas.polygon([(foot[0], foot[1]), (foot[0] - 22, HEIGHT - 8), (foot[0] + 22, HEIGHT - 8)], EDGE)
    canvas.polygon([seen(x, y, -0.18) for x, y in corners], EDGE)
    canvas.polygon([seen(x, y) for x, y in corners], FLOOR)
    for k in (-1.5, 0.0, 1.5):
        canvas.line([seen(k, -EDGE_AT), seen(k, EDGE_AT)], "#FFFFFF", 1.2)
        canvas.line([seen(-EDGE_AT, k), seen(EDGE_AT, k)], "#FFFFFF", 1.2)
    x, y = seen(*place, 0.38)
    canvas.polygon(_ring(*seen(*place), 10, 5), "#AEB5BA")  # the shadow
    canvas.circle(x, y, 11, ORANGE if fallen else BLUE)
    canvas.circle(x - 3.5, y - 4, 3, "#F2B48C" if fallen else SKY)
    canvas.text(8, 12, f"{plates.steps[i] * DT:.1f} s", INK, size=13, anchor="lm")
    return canvas.array()


def _ring(x: float, y: float, across: float, up: float) -> list[tuple[float, float]]:
    angles = np.linspace(0, 2 * math.pi, 25)
    return list(zip(x + across * np.cos(angles), y + up * np.sin(angles)))
