"""Many trainings: each one as it would be alone, and none lost because another failed."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import numpy as np
import pytest

from course_lib.console.many import Run, train_many, train_one
from course_lib.console.training import Job
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.executors import open_executor

JOB = Job(track="oval", steps=1500)
FAILING = RewardFunction("def reward_function(params):\n    return params['speeed']\n", "failing")
CENTRE = RewardFunction.shipped("follow_the_centre")


def same(one: Run, other: Run) -> bool:
    weights = [list(run.policy.network.state_dict().values()) for run in (one, other)]
    return all(a.equal(b) for a, b in zip(*weights)) and np.array_equal(one.lap, other.lap)


def test_workers_do_what_is_done_here_and_one_failure_loses_nothing():
    rewards, told = {"centre": CENTRE, "broken": FAILING}, []
    with open_executor(workers=2) as executor:
        runs = train_many(rewards, [3, 1], JOB, "camp", executor, told.append)
    assert [(run.label, run.seed) for run in runs] == [("centre", 3), ("centre", 1), ("broken", 3), ("broken", 1)]
    assert sorted(map(id, told)) == sorted(map(id, runs))
    here = train_one("centre", Job(CENTRE, track="oval", steps=1500, seed=3), "camp")
    assert same(runs[0], here) and not same(runs[1], here)
    assert runs[0].results.track == "oval" and runs[0].held_out.track == "camp"
    assert len(runs[0].results.paths) == 16 and runs[0].lap.shape[1] == 6 and runs[0].history[-1]["steps"] >= 1500
    assert runs[2].error == "broken, line 2: the reward function raised KeyError: 'speeed'"
    assert runs[2].policy is None and runs[2].score == -np.inf and "failed" in repr(runs[2])


def test_runs_go_on_from_their_parents_here_and_in_workers():
    parent = train_one("centre", replace(JOB, reward=CENTRE)).policy
    with open_executor(workers=2) as executor:
        child, other = train_many({"metres": None}, [3, 1], JOB, executor=executor, parents={3: parent})
    assert same(child, train_many({"metres": None}, [3], JOB, parents={3: parent})[0])
    assert same(other, train_one("metres", Job(track="oval", steps=1500, seed=1))), "no parent: it starts anew"

    def moved(run):
        pairs = zip(run.policy.network.state_dict().values(), parent.network.state_dict().values())
        return sum(float((one - another).abs().sum()) for one, another in pairs)

    assert 0 < moved(child) < 0.5 * moved(other)


def test_a_function_without_a_source_is_trained_here_and_not_sent():
    with pytest.warns(UserWarning, match="share the state"):
        unknown = RewardFunction.of(lambda params: 1.0)
    with ThreadPoolExecutor(1) as executor:
        run = train_many({"a lambda": unknown}, [0], JOB, executor=executor)[0]
    assert run.error.startswith("a lambda: it cannot be sent to a worker")
    assert train_many({"a lambda": unknown}, [0], JOB)[0].error == ""


def test_errors_here_are_told_with_the_label_too():
    run = train_many({"mine": FAILING}, [0], JOB)[0]
    assert run.error == "mine: failing, line 2: the reward function raised KeyError: 'speeed'"


def test_a_worker_that_dies_is_told():
    class Dying:
        def submit(self, *_):
            future = Future()
            future.set_exception(BrokenProcessPool("gone"))
            return future

    run = train_many({"mine": CENTRE}, [0], JOB, executor=Dying())[0]
    assert run.error == "mine: its worker process ended (out of memory, or killed)"


def test_the_stop_button_takes_back_what_waits():
    class Stopped:
        def __init__(self):
            self.futures = []

        def submit(self, *_):
            if len(self.futures) == 2:
                raise KeyboardInterrupt
            self.futures.append(Future())
            return self.futures[-1]

    executor = Stopped()
    with pytest.raises(KeyboardInterrupt):
        train_many({"mine": CENTRE}, [0, 1, 2], JOB, executor=executor)
    assert all(future.cancelled() for future in executor.futures)
