"""The tables of a log, counted by hand, and of a real log, counted a second time from its files."""

from __future__ import annotations

import math

import numpy as np
import pytest
from logs_by_hand import EVALUATION, raw_episodes, small_training

from course_lib.notebook.log_analysis import Log, LogError, Table, driven_speed
from course_lib.sim.vehicle import DT


def test_a_row_per_episode(log):
    table = log.episodes
    assert table["iteration"].tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert table["episode"].tolist() == list(range(12))
    assert table["steps"][:3].tolist() == [25, 25, 75]  # 2.5 m at 1.5 m/s, 15 steps a second
    assert table["seconds"][:3] == pytest.approx([25 * DT, 25 * DT, 5.0])
    assert table["reward"][:3] == pytest.approx([25.0, 12.5, 75.0])
    assert table["progress"][:3] == pytest.approx([12.5, 12.5, 37.5])
    assert np.flatnonzero(table["complete"]).tolist() == [7, 9, 10, 11]
    assert table["status"][[0, 5, 7]].tolist() == ["off_track", "immobilized", "lap_complete"]
    assert table["mean_speed"][[0, 7]] == pytest.approx([1.5, 1.4], abs=0.01)
    assert [log.sections[k].name for k in table["section"][:3]] == ["turn 1", "turn 1", "turn 2"]
    assert (table["end_x"][0], table["end_y"][0]) == pytest.approx((2.5, -2.5), abs=1e-3)


def test_a_row_per_iteration(log):
    table = log.iterations
    assert table["iteration"].tolist() == [0, 1, 2, 3] and table["episodes"].tolist() == [3] * 4
    assert table["complete"].tolist() == [0, 0, 1, 3] and table["left_road"].tolist() == [3, 2, 2, 0]
    assert table["reward"][0] == pytest.approx((25 + 12.5 + 75) / 3)
    assert (table["progress_low"][0], table["progress_high"][0]) == pytest.approx((12.5, 25.0))
    laps = [200 * DT, 215 * DT]
    assert table["best_lap"] == pytest.approx([math.nan, math.nan, laps[1], laps[0]], nan_ok=True)
    assert table["mean_lap"][3] == pytest.approx((laps[0] + 2 * laps[1]) / 3)
    assert table["lap_spread"] == pytest.approx([math.nan] * 3 + [np.std([laps[0], laps[1], laps[1]])], nan_ok=True)
    assert table["evaluation"] == pytest.approx([math.nan, 60.0, math.nan, 100.0], nan_ok=True)


def test_a_row_per_trial_of_the_evaluation(log):
    table = log.evaluations
    assert table["evaluation"].tolist() == [EVALUATION] * 2
    assert table["complete"].tolist() == [True, False]
    assert table["progress"] == pytest.approx([100.0, 80.0])


def test_a_row_per_step(log):
    steps = log.steps
    assert steps.count == log.episodes["steps"].sum()
    first = steps.where(steps["index"] == 0)
    assert first["s"] == pytest.approx(0.1 * np.arange(1, 26), abs=1e-3) and np.abs(first["offset"]).max() < 1e-3
    assert first["speed"] == pytest.approx(1.5, abs=0.01) and set(first["throttle"]) == {2.0}
    last = steps["action"][steps["index"] == 9]
    assert [(last == k).sum() for k in range(3)] == [50, 100, 50]
    assert set(log.episodes["iteration"][steps["index"][log.late()]]) == {3}


def test_the_best_are_the_fastest_laps_or_else_the_farthest(log, tmp_path, square):
    assert log.best(2) == [9, 7]
    folder = small_training(tmp_path, square)
    early = Log.open([folder.training_trace_path(k) for k in (0, 1)], square)
    assert early.best(2) == [5, 2]


def test_speed_is_told_from_positions_and_is_0_where_no_time_passed(log):
    episode = log.driven[0]
    assert driven_speed(episode)[0] == 0.0
    episode.tstamp[:] = 1.0
    assert driven_speed(episode).tolist() == [0.0] * len(episode)


def test_a_log_names_itself_and_shows_its_tables(log, tmp_path):
    assert repr(log) == "Log('square', 4 iterations, 12 episodes, 4 complete laps)"
    table = Table(name=np.array(["<b>", "ü"]), value=np.array([1.0, 2.5]))
    assert table.rows() == [{"name": "<b>", "value": 1.0}, {"name": "ü", "value": 2.5}]
    assert "<td>&lt;b&gt;</td><td>1.00</td>" in table._repr_html_()
    assert "20 of 30 rows" in Table(value=np.arange(30))._repr_html_()
    with pytest.raises(LogError):
        Log.open(tmp_path / "nowhere")


def test_a_trained_model_as_it_comes_out_of_the_training(tmp_path):
    pytest.importorskip("torch")
    from course_lib.console.training import Job, train
    from course_lib.deepracer.hyperparameters import Hyperparameters

    trained = train(Job(hyperparameters=Hyperparameters(num_episodes_between_training=5), steps=60), tmp_path)
    opened = Log.open(trained)
    assert opened.track.name == "camp" and set(opened.iterations["episodes"]) == {5}
    assert opened.evaluations.count == 5 and np.isfinite(opened.iterations["evaluation"][0])


# The real log


def test_a_real_log_as_its_files_say(real, shared):
    raw = raw_episodes(shared / "logs" / "deepracer-console")
    table = real.episodes
    assert table["iteration"].tolist() == [iteration for iteration, _ in raw]
    assert table["episode"].tolist() == [int(rows[0]["episode"]) for _, rows in raw]
    assert table["steps"].tolist() == [len(rows) - 1 for _, rows in raw]
    assert table["status"].tolist() == [rows[-1]["episode_status"] for _, rows in raw]
    assert table["reward"] == pytest.approx([sum(float(row["reward"]) for row in rows) for _, rows in raw])
    assert table["progress"] == pytest.approx([max(float(row["progress"]) for row in rows) for _, rows in raw])
    assert table["seconds"] == pytest.approx([float(rows[-1]["tstamp"]) - float(rows[0]["tstamp"]) for _, rows in raw])
    assert table["complete"].sum() == sum("lap_complete" in rows[-1]["episode_status"] for _, rows in raw) == 1
    assert real.iterations["left_road"].sum() == sum(rows[-1]["episode_status"] == "off_track" for _, rows in raw)
    assert real.iterations["iteration"].tolist() == [14, 15, 16, 17, 18, 19]
    assert real.steps["reward"].sum() == pytest.approx(table["reward"].sum())


def test_real_cars_drive_somewhat_slower_than_they_are_told(real):
    steps = real.steps
    assert 0.8 < steps["speed"].mean() / steps["throttle"].mean() < 1.1
