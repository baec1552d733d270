"""The camera against an independent pinhole projection, and the promises of an observation."""

from __future__ import annotations

import gc
import weakref

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import course_lib  # noqa: F401  (registers the environments)
from course_lib.sim import camera as camera_module
from course_lib.sim.camera import Camera
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.track import Track

CAMP = Track.load("camp")
HAIRPIN = Track.load("hairpin")
BENDING = np.convolve(np.abs(np.tile(CAMP.curvature, 2)), np.ones(250), "valid")  # over the next 2.5 m
STRAIGHT = 0.01 * BENDING[: CAMP.table_length].argmin()  # m, where the straightest 2.5 m start
STARTS = {1: STRAIGHT, -1: CAMP.length - STRAIGHT - 2.5}  # and the same road seen from its end


def project(points: np.ndarray, x: float, y: float, heading: float, height: int, width: int) -> np.ndarray:
    """Row and column (n, 2) of ground points (n, 2), by the textbook's rotations and intrinsic matrix."""
    pitch = np.radians(15.0)
    cos, sin = np.cos(heading), np.sin(heading)
    to_car = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    pitched = np.array([[np.cos(pitch), 0, -np.sin(pitch)], [0, 1, 0], [np.sin(pitch), 0, np.cos(pitch)]])
    to_optical = np.array([[0, -1, 0], [0, 0, -1], [1, 0, 0]])  # right, down, forward
    focal = width / 2 / np.tan(np.radians(64.7) / 2)
    intrinsic = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    ground = np.column_stack([points, np.zeros(len(points))]) - [x, y, 0]
    in_camera = ground @ to_car.T - [0.145, 0, 0.130]
    pixels = in_camera @ (intrinsic @ to_optical @ pitched).T
    return np.floor(pixels[:, 1::-1] / pixels[:, 2:]).astype(int)


@pytest.mark.parametrize("track", [CAMP, HAIRPIN], ids=lambda track: track.name)
@pytest.mark.parametrize("direction", [1, -1])
def test_ground_points_appear_where_a_pinhole_camera_projects_them(track, direction):
    rng = np.random.default_rng(1)
    world = RaceWorld(track, n=12)
    world.reset(
        s=np.arange(12) * track.length / 12,
        offset=rng.uniform(-0.2, 0.2, 12) * track.width,
        heading=rng.uniform(-0.5, 0.5, 12),
        direction=direction,
    )
    height, width = 480, 640
    pictures = Camera((height, width)).observe(world)[..., 0]
    seen = {"line": 0, "road": 0, "grass": 0}
    for car in range(world.n):
        x, y, heading = (values[car] for values in (world.cars.x, world.cars.y, world.cars.heading))
        ahead, left = rng.uniform(0.28, 0.8, 20_000), rng.uniform(-0.5, 0.5, 20_000)
        points = np.column_stack(
            [x + ahead * np.cos(heading) - left * np.sin(heading), y + ahead * np.sin(heading) + left * np.cos(heading)]
        )
        row, column = project(points, x, y, heading, height, width).T
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        points, brightness = points[inside], pictures[car, row[inside], column[inside]]
        edge = np.minimum(*(np.abs(line.project(*points.T)[1]) for line in (track.inner, track.outer)))
        middle = np.abs(track.centre.project(*points.T)[1])
        on_road = track.contains(*points.T)
        line = brightness[on_road & (np.abs(edge - 0.02) < 0.006)]
        road = brightness[on_road & (edge > 0.065) & (middle > 0.04)]
        grass = brightness[~on_road & (edge > 0.03)]
        assert (line > 190).all() and (road < 80).all()
        assert ((grass > 65) & (grass < 165)).all()
        seen["line"] += len(line)
        seen["road"] += len(road)
        seen["grass"] += len(grass)
    assert min(seen.values()) > 1000


@pytest.mark.parametrize("size", [(48, 64), (120, 160), (33, 47), (64, 64)])
def test_the_picture_of_a_car_in_the_middle_of_a_straight_is_its_own_mirror_image(size):
    world = RaceWorld(CAMP, n=2)
    world.reset(s=[STARTS[1], STARTS[-1]], offset=0.0, heading=0.0, direction=[1, -1])
    for picture in Camera(size).observe(world)[..., 0].astype(float):
        near = picture[size[0] // 3 :]  # farther up, the bends begin
        difference = np.abs(near - near[:, ::-1])
        assert difference.mean() < 5
        assert np.abs(near[:, : size[1] // 2].mean() - near[:, -(size[1] // 2) :].mean()) < 3
        thirds = near[:, : size[1] // 3], near[:, -(size[1] // 3) :]
        assert min(third.max() for third in thirds) > 150  # both lines are in the picture


def test_a_small_picture_is_a_large_one_averaged():
    world = RaceWorld(HAIRPIN, n=40)
    small = Camera((48, 64)).observe(world)[..., 0].astype(float)
    large = Camera((576, 768)).observe(world)[..., 0].reshape(40, 48, 12, 64, 12).mean(axis=(2, 4))
    below = slice(11, 48)  # the row above holds the horizon
    assert np.abs(small - large)[:, below].mean(axis=(0, 2)).max() < 5
    for other in (np.roll(large, 1, axis=1), np.roll(large, 1, axis=2)):  # a pixel beside is another matter
        assert np.abs(small - large)[:, below].mean() < 0.6 * np.abs(small - other)[:, below].mean()


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("side", [1, -1])
def test_a_car_beside_a_line_sees_it_on_that_side(direction, side):
    world = RaceWorld(CAMP, n=1)
    world.reset(s=STARTS[direction], offset=side * (CAMP.width / 2 - 0.08), heading=0.0, direction=direction)
    picture = Camera((48, 64)).observe(world)[0, 36:, :, 0]
    line = (picture > 190).sum(axis=0)
    left, right = line[:32].sum(), line[32:].sum()
    assert (left > 40 and right == 0) if side > 0 else (right > 40 and left == 0)


def test_above_the_horizon_is_sky_and_below_it_is_ground():
    picture = Camera((120, 160)).observe(RaceWorld(CAMP, n=1))[0, :, :, 0]
    focal = 80 / np.tan(np.radians(64.7) / 2)
    horizon = 60 - focal * np.tan(np.radians(15.0))
    below = np.arange(120) + 0.5 > horizon
    assert (picture[~below] == camera_module.SKY).all()
    assert (picture[below].max(axis=1) != camera_module.SKY).all()


@pytest.mark.parametrize("size", [(48, 64), (120, 160)])
def test_a_batch_equals_single_worlds_and_parts_of_it(size):
    rng = np.random.default_rng(2)
    n = 45  # more than one chunk
    world = RaceWorld(HAIRPIN, n=n, seed=7)
    for _ in range(20):
        world.step(rng.uniform(-1, 1, (n, 2)))
    camera = Camera(size)
    batch = camera.observe(world)
    few = np.array([3, 44, 0])
    assert np.array_equal(camera.observe(world, few), batch[few])
    assert camera.observe(world, np.array([], dtype=int)).shape == (0, *size, 1)
    for car in (0, 17, 44):
        single = RaceWorld(HAIRPIN, n=1)
        for name, values in vars(world.cars).items():
            setattr(single.cars, name, values[car : car + 1].copy())
        assert np.array_equal(Camera(size).observe(single)[0], batch[car])


@pytest.mark.parametrize("size", [(8, 8), (48, 64), (120, 160), (9, 200), (200, 9)])
def test_space_and_pictures_of_any_size(size):
    camera = Camera(size)
    world = RaceWorld(CAMP, n=3)
    pictures = camera.observe(world)
    assert camera.space.shape == (*size, 1) and camera.space.dtype == np.uint8
    assert pictures.shape == (3, *size, 1) and pictures.dtype == np.uint8
    assert all(picture in camera.space for picture in pictures)
    assert len(camera.names) == 1 and camera.version == 1
    assert np.ptp(pictures) > 60
    assert np.array_equal(pictures, camera.observe(world))


@pytest.mark.parametrize(
    "size",
    [
        (7, 64),
        (48, 7),
        (0, 0),
        (-48, 64),
        (48.0, 64),
        (48,),
        (48, 64, 1),
        48,
        "48x64",
        None,
        (None, 64),
        (48, float("nan")),
        (48, (1, 2)),
    ],
)
def test_a_size_that_cannot_be_is_refused_in_one_sentence(size):
    with pytest.raises(ValueError, match=r"^There is no camera of size .*: give \(height, width\) .*\.$"):
        Camera(size)


def test_far_from_the_track_there_is_only_grass():
    world = RaceWorld(CAMP, n=4)
    world.cars.x[:] += [1e3, -1e3, 0, 50]
    world.cars.y[:] += [0, 20, -1e6, 50]
    pictures = Camera((48, 64)).observe(world)[:, 16:, :, 0]
    assert (pictures == camera_module.GRASS).all()


def test_motion_shows_but_does_not_flicker():
    world = RaceWorld(CAMP, n=100)
    camera = Camera((48, 64))
    world.reset(s=np.linspace(0, CAMP.length, 100, endpoint=False), offset=0.05, heading=0.1)
    before = camera.observe(world)[:, 11:, :, 0].astype(float)
    changes = []
    for step in (0.002, 0.05):
        world.reset(s=np.linspace(0, CAMP.length, 100, endpoint=False) + step, offset=0.05, heading=0.1)
        changes.append(np.abs(camera.observe(world)[:, 11:, :, 0] - before).mean(axis=(0, 2)))
    assert changes[0].max() < 4 and (changes[1] / changes[0]).mean() > 3

    world.cars.x += 0.3 - world.cars.x.min() + 7.5  # on the grass beside the track
    before = camera.observe(world)[:, 11:, :, 0].astype(float)
    world.cars.x += 0.05
    assert np.abs(camera.observe(world)[:, 11:, :, 0] - before).mean() > 1


def test_the_ground_is_painted_once_per_track_and_goes_with_it():
    track = Track(Track.load("oval").rows, "one of my own")  # a loaded one is kept for the next who asks for it
    for size in ((48, 64), (24, 32)):
        Camera(size).observe(RaceWorld(track, n=1))
        ground = weakref.ref(camera_module._ground(track))
    assert camera_module._ground(track) is ground()
    del track
    gc.collect()
    assert ground() is None


def test_environments_with_a_camera():
    env = gymnasium.make("FirstLap/Race-v0", observation="camera")
    assert env.observation_space.shape == (48, 64, 1)
    check_env(env.unwrapped, skip_render_check=True)
    envs = gymnasium.make_vec("FirstLap/Race-v0", num_envs=3, observation="camera", camera_size=(24, 32))
    pictures, _ = envs.reset(seed=0)
    assert pictures in envs.observation_space
    pictures, *_ = envs.step(np.zeros((3, 2), dtype=np.float32))
    assert pictures in envs.observation_space and pictures.shape == (3, 24, 32, 1)
