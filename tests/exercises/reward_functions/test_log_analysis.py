"""Wrong answers that students really give to 03_log_analysis, and what they are told."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.console.training import Job, train
from course_lib.deepracer.hyperparameters import Hyperparameters
from course_lib.deepracer.model_metadata import ModelMetadata
from course_lib.deepracer.reward_function import RewardFunction
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.reward_functions.log_analysis import EXERCISES, TABLES, worst_place
from course_lib.notebook.log_analysis import Log
from course_lib.notebook.what_if import what_if


def every_row(rows):
    return len(rows), sum(float(row["progress"]) == 100 for row in rows)


def rows_above_99(rows):
    steps = sum(row["episode_status"] != "prepare" for row in rows)
    return steps, sum(float(row["progress"]) > 99 for row in rows)


def text_and_number(rows):
    return len(rows), sum(row["progress"] >= 100 for row in rows)


def one_off(rows):
    return len(rows) - 1, sum(float(row["progress"]) == 100 for row in rows)


def by_status(rows):
    return (
        sum(row["episode_status"] != "prepare" for row in rows),
        sum(row["episode_status"] == "lap_complete" for row in rows),
    )


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (every_row, WRONG, "gave [3, 0]: look at [0], which is 3: one too many."),
        (rows_above_99, WRONG, "gave [4, 3]: look at [1], which is 3: too large."),
        (text_and_number, CRASHED, "TypeError: '>=' not supported between instances of 'str' and 'int'"),
        (one_off, WRONG, "look at [0]"),
        ((12, 3), WRONG, "hand in the function or class by its name, without calling it."),
        (by_status, CORRECT, "Both traps are in every DeepRacer log"),
    ],
)
def test_rows_and_laps_are_counted(answer, status, said):
    result = EXERCISES["q1"].check(answer)
    assert (result.status, said in result.message) == (status, True), result.message


def all_ends(episodes):
    counts = {}
    for row in episodes:
        counts[row["section"]] = counts.get(row["section"], 0) + 1
    return max(counts, key=counts.get)


def not_complete(episodes):
    return worst_place([row | {"status": "off_track"} for row in episodes if not row["complete"]])


def the_count(episodes):
    return sum(row["status"] == "off_track" for row in episodes)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (all_ends, "gave 'turn 1': another text is due."),
        (not_complete, "gave 'turn 1': another text is due."),
        (the_count, "gave 3: a text in quotation marks is due."),
    ],
)
def test_only_cars_that_left_the_road_count(answer, said):
    result = EXERCISES["q2"].check(answer)
    assert result.status == WRONG and said in result.message, result.message
    assert EXERCISES["q2"].check(worst_place).status == CORRECT


def test_no_table_is_ambiguous():
    for rows in TABLES:
        off = [row["section"] for row in rows if row["status"] == "off_track"]
        counts = sorted(map(off.count, set(off)))
        assert len(counts) == 1 or counts[-1] > counts[-2]


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (-2, "your guess was too low. What did you not expect? The reward does not know about seconds"),
        (8, "your guess was too high"),
        ("slower", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q3"].check({"prediction": prediction, "truth": 1.7}).message


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q4", "a", "You chose a. Ten times as much for the same thing"),
        ("q4", "b", "You chose b. It rises because laps take longer."),
        ("q4", "d", "You chose d. Safer laps, perhaps."),
        ("q4", "faster", "give one of the letters"),
        ("q5", "Look at the log.", "That is 4 words; write at least 25"),
        ("q5", 9.0, "Your answer is 9; write sentences, in quotation marks."),
        ("q5", ["luck"], "write sentences"),
        ("q6", "my_reward", "Hand in what the log says of it: `lesson.q6.check(what_if(log, my_reward))`."),
        ("q6", 0.19, "You got 0.19, the bar is -0.6. That is 0.79 too much."),
        ("q6", None, "Your rank correlation with the lap time is None"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG and said in result.message, result.message


def test_the_right_choice():
    assert EXERCISES["q4"].check("c").status == CORRECT
    assert EXERCISES["q5"].check(...).status == NOT_ATTEMPTED


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A short training that learns to lap: what the notebook does, on an easy track and with fewer actions."""
    actions = [{"steering_angle": angle, "speed": speed} for angle in (-20, 0, 20, 30) for speed in (1.5, 2.5)]
    job = Job(
        track="oval",
        reward=RewardFunction.shipped("stay_inside"),
        metadata=ModelMetadata(actions),
        hyperparameters=Hyperparameters(),
        steps=9000,
    )
    log = Log.open(train(job, tmp_path_factory.mktemp("log") / "model"))
    assert log.episodes["complete"].sum() >= 3
    return log


def stays_inside(params):
    return float(params["all_wheels_on_track"])


def punishes_the_end(params):
    return -1000.0 if params["progress"] == 100 else 1.0


def all_the_same(params):
    return 100.0 if params["progress"] == 100 else 0.0


def bonus(params):
    return 10_000 / params["steps"] if params["progress"] == 100 else 0.01


def test_a_reward_is_judged_by_the_laps_of_a_log(log):
    def told(reward):
        return EXERCISES["q6"].check(what_if(log, reward))

    slow = told(stays_inside)
    assert slow.status == WRONG and "the bar is -0.6" in slow.message
    end = told(punishes_the_end)
    assert end.status == WRONG and "who finishes must earn more" in end.message
    assert "Every full lap earns the same" in told(all_the_same).message
    assert told(bonus).status == CORRECT
    assert "Hand in what the log says of it" in EXERCISES["q6"].check(bonus).message


def test_a_log_without_laps_is_told(log):
    judged = what_if(log, bonus)
    early = np.flatnonzero(~log.episodes["complete"])[:5]
    none = type(judged)(log, "bonus", early, judged.paid[:5], judged.would[:5], judged.lap, judged.lap_would)
    assert EXERCISES["q6"].check(none).message.startswith("The log has 0 full laps among 5 episodes")


def test_a_driver_is_no_reward():
    assert "Hand in what the log says" in EXERCISES["q6"].check(PurePursuit()).message
