"""How many laps drivers keep when they are disturbed: counted as `run_laps` does, told with their spread."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.drivers.by_rule import RuleDriver
from course_lib.notebook.robustness import LapsKept, laps_kept, steering_change
from course_lib.sim.disturbances import Disturbances
from course_lib.sim.laps import run_laps

RULE = RuleDriver(lambda see: (2 * see["left_0.8m"], -0.8))
LATE = Disturbances(delay=6)


def test_laps_are_counted_for_each_driver_and_disturbance():
    kept = laps_kept({"rule": RULE, "two": [RULE, RULE]}, {"none": None, "late": LATE}, starts=4)
    late = int(run_laps(RULE, "camp", 4, disturbances=LATE).clean.sum())
    assert kept["rule"] == {"none": [4], "late": [late]} and kept["two"]["none"] == [4, 4]
    assert late < 4
    assert "Clean laps of 4 on camp, by 2 policies each" in repr(kept) and "late" in kept._repr_html_()


def test_the_spread_is_told_where_there_is_one():
    kept = LapsKept({"a": {"1": [16, 16], "2": [3, 16, 8]}}, 16, "camp")
    assert "9 (3 to 16)" in repr(kept) and "16" in repr(kept)


def test_the_picture_needs_numbers_as_names_and_tells_the_means():
    kept = LapsKept({"a": {"0": [16, 14], "2": [3, 5]}, "b": {"0": [16], "2": [12]}}, 16, "camp")
    assert "a 15, 4; b 16, 12" in kept.picture("steps of delay").alt
    with pytest.raises(ValueError, match="named by words"):
        LapsKept({"a": {"late": [16]}}, 16, "camp").picture("delay")


def test_nothing_to_drive_is_told():
    with pytest.raises(ValueError, match="at least one driver"):
        laps_kept({}, {"none": None})


def test_steering_change_is_the_mean_of_all_steps():
    path = np.zeros((5, 6))
    path[1:, 4] = [0, 10, 0, 10]
    assert steering_change([path]) == pytest.approx(10.0)
    assert steering_change([path, np.zeros((5, 6)), np.zeros((2, 6))]) == pytest.approx(5.0)
