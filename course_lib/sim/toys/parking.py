"""Parking: a car rolls towards a wall, and is to stand still in the bay in front of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from course_lib.sim.toys.canvas import (
    BLUE,
    EDGE,
    FLOOR,
    GREEN,
    INK,
    ORANGE,
    PAPER,
    SKY,
    Canvas,
    check_drawn,
    check_render_mode,
)

DT = 0.1  # s
PEDALS = (-2.0, 0.0, 2.0)  # m/s²: brake, roll, gas
BAY = 2.0  # m before the wall in which the car is to stand
FURTHEST, FASTEST = 10.0, 4.0  # m, m/s
STARTS_AT, STARTS_WITH = (5.0, 10.0), (1.0, 3.0)  # m, m/s
TOUCHED = -5.0  # reward for touching the wall
LONGEST = 150  # steps of an episode, where nothing else is said
ENDINGS = ("parked", "stands too early", "touched", "still driving")
WIDTH, HEIGHT, ROAD, SCALE, WALL = 560, 130, 84, 46, 520  # px, px, px, px per m, px
LENGTH = 56  # px of the car


class ParkingEnv(gymnasium.Env):
    """A car on a straight that ends at a wall: drive up to it and stop in the bay, without touching.

    - State: Box, 2 values: the gap to the wall / 10 m, and the speed / 4 m/s.
    - Action: Discrete(3), 0 brake, 1 roll, 2 gas: -2, 0 or 2 m/s².
    - Reward: the metres driven in the step, and -5 for touching the wall.
    - End: terminated when the car stands, or touches the wall. It knows no clock: give ``max_episode_steps`` when you
      register it.

    An episode starts 5 to 10 m before the wall at 1 to 3 m/s. The bay is the last 2 m; ``info["parked"]`` tells whether
    the car stands there.

    Source: ours.

    Args:
        reward_function: (gap in m, speed in m/s, touched, stands) -> reward of a step, in place of the one above.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(self, reward_function: Callable | None = None, render_mode: str | None = None):
        check_render_mode(render_mode)
        self.render_mode, self.reward_function = render_mode, reward_function or reward
        self.observation_space = spaces.Box(0.0, 1.0, (2,), np.float32)
        self.action_space = spaces.Discrete(3)
        self.gap, self.speed = FURTHEST, 0.0  # m, m/s

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.gap = float(self.np_random.uniform(*STARTS_AT))
        self.speed = float(self.np_random.uniform(*STARTS_WITH))
        return self.observe(), {"parked": False}

    def step(self, action):
        self.speed = min(max(self.speed + PEDALS[int(action)] * DT, 0.0), FASTEST)
        self.gap -= self.speed * DT
        touched, stands = self.gap <= 0.0, self.speed == 0.0
        points = float(self.reward_function(self.gap, self.speed, touched, stands))
        parked = stands and 0.0 < self.gap <= BAY
        return self.observe(), points, touched or stands, False, {"parked": parked}

    def observe(self) -> np.ndarray:
        """(2,) float32; a gap below 0, after a crash, is shown as 0."""
        return np.array([max(self.gap, 0.0) / FURTHEST, self.speed / FASTEST], np.float32)

    def render(self):
        """An RGB picture (height, width, 3) uint8."""
        check_drawn(self.render_mode)
        return draw(self.gap, self.speed)


def reward(gap: float, speed: float, touched: bool, stands: bool) -> float:
    """The metres driven in the step, and -5 for touching the wall."""
    return speed * DT + (TOUCHED if touched else 0.0)


def endings(policy, episodes: int = 100, seed: int = 1000) -> dict[str, float]:
    """How episodes of `LONGEST` steps at most end when a policy drives.

    Args:
        policy: has ``act(observation)``, or is a function observation -> action.

    Returns:
        {"parked", "stands too early", "touched", "still driving": % of the episodes, "seconds": mean time of one}.
    """
    act = policy.act if hasattr(policy, "act") else policy
    counts, steps, env = dict.fromkeys(ENDINGS, 0), 0, ParkingEnv()
    for episode in range(episodes):
        observation, _ = env.reset(seed=seed + episode)
        for _ in range(LONGEST):
            observation, _, terminated, _, info = env.step(act(observation))
            steps += 1
            if terminated:
                break
        stood = "parked" if info["parked"] else "touched" if env.gap <= 0.0 else "stands too early"
        counts[stood if terminated else "still driving"] += 1
    return {name: 100 * count / episodes for name, count in counts.items()} | {"seconds": DT * steps / episodes}


def draw(gap: float, speed: float) -> np.ndarray:
    """A picture (height, width, 3) uint8 of a car ``gap`` m before the wall that drives ``speed`` m/s."""
    canvas = Canvas(WIDTH, HEIGHT)
    touched = gap <= 0.0
    parked = speed == 0.0 and 0.0 < gap <= BAY
    canvas.rectangle(0, ROAD, WALL, ROAD + 6, FLOOR)
    canvas.rectangle(WALL - BAY * SCALE, ROAD, WALL, ROAD + 6, GREEN)
    canvas.rectangle(WALL, ROAD - 52, WALL + 14, ROAD + 6, EDGE)
    for metres in range(0, 11, 2):
        x = WALL - metres * SCALE
        canvas.line([(x, ROAD + 8), (x, ROAD + 14)], EDGE, 1.5)
        canvas.text(x, ROAD + 26, f"{metres} m", EDGE, size=12)
    nose = WALL - max(gap, 0.0) * SCALE
    fill = ORANGE if touched else GREEN if parked else BLUE
    canvas.rectangle(nose - LENGTH, ROAD - 22, nose, ROAD - 7, fill, round_by=4)
    canvas.polygon(
        [(nose - 44, ROAD - 21), (nose - 38, ROAD - 33), (nose - 20, ROAD - 33), (nose - 12, ROAD - 21)], fill
    )
    canvas.polygon(
        [(nose - 39, ROAD - 22), (nose - 35, ROAD - 30), (nose - 22, ROAD - 30), (nose - 17, ROAD - 22)], SKY
    )
    for x in (nose - 43, nose - 13):
        canvas.circle(x, ROAD - 7, 7, INK)
        canvas.circle(x, ROAD - 7, 3, PAPER)
    words = "touched the wall" if touched else "parked" if parked else f"{speed:.1f} m/s, {gap:.1f} m to go"
    canvas.text(12, 18, words, INK, size=15, anchor="lm")
    return canvas.array()
