"""GridWorld: a way to the goal on slippery ground, past a pit."""

from __future__ import annotations

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
    Canvas,
    check_drawn,
    check_render_mode,
    mixed,
)

UP, RIGHT, DOWN, LEFT = range(4)
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # (rows, columns) of each action
PRIZES = {"G": 1.0, "X": -1.0}

# S start, G goal, X pit, # wall, . floor.
LAYOUTS = {
    "book": ("...G", ".#.X", "S..."),
    "garage": ("S..#...G", ".#...#X.", ".#.#.#..", "...#....", ".X...#..", "..#....."),
}
CELL = 72  # px


class LayoutError(ValueError):
    """A layout that is no grid world; the message names the row and what is wrong."""


class GridWorldEnv(gymnasium.Env):
    """A robot on a floor of square cells; where it means to go it does not always get.

    - State: Discrete(rows * columns): row * columns + column, rows counted from the top.
    - Action: Discrete(4): 0 up, 1 right, 2 down, 3 left. With probability ``slip`` the robot slides aside instead, to
      the left or right of where it means to go, each with half of that. It stays where a wall or the edge is.
    - Reward: 1 for reaching the goal, -1 for falling into the pit, ``step_reward`` for every other step.
    - End: terminated at the goal and in the pit; truncated after 100 steps.

    Args:
        layout: "book" (4 x 3 cells), "garage" (8 x 6), or your own: lines of equal length of ``S`` (start), ``G``
            (goal), ``X`` (pit), ``#`` (wall) and ``.`` (floor).
        slip: probability of sliding aside.
        step_reward: for a step that reaches neither goal nor pit.

    Source: layout "book" with its slip of 0.2 and -0.04 a step is the 4 x 3 world of Russell and Norvig, "Artificial
    Intelligence: A Modern Approach"; Berkeley's course uses it too. The layout "garage" and the limit are ours.

    Attributes:
        P: what can happen: P[state][action] = [(probability, next state, reward, terminated)].
        rows: the layout's lines.  shape: (rows, columns).

    Raises:
        LayoutError: lines of several lengths, an unknown letter, not exactly one start, or no goal.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 4}

    def __init__(
        self,
        layout: str | list[str] | tuple[str, ...] = "book",
        slip: float = 0.2,
        step_reward: float = -0.04,
        render_mode: str | None = None,
    ):
        check_render_mode(render_mode)
        if not 0.0 <= slip <= 1.0:
            raise ValueError(f"slip is {slip}: it is a probability, from 0 to 1.")
        self.render_mode, self.slip, self.step_reward = render_mode, slip, step_reward
        self.rows = _checked(layout)
        self.shape = len(self.rows), len(self.rows[0])
        self.start = "".join(self.rows).index("S")
        self.observation_space = spaces.Discrete(self.shape[0] * self.shape[1])
        self.action_space = spaces.Discrete(4)
        self.P = {
            state: {action: self._outcomes(state, action) for action in range(4)}
            for state in range(self.observation_space.n)
        }
        self.state = self.start

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.state = self.start
        return self.state, {}

    def step(self, action):
        outcomes = self.P[self.state][int(action)]
        drawn = np.searchsorted(np.cumsum([outcome[0] for outcome in outcomes]), self.np_random.random(), side="right")
        _, self.state, reward, terminated = outcomes[min(drawn, len(outcomes) - 1)]
        return self.state, reward, terminated, False, {}

    def render(self):
        """An RGB picture (height, width, 3) uint8."""
        check_drawn(self.render_mode)
        return self.picture(robot=True)

    def picture(self, q: np.ndarray | None = None, robot: bool = False) -> np.ndarray:
        """The grid, (height, width, 3) uint8.

        Args:
            q: (states, actions) what each action is worth: each cell then shows its best value and an arrow that way.
            robot: draw the robot too.
        """
        rows, columns = self.shape
        canvas = Canvas(columns * CELL + 8, rows * CELL + 8)
        for state in range(rows * columns):
            row, column = divmod(state, columns)
            letter, x, y = self.rows[row][column], 4 + column * CELL, 4 + row * CELL
            fill = {"G": GREEN, "X": ORANGE, "#": EDGE}.get(letter, FLOOR)
            free = letter in ".S"
            if q is not None and free:
                value = float(np.clip(np.max(q[state]), -1.0, 1.0))
                fill = mixed(GREEN if value > 0 else ORANGE, 0.6 * abs(value), "#F2F4F5")
            canvas.rectangle(x + 1, y + 1, x + CELL - 1, y + CELL - 1, fill, round_by=5)
            if letter in PRIZES:
                canvas.text(x + CELL / 2, y + CELL / 2, f"{PRIZES[letter]:+.0f}", PAPER, size=26)
            elif q is not None and free:
                down, right = MOVES[int(np.argmax(q[state]))]
                canvas.arrow(x + CELL / 2, y + 28, 14 * right, 14 * down, INK)
                canvas.text(x + CELL / 2, y + CELL - 13, f"{np.max(q[state]):.2f}", INK, size=13)
            elif letter == "S":
                canvas.text(x + CELL / 2, y + CELL / 2, "start", EDGE, size=14)
        if robot:
            row, column = divmod(self.state, columns)
            _draw_robot(canvas, 4 + (column + 0.5) * CELL, 4 + (row + 0.5) * CELL)
        return canvas.array()

    def _outcomes(self, state: int, action: int) -> list[tuple[float, int, float, bool]]:
        """All that can happen; outcomes that lead to the same cell are added up."""
        if self._letter(state) in "GX#":
            return [(1.0, state, 0.0, True)]  # here the episode is over, whatever is done
        ways = {action: 1.0 - self.slip, (action + 1) % 4: self.slip / 2, (action - 1) % 4: self.slip / 2}
        reached: dict[int, float] = {}
        for way, probability in ways.items():
            if probability > 0.0:
                following = self._neighbour(state, way)
                reached[following] = reached.get(following, 0.0) + probability
        return [
            (probability, s, PRIZES.get(self._letter(s), self.step_reward), self._letter(s) in PRIZES)
            for s, probability in reached.items()
        ]

    def _neighbour(self, state: int, action: int) -> int:
        (rows, columns), (row, column) = self.shape, divmod(state, self.shape[1])
        row, column = row + MOVES[action][0], column + MOVES[action][1]
        if not (0 <= row < rows and 0 <= column < columns) or self.rows[row][column] == "#":
            return state
        return row * columns + column

    def _letter(self, state: int) -> str:
        return self.rows[state // self.shape[1]][state % self.shape[1]]


def _checked(layout) -> tuple[str, ...]:
    if isinstance(layout, str) and layout not in LAYOUTS:
        raise LayoutError(f"No layout is called {layout!r}: choose {' or '.join(LAYOUTS)}, or give a list of lines.")
    rows = tuple(LAYOUTS[layout] if isinstance(layout, str) else layout)
    for number, row in enumerate(rows):
        if not isinstance(row, str) or len(row) != len(rows[0]) or not row:
            raise LayoutError(f"Line {number} of the layout is {row!r}: all lines are texts of one length.")
        if unknown := set(row) - set("SGX#."):
            raise LayoutError(f"Line {number} of the layout has a {min(unknown)!r}: use S, G, X, # and a dot.")
    letters = "".join(rows)
    if letters.count("S") != 1 or "G" not in letters:
        raise LayoutError(f"The layout has {letters.count('S')} S and {letters.count('G')} G: one S, at least one G.")
    return rows


def _draw_robot(canvas: Canvas, x: float, y: float) -> None:
    canvas.circle(x, y, 0.3 * CELL, PAPER)
    canvas.circle(x, y, 0.27 * CELL, BLUE)
    for side in (-1, 1):
        canvas.circle(x + side * 7, y - 4, 4.5, PAPER)
        canvas.circle(x + side * 7, y - 4, 2.0, INK)
    canvas.line([(x - 7, y + 8), (x + 7, y + 8)], PAPER, 2.5)
