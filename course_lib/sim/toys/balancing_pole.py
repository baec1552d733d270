"""BalancingPole: a pole that falls over, on a cart that can prevent it."""

from __future__ import annotations

import math
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from course_lib.sim.toys.canvas import BLUE, EDGE, FLOOR, INK, ORANGE, Canvas, check_drawn, check_render_mode

GRAVITY = 9.81  # m/s²
DT = 0.02  # s
LENGTH = 1.0  # m, of the pole; it is as heavy everywhere
PUSH = 0.2  # m/s that an action adds to the cart's speed
TRACK = 2.4  # m from the middle that the cart may go
TILT = math.radians(15)  # that the pole may lean
START = 0.05  # every state value starts within +- this
WIDTH, HEIGHT, SCALE = 480, 240, 92  # px, px, px per m


class BalancingPoleEnv(gymnasium.Env):
    """A pole on a joint on a cart: push the cart left and right so that the pole stays up.

    - State: Box, 4 values: the cart's position (m) and speed (m/s), the pole's lean (rad, to the right) and its rate
      (rad/s). Each starts by chance within 0.05 of 0.
    - Action: Discrete(2), 0 to the left, 1 to the right: changes the cart's speed by 0.2 m/s.
    - Reward: 1 for every step.
    - End: terminated when the pole leans more than 15 degrees or the cart is more than 2.4 m off the middle;
      truncated after 200 steps, so the best return is 200.

    The pole, of length l, obeys (2/3) l lean'' = g sin(lean) - a cos(lean), with a the cart's acceleration.

    Source: limits, push and the 200 steps are those of the CartPole scene for Unity that OpenMined made; length, start
    and the 50 steps a second are ours, near those of Barto, Sutton and Anderson (1983). There the cart is pushed by a
    force; here its speed is changed, whatever the pole weighs.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 50}

    def __init__(self, render_mode: str | None = None):
        check_render_mode(render_mode)
        self.render_mode = render_mode
        # The last state lies a little beyond the limits; pushed one way all along the track, the cart gets to 10 m/s.
        bounds = np.array([2 * TRACK, 12.0, 2 * TILT, 10.0], np.float32)
        self.observation_space = spaces.Box(-bounds, bounds, dtype=np.float32)
        self.action_space = spaces.Discrete(2)
        self.state, self.fallen, self.action = (0.0, 0.0, 0.0, 0.0), False, None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.state, self.fallen, self.action = self.np_random.uniform(-START, START, 4).tolist(), False, None
        return np.array(self.state, np.float32), {}

    def step(self, action):
        position, speed, lean, rate = self.state
        change = PUSH if action == 1 else -PUSH
        push = change / DT  # m/s²
        # Speeds first, then places with the new speeds: it neither gains nor loses energy over time.
        rate += DT * (GRAVITY * math.sin(lean) - push * math.cos(lean)) / (2 / 3 * LENGTH)
        speed += change
        position, lean = position + DT * speed, lean + DT * rate
        self.state, self.action = (position, speed, lean, rate), int(action)
        self.fallen = abs(position) > TRACK or abs(lean) > TILT
        return np.array(self.state, np.float32), 1.0, self.fallen, False, {}

    def render(self):
        """An RGB picture (height, width, 3) uint8."""
        check_drawn(self.render_mode)
        canvas, ground = Canvas(WIDTH, HEIGHT), HEIGHT - 42
        position, _, lean, _ = self.state
        x, y = WIDTH / 2 + position * SCALE, ground - 30
        canvas.rectangle(WIDTH / 2 - TRACK * SCALE, ground, WIDTH / 2 + TRACK * SCALE, ground + 8, FLOOR, round_by=4)
        for side in (-1, 1):  # the limits: of the cart, and of the pole as two thin lines
            edge = WIDTH / 2 + side * TRACK * SCALE
            canvas.rectangle(edge - 3, ground - 16, edge + 3, ground + 8, EDGE, round_by=2)
            canvas.line([(x, y), _tip(x, y, side * TILT)], FLOOR, 1.5)
        for side in (-1, 1):
            canvas.circle(x + side * 18, ground - 7, 7, INK)
        canvas.rectangle(x - 34, ground - 32, x + 34, ground - 9, BLUE, round_by=4)
        canvas.line([(x, y), _tip(x, y, lean)], ORANGE, 8)
        canvas.circle(*_tip(x, y, lean), 4, ORANGE)
        canvas.circle(x, y, 6, INK)
        if self.action is not None:
            side = 1 if self.action == 1 else -1
            canvas.arrow(x + side * 54, ground - 20, side * 14, 0, EDGE)
        words = "fallen" if self.fallen else f"lean {math.degrees(lean):+.1f}°"
        canvas.text(WIDTH / 2, HEIGHT - 16, words, INK, size=14)
        return canvas.array()


def _tip(x: float, y: float, lean: float) -> tuple[float, float]:
    return x + LENGTH * SCALE * math.sin(lean), y - LENGTH * SCALE * math.cos(lean)
