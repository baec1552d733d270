"""The action space builder: angles times speeds, as the console listed them."""

from __future__ import annotations

import pytest

from course_lib.deepracer.model_metadata import ModelMetadata, ModelMetadataError
from course_lib.notebook.action_spaces import action_space, continuous_action_space
from course_lib.notebook.picture import to_png
from course_lib.sim.actions import Actions


def test_five_angles_and_three_speeds_are_fifteen_actions():
    space = action_space(30, angles=5, speeds=3.0, levels=3)
    assert len(space) == len(space.actions) == 15
    assert [action["steering_angle"] for action in space.actions[::3]] == [-30.0, -15.0, 0.0, 15.0, 30.0]
    assert [action["speed"] for action in space.actions[:3]] == [1.0, 2.0, 3.0]
    assert isinstance(space.metadata, ModelMetadata) and space.metadata.action_space_type == "discrete"
    assert Actions(space.actions).space.n == 15


def test_the_defaults_and_a_lopsided_one():
    assert action_space().actions[0] == {"steering_angle": -30.0, "speed": 1.0} and len(action_space()) == 10
    lopsided = action_space((-10, 30), angles=3, speeds=(0.5, 1.0, 4.0))
    assert [action["steering_angle"] for action in lopsided.actions[::3]] == [-10.0, 10.0, 30.0]
    assert action_space(angles=1, speeds=2.0, levels=1).actions == [{"steering_angle": 0.0, "speed": 2.0}]


def test_the_table_tells_the_number_of_each_action():
    told = repr(action_space(30, 3, (1.0, 2.0))).splitlines()
    assert told[0] == "6 actions: the number of each, by its steering and speed"
    assert told[2].split() == ["30°", "left", "4", "5"] and told[4].split() == ["30°", "right", "0", "1"]
    page = action_space(30, 3, (1.0, 2.0))._repr_html_()
    assert page.count("<tr>") == 4 and '<th scope="row"' in page and "<script" not in page


def test_the_fan_has_an_arrow_per_action():
    space = action_space(30, 5, 3.0, 3)
    arrows = [note for note in space.picture.axes[0].texts if getattr(note, "arrow_patch", None) is not None]
    assert len(arrows) == 15
    assert any(arrow.xy == pytest.approx((-1.5, 3.0 * 3**0.5 / 2)) for arrow in arrows), "30° left at 3 m/s"
    assert space.picture.alt == (
        "A fan from a car, seen from above: 15 arrows, 5 steering angles from 30° right to 30° left, "
        "3 speeds up to 3 m/s."
    )
    assert to_png(space.picture)


def test_a_continuous_one():
    space = continuous_action_space(20, (0.5, 3.0))
    assert space.continuous and space.metadata.action_space_type == "continuous"
    assert space.actions == {"steering_angle": {"low": -20.0, "high": 20.0}, "speed": {"low": 0.5, "high": 3.0}}
    assert "every steering angle from 20° right to 20° left at every speed from 0.5 to 3 m/s" in space.picture.alt
    assert to_png(space.picture) and "0.5 m/s" in repr(space)
    with pytest.raises(TypeError, match="no number of actions"):
        len(space)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: action_space(40), "steering is 40: give the largest angle from 0 to 30 degrees"),
        (lambda: action_space("left"), "steering is 'left'"),
        (lambda: action_space(angles=0), "angles is 0: it must be a whole number from 1"),
        (lambda: action_space(speeds=3.0, levels=1.5), "levels is 1.5"),
        (lambda: action_space(speeds=9.0), "has the speed 4.5: it must be a number from 0.1 to 4 m/s"),
        (lambda: action_space(speeds=("fast",)), "has the speed 'fast'"),
        (lambda: action_space(speeds=[]), "action_space is empty"),
        (lambda: action_space(angles=30, speeds=3.0, levels=9), "270 actions"),
        (lambda: continuous_action_space(speeds=3), "speeds is 3: give the slowest and the fastest"),
        (lambda: continuous_action_space(speeds=(3, 1)), "low must be below high"),
        (lambda: continuous_action_space(0), "low must be below high"),
    ],
)
def test_what_no_car_can_do(make, said):
    with pytest.raises(ModelMetadataError, match=said):
        make()
