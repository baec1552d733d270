"""Every number of the summary is one that can be counted."""

from __future__ import annotations

import pytest
from logs_by_hand import raw_episodes, small_training

from course_lib.notebook.log_analysis import Log
from course_lib.notebook.log_summary import summary


def test_a_small_training_in_words(log):
    said = summary(log)
    assert said[0].startswith("12 episodes in 4 iterations on square (20.0 m): ")
    assert f"{log.steps.count:,} steps" in said[0]
    assert said[1] == (
        "The first full lap came in iteration 2 (episode 7). 4 of 12 episodes were full laps, and 3 of 3 in the last "
        "iteration."
    )
    assert said[2] == "The fastest lap took 13.33 s (iteration 3, 1.50 m/s on average)."
    assert said[3].startswith("From iteration 0 to 3 the mean reward went from 37.5 to 210.0")
    assert said[4] == (
        "7 of 12 cars left the road, most often in turn 2 (4). In the second half of the training 2 did, most often in "
        "turn 2 (2). Of the others that drove no full lap, 1 got stuck."
    )
    assert said[5].startswith("Who came farther earned more (rank correlation of reward and completion +0.9")
    assert said[6] == "In the last quarter of the iterations the action used most was ahead, 2 m/s (84 % of the steps)."
    assert said[7] == (
        "In the last evaluation 1 of 2 trials was a full lap, in 10.00 s; the trials came 90 % of the way on average."
    )


def test_without_a_lap(tmp_path, square):
    folder = small_training(tmp_path, square)
    said = summary(Log.open([folder.training_trace_path(k) for k in (0, 1)], square))
    assert said[1] == "No car completed a lap. The farthest came 60 % of the way, in iteration 1."
    assert not any("fastest" in sentence or "evaluation" in sentence for sentence in said)


def test_a_real_log_in_words(real, shared):
    raw = raw_episodes(shared / "logs" / "deepracer-console")
    whole = next(k for k, (_, rows) in enumerate(raw) if float(rows[-1]["progress"]) >= 100)
    iteration, rows = raw[whole]
    seconds = float(rows[-1]["tstamp"]) - float(rows[0]["tstamp"])
    steps = sum(len(rows) - 1 for _, rows in raw)
    off = sum(rows[-1]["episode_status"] == "off_track" for _, rows in raw)
    said = " ".join(summary(real))
    assert f"{len(raw)} episodes in 6 iterations on reinvent_base (17.7 m): {steps:,} steps" in said
    assert f"The first full lap came in iteration {iteration} (episode {rows[0]['episode']}). 1 of 120 " in said
    assert "1 of 120 episodes was a full lap, and 1 of 20 in the last iteration." in said
    assert f"The fastest lap took {seconds:.2f} s" in said
    assert f"{off} of 120 cars left the road" in said


@pytest.mark.parametrize("name", ["log", "real"])
def test_sentences_are_sentences(name, request):
    for sentence in summary(request.getfixturevalue(name)):
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".") and "nan" not in sentence and "  " not in sentence
