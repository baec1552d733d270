"""First Lap: learn reinforcement learning by racing. Importing this registers the environments with gymnasium."""
import gymnasium

__version__ = "0.1.0"

gymnasium.register(
    id="FirstLap/Race-v0",
    entry_point="course_lib.sim.race_env:RaceEnv",
    vector_entry_point="course_lib.sim.race_env:RaceVectorEnv",
)
