"""The panel's controls reach the trainer."""

from __future__ import annotations

import html

import pytest

from course_lib.agents import episodic_ppo
from course_lib.console import training
from course_lib.deepracer.hyperparameters import EFFECTS, Hyperparameters, HyperparametersError
from course_lib.notebook.hyperparameter_table import CONSOLE, hyperparameters
from course_lib.notebook.widgets import hyperparameter_panel as module
from course_lib.notebook.widgets.hyperparameter_panel import HyperparameterPanel


class Caught(Exception):
    """Carries the config that a training was to begin with."""


@pytest.fixture
def trainer(monkeypatch):
    """The config and the number of cars that a training with these hyperparameters begins with."""

    def begin(envs, config, *_):
        envs.close()
        raise Caught(config, envs.num_envs)

    monkeypatch.setattr(episodic_ppo, "train", begin)

    def ask(hyperparameters):
        with pytest.raises(Caught) as caught:
            training.train(training.Job(track="oval", hyperparameters=hyperparameters, steps=100))
        return caught.value.args

    return ask


def test_untouched_it_has_the_defaults_of_the_console():
    panel = HyperparameterPanel()
    assert panel.value == Hyperparameters() and list(panel.panel.controls) == list(CONSOLE)


def test_values_of_the_widgets_reach_the_config_of_the_trainer(trainer):
    panel = HyperparameterPanel()
    moved = {
        "batch_size": 128, "num_epochs": 4, "lr": 1e-3, "beta_entropy": 0.03, "discount_factor": 0.95,
        "loss_type": "mean squared error", "num_episodes_between_training": 7,
    }  # fmt: skip
    for name, value in moved.items():
        panel.panel.controls[name].value = value
    config, cars = trainer(panel.value)
    reached = (
        config.minibatch, config.epochs, config.learning_rate, config.entropy_weight, config.gamma, config.huber, cars,
    )  # fmt: skip
    assert reached == (128, 4, 1e-3, 0.03, 0.95, False, 7)
    assert "7 changed" in repr(panel)
    line = html.unescape(panel.panel.shown.value).partition("<code>")[2].partition("</code>")[0]
    assert line.startswith("hyperparameters(batch_size=128, num_epochs=4,")
    assert eval(line, {"hyperparameters": hyperparameters}).value == panel.value


def test_it_begins_where_it_is_told_to_also_between_the_stops():
    panel = HyperparameterPanel(lr=2e-4, stack_size=3)
    assert panel.value.lr == 2e-4 and panel.value.stack_size == 3
    panel.panel.controls["num_epochs"].value = 5
    assert (panel.value.lr, panel.value.stack_size, panel.value.num_epochs) == (2e-4, 3, 5)
    with pytest.raises(HyperparametersError, match="batch_size is 3"):
        HyperparameterPanel(batch_size=3)


def test_every_control_says_its_default_what_is_allowed_and_what_it_does():
    rows = HyperparameterPanel().panel.box.children[: len(CONSOLE)]
    for name, row in zip(CONSOLE, rows):
        control, told = row.children
        assert control.description == name and EFFECTS[name] in told.value
        assert "default " in told.value and "allowed " in told.value


def test_what_is_shown_stays_without_the_controls(monkeypatch):
    shown = []
    monkeypatch.setattr(module, "display", shown.append)
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    panel = HyperparameterPanel(lr=1e-3)
    panel._ipython_display_()
    assert [type(item).__name__ for item in shown] == ["HyperparameterTable"] and shown[0].changed == ["lr"]
    monkeypatch.delenv("COURSE_HEADLESS")
    panel._ipython_display_()
    assert shown[2] is panel.panel.box
