"""The city's environments: what the car sees, how it moves, what it earns, when an episode ends, and many at once."""

from __future__ import annotations

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.agents.training import make_envs
from course_lib.sim.city import City, CityError
from course_lib.sim.city_env import CityEnv, observe
from course_lib.sim.city_map import make_city
from course_lib.sim.city_world import CityWorld


def plain(**changes) -> City:
    """A square of road, 400 px wide, in a map of 500 x 500 px, with four goals in a row."""
    road = np.zeros((500, 500), bool)
    road[50:450, 50:450] = True
    goals = {"a": (150.0, 250.0), "b": (200.0, 250.0), "c": (300.0, 250.0), "d": (300.0, 400.0)}
    return City(**{"road": road, "goals": goals, "start": (250.0, 250.0, 90.0), "name": "square"} | changes)


def at(pose, goals=((100.0, 100.0),), city=None, n=1, **world) -> CityWorld:
    """A world whose cars all stand at one pose and have the same goals."""
    made = CityWorld(n, city or plain(), **world)
    made.reset(pose=pose, goals=goals)
    return made


@pytest.fixture(scope="module")
def main_city():
    return make_city(0)


def test_it_keeps_gymnasiums_contract(main_city):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it advises actions from -1 to 1; these are degrees
        check_env(gymnasium.make("FirstLap/City-v0", city=main_city, render_mode="rgb_array").unwrapped)


def test_what_the_car_sees_is_the_map_turned_pixel_by_pixel(main_city):
    """Each pixel is asked for by hand: so far ahead and so far to the right of the middle of the car."""
    x, y, _ = main_city.start
    for heading in (0.0, 37.0, 90.0, 200.0):
        world = at((x + 0.3, y - 0.4, heading), [(x, y)], main_city)
        seen, angle = world.views()[0], np.radians(heading)
        for row in range(0, 40, 3):
            for column in range(0, 40, 3):
                ahead, right = 30 - (row + 0.5), column + 0.5 - 20
                there_x = world.x[0] + ahead * np.cos(angle) + right * np.sin(angle)
                there_y = world.y[0] - ahead * np.sin(angle) + right * np.cos(angle)
                near_a_border = min(there_x % 1, 1 - there_x % 1, there_y % 1, 1 - there_y % 1) < 1e-3
                assert near_a_border or seen[row, column] == 255 * main_city.on_road(there_x, there_y)


def test_beyond_the_map_there_is_no_road():
    road = np.ones((100, 100), bool)
    city = plain(road=road, goals={"a": (50.0, 50.0)}, start=(50.0, 50.0, 0.0))
    view = at((5.0, 50.0, 180.0), [(50.0, 50.0)], city).views()[0]
    assert (view[:25] == 0).all() and (view[25:] == 255).all()  # it looks left and sees 5 px of road ahead


def test_distance_and_bearing():
    world = at((200.0, 200.0, 90.0), [(200.0, 120.0)])
    np.testing.assert_allclose(observe(world)["goal"][0], [80 / np.hypot(500, 500), 0, 0], atol=1e-6)
    world = at((200.0, 200.0, 0.0), [(200.0, 120.0)])  # the goal lies to the left
    np.testing.assert_allclose(observe(world)["goal"][0], [80 / np.hypot(500, 500), -0.5, 0.5], atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(heading=st.floats(-180, 180), turn=st.floats(-90, 90))
def test_a_car_is_equally_fast_in_all_directions(heading, turn):
    """On the road it drives 2 px a step, and it turns by 5 degrees at most."""
    world = at((250.0, 250.0, heading))
    world.step(np.array([[turn]]))
    assert np.hypot(world.x[0] - 250, world.y[0] - 250) == pytest.approx(2.0)
    turned = (world.heading[0] - heading + 180) % 360 - 180
    assert turned == pytest.approx(np.clip(turn, -5, 5), abs=1e-9)


def test_beside_the_road_it_is_slower_from_the_next_step_on():
    world = at((449.0, 250.0, 0.0))
    xs = []
    for _ in range(3):
        world.step(np.zeros(1))
        xs.append(world.x[0])
    assert xs == [451.0, 452.5, 454.0] and world.reward[0] == -5.0


def test_rewards_of_a_step():
    world = at((250.0, 250.0, 0.0), [(400.0, 250.0)])
    world.step(np.zeros(1))
    assert world.reward[0] == 0.5
    world = at((250.0, 250.0, 180.0), [(400.0, 250.0)])
    world.step(np.zeros(1))
    assert world.reward[0] == -0.9
    world = at((369.0, 250.0, 0.0), [(400.0, 250.0), (100.0, 250.0)])
    world.step(np.zeros(1))
    assert world.reward[0] == 50.5 and world.reached[0] == 1


def test_a_new_goal_is_measured_from_where_it_was_set():
    """The predecessor compared with the old goal's distance: the step after a goal was always a bad one."""
    world = at((369.0, 250.0, 0.0), [(400.0, 250.0), (440.0, 250.0)])
    world.step(np.zeros(1))
    assert world.distance[0] == 69.0
    world.step(np.zeros(1))
    assert world.reward[0] == 0.5


def test_the_edge_of_the_map_stops_the_car_and_then_the_episode():
    road = np.ones((100, 100), bool)
    env = CityEnv(plain(road=road, goals={"a": (20.0, 20.0)}, start=(94.0, 50.0, 0.0)))
    env.reset(seed=0, options={"pose": (94.0, 50.0, 0.0), "goals": [(50.0, 50.0)]})
    steps = [env.step([0.0]) for _ in range(53)]
    assert [reward for _, reward, *_ in steps][:4] == [-0.9, -0.9, -10.9, -10.9]
    assert [terminated for _, _, terminated, *_ in steps] == [False] * 52 + [True]
    assert steps[-1][4]["x"] == 99.0


def test_who_leaves_the_edge_is_not_stuck_there():
    small = plain(road=np.ones((100, 100), bool), goals={"a": (20.0, 20.0)}, start=(50.0, 50.0, 0.0))
    world = at((94.0, 50.0, 0.0), [(50.0, 50.0)], small)
    for _ in range(30):
        world.step(np.zeros(1))
    assert world.waiting[0] > 20
    while world.at_edge[0]:
        world.step(np.full(1, 5.0))
    assert world.waiting[0] == 0


def test_an_episode_ends_with_the_last_goal_or_the_last_step():
    env = CityEnv(plain(), max_steps=30)
    env.reset(seed=0, options={"pose": (250.0, 250.0, 0.0), "goals": [(300.0, 250.0), (350.0, 250.0)]})
    for _ in range(30):
        _, _, terminated, truncated, info = env.step([0.0])
    assert (terminated, truncated, info["goals_reached"]) == (False, True, 1)
    env.reset(options={"goals": [(300.0, 250.0)], "pose": (250.0, 250.0, 0.0)})
    ends = [env.step([0.0])[2:4] for _ in range(11)]
    assert ends == [(False, False)] * 10 + [(True, False)]


def test_routes():
    city = make_city(0)
    named = [tuple(place) for place in city.goals.values()]
    world = CityWorld(40, city, "three")
    world.reset()
    routes = [tuple(map(tuple, goals)) for goals in world.goals]
    assert all(len(set(goals)) == 3 and set(goals) <= set(named) for goals in routes) and len(set(routes)) > 30
    assert {goal for goals in routes for goal in goals} == set(named)
    world = CityWorld(2, city, "all")
    world.reset()
    assert [tuple(goal) for goal in world.goals[1]] == named and world.x[0] == city.start[0]
    world = CityWorld(200, city, "anywhere", "anywhere")
    world.reset()
    assert city.on_road(world.goals[..., 0], world.goals[..., 1]).all()
    assert len({*world.x.tolist()}) > 100
    for end in city.dead_ends:
        assert np.hypot(world.x - end[0], world.y - end[1]).min() >= 60


def test_painting_changes_the_next_observation():
    city = plain()
    env = CityEnv(city)
    before, _ = env.reset(seed=0)
    city.paint(250.0, 235.0, 8.0, road=False)
    after, *_ = env.step([0.0])
    assert before["view"].min() == 255 and (after["view"] == 0).sum() > 100
    city.paint(250.0, 235.0, 30.0)
    assert env.step([0.0])[0]["view"].min() == 255


def test_a_snapshot_goes_on_exactly(main_city):
    world = CityWorld(5, main_city, "three", "anywhere")
    world.reset()
    rng = np.random.default_rng(0)
    actions = rng.uniform(-5, 5, (60, 5, 1))
    for action in actions[:20]:
        world.step(action)
    kept = world.state()

    def drive():
        for action in actions[20:]:
            world.step(action)
            if world.steps[0] == 40:
                world.reset(np.array([0, 3]))
        return observe(world)

    first = drive()
    world.restore(kept)
    second = drive()
    np.testing.assert_array_equal(first["view"], second["view"])
    np.testing.assert_array_equal(first["goal"], second["goal"])
    with pytest.raises(ValueError, match="5 cars"):
        world.restore(CityWorld(3, main_city).state())


def test_many_are_as_many_single_ones(main_city):
    """With episodes that end on the way; seeds are counted on from the first."""
    arguments = {"city": main_city, "route": "anywhere", "start": "anywhere", "max_steps": 40}
    envs = make_envs("FirstLap/City-v0", 3, **arguments)
    singles = [CityEnv(**arguments) for _ in range(3)]
    many, _ = envs.reset(seed=7)
    ones = [env.reset(seed=7 + i)[0] for i, env in enumerate(singles)]
    rng = np.random.default_rng(1)
    ended = 0
    for _ in range(100):
        for i in range(3):
            np.testing.assert_array_equal(many["view"][i], ones[i]["view"])
            np.testing.assert_array_equal(many["goal"][i], ones[i]["goal"])
        actions = rng.uniform(-5, 5, (3, 1)).astype(np.float32)
        many, rewards, terminated, truncated, infos = envs.step(actions)
        for i, env in enumerate(singles):
            ones[i], reward, term, trunc, info = env.step(actions[i])
            assert (reward, term, trunc) == (rewards[i], terminated[i], truncated[i])
            if term or trunc:
                np.testing.assert_array_equal(infos["final_obs"]["view"][i], ones[i]["view"])
                assert infos["final_info"]["x"][i] == info["x"]
                ones[i], _ = env.reset()
                ended += 1
    assert ended >= 6


def test_cars_of_one_world_drive_in_several_cities():
    goals = {name: (150.0, 250.0) for name in "abcd"}
    left, right = plain(), plain(road=plain().road & (np.arange(500) < 300), goals=goals)
    world = CityWorld(4, [left, right])
    world.reset(pose=(290.0, 250.0, 0.0), goals=[(100.0, 250.0)])
    for _ in range(6):
        world.step(np.zeros(4))
    np.testing.assert_array_equal(world.on_road, [True, False, True, False])
    views = world.views()
    np.testing.assert_array_equal(views[0], views[2])
    assert (views[0] == 255).all() and (views[1] == 0).any()


def test_what_cannot_be_driven_is_refused():
    with pytest.raises(CityError, match="square: the start .* is not on the road"):
        at((10.0, 10.0, 0.0))
    with pytest.raises(CityError, match="square: the goal .* is not on the road"):
        at((250.0, 250.0, 0.0), [(10.0, 10.0)])
    with pytest.raises(CityError, match="alike; these are 500 x 500 px with 1 goals, 500 x 500 px with 4 goals"):
        CityWorld(2, [plain(), plain(goals={"a": (250.0, 250.0)})])
    with pytest.raises(ValueError, match="No route is called 'scenic': choose three, all, anywhere"):
        CityWorld(1, plain(), "scenic")
    with pytest.raises(ValueError, match="No start is called 'sea': choose home, anywhere"):
        CityWorld(1, plain(), start="sea")
    with pytest.raises(ValueError, match="at least one step"):
        CityWorld(1, plain(), max_steps=0)
    world = at((250.0, 250.0, 0.0), n=3)
    with pytest.raises(ValueError, match="action of car 1 is nan"):
        world.step(np.array([[0.0], [np.nan], [0.0]]))
    with pytest.raises(ValueError, match="one number for each of 3 cars"):
        world.step(np.zeros((3, 2)))
    assert world.steps.tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="no option 'place'"):
        CityEnv(plain()).reset(options={"place": 1})
    with pytest.raises(ValueError, match="No render_mode is called 'human'"):
        CityEnv(plain(), render_mode="human")
    with pytest.raises(ValueError, match="2 seeds for 3 cars"):
        make_envs("FirstLap/City-v0", 3, city=plain()).reset(seed=[1, 2])
