"""The track of a log is told by its policy, by the cars' places, or by whoever knows it."""

from __future__ import annotations

import json

import pytest
from driven_by_hand import driven

from course_lib.notebook.log_files import LogError
from course_lib.notebook.log_track import find_track
from course_lib.sim.track import TrackError


def test_a_shipped_track_is_found_by_its_length_and_the_cars_places(tmp_path, load_track):
    for name in ("camp", "thread"):
        assert find_track(tmp_path, [driven(load_track(name), 0, 9.0)]).name == name


def test_the_policy_tells_it(tmp_path, load_track):
    (tmp_path / "policy.json").write_text(json.dumps({"env_kwargs": {"track": "oval"}}), encoding="utf-8")
    assert find_track(tmp_path, [driven(load_track("oval"), 0, 9.0)]).name == "oval"
    assert find_track(tmp_path, [driven(load_track("camp"), 0, 9.0)]).name == "camp"  # a policy of another training
    (tmp_path / "policy.json").write_text('{"env_kwargs": {"track": "/gone/mine.npy"}}', encoding="utf-8")
    assert find_track(tmp_path, [driven(load_track("camp"), 0, 9.0)]).name == "camp"
    (tmp_path / "policy.json").write_text("no JSON", encoding="utf-8")
    assert find_track(tmp_path, [driven(load_track("camp"), 0, 9.0)]).name == "camp"


def test_an_unknown_track_must_be_named(tmp_path, square):
    episodes = [driven(square, 0, 9.0)]
    with pytest.raises(LogError, match=r"a track of 20\.00 m that is none of the shipped ones"):
        find_track(tmp_path, episodes)
    assert find_track(tmp_path, episodes, square) is square


def test_a_wrong_track_is_refused(tmp_path, square, load_track):
    with pytest.raises(LogError, match=r"did not drive on camp, which is 17\.70 m long, but on a track of 20\.00 m"):
        find_track(tmp_path, [driven(square, 0, 9.0)], "camp")
    with pytest.raises(TrackError):
        find_track(tmp_path, [driven(square, 0, 9.0)], "no such track")


def test_a_real_log_is_not_taken_for_a_shipped_track_of_the_same_length(tmp_path, shared, shared_track):
    from course_lib.deepracer.sim_trace import read_trace

    episodes = read_trace(shared / "logs" / "deepracer-console" / "14-iteration.csv")
    with pytest.raises(LogError, match=r"17\.71 m"):
        find_track(tmp_path, episodes)
    with pytest.raises(LogError, match="did not drive on camp"):
        find_track(tmp_path, episodes, "camp")
    assert find_track(tmp_path, episodes, shared_track("reinvent_base")).length == pytest.approx(17.709, abs=0.01)
