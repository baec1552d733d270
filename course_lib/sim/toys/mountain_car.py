"""gymnasium's MountainCar made ready for a network: its numbers scaled to -1 ... 1, a hint, a count of the flags."""

from __future__ import annotations

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import RescaleObservation

NAME = "MountainCar-v0"
TEST_SEED = 1_000_000  # of episodes that no training begins with


def scaled(env: gymnasium.Env) -> gymnasium.Env:
    """The same world, its position and speed each scaled to -1 ... 1.

    As it is, the speed is at most 0.07: beside a position of about 1 a fresh network hardly notices it.
    """
    return RescaleObservation(env, np.float32(-1), np.float32(1))


def energy(state) -> float:
    """Height and motion together: -1 at rest in the trough, 1 at the top. Without gas it stays as it is."""
    position, speed = state
    return float(np.sin(3 * position) + 600 * speed**2)


def potential(state) -> float:
    """How wide the car swings, by its energy: -30 at rest in the trough, 0 where it suffices for the flag.

    The root makes it grow evenly with each push: energy itself grows with the square of the swing, so that at rest a
    push would hardly tell.
    """
    return float(30 * (min(1.0, np.sqrt(max(0.0, (energy(state) + 1) / 2))) - 1))


def steps_to_flag(driver, episodes: int = 100, seed: int = TEST_SEED) -> np.ndarray:
    """(episodes,) how many steps it took to the flag; NaN where 200 steps, all that there are, did not suffice.

    Args:
        driver: a policy for the `scaled` world, or a function of what is seen (episodes, 2) -> actions (episodes,) or
            one action for all.
        seed: of the first episode; the others have the ones that follow.
    """
    act = driver.act if hasattr(driver, "act") else driver
    vector = {"autoreset_mode": AutoresetMode.SAME_STEP}
    envs = gymnasium.make_vec(
        NAME, num_envs=episodes, vectorization_mode="sync", vector_kwargs=vector, wrappers=[scaled]
    )
    seen, _ = envs.reset(seed=seed)
    steps, playing = np.full(episodes, np.nan), np.ones(episodes, bool)
    taken = 0
    while playing.any():
        actions = np.broadcast_to(np.asarray(act(seen)), episodes)
        seen, _, terminated, truncated, _ = envs.step(actions)
        taken += 1
        steps[playing & terminated] = taken
        playing &= ~(terminated | truncated)
    envs.close()
    return steps
