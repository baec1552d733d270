"""What a driver sees, computed a second time by hand and by shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from course_lib.sim.observations import Features, Lidar
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.track import Track

AHEAD = (0.25, 0.5, 0.8, 1.2, 1.7, 2.4, 3.3)


def driven(track, n: int = 12, steps: int = 25, direction=1, seed: int = 0) -> RaceWorld:
    """Cars somewhere on their way, on the road or off it."""
    world = RaceWorld(track, n=n, seed=seed)
    world.reset(direction=direction)
    rng = np.random.default_rng(seed)
    lean = rng.uniform(-0.5, 0.5, n)
    for _ in range(steps):
        world.step(np.stack([lean + rng.uniform(-0.3, 0.3, n), rng.uniform(-1, 0, n)], axis=1))
    return world


# Features


def test_names_and_space():
    features = Features()
    assert features.names[:10] == [
        "speed",
        "curvature",
        "steering_1",
        "speed_1",
        "steering_2",
        "speed_2",
        "offset",
        "heading_sin",
        "heading_cos",
        "half_width",
    ]
    assert features.names[10:] == [f"ahead_{d:g}m" for d in AHEAD] + [f"left_{d:g}m" for d in AHEAD]
    assert features.space.shape == (24,) and features.space.dtype == np.float32 and features.version == 1


def test_features_on_a_straight_by_hand(square):
    """On the right side of the square, which runs along +y at x = 2.5; the next corner is at s = 7.5."""
    world = RaceWorld(square, speed_range=(0.0, 4.0))
    world.reset(s=3.0, offset=0.0, heading=0.0)
    for steering, speed in ((0.5, 0.0), (-0.2, 0.5), (0.1, -0.25)):
        world.step(np.array([[steering, speed]]))
    slots = dict(zip(Features().names, Features().observe(world)[0]))
    cars = world.cars
    close = {
        "speed": cars.speed[0] / 4,
        "curvature": cars.curvature[0] * 0.262 / np.tan(np.pi / 6),
        "steering_1": 0.1,
        "speed_1": 1.5 / 4,
        "steering_2": -0.2,
        "speed_2": 3.0 / 4,
        "offset": (2.5 - world.x[0]) / 0.5,
        "heading_sin": np.sin(cars.heading[0] - np.pi / 2),
        "heading_cos": np.cos(cars.heading[0] - np.pi / 2),
        "half_width": 0.5 / 0.5,
    }
    for name, value in close.items():
        assert slots[name] == pytest.approx(value, abs=1e-6), name
    assert close["speed"] > 0.05 and abs(close["heading_sin"]) > 1e-3
    for d in AHEAD:
        s = world.s[0] + d
        point = (2.5, s - 5.0) if s < 7.5 else (2.5 - (s - 7.5), 2.5)
        dx, dy = point[0] - world.x[0], point[1] - world.y[0]
        h = cars.heading[0]
        # The centre line is looked up to the nearest centimetre.
        assert slots[f"ahead_{d:g}m"] * d == pytest.approx(dx * np.cos(h) + dy * np.sin(h), abs=0.006)
        assert slots[f"left_{d:g}m"] * d == pytest.approx(-dx * np.sin(h) + dy * np.cos(h), abs=0.006)


def test_features_of_a_car_on_a_circle(circle):
    world = RaceWorld(circle)
    world.reset(s=2.0, offset=0.0, heading=0.0)
    slots = dict(zip(Features().names, Features().observe(world)[0]))
    assert slots["speed"] == slots["curvature"] == slots["steering_1"] == slots["speed_2"] == 0
    assert slots["offset"] == pytest.approx((2 - np.hypot(2, 0.14)) / 0.4, abs=2e-3)
    assert slots["half_width"] == pytest.approx(0.8, abs=1e-3)
    assert slots["heading_sin"] == pytest.approx(-np.sin(np.arctan(0.07)), abs=0.01)
    for d in AHEAD:
        assert slots[f"left_{d:g}m"] * d == pytest.approx(2 - 2 * np.cos(d / 2 + np.arctan(0.07)), abs=0.012)
        assert slots[f"ahead_{d:g}m"] * d == pytest.approx(2 * np.sin(d / 2 + np.arctan(0.07)) - 0.14, abs=0.012)


@pytest.mark.parametrize("observation", [Features, Lidar])
def test_batches(observation, load_track):
    world, looks = driven(load_track("camp"), direction=np.tile([1, -1], 6)), observation()
    everyone = looks.observe(world)
    assert everyone.dtype == np.float32 and everyone.shape == (12, len(looks.names)) and everyone.flags.c_contiguous
    assert np.isfinite(everyone).all() and all(looks.space.contains(row) for row in everyone)
    np.testing.assert_array_equal(looks.observe(world, np.array([7, 2])), everyone[[7, 2]])
    assert np.abs(everyone[world.wheels_on.any(axis=0)]).max() < 2.5, "each slot lies about in [-1, 1]"
    world.step(np.ones((12, 2)))
    assert not np.shares_memory(looks.observe(world), everyone)


@pytest.mark.parametrize("observation", [Features, Lidar])
def test_backwards_is_forwards_on_the_reversed_track(observation, load_track):
    track = load_track("camp")
    back = track.reversed()
    world, mirror = driven(track, direction=-1), driven(back)
    for name in ("x", "y", "heading"):  # the random starts differ where the road's table is rounded: use the same poses
        np.testing.assert_allclose(getattr(mirror.cars, name), getattr(world.cars, name), atol=0.2)
    state = world.state()
    mirror.restore(state | {"direction": np.ones(12), "index": mirror.index})
    np.testing.assert_allclose(observation().observe(world), observation().observe(mirror), atol=0.05)


@pytest.mark.parametrize("observation", [Features, Lidar])
def test_a_mirrored_world_looks_mirrored(observation, load_track):
    track = load_track("camp")
    flip = np.array([1, -1] * 3)
    mirrored = Track(track.rows * flip, "mirrored")
    assert not mirrored.ccw
    world, other = RaceWorld(track, n=20), RaceWorld(mirrored, n=20)
    s, offset, heading = np.linspace(0, 17, 20), np.linspace(-0.3, 0.3, 20), np.linspace(0.4, -0.4, 20)
    world.reset(s=s, offset=offset, heading=heading)
    other.reset(s=s, offset=-offset, heading=-heading)
    rng = np.random.default_rng(0)
    for _ in range(6):
        actions = rng.uniform(-1, 1, (20, 2))
        world.step(actions)
        other.step(actions * [-1, 1])
    looks = observation()
    mine, theirs = looks.observe(world), looks.observe(other)
    signs = np.array(
        [-1 if name.startswith(("curv", "steering", "offset", "heading_sin", "left")) else 1 for name in looks.names]
    )
    if observation is Lidar:
        theirs[:, :15] = theirs[:, 14::-1]
        skimming = np.abs(mine - theirs * signs) > 0.01  # a ray along the border meets it sooner or later by a cell
        assert skimming.mean() < 0.02
    else:
        np.testing.assert_allclose(theirs * signs, mine, atol=1e-3)


def test_far_from_the_road_nothing_grows_without_end(square):
    world = RaceWorld(square, vehicle="kinematic", max_steps=10**6)
    world.reset(s=1.0, offset=0.0, heading=-np.pi / 2)
    for _ in range(300):
        world.step(np.array([[0.0, 1.0]]))
    for looks in (Features(), Lidar()):
        seen = looks.observe(world)[0]
        assert looks.space.contains(seen) and np.isfinite(seen).all()
    assert np.abs(Features().observe(world)).max() == 10.0


# Lidar


def ray_lengths(x, y, angles, road) -> np.ndarray:
    """(n, rays) m from the nose to where the road ends, at most 4; 0 off the road."""
    rays = shapely.linestrings(
        np.stack([np.stack([x + r * np.cos(angles), y + r * np.sin(angles)], axis=-1) for r in (0.0, 4.0)], axis=-2)
    )
    hits = shapely.intersection(rays, shapely.boundary(road))
    distance = np.where(shapely.is_empty(hits), 4.0, shapely.distance(shapely.points(x, y), hits))
    return np.where(shapely.contains_xy(road, x, y), distance, 0.0)


def road_of(track: Track):
    return shapely.Polygon(track.rows[:, 4:6]).symmetric_difference(shapely.Polygon(track.rows[:, 2:4]))


@pytest.mark.parametrize("name", ["camp", "thread", "grand_prix"])
def test_lidar_measures_what_shapely_measures(name, load_track):
    track, lidar = load_track(name), Lidar()
    world = RaceWorld(track, n=60)
    rng = np.random.default_rng(4)
    world.reset(
        s=rng.uniform(0, track.length, 60),
        offset=rng.uniform(-0.97, 0.97, 60) * track.widths.min() / 2,
        heading=rng.uniform(-1.0, 1.0, 60),
    )
    seen = lidar.observe(world)[:, :15] * 4.0
    angles = world.cars.heading[:, None] + np.radians(np.linspace(-90, 90, 15))
    x, y = np.broadcast_to(world.x[:, None], angles.shape), np.broadcast_to(world.y[:, None], angles.shape)
    road = road_of(track)
    exact, short, long = (ray_lengths(x, y, angles, road.buffer(by)) for by in (0.0, -0.015, 0.015))
    # A ray that skims the border may meet it anywhere between a road 1.5 cm narrower and one 1.5 cm wider.
    assert ((seen > short - 0.02) & (seen < long + 0.02)).all()
    square_on = (long - short < 0.06) & (short > 0)
    assert square_on.mean() > 0.5
    assert np.abs(seen - exact)[square_on].max() < 0.02


def test_lidar_along_the_border(square):
    """2 to 10 cm from the border and parallel to it the ray ahead is as long as in the middle of the road."""
    world = RaceWorld(square, n=5)
    world.reset(s=3.0, offset=[0.48, 0.45, 0.4, -0.45, -0.48], heading=0.0)
    ahead = Lidar().observe(world)[:, 7] * 4.0
    np.testing.assert_allclose(ahead, 4.0, atol=0.02)  # the outer border is 4.86 m ahead of the nose


def test_lidar_by_hand(square):
    world, lidar = RaceWorld(square), Lidar()
    world.reset(s=3.0, offset=0.2, heading=0.0)  # at x = 2.3, between the borders x = 2 and x = 3
    seen = dict(zip(lidar.names, lidar.observe(world)[0]))
    assert lidar.names[:2] == ["ray_-90", "ray_-77"] and lidar.names[14:] == [
        "ray_+90",
        "speed",
        "steering_1",
        "speed_1",
    ]
    assert seen["ray_-90"] * 4 == pytest.approx(0.7, abs=0.01) and seen["ray_+90"] * 4 == pytest.approx(0.3, abs=0.01)
    assert seen["ray_+0"] == 1.0 and seen["speed"] == seen["steering_1"] == 0
    world.step(np.array([[0.5, 1.0]]))
    seen = dict(zip(lidar.names, lidar.observe(world)[0]))
    assert (
        seen["steering_1"] == 0.5 and seen["speed_1"] == 1.0 and seen["speed"] == pytest.approx(world.cars.speed[0] / 4)
    )


def test_lidar_off_the_road_reads_zero(square):
    world = RaceWorld(square)
    world.reset(s=3.0, offset=-0.9, heading=0.0)
    assert not Lidar().observe(world)[0, :15].any()
