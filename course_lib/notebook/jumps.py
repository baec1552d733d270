"""The robot that runs and jumps, as a film: an animated PNG of one or more jumps of `sim.toys.robot_jump`."""

from __future__ import annotations

from collections.abc import Sequence

import gymnasium

from course_lib.notebook.episodes import EpisodeReplay, moving
from course_lib.notebook.replay import LAST

FPS = 12  # pictures per second of the film
PAUSE = 0.5  # s, how long the end of a jump stays before the next begins
MOST_JUMPS = 20  # a notebook must stay small


def film(env: gymnasium.Env, jumps, seed: int | None = None, slow: float = 1.0) -> EpisodeReplay:
    """Let the robot jump, and show it.

    Args:
        env: a ``FirstLap/RobotJump-v0`` made with ``render_mode="rgb_array"``.
        jumps: an action; or a list of actions, one after the other; or a policy (``act(state)``, or a function
            state -> action), which plays one episode.
        seed: of the first episode; None: go on with the environment's own chance.
        slow: 2 shows it at half the speed.

    Raises:
        ValueError: the environment draws nothing or has no robot, or there are no jumps or more than 20.
    """
    if not hasattr(env.unwrapped, "film"):
        raise ValueError('This environment has no robot: make "FirstLap/RobotJump-v0".')
    act = getattr(jumps, "act", jumps)
    actions = None if callable(act) else list(jumps) if isinstance(jumps, Sequence) else [jumps]
    if actions is not None and not 1 <= len(actions) <= MOST_JUMPS:
        raise ValueError(f"There are {len(actions)} jumps: give 1 to {MOST_JUMPS}.")
    frames, delays, told = [], [], []
    state, _ = env.reset(seed=seed)
    done = False
    while len(told) < (MOST_JUMPS if actions is None else len(actions)):
        if done and actions is None:
            break
        if done:
            state, _ = env.reset()
        state, _, terminated, truncated, _ = env.step(act(state) if actions is None else actions[len(told)])
        done = terminated or truncated
        pictures = env.unwrapped.film(FPS * slow)
        frames += pictures
        delays += [1 / FPS] * (len(pictures) - 1) + [PAUSE]
        told.append(env.unwrapped.last_jump)
    delays[-1] = LAST
    return moving(frames, delays, f"A robot runs at an obstacle and jumps. {'; '.join(told)}.", "RobotJump")
