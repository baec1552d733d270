"""Folders that we write are opened by deepracer-utils, which counts the same laps, times and rewards as we do."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from deepracer_tool import quietly, see_evaluations, see_training

from course_lib.deepracer.hyperparameters import Hyperparameters
from course_lib.deepracer.metrics import evaluation_metrics, training_metrics, write_metrics
from course_lib.deepracer.model_folder import ModelFolder
from course_lib.deepracer.model_metadata import ModelMetadata
from course_lib.deepracer.sim_trace import Episode, TraceRecorder
from course_lib.sim.race_world import IN_PROGRESS, RaceWorld

CARS, ITERATIONS = 20, 3
ACTIONS = [
    {"steering_angle": angle, "speed": speed} for angle in (-30.0, -15.0, 0.0, 15.0, 30.0) for speed in (0.8, 1.6)
]


def nearest(world: RaceWorld, wanted: np.ndarray) -> np.ndarray:
    """Indices of the actions that come nearest to continuous ones."""
    table = world.actions.encode(world.actions.table)
    return np.abs(wanted[:, None] - table[None]).sum(axis=2).argmin(axis=1)


def drive_iterations(world: RaceWorld, driver, iterations: int) -> list[list[Episode]]:
    """Each car one episode per iteration; the higher its number, the more its commands are led astray."""
    recorder, rng, result = TraceRecorder(world, wall_clock=iter(range(10**6)).__next__), np.random.default_rng(0), []
    for _ in range(iterations):
        world.reset(s=np.arange(world.n) / world.n * world.track.length, offset=0.0, heading=0.0)
        recorder.after_reset(None)
        driving, astray = np.ones(world.n, dtype=bool), np.zeros((2, world.n))
        while driving.any():
            wanted = driver(world)
            astray = 0.9 * astray + rng.normal(0, np.linspace(0, 0.3, world.n), (2, world.n))
            wanted = np.clip(wanted + astray.T, -1, 1)
            world.step(nearest(world, wanted) if world.actions.table is not None else wanted)
            recorder.after_step(world.moved, driving)
            driving &= world.status == IN_PROGRESS
        result.append([episode for _, episode in sorted(recorder.finished(), key=lambda pair: pair[0])])
    return result


@pytest.fixture(scope="module")
def world(load_track):
    return RaceWorld(load_track("camp"), n=CARS, action_space=ACTIONS, seed=4)


@pytest.fixture(scope="module")
def training(world, steady) -> list[list[Episode]]:
    return drive_iterations(world, steady, ITERATIONS)


@pytest.fixture(scope="module")
def folder(training, tmp_path_factory) -> ModelFolder:
    """As a training leaves it, evaluations included."""
    folder = ModelFolder(tmp_path_factory.mktemp("models") / "für Ada").make()
    ModelMetadata(ACTIONS).write(folder.metadata_path)
    Hyperparameters().write(folder.hyperparameters_path)
    for iteration, episodes in enumerate(training):
        folder.write_training(iteration, episodes)
    write_metrics(folder.training_metrics_path, training_metrics(training, [episodes[::4] for episodes in training]))
    for hour, episodes in enumerate(training[1:]):
        name = folder.new_evaluation(datetime(2026, 5, 1, hour))
        folder.write_evaluation(name, episodes[::4])
        write_metrics(folder.evaluation_metrics_path(name), evaluation_metrics(episodes[::4]))
    return folder


def test_it_counts_what_we_count(folder, training):
    seen, ours = see_training(folder.path), [episode for iteration in training for episode in iteration]
    laps = sum(episode.complete for episode in ours)
    assert 5 < laps < len(ours) and len({episode.status for episode in ours}) > 1, "a training of both kinds"
    assert (seen.iterations, seen.episodes, seen.laps) == (ITERATIONS, ITERATIONS * CARS, laps)
    assert seen.rows == sum(len(episode) for episode in ours)
    for column, value in (
        ("steps", [len(episode) for episode in ours]),
        ("time", [episode.seconds for episode in ours]),
        ("reward", [episode.total_reward for episode in ours]),
        ("progress", [episode.progress.max() for episode in ours]),
        ("start_at", [episode.closest_waypoint[0] for episode in ours]),
    ):
        np.testing.assert_allclose(seen.aggregated[column], value, atol=0.01, err_msg=column)
    assert seen.log.action_space() == ACTIONS and seen.log.hyperparameters()["lr"] == 3e-4
    assert seen.log.agent_and_network()["sensor_list"] == ["FRONT_FACING_CAMERA"]


def test_load_finds_the_kind_of_folder(folder):
    with quietly():
        from deepracer.logs import DeepRacerLog, LogFolderType

        log = DeepRacerLog(model_folder=str(folder.path))
        log.load()
        assert log.fh.type == LogFolderType.DRFC_MODEL_SINGLE_WORKERS
        assert len(log.dataframe()) == see_training(folder.path).rows


def test_evaluations(folder, training):
    seen = see_evaluations(folder.path)
    ours = [episode for episodes in training[1:] for episode in episodes[::4]]
    assert (seen.iterations, seen.episodes) == (2, 10) and set(seen.frame["stream"]) == set(folder.evaluations())
    assert seen.laps == sum(episode.complete for episode in ours)
    np.testing.assert_allclose(seen.aggregated["time"], [episode.seconds for episode in ours], atol=1e-6)
    assert (seen.aggregated["off_track"] == [episode.status == "off_track" for episode in ours]).all()


def test_its_analyses_run(folder, training, world):
    seen, evaluations = see_training(folder.path), see_evaluations(folder.path)
    with quietly():
        import matplotlib.pyplot as plt
        from deepracer.logs import ActionBreakdownUtils, AnalysisUtils, EvaluationUtils, PlottingUtils
        from deepracer.tracks import Track

        track = Track(world.track.name, world.track.rows)
        AnalysisUtils.analyze_training_progress(seen.aggregated, groupby_field="unique_episode")
        AnalysisUtils.scatter_aggregates(seen.aggregated)
        complete = seen.aggregated[seen.aggregated["complete"] == 1].nsmallest(2, "time")
        laps = complete["unique_episode"].tolist()
        for style in ("classic", "modern"):
            PlottingUtils.plot_laps(laps, seen.frame, track, "unique_episode", style=style)
        PlottingUtils.plot_evaluations(evaluations.frame, track)
        one = evaluations.frame[evaluations.frame["stream"] == folder.evaluations()[0]]
        EvaluationUtils.analyse_single_evaluation(one, track)
        ActionBreakdownUtils.action_breakdown(seen.frame, track)
        names = ActionBreakdownUtils.determine_action_names(seen.frame)
        stability = seen.log.stability.analyze()
        plt.close("all")
    assert len(names) == len(ACTIONS), "the row before the first command is no action"
    assert len(stability) == ITERATIONS


def test_its_training_metrics(folder, training):
    with quietly():
        from deepracer.logs.metrics import TrainingMetrics

        metrics = TrainingMetrics(None, fname=str(folder.training_metrics_path), region="us-east-1")
        summary = metrics.getSummary()
    assert len(summary) == ITERATIONS
    assert metrics.getTraining()["complete"].sum() == sum(episode.complete for it in training for episode in it)
    assert summary["train_episodes"].tolist() == [CARS] * ITERATIONS
    assert summary["eval_episodes"].tolist() == [5] * ITERATIONS


def test_continuous_actions(load_track, steady, tmp_path):
    world = RaceWorld(load_track("camp"), n=CARS, speed_range=(0.5, 2.0))
    (episodes,) = drive_iterations(world, steady, 1)
    folder = ModelFolder(tmp_path).make()
    ModelMetadata(world.actions.describe(), action_space_type="continuous").write(folder.metadata_path)
    folder.write_training(0, episodes)
    seen = see_training(folder.path)
    assert (seen.episodes, seen.laps) == (CARS, sum(episode.complete for episode in episodes))
    assert set(seen.frame["action"]) == {-1}, "it has no index for these"
    assert folder.read_training()[0][0].action[5] == pytest.approx(episodes[0].action[5], abs=1e-4)
