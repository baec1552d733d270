"""Where an episode begins in the console's training: each a little farther round the track, in turn."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv, VectorWrapper

ADVANCE = 0.05  # of the lap, from one episode to the next (deepracer.md, section 1)


class RoundRobinStarts(VectorWrapper):
    """Race cars that begin on the centre line, each episode 0.05 of the lap farther on than the one before.

    Episode k of n cars, counted over all cars, begins at 0.05 k of the lap, or of what boxes leave of it. The world
    itself counts, so a resumed training goes on at the right place.

    Args:
        env: race environments that wait for a reset of all (``autoreset=False``).
        alternate: every second episode drives the track the other way round.
    """

    def __init__(self, env: VectorEnv, alternate: bool = False):
        super().__init__(env)
        self.alternate = alternate

    def reset(self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None):
        world, cars = self.unwrapped.world, np.arange(self.num_envs)
        begun = world.episodes.astype(np.int64) if seed is None else np.zeros(self.num_envs, np.int64)
        episode = begun * self.num_envs + cars
        way = np.where(episode % 2, -1, 1) if self.alternate else np.ones_like(episode)
        s = world.boxes.free(episode * ADVANCE % 1.0 * world.track.length, way)
        start = {"s": s, "offset": 0.0, "heading": 0.0, "direction": way}
        return self.env.reset(seed=seed, options=start | (options or {}))


class BothWays(VectorWrapper):
    """Race cars of which every second one drives the track the other way round."""

    def reset(self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None):
        direction = np.where(np.arange(self.num_envs) % 2, -1, 1)
        return self.env.reset(seed=seed, options={"direction": direction} | (options or {}))
