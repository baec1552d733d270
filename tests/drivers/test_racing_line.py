"""The racing line is honest: what it claims is driven in a fresh world, and never beats the bound."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.drivers import line as line_module
from course_lib.drivers import racing_line
from course_lib.drivers.line import WHEEL_REACH, Borders, Line, lap_time, minimum_time_line, speed_profile, spline_basis
from course_lib.drivers.racing_line import CMAES, RacingLine, best_lap, race
from course_lib.files import FileError
from course_lib.sim.race_world import LAP_COMPLETE, RaceWorld
from course_lib.sim.track import Track
from course_lib.sim.vehicle import GRIP, STEERING_LENGTH

CENTRE = Line.centre(Track.load("camp"))
SHARPEST = np.tan(np.radians(30)) / STEERING_LENGTH


@pytest.fixture(scope="module")
def track(load_track):
    return load_track("pebble")


@pytest.fixture(scope="module", autouse=True)
def quick_lines():
    """One coarse spline: most searches here are about driving, and the lines would take most of their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_module, "KNOTS", (12,))
        yield


@pytest.fixture(scope="module")
def found(track):
    return best_lap(track, generations=12, cars=64, seed=3)


def test_it_improves_and_stays_above_the_bound(found):
    laps = [lap for lap in found.history if lap is not None]
    assert laps == sorted(laps, reverse=True)
    assert found.lap_time < 0.97 * laps[0]
    assert found.bound < found.lap_time
    assert found.gap == found.lap_time / found.bound


def test_the_driver_drives_the_lap_in_a_fresh_world_without_leaving_the_track(track, found):
    world = RaceWorld(track, 3, laps=2)
    world.reset(s=0.0, offset=0.0, heading=0.0)
    driver, laps = found.driver(), []
    while world.status[0] != LAP_COMPLETE:
        world.step(driver(world))
        assert world.wheels_on.any(axis=0).all()
        if np.isfinite(world.lap_time[0]):
            laps.append(world.lap_time.copy())
    assert len(laps) == 2
    np.testing.assert_allclose(laps[1], found.lap_time, rtol=0, atol=1e-9)


def test_the_same_seed_finds_the_same_lap_and_another_seed_another(track, found):
    again = best_lap(track, generations=2, cars=64, seed=3)
    assert again.history == found.history[:2]
    assert best_lap(track, generations=1, cars=64, seed=4).history != again.history[:1]


def test_the_reported_line_is_the_driven_one(track, found):
    assert found.speed.max() <= 4.0 and np.abs(found.line).max() < track.width / 2 + WHEEL_REACH + 0.1
    here = track.table_index(np.arange(len(found.line)) * track.length / len(found.line))
    x = track.points_x[here] - found.line * np.sin(track.headings[here])
    y = track.points_y[here] + found.line * np.cos(track.headings[here])
    seconds = np.hypot(np.roll(x, -1) - x, np.roll(y, -1) - y) / found.speed
    assert seconds.sum() == pytest.approx(found.lap_time, rel=0.02)


def test_progress_can_stop_the_search(track):
    seen = []
    result = best_lap(track, seconds=600, cars=32, on_progress=lambda *args: seen.append(args) or len(seen) == 2)
    assert result.generations == 2 and [args[0] for args in seen] == [1, 2]
    assert seen[-1][1] == result.history[-1]


def test_a_kinematic_car_too(track):
    result = best_lap(track, "kinematic", generations=2, cars=32)
    assert result.bound < result.lap_time
    lap_times, _ = race(RaceWorld(track, 1, "kinematic", laps=2), result.driver())
    assert lap_times[0, 1] == pytest.approx(result.lap_time, abs=1e-9)


def test_a_saved_line_comes_back(found, tmp_path):
    path = tmp_path / "Linie für Übung.json"
    found.save(path)
    again = RacingLine.load(path)
    assert again.lap_time == found.lap_time and again.speed_range == found.speed_range
    np.testing.assert_array_equal(again.parameters, found.parameters)
    values = json.loads(path.read_text(encoding="utf-8"))
    del values["parameters"]
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(FileError, match="'parameters'"):
        RacingLine.load(path)


def test_the_command_prints_and_saves(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(racing_line, "CARS", 32)
    out = tmp_path / "lap.json"
    assert racing_line.main(["pebble", "--generations", "1", "--out", str(out)]) == 0
    result = RacingLine.load(out)
    assert f"flying lap {result.lap_time:.3f} s, quasi-steady bound {result.bound:.3f} s" in capsys.readouterr().out
    assert racing_line.main(["pebbel", "--generations", "1"]) == 2
    assert "did you mean 'pebble'" in capsys.readouterr().err


def test_bad_arguments_say_so(track):
    with pytest.raises(ValueError, match="No vehicle is called 'tank'"):
        best_lap(track, "tank", generations=1)
    with pytest.raises(ValueError, match="generations"):
        best_lap(track, generations=0)


@given(top=st.floats(0.5, 6.0), grip=st.floats(0.5, 12.0), accelerate=st.floats(0.5, 20.0), brake=st.floats(0.5, 20.0))
@settings(max_examples=25, deadline=None)
def test_the_speed_profile_keeps_every_limit(top, grip, accelerate, brake):
    free, speed = speed_profile(CENTRE, top, grip), speed_profile(CENTRE, top, grip, accelerate, brake)
    assert (speed <= free + 1e-9).all() and (speed > 0).all()
    assert (free <= top + 1e-9).all() and (free**2 * np.abs(CENTRE.curvature) <= grip + 1e-9).all()
    gaps = np.diff(np.append(CENTRE.s, CENTRE.length))
    gains = (np.roll(speed, -1) ** 2 - speed**2) / (2 * gaps)  # the last one is over the start line
    assert gains.max() <= accelerate + 1e-6 and gains.min() >= -brake - 1e-6
    assert (speed_profile(CENTRE, top, grip * 1.1, accelerate, brake) >= speed - 1e-9).all()
    # Nothing is given away: every point is at its own limit, or at what a neighbour allows.
    bound = (speed > free - 1e-6) | (np.roll(gains, 1) > accelerate - 1e-4) | (gains < -brake + 1e-4)
    assert bound.all()


def test_a_circle_is_driven_at_the_speed_that_grip_allows():
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    circle = Line(np.stack([np.cos(angle), np.sin(angle)], axis=1))
    np.testing.assert_allclose(circle.curvature, 1.0, rtol=1e-3)
    np.testing.assert_allclose(speed_profile(circle, 9.0, GRIP), np.sqrt(GRIP), rtol=1e-3)
    assert lap_time(circle, np.full(200, 2.0)) == pytest.approx(np.pi, rel=1e-3)


def test_the_minimum_time_line_is_faster_than_the_centre_and_stays_within_its_corridor(track):
    centre = Line.centre(track)
    inside = minimum_time_line(track, 4.0, GRIP, SHARPEST, reach=0.0)
    beyond = minimum_time_line(track, 4.0, GRIP, SHARPEST, start=inside)
    times = [lap_time(line, speed_profile(line, 4.0, GRIP)) for line in (beyond, inside, centre)]
    assert times == sorted(times) and times[1] < 0.95 * times[2]
    borders = Borders(track)
    assert borders.distances(inside.x, inside.y)[0].min() > -0.005
    assert borders.distances(beyond.x, beyond.y)[0].min() > -WHEEL_REACH - 0.005
    assert np.abs(beyond.curvature).max() < 1.1 * SHARPEST  # a soft wall


def test_without_a_limit_of_grip_the_shortest_line_is_the_fastest(track):
    shortest = minimum_time_line(track, 4.0, np.inf, 3.5)
    assert shortest.length < minimum_time_line(track, 4.0, GRIP, SHARPEST).length
    assert lap_time(shortest, speed_profile(shortest, 4.0, np.inf)) == pytest.approx(shortest.length / 4.0, rel=1e-3)


def test_spline_basis_keeps_constants():
    np.testing.assert_allclose(spline_basis(101, 12).sum(axis=1), 1.0)


def test_cmaes_finds_the_bottom_of_a_narrow_valley():
    random = np.random.default_rng(1)
    turn = np.linalg.qr(random.standard_normal((8, 8)))[0]
    search = CMAES(np.full(8, 2.0), np.ones(8), 24, seed=0)
    for _ in range(250):
        search.tell(np.sum(((search.ask() - 1.0) @ turn) ** 2 * np.logspace(0, 4, 8), axis=1))
    np.testing.assert_allclose(search.mean, 1.0, atol=1e-4)
