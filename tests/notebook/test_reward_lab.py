"""The lab: one look shows what is wrong with a reward and what it pays, with and without somebody to move sliders."""

from __future__ import annotations

import pytest

from course_lib.deepracer.reward_function import RewardFunction
from course_lib.notebook import reward_lab
from course_lib.notebook.reward_lab import look


@pytest.fixture
def shown(monkeypatch):
    """What is displayed."""
    shown = []
    monkeypatch.setattr(reward_lab, "display", shown.append)
    monkeypatch.delenv("COURSE_HEADLESS", raising=False)
    return shown


def test_a_look_shows_the_report_both_pictures_and_the_sliders(shown, camp):
    seen = look("no_zig_zag", camp)
    seen._ipython_display_()
    assert shown == [seen.report, seen.along, seen.map, seen.panel.box]
    assert seen.report.ok and seen.along.totals["centre line"] > 0
    assert seen.map.alt.startswith("Track camp from above") and seen.map.alt in repr(seen)


def test_without_a_front_end_the_still_pictures_stand_alone(shown, monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    seen = look("stay_inside", "oval")
    seen._ipython_display_()
    assert shown == [seen.report, seen.along, seen.map]


def test_the_sliders_redraw_the_map(camp):
    seen = look("no_zig_zag", camp)
    pictures = [seen.panel.shown.value]
    for name, value in (("steering", 20.0), ("heading", -30.0), ("speed", 3.0)):
        seen.panel.controls[name].value = value
        pictures.append(seen.panel.shown.value)
    assert pictures[0] == "" and len(set(pictures)) == 4
    told = "a car at 3 m/s, pointing 30° right of the road, steering 20° left: from 0.08 to 0.8"
    assert told in pictures[-1], "who steers much gets a fifth less"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import nothing_of_the_kind\ndef reward_function(params):\n    return 1.0\n", "line 1: loading it raised"),
        ("def reward(params):\n    return 1.0\n", "defines no function reward_function"),
    ],
)
def test_of_a_function_that_cannot_be_loaded_there_is_the_report(shown, source, said):
    seen = look(RewardFunction(source, "my reward"))
    seen._ipython_display_()
    assert shown == [seen.report] and not seen.report.ok and said in repr(seen)


def test_a_file_that_is_no_python_is_told_with_its_line(shown, tmp_path):
    file = tmp_path / "für alle.py"
    file.write_text("def reward_function(params):\n    return 1.0 +\n", encoding="utf-8")
    seen = look(file)
    seen._ipython_display_()
    assert shown == [seen.report] and "line 2: this is no Python" in repr(seen)
    assert "No reward function is called 'stay_insde'" in repr(look("stay_insde"))
