"""Turns are where a person would see them, and with the straights they are the whole lap."""

from __future__ import annotations

import numpy as np
import pytest
from public_tracks import LENGTHS

from course_lib.notebook.turns import section_at, sections, turns_map
from course_lib.sim.track import track_names


def test_a_square_has_four_turns_and_four_straights(square):
    parts = sections(square)
    assert [part.name for part in parts] == [
        "start straight", "turn 1", "straight 1", "turn 2", "straight 2", "turn 3", "straight 3", "turn 4",
    ]  # fmt: skip
    for part, corner in zip(parts[1::2], (2.5, 7.5, 12.5, 17.5)):
        assert (part.begin + part.end) / 2 == pytest.approx(corner, abs=0.05)
        assert part.angle == pytest.approx(90, abs=1)
    assert parts[0].begin > parts[0].end  # the start line lies on it


def test_a_circle_is_one_turn(circle):
    (part,) = sections(circle)
    assert (part.name, part.begin, part.end) == ("turn 1", 0.0, circle.length)
    assert part.angle == pytest.approx(360)


def test_the_other_way_round_the_same_turns_are_right_ones(square):
    angles = [part.angle for part in sections(square.reversed()) if part.turn]
    assert angles == pytest.approx([-90] * 4, abs=1)


def whole_lap(track) -> None:
    parts = sections(track)
    for part, following in zip(parts, parts[1:] + parts[:1]):
        assert part.end % track.length == pytest.approx(following.begin % track.length)
    total = sum((part.end - part.begin) % track.length or track.length for part in parts)
    assert total == pytest.approx(track.length)
    assert sum(part.angle for part in parts) == pytest.approx(360 if track.ccw else -360)
    turns = [part for part in parts if part.turn]
    assert [part.turn for part in turns] == list(range(1, len(turns) + 1))
    assert all(abs(part.angle) >= 20 for part in turns)
    s = np.linspace(0, track.length, 500, endpoint=False)
    for place, index in zip(s, section_at(parts, s)):
        begin, end = parts[index].begin, parts[index].end
        assert begin <= place < end or (begin > end and (place >= begin or place < end))


@pytest.mark.parametrize("name", track_names())
def test_sections_of_shipped_tracks_are_the_whole_lap(load_track, name):
    whole_lap(load_track(name))


@pytest.mark.parametrize("name", LENGTHS)
def test_sections_of_public_tracks_are_the_whole_lap(shared_track, name):
    whole_lap(shared_track(name))


def test_the_map_names_the_turns(square):
    picture = turns_map(square)
    assert "turn 4 left by 90°" in picture.alt
    assert [text.get_text() for text in picture.axes[0].texts] == ["1", "2", "3", "4"]
