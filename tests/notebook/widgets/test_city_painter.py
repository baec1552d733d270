"""Painting a city: what a stroke does to it, what is refused, and a mouse in a real JupyterLab."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.notebook.widgets.city_painter import CityPainter
from course_lib.sim.city import City
from course_lib.sim.city_env import CityEnv


@pytest.fixture
def city() -> City:
    road = np.zeros((120, 400), bool)
    road[40:80, 20:380] = True
    return City(road, {"end": (350.0, 60.0)}, (40.0, 60.0, 0.0), name="lane")


def stroke(painter, points, radius=10, road=True):
    painter._hear(painter.widget, {"type": "stroke", "points": points, "radius": radius, "road": road}, [])


def test_a_stroke_builds_road_and_the_car_sees_it(city):
    env, painter = CityEnv(city), CityPainter(city)
    before, _ = env.reset(seed=0, options={"pose": (50.0, 72.0, 0.0)})
    picture = painter.widget.picture
    stroke(painter, [[x, 90] for x in range(30, 90, 5)])
    assert city.on_road(60.0, 95.0) and painter.strokes == 1 and painter.widget.picture != picture
    after, *_ = env.step([0.0])
    assert (after["view"] > 0).sum() > (before["view"] > 0).sum() + 50
    assert painter.widget.said == f"{city.road_share:.1%} of the map is road now."
    stroke(painter, [[200, 60]], road=False)
    assert not city.on_road(200.0, 60.0)


def test_a_goal_cannot_be_built_over(city):
    painter, before = CityPainter(city), city.road.copy()
    stroke(painter, [[350, 60]], road=False)
    np.testing.assert_array_equal(city.road, before)
    assert painter.widget.said == "lane: the goal end would lie off the road: leave its place as it is."


def test_other_messages_are_not_for_the_painter(city):
    painter = CityPainter(city)
    for message in (None, "stroke", {"type": "hello"}):
        painter._hear(painter.widget, message, [])
    assert painter.strokes == 0 and "run this cell to paint" in repr(painter.widget)


def test_a_mouse_paints_in_a_notebook(open_notebook):
    page = open_notebook(
        [
            "from course_lib.sim.city_map import make_city\n"
            "from course_lib.notebook.widgets.city_painter import paint_city\n"
            "city = make_city(0)\nbefore = city.road.copy()\npainter = paint_city(city)"
        ]
    )
    page.run(0)
    canvas = page.page.locator(".first-lap-painter canvas")
    canvas.wait_for()
    box, mouse = canvas.bounding_box(), page.page.mouse
    mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"], steps=5)
    mouse.up()
    page.wait_value("painter.strokes == 1 and (city.road & ~before).sum() > 300")
    page.wait_for("() => document.querySelector('.first-lap-painter [role=status]').textContent.includes('road now')")
