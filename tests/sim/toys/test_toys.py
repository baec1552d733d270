"""The small worlds: gymnasium's contract, their tables of rules against what happens, and their known best returns."""

from __future__ import annotations

import math

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.agents.value_iteration import value_iteration
from course_lib.sim.toys.grid_world import LAYOUTS, LayoutError
from course_lib.sim.toys.robot_jump import DISTANCES, PACES, clears, flight

WORLDS = [
    ("RobotJump", {}),
    ("RobotJump", {"obstacles": 10}),
    ("RobotJump", {"noise": 0.2}),
    ("BlueSquare", {}),
    ("GridWorld", {}),
    ("GridWorld", {"layout": "garage"}),
    ("BalancingPole", {}),
    ("BallBalance", {"max_steps": 50}),
]
COUNTABLE = WORLDS[:6]


def make(name: str, **kwargs):
    return gymnasium.make(f"FirstLap/{name}-v0", **kwargs)


@pytest.mark.parametrize("name, kwargs", WORLDS)
def test_gymnasium_finds_nothing_to_complain_about(name, kwargs):
    check_env(make(name, render_mode="rgb_array", **kwargs).unwrapped)


@pytest.mark.parametrize("name, kwargs", WORLDS)
def test_one_seed_is_one_way(name, kwargs):
    def drive(seed):
        env = make(name, **kwargs)
        seen = [env.reset(seed=seed)[0]]
        env.action_space.seed(1)
        for _ in range(60):
            observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
            seen += [observation, reward]
            if terminated or truncated:
                seen.append(env.reset()[0])
        return np.concatenate([np.ravel(value) for value in seen])

    first, second = drive(7), drive(7)
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name, kwargs", COUNTABLE)
def test_probabilities_add_up_to_one(name, kwargs):
    env = make(name, **kwargs).unwrapped
    assert sorted(env.P) == list(range(env.observation_space.n))
    for choices in env.P.values():
        assert sorted(choices) == list(range(env.action_space.n))
        for outcomes in choices.values():
            assert math.isclose(sum(outcome[0] for outcome in outcomes), 1.0)
            assert all(outcome[0] > 0 for outcome in outcomes)


@pytest.mark.parametrize("name, kwargs", COUNTABLE)
def test_what_happens_is_as_often_as_the_table_says(name, kwargs):
    env = make(name, **kwargs).unwrapped
    state, _ = env.reset(seed=0)
    counts, tries = {}, {}
    rng = np.random.default_rng(0)
    for _ in range(6000):
        action = int(rng.integers(env.action_space.n))
        after, reward, terminated, _, _ = env.step(action)
        outcomes = [outcome[1:] for outcome in env.P[state][action]]
        assert (after, reward, terminated) in outcomes
        tries[state, action] = tries.get((state, action), 0) + 1
        counts[state, action, after] = counts.get((state, action, after), 0) + 1
        state = env.reset()[0] if terminated else after
    compared = 0
    for (state, action, after), count in counts.items():
        n = tries[state, action]
        if n < 100:
            continue
        share = sum(outcome[0] for outcome in env.P[state][action] if outcome[1] == after)
        compared += 1
        assert abs(count / n - share) <= 4.5 * math.sqrt(share * (1 - share) / n) + 1e-9
    assert compared >= 2


@pytest.mark.parametrize("name, kwargs", WORLDS)
def test_each_draws_itself(name, kwargs):
    env = make(name, render_mode="rgb_array", **kwargs)
    env.reset(seed=0)
    before = env.render()
    env.action_space.seed(0)
    for _ in range(1 if name == "RobotJump" else 8):
        env.step(env.action_space.sample())
    after = env.render()
    assert before.dtype == np.uint8 and before.shape == after.shape and before.shape[2] == 3
    assert (before != after).any()
    with pytest.raises(ValueError, match="draws nothing"):
        make(name, **kwargs).unwrapped.render()
    with pytest.raises(ValueError, match="No render_mode"):
        type(env.unwrapped)(render_mode="ansi", **kwargs)


def episode_return(env, act, seed=0) -> float:
    observation, _ = env.reset(seed=seed)
    total, done = 0.0, False
    while not done:
        observation, reward, terminated, truncated, _ = env.step(act(observation))
        total, done = total + reward, terminated or truncated
    return total


def test_the_blue_square_gets_094_on_the_right_and_008_on_the_left():
    env = make("BlueSquare")
    assert episode_return(env, lambda state: 1) == pytest.approx(0.94)
    assert episode_return(env, lambda state: 0) == pytest.approx(0.08)
    assert value_iteration(env.unwrapped.P, gamma=1.0)[10].max() == pytest.approx(0.94)


def test_the_robot_clears_one_obstacle_from_half_a_metre_alone():
    env = make("RobotJump")
    assert [episode_return(env, lambda state, jump=jump: jump) for jump in range(4)] == [-1, -1, 1, -1]
    assert [d for pace in PACES for d in DISTANCES if clears(d, pace)] == [0.5, 1.0, 2.0]


@given(st.floats(-1.5, 3.5), st.sampled_from(PACES))  # with noise it may take off anywhere
@settings(max_examples=60, deadline=None)
def test_a_flight_ends_behind_the_obstacle_or_at_it(distance, pace):
    cleared = clears(distance, pace)
    x, y = flight(distance, pace, cleared)[-1]
    assert (x > 0.1 and y == 0) if cleared else (x <= 0.1)


def test_many_obstacles_end_with_the_last():
    env = make("RobotJump", obstacles=2, noise=0.0).unwrapped
    env.reset(seed=0)
    jump = 3 * DISTANCES.index(0.5) + 1  # 0.5 m ahead, and no change of pace
    assert env.step(jump)[1:3] == (1.0, False)
    assert env.step(jump)[1:3] == (1.0, True)


@pytest.mark.parametrize(
    "layout, said",
    [
        ("castle", "No layout is called 'castle'"),
        (["S.", "G"], "Line 1 of the layout is 'G'"),
        (["S?G"], "has a '\\?'"),
        (["SSG"], "2 S and 1 G"),
        (["S.."], "1 S and 0 G"),
    ],
)
def test_layouts_that_are_none(layout, said):
    with pytest.raises(LayoutError, match=said):
        make("GridWorld", layout=layout)


def test_the_grid_shows_what_each_cell_is_worth():
    env = make("GridWorld", layout="garage", render_mode="rgb_array").unwrapped
    env.reset(seed=0)
    plain, worth = env.render(), env.picture(value_iteration(env.P))
    assert plain.shape == worth.shape == (len(LAYOUTS["garage"]) * 72 + 8, 8 * 72 + 8, 3)


def test_a_pole_that_nobody_holds_falls_and_one_that_is_held_stays():
    env = make("BalancingPole")
    assert episode_return(env, lambda state: 1) < 50

    def hold(state):
        return int(state @ np.array([0.1, 0.4, 8.0, 2.0]) > 0)

    assert min(episode_return(env, hold, seed) for seed in range(10)) == 200


def test_a_ball_on_a_plate_that_is_balanced_stays():
    env = make("BallBalance")

    def level(observation):
        tilt, place, speed = observation[:2], observation[2:4], observation[5:7]
        return -(3 * tilt + 3 * place + 6 * speed)

    assert episode_return(env, level) == pytest.approx(100)
    assert episode_return(env, lambda observation: np.ones(2)) < 30


def test_many_plates_are_as_many_single_ones():
    n, steps = 5, 150
    vector = gymnasium.make_vec("FirstLap/BallBalance-v0", num_envs=n, max_steps=40)
    singles = [make("BallBalance", max_steps=40) for _ in range(n)]
    observations, _ = vector.reset(seed=11)
    assert np.array_equal(observations, [env.reset(seed=11 + i)[0] for i, env in enumerate(singles)])
    rng = np.random.default_rng(0)
    endings = 0
    for _ in range(steps):
        actions = rng.uniform(-1.5, 1.5, (n, 2)).astype(np.float32)
        observations, rewards, terminated, truncated, infos = vector.step(actions)
        for i, env in enumerate(singles):
            observation, reward, over, cut, _ = env.step(actions[i])
            assert (rewards[i], terminated[i], truncated[i]) == (reward, over, cut)
            if over or cut:
                endings += 1
                assert infos["_final_obs"][i] and np.array_equal(infos["final_obs"][i], observation)
                observation = env.reset()[0]
            assert np.array_equal(observations[i], observation)
    assert endings >= 2 * n
    assert vector.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.SAME_STEP
