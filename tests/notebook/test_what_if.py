"""Another reward for the same laps, and how differently it would have ordered them."""

from __future__ import annotations

import numpy as np
import pytest
from driven_by_hand import driven
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from course_lib.agents.statistics import rank_correlation
from course_lib.deepracer.sim_trace import write_trace
from course_lib.notebook.log_analysis import Log
from course_lib.notebook.picture import to_png
from course_lib.notebook.what_if import what_if


def speed_squared(params):
    return params["speed"] ** 2


def always_three(params):
    return 3.0


def few_steps(params):
    return 10_000 / params["steps"] if params["progress"] >= 100 else 0.001


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=2, max_size=30))
def test_the_rank_correlation_is_spearmans(pairs):
    a, b = np.array(pairs, dtype=float).T
    mine = rank_correlation(a, b)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert np.isnan(mine)
    else:
        assert mine == pytest.approx(spearmanr(a, b).statistic)


def test_totals_are_those_of_the_reward_function(log):
    told = what_if(log, speed_squared)
    assert told.rows.tolist() == list(range(12))
    assert told.paid == pytest.approx(log.episodes["reward"])
    assert told.would == pytest.approx([4.0 * steps if k != 9 else 100 * 4.0 + 100 * 1.0
                                        for k, steps in enumerate(log.episodes["steps"])])  # fmt: skip
    assert told.lap == 9 and told.lap_would.sum() == pytest.approx(500.0)
    assert f"rank correlation {told.correlation:+.2f}" in repr(told)


def test_only_so_many_episodes_are_judged(log):
    assert what_if(log, always_three, episodes=3).rows.tolist() == [0, 6, 11]


def test_a_reward_that_prefers_faster_laps_is_told_from_one_that_pays_for_time(tmp_path, square):
    episodes = [driven(square, k, 20.0, speed=1.0 + 0.1 * k) for k in range(12)]
    write_trace(tmp_path / "0-iteration.csv", episodes + [driven(square, 12 + k, 2.5 + k) for k in range(6)])
    told = what_if(Log.open(tmp_path, square), few_steps)
    assert told.correlation > 0  # both prefer a lap to none
    assert told.among_laps == pytest.approx(-1.0)
    assert "the 12 full laps in quite a different order (-1.00)" in told.sentence
    assert "The log's reward was highest for episode 0 (iteration 0, a lap of 20.00 s)" in told.sentence
    assert "would have paid most for episode 11 (iteration 0, a lap of 9.53 s)" in told.sentence


def test_the_same_reward_agrees_with_itself_on_a_real_log(real):
    told = what_if(real, "follow_the_centre")
    assert told.name == "follow_the_centre" and len(told.rows) == 120
    assert told.correlation > 0.99  # it was trained with the console's own way of following the centre line
    assert "much the same order" in told.sentence


@pytest.mark.parametrize("name", ["log", "real"])
def test_the_picture_shows_both_rewards_and_says_the_sentence(name, request):
    told = what_if(request.getfixturevalue(name), speed_squared)
    picture = told.picture
    along, below, beside = picture.axes
    assert along.lines and beside.lines and sum(len(line.get_xdata()) for line in below.lines) == len(told.rows)
    assert told.sentence in picture.alt and len(to_png(picture)) > 5000


def test_a_reward_that_is_always_the_same_cannot_be_compared(tmp_path, square):
    write_trace(tmp_path / "0-iteration.csv", [driven(square, k, 3.0) for k in range(3)])
    told = what_if(Log.open(tmp_path, square), always_three)
    assert "no orders to compare" in told.sentence
    assert told.picture.axes
