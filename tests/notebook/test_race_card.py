"""What a student sees of a race: the sentence, the table, the laps side by side, and the board."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from course_lib.notebook import exercises, race_card
from course_lib.notebook.replay import lap_replay
from course_lib.race.board import Board
from course_lib.race.small_race import RaceResult, Row, load_rival, race, ranked
from course_lib.sim.track import Track

LESSON = "01_rl_basics/01_first_lap"


@pytest.fixture
def lesson(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    monkeypatch.chdir(tmp_path)
    return exercises.open(LESSON, nickname="Zoë")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "board"
    folder.mkdir()
    return folder


@pytest.fixture
def quick(monkeypatch):
    """A race without rivals takes a quarter of the time."""
    monkeypatch.setattr(race_card, "race", lambda policy, name, track: race(policy, name, {}, track))


def leaves(world):
    return np.tile([1.0, 1.0], (world.n, 1))


def broken(world):
    raise KeyError("<b>")


def result(*rows: Row, you: int = 0, laps: int = 3) -> RaceResult:
    placed = ranked(rows)
    return RaceResult("camp", laps, placed, [row.name for row in placed].index(rows[you].name), [None] * len(rows))


def row(name: str, best: float | None = 6.0, total: float | None = 18.5, laps: int = 3, progress: float = 100.0) -> Row:
    return Row(name, laps, best, total, progress, "finished" if laps == 3 else f"left the track on lap {laps + 1}")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row("me", 6.42), row("falcon"), row("fox", 8.0)], "You are 2nd of 3, 0.42 s behind falcon."),
        ([row("me", 5.0), row("falcon")], "You are 1st of 2, 1.00 s ahead of falcon."),
        ([row("me"), row("fox"), row("ox", 9.0)], "You share 1st place of 3 with fox."),
        ([row("me"), row("fox"), row("ox")], "You share 1st place of 3 with fox and ox."),
        ([row("me", total=18.6), row("fox")], "You are 2nd of 2, 0.10 s over 3 laps behind fox."),
        ([row("me"), row("fox", laps=2)], "You are 1st of 2, 1 lap ahead of fox."),
        ([row("me"), row("fox", None, None, 0, 9.0)], "You are 1st of 2, 3 laps ahead of fox."),
        (
            [row("me", laps=1, progress=40.2), row("fox")],
            "You are 2nd of 2: your car left the track on lap 2, after 40 % of the race.",
        ),
        (
            [row("me", None, None, 0, 12.0), row("fox", None, None, 0, 5.0)],
            "You are 1st of 2: your car left the track on lap 1, after 12 % of the race.",
        ),
        ([row("me")], "You won."),
    ],
)
def test_one_sentence_tells_how_it_ended(rows, told):
    assert race_card.verdict(result(*rows)) == told


@pytest.mark.parametrize("number", [1, 2, 3, 4, 11, 12, 13, 21, 22, 111])
def test_places_are_counted_in_english(number):
    ends = {1: "st", 2: "nd", 3: "rd", 4: "th", 11: "th", 12: "th", 13: "th", 21: "st", 22: "nd", 111: "th"}
    assert race_card.ordinal(number) == f"{number}{ends[number]}"


def test_a_race_is_a_table_and_a_picture_that_stay_in_the_notebook(lesson, monkeypatch, tmp_path):
    card = lesson.race(load_rival("fox"))
    text = repr(card)
    assert "You share 2nd place of 4 with fox." in text and "Zoë (you)" in text and "nan" not in text
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *data, **how: shown.append((data[0], how)))
    card._ipython_display_()
    (table, how), (replay, _) = shown
    assert how == {"raw": True} and table["text/plain"] == text
    assert "<script" not in table["text/html"] and 'role="status"' in table["text/html"]
    data, about = replay._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"}
    alt = about["image/png"]["alt"]
    for row in card.result.rows:
        assert f"{row.name}: finished after {row.best_lap:.2f} s" in alt
    assert len(replay.png) < 250_000 and Image.open(io.BytesIO(replay.png)).n_frames > 100
    assert not list(tmp_path.iterdir())


def test_a_board_that_is_named_is_written_headless_too(lesson, folder, quick):
    card = lesson.race(load_rival("fox"), board=folder)
    assert len(list(folder.iterdir())) == 1
    assert "The board of camp: 1 racer\n" in repr(card) and card.notes == ()
    again = lesson.race(load_rival("tortoise"), board=Board(folder))
    assert again.notes == (f"Your result of an earlier race stays on the board: {card.result.own.best_lap:.2f} s.",)
    other = lesson.race(load_rival("falcon"), name="bob", board=str(folder))
    assert [row.name for row in other.standings.rows] == ["bob", "Zoë"]
    assert other._repr_html_().count("(you)") == 2


def test_a_board_that_fails_does_not_take_the_race_away(lesson, folder, quick):
    card = lesson.race(load_rival("fox"), board=folder / "nowhere")
    assert card.result.own.laps == 3 and card.standings is None
    assert "is missing: make it" in repr(card) and "is missing: make it" in card._repr_html_()
    (folder / "x.json").write_text("{", encoding="utf-8")
    assert "Skipped: x.json" in lesson.race(load_rival("fox"), board=folder)._repr_html_()


def test_a_long_board_shows_its_head_and_you(lesson, folder, quick):
    for number in range(30):
        Board(folder).enter(f"racer {number}", result(row("x", 5.0 + number / 100)))
    card = lesson.race(load_rival("tortoise"), board=folder)
    text = repr(card)
    assert "30 racers" not in text and "31 racers, the first 20" in text
    assert "20.  racer 19" in text and "racer 20" not in text and re.search(r"31\.  Zoë \(you\)", text)


def test_drivers_that_fail_are_shown_in_plain_words(lesson, quick):
    assert "your car left the track on lap 1" in repr(lesson.race(leaves))
    card = lesson.race(broken, name="<script>")
    assert "Your driver was stopped by KeyError: '<b>'. In which line?" in repr(card)
    assert card.replay is None and not {"script", "b>"} & Seen(card._repr_html_()).tags


def test_what_does_not_fit_is_one_sentence(lesson):
    assert repr(lesson.race(...)) == "race: not tried. Put your policy where the three dots are."
    assert repr(lesson.race("camp-1")).startswith("race: not yet. Zoë cannot race with this str: hand in")


class Seen(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)


def test_a_slow_drive_makes_no_large_picture():
    track = Track.load("camp")
    times = np.arange(1500) / 15
    s = 0.15 * times
    points = track.centre.at(s)
    path = np.column_stack(
        [points, np.unwrap(np.arctan2(*np.gradient(points, axis=0).T[::-1])), s * 0 + 0.15, s * 0, s]
    )
    driven = RaceResult("camp", 3, (Row("me", 0, None, None, 30.0, "too slow", 1),), 0, [path])
    assert len(race_card._replay(driven, track).png) < 250_000


def test_names_with_umlauts_can_be_read_in_the_replay():
    track = Track.load("pebble")
    points = track.centre.at(np.linspace(0, 0.5, 6))
    path = np.column_stack([points, np.zeros((6, 4))])
    pictures = {lap_replay(track, [path, path], [name, "fox"]).png for name in ("Zoë", "Zoü", "Zoж")}
    frames = {Image.open(io.BytesIO(png)).convert("RGB").tobytes() for png in pictures}
    assert len(frames) == 3
