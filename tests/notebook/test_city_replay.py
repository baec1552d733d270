"""A trip through the city as a picture that moves, and as a page to play in a real browser."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from course_lib.notebook.city_replay import city_html, city_replay
from course_lib.sim.city import City
from course_lib.sim.city_runs import run_city


@pytest.fixture(scope="module")
def lane() -> City:
    road = np.zeros((120, 800), bool)
    road[40:80, 20:780] = True
    return City(road, {"near": (200.0, 60.0), "far <b>": (700.0, 60.0)}, (40.0, 60.0, 0.0), name="lane")


@pytest.fixture(scope="module")
def trip(lane):
    goals = list(lane.goals.values())
    return run_city(lambda world: np.zeros((1, 1)), lane, goals=goals, record=True, ways=False)


def test_the_picture_moves_and_tells_what_it_shows(lane, trip):
    replay = city_replay(lane, trip)
    assert replay.alt.startswith("A trip through lane, seen from above: 2 of 2 goals reached in 316 steps, 100.0%")
    with Image.open(io.BytesIO(replay.png)) as picture:
        assert picture.n_frames > 80 and picture.size[0] == 320 + 150
        first = np.array(picture.convert("RGB")).astype(int)
        picture.seek(picture.n_frames - 1)
        last = np.array(picture.convert("RGB")).astype(int)
    assert np.abs(first - last).sum() > 10_000
    data, metadata = replay._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == replay.alt and len(replay.png) < 300_000 and data["image/png"]


def test_a_trip_that_was_not_recorded_is_refused(lane):
    unrecorded = run_city(lambda world: np.zeros((1, 1)), lane, goals=[(200.0, 60.0)], ways=False)
    for show in (city_replay, city_html):
        with pytest.raises(ValueError, match="record=True"):
            show(lane, unrecorded)


def test_the_page_plays_in_a_browser(browser, lane, trip, tmp_path):
    path = city_html(lane, trip).save(tmp_path / "größer als gedacht.html")
    page = browser.new_page(viewport={"width": 1000, "height": 600})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_function("document.querySelector('.goal').textContent !== ''")
    assert page.inner_text(".goal") == "near" and page.inner_text(".step") == "0 of 316"
    page.locator(".time").evaluate("e => { e.value = 100; e.dispatchEvent(new Event('input')); }")
    assert page.inner_text(".goal") == "far <b>" and page.inner_text(".reached") == "1 of 2"
    assert page.inner_text(".reward") == "0.5" and page.inner_text(".return") == "100"
    # In the middle of the lane, looking along it: road ahead, houses to the left and right.
    colours = page.locator("canvas.view").evaluate(
        "c => [[20, 5], [1, 5], [38, 5]].map(([x, y]) => c.getContext('2d').getImageData(x, y, 1, 1).data[2] > 235)"
    )
    assert colours == [True, True, True]
    page.select_option("select", "10")
    page.click("button")
    page.wait_for_function("document.querySelector('.reached').textContent === '2 of 2'")
    page.wait_for_function("document.querySelector('button').textContent === 'Play'")
    assert page.inner_text(".goal") == "none, all reached" and not problems
    page.close()
