"""Examples of driving: what was seen and done in each step, of a recording and of a driver that starts anywhere."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.drivers.examples import NAMES, examples_from, examples_of
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import demonstration, record
from course_lib.sim.track import Track


@pytest.fixture(scope="module")
def camp() -> Track:
    return Track.load("camp")


def test_a_recording_gives_its_own_actions_and_what_was_seen_before_each():
    recording = demonstration("camp-slow")
    seen, done = examples_of(recording)
    assert seen.shape == (len(recording.actions), 24) and seen.dtype == np.float32
    np.testing.assert_allclose(done, recording.actions, atol=1e-6)
    steering = NAMES.index("steering_1")  # the command before the last look
    np.testing.assert_allclose(seen[1:, steering], done[:-1, 0], atol=1e-6)
    assert seen[0, NAMES.index("speed")] == 0


def test_a_recording_that_stops_in_the_middle_of_a_lap_has_no_row_more():
    recording = record(PurePursuit(), max_steps=20)
    assert len(examples_of(recording)[1]) == 20


def test_each_lap_ends_where_it_is_complete(camp):
    alone = [examples_from(PurePursuit(), camp, [start]) for start in ({"s": 0}, {"s": 4, "offset": 0.2})]
    both = examples_from(PurePursuit(), camp, [{"s": 0}, {"s": 4, "offset": 0.2}])
    assert len(both[0]) == len(alone[0][0]) + len(alone[1][0])
    assert np.abs(both[1]).max() <= 1.0
    np.testing.assert_array_equal(both[0][:2], [alone[0][0][0], alone[1][0][0]])
    assert both[0][1, NAMES.index("offset")] == pytest.approx(0.2 / 0.38, abs=0.05)
    np.testing.assert_array_equal(examples_from(PurePursuit(), camp, {"s": 0})[0], alone[0][0])


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ([{"place": 3.0}], "The start {'place': 3.0} must be a dict such as"),
        ([3.0], "The start 3.0 must be a dict"),
        ([], "There is no start: give at least one"),
        ([{"s": float("nan")}], "must be a finite number"),
    ],
)
def test_a_start_that_there_is_not(starts, said, camp):
    with pytest.raises(ValueError, match=said.replace("{", r"\{")):
        examples_from(PurePursuit(), camp, starts)
