"""RobotJump: a robot runs at an obstacle. How far ahead of it must it jump?"""

from __future__ import annotations

import math
from typing import Any

import gymnasium
from gymnasium import spaces

from course_lib.sim.toys.canvas import (
    BLUE,
    EDGE,
    GREEN,
    INK,
    ORANGE,
    PAPER,
    SKY,
    Canvas,
    check_drawn,
    check_render_mode,
    mixed,
)

DISTANCES = (2.0, 1.0, 0.5, 0.0)  # m before the obstacle, one per action
PACES = (2.0, 4.0, 8.0)  # m/s: of the game with one obstacle the first, of the game with many all
STUMBLES = (0.0, 0.02, 0.08)  # probability of falling when landing at each pace
PACE_REWARDS = (0.0, 0.25, 0.5)  # on top of 1 for an obstacle that was cleared
GRAVITY, TAKE_OFF = 9.81, 2.5  # m/s², m/s upwards
HIGH, LONG = 0.25, 0.1  # m, of the obstacle
WIDTH, HEIGHT, GROUND = 560, 190, 148  # px
RUN_UP = (2.4, 2.4, 3.1)  # m before the obstacle, at each pace: where the robot comes into the picture
STRIDE = 0.02  # m between two places of a way, twice that at 8 m/s
LEGS = (0.4, 1.0, 0.4, -0.6)  # how far they are apart while it runs, as a share


class RobotJumpEnv(gymnasium.Env):
    """A robot runs at an obstacle and chooses where it jumps: 2, 1, 0.5 or 0 m ahead.

    One obstacle (one state, one choice, one reward: a bandit), 2 m/s:

    - State: Discrete(2), 0 running, 1 over.
    - Action: Discrete(4), jump 2, 1, 0.5 or 0 m ahead of the obstacle.
    - Reward: 1 if the robot clears the obstacle, -1 if not.  End: after the jump.

    Many obstacles, the harder game, ``obstacles=10``: the robot also chooses its pace for the next one.

    - State: Discrete(3 * obstacles + 1): 3 * cleared + pace, pace 0, 1, 2 for 2, 4, 8 m/s; the last state is "over".
    - Action: Discrete(12), 3 * jump + change: jump as above, change 0 slower, 1 as before, 2 faster.
    - Reward: for an obstacle cleared 1, at 4 m/s 1.25, at 8 m/s 1.5; -1 for a fall.
    - End: after the last obstacle, or a fall. Who lands at 4 m/s stumbles in 2 % of all jumps, at 8 m/s in 8 %.

    The jump is a parabola, 2.5 m/s upwards; the robot clears the obstacle (0.25 m high, 0.1 m long) if it is as high
    over its whole length. At 2 m/s that is so 0.5 m ahead alone, at 4 m/s 1 m, at 8 m/s 2 m: the faster, the earlier.

    Source: the four distances, that 0.5 m wins, and a harder game with ten obstacles and speed are from the AI camp
    that this course follows; the physics, the paces and the rewards are ours.

    Args:
        obstacles: 1, or more for the harder game.
        noise: m, standard deviation of where the robot takes off; above 0 no choice is sure to succeed or to fail.

    Attributes:
        P: what can happen: P[state][action] = [(probability, next state, reward, terminated)].
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 2}

    def __init__(self, obstacles: int = 1, noise: float = 0.0, render_mode: str | None = None):
        check_render_mode(render_mode)
        if obstacles < 1 or noise < 0:
            raise ValueError(f"obstacles={obstacles}, noise={noise}: at least one obstacle, and no noise below 0.")
        self.render_mode, self.obstacles, self.noise = render_mode, obstacles, noise
        self.paces, self.changes = (1, (0,)) if obstacles == 1 else (len(PACES), (-1, 0, 1))
        self.over = self.paces * obstacles
        self.observation_space = spaces.Discrete(self.over + 1)
        self.action_space = spaces.Discrete(len(DISTANCES) * len(self.changes))
        self.P = {
            state: {action: self._outcomes(state, action) for action in range(self.action_space.n)}
            for state in range(self.over + 1)
        }
        self.state, self.jump = 0, None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None):
        super().reset(seed=seed)
        self.state, self.jump = 0, None
        return self.state, {}

    def step(self, action):
        distance, pace, following = self._told(self.state, int(action))
        if self.state == self.over:
            return self.state, 0.0, True, False, {}
        distance += self.noise * self.np_random.standard_normal() if self.noise else 0.0
        cleared = clears(distance, PACES[pace])
        fallen = not cleared or self.np_random.random() < STUMBLES[pace]
        self.jump = distance, pace, cleared, fallen, self.state // self.paces + 1
        self.state = self.over if fallen else following
        return self.state, -1.0 if fallen else 1.0 + PACE_REWARDS[pace], self.state == self.over, False, {}

    def render(self):
        """An RGB picture (height, width, 3) uint8 of the last jump, or of the robot before the first."""
        check_drawn(self.render_mode)
        if self.jump is None:
            return self._picture("How far ahead does it jump?", [(-2.3, 0.0)], BLUE)
        distance, pace, cleared, fallen, _ = self.jump
        way = flight(distance, PACES[pace], cleared)
        return self._picture(self.last_jump, [*way[:-1:4], way[-1]], ORANGE if fallen else GREEN)

    def film(self, fps: float) -> list:
        """RGB pictures (height, width, 3) uint8 of the last jump while it happens, ``fps`` for a second of the robot's.

        It runs in from the left; the last picture shows how it ended.

        Raises:
            ValueError: the environment draws nothing, or there was no jump yet.
        """
        check_drawn(self.render_mode)
        if self.jump is None:
            raise ValueError("There is no jump to film yet: call step first.")
        distance, pace, cleared, fallen, _ = self.jump
        way = flight(distance, PACES[pace], cleared)
        start, each = -RUN_UP[pace], PACES[pace] / fps
        before = [(start + k * each, 0.0) for k in range(max(0, int((way[0][0] - start) / each)))]
        seen = [*before, *way[: -1 : max(1, round(each / (way[1][0] - way[0][0])))]]
        words, _, _ = self.last_jump.partition(":")
        pictures = [self._picture(words, [place], BLUE, number) for number, place in enumerate(seen)]
        return [*pictures, self._picture(self.last_jump, [*way[:-1:8], way[-1]], ORANGE if fallen else GREEN)]

    @property
    def last_jump(self) -> str:
        """The last jump in words, such as "2 m/s, jump 0.5 m ahead: cleared"; empty before the first."""
        if self.jump is None:
            return ""
        distance, pace, cleared, fallen, _ = self.jump
        result = "cleared" if not fallen else "stumbled" if cleared else "hit the obstacle"
        return f"{PACES[pace]:g} m/s, jump {max(distance, 0.0):.2g} m ahead: {result}"

    def _picture(self, words: str, way: list[tuple[float, float]], colour: str, stride: int = 1):
        """The obstacle, and the robot at the end of a way of places (x, y) in m; a shadow at each place before."""
        pace, number = (self.jump[1], self.jump[4]) if self.jump else (0, 1)
        scale, middle = (150, 380) if PACES[pace] < 8.0 else (85, 280)  # px per m; px, the obstacle
        canvas = Canvas(WIDTH, HEIGHT)
        canvas.rectangle(0, GROUND, WIDTH, GROUND + 5, EDGE)
        for far in DISTANCES:
            x = middle - far * scale
            canvas.line([(x, GROUND), (x, GROUND + 10)], EDGE, 1.5)
            canvas.text(x, GROUND + 22, f"{far:g} m", EDGE, size=12)
        canvas.rectangle(middle, GROUND - HIGH * scale, middle + LONG * scale, GROUND, ORANGE, round_by=2)
        for x, y in way[:-1]:
            _draw_robot(canvas, middle + x * scale, GROUND - y * scale, mixed(SKY, 0.45))
        x, y = way[-1]
        _draw_robot(canvas, middle + x * scale, GROUND - y * scale, colour, LEGS[stride % 4] if y == 0.0 else 1.0)
        if self.obstacles > 1:
            words = f"Obstacle {number} of {self.obstacles}. {words}"
        canvas.text(12, 18, words, INK, size=15, anchor="lm")
        return canvas.array()

    def _told(self, state: int, action: int) -> tuple[float, int, int]:
        """The distance of the jump, the pace in it, and the state that follows if all goes well."""
        jump, change = divmod(action, len(self.changes))
        cleared, pace = divmod(state, self.paces)
        next_pace = min(max(pace + self.changes[change], 0), self.paces - 1)
        return DISTANCES[jump], pace, min((cleared + 1) * self.paces + next_pace, self.over)

    def _outcomes(self, state: int, action: int) -> list[tuple[float, int, float, bool]]:
        if state == self.over:
            return [(1.0, state, 0.0, True)]
        distance, pace, following = self._told(state, action)
        first, last = window(PACES[pace])
        if self.noise:
            well = normal(last, distance, self.noise) - normal(first, distance, self.noise)
        else:
            well = float(first <= distance <= last)
        well *= 1.0 - STUMBLES[pace]
        outcomes = [
            (well, following, 1.0 + PACE_REWARDS[pace], following == self.over),
            (1.0 - well, self.over, -1.0, True),
        ]
        return [outcome for outcome in outcomes if outcome[0] > 0.0]


def window(speed: float) -> tuple[float, float]:
    """The least and the largest distance in m from which a jump at this speed (m/s) clears the obstacle."""
    root = math.sqrt(TAKE_OFF**2 - 2 * GRAVITY * HIGH)
    return speed * (TAKE_OFF - root) / GRAVITY, speed * (TAKE_OFF + root) / GRAVITY - LONG


def clears(distance: float, speed: float) -> bool:
    """Does a jump from so far ahead (m) at this speed (m/s) clear the obstacle?"""
    first, last = window(speed)
    return first <= distance <= last


def flight(distance: float, speed: float, cleared: bool) -> list[tuple[float, float]]:
    """The robot's way (x, y) in m, x from the obstacle's face on; it ends on the ground behind, or at the obstacle."""

    def height(x: float) -> float:
        t = (x + distance) / speed
        return max(0.0, TAKE_OFF * t - GRAVITY / 2 * t * t) if t > 0 else 0.0

    way, x = [], -max(distance, 0.0) - 0.3
    while True:
        y = height(x)
        if not cleared and x > -0.02 and height(0.0) < HIGH:  # into its face
            return [*way, (-0.02, height(-0.02))]
        if not cleared and x > 0.0 and y < HIGH:  # down on its top
            return [*way, (min(x, LONG), HIGH)]
        way.append((x, y))
        if cleared and x > LONG and y == 0.0:
            return way
        x += STRIDE if speed < 8.0 else 2 * STRIDE


def normal(x: float, mean: float, deviation: float) -> float:
    """The share of a normal distribution below x."""
    return 0.5 * (1.0 + math.erf((x - mean) / (deviation * math.sqrt(2))))


def _draw_robot(canvas: Canvas, x: float, y: float, fill, stride: float = 1.0) -> None:
    """A robot with its feet at (x, y) px, and the feet ``stride`` apart."""
    canvas.rectangle(x - 9, y - 30, x + 9, y - 9, fill, round_by=4)
    canvas.circle(x, y - 38, 8, fill)
    canvas.circle(x + 3, y - 39, 2.4, PAPER)
    for side in (-5, 5):
        canvas.line([(x + side * 0.6, y - 10), (x + side * stride, y)], fill, 4)
