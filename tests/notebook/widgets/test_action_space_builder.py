"""The builder's sliders make the action space that they say."""

from __future__ import annotations

from course_lib.notebook.widgets import action_space_builder as module
from course_lib.notebook.widgets.action_space_builder import CONTINUOUS, ActionSpaceBuilder


def test_sliders_make_the_space_and_its_picture():
    builder = ActionSpaceBuilder(angles=3)
    assert len(builder.actions) == 6 and builder.panel.shown.value == ""
    builder.panel.controls["angles"].value = 5
    builder.panel.controls["top_speed"].value = 3.0
    builder.panel.controls["levels"].value = 3
    assert len(builder.metadata.action_space) == 15 and builder.actions[-1] == {"steering_angle": 30.0, "speed": 3.0}
    assert "15 actions" in builder.panel.shown.value and "data:image/png" in builder.panel.shown.value
    builder.panel.controls["kind"].value = CONTINUOUS
    assert builder.space.continuous and builder.actions["speed"] == {"low": 0.5, "high": 3.0}
    assert "A continuous action space" in builder.panel.shown.value


def test_a_space_that_cannot_be_is_told():
    builder = ActionSpaceBuilder(top_speed=2.0)
    builder.panel.controls["slowest"].value = 3.0
    builder.panel.controls["kind"].value = CONTINUOUS
    assert "low must be below high" in builder.panel.shown.value


def test_what_is_shown_stays_without_the_sliders(monkeypatch):
    shown = []
    monkeypatch.setattr(module, "display", shown.append)
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    builder = ActionSpaceBuilder()
    builder._ipython_display_()
    assert shown == [builder.space]
    monkeypatch.delenv("COURSE_HEADLESS")
    builder._ipython_display_()
    assert shown[2] is builder.panel.box
