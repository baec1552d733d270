"""Three sensors with a few levels each: what they tell, and that a table on them learns to lap."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from course_lib.agents import load_policy, q_learning
from course_lib.agents.table_policy import TablePolicy
from course_lib.sim.laps import PolicyError, lap_score, run_laps
from course_lib.sim.race_env import RaceVectorEnv
from course_lib.sim.sensor_car import ACTIONS, RAYS, SensorDriver, Sensors, sensor_envs


def seen(left: float, ahead: float, right: float) -> np.ndarray:
    """A lidar observation (1, 18) with these three distances in m, and all other rays long."""
    observation = np.ones((1, 18), np.float32)
    observation[0, [RAYS["left"], RAYS["ahead"], RAYS["right"]]] = np.array([left, ahead, right]) / 4.0
    return observation


@pytest.mark.parametrize(
    ("distances", "levels"),
    [
        ((0.1, 0.1, 0.1), (0, 0, 0)),
        ((4.0, 4.0, 4.0), (3, 3, 3)),
        ((0.29, 0.31, 0.59), (0, 1, 1)),
        ((0.61, 0.99, 1.01), (2, 2, 3)),
    ],
)
def test_distances_become_levels_and_levels_one_state(distances, levels):
    state = Sensors().states(seen(*distances))
    assert np.unravel_index(state[0], (4, 4, 4)) == levels


def test_the_rays_look_to_the_side_that_they_are_named_after():
    race = RaceVectorEnv(2, track="oval", observation="lidar").race
    race.reset(options={"s": np.zeros(2), "offset": np.array([0.25, -0.25])})  # left and right of the middle
    left, ahead, right = np.array([race.observation.names[ray] for ray in RAYS.values()])
    assert (left, ahead, right) == ("ray_+26", "ray_+0", "ray_-26")
    observations = race.observation.observe(race.world)
    rays = observations[:, list(RAYS.values())]
    assert rays[0, 0] < rays[0, 2] and rays[1, 0] > rays[1, 2]


@pytest.mark.parametrize("borders", [(), (0.5, 0.3), (0.0, 1.0), ((0.3, 0.6),)])
def test_borders_must_rise(borders):
    with pytest.raises(ValueError, match="give rising distances in metres"):
        Sensors(borders)


def test_the_environments_are_those_of_the_race_with_states_that_can_be_counted():
    envs, plain = sensor_envs(8, "oval"), RaceVectorEnv(8, "oval", observation="lidar", action_space=ACTIONS)
    assert envs.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    assert envs.single_observation_space == spaces.Discrete(64) and envs.single_action_space == spaces.Discrete(3)
    (states, _), (observations, _) = envs.reset(seed=3), plain.reset(seed=3)
    rng, finals = np.random.default_rng(0), 0
    for _ in range(150):
        np.testing.assert_array_equal(states, envs.sensors.states(observations))
        assert envs.observation_space.contains(states)
        actions = rng.integers(3, size=8)
        states, rewards, terminated, truncated, infos = envs.step(actions)
        observations, rewards_, terminated_, truncated_, infos_ = plain.step(actions)
        np.testing.assert_array_equal(rewards, rewards_)
        np.testing.assert_array_equal(terminated, terminated_)
        np.testing.assert_array_equal(truncated, truncated_)
        if "final_obs" in infos_:
            finals += 1
            ended = infos["_final_obs"]
            np.testing.assert_array_equal(
                np.asarray(infos["final_obs"])[ended], envs.sensors.states(infos_["final_obs"])[ended]
            )
    assert finals > 0
    assert len(sensor_envs(1, "oval", [{"steering_angle": 5, "speed": 1}], (0.5,)).reset(seed=0)[0]) == 1


def test_a_table_drives_what_its_rows_say(tmp_path):
    q = np.zeros((64, 3))
    left, ahead, right = np.unravel_index(np.arange(64), (4, 4, 4))
    q[:, 1] = 0.5
    q[left > right, 0] = 1.0  # more room on the left: steer left
    q[left < right, 2] = 1.0
    driver = SensorDriver(TablePolicy(q, "FirstLap/Race-v0", {"action_space": ACTIONS}, 1))
    assert driver.act(np.concatenate([seen(0.1, 4, 4), seen(4, 4, 0.1), seen(4, 4, 4)])).tolist() == [2, 0, 1]
    laps = run_laps(driver, "oval", starts=4)
    assert laps.progress.mean() > 30.0
    again = run_laps(SensorDriver(load_policy(driver.table.save(tmp_path))), "oval", starts=4)
    np.testing.assert_array_equal(again.progress, laps.progress)
    other = driver.copy()
    other.table.q[:] = 0.0
    assert driver.table.q.any()


def test_a_table_of_another_size_is_refused():
    with pytest.raises(PolicyError, match=r"has 64 rows, .* 27 states: give the borders of the training"):
        SensorDriver(TablePolicy(np.zeros((64, 3))), (0.3, 0.6))


def test_a_table_learns_to_lap():
    def score(table):
        return lap_score(run_laps(SensorDriver(table), "oval", starts=8))

    config = q_learning.Config(
        steps=50_000, gamma=0.95, learning_rate=1.0, slowing=0.5, explore_last=0.02, evaluate=score
    )
    table = q_learning.train(sensor_envs(64, "oval", laps=5), config).policy
    assert table.env_kwargs["action_space"] == [
        {"steering_angle": float(a["steering_angle"]), "speed": 1.0} for a in ACTIONS
    ]
    assert run_laps(SensorDriver(table), "oval", starts=16).clean.sum() >= 12
    # Where one border is nearer, it steers away from it more often than towards it.
    left, _, right = np.unravel_index(np.arange(64), (4, 4, 4))
    known, taken = table.q.any(axis=1), table.q.argmax(axis=1)
    assert (taken[known & (left < right)] == 2).sum() > (taken[known & (left < right)] == 0).sum()
    assert (taken[known & (left > right)] == 0).sum() > (taken[known & (left > right)] == 2).sum()
