"""Replays are decoded as a reader's program would: Pillow opens the PNG, and a browser plays the page."""
from __future__ import annotations

import html
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from course_lib.notebook.apng import encode
from course_lib.notebook.replay import html_replay, lap_replay
from course_lib.sim.boxes import Boxes
from course_lib.sim.vehicle import DT

HOSTILE = ["</script><script>window.hacked = 1</script>", '"><img src=x onerror="window.hacked=1"> {{data}} & ü']


def frames(png: bytes) -> list[Image.Image]:
    picture = Image.open(io.BytesIO(png))
    shown = []
    for number in range(picture.n_frames):
        picture.seek(number)
        shown.append(picture.convert("RGB"))
    return shown


def durations(png: bytes) -> list[float]:
    picture = Image.open(io.BytesIO(png))
    told = []
    for number in range(picture.n_frames):
        picture.seek(number)
        told.append(picture.info["duration"])
    return told


# Animated PNG

def test_apng_shows_exactly_the_frames_it_was_given():
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (9, 3), dtype=np.uint8)
    given = [np.full((12, 17), 3, np.uint8)]
    for _ in range(6):
        following = given[-1].copy()
        top, left = rng.integers(0, 12), rng.integers(0, 17)
        following[top:top + 4, left:left + 5] = rng.integers(1, 9, following[top:top + 4, left:left + 5].shape)
        given.append(following)
    given.append(given[-1].copy())  # nothing changes
    png = encode(iter(given), palette, [1 / 15] * 7 + [2], "über alles")
    for shown, indices in zip(frames(png), given, strict=True):
        assert np.array_equal(np.asarray(shown), palette[indices])
    picture = Image.open(io.BytesIO(png))
    assert picture.text["Description"] == "über alles" and picture.info["loop"] == 0


def test_lap_replay_has_one_frame_per_row_and_lasts_as_long_as_the_drive(grand_prix, long_path):
    replay = lap_replay(grand_prix, long_path)
    times = durations(replay.png)
    assert len(times) == 301
    np.testing.assert_allclose(times[:-1], 1000 / 15)
    assert times[-1] == 2000
    assert replay.seconds == pytest.approx(20)
    assert len(replay.png) <= 100_000
    assert Image.open(io.BytesIO(replay.png)).size[0] == 432


def test_other_frame_rates_keep_the_time(camp, crashes):
    path = crashes.paths[0]
    seconds = (len(path) - 1) * DT
    for fps in (5, 7.5, 30):
        times = durations(lap_replay(camp, path, fps=fps).png)
        assert len(times) == int(np.ceil(seconds * fps - 1e-6)) + 1
        assert sum(times[:-1]) / 1000 == pytest.approx(seconds, abs=1 / fps)


def test_the_car_is_where_the_path_is_and_looks_where_it_goes(camp, clean_laps):
    path = clean_laps.paths[0][:45]
    shown = frames(lap_replay(camp, path, width=800).png)
    # Where the car is: blue is painted nowhere else. px = metres * scale + origin, the same in each frame.
    rows = np.arange(0, len(path), 7)
    blue = [np.argwhere(np.all(np.asarray(shown[row]) == (0, 0x72, 0xB2), axis=-1))[:, ::-1] for row in rows]
    scale = 800 / (np.ptp(camp.rows.reshape(-1, 2)[:, 0]) + 0.4)
    for row, pixels in zip(rows, blue):
        heading = np.array([np.cos(path[row, 2]), -np.sin(path[row, 2])])
        nose = (path[row, :2] - camp.rows.reshape(-1, 2).min(axis=0) + 0.2) * (scale, -scale)
        nose += (0, shown[0].height)
        near = pixels[np.hypot(*(pixels - nose).T) < 0.34 * scale]
        ahead = (near - nose) @ heading
        assert len(near) > 50
        assert -3 < ahead.max() < 3  # the nose is at the path
        assert ahead.min() < -0.29 * scale  # and the tail behind it


def test_a_trail_follows_each_car_in_its_colour(camp, crashes):
    path = crashes.paths[0]
    shown = [np.asarray(frame) for frame in frames(lap_replay(camp, path).png)]
    blue = [np.all(frame == (0, 0x72, 0xB2), axis=-1).sum() for frame in shown]
    assert blue[min(15, len(path) - 1)] > blue[0] + 20
    assert np.array_equal(shown[0][-1, 0], (255, 255, 255))


def test_the_picture_of_several_cars_has_all_their_colours(camp, clean_laps):
    shown = frames(lap_replay(camp, clean_laps.paths, ["a", "b", "c", "a very long label " * 5]).png)
    colours = {colour for _, colour in shown[-1].getcolors(1 << 20)}
    assert {(0, 0x72, 0xB2), (0xD5, 0x5E, 0), (0, 0x9E, 0x73), (0xE6, 0x9F, 0)} <= colours
    assert len(colours) < 256


def test_alternative_text_tells_how_each_drive_ended(camp, clean_laps, crashes):
    replay = lap_replay(camp, [clean_laps.paths[0], crashes.paths[0]], ["PPO", "straight on"])
    assert replay.alt == (f"Replay of 2 cars on track camp, seen from above: PPO: finished after "
                          f"{clean_laps.lap_times[0, 0]:.2f} s; straight on: left the road after "
                          f"{crashes.seconds[0]:.2f} s.")
    assert Image.open(io.BytesIO(replay.png)).text["Description"] == replay.alt


def test_replays_show_boxes_and_who_hit_one(camp, hits):
    boxes = [(0.3, "left"), (0.7, "right")]
    bare, among = (lap_replay(camp, hits.paths, boxes=asked) for asked in (None, boxes))
    cardboard = [(np.asarray(Image.open(io.BytesIO(replay.png)).convert("RGB")) == (0xC9, 0xA0, 0x6A)).all(-1).sum()
                 for replay in (bare, among)]
    assert cardboard[0] == 0 and cardboard[1] > 500
    assert among.alt.count("hit a box after") == 3 and bare.alt.count("stopped after") == 3
    page = html_replay(camp, hits.paths, boxes=boxes)
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page.html, re.DOTALL)[1])
    corners = [np.stack([box["x"], box["y"]], axis=1) for box in data["boxes"]]
    np.testing.assert_allclose(corners, Boxes(camp, boxes).corners, atol=0.001)
    assert [car["outcome"] for car in data["cars"]] == ["crashed"] * 3 and page.alt == among.alt


def test_a_notebook_shows_a_replay_as_png_that_stays(camp, crashes):
    replay = lap_replay(camp, crashes.paths)
    data, metadata = DisplayFormatter().format(replay)
    assert set(data) == {"image/png", "text/plain"}
    assert data["text/plain"] == repr(replay) == f"LapReplay('camp', cars=3, seconds={replay.seconds:.1f})"
    assert metadata["image/png"]["alt"] == replay.alt


def test_the_same_drive_gives_the_same_file(tmp_path, camp, crashes):
    first, again = (lap_replay(camp, crashes.paths).save(tmp_path / name) for name in ("ä b.png", "c.png"))
    assert first.read_bytes() == again.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["c.png", "ä b.png"]


@pytest.mark.parametrize(("paths", "options", "words"), [
    (np.zeros((5, 3)), {}, "Path 0 has the shape"),
    (np.full((5, 6), np.inf), {}, "row 0 is not finite"),
    ([np.zeros((5, 6))] * 2, {"labels": ["one"]}, "do not fit 2 paths"),
    (np.zeros((5, 6)), {"fps": 0}, "fps must lie in"),
    (np.zeros((5, 6)), {"width": 20}, "width in 200"),
])
def test_a_replay_that_cannot_be_drawn_is_refused_in_one_sentence(camp, paths, options, words):
    with pytest.raises(ValueError, match=words):
        lap_replay(camp, paths, **options)


# HTML

class Page(HTMLParser):
    """What a page refers to, its JSON, and its words."""

    def __init__(self, text: str):
        super().__init__()
        self.links, self.json, self.words, self.tags, self._inside = [], [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.links += [value for name, value in attributes.items() if name in ("src", "href")]
        if tag in ("script", "style"):
            self._inside = attributes.get("type", tag)

    def handle_endtag(self, tag):
        self._inside = None if tag in ("script", "style") else self._inside

    def handle_data(self, data):
        if self._inside == "application/json":
            self.json.append(json.loads(data))
        elif self._inside is None:
            self.words.append(data)


def decoded(numbers: list[int], quantum: float, times: int) -> np.ndarray:
    for _ in range(times):
        numbers = np.cumsum(numbers)
    return numbers * quantum


def test_html_holds_the_paths_within_a_quantum(camp, clean_laps, laps_backwards):
    paths = clean_laps.paths + laps_backwards.paths
    data, = Page(html_replay(camp, paths).html).json
    quanta = data["quanta"]
    for path, car in zip(paths, data["cars"], strict=True):
        for column, name, times, quantum in ((0, "x", 2, "place"), (1, "y", 2, "place"), (3, "speed", 1, "speed")):
            values = decoded(car[name], quanta[quantum], times)
            np.testing.assert_allclose(values, path[:, column], atol=quanta[quantum] / 2 + 1e-9)
        heading = decoded(car["heading"], quanta["heading"], 1)
        assert np.abs(np.exp(1j * heading) - np.exp(1j * path[:, 2])).max() <= quanta["heading"] / 2 + 1e-9
        assert np.abs(np.diff(heading)).max() < 1  # unwrapped: a car must not spin between two steps
    assert quanta["place"] <= 0.005
    for line, points in zip(data["lines"], (camp.outer.points, camp.inner.points, camp.centre.points), strict=True):
        np.testing.assert_allclose(np.stack([decoded(column, quanta["line"], 2) for column in line], axis=1), points,
                                   atol=quanta["line"] / 2 + 1e-9)


def test_html_of_eight_cars_for_twenty_seconds_is_small(grand_prix, long_path):
    replay = html_replay(grand_prix, [long_path] * 8)
    assert len(replay.html.encode()) <= 60_000
    assert len(replay._repr_html_().encode()) <= 70_000


def test_html_needs_nothing_from_elsewhere_and_names_what_it_shows(camp, clean_laps, crashes):
    replay = html_replay(camp, [clean_laps.paths[0], crashes.paths[0]], ["PPO", "straight on"])
    page = Page(replay.page)
    assert page.links == []
    assert "http" not in replay.html and "url(" not in replay.html and "@import" not in replay.html
    labelled = {tag: attributes.get("aria-label") for tag, attributes in page.tags if "aria-label" in attributes}
    assert labelled["canvas"] == replay.alt
    assert labelled["input"] == "Time in the replay"
    assert ("p", {"class": "status", "role": "status"}) in page.tags
    assert "finished" in page.words and "left the road" in page.words  # the table is there without JavaScript too


def test_labels_are_text_wherever_they_stand(camp, crashes):
    replay = html_replay(camp, crashes.paths[:2], HOSTILE)
    page = Page(replay.html)
    assert [car["label"] for car in page.json[0]["cars"]] == HOSTILE
    assert sum(tag == "script" for tag, _ in page.tags) == 2 and not any(tag == "img" for tag, _ in page.tags)
    assert all(label in page.words for label in HOSTILE)
    frame, = [attributes for tag, attributes in Page(replay._repr_html_()).tags if tag == "iframe"]
    assert frame["srcdoc"] == replay.page and frame["title"] == replay.alt


def test_html_replay_is_saved_as_a_page(tmp_path, camp, crashes):
    replay = html_replay(camp, crashes.paths)
    path = replay.save(tmp_path / "Rückblick 1.html")
    assert path.read_text(encoding="utf-8") == replay.page
    assert replay.page.startswith("<!doctype html>") and '<meta charset="utf-8">' in replay.page
    assert repr(replay) == f"HtmlReplay('camp', cars=3, seconds={replay.seconds:.1f})"
    assert html.unescape(replay._repr_html_()).count("<!doctype html>") == 1


# A browser

@pytest.fixture
def visit(browser, tmp_path):
    """Open a page with a clock of the test's own; no request may leave it and no script may fail."""
    contexts, faults = [], []

    def open_page(text: str, motion: str = "reduce", width: int = 1000):
        context = browser.new_context(reduced_motion=motion, viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.clock.install(time=0)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: request.url.startswith("file:") or faults.append(request.url))
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        page.goto(path.as_uri())
        page.clock.pause_at(60_000)  # from now on time passes when the test says so
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def now(page, number: int = 0) -> float:
    return float(page.locator("input.time").nth(number).input_value())


def test_browser_plays_and_pauses(visit, camp, clean_laps):
    page = visit(html_replay(camp, clean_laps.paths, ["a", "b", "c", "d"]).page)
    assert now(page) == 0 and page.locator("[role=status]").inner_text() == "Ready."
    before = page.locator("canvas").screenshot()
    button = page.get_by_role("button", name="Play")
    button.click()
    page.clock.run_for(2000)
    assert now(page) == pytest.approx(2.0, abs=0.04)
    page.get_by_role("button", name="Pause").click()
    paused, end = now(page), (max(map(len, clean_laps.paths)) - 1) * DT
    assert page.locator("[role=status]").inner_text() == f"Paused at {paused:.1f} of {end:.1f} s."
    page.clock.run_for(1000)
    assert now(page) == paused
    assert page.locator("canvas").screenshot() != before
    speed = clean_laps.paths[0][round(paused / DT), 3]
    shown = float(page.locator("tbody tr").first.locator("td").first.inner_text().removesuffix(" m/s"))
    assert shown == pytest.approx(speed, abs=0.2)


def test_browser_plays_to_the_end_faster_and_again(visit, camp, clean_laps):
    page = visit(html_replay(camp, clean_laps.paths[:1], ["PPO"]).page)
    page.get_by_role("button", name="4×").click()
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(1000)
    assert now(page) == pytest.approx(4.0, abs=0.15)
    page.clock.run_for(10_000)
    time = f"{clean_laps.lap_times[0, 0]:.2f} s"
    assert page.locator("[role=status]").inner_text() == f"PPO: finished after {time}."
    assert page.locator("tbody td").all_inner_texts() == ["–", time, "finished"]
    page.get_by_role("button", name="Replay").click()
    page.clock.run_for(200)
    assert 0 < now(page) < 1


def test_browser_winds_with_the_slider_and_the_keyboard(visit, camp, crashes):
    page = visit(html_replay(camp, crashes.paths).page)
    slider = page.get_by_role("slider", name="Time in the replay")
    slider.focus()
    page.keyboard.press("End")
    ends = [f"{seconds:.2f} s" for seconds in crashes.seconds]
    assert page.locator("tbody td:nth-of-type(2)").all_inner_texts() == ends
    assert page.locator("tbody td:nth-of-type(3)").all_inner_texts() == ["left the road"] * 3
    end = now(page)
    page.keyboard.press("ArrowLeft")
    assert now(page) == pytest.approx(end - DT)
    slider.fill("0.5")
    assert page.locator("tbody td:nth-of-type(3)").all_inner_texts() == ["driving"] * 3
    assert "Paused at 0.5" in page.locator("[role=status]").inner_text()
    assert slider.get_attribute("aria-valuetext").startswith("0.5 of")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    page.clock.run_for(500)
    assert now(page) > 0.9


def test_browser_starts_by_itself_unless_less_motion_is_wanted(visit, camp, clean_laps):
    text = html_replay(camp, clean_laps.paths).page
    still, moving = visit(text, "reduce"), visit(text, "no-preference")
    moving.wait_for_selector(".first-lap-replay[data-state=playing]")
    still.clock.run_for(500)
    assert still.locator(".first-lap-replay").get_attribute("data-state") == "paused" and now(still) == 0


def test_browser_keeps_replays_on_one_page_apart_and_labels_harmless(visit, camp, crashes, clean_laps):
    first, second = html_replay(camp, crashes.paths[:2], HOSTILE), html_replay(camp, clean_laps.paths)
    page = visit("<!doctype html><meta charset=utf-8><body style='background: black'>"
                 f"{first.html}{second.html}</body>")
    page.locator("button.play").nth(1).click()
    page.clock.run_for(1000)
    assert now(page, 0) == 0 and now(page, 1) > 0.8
    assert page.evaluate("window.hacked") is None
    assert [text[1:] for text in page.locator(".cars").first.locator("tbody th").all_inner_texts()] == HOSTILE
    background = page.locator(".first-lap-replay").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert background == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [400, 1000])
def test_browser_fits_page_and_frame_to_the_width(visit, camp, crashes, width):
    replay = html_replay(camp, crashes.paths)
    page = visit(replay.page, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page = visit(f"<!doctype html><body>{replay._repr_html_()}</body>", width=width)
    frame = page.frames[1]
    frame.wait_for_selector(".first-lap-replay[data-state]")
    page.wait_for_function("""() => { const frame = document.querySelector('iframe'),
        inside = frame.contentDocument.querySelector('.first-lap-replay').getBoundingClientRect().height;
        return Math.abs(frame.getBoundingClientRect().height - inside) <= 1; }""")
