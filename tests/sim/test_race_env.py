"""gymnasium's contract: one car, many cars, and that they are the same thing."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics

import course_lib  # noqa: F401  registers the environments
from course_lib.sim.actions import ActionError
from course_lib.sim.race_env import RaceEnv, RaceVectorEnv
from course_lib.sim.reward_params import RewardError
from course_lib.sim.track import TrackError

LIST = [{"steering_angle": angle, "speed": speed} for angle in (-30, -10, 0, 10, 30) for speed in (0.8, 2.0)]
KEYS = {"progress", "off_track", "s", "x", "y", "heading", "speed"}


class OwnState:
    """A reward that depends on how often it was called, each car counting for itself."""

    def instances(self, n):
        def one():
            calls = [0]

            def reward(params):
                calls[0] += 1
                return params["progress"] + 0.001 * calls[0] - params["distance_from_center"]

            return reward

        return [one() for _ in range(n)]


VARIANTS = {
    "features": {},
    "kinematic": {"vehicle": "kinematic"},
    "lidar": {"observation": "lidar"},
    "discrete": {"action_space": LIST},
    "reward": {"reward_function": OwnState()},
    "two laps, short": {"laps": 2, "max_steps": 25},
    "everything": {"observation": "lidar", "action_space": LIST, "reward_function": OwnState(), "max_steps": 30},
}


def assert_equal(a, b) -> None:
    """Identical to the last bit, types included."""
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_equal(a[key], b[key])
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    else:
        assert a == b


def vector(circle, n, **kwargs) -> RaceVectorEnv:
    return RaceVectorEnv(n, track=circle, **kwargs)


# gymnasium's own checks


@pytest.mark.parametrize("variant", ["features", "lidar", "discrete", "reward"])
def test_check_env(circle, variant):
    kwargs = {"reward_function": lambda params: params["progress"]} if variant == "reward" else VARIANTS[variant]
    env = gymnasium.make("FirstLap/Race-v0", track=circle, **kwargs)
    check_env(env.unwrapped, skip_render_check=True)
    env.close()


def test_registered_under_its_name(circle):
    env = gymnasium.make("FirstLap/Race-v0", track=circle)
    assert isinstance(env.unwrapped, RaceEnv) and env.unwrapped.feature_names[0] == "speed"
    assert env.observation_space.shape == (24,) and env.action_space.shape == (2,)
    envs = gymnasium.make_vec("FirstLap/Race-v0", num_envs=5, track=circle)
    assert (
        isinstance(envs.unwrapped, RaceVectorEnv)
        and envs.num_envs == 5
        and envs.unwrapped.feature_names == env.unwrapped.feature_names
    )
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert envs.observation_space.shape == (5, 24) and envs.single_action_space == env.action_space
    env.close()
    envs.close()


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_step_and_reset_return(circle, variant):
    env = RaceEnv(track=circle, **VARIANTS[variant])
    observation, info = env.reset(seed=1)
    assert env.observation_space.contains(observation) and set(info) == KEYS
    env.action_space.seed(0)
    for _ in range(10):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation) and type(reward) is float
        assert type(terminated) is bool and type(truncated) is bool
        assert {name: type(info[name]) for name in KEYS} == dict.fromkeys(KEYS, float) | {"off_track": bool}


# Rewards, ends and infos


def test_a_lap_with_the_default_reward(circle, steady):
    env = RaceEnv(track=circle)
    _, info = env.reset(seed=3, options={"s": 1.0, "offset": 0.0, "heading": 0.0})
    total, steps, terminated = 0.0, 0, False
    while not terminated:
        assert "lap_time" not in info
        _, reward, terminated, truncated, info = env.step(steady(env.world)[0])
        assert not truncated and info["off_track"] is False
        total, steps = total + reward, steps + 1
    assert info["progress"] == 100.0 and total == pytest.approx(circle.length - 0.14, abs=0.3), (
        "metres along the centre line"
    )
    assert (steps - 1) / 15 < info["lap_time"] <= steps / 15


def test_leaving_the_track_costs_a_metre(circle):
    env = RaceEnv(track=circle, vehicle="kinematic")
    env.reset(seed=3, options={"s": 1.0, "offset": 0.0, "heading": -1.0})
    terminated = False
    while not terminated:
        _, reward, terminated, truncated, info = env.step(np.array([0.0, 0.0]))
        moved = env.world.moved[0]
        assert reward == pytest.approx(moved - terminated)
    assert info["off_track"] is True and not truncated and "lap_time" not in info


def test_the_time_limit_truncates(circle, steady):
    env = RaceEnv(track=circle, max_steps=4)
    env.reset(seed=0)
    ends = [env.step(steady(env.world)[0])[2:4] for _ in range(4)]
    assert ends == [(False, False)] * 3 + [(False, True)]


def test_driving_the_wrong_way_terminates(circle):
    env = RaceEnv(track=circle, vehicle="kinematic")
    env.reset(seed=0, options={"s": 6.0, "offset": 0.0, "heading": np.pi})
    ends = [env.step(np.array([-0.156, -1.0]))[2:4] for _ in range(15)]  # round the circle to the right
    assert ends == [(False, False)] * 14 + [(True, False)]


def test_info_speaks_of_the_nose(circle):
    env = RaceEnv(track=circle)
    _, info = env.reset(options={"s": 0.0, "offset": 0.0, "heading": 0.0, "direction": 1})
    assert (info["x"], info["y"]) == (pytest.approx(2, abs=2e-3), pytest.approx(0.14, abs=1e-3))
    assert (
        info["heading"] == pytest.approx(np.pi / 2, abs=0.02)
        and info["speed"] == 0
        and info["s"] == pytest.approx(0.14, abs=1e-3)
    )
    _, info = env.reset(options={"s": 0.0, "offset": 0.0, "heading": 0.0, "direction": -1})
    assert info["y"] == pytest.approx(-0.14, abs=1e-3) and info["s"] == pytest.approx(0.14, abs=1e-3)


@pytest.mark.parametrize("direction", [1, -1])
def test_both_directions_are_driven_alike(circle, steady, direction):
    env = RaceEnv(track=circle)
    env.reset(seed=0, options={"s": 0.0, "offset": 0.1, "heading": 0.0, "direction": direction})
    gained = sum(env.step(steady(env.world)[0])[1] for _ in range(60))
    assert gained == pytest.approx((60 / 15 - 0.25) * 1.2, rel=0.1) and abs(env.world.offset[0]) < 0.2


# Seeds


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_seed_is_the_same_run_to_the_last_bit(circle, variant):
    runs = []
    for _ in range(2):
        envs = vector(circle, 5, **VARIANTS[variant])
        envs.action_space.seed(4)
        run = [envs.reset(seed=21)]
        for _ in range(70):
            run.append(envs.step(envs.action_space.sample()))
        runs.append(run)
        envs.close()
    for a, b in zip(*runs):
        for mine, theirs in zip(a, b):
            assert_equal(mine, theirs)


@pytest.mark.parametrize("variant", VARIANTS)
def test_singles_equal_one_vector_env(circle, variant):
    n, kwargs = 5, VARIANTS[variant]
    envs, singles = vector(circle, n, **kwargs), [RaceEnv(track=circle, **kwargs) for _ in range(n)]
    observations, infos = envs.reset(seed=8)
    for i, env in enumerate(singles):
        observation, info = env.reset(seed=8 + i)
        np.testing.assert_array_equal(observation, observations[i])
        assert info == {name: infos[name][i] for name in KEYS}
    envs.action_space.seed(1)
    ended = 0
    for _ in range(90):
        actions = envs.action_space.sample()
        observations, rewards, terminated, truncated, infos = envs.step(actions)
        for i, env in enumerate(singles):
            observation, *rest, info = env.step(actions[i])
            assert rest == [rewards[i], terminated[i], truncated[i]]
            if terminated[i] or truncated[i]:
                ended += 1
                assert infos["_final_obs"][i] and infos["_final_info"][i]
                np.testing.assert_array_equal(infos["final_obs"][i], observation)
                final = infos["final_info"]
                assert {
                    name: final[name][i] for name in final if name in KEYS | {"lap_time"} and final[f"_{name}"][i]
                } == info
                observation, info = env.reset()
            np.testing.assert_array_equal(observation, observations[i])
            assert {name: infos[name][i] for name in KEYS | {"lap_time"} if infos[f"_{name}"][i]} == info
    assert ended > 3, "the run saw episodes end"


def test_a_list_of_seeds(circle):
    envs = vector(circle, 3)
    one, _ = envs.reset(seed=[5, 9, 5])
    np.testing.assert_array_equal(one[0], one[2])
    assert (one[0] != one[1]).any()
    np.testing.assert_array_equal(envs.reset(seed=9)[0][0], one[1])
    np.testing.assert_array_equal(envs.reset(seed=[9, 10, 11])[0], envs.reset(seed=9)[0])


@pytest.mark.parametrize("seeds", [[1, 2], [1, 2, 3, 4], []])
def test_a_list_of_the_wrong_number_of_seeds(circle, seeds):
    with pytest.raises(ValueError, match="seed"):
        vector(circle, 3).reset(seed=seeds)


def test_without_a_seed_runs_differ_and_go_on(circle):
    first, second = vector(circle, 2), vector(circle, 2)
    assert (first.reset()[0] != second.reset()[0]).any()
    first.reset(seed=3)
    later = first.reset()[0]
    assert (later != first.reset(seed=3)[0]).any(), "a reset without a seed begins the next episode"
    np.testing.assert_array_equal(later, first.reset()[0])


# SAME_STEP


def test_the_rows_of_ended_episodes(circle):
    envs = vector(circle, 6, max_steps=12)
    envs.reset(seed=0)
    seen = 0
    for step in range(60):
        actions = np.tile(np.array([1.0, 1.0], np.float32), (6, 1)) * ((np.arange(6) % 3 + step) % 3 == 0)[:, None]
        before = envs.world.state()
        observations, rewards, terminated, truncated, infos = envs.step(actions)
        done = terminated | truncated
        assert not (terminated & truncated).any()
        assert ("final_obs" in infos) == ("final_info" in infos) == done.any()
        if not done.any():
            continue
        seen += done.sum()
        np.testing.assert_array_equal(infos["_final_obs"], done)
        np.testing.assert_array_equal(infos["_final_info"], done)
        end = vector(circle, 6, max_steps=12)  # the same step once more, without its resets
        end.world.restore(before)
        end.world.step(actions)
        np.testing.assert_array_equal(infos["final_obs"][done], end.race.observation.observe(end.world)[done])
        for name in ("progress", "off_track", "s", "x", "y"):
            np.testing.assert_array_equal(infos["final_info"][name], getattr(end.world, name), err_msg=name)
        assert (envs.world.steps[done] == 0).all() and (envs.world.steps[~done] == before["steps"][~done] + 1).all()
        np.testing.assert_array_equal(infos["x"], envs.world.x)
        assert not infos["off_track"].any() and (observations[done, 0] == 0).all()
        np.testing.assert_array_equal(observations, envs.race.observation.observe(envs.world))
    assert seen > 10


def test_a_lap_time_in_final_info(circle, steady):
    envs = vector(circle, 3)
    envs.reset(seed=0, options={"s": [0.0, 4.0, 8.0]})
    laps = 0
    for _ in range(180):
        *_, terminated, truncated, infos = envs.step(steady(envs.world))
        np.testing.assert_array_equal(infos["lap_time"] > 0, infos["_lap_time"])
        assert not infos["_lap_time"].any(), "episodes of one lap end with it, and the info is of the new one"
        if terminated.any():
            final = infos["final_info"]
            assert (final["_lap_time"] == terminated).all() and (final["progress"][terminated] == 100).all()
            assert ((final["lap_time"] > 9) == terminated).all()
            laps += terminated.sum()
    assert laps >= 3


def test_record_episode_statistics(circle):
    envs = RecordEpisodeStatistics(gymnasium.make_vec("FirstLap/Race-v0", num_envs=4, track=circle, max_steps=20))
    envs.reset(seed=2)
    envs.action_space.seed(2)
    returns, lengths, episodes = np.zeros(4), np.zeros(4, int), 0
    for _ in range(80):
        _, rewards, terminated, truncated, infos = envs.step(envs.action_space.sample())
        returns, lengths, done = returns + rewards, lengths + 1, terminated | truncated
        assert ("episode" in infos) == done.any()
        if done.any():
            np.testing.assert_allclose(infos["episode"]["r"][done], returns[done])
            np.testing.assert_array_equal(infos["episode"]["l"][done], lengths[done])
            returns, lengths, episodes = returns * ~done, lengths * ~done, episodes + done.sum()
    assert episodes == envs.episode_count >= 16
    envs.close()


@pytest.mark.parametrize("variant", ["features", "everything"])
def test_nothing_that_was_returned_is_overwritten(circle, variant):
    envs = vector(circle, 4, **VARIANTS[variant])
    envs.action_space.seed(0)

    def arrays(value):
        if isinstance(value, np.ndarray):
            return [value]
        return [a for part in (value.values() if isinstance(value, dict) else value) for a in arrays(part)]

    kept = [(a, a.copy()) for a in arrays(envs.reset(seed=0))]
    for _ in range(60):
        kept += [(a, a.copy()) for a in arrays(envs.step(envs.action_space.sample()))]
    kept += [(a, a.copy()) for a in arrays(envs.reset())]
    envs.step(envs.action_space.sample())
    for array, copy in kept:
        np.testing.assert_array_equal(array, copy)


def test_what_was_returned_may_be_changed(circle):
    def run(spoil: bool) -> list:
        envs = vector(circle, 4, max_steps=15)
        envs.action_space.seed(0)
        seen = []
        result = envs.reset(seed=0)
        for _ in range(40):
            values = [result[0], *result[-1].values()]
            seen += [value.copy() for value in values if isinstance(value, np.ndarray)]
            for value in values:
                if spoil and isinstance(value, np.ndarray) and value.flags.writeable:
                    value[...] = 0
            result = envs.step(envs.action_space.sample())
        return seen

    for mine, theirs in zip(run(True), run(False)):
        np.testing.assert_array_equal(mine, theirs)


# Bad input


@pytest.mark.parametrize("action", [np.zeros(3), np.array([np.nan, 0]), 1, None, np.zeros((1, 2))])
def test_bad_actions_of_one_car(circle, action):
    env = RaceEnv(track=circle)
    env.reset(seed=0)
    with pytest.raises(ActionError):
        env.step(action)


@pytest.mark.parametrize("action", [-1, 10, 0.5, np.zeros(3)])
def test_bad_discrete_actions_of_one_car(circle, action):
    env = RaceEnv(track=circle, action_space=LIST)
    env.reset(seed=0)
    with pytest.raises(ActionError):
        env.step(action)


def test_bad_arguments(circle):
    with pytest.raises(TrackError, match="did you mean 'camp'"):
        gymnasium.make("FirstLap/Race-v0", track="camp2")
    for env in (RaceEnv, RaceVectorEnv):
        with pytest.raises(ValueError, match="No observation is called 'radar': choose features, lidar or camera"):
            env(track=circle, observation="radar")
        with pytest.raises(ValueError, match="No vehicle is called 'bike'"):
            env(track=circle, vehicle="bike")
        with pytest.raises(TypeError, match="reward_function is 3"):
            env(track=circle, reward_function=3)
        with pytest.raises(ValueError, match="reset has no option 'where': it knows direction, heading, offset, s"):
            env(track=circle).reset(options={"where": 3})
        with pytest.raises(ValueError, match='make it with render_mode="rgb_array" or "human"'):
            env(track=circle).render()


@pytest.mark.parametrize("env", [RaceEnv, RaceVectorEnv])
def test_an_unknown_render_mode(circle, env):
    with pytest.raises(ValueError, match="ansi.*rgb_array.*human"):
        env(track=circle, render_mode="ansi")


@pytest.mark.parametrize("options", [{"s": np.nan}, {"heading": np.inf}, {"offset": np.nan}], ids=str)
def test_starts_that_are_nowhere(circle, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        RaceEnv(track=circle).reset(seed=0, options=options)


def test_a_bad_reward_function(circle):
    env = RaceEnv(track=circle, reward_function=lambda params: None)
    env.reset(seed=0)
    with pytest.raises(RewardError, match=r"test_race_env\.py, line \d+: the reward function returned None"):
        env.step(np.zeros(2))
    with pytest.raises(RewardError, match="KeyError: 'sped'"):
        RaceVectorEnv(2, track=circle, reward_function=lambda params: params["sped"]).reset(seed=0)
