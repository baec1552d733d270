"""A comparison of rewards: its table, its replay, and what it says of those that failed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from course_lib.console.many import Run
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import START_LINE
from course_lib.notebook.action_spaces import action_space
from course_lib.notebook.hyperparameter_table import hyperparameters
from course_lib.notebook.picture import to_png
from course_lib.notebook.reward_races import Comparison, compare, median, try_out
from course_lib.sim.laps import run_laps
from course_lib.sim.track import TrackError

FAILING = RewardFunction("def reward_function(params):\n    return params['speeed']\n")


def driven(label: str, seed: int, speed: float, held_out: bool = False) -> Run:
    """A run whose driver needs no training."""
    driver = PurePursuit(speed)
    laps = run_laps(driver, "oval", record=True)
    lap = run_laps(driver, "oval", starts=1, record=True, start=START_LINE).paths[0]
    history = [{"steps": 100 * k, "seconds": k, "score": 50.0 * k, "reward": 1.0} for k in (1, 2)]
    return Run(label, seed, driver, history, laps, run_laps(driver, "camp") if held_out else None, lap)


@pytest.fixture(scope="module")
def three_seeds():
    runs = [driven("fast", seed, speed, True) for seed, speed in enumerate((1.5, 2.5, 2.0))]
    runs += [Run("slow & <safe>", seed, error="slow: it broke.") for seed in (0, 1)]
    return Comparison([*runs, driven("slow & <safe>", 2, 1.0, True)], "oval", "camp", "Trained for 9 steps")


def test_a_row_adds_up_all_starts_of_all_seeds(three_seeds):
    fast, slow = three_seeds.rows
    laps = [run.results for run in three_seeds.runs[:3]]
    assert (fast.label, fast.clean, fast.starts, fast.off_tracks) == ("fast", 48, 48, 0)
    assert fast.mean_lap == pytest.approx(np.mean([result.lap_times for result in laps]))
    assert fast.best_lap == min(result.best_lap for result in laps)
    assert fast.progress == pytest.approx(100.0) and 1.5 < fast.speed < 2.5
    assert slow.starts == 16 and slow.held_out.clean == 16
    assert fast.held_out.mean_lap == pytest.approx(np.mean([run.held_out.lap_times for run in three_seeds.runs[:3]]))


def test_the_best_seed_is_the_policy_and_the_median_one_is_shown(three_seeds):
    assert three_seeds.policies["fast"].speed == 2.5
    assert median(three_seeds.runs[:3]).policy.speed == 2.0 and median(three_seeds.runs[:2]).policy.speed == 1.5
    replay = three_seeds.replay()
    steps = len(three_seeds.runs[-1].lap) - 1
    assert replay.cars == 2 and replay.seconds == pytest.approx(steps / 15)
    assert "fast: finished after" in replay.alt and three_seeds.replay() is replay
    assert three_seeds.replay(["slow & <safe>"]).cars == 1


def test_the_table_as_text_and_as_html(three_seeds, monkeypatch):
    lines = repr(three_seeds).splitlines()
    assert lines[0] == "Trained for 9 steps on oval with 3 seeds each, then 16 or 48 laps from all over the track"
    assert lines[2].startswith("fast           48 of 48") and lines[-1] == "slow: it broke. (seeds 0, 1)"
    page = three_seeds._repr_html_()
    assert "slow &amp; &lt;safe&gt;" in page and "camp: clean" in page and page.count('<th scope="row"') == 2
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda item, **_: shown.append(item))
    three_seeds._ipython_display_()
    assert shown[0]["text/html"] == page and shown[1] is three_seeds.replay()


def test_learning_curves_of_all_seeds(three_seeds):
    picture = three_seeds.learning_curves()
    assert "score of fast from 50 to 100" in picture.alt and to_png(picture)
    assert "mean reward per step" in three_seeds.learning_curves("reward").alt


def test_rewards_are_trained_with_the_actions_and_settings_given_and_errors_name_their_label():
    settings = {
        "metadata": action_space(angles=3, speeds=(1.0,)),
        "hyperparameters": hyperparameters(num_episodes_between_training=5),
    }
    rewards = {"centre": "follow_the_centre", "broken": FAILING}
    with ThreadPoolExecutor(1) as executor:
        told = compare(rewards, seeds=(0,), steps=300, track="oval", executor=executor, **settings)
    assert [row.label for row in told.rows] == ["centre"] and told.policies["centre"].action_space.n == 3
    assert told.errors == ["broken, line 2: the reward function raised KeyError: 'speeed'"]
    assert told.errors[0] in repr(told) and told.runs[0].history[0]["steps"] < 5 * 300


def test_two_small_rewards_in_processes_of_their_own(monkeypatch):
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    told = compare({"a": "follow_the_centre", "b": "stay_inside"}, seeds=(0,), steps=1000, track="oval")
    assert [row.label for row in told.rows] == ["a", "b"] and set(told.policies) == {"a", "b"}
    assert told.replay().cars == 2


def test_a_reward_is_tried_out_here():
    told = try_out("stay_inside", steps=1000, track="oval")
    assert [run.label for run in told.runs] == ["stay_inside"] and told.replay().cars == 1
    failed = try_out(FAILING, steps=1000, label="mine")
    assert failed.rows == [] and failed.errors == ["mine, line 2: the reward function raised KeyError: 'speeed'"]
    with pytest.raises(ValueError, match="no training came to an end: mine, line 2"):
        failed.replay()
    assert "no laps" in repr(failed) and "KeyError" in failed._repr_html_()


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"rewards": {}}, ValueError, "0 rewards"),
        ({"seeds": ()}, ValueError, "give at least one of each"),
        ({"seeds": (1, 1)}, ValueError, "each seed only once"),
        ({"steps": 0}, ValueError, "steps is 0"),
        ({"held_out": "ovall"}, TrackError, "did you mean 'oval'"),
        ({"rewards": {"x": "stay_insid"}}, ValueError, "did you mean 'stay_inside'"),
    ],
)
def test_what_cannot_be_compared(wrong, error, said):
    with pytest.raises(error, match=said):
        compare(**{"rewards": {"a": "stay_inside"}} | wrong)
