"""The training view, without a browser: what it sends, keeps and shows afterwards."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from course_lib.agents import make_envs, ppo
from course_lib.agents.training import Update
from course_lib.notebook.live import MOST_AGES, LiveView, growing_up, watch
from course_lib.notebook.replay import lap_replay

UPDATE = 32 * 16  # environment steps


@pytest.fixture
def envs():
    envs = make_envs("FirstLap/Race-v0", 32, track="camp", laps=20)
    yield envs
    envs.close()


@pytest.fixture(scope="module")
def trained():
    envs = make_envs("FirstLap/Race-v0", 128, track="camp", laps=20)
    view = LiveView(envs)
    result = ppo.train(envs, ppo.Config(steps=120_000), seed=0, on_update=view)
    return view, result


def test_what_is_sent_is_plain_data_and_holds_the_newest(trained):
    view, result = trained
    view._send()
    state = json.loads(json.dumps(view.canvas.state))
    assert state["steps"] == result.history[-1]["steps"]
    (curve,) = state["curves"]
    assert curve["name"] == "mean reward per step"
    assert curve["points"][-1] == [state["steps"], round(result.history[-1]["reward"], 4)]


def test_the_view_changes_nothing_of_the_training(envs):
    config = ppo.Config(steps=4 * UPDATE)
    plain = ppo.train(envs, config, seed=3).policy
    watched = ppo.train(envs, config, seed=3, on_update=LiveView(envs)).policy
    for name, value in plain.network.state_dict().items():
        assert (value == watched.network.state_dict()[name]).all(), name


def test_cars_drive_on_from_picture_to_picture(envs):
    sent = []
    view = LiveView(envs, cars=4)
    view.canvas.observe(lambda change: sent.append(change["new"]), "state")
    # A browser that draws a picture a second: then every update is sent with some of them.
    ppo.train(envs, ppo.Config(steps=8 * UPDATE), seed=0, on_update=lambda update: _paced(view, update))
    frames = [frame for state in sent for frame in state["frames"]]
    assert len(sent) == 8 and len(frames) >= 8
    assert {np.shape(frame) for frame in frames} == {(4, 5)}
    places = np.array(frames)[:, :, :2]
    assert (np.abs(np.diff(places, axis=0)).max(axis=(0, 2)) > 0).all()  # every car moved
    assert envs.unwrapped.race.world.track.contains(*places[0].T).all()


def _paced(view, update):
    view._sent = time.monotonic() - 0.1
    view(update)


def test_ages_run_from_the_first_update_to_the_last(trained):
    view, result = trained
    ages = view.ages()
    assert len(ages) == 8
    assert ages[0][0] == 2048 and ages[-1][0] == result.history[-1]["steps"]
    assert [steps for steps, _ in ages] == sorted({steps for steps, _ in ages})
    weights = [policy.network.state_dict()["actor.0.weight"] for _, policy in ages]
    assert all((a != b).any() for a, b in zip(weights, weights[1:]))  # copies, not eight times the last


def test_growing_up_begins_off_the_road_and_ends_with_a_lap(trained):
    view, _ = trained
    laps = view.growing_up()
    paths = list(laps.values())
    assert list(laps)[0] == "2,048 steps" and len(laps) == 8
    assert all((path[0, :2] == paths[0][0, :2]).all() for path in paths)  # all start together
    picture = lap_replay(view.track, laps.values(), laps.keys())
    assert "2,048 steps: left the road" in picture.alt
    assert f"{list(laps)[-1]}: finished" in picture.alt


def test_a_long_training_keeps_a_bounded_number_of_ages(envs):
    view = LiveView(envs)
    policy = ppo.train(envs, ppo.Config(steps=UPDATE)).policy
    for k in range(1, 5 * MOST_AGES):
        view(Update(k, 0.0, {"reward": 0.0}, policy))
    steps = [steps for steps, _ in view.ages(8)]
    assert len(view._ages) <= MOST_AGES
    assert 6 <= len(steps) <= 8 and steps[0] == 1 and steps[-1] > 4.9 * MOST_AGES


def test_slow_waits_for_the_eyes_but_not_where_nobody_looks(envs, monkeypatch):
    naps = []
    monkeypatch.setattr("course_lib.notebook.live.time.sleep", naps.append)
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    ppo.train(envs, ppo.Config(steps=2 * UPDATE), on_update=LiveView(envs, slow=True))
    assert naps == []
    monkeypatch.delenv("COURSE_HEADLESS")
    view = LiveView(envs, slow=True)
    ppo.train(envs, ppo.Config(steps=2 * UPDATE), on_update=view)
    assert naps == [0.5, 0.5]
    assert len(view.canvas.state["frames"]) == 15


def test_other_environments_have_a_curve_and_no_cars():
    envs = make_envs("CartPole-v1", 4)
    view = LiveView(envs)
    ppo.train(envs, ppo.Config(steps=3 * 64), on_update=view)
    assert view.canvas.track is None and view.canvas.state["frames"] == []
    with pytest.raises(ValueError, match="no track"):
        view.growing_up()
    envs.close()


def test_nothing_was_trained_yet(envs):
    with pytest.raises(ValueError, match="Nothing was trained yet"):
        LiveView(envs).ages()


def test_watch_displays_the_canvas_with_a_steady_text(envs, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    view = watch(envs)
    assert shown == [view.canvas]
    assert repr(view.canvas) == "The training is shown here while it runs."


def test_policies_of_any_kind_grow_up(trained):
    view, result = trained
    laps = growing_up([(1, result.policy)], "camp")
    assert list(laps) == ["1 steps"]
