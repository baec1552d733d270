"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from course_lib.agents import make_envs, ppo, td3
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.td3.td3_races import BAR, EXERCISES, times_used
from course_lib.sim.laps import run_laps


def trained(algorithm=td3, track: str = "camp", **settings):
    config = algorithm.Config(steps=128, hidden=(8, 8), **settings)
    return algorithm.train(make_envs("FirstLap/Race-v0", 8, track=track), config).policy


def driver(steps: int | None, algorithm: str = "td3"):
    """A car that laps cleanly, as if it had been trained."""
    known = {} if steps is None else {"steps": steps}
    return SimpleNamespace(act=None, algorithm=algorithm, env_kwargs={}, trained=known)


@pytest.fixture
def clean_laps(monkeypatch):
    laps = run_laps(PurePursuit(), "camp", 16, seed=1)
    monkeypatch.setattr("course_lib.agents.judged.judged_laps", lambda policy: laps)


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q1", lambda updates, batch, cars: updates * batch, "`times_used(4, 64, 16)` gave 256"),
        ("q1", lambda updates, batch, cars: updates / cars, "`times_used(4, 64, 16)` gave 0.25"),
        ("q1", lambda updates, batch, cars: batch / cars, "`times_used(4, 64, 16)` gave 4"),
        ("q1", lambda updates, batch, cars: 16, "`times_used(1, 64, 16)` gave 16"),
        ("q1", lambda updates, batch, cars: updates * batch // cars, "`times_used(1, 64, 128)` gave 0"),
        ("q1", lambda updates, batch, cars: print(updates), "is a `return` missing"),
        ("q1", 16, "hand in the function or class by its name"),
        ("q4", "my_car", "hand in what `practise` gave you."),
        ("q4", 4_000, "That is no trained car but int"),
        ("q4", None, "That is no trained car but NoneType"),
        ("q4", np.zeros(10**7), "That is no trained car but ndarray"),
        ("q4", (n for n in range(3)), "That is no trained car but generator"),
        ("q5", "TD3, because of steps.", "That is 4 words; write at least 25"),
        ("q5", 3, "write sentences, in quotation marks"),
        ("q5", ["TD3"], "write sentences, in quotation marks"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG, result
    assert said in result.message, result.message


def test_the_starter_is_no_answer_and_a_crash_is_told():
    assert EXERCISES["q1"].check(lambda updates, batch, cars: updates).status == NOT_ATTEMPTED
    crashed = EXERCISES["q1"].check(lambda updates, batch: updates * batch)
    assert crashed.status == CRASHED and "takes 2 positional arguments but 3 were given" in crashed.message


def test_a_car_that_does_not_lap_has_no_number_of_steps():
    result = EXERCISES["q4"].check(trained(warm_up=64))
    assert (result.status, result.points) == (WRONG, 0)
    assert result.message.startswith("After 128 steps 0 of 16 laps are clean; on average the cars got ")


def test_only_td3_on_camp_races():
    assert "trained by ppo: this race is for TD3" in EXERCISES["q4"].check(trained(ppo)).message
    assert "trained on oval, and the race is on camp" in EXERCISES["q4"].check(trained(track="oval")).message
    assert "has not been trained" in EXERCISES["q4"].check(driver(None)).message


def test_as_few_steps_as_the_bar(clean_laps):
    many = EXERCISES["q4"].check(driver(10_240))
    assert (many.status, many.points) == (WRONG, 1)
    assert many.message == "You got 10240 steps, the bar is 4096 steps. That is 6144 steps too much."
    assert EXERCISES["q4"].check(SimpleNamespace(policy=driver(BAR))).status == CORRECT
    assert EXERCISES["q4"].check(driver(BAR)).points == 2


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("q1", times_used),
        ("q1", lambda updates, batch, cars: batch / cars * updates),
        ("q5", "word " * 25),
    ],
)
def test_a_right_answer(name, answer):
    assert EXERCISES[name].check(answer).status == CORRECT


@pytest.mark.parametrize(
    ("name", "prediction", "truth", "said"),
    [
        ("q2", 0, 47, "your guess was too low"),
        ("q2", -48, 47, "your guess was too low"),
        ("q2", 60, 47, "it must lie between -48 and 48"),
        ("q2", "TD3", 47, "that is a text, and a number is due"),
        ("q3", -1.0, 1.18, "your guess was too low"),
        ("q3", 0, 1.18, "your guess was too low"),
        ("q3", 5, 1.18, "your guess was too high"),
        ("q3", 20, 1.18, "it must lie between -10 and 10"),
    ],
)
def test_a_prediction(name, prediction, truth, said):
    assert said in EXERCISES[name].check({"prediction": prediction, "truth": truth}).message
    assert EXERCISES[name].check({"prediction": truth, "truth": truth}).status == CORRECT


def test_what_the_notebook_says_of_the_defaults():
    """With other defaults its text, its rounds and its seconds would have to be measured again."""
    assert times_used(td3.Config.updates, td3.Config.batch, 16) == 16 and td3.Config.warm_up == 2_000
    assert ppo.Config.epochs == 4 and 10_240 // (ppo.Config.rollout_steps * 128) == 5
