"""Trainings with tests on the way: the tests are there, and take no time on the clock."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents import ppo, td3
from course_lib.agents.judged import Clock, Judged, judged_laps, train_judged
from course_lib.agents.training import Update
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.sim.laps import lap_score

SMALL_TD3 = td3.Config(steps=256, warm_up=128, batch=16, updates=1, hidden=(8, 8), report_every=64)
SMALL_PPO = ppo.Config(steps=256, hidden=(8, 8))


def updates(clock: Clock, steps: list[int], seconds: list[float]) -> list[dict]:
    rows = []
    for so_far, now in zip(steps, seconds):
        update = Update(so_far, now, {}, None)
        assert clock(update) is None  # True would end the training
        rows.append(update.metrics)
    return rows


def test_the_clock_stands_still_during_a_test(monkeypatch):
    times = iter([10.0, 13.0, 20.0, 22.0])  # tests that take 3 s and 2 s
    monkeypatch.setattr("course_lib.agents.judged.time.perf_counter", lambda: next(times))
    rows = updates(Clock(400, 2, lambda policy: 7.0), [100, 200, 300, 400], [1.0, 2.0, 6.0, 7.0])
    assert [row["seconds"] for row in rows] == [1.0, 2.0, 3.0, 4.0]
    assert [row.get("score") for row in rows] == [None, 7.0, None, 7.0]


@pytest.mark.parametrize(
    ("reports", "tested"),
    [
        ([150, 300, 450], [300, 450]),  # a report comes later than a test was due
        ([400], [400]),
        ([300, 399, 400], [300, 400]),
        ([2_048], [2_048]),  # the budget is less than one rollout
    ],
)
def test_there_is_always_a_test_at_the_end(reports, tested):
    rows = updates(Clock(400, 2, lambda policy: 1.0), reports, [0.0] * len(reports))
    assert [steps for steps, row in zip(reports, rows) if "score" in row] == tested


@pytest.mark.parametrize(("algorithm", "config"), [(td3, SMALL_TD3), (ppo, SMALL_PPO)])
def test_a_training_with_its_tests_is_the_same_as_without(algorithm, config):
    run = train_judged(algorithm, config, 8, seed=3, tests=2, track="oval")
    scores = [row["score"] for row in run.history if row.get("score") is not None]
    assert len(scores) == 2 and scores[-1] == lap_score(run.laps)
    assert (run.steps, len(run.laps.paths), run.laps.track) == (256, 16, "oval")
    again = train_judged(algorithm, config, 8, seed=3, tests=1, track="oval")
    theirs = again.policy.network.state_dict()
    assert all(value.equal(theirs[name]) for name, value in run.policy.network.state_dict().items())
    assert [row["steps"] for row in again.history] == [row["steps"] for row in run.history]
    with pytest.raises(ValueError, match="tests is 0"):
        train_judged(algorithm, config, 8, seed=3, tests=0)


def test_a_mean_lap_is_of_drivers_whose_laps_are_all_clean():
    clean = Judged(0, None, [{"steps": 5, "seconds": 1.5}], judged_laps(PurePursuit()))
    assert clean.mean_lap == pytest.approx(clean.laps.lap_times.mean())
    assert repr(clean) == "Judged(seed 0: 5 steps, 16 of 16 laps clean)"
    straight = judged_laps(lambda world: np.tile([0.0, 1.0], (world.n, 1)))
    assert np.isnan(Judged(0, None, [], straight).mean_lap)
