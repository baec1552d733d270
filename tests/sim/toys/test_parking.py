"""Parking: the car obeys its pedals, and an episode ends as it is told."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from course_lib.sim.toys.parking import ENDINGS, ParkingEnv, draw, endings


def stepped(gap: float, speed: float, action: int):
    env = ParkingEnv()
    env.reset(seed=0)
    env.gap, env.speed = gap, speed
    observation, reward, terminated, truncated, info = env.step(action)
    assert not truncated
    return env, observation, reward, terminated, info["parked"]


def test_gymnasium_finds_nothing_to_complain_about():
    check_env(ParkingEnv(), skip_render_check=True)


@pytest.mark.parametrize("action, speed", [(0, 1.8), (1, 2.0), (2, 2.2)])
def test_the_pedals(action, speed):
    env, observation, reward, terminated, parked = stepped(5.0, 2.0, action)
    assert env.speed == pytest.approx(speed)
    assert env.gap == pytest.approx(5.0 - speed * 0.1)
    assert reward == pytest.approx(speed * 0.1)
    assert observation == pytest.approx([env.gap / 10, speed / 4])
    assert not terminated and not parked


def test_how_an_episode_ends():
    _, observation, reward, terminated, parked = stepped(0.1, 2.0, 1)
    assert terminated and not parked and reward == pytest.approx(0.2 - 5.0)
    assert observation[0] == 0.0
    assert stepped(1.0, 0.1, 0)[2:] == (0.0, True, True)  # stands in the bay
    assert stepped(3.0, 0.1, 0)[2:] == (0.0, True, False)  # stands before it
    assert stepped(9.0, 4.0, 2)[0].speed == 4.0  # as fast as it gets


def test_starts_are_spread_and_seeded():
    env = ParkingEnv()
    starts = np.array([env.reset(seed=seed)[0] for seed in range(200)])
    assert (starts.min(axis=0) >= [0.5, 0.25]).all() and (starts.max(axis=0) <= [1.0, 0.75]).all()
    assert np.ptp(starts, axis=0) == pytest.approx([0.5, 0.5], abs=0.03)
    assert (env.reset(seed=199)[0] == starts[-1]).all()


def test_it_draws_itself():
    pictures = [draw(8.0, 2.0), draw(1.0, 0.0), draw(-0.1, 2.0)]
    assert {picture.shape for picture in pictures} == {(130, 560, 3)}
    assert len({picture.tobytes() for picture in pictures}) == 3
    with pytest.raises(ValueError, match="draws nothing"):
        ParkingEnv().render()


def careful(observation):
    gap, speed = observation[0] * 10, observation[1] * 4
    return 0 if speed**2 / 4 > gap - 1.0 else 2 if speed < 1.0 else 1


@pytest.mark.parametrize(
    ("act", "ending"),
    [
        (careful, "parked"),
        (lambda observation: 0, "stands too early"),
        (lambda observation: 2, "touched"),
        (lambda observation: 0 if observation[1] > 0.05 else 1 + int(observation[1] < 0.02), "still driving"),
    ],
)
def test_how_episodes_end_is_counted(act, ending):
    found = endings(act, episodes=20)
    assert sum(found[name] for name in ENDINGS) == 100
    assert found[ending] == 100
    assert 0 < found["seconds"] <= 15
    assert (found["seconds"] == 15) == (ending == "still driving")


def test_a_reward_of_ones_own():
    seen = []

    def reward(gap, speed, touched, stands):
        seen.append((gap, speed, touched, stands))
        return 7

    env = ParkingEnv(reward_function=reward)
    env.reset(seed=0)
    env.gap, env.speed = 0.1, 2.0
    assert env.step(1)[1] == 7.0
    assert seen == [(pytest.approx(-0.1), 2.0, True, False)]
