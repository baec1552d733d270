"""A lap cut out of a longer drive."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import record, replay
from course_lib.notebook.driven import last_lap, outcome


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("laps", [1, 2, 3])
def test_the_last_lap_takes_the_time_that_was_recorded(laps, direction, camp):
    drive = record(PurePursuit(), "camp", laps=laps, start={"direction": direction})
    how, seconds = outcome(camp, last_lap(camp, replay(drive)))
    assert how == "finished"
    assert seconds == pytest.approx(drive.lap_times[-1], abs=1e-4)


def test_one_lap_from_the_line_is_kept_whole(camp):
    path = replay(record(PurePursuit(), "camp"))
    assert np.array_equal(last_lap(camp, path), path)


def test_a_drive_that_ends_in_its_second_lap(camp):
    path = replay(record(PurePursuit(), "camp", laps=2))[:170]
    assert last_lap(camp, path)[0, 3] > 0
    assert outcome(camp, last_lap(camp, path))[0] == "stopped"
