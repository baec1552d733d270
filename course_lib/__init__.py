"""First Lap: learn reinforcement learning by racing. Importing this registers the environments with gymnasium."""

import gymnasium

__version__ = "0.1.0"

gymnasium.register(
    id="FirstLap/Race-v0",
    entry_point="course_lib.sim.race_env:RaceEnv",
    vector_entry_point="course_lib.sim.race_env:RaceVectorEnv",
    disable_env_checker=True,  # it doubles the time of a step; the tests run gymnasium's full check instead
)
gymnasium.register(id="FirstLap/RobotJump-v0", entry_point="course_lib.sim.toys.robot_jump:RobotJumpEnv")
gymnasium.register(
    id="FirstLap/BlueSquare-v0",
    entry_point="course_lib.sim.toys.blue_square:BlueSquareEnv",
    max_episode_steps=200,
)
gymnasium.register(
    id="FirstLap/GridWorld-v0",
    entry_point="course_lib.sim.toys.grid_world:GridWorldEnv",
    max_episode_steps=100,
)
gymnasium.register(
    id="FirstLap/BalancingPole-v0",
    entry_point="course_lib.sim.toys.balancing_pole:BalancingPoleEnv",
    max_episode_steps=200,
)
gymnasium.register(
    id="FirstLap/BallBalance-v0",
    entry_point="course_lib.sim.toys.ball_balance:BallBalanceEnv",
    vector_entry_point="course_lib.sim.toys.ball_balance:BallBalanceVectorEnv",
)
gymnasium.register(
    id="FirstLap/City-v0",
    entry_point="course_lib.sim.city_env:CityEnv",
    vector_entry_point="course_lib.sim.city_env:CityVectorEnv",
)
