"""Drivers written by hand drive like any policy, and say what is wrong with a rule."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.drivers.by_rule import RuleDriver, RuleError
from course_lib.sim.laps import run_laps


def careful(see):
    return 1.5 * see["left_0.8m"], -0.8


def test_a_careful_rule_drives_clean_laps(camp_laps):
    assert camp_laps.clean.all()
    assert 15 < camp_laps.best_lap < 25


@pytest.fixture(scope="module")
def camp_laps(load_track):
    return run_laps(RuleDriver(careful), load_track("camp"))


def test_a_rule_that_steers_too_little_leaves_the_road(load_track):
    laps = run_laps(RuleDriver(lambda see: (0.5 * see["left_0.8m"], -0.8)), load_track("camp"))
    assert laps.off_tracks.all()


def test_numbers_stand_for_all_cars_and_are_cut_off():
    actions = RuleDriver(lambda see: (3, [-2.0, 0.25])).act(np.zeros((2, 24)))
    assert actions.tolist() == [[1.0, -1.0], [1.0, 0.25]]


def test_a_rule_cannot_change_the_observation():
    def greedy(see):
        see["speed"][:] = 9.0
        return 0.0, 0.0

    observations = np.zeros((2, 24), np.float32)
    RuleDriver(greedy).act(observations)
    assert not observations.any()


@pytest.mark.parametrize("answer", [None, 0.5, (1, 2, 3), ("left", "fast"), (np.zeros(7), 0.0), ({}, 1), 7 * (None,)])
def test_what_is_no_pair_of_numbers(answer):
    def rule(see):
        return answer

    with pytest.raises(RuleError, match=r"RuleDriver\(rule\) returned .*return steering, speed"):
        RuleDriver(rule).act(np.zeros((2, 24)))


@pytest.mark.parametrize("answer, name", [((np.nan, 0.0), "steering"), ((0.0, np.inf), "speed")])
def test_numbers_that_are_not_finite(answer, name):
    with pytest.raises(RuleError, match=f"a {name} that is no finite number"):
        RuleDriver(lambda see: answer).act(np.zeros((2, 24)))


def test_a_long_answer_is_cut_short():
    with pytest.raises(RuleError) as caught:
        RuleDriver(lambda see: "x" * 5000).act(np.zeros((2, 24)))
    assert len(str(caught.value)) < 200
