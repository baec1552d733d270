"""What a picture says of a place is what the cars did there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from driven_by_hand import driven
from logs_by_hand import raw_episodes

from course_lib.deepracer.sim_trace import write_trace
from course_lib.notebook.log_analysis import Log
from course_lib.notebook.log_places import actions_of, actions_per_turn, decisions_along, exits, reward_map


def test_exits_are_counted_in_each_half(log):
    picture = exits(log)
    first, second = picture.axes
    assert first.get_title() == "episodes 0 to 5: 5 left the road"  # one got stuck
    assert second.get_title() == "episodes 6 to 11: 2 left the road"
    spots = first.collections[0].get_offsets()
    assert spots[0].tolist() == pytest.approx([2.5, -2.5], abs=0.02)  # three cars in turn 1, drawn first
    assert sorted(first.collections[0].get_array()) == [2, 3]
    assert "episodes 0 to 5: 5, most often in turn 1 (3)" in picture.alt


def test_exits_of_a_real_log_are_those_of_its_files(real, shared):
    raw = raw_episodes(shared / "logs" / "deepracer-console")
    off = [rows[-1]["episode_status"] == "off_track" for _, rows in raw]
    counts = [axes.collections[0].get_array().sum() for axes in exits(real).axes]
    assert counts == [sum(off[:60]), sum(off[60:])]


def test_boxes_are_ends_too(tmp_path, square):
    write_trace(tmp_path / "0-iteration.csv", [driven(square, k, 3.0, status="crashed") for k in range(2)])
    assert [axes.get_title() for axes in exits(Log.open(tmp_path, square)).axes] == [
        f"episode {k}: 1 left the road or hit a box" for k in range(2)
    ]


def test_the_reward_map_holds_the_mean_of_each_cell(tmp_path, square):
    write_trace(
        tmp_path / "0-iteration.csv",
        [driven(square, 0, 3.0, reward=1.0), driven(square, 1, 3.0, reward=3.0), driven(square, 2, 6.0, begin=10.05)],
    )
    picture = reward_map(Log.open(tmp_path, square))
    image = picture.axes[0].images[0]
    left, _, bottom, _ = image.get_extent()
    cells = np.ma.filled(image.get_array(), np.nan)
    assert cells[int((-2.5 - bottom) / 0.1), int((1.25 - left) / 0.1)] == pytest.approx(2.0)
    assert set(cells[np.isfinite(cells)]) == {1.0, 2.0}
    assert "most in " in picture.alt and "(2 on average)" in picture.alt


def test_actions_of_a_list_are_named_by_their_commands(log):
    labels, which = actions_of(log)
    assert labels == ["left 30°, 1 m/s", "ahead, 2 m/s", "right 30°, 1 m/s"]
    assert np.bincount(which).tolist() == [(log.steps["action"] == k).sum() for k in range(3)]


def test_actions_per_turn_add_up_to_a_hundred(log):
    picture = actions_per_turn(log)
    shares = np.asarray(picture.axes[0].images[0].get_array())
    assert shares.sum(axis=0) == pytest.approx(1.0)
    late = log.steps.where(log.late())
    for k in range(len(log.sections)):
        here = late["action"][late["section"] == k]
        assert shares[:, k] == pytest.approx([(here == action).mean() for action in range(3)])
    assert [label.get_text() for label in picture.axes[0].get_xticklabels()] == list("S1–2–3–4")


def test_continuous_actions_fall_into_ranges(tmp_path, square):
    episode = driven(square, 0, 5.0)
    steps = len(episode) - 1
    episode.steer[1:] = np.linspace(-30, 30, steps)
    episode.throttle[1:] = np.linspace(1.0, 4.0, steps)
    episode.action = [-1, *zip(episode.steer[1:].tolist(), episode.throttle[1:].tolist())]
    write_trace(tmp_path / "0-iteration.csv", [episode])
    labels, which = actions_of(Log.open(tmp_path, square))
    assert labels[0] == "sharp left, 3.0–4.0 m/s" and labels[-1] == "sharp right, 1.0–2.0 m/s"
    assert which[0] == len(labels) - 1 and which[-1] == 0  # the car turned from right to left, ever faster
    assert sorted(set(which.tolist())) == list(range(len(labels)))


def test_entropy_and_spread_by_a_second_computation(tmp_path, square):
    episodes = [driven(square, k, 5.0, actions=(k % 2,), offset=(-0.1, 0.1)[k % 2]) for k in range(4)]
    write_trace(tmp_path / "0-iteration.csv", [*episodes, driven(square, 9, 4.0, begin=8.0, actions=(2,))])
    entropy, spread, centres = decisions_along(Log.open(tmp_path, square))
    at = {place: int(place / 0.5) for place in (1.25, 9.25, 15.25)}
    assert centres[at[1.25]] == pytest.approx(1.25)
    assert entropy[at[1.25]] == pytest.approx(1.0) and spread[at[1.25]] == pytest.approx(
        0.1, abs=1e-3
    )  # two of equal use
    assert entropy[at[9.25]] == 0.0 and spread[at[9.25]] == pytest.approx(0.0, abs=1e-3)  # always the same
    assert math.isnan(entropy[at[15.25]]) and math.isnan(spread[at[15.25]])  # nobody was there
