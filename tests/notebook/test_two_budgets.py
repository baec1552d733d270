"""The comparison over steps and over seconds: what it draws, and what it tells."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents.judged import Judged
from course_lib.notebook.two_budgets import BudgetTable, over_steps_and_seconds
from course_lib.sim.laps import LapResults


def run(seed: int, steps: int, seconds: float, scores: list[float], times: list[float]) -> Judged:
    lap_times = np.array(times)[:, None]
    off = np.isnan(lap_times[:, 0])
    laps = LapResults("camp", 1, lap_times, off, np.where(off, 50.0, 100.0), np.zeros(len(off)))
    share = np.arange(1, len(scores) + 1) / len(scores)
    rows = [{"steps": steps * k, "seconds": seconds * k, "score": score} for k, score in zip(share, scores)]
    rows.insert(1, {"steps": steps / 2, "seconds": seconds / 2, "score": None})  # a report without a test
    return Judged(seed, None, rows, laps)


QUICK = [run(0, 100, 5.0, [20, 108], [7.0, 8.0]), run(1, 100, 7.0, [10, 104], [9.0, 9.5])]
SHORT = [run(0, 100, 1.0, [5, 30], [np.nan, 6.0]), run(1, 100, 1.0, [5, 20], [np.nan, np.nan])]
LONG = [run(0, 1200, 5.0, [90, 110], [6.0, 6.0]), run(1, 1200, 6.0, [95, 109], [6.0, 6.5])]


def test_a_line_for_each_seed_over_steps_and_over_seconds():
    picture = over_steps_and_seconds({"A": QUICK, "B": SHORT}, {"A": QUICK, "B": LONG})
    steps, seconds = picture.axes
    lines = steps.get_lines()[:4]
    np.testing.assert_array_equal(lines[0].get_xydata(), [[0, 0], [50, 20], [100, 108]])
    np.testing.assert_array_equal(seconds.get_lines()[1].get_xydata(), [[0, 0], [3.5, 10], [7, 104]])
    assert [text.get_text() for text in picture.legends[0].get_texts()] == ["A", "B"]
    assert "over steps, B ends between 20 and 30" in picture.alt
    assert "over seconds, B ends between 109 and 110" in picture.alt


def test_a_label_keeps_its_colour():
    picture = over_steps_and_seconds({"A": QUICK, "B": SHORT}, {"B": LONG})
    assert picture.axes[1].get_lines()[0].get_color() == picture.axes[0].get_lines()[2].get_color()
    with pytest.raises(ValueError, match="nothing to draw"):
        over_steps_and_seconds({}, {})


def test_the_table_has_no_mean_where_laps_are_not_clean():
    table = BudgetTable({"A": QUICK, "B": SHORT})
    told = repr(table)
    assert "2, 2" in told and "7.50, 9.25" in told and "6.0 " in told
    assert "1, 0" in told and "–, –" in told
    assert "for seed 0, 1." in told and "for seed 0, 1." in table._repr_html_()
