"""What actions mean in degrees and m/s, and which ones are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course_lib.sim.actions import ActionError, Actions

LIST = [
    {"steering_angle": -30, "speed": 0.6},
    {"steering_angle": 0, "speed": 2.5},
    {"steering_angle": 30.0, "speed": 1},
]


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def metadata(tmp_path):
    """A function that writes a model_metadata.json with the given action space and gives its path."""
    return lambda action_space: write(
        tmp_path / "model_metadata ü.json",
        {
            "action_space": action_space,
            "sensor": ["FRONT_FACING_CAMERA"],
            "neural_network": "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW",
            "training_algorithm": "clipped_ppo",
            "action_space_type": "discrete",
            "version": "5",
        },
    )


# Continuous


def test_a_box_by_default():
    actions = Actions()
    assert actions.space == spaces.Box(-1.0, 1.0, (2,), np.float32) and actions.table is None
    commands = actions.decode(np.array([(1, 1), (-1, -1), (0, 0), (0.5, 0.5)], np.float32), 4)
    np.testing.assert_allclose(commands, [(30, 4), (-30, 0.5), (0, 2.25), (15, 3.125)], rtol=1e-6)
    assert commands.dtype == np.float64


def test_speed_range():
    np.testing.assert_allclose(
        Actions(speed_range=(1, 2)).decode(np.array([(0, -1), (0, 1), (0, 0)]), 3)[:, 1], [1, 2, 1.5]
    )
    np.testing.assert_allclose(Actions(speed_range=(0, 3)).decode(np.array([(0, -1.0)]), 1), [(0, 0)])


def test_actions_beyond_the_box_are_clipped():
    np.testing.assert_allclose(Actions().decode([[7, -7], [-1.5, 1e30]], 2), [(30, 0.5), (-30, 4)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_numbers_are_clipped_too(dtype):
    most = np.finfo(dtype).max
    np.testing.assert_allclose(Actions().decode(np.full((2, 2), most, dtype), 2), [(30, 4), (30, 4)])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(hnp.arrays(np.float64, (3, 2), elements=st.floats(-1, 1)))
def test_encode_undoes_decode(unit):
    actions = Actions(speed_range=(0.5, 3))
    np.testing.assert_allclose(actions.encode(actions.decode(unit, 3)), unit, atol=1e-12)


def test_describe_gives_what_actions_takes():
    for actions in (
        Actions(),
        Actions(LIST),
        Actions({"steering_angle": {"low": -20, "high": 25}, "speed": {"low": 1, "high": 2}}),
    ):
        plain = json.loads(json.dumps(actions.describe()))
        again = Actions(plain)
        assert again.space == actions.space and again.describe() == plain
        commands = np.array([(1.0, -1.0), (0.3, 0.7)])
        np.testing.assert_array_equal(again.decode(commands, 2), actions.decode(commands, 2))
    assert Actions(LIST).describe() == LIST


def test_encode_gives_the_nearest_command():
    np.testing.assert_allclose(Actions().encode(np.array([(60, 9), (-60, 0)])), [(1, 1), (-1, -1)])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_that_are_not_finite(bad, dtype):
    actions = np.zeros((3, 2), dtype)
    actions[1, 1] = bad
    with pytest.raises(ActionError, match=r"action of car 1 is \[ *0\. +-?(nan|inf)\]: .* finite") as caught:
        Actions().decode(actions, 3)
    assert "\n" not in str(caught.value)


def test_two_infinities_of_opposite_sign():
    with pytest.raises(ActionError, match="action of car 0 .* finite"):
        Actions().decode(np.array([[np.inf, -np.inf], [0, 0]]), 2)


WRONG_SHAPES = [
    np.zeros(2),
    np.zeros((2, 3)),
    np.zeros((3, 2)),
    np.zeros((2, 2, 1)),
    np.float32(0),
    0,
    None,
    "left",
    np.zeros((2, 2), bool),
    [[None, None], [0, 0]],
    np.zeros((2, 2), complex),
    np.array([0, 1]),
    [],
]


@pytest.mark.parametrize("wrong", WRONG_SHAPES, ids=lambda wrong: repr(wrong).replace("\n", ""))
def test_actions_of_the_wrong_shape_or_type(wrong):
    with pytest.raises(ActionError, match=r"have the shape \(.*\(2, 2\) numbers in \[-1, 1\] are needed"):
        Actions().decode(wrong, 2)


def test_a_ragged_list():
    with pytest.raises(ActionError):
        Actions().decode([[0.0], [0.0, 1.0]], 2)


@pytest.mark.parametrize(
    "speed_range", [(4, 0.5), (2, 2), (-1, 2), (np.nan, 4), (0.5, np.nan), (0.5, np.inf), (0.5,), "ab", None, 3]
)
def test_speed_ranges_that_are_none(speed_range):
    with pytest.raises(ActionError, match="speed_range"):
        Actions(speed_range=speed_range)


# Discrete


def test_a_list_in_its_order():
    actions = Actions(LIST)
    assert actions.space == spaces.Discrete(3)
    np.testing.assert_array_equal(actions.table, [(-30, 0.6), (0, 2.5), (30, 1)])
    np.testing.assert_array_equal(actions.decode(np.array([2, 0, 0, 1]), 4), actions.table[[2, 0, 0, 1]])
    np.testing.assert_array_equal(actions.decode([np.int64(1)], 1), [(0, 2.5)])


def test_a_list_takes_numbers_of_a_hand_written_driver_too():
    np.testing.assert_allclose(Actions(LIST).decode(np.array([(1.0, -1.0)]), 1), [(30, 0.5)])


@pytest.mark.parametrize("bad", [-1, 3, 1000])
def test_an_index_outside_the_list(bad):
    with pytest.raises(ActionError, match=rf"car 1 is {bad}: the list has the actions 0 to 2"):
        Actions(LIST).decode(np.array([0, bad]), 2)


@pytest.mark.parametrize(
    "wrong", [np.zeros(2), np.zeros((1, 2), int)[0, 0], np.zeros((2, 1), int), np.array([True, False])]
)
def test_discrete_actions_of_the_wrong_shape_or_type(wrong):
    with pytest.raises(ActionError, match=r"\(2, 2\) numbers in \[-1, 1\], or \(2,\) whole numbers are needed"):
        Actions(LIST).decode(wrong, 2)


BAD_ENTRIES = [
    {"steering_angle": 3},
    {"speed": 1},
    {},
    None,
    7,
    "left",
    {"steering_angle": "left", "speed": 1},
    {"steering_angle": 0, "speed": None},
    {"steering_angle": np.nan, "speed": 1},
    {"steering_angle": 0, "speed": np.inf},
    {"steering_angle": 0, "speed": -1},
    [0, 1],
]


@pytest.mark.parametrize("entry", BAD_ENTRIES, ids=str)
def test_bad_entries_are_named(entry, metadata):
    with pytest.raises(ActionError, match="Entry 1 of the action space is"):
        Actions([LIST[0], entry])
    with pytest.raises(ActionError, match="Entry 1 of the action space is"):
        Actions(metadata([LIST[0], entry]))


@pytest.mark.parametrize("empty", [[], ()])
def test_an_empty_list(empty):
    with pytest.raises(ActionError, match="action space is empty"):
        Actions(empty)


@pytest.mark.parametrize("wrong", [5, 1.5, True])
def test_something_else(wrong):
    with pytest.raises(ActionError, match="action space"):
        Actions(wrong)


# model_metadata.json


def test_discrete_metadata(metadata):
    for path in (metadata(LIST), str(metadata(LIST))):
        np.testing.assert_array_equal(Actions(path).table, Actions(LIST).table)


def test_old_metadata_with_an_index_and_text(metadata):
    old = [{"steering_angle": "-30", "speed": "0.6", "index": 0}, {"steering_angle": "15.5", "speed": "1", "index": 1}]
    np.testing.assert_array_equal(Actions(metadata(old)).table, [(-30, 0.6), (15.5, 1)])


@pytest.mark.parametrize("kind", [float, str])
def test_continuous_metadata(kind, metadata):
    ranges = {"steering_angle": {"low": kind(-20), "high": kind(25)}, "speed": {"low": kind(1), "high": kind(2)}}
    actions = Actions(metadata(ranges), speed_range=(0.5, 4))
    assert actions.space == spaces.Box(-1.0, 1.0, (2,), np.float32)
    np.testing.assert_allclose(actions.decode(np.array([(-1, -1), (1, 1), (0, 0)]), 3), [(-20, 1), (25, 2), (2.5, 1.5)])
    assert actions.speed_range == (1, 2)


GOOD = {"low": 1, "high": 2}
BAD_RANGES = {
    "no speed": ({"steering_angle": GOOD}, "speed"),
    "no high": ({"steering_angle": GOOD, "speed": {"low": 1}}, "speed"),
    "a number": ({"steering_angle": GOOD, "speed": 3}, "speed"),
    "text": ({"steering_angle": GOOD, "speed": {"low": "slow", "high": "fast"}}, "speed"),
    "falling": ({"steering_angle": {"low": 30, "high": -30}, "speed": GOOD}, "steering_angle.*it must rise"),
    "nan": ({"steering_angle": {"low": float("nan"), "high": 30}, "speed": GOOD}, "steering_angle"),
    "infinite": ({"steering_angle": {"low": -30, "high": 30}, "speed": {"low": 1, "high": float("inf")}}, "speed"),
    "negative": ({"steering_angle": {"low": -30, "high": 30}, "speed": {"low": -1, "high": 2}}, "speed"),
}


@pytest.mark.parametrize("what", BAD_RANGES)
def test_bad_continuous_metadata(what, metadata):
    ranges, pattern = BAD_RANGES[what]
    with pytest.raises(ActionError, match=pattern):
        Actions(metadata(ranges))


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        (
            '{"action_space": [\n  {"steering_angle": 30 "speed": 1}\n]}',
            r"model_metadata\.json, line 2: this is not JSON",
        ),
        ("", r"model_metadata\.json, line 1: this is not JSON"),
        ('{"version": "5"}', r'model_metadata\.json has no "action_space"'),
        ("[1, 2]", r'model_metadata\.json has no "action_space"'),
        ("3", r'model_metadata\.json has no "action_space"'),
        ('{"action_space": null}', "action.space"),
        ('{"action_space": 3}', "action.space"),
        ('{"action_space": "discrete"}', "action.space"),
    ],
    ids=["broken", "empty", "no action space", "a list", "a number", "null", "3", "text"],
)
def test_bad_metadata_files(content, pattern, tmp_path):
    with pytest.raises(ActionError, match=pattern) as caught:
        Actions(write(tmp_path / "model_metadata.json", content))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf_8(tmp_path):
    path = tmp_path / "model_metadata.json"
    path.write_bytes('{"action_space": "ü"}'.encode("latin-1"))
    with pytest.raises(ActionError, match=r"model_metadata\.json"):
        Actions(path)


def test_missing_files_and_folders(tmp_path):
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(ActionError, match="cannot be read") as caught:
            Actions(path)
        assert str(path) in str(caught.value)
