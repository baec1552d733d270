"""First Lap: learn reinforcement learning by racing. Importing this registers the environments with gymnasium."""

import gymnasium

__version__ = "0.1.0"

gymnasium.register(
    id="FirstLap/Race-v0",
    entry_point="course_lib.sim.race_env:RaceEnv",
    vector_entry_point="course_lib.sim.race_env:RaceVectorEnv",
    disable_env_checker=True,  # it doubles the time of a step; the tests run gymnasium's full check instead
)
