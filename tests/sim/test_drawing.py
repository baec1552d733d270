"""Pictures of the race world: what is where, without a display; and the window, on SDL's dummy driver."""

from __future__ import annotations

import os
import subprocess
import sys

import gymnasium
import numpy as np
import pytest

from course_lib.sim import drawing
from course_lib.sim.drawing import COLOURS, GRASS, MOWN, ROAD, NoDisplay, View, WindowClosed, pygame
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.track import Track


@pytest.fixture
def window(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield
    pygame.display.quit()


def alike(pixels: np.ndarray, colour, by: int = 6) -> np.ndarray:
    """Which pixels have a colour; scaling the picture down rounds a little."""
    return (np.abs(pixels.astype(int) - colour) <= by).all(axis=-1)


def at(view: View, picture: np.ndarray, x, y) -> np.ndarray:
    """The pixels (n, 3) at points in m."""
    columns, rows = view._pixels(np.stack([np.atleast_1d(x), np.atleast_1d(y)], axis=1)).astype(int).T
    return picture[rows, columns]


@pytest.fixture(scope="module")
def tall(load_track) -> Track:
    x, y = load_track("chicane").rows.reshape(-1, 3, 2).transpose(2, 0, 1)
    return Track(np.stack([-y, x], axis=2).reshape(-1, 6), "tall")


@pytest.mark.parametrize("name", ["camp", "downtown"])
def test_road_and_grass_are_where_the_track_says(load_track, name):
    track = load_track(name)
    view = View(track)
    view.paint([], [], [], [])
    picture = view.pixels()
    rng = np.random.default_rng(0)
    low, high = track.rows.reshape(-1, 2).min(axis=0), track.rows.reshape(-1, 2).max(axis=0)
    points = rng.uniform(low - 0.2, high + 0.2, (3000, 2))
    s, offset, _ = track.project(*points.T)
    offset, half = np.abs(offset), track.widths[track.table_index(s)] / 2
    from_start = np.hypot(*(points - track.centre.at(0.0)).T)
    pixels = at(view, picture, *points.T)
    road = track.contains(*points.T) & (offset < half - 0.1) & (offset > 0.06) & (from_start > 1.2)
    grass = ~track.contains(*points.T) & (offset > half + 0.2)
    assert road.sum() > 300 and grass.sum() > 300
    assert alike(pixels[road], ROAD).all()
    assert (alike(pixels[grass], GRASS) | alike(pixels[grass], MOWN)).all()


@pytest.mark.parametrize("name", ["camp", "chicane", "tall"])
def test_the_picture_has_the_tracks_shape_and_fits(load_track, tall, name):
    track = tall if name == "tall" else load_track(name)
    view = View(track, size=(800, 600))
    width, height = view.size
    assert width <= 802 and height <= 602 and width % 2 == 0 and height % 2 == 0
    span = np.ptp(track.rows.reshape(-1, 2), axis=0) * view.scale
    assert (span <= (width, height - drawing.BAR)).all()
    assert width > 790 or height > 590


def test_a_picture_is_a_fresh_array_and_the_same_for_the_same_world(load_track):
    world = RaceWorld(load_track("camp"), seed=3)
    view = View(world.track)
    first, second = view.draw(world), view.draw(world)
    assert first.dtype == np.uint8 and first.shape == (view.size[1], view.size[0], 3)
    assert first.flags.writeable and not np.shares_memory(first, second)
    np.testing.assert_array_equal(first, second)
    for _ in range(5):
        world.step(np.array([[0.5, 1.0]]))
    assert (view.draw(world) != first).any()


def test_each_car_has_its_colour_where_it_is(load_track):
    world = RaceWorld(load_track("camp"), 8)
    world.reset(s=np.arange(8) * world.track.length / 8, offset=0.0, heading=0.0)
    view = View(world.track, size=(1600, 1200))
    picture = view.draw(world)
    assert len(set(COLOURS)) == 8
    heading = world.cars.heading  # the body beside the dark cabin
    pixels = at(view, picture, world.cars.x - 0.058 * np.sin(heading), world.cars.y + 0.058 * np.cos(heading))
    assert [bool(alike(pixel, colour)) for pixel, colour in zip(pixels, COLOURS, strict=True)] == [True] * 8


def test_the_front_is_told_from_the_rear_and_the_wheels_turn(load_track):
    view = View(load_track("camp"), size=(1600, 1200))
    x, y = view.track.centre.at(2.0)

    def picture(heading, steering):
        view.paint([x], [y], [heading], [steering])
        return view.pixels()

    sides = np.array([0.025, -0.025])
    for heading, ahead in ((0.0, 0.13), (np.pi, -0.13)):
        car = picture(heading, 0.0)
        assert at(view, car, [x + ahead] * 2, y + sides).min() > 180, "lamps"
        assert at(view, car, [x - ahead] * 2, y + sides).max() < 60, "wing"
    # Turned left, the left front wheel's front end comes nearer to the body than its rear end.
    front, rear = x + 0.0823 + 0.032, x + 0.0823 - 0.032
    left, right = (picture(0.0, angle) for angle in (25.0, -25.0))
    inside, outside = y + 0.0795 + 0.015, y + 0.0795 - 0.015
    assert at(view, left, front, inside).max() < 60 < at(view, left, front, outside).max()
    assert at(view, right, front, outside).max() < 60 < at(view, right, front, inside).max()
    assert at(view, left, rear, inside).max() > 60


def test_trails_follow_the_car_but_not_over_a_reset(load_track):
    world = RaceWorld(load_track("camp"))
    world.reset(s=1.0, offset=0.0, heading=0.0)
    plain, trailing = View(world.track), View(world.track, trails=10)
    for _ in range(12):
        world.step(np.array([[0.0, 1.0]]))
        trailing.draw(world)
    with_trail = trailing.draw(world)
    pictures = with_trail, plain.draw(world)
    orange = [int(alike(picture, COLOURS[0], 60).sum()) for picture in pictures]
    assert orange[0] > orange[1] + 50
    world.reset(s=world.track.length / 2, offset=0.0, heading=0.0)
    for _ in range(11):  # standing there until the old trail is gone
        after = trailing.draw(world)
    np.testing.assert_array_equal(after, plain.draw(world))


@pytest.mark.parametrize("cars", [1, 3, 20])
def test_the_line_of_text_is_written(load_track, cars):
    world = RaceWorld(load_track("camp"), cars)
    view = View(world.track)
    bar = view.draw(world)[-drawing.BAR :]
    assert alike(bar, drawing.PANEL).mean() > 0.7
    assert alike(bar, drawing.TEXT).sum() > 30
    assert [bool(alike(bar, colour).sum() > 90) for colour in COLOURS[:4]] == [cars == 3] * 3 + [False]


def test_what_the_line_says(load_track):
    world = RaceWorld(load_track("camp"))
    world.reset(s=0.0, offset=0.0, heading=0.0)
    for _ in range(15):
        world.step(np.array([[0.0, 0.0]]))
    text, swatches = drawing.describe(world)
    speed, progress = f"{world.cars.speed[0]:.1f}", f"{world.progress[0]:.0f}"
    assert text.split() == ["Speed", speed, "m/s", "Progress", progress, "%", "Lap", "1.0", "s"]
    assert swatches == []
    while world.status[0] == 0:
        world.step(np.array([[1.0, 1.0]]))
    assert drawing.describe(world)[0].endswith("off track")


def test_what_the_line_says_of_several_cars(load_track):
    world = RaceWorld(load_track("camp"), 3)
    world.reset(s=[1.0, 5.0, 9.0], offset=0.0, heading=0.0)
    actions = np.array([[0.0, 0.0], [0.0, -1.0], [1.0, 1.0]])
    while not world.off_track[2]:
        world.step(actions)
    assert drawing.describe(world) == ("", [f"{world.progress[0]:.0f} %", f"{world.progress[1]:.0f} %", "off"])
    assert drawing.describe(RaceWorld(load_track("camp"), 9))[0].startswith("9 cars ")


def test_the_env_draws_without_a_display_and_leaves_the_environment_alone():
    code = (
        "import os, sys, gymnasium, course_lib\n"
        "env = gymnasium.make('FirstLap/Race-v0', render_mode='rgb_array')\n"
        "assert 'pygame' not in sys.modules\n"
        "env.reset(seed=0)\n"
        "picture = env.render()\n"
        "import pygame\n"
        "print(picture.shape, pygame.display.get_init(), 'SDL_VIDEODRIVER' in os.environ)\n"
        "env.close()\n"
    )
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "PYGAME_HIDE_SUPPORT_PROMPT")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8",
                          env=environment)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "(536, 800, 3) False False\n"
    assert "pygame" not in done.stderr


def test_the_window_shows_the_picture_and_keeps_the_pace(window, load_track):
    env = gymnasium.make("FirstLap/Race-v0", track=load_track("camp"), render_mode="human")
    env.reset(seed=1)
    assert env.render() is None
    view = env.unwrapped._view
    paces = []

    class Clock:
        def tick(self, fps):
            paces.append(fps)

    view._clock = Clock()
    env.step(np.array([0.0, 0.5], np.float32))
    assert paces == [15]
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    np.testing.assert_array_equal(shown, View(view.track).draw(env.unwrapped.world))
    env.close()
    assert not pygame.display.get_init()


def test_the_close_button_raises_and_closing_twice_is_fine(window, load_track):
    world = RaceWorld(load_track("camp"))
    view = View(world.track, window=True)
    view.draw(world)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    with pytest.raises(WindowClosed, match="closed"):
        view.draw(world)
    assert not pygame.display.get_init()
    with pytest.raises(WindowClosed):
        view.draw(world)
    view.close()
    view.close()


def test_no_display_is_one_sentence(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "no such driver")
    with pytest.raises(NoDisplay, match=r"No window can be opened .*: run this on a computer with a screen"):
        drawing.open_window((100, 100), "x")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_no_display_variable_is_no_display(monkeypatch):
    for name in drawing.DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NoDisplay):
        drawing.open_window((100, 100), "x")


def test_a_thick_line_is_equally_thick_in_all_directions():
    for angle in np.linspace(0.0, np.pi, 7):
        surface = pygame.Surface((200, 200), 0, 32)
        way = np.array([np.cos(angle), np.sin(angle)]) * 80
        drawing._thick_line(surface, (255, 255, 255), np.array([100 - way, 100 + way]), 20.0)
        area = (pygame.surfarray.array3d(surface)[..., 0] > 0).sum()
        assert area == pytest.approx(160 * 20 + np.pi * 10**2 / 2, rel=0.07)
