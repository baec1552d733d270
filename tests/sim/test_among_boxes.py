"""Driving among boxes: crashes, snapshots, what reward functions, lidar, camera and pictures tell of them, and laps."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
import shapely

import course_lib  # noqa: F401  registers the environments
from course_lib.agents.training import describe_envs, make_envs
from course_lib.sim.boxes import BoxError
from course_lib.sim.camera import BOX_END, BOX_SIDE, Camera, in_view
from course_lib.sim.drawing import View, describe
from course_lib.sim.drawing_boxes import CARDBOARD
from course_lib.sim.laps import LapResults, lap_score, race_for, run_laps
from course_lib.sim.observations import Features, Lidar
from course_lib.sim.race_env import RaceEnv, RaceVectorEnv
from course_lib.sim.race_world import CRASHED, LAP_COMPLETE, OFF_TRACK, STATUS, TIME_UP, RaceWorld
from course_lib.sim.reward_params import reward_params

# On the square's right side, along +y at x = 2.5, a box in the left lane: x from 2.0 to 2.5, y from -0.2 to 0.2
ONE = [(0.25, "left")]
STRAIGHT_ON = np.array([[0.0, 0.0]])


def approach(square, offset: float = 0.0, **kwargs) -> RaceWorld:
    """A kinematic car at 1.5 m/s, 0.1 m a step, whose nose is 0.86 m before the box at the first row."""
    world = RaceWorld(square, vehicle="kinematic", speed_range=(1.0, 2.0), boxes=kwargs.pop("boxes", ONE), **kwargs)
    world.reset(s=3.8, offset=offset, heading=0.0)
    return world


# The end of an episode


def test_the_numbers_of_the_other_ends_are_as_ever():
    assert STATUS == ("in_progress", "off_track", "lap_complete", "immobilized", "reversed", "time_up", "crashed")
    assert (OFF_TRACK, LAP_COMPLETE, TIME_UP, STATUS[CRASHED]) == (1, 2, 5, "crashed")


def test_a_crash_by_hand(square):
    """The front corners are 0.16 m ahead: they are inside once the origin is beyond y = -0.36, from -1.2 at rest."""
    world = approach(square)
    ends = []
    for _ in range(15):
        world.step(STRAIGHT_ON)
        ends.append(STATUS[world.status[0]])
    assert ends == ["in_progress"] * 8 + ["crashed"] * 7, "and nobody stops a car that drives on through the box"


def test_a_car_in_the_other_lane_passes(square):
    world = approach(square, offset=-0.11)
    for _ in range(30):
        world.step(STRAIGHT_ON)
        assert world.status[0] == 0


def test_a_crash_goes_before_every_other_end(square):
    world = approach(square, boxes=[(0.25, -0.49)], max_steps=9)
    world.reset(s=3.8, offset=-0.6, heading=0.0)
    for _ in range(9):
        world.step(STRAIGHT_ON)
    assert not world.wheels_on.any() and world.steps[0] == world.max_steps
    assert STATUS[world.status[0]] == "crashed" and not world.off_track[0]


def test_random_starts_leave_room_before_the_boxes(load_track):
    track = load_track("camp")
    world = RaceWorld(track, n=2000, boxes=6, seed=3)
    for direction in (1, -1):
        world.reset(direction=direction)
        ahead = (world.boxes.distances(direction)[:, None] - world.start_s) % track.length
        assert ahead.min() > 1.0 and (track.length - ahead).min() > 0.6
        assert not world.boxes.hit_by(world.cars.x, world.cars.y, world.cos, world.sin).any()
        assert len(np.unique(world.start_s)) > 400, "anywhere else"


def test_a_snapshot_among_boxes_continues_identically(circle):
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (60, 8, 2))
    world, other = (RaceWorld(circle, n=8, boxes=4, seed=seed) for seed in (1, 5))
    for action in actions[:20]:
        world.step(action)
    other.restore(world.state())
    for action in actions[20:]:
        for each in (world, other):
            each.step(action)
            each.reset(np.flatnonzero(each.status))
        for name, value in world.state().items():
            np.testing.assert_array_equal(value, other.state()[name], err_msg=name)


def test_without_boxes_a_snapshot_has_what_it_had(circle):
    assert RaceWorld(circle).state().keys() == RaceWorld(circle, boxes=3).state().keys()


# Environments


def test_a_crash_costs_a_metre_and_terminates(square):
    env = RaceEnv(square, vehicle="kinematic", speed_range=(1.0, 2.0), boxes=ONE)
    _, info = env.reset(seed=0, options={"s": 3.8, "offset": 0.0, "heading": 0.0})
    assert info["crashed"] is False
    for step in range(1, 10):
        _, reward, terminated, truncated, info = env.step(STRAIGHT_ON[0])
        assert info["crashed"] is terminated is (step == 9) and not truncated and info["off_track"] is False
        assert reward == pytest.approx(0.1 - (step == 9))
    assert "crashed" not in RaceEnv(square).reset(seed=0)[1]


@pytest.mark.parametrize("observation", ["features", "lidar", "camera"])
@pytest.mark.parametrize("rewarded", [False, True])
def test_many_cars_equal_single_ones(circle, observation, rewarded):
    def reward(params):
        return float(10 * params["is_crashed"] + params["objects_distance"][params["closest_objects"][1]])

    n, kwargs = 3, {"boxes": 3, "observation": observation, "reward_function": reward if rewarded else None}
    envs = gymnasium.make_vec("FirstLap/Race-v0", num_envs=n, track=circle, **kwargs)
    singles = [gymnasium.make("FirstLap/Race-v0", track=circle, **kwargs) for _ in range(n)]
    observations, infos = envs.reset(seed=8)
    for i, env in enumerate(singles):
        seen, info = env.reset(seed=8 + i)
        np.testing.assert_array_equal(seen, observations[i])
        assert info["crashed"] == infos["crashed"][i]
    rng, crashes = np.random.default_rng(0), 0
    for _ in range(60):
        actions = rng.uniform([-0.2, -0.5], [0.6, 0.0], (n, 2)).astype(np.float32)
        observations, rewards, terminated, truncated, infos = envs.step(actions)
        for i, env in enumerate(singles):
            seen, gained, over, cut, info = env.step(actions[i])
            assert (gained, over, cut) == (rewards[i], terminated[i], truncated[i])
            if over or cut:
                np.testing.assert_array_equal(seen, infos["final_obs"][i])
                assert info["crashed"] == infos["final_info"]["crashed"][i]
                crashes += info["crashed"]
                seen, info = env.reset()
            np.testing.assert_array_equal(seen, observations[i])
            assert info["crashed"] == infos["crashed"][i]
    assert crashes


def test_bad_boxes_are_refused_where_the_environment_is_made(circle):
    for make in (RaceEnv, RaceVectorEnv, RaceWorld):
        with pytest.raises(BoxError, match="boxes is 'six': give None"):
            make(track=circle, boxes="six")


# Reward parameters

THREE = [(0.25, "left"), (0.5, -0.1), (0.9, "right")]  # at s = 5, 10 and 18 m


def params_at(square, s, direction=1, boxes=THREE, heading=0.0) -> dict:
    world = RaceWorld(square, boxes=boxes)
    world.reset(s=s, offset=0.0, heading=heading, direction=direction)
    return reward_params(world)[0]


def test_what_a_reward_function_is_told_by_hand(square):
    params = params_at(square, 3.0)
    assert np.round(params["objects_location"], 9).tolist() == [[2.25, 0.0], [0.0, 2.6], [-2.0, -2.75]]
    assert params["objects_left_of_center"] == [True, False, False]
    assert params["objects_distance"] == pytest.approx([5.0, 10.0, 18.0])
    assert params["objects_distance_from_center"] == pytest.approx([0.25, 0.1, 0.25])
    assert params["objects_speed"] == params["objects_heading"] == [0.0, 0.0, 0.0]
    assert params["closest_objects"] == [2, 0] and params["object_in_camera"] is True
    assert params["is_crashed"] is False and len(params) == 27


def test_what_a_reward_function_is_told_the_other_way_round(square):
    params = params_at(square, 3.0, direction=-1)
    assert np.round(params["objects_location"], 9).tolist() == [[2.25, 0.0], [0.0, 2.6], [-2.0, -2.75]]
    assert params["objects_left_of_center"] == [False, True, True]
    assert params["objects_distance"] == pytest.approx([15.0, 10.0, 2.0])
    assert params["closest_objects"] == [2, 1]


def test_closest_objects_over_the_start_line(square):
    ends = {s: params_at(square, s)["closest_objects"] for s in (0.0, 5.5, 17.5, 19.0)}
    assert ends == {0.0: [2, 0], 5.5: [0, 1], 17.5: [1, 2], 19.0: [2, 0]}
    assert params_at(square, 3.0, boxes=ONE)["closest_objects"] == [0, 0]


def test_only_the_next_object_counts_as_in_camera(square):
    assert params_at(square, 3.0)["object_in_camera"] is True
    assert params_at(square, 3.0, heading=np.pi)["object_in_camera"] is False, "looking away"
    assert params_at(square, 3.0, heading=-0.5)["object_in_camera"] is False, "the box is 36 degrees to the left"
    assert params_at(square, 6.0, heading=np.pi)["object_in_camera"] is False, "what it sees is the one it has passed"


def test_the_frustum_by_hand():
    """From the camera, 0.145 m ahead of the origin, 32.4 degrees to either side; up to 10.4 degrees above level."""
    beside = np.tan(np.radians(32.37)) * np.cos(np.radians(15.0))
    sides = np.array([0.99, 1.03, -0.99, -1.03]) * beside
    assert in_view(np.full(4, 1.145), sides, 0.13).tolist() == [True, False, True, False]
    assert not in_view(np.array([-1.0, 0.1]), np.zeros(2), 0.12).any(), "behind"
    up = np.tan(np.arctan(0.75 * np.tan(0.565)) - np.radians(15.0))
    assert in_view(np.array([1.145]), np.zeros(1), 0.13 + 0.99 * up)
    assert not in_view(np.array([1.145]), np.zeros(1), 0.13 + 1.01 * up)


def test_is_crashed_in_the_call_on_the_last_step(square):
    world, told = approach(square), []
    for _ in range(9):
        world.step(STRAIGHT_ON)
        told.append(reward_params(world)[0]["is_crashed"])
    assert told == [False] * 8 + [True]


def test_parameters_are_plain_and_fresh(square):
    world = RaceWorld(square, n=2, boxes=THREE)
    first, second = reward_params(world)
    again = reward_params(world)[0]

    def plain(value) -> bool:
        return all(map(plain, value)) if type(value) in (list, tuple) else type(value) in (bool, int, float)

    for name, value in first.items():
        assert plain(value), name
        if type(value) is list:
            assert value is not second[name] and value is not again[name], name
    first["objects_location"][0][0] = 99.0
    assert again["objects_location"][0][0] != 99.0 != reward_params(world)[0]["objects_location"][0][0]


def test_parameters_of_some_cars_are_those_of_all(circle):
    world = RaceWorld(circle, n=6, boxes=4, seed=2)
    world.reset(direction=np.array([1, -1] * 3))
    everybody = reward_params(world)
    assert reward_params(world, np.array([4, 1])) == [everybody[4], everybody[1]]


# What the car sees


def test_lidar_by_hand(square):
    world, lidar = approach(square), Lidar()
    seen = dict(zip(lidar.names, lidar.observe(world)[0] * 4.0))
    assert seen["ray_+0"] == pytest.approx(-0.2 + 1.2 - 0.14, abs=1e-5)
    assert seen["ray_+13"] == pytest.approx(0.86 / np.cos(np.pi / 14), abs=1e-5)
    assert seen["ray_-90"] == pytest.approx(0.5, abs=0.02), "the border, as without boxes"
    world.reset(s=4.86, offset=-0.2, heading=0.0)  # beside it: the nose is level with the middle of the box
    seen = dict(zip(lidar.names, lidar.observe(world)[0] * 4.0))
    assert seen["ray_+90"] == pytest.approx(0.2, abs=1e-5) and seen["ray_+0"] > 2.0
    world.reset(s=4.86, offset=0.2, heading=0.0)
    assert not lidar.observe(world)[0, :15].any(), "inside"
    bare = RaceWorld(square)
    for each in (bare, world):
        each.reset(s=5.3, offset=0.0, heading=0.0)
    np.testing.assert_array_equal(lidar.observe(world), lidar.observe(bare), "a box behind is not seen")


@pytest.mark.parametrize("name", ["camp", "grand_prix"])
def test_lidar_measures_what_shapely_measures(name, load_track):
    worlds = [RaceWorld(load_track(name), n=150, boxes=boxes, seed=4) for boxes in (6, None)]
    rng = np.random.default_rng(0)
    near = worlds[0].boxes.s[rng.integers(0, 6, 150)] + rng.uniform(-1.5, 0.6, 150)
    offset, heading = rng.uniform(-0.3, 0.3, 150), rng.uniform(-0.6, 0.6, 150)
    for world in worlds:
        world.reset(s=near, offset=offset, heading=heading)
    seen, bare = (Lidar().observe(world)[:, :15] * 4.0 for world in worlds)
    world = worlds[0]
    angles = world.cars.heading[:, None] + Lidar().angles
    nose, rays = np.stack([world.x, world.y], -1)[:, None], np.stack([np.cos(angles), np.sin(angles)], -1)
    ends = np.stack([nose + 0 * rays, nose + 4 * rays], axis=-2)
    union = shapely.union_all(shapely.polygons(world.boxes.corners))
    hits = shapely.intersection(shapely.linestrings(ends), union)
    distance = shapely.distance(shapely.points(world.x, world.y)[:, None], hits)
    wanted = np.fmin(np.where(shapely.is_empty(hits), np.inf, distance), bare)
    np.testing.assert_allclose(seen, wanted, atol=2e-5)
    assert (seen < bare - 0.01).mean() > 0.1


def test_features_tell_nothing_of_boxes(square):
    bare, among = approach(square, boxes=None), approach(square)
    np.testing.assert_array_equal(Features().observe(among), Features().observe(bare))


def test_the_camera_shows_a_box_where_it_stands(square):
    """Its front, 0.86 m ahead of the nose, goes from the middle of the picture to 0.5 m on the left."""
    camera = Camera((120, 160))
    among, bare = approach(square), approach(square, boxes=None)
    picture, empty = (camera.observe(world)[0, :, :, 0].astype(int) for world in (among, bare))
    changed = picture != empty
    rows, columns = np.nonzero(changed)
    focal = 80 / np.tan(0.565)
    depth = 1.2 - 0.2 - 0.145  # m from the camera to the front
    low = 60 + focal * np.tan(np.arctan2(0.13, depth) - 0.2618)
    assert rows.max() == pytest.approx(low, abs=1.0)
    assert columns.max() == pytest.approx(79.5, abs=1.0), "its right edge is straight ahead"
    left = 80 - focal * 0.5 / (depth * np.cos(0.2618) + 0.13 * np.sin(0.2618))
    assert columns[rows == rows.max() - 1].min() == pytest.approx(left, abs=1.5)
    assert set(np.unique(picture[changed])) <= {BOX_END, BOX_SIDE}
    assert (picture[changed] == BOX_END).mean() > 0.9


def test_the_camera_shows_no_box_behind_or_far_away(square):
    camera = Camera((48, 64))
    for s, heading in ((5.5, 0.0), (3.8, np.pi), (13.0, 0.0)):
        pictures = []
        for boxes in (ONE, None):
            world = RaceWorld(square, boxes=boxes)
            world.reset(s=s, offset=0.0, heading=heading)
            pictures.append(camera.observe(world))
        np.testing.assert_array_equal(*pictures)


def test_a_nearer_box_hides_a_farther_one(square):
    """Whatever the order in which they are given."""
    pictures = []
    for order in (1, -1):
        world = RaceWorld(square, boxes=[(0.25, 0.0), (0.3, 0.1)][::order])
        world.reset(s=3.3, offset=0.1, heading=0.05)
        pictures.append(Camera((48, 64)).observe(world))
    np.testing.assert_array_equal(*pictures)


# Pictures from above


def test_boxes_are_seen_from_above(load_track):
    world, bare = (RaceWorld(load_track("camp"), boxes=boxes) for boxes in (4, None))
    view = View(world.track)
    picture, boxes = view.draw(world), world.boxes
    beside_the_tape = np.stack([boxes.x, boxes.y], 1) - 0.14 * np.stack([-boxes.sin, boxes.cos], 1)
    columns, rows = view._pixels(beside_the_tape).astype(int).T
    assert (np.abs(picture[rows, columns].astype(int) - CARDBOARD) < 3).all()
    np.testing.assert_array_equal(view.draw(bare), View(bare.track).draw(bare)), "they go with their world"
    np.testing.assert_array_equal(view.draw(world), picture)


def test_the_line_of_text_tells_of_a_crash(square):
    world = approach(square)
    for _ in range(9):
        world.step(STRAIGHT_ON)
    assert describe(world)[0].endswith("crashed")
    world = approach(square, n=2)
    for _ in range(9):
        world.step(np.zeros((2, 2)))
    assert describe(world) == ("", ["crash", "crash"])


# Laps


def test_a_crash_is_no_clean_lap(load_track, steady):
    camp = load_track("camp")
    bare = run_laps(steady, camp, starts=6)
    assert bare.clean.all() and not bare.crashes.any()
    among = run_laps(steady, camp, starts=6, boxes=2, record=True)
    assert among.crashes.all() and not among.clean.any() and not among.off_tracks.any()
    assert np.isnan(among.lap_times).all() and (among.progress < 100).all() and lap_score(among) < 50
    starts = np.array([path[0, 5] for path in among.paths])
    assert among.crashes.dtype == bool and len(np.unique(starts)) == 6
    wide = load_track("pebble")
    beside = run_laps(steady, wide, starts=6, boxes=[(0.3, 0.58), (0.7, -0.58)], direction=-1)
    assert beside.clean.all(), "boxes at the edge leave the middle free"


def test_results_without_a_word_on_crashes_have_none():
    results = LapResults("camp", 1, np.array([[7.0], [8.0]]), np.zeros(2, bool), np.full(2, 100.0), np.full(2, 8.0))
    assert results.crashes.tolist() == [False, False] and results.clean.all()


class AmongBoxes:
    """A policy that stands for one trained among boxes."""

    def __init__(self, envs):
        for name, value in describe_envs(envs).items():
            setattr(self, name, value)

    def act(self, observations, deterministic=True):
        return np.zeros((len(observations), 2))


@pytest.mark.parametrize(
    "asked, kept", [(2, 2), (np.int64(2), 2), ([(0.2, "left"), (0.5, -0.1)], [[0.2, "left"], [0.5, -0.1]])]
)
def test_a_policy_keeps_the_boxes_that_it_was_trained_among(circle, load_track, asked, kept):
    policy = AmongBoxes(make_envs("FirstLap/Race-v0", 2, track=circle, observation="lidar", boxes=asked))
    assert policy.env_kwargs["boxes"] == kept and type(policy.env_kwargs["boxes"]) is type(kept)
    oval = load_track("oval")
    world = race_for(policy, oval, 3).world
    assert world.track is oval and world.boxes.count == 2 and world.boxes.plain == kept
    assert race_for(policy, oval, 3, boxes=None).world.boxes.count == 0, "what the caller says wins"


def test_boxes_that_do_not_fit_the_other_track(circle, load_track):
    policy = AmongBoxes(make_envs("FirstLap/Race-v0", 2, track=load_track("grand_prix"), boxes=12))
    with pytest.raises(BoxError, match="boxes is 12: 0 to 7 fit round track 'circle'"):
        run_laps(policy, circle, starts=2)
