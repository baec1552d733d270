"""hyperparameters.json by DeepRacer's names: defaults, ranges, what is unknown, and the settings of PPO it means."""

from __future__ import annotations

import json
import math
from dataclasses import fields

import pytest

from course_lib.agents.episodic_ppo import Config
from course_lib.deepracer.hyperparameters import CHOICES, EFFECTS, RANGES, Hyperparameters, HyperparametersError

NAMES = [field.name for field in fields(Hyperparameters) if field.name != "other"]


def test_the_defaults_are_those_of_deepracer_on_aws():
    defaults = Hyperparameters()
    assert (defaults.batch_size, defaults.num_epochs, defaults.lr, defaults.beta_entropy) == (64, 10, 3e-4, 0.01)
    assert (defaults.discount_factor, defaults.loss_type) == (0.99, "huber")
    assert defaults.num_episodes_between_training == 20 and defaults.unknown == []
    assert Hyperparameters.from_dict({}) == defaults


def test_every_setting_has_an_effect_and_a_range():
    assert set(EFFECTS) == set(NAMES) == set(RANGES) | set(CHOICES)
    for name, text in EFFECTS.items():
        assert text.endswith(".") and len(text) < 130, name
    for name, (low, high) in RANGES.items():
        assert low <= getattr(Hyperparameters(), name) <= high


def test_ppo_takes_the_settings():
    settings = Hyperparameters(batch_size=128, lr=1e-4, loss_type="mean squared error").ppo_settings()
    config = Config(**settings)
    assert (config.minibatch, config.epochs, config.learning_rate, config.gamma) == (128, 10, 1e-4, 0.99)
    assert (config.entropy_weight, config.huber) == (0.01, False)
    assert (config.clip, config.gae_lambda) == (0.2, 0.95)
    assert Hyperparameters().ppo_settings()["huber"] is True


def test_a_file_with_numbers_as_text_and_names_that_nobody_knows(tmp_path):
    path = tmp_path / "hyperparameters.json"
    old = {"batch_size": "128", "lr": "0.0003", "num_epochs": 5.0, "magic": {"a": 1}, "aura": "red"}
    path.write_text(json.dumps(old), encoding="utf-8")
    found = Hyperparameters.read(path)
    assert (found.batch_size, found.lr, found.num_epochs) == (128, 3e-4, 5)
    assert type(found.batch_size) is type(found.num_epochs) is int
    assert found.unknown == ["aura", "magic"]
    found.write(path)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["magic"] == {"a": 1} and set(written) == {*NAMES, "magic", "aura"}
    assert Hyperparameters.read(path) == found


def test_sac_is_trained_after_every_episode():
    assert Hyperparameters(num_episodes_between_training=1).num_episodes_between_training == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("batch_size", 16, "batch_size is 16: it must be a whole number from 32 to 512."),
        ("batch_size", 64.5, "batch_size is 64.5: it must be a whole number from 32 to 512."),
        ("batch_size", True, "batch_size is True: it must be a whole number"),
        ("num_epochs", 2, "num_epochs is 2: it must be a whole number from 3 to 10."),
        ("num_epochs", "many", "num_epochs is 'many': it must be"),
        ("lr", 0.01, "lr is 0.01: it must be a number from 1e-08 to 0.001."),
        ("lr", 0, "lr is 0: it must be"),
        ("lr", None, "lr is None: it must be"),
        ("beta_entropy", -0.1, "beta_entropy is -0.1: it must be a number from 0 to 1."),
        ("discount_factor", 1.1, "discount_factor is 1.1: it must be a number from 0 to 1."),
        ("discount_factor", math.nan, "discount_factor is nan"),
        ("num_episodes_between_training", 4, "is 4: it must be a whole number from 5 to 100."),
        ("sac_alpha", 2, "sac_alpha is 2: it must be a number from 0 to 1."),
        ("term_cond_max_episodes", math.inf, "is inf: it must be a whole number from 1."),
        ("term_cond_avg_score", -math.inf, "is -inf: it must be a number."),
        ("loss_type", "l1", "loss_type is 'l1': it must be one of huber, mean squared error."),
        ("exploration_type", "none", "it must be one of categorical"),
    ],
)
def test_values_outside_their_ranges(name, value, said, tmp_path):
    path = tmp_path / "hyperparameters.json"
    path.write_text(json.dumps({name: value}), encoding="utf-8")
    with pytest.raises(HyperparametersError) as caught:
        Hyperparameters.read(path)
    assert str(caught.value).startswith(f"{path}: {name} is") and said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b'{"lr":\n\n,}', ", line 3: this is not JSON"), (b"\xff", " is no UTF-8 text"), (None, " is missing")],
)
def test_files_that_cannot_be_read(content, said, tmp_path):
    path = tmp_path / "hyperparameters.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(HyperparametersError) as caught:
        Hyperparameters.read(path)
    assert str(caught.value).startswith(f"{path}{said}")
