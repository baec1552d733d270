"""An episode that moves: an animated PNG of any environment that draws itself."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from fractions import Fraction

import gymnasium
import numpy as np

from course_lib.notebook.apng import encode
from course_lib.notebook.replay import LAST, LapReplay

MOST_FRAMES = 300  # a longer episode is cut: a notebook must stay small
COLOURS = 128  # of the picture, found in frames spread over the episode


class EpisodeReplay(LapReplay):
    """An animated PNG of one episode; a notebook shows it with its alternative text ``alt``."""

    def __repr__(self) -> str:
        return f"EpisodeReplay({self.track!r}, seconds={self.seconds:.1f})"


def animate(env: gymnasium.Env, policy, seed: int = 0, fps: float | None = None, every: int = 1) -> EpisodeReplay:
    """Play one episode and show it.

    Args:
        env: made with ``render_mode="rgb_array"``.
        policy: has ``act(observation)``, or is a function observation -> action.
        seed: of the episode.
        fps: pictures per second; None: those of the environment.
        every: show each so many-th step only.

    Raises:
        ValueError: the environment draws nothing, or ``every`` or ``fps`` is below 1.
    """
    if env.render_mode != "rgb_array":
        raise ValueError('This environment draws nothing: make it with render_mode="rgb_array".')
    fps = env.metadata.get("render_fps", 15) / every if fps is None else fps
    if every < 1 or fps <= 0:
        raise ValueError(f"every={every}, fps={fps}: every is at least 1, and fps above 0.")
    act = policy.act if hasattr(policy, "act") else policy
    with _no_screen():
        observation, _ = env.reset(seed=seed)
        frames, total, steps, done = [env.render()], 0.0, 0, False
        while not done and len(frames) < MOST_FRAMES:
            observation, reward, terminated, truncated, _ = env.step(act(observation))
            total, steps, done = total + float(reward), steps + 1, terminated or truncated
            if done or steps % every == 0:
                frames.append(env.render())
    name = env.spec.id if env.spec else type(env.unwrapped).__name__
    ended = f"ends after {steps} steps with a return of {total:.2f}" if done else f"is shown for {steps} steps"
    alt = f"An episode of {name}, which {ended}."
    return moving(frames, [1 / fps] * (len(frames) - 1) + [LAST], alt, name)


def moving(frames: list[np.ndarray], delays: Sequence[float], alt: str, name: str) -> EpisodeReplay:
    """Pictures (height, width, 3) uint8 as one that moves.

    Args:
        delays: seconds for each picture.  alt: what is to be seen.  name: of what is shown.
    """
    palette, indices = _with_palette(frames)
    delays = [Fraction(delay).limit_denominator(1000) for delay in delays]
    return EpisodeReplay(encode(indices, palette, delays, alt), alt, name, 1, float(sum(delays[:-1])))


@contextmanager
def _no_screen():
    """Only pictures are due, but gymnasium's own worlds draw with SDL, which looks for a screen all the same.

    On a computer without one (Colab) it would find none and say so in the notebook; pygame may warn on import.
    """
    without = sys.platform.startswith("linux") and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    without = without and "SDL_VIDEODRIVER" not in os.environ
    if without:
        os.environ["SDL_VIDEODRIVER"] = "dummy"
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pygame")
            yield
    finally:
        if without:
            os.environ.pop("SDL_VIDEODRIVER", None)


def _with_palette(frames: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The commonest colours, (k + 1, 3) uint8 behind an unused first entry, and each frame as indices of the nearest.

    The commonest ones are kept exactly: a floor or a background that is a shade off would be seen.
    """
    sample = np.concatenate([_packed(frame) for frame in frames[:: max(1, len(frames) // 8)]])
    found, counts = np.unique(sample, return_counts=True)
    colours = _unpacked(found[np.argsort(-counts, kind="stable")[:COLOURS]])
    table = np.zeros(1 << 24, np.uint8)  # index of each colour; 0: not looked for yet
    indices = []
    for frame in frames:
        pixels = _packed(frame)
        unknown = np.unique(pixels[table[pixels] == 0])
        table[unknown] = _nearest(_unpacked(unknown), colours) + 1
        indices.append(table[pixels].reshape(frame.shape[:2]))
    return np.vstack([colours[:1], colours]), indices


def _nearest(found: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """(n,) uint8 indices of the nearest of colours (k, 3) to (n, 3); Pillow's own search takes near ones for equal."""
    return (
        np.square(found[:, None].astype(np.int32) - colours.astype(np.int32))
        .sum(axis=-1)
        .argmin(axis=1)
        .astype(np.uint8)
    )


def _packed(frame: np.ndarray) -> np.ndarray:
    """(pixels,) one whole number per pixel: numbers are sorted much faster than rows."""
    red, green, blue = frame.reshape(-1, 3).astype(np.int32).T
    return red << 16 | green << 8 | blue


def _unpacked(numbers: np.ndarray) -> np.ndarray:
    """(k, 3) uint8 colours."""
    return np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1).astype(np.uint8)
