"""Pure pursuit drives clean laps everywhere, and aims where its line is."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from public_tracks import LENGTHS

from course_lib.drivers.line import Borders, Line
from course_lib.drivers.pure_pursuit import PurePursuit, steer_towards
from course_lib.sim.laps import run_laps
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.track import track_names


@pytest.mark.parametrize("name", track_names())
def test_clean_laps_on_every_track_in_both_directions(name, load_track):
    drive_both_ways(load_track(name))


@pytest.mark.parametrize("name", LENGTHS)
def test_clean_laps_on_public_tracks_in_both_directions(name, shared_track):
    drive_both_ways(shared_track(name))


def drive_both_ways(track):
    results = run_laps(PurePursuit(), track, starts=32, direction=np.tile([1, -1], 16))
    assert results.clean.all(), f"cars {np.flatnonzero(~results.clean)} failed; odd ones drive backward"
    assert track.length / results.best_lap > 1.7  # m/s, though it starts at rest


@pytest.mark.parametrize(
    "vehicle, speed_range",
    [("kinematic", (0.5, 4.0)), ("deepracer", (0.1, 1.0)), ("deepracer", (1.0, 2.0)), ("kinematic", (0.0, 3.0))],
)
def test_other_vehicles_and_speed_ranges(vehicle, speed_range, load_track):
    results = run_laps(
        PurePursuit(), load_track("camp"), starts=4, slowest=0.2, vehicle=vehicle, speed_range=speed_range
    )
    assert results.clean.all()


def test_a_flying_lap_is_faster_than_a_standing_one_and_a_speed_limit_is_kept(load_track):
    free = run_laps(PurePursuit(), load_track("oval"), starts=2, laps=2, record=True)
    assert (free.lap_times[:, 1] < free.lap_times[:, 0]).all()
    limited = run_laps(PurePursuit(speed=1.2), load_track("oval"), starts=2, laps=2, record=True)
    assert max(path[:, 3].max() for path in limited.paths) < 1.2 + 1e-9 < max(path[:, 3].max() for path in free.paths)


def test_it_follows_the_line_that_it_is_given(load_track):
    offsets = np.full(8, 0.2)
    world = RaceWorld(load_track("oval"), n=2, laps=2)
    world.reset(s=0.0, offset=0.0, heading=0.0, direction=np.array([1, -1]))
    driver, seen = PurePursuit(speed=1.0, offsets=offsets), []
    for _ in range(300):
        world.step(driver(world))
        seen.append(world.offset * world.direction)
    assert np.abs(np.median(seen[60:], axis=0) - 0.2).max() < 0.06  # left of the file's direction for both cars


def test_steering_is_the_arc_through_the_point(load_track):
    world = RaceWorld(load_track("oval"), n=3, vehicle="kinematic")
    world.reset(s=0.0, offset=0.0, heading=0.0)
    cars, radius = world.cars, 0.8
    angle = np.array([0.3, -0.3, 0.0])  # along circles of that radius to the left and right, and straight on
    ahead = np.where(angle == 0, 1.0, radius * np.sin(np.abs(angle)))
    left = np.sign(angle) * radius * (1 - np.cos(angle))
    x = cars.x + ahead * np.cos(cars.heading) - left * np.sin(cars.heading)
    y = cars.y + ahead * np.sin(cars.heading) + left * np.cos(cars.heading)
    wanted = np.degrees(np.arctan(0.164 / radius)) * np.sign(angle)
    np.testing.assert_allclose(steer_towards(world, x, y), wanted, atol=1e-9)


def test_borders_agree_with_the_road(load_track):
    track = load_track("camp")
    random = np.random.default_rng(0)
    low, high = track.rows.reshape(-1, 2).min(axis=0), track.rows.reshape(-1, 2).max(axis=0)
    x, y = random.uniform(low, high, (5000, 2)).T
    distance, slope_x, slope_y = Borders(track).distances(x, y)
    clear = np.abs(distance).min(axis=0) > 0.02
    assert (track.contains(x, y) == (distance.min(axis=0) > 0))[clear].all()
    nearby = clear & (np.abs(distance).min(axis=0) < 0.2)
    ahead = Borders(track).distances(x + 1e-4, y)[0]
    np.testing.assert_allclose(((ahead - distance) / 1e-4)[:, nearby], slope_x[:, nearby], atol=0.15)
    assert np.median(np.hypot(slope_x, slope_y)[:, nearby]) == pytest.approx(1.0, abs=0.01)


def test_the_centre_line_is_on_the_centre(load_track):
    track = load_track("grand_prix")
    line = Line.centre(track)
    assert np.abs(line.offsets(track)).max() < 0.03
    assert line.length == pytest.approx(track.length, rel=0.01)
    assert np.sum(line.curvature * line.steps) == pytest.approx(-2 * np.pi, rel=0.01)  # driven clockwise


def test_laps_in_a_spawned_process_are_the_same_laps():
    """As on Windows and macOS: nothing but what is sent reaches the other process."""
    here = run_laps(PurePursuit(), "oval", starts=2)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        there = pool.submit(run_laps, PurePursuit(), "oval", starts=2).result()
    np.testing.assert_array_equal(there.lap_times, here.lap_times)
    assert there.clean.all()
