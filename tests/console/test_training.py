"""Training as the console did: its starts, its files, its ends; and what is kept when a reward function fails."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from course_lib.agents import make_envs
from course_lib.agents.policy import load_policy
from course_lib.console.evaluation import Evaluator
from course_lib.console.starts import BothWays, RoundRobinStarts
from course_lib.console.training import Job, TrainingFolderError, train
from course_lib.deepracer.hyperparameters import Hyperparameters
from course_lib.deepracer.metrics import read_evaluation_metrics, read_training_metrics
from course_lib.deepracer.model_metadata import ModelMetadata
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.sim.disturbances import Disturbances
from course_lib.sim.laps import race_for, run_laps
from course_lib.sim.reward_params import RewardError
from course_lib.sim.track import Track

SPACE = ModelMetadata(
    [{"steering_angle": angle, "speed": speed} for angle in (-30, -15, 0, 15, 30) for speed in (1.0, 2.0)]
)
CENTRE = RewardFunction.shipped("follow_the_centre")


def waiting(n=6):
    return make_envs("FirstLap/Race-v0", n, track="oval", autoreset=False)


def test_each_episode_begins_a_twentieth_of_a_lap_after_the_one_before():
    envs = RoundRobinStarts(waiting())
    world = envs.unwrapped.world
    for iteration in range(5):
        envs.reset(seed=3 if iteration == 0 else None)
        share = world.start_s / world.track.length
        assert share == pytest.approx(np.arange(6 * iteration, 6 * iteration + 6) * 0.05 % 1.0)
        assert np.abs(world.offset).max() < 0.01, (
            "on the centre line; the nose is ahead of the car, in a bend beside it"
        )
        assert (world.direction == 1).all()
    envs.reset(seed=3)
    assert world.start_s[0] == 0.0, "a new seed counts from the beginning"


def test_nobody_begins_in_a_box():
    envs = RoundRobinStarts(make_envs("FirstLap/Race-v0", 20, track="camp", autoreset=False, boxes=6), alternate=True)
    envs.reset(seed=0)
    _, _, terminated, _, infos = envs.step(np.zeros((20, 2), np.float32))
    assert not terminated.any() and not infos["crashed"].any()


def test_directions_alternate_where_they_are_wanted():
    envs = RoundRobinStarts(waiting(5), alternate=True)
    directions = []
    for iteration in range(2):
        envs.reset(seed=0 if iteration == 0 else None)
        directions += envs.unwrapped.world.direction.tolist()
    assert directions == [1, -1] * 5
    cars = BothWays(make_envs("FirstLap/Race-v0", 4, track="oval"))
    cars.reset(seed=0)
    for _ in range(40):
        cars.step(np.ones((4, 2), np.float32))
    assert cars.unwrapped.world.direction.tolist() == [1, -1, 1, -1], "also after new episodes have begun"


def test_trials_start_on_the_line_and_are_the_same_every_time():
    policy = train(Job(track="oval", steps=1)).policy
    evaluator = Evaluator("oval", trials=3)
    first, second = evaluator(policy), evaluator(policy)
    assert [episode.number for episode in first.episodes] == [0, 1, 2]
    assert all(episode.progress[0] < 2.5 for episode in first.episodes)
    for one, other in zip(first.episodes, second.episodes):
        assert np.array_equal(one.X, other.X) and one.status == other.status
    assert len({episode.Y[0] for episode in first.episodes}) == 3, "with small offsets"


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    out = tmp_path_factory.mktemp("Modelle über alles") / "mein Modell"
    settings = Hyperparameters(num_episodes_between_training=8, other={"my_note": 1})
    job = Job(CENTRE, "oval", SPACE, settings, steps=6_000, seed=2)
    return train(job, out)


def test_the_folder_holds_what_the_console_left(console):
    folder = console.folder
    iterations = folder.read_training()
    assert len(iterations) == len(console.history) >= 3
    assert {len(iteration) for iteration in iterations} == {8}
    numbers = [episode.number for iteration in iterations for episode in iteration]
    assert numbers == list(range(len(numbers)))
    steps = sum(len(episode) - 1 for iteration in iterations for episode in iteration)
    assert steps == console.history[-1]["steps"]
    assert all(episode.episode_status[0] == "prepare" for iteration in iterations for episode in iteration)
    assert ModelMetadata.read(folder.metadata_path) == SPACE
    assert Hyperparameters.read(folder.hyperparameters_path).unknown == ["my_note"]
    assert "def reward_function" in folder.reward_path.read_text(encoding="utf-8")


def test_returns_in_the_history_are_those_of_the_traces(console):
    for row, iteration in zip(console.history, console.folder.read_training()):
        earned = [episode.total_reward for episode in iteration]
        assert row["return"] == pytest.approx(np.mean(earned), abs=0.01)
        assert row["reward"] == pytest.approx(sum(earned) / sum(len(e) - 1 for e in iteration), abs=1e-4)


def test_metrics_count_every_episode_and_the_evaluations(console):
    entries = read_training_metrics(console.folder.training_metrics_path)["metrics"]
    training = [entry for entry in entries if entry["phase"] == "training"]
    assert [entry["episode"] for entry in training] == list(range(1, 8 * len(console.history) + 1))
    assert sum(entry["phase"] == "evaluation" for entry in entries) == 5 * len(console.history)
    (name,) = console.folder.evaluations()
    trials = read_evaluation_metrics(console.folder.evaluation_metrics_path(name))["metrics"]
    assert len(trials) == 5 == len(console.folder.read_evaluation(name))
    assert console.evaluation.results.progress.mean() == pytest.approx(
        np.mean([trial["completion_percentage"] for trial in trials]), abs=1.0
    )


def test_the_policy_in_the_folder_is_the_best_and_drives(console):
    kept = load_policy(console.folder.path)
    assert kept.trained["steps"] == console.policy.trained["steps"]
    best = max(row["score"] for row in console.history)
    assert Evaluator(**Job(CENTRE, "oval", SPACE).settings())(kept).score == pytest.approx(best)
    run_laps(kept, "oval", starts=2)


def test_our_own_training_writes_iterations_of_twenty_too(tmp_path):
    trained = train(Job(CENTRE, "oval", SPACE, steps=20_000), tmp_path / "fast")
    iterations = trained.folder.read_training()
    assert len(iterations) >= 2 and {len(iteration) for iteration in iterations} == {20}
    assert not trained.folder.hyperparameters_path.exists(), "they were not the console's"
    assert trained.ended == "The budget was used up."


def test_it_ends_as_the_console_did():
    settings = Hyperparameters(num_episodes_between_training=5, term_cond_max_episodes=10)
    trained = train(Job(CENTRE, "oval", SPACE, settings, steps=10**6))
    assert len(trained.history) == 2 and "term_cond_max_episodes" in trained.ended
    settings = Hyperparameters(num_episodes_between_training=5, term_cond_avg_score=0.01)
    trained = train(Job(CENTRE, "oval", SPACE, settings, steps=10**6))
    assert len(trained.history) == 1 and "term_cond_avg_score" in trained.ended
    trained = train(Job(CENTRE, "oval", SPACE, steps=10**6), on_update=lambda update: True)
    assert trained.ended == "It was stopped."


def test_rewards_of_any_size_teach_the_same():
    """The critic sees rewards of size one, whatever a file pays."""
    drives = []
    for factor in (1e-3, 1.0, 1e3):
        text = f"def reward_function(params):\n    return {factor} * params['speed'] * params['all_wheels_on_track']\n"
        trained = train(Job(RewardFunction.from_source(text), "oval", SPACE, steps=30_720, seed=1))
        drives.append(trained.evaluation.results.progress.mean())
        assert 0.5 * factor < trained.history[-1]["reward"] < 2.1 * factor, "as the file pays it"
    assert min(drives) > 95, drives


def test_a_clone_begins_with_the_weights_of_its_parent(tmp_path, console):
    seen = []
    job = Job(CENTRE, "hairpin", SPACE, Hyperparameters(num_episodes_between_training=5, lr=1e-8), steps=1)
    child = train(job, tmp_path / "clone", seen.append, clone_from=console.policy).policy
    for name, value in console.policy.network.state_dict().items():
        assert torch.allclose(value, child.network.state_dict()[name], atol=1e-5)


def test_a_reward_that_fails_leaves_the_best_policy_until_then(tmp_path):
    text = (
        "calls = 0\ndef reward_function(params):\n    global calls\n    calls += 1\n"
        "    if calls > 400:\n        return 1 / 0\n    return params['progress']\n"
    )
    out = tmp_path / "broken"
    settings = Hyperparameters(num_episodes_between_training=5)
    with pytest.raises(RewardError, match=r"late.py, line 6: the reward function raised ZeroDivisionError"):
        train(Job(RewardFunction.from_source(text, "late.py"), "oval", SPACE, settings, steps=10**6), out)
    assert load_policy(out).trained["steps"] > 0
    entries = json.loads((out / "metrics" / "TrainingMetrics.json").read_text(encoding="utf-8"))["metrics"]
    assert entries, "and the log of what was driven"


def test_nothing_is_lost_without_being_asked_for(tmp_path):
    out = tmp_path / "one"
    job = Job(CENTRE, "oval", SPACE, Hyperparameters(num_episodes_between_training=5), steps=1)
    train(job, out)
    before = (out / "training-simtrace" / "0-iteration.csv").read_bytes()
    with pytest.raises(TrainingFolderError, match="already holds a training"):
        train(job, out)
    assert (out / "training-simtrace" / "0-iteration.csv").read_bytes() == before
    again = train(Job(CENTRE, "oval", SPACE, job.hyperparameters, steps=1, seed=7), out, overwrite=True)
    assert again.folder.training_iterations() == [0] and len(again.folder.evaluations()) == 1
    assert (out / "training-simtrace" / "0-iteration.csv").read_bytes() != before
    with pytest.raises(TrainingFolderError, match="no checkpoint to resume"):
        train(job, tmp_path / "two", resume=True)


@pytest.mark.filterwarnings("ignore:What these environments")
def test_a_resumed_training_counts_on(tmp_path):
    out = tmp_path / "long"
    settings = Hyperparameters(num_episodes_between_training=5)
    first = train(Job(CENTRE, "oval", SPACE, settings, steps=1000), out, on_update=lambda update: True)
    assert first.ended == "It was stopped."
    second = train(Job(CENTRE, "oval", SPACE, settings, steps=1000), out, resume=True)
    count = len(second.folder.training_iterations())
    assert count == len(second.history) > 1
    entries = read_training_metrics(second.folder.training_metrics_path)["metrics"]
    numbers = [entry["episode"] for entry in entries if entry["phase"] == "training"]
    assert numbers == list(range(1, 5 * count + 1))


def test_a_disturbed_training_is_evaluated_disturbed_and_its_policy_is_free_of_it(tmp_path):
    late = Disturbances(noise=(0.0, 0.05), delay=(8, 10))
    trained = train(Job(steps=12_000, disturbances=late, seed=2), tmp_path / "late")
    again = train(Job(steps=12_000, disturbances=late.plain, seed=2))
    np.testing.assert_array_equal(trained.evaluation.results.progress, again.evaluation.results.progress)
    policy = load_policy(tmp_path / "late")
    assert policy.env_kwargs["disturbances"] == late.plain
    assert race_for(policy, Track.load("camp"), 1).disturbances is None, "laps are driven undisturbed unless asked"
    assert Evaluator(disturbances=late)(policy).score == trained.evaluation.score != Evaluator()(policy).score


@pytest.mark.filterwarnings("ignore:What these environments")
def test_what_was_driven_after_the_checkpoint_is_not_counted_twice(tmp_path):
    """A run that was killed has written iterations that the resumed one drives anew."""
    out = tmp_path / "killed"
    job = Job(CENTRE, "oval", SPACE, Hyperparameters(num_episodes_between_training=5), steps=1000)
    first = train(job, out, on_update=lambda update: True)
    best = load_policy(out).trained["steps"]
    later = first.folder.training_trace_path(1)
    later.write_bytes(first.folder.training_trace_path(0).read_bytes())
    saved = json.loads((out / "checkpoint" / "checkpoint.json").read_text(encoding="utf-8"))
    assert saved["history"][0]["reward"] == pytest.approx(first.history[0]["reward"]), "the true reward is kept"
    (out / "checkpoint" / "checkpoint.json").write_text(json.dumps(saved | {"best_score": 1e9}), encoding="utf-8")
    second = train(job, out, resume=True, on_update=lambda update: load_policy(out).trained["steps"] != best)
    assert second.folder.training_iterations() == list(range(len(second.history)))
    assert len(second.history) > 2, "no policy was better than the one before, so that one stayed on disk"


def test_a_sandbox_ends_with_its_training(tmp_path):
    reward = RewardFunction.from_source("def reward_function(params):\n    return 1.0\n", isolated=True)
    ended = []
    batched = reward.batched

    def watched(n, **limits):
        batch = batched(n, **limits)
        close = batch.close
        batch.close = lambda: (ended.append(n), close())
        return batch

    reward.batched = watched
    train(Job(reward, "oval", SPACE, Hyperparameters(num_episodes_between_training=5), steps=1), tmp_path / "one")
    assert sorted(ended) == [5, 5], "the cars that train, and those of the evaluation"
