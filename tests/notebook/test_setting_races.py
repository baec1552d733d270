"""One reward with several action spaces or hyperparameters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from course_lib.deepracer.hyperparameters import Hyperparameters
from course_lib.notebook.action_spaces import action_space, continuous_action_space
from course_lib.notebook.hyperparameter_table import hyperparameters
from course_lib.notebook.setting_races import compare_settings
from course_lib.notebook.widgets.action_space_builder import ActionSpaceBuilder
from course_lib.sim.track import TrackError


@pytest.fixture(scope="module")
def here():
    """Workers that are threads: processes take seconds to begin."""
    with ThreadPoolExecutor(2) as threads:
        yield threads


def fast(params):
    return params["speed"]


def broken(params):
    return params["sped"]


def test_each_action_space_is_trained_with_each_seed(here):
    spaces = {"list": action_space(30, 3, (1.0,)), "range": continuous_action_space(), "sliders": ActionSpaceBuilder()}
    seen = compare_settings(fast, spaces, seeds=(0, 4), steps=1, executor=here)
    assert [(run.label, run.seed) for run in seen.runs] == [(label, seed) for label in spaces for seed in (0, 4)]
    assert [getattr(policy.action_space, "n", None) for policy in seen.policies.values()] == [3, None, 10]
    assert repr(seen).splitlines()[1].startswith("action space")
    assert "Trained for 1 steps on camp with 2 seeds each" in repr(seen)


def test_hyperparameters_train_in_the_rhythm_of_the_console(here):
    settings = {"five": hyperparameters(num_episodes_between_training=5), "twenty": Hyperparameters()}
    ten = action_space(30, 5, (1.0, 2.0))
    seen = compare_settings(fast, settings, seeds=(0,), steps=1, metadata=ten, executor=here)
    five, twenty = seen.runs
    assert len(five.history) == len(twenty.history) == 1
    assert five.history[0]["steps"] < twenty.history[0]["steps"]
    assert five.policy.action_space.n == 10
    assert repr(seen).splitlines()[1].startswith("setting")


def test_a_training_that_fails_is_told_by_its_label(here):
    seen = compare_settings(broken, {"a": action_space(), "b": action_space(20)}, seeds=(0,), steps=1, executor=here)
    assert not seen.rows and len(seen.errors) == 2
    assert "KeyError: 'sped'" in seen.errors[0]


def test_what_cannot_be_compared_is_refused_at_once():
    with pytest.raises(TypeError, match=r"mine is 0.9: give an action_space\(...\) or hyperparameters\(...\)"):
        compare_settings(fast, {"mine": 0.9})
    with pytest.raises(ValueError, match="0 settings, seeds"):
        compare_settings(fast, {})
    with pytest.raises(ValueError, match="each seed only once"):
        compare_settings(fast, {"a": action_space()}, seeds=(1, 1))
    with pytest.raises(ValueError, match="steps is 0"):
        compare_settings(fast, {"a": action_space()}, steps=0)
    with pytest.raises(TrackError):
        compare_settings(fast, {"a": action_space()}, track="nowhere")


def test_a_part_keeps_the_order_that_was_asked_for(here):
    spaces = {"a": action_space(), "b": action_space(20), "c": action_space(10)}
    seen = compare_settings(fast, spaces, seeds=(0,), steps=1, executor=here)
    part = seen.part(["c", "a"])
    assert [row.label for row in part.rows] == ["c", "a"]
    assert repr(part).splitlines()[:2] == repr(seen).splitlines()[:2]
    with pytest.raises(KeyError):
        seen.part(["d"])
