"""Disturbed cars: each setting does what it says, by seed, for one car as for many, and from snapshots."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.sim.disturbances import DisturbanceError, Disturbances
from course_lib.sim.laps import run_laps
from course_lib.sim.race_env import Race, RaceEnv, RaceVectorEnv

ALL = Disturbances(noise=(0.0, 0.1), delay=(0, 4), steering_bias=(-5, 5), speed_scale=(0.8, 1.0), seed=3)


def actions(steps: int, n: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (steps, n, 2)).astype(np.float32)


def drive(envs: RaceVectorEnv, commands: np.ndarray) -> list[np.ndarray]:
    seen = [envs.reset(seed=7)[0]]
    for command in commands:
        seen.append(envs.step(command)[0])
    return seen


def test_without_disturbances_nothing_changes():
    commands = actions(40, 5)
    plain = drive(RaceVectorEnv(5), commands)
    for none in (None, Disturbances(), {}):
        np.testing.assert_array_equal(plain, drive(RaceVectorEnv(5, disturbances=none), commands))


@given(delay=st.integers(0, 6), bias=st.floats(-8, 8), scale=st.floats(0.5, 1.5))
@settings(max_examples=20, deadline=None)
def test_late_bent_and_weak_commands_are_those_of_an_undisturbed_car_that_was_commanded_so(delay, bias, scale):
    """A car to which the same commands come later, with the bias and the scale added by hand, drives the same way."""
    race = Race(2, disturbances=Disturbances(delay=delay, steering_bias=bias, speed_scale=scale))
    other = Race(2)
    commands = np.random.default_rng(0).uniform([-20, 1.0], [20, 2.5], (15, 2, 2))
    for each in (race, other):
        each.world.reset(s=1.0, offset=0.0, heading=0.0)
    for step, command in enumerate(commands):
        race.world.step(race.world.actions.encode(command))
        late = commands[step - delay] if step >= delay else np.zeros((2, 2))
        arriving = late + [bias, 0.0]
        other.world.drive(other.world.cars, arriving[:, 0], arriving[:, 1] * scale)
        np.testing.assert_allclose(race.world.cars.x, other.world.cars.x, atol=1e-5)
        np.testing.assert_allclose(race.world.cars.heading, other.world.cars.heading, atol=1e-5)
        np.testing.assert_allclose(race.world.steering, command[:, 0], atol=1e-4)  # rewards see the command


def test_many_cars_are_disturbed_as_single_ones_are_and_begin_episodes_with_nothing_under_way():
    commands = actions(150, 3)
    envs = RaceVectorEnv(3, disturbances=ALL)
    seen, ended = [envs.reset(seed=7)[0]], 0
    for command in commands:
        observations, *_, infos = envs.step(command)
        ended += int(infos.get("_final_obs", np.zeros(3)).sum())
        seen.append(observations)
    assert ended >= 3
    for car in range(3):
        env = RaceEnv(disturbances=ALL)
        observation, _ = env.reset(seed=7 + car)
        for step, command in enumerate(commands):
            np.testing.assert_array_equal(observation, seen[step][car])
            observation, _, terminated, truncated, _ = env.step(command[car])
            if terminated or truncated:
                observation, _ = env.reset()
                assert not env.world.link.world.steps.any()


def test_a_snapshot_holds_what_is_under_way():
    race = Race(4, disturbances=ALL)
    race.reset()
    commands = actions(20, 4)
    for command in commands[:8]:
        race.step(command)
    kept = race.world.state()
    first = [race.step(command)[0] for command in commands[8:]]
    race.world.restore(kept)
    np.testing.assert_array_equal(first, [race.step(command)[0] for command in commands[8:]])


def test_noise_has_the_size_that_was_asked_for_and_is_new_at_each_step():
    quiet, loud = Race(200), Race(200, disturbances=Disturbances(noise=0.1))
    difference = []
    for each in (quiet, loud):
        each.world.reseed(np.arange(200))
    a, b = quiet.reset(), loud.reset()
    difference.append(b - a)
    difference.append(loud.step(np.zeros((200, 2)))[0] - quiet.step(np.zeros((200, 2)))[0])
    assert abs(np.mean(difference[0])) < 0.01 and np.std(difference[0]) == pytest.approx(0.1, rel=0.05)
    assert abs(np.corrcoef(difference[0].ravel(), difference[1].ravel())[0, 1]) < 0.1
    assert abs(np.corrcoef(difference[0][:, 0], difference[0][:, 1])[0, 1]) < 0.25
    some = loud.observation.observe(loud.world, np.array([5, 9]))
    np.testing.assert_array_equal(some, loud.observation.observe(loud.world)[[5, 9]])


@pytest.mark.parametrize("observation", ["features", "lidar", "camera"])
def test_noisy_observations_stay_in_their_space(observation):
    race = Race(2, observation=observation, disturbances=Disturbances(noise=1.0))
    seen = race.reset()
    assert all(race.observation.space.contains(row) for row in seen)
    assert not np.array_equal(seen, Race(2, observation=observation).reset())


def test_ranges_are_drawn_anew_for_each_episode_and_reach_their_ends():
    race = Race(400, disturbances=ALL)
    race.reset()
    first = ALL.drawn(race.world)
    assert set(first["delay"]) == {0, 1, 2, 3, 4}
    assert first["speed_scale"].min() < 0.82 and first["speed_scale"].max() > 0.98
    assert abs(np.corrcoef(first["noise"], first["speed_scale"])[0, 1]) < 0.2
    race.step(np.zeros((400, 2)))
    np.testing.assert_array_equal(first["noise"], ALL.drawn(race.world)["noise"])
    race.reset(np.arange(200))
    second = ALL.drawn(race.world)
    assert (first["noise"] != second["noise"])[:200].all() and (first["noise"] == second["noise"])[200:].all()


def test_laps_are_driven_disturbed_and_alike_each_time():
    one, two = (run_laps(PurePursuit(1.5), starts=4, disturbances=Disturbances(noise=0.1, delay=6)) for _ in range(2))
    np.testing.assert_array_equal(one.lap_times, two.lap_times)
    plain = run_laps(PurePursuit(1.5), starts=4)
    weak = run_laps(PurePursuit(1.5), starts=4, disturbances={"speed_scale": 0.8})
    assert plain.clean.all() and weak.clean.all()
    assert weak.lap_times.mean() > 1.15 * plain.lap_times.mean()
    assert one.progress.mean() < plain.progress.mean()


def test_gymnasium_makes_them_and_a_policy_keeps_plain_data():
    from course_lib.agents import make_envs
    from course_lib.agents.training import describe_envs

    env = gymnasium.make("FirstLap/Race-v0", disturbances={"delay": 1})
    env.reset(seed=0)
    kept = describe_envs(make_envs("FirstLap/Race-v0", 2, disturbances=ALL))["env_kwargs"]["disturbances"]
    assert kept == ALL.plain and Disturbances.of(kept) == ALL


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"noise": -0.1}, "noise is -0.1: give a number from 0 to 2, or (low, high) between them."),
        ({"noise": "much"}, "noise is 'much'"),
        ({"delay": 2.5}, "delay is 2.5: give a whole number from 0 to 15"),
        ({"delay": (3, 1)}, "delay is (3, 1)"),
        ({"delay": (0, 1, 2)}, "delay is (0, 1, 2)"),
        ({"steering_bias": 45}, "steering_bias is 45: give a number from -30 to 30"),
        ({"speed_scale": 0}, "speed_scale is 0: give a number from 0.1 to 2"),
        ({"speed_scale": float("nan")}, "speed_scale is nan"),
        ({"seed": -1}, "seed is -1: give a whole number of at least 0."),
        ({"latency": 3}, "There is no disturbance 'latency': there are noise, delay, steering_bias"),
        (3, "disturbances is 3: give Disturbances(noise, delay"),
    ],
)
def test_what_is_no_disturbance_is_told_in_one_sentence(wrong, said):
    with pytest.raises(DisturbanceError) as error:
        Race(1, disturbances=wrong)
    assert said in str(error.value)


def test_a_disturbed_training_that_is_resumed_ends_as_an_unbroken_one(tmp_path):
    import torch

    from course_lib.agents import make_envs, ppo

    def train(folder, on_update=None):
        envs = make_envs("FirstLap/Race-v0", 32, disturbances=ALL)
        return ppo.train(envs, ppo.Config(steps=4096, checkpoint=tmp_path / folder), 1, on_update).policy

    whole = train("whole")
    train("broken", lambda update: update.steps >= 2048)
    resumed = train("broken")
    pairs = zip(whole.network.state_dict().values(), resumed.network.state_dict().values())
    assert all(torch.equal(one, other) for one, other in pairs)
