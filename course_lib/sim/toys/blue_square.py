"""BlueSquare: go left for a little, or right for a lot."""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium import spaces

from course_lib.sim.toys.canvas import BLUE, EDGE, FLOOR, GREEN, INK, YELLOW, Canvas, check_drawn, check_render_mode

LEFT, RIGHT = 0, 1
LIMIT = 10  # positions run from -LIMIT to LIMIT
EXITS = {-3: 0.1, 7: 1.0}  # position: reward for reaching it, in place of the step's
STEP_REWARD = -0.01
CELL, TOP, HEIGHT = 28, 46, 110  # px


class BlueSquareEnv(gymnasium.Env):
    """A blue square on a line, with a small prize near by on its left and a large one far off on its right.

    - State: Discrete(21), the position -10 ... 10 counted from 0; an episode starts in the middle, state 10.
    - Action: Discrete(2), 0 one to the left, 1 one to the right; at the ends of the line the square stays.
    - Reward: -0.01 a step; in its place 0.1 for reaching position -3, 1.0 for reaching position 7.
    - End: terminated at -3 and at 7; truncated after 200 steps.

    The best return is 1 - 6 * 0.01 = 0.94, always to the right; always to the left gives 0.1 - 2 * 0.01 = 0.08.

    Source: the numbers are those of "Basic", an example of Unity ML-Agents, as OpenMined used it; what happens at the
    ends of the line and the limit of 200 steps are ours.

    Attributes:
        P: what can happen: P[state][action] = [(probability, next state, reward, terminated)].
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 4}

    def __init__(self, render_mode: str | None = None):
        check_render_mode(render_mode)
        self.render_mode = render_mode
        self.observation_space = spaces.Discrete(2 * LIMIT + 1)
        self.action_space = spaces.Discrete(2)
        self.P = {
            position + LIMIT: {action: [_outcome(position, action)] for action in (LEFT, RIGHT)}
            for position in range(-LIMIT, LIMIT + 1)
        }
        self.state, self.total = LIMIT, 0.0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.state, self.total = LIMIT, 0.0
        return self.state, {}

    def step(self, action):
        [(_, self.state, reward, terminated)] = self.P[self.state][int(action)]
        self.total += reward
        return self.state, reward, terminated, False, {}

    def render(self):
        """An RGB picture (height, width, 3) uint8."""
        check_drawn(self.render_mode)
        canvas = Canvas((2 * LIMIT + 1) * CELL + 20, HEIGHT)
        for position in range(-LIMIT, LIMIT + 1):
            left = 10 + (position + LIMIT) * CELL
            fill = {-3: YELLOW, 7: GREEN}.get(position, FLOOR)
            canvas.rectangle(left + 1, TOP + 1, left + CELL - 1, TOP + CELL - 1, fill, round_by=3)
            canvas.text(left + CELL / 2, TOP + CELL + 13, f"{position}", EDGE, size=11)
            if position in EXITS:
                canvas.text(left + CELL / 2, TOP - 11, f"+{EXITS[position]:.1f}", INK)
        left = 10 + self.state * CELL
        canvas.rectangle(left + 5, TOP + 5, left + CELL - 5, TOP + CELL - 5, BLUE, round_by=2)
        canvas.text(12, 16, f"Return {self.total:.2f}", INK, size=14, anchor="lm")
        return canvas.array()


def _outcome(position: int, action: int) -> tuple[float, int, float, bool]:
    if position in EXITS:
        return 1.0, position + LIMIT, 0.0, True  # here the episode is over, whatever is done
    reached = min(max(position + (1 if action == RIGHT else -1), -LIMIT), LIMIT)
    return 1.0, reached + LIMIT, EXITS.get(reached, STEP_REWARD), reached in EXITS
