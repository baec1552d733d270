"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from course_lib.agents import ppo
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.rl_basics.ppo import EXERCISES, gae, judge, judge_without_ends
from course_lib.sim.laps import LapResults

STEPS = ([1.0, 1.0, 3.0, 1.0, -1.0], [2.0, 2.0, 2.0, 2.0, 2.0, 0.0])


def laps(times, progress=None) -> LapResults:
    """Cars with these lap times; NaN is a car that left the road."""
    times = np.array(times, float)[:, None]
    off = np.isnan(times[:, 0])
    progress = np.where(off, 50.0, 100.0) if progress is None else np.array(progress, float)
    return LapResults("camp", 1, times, off, progress, np.full(len(times), 7.0))


@pytest.mark.parametrize("lam", [0.0, 0.5, 0.95, 1.0])
def test_the_answers_are_what_the_file_computes(lam):
    rng = np.random.default_rng(3)
    rewards, values, ends = rng.normal(size=9), rng.normal(size=10), rng.random(9) < 0.3

    def from_file(over):
        columns = rewards[:, None], values[:, None], over[:, None]
        return ppo.advantages_and_returns(*columns, 0.97, lam)[0][:, 0]

    np.testing.assert_allclose(gae(rewards, values, 0.97, lam), from_file(np.zeros(9, bool)))
    np.testing.assert_allclose(judge(rewards, values, ends, 0.97, lam), from_file(ends))


def test_the_pencil_numbers_of_the_lesson():
    rewards, values = STEPS
    assert [rewards[t] + 0.5 * values[t + 1] - values[t] for t in range(5)] == [0, 0, 2, 0, -3]
    assert gae(rewards, values, 0.5, 0.5)[2:] == [1.8125, -0.75, -3]
    assert gae(rewards, values, 0.5, 0)[2:] == [2, 0, -3]


def forgets_the_discount(rewards, values, gamma, lam):
    advantages, running = [0.0] * len(rewards), 0.0
    for t in reversed(range(len(rewards))):
        running = advantages[t] = rewards[t] + values[t + 1] - values[t] + gamma * lam * running
    return advantages


def surprises_only(rewards, values, gamma, lam):
    return [rewards[t] + gamma * values[t + 1] - values[t] for t in range(len(rewards))]


def forgets_lambda(rewards, values, gamma, lam):
    return gae(rewards, values, gamma, 1.0)


def backwards(rewards, values, gamma, lam):
    return gae(rewards, values, gamma, lam)[::-1]


def sign(rewards, values, gamma, lam):
    return [-advantage for advantage in gae(rewards, values, gamma, lam)]


def one_too_far(rewards, values, gamma, lam):
    return [rewards[t] + gamma * values[t + 2] - values[t] for t in range(len(rewards))]


def prints(rewards, values, gamma, lam):
    print(len(gae(rewards, values, gamma, lam)))


def only_the_first(rewards, values, gamma, lam):
    return gae(rewards, values, gamma, lam)[0]


def generator(rewards, values, gamma, lam):
    return (advantage for advantage in gae(rewards, values, gamma, lam))


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (forgets_the_discount, WRONG, "look at [0]"),
        (surprises_only, WRONG, "look at [0], which is 0"),
        (forgets_lambda, WRONG, "look at [0]"),
        (backwards, WRONG, "the values are right, their order is not"),
        (sign, WRONG, "the size is right, the sign is not"),
        (one_too_far, CRASHED, "IndexError: list index out of range"),
        (prints, WRONG, "that is nothing at all; is a `return` missing"),
        (only_the_first, WRONG, "a list of 5 is due"),
        (generator, WRONG, "an object of type generator, which has not run yet"),
        (lambda *_: np.zeros(10**7), WRONG, "too much to check"),
        (gae(*STEPS, 0.5, 0.5), WRONG, "hand in the function or class by its name"),
        (None, WRONG, "hand in the function"),
    ],
)
def test_advantages_that_are_off(answer, status, said):
    result = EXERCISES["q2"].check(answer)
    assert result.status == status
    assert said in result.message


def test_the_starter_of_the_blanks_is_not_tried_yet_and_the_answer_is_right():
    def starter(rewards, values, gamma, lam):
        surprises = [... for t in range(len(rewards))]
        advantages, running = list(surprises), 0.0
        for t in reversed(range(len(rewards))):
            running = ...
            advantages[t] = running
        return advantages

    assert EXERCISES["q2"].check(starter).status == NOT_ATTEMPTED
    right = EXERCISES["q2"].check(gae)
    assert (right.status, right.points) == (CORRECT, 2)


def only_the_value(rewards, values, ends, gamma, lam):
    advantages, running = [0.0] * len(rewards), 0.0
    for t in reversed(range(len(rewards))):
        surprise = rewards[t] + gamma * (not ends[t]) * values[t + 1] - values[t]
        running = advantages[t] = surprise + gamma * lam * running
    return advantages


def only_the_sum(rewards, values, ends, gamma, lam):
    advantages, running = [0.0] * len(rewards), 0.0
    for t in reversed(range(len(rewards))):
        surprise = rewards[t] + gamma * values[t + 1] - values[t]
        running = advantages[t] = surprise + gamma * lam * (not ends[t]) * running
    return advantages


def the_wrong_way_round(rewards, values, ends, gamma, lam):
    return judge(rewards, values, [not end for end in ends], gamma, lam)


def stops_at_the_end(rewards, values, ends, gamma, lam):
    count = ends.index(True) + 1 if True in ends else len(rewards)
    return judge(rewards[:count], values[: count + 1], ends[:count], gamma, lam)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (only_the_value, "look at [0]"),
        (only_the_sum, "look at [0]"),
        (the_wrong_way_round, "look at [0]"),
        (stops_at_the_end, "that is a list of 2 values, and 3 are due"),
    ],
)
def test_a_half_repaired_judge(answer, said):
    result = EXERCISES["q3"].check(answer)
    assert result.status == WRONG
    assert said in result.message


def test_the_judge_as_shipped_and_repaired():
    shipped = EXERCISES["q3"].check(judge_without_ends)
    assert shipped.status == NOT_ATTEMPTED and "still what the cell began with" in shipped.message
    assert EXERCISES["q3"].check(judge).points == 2


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q4", "a", "Look at the picture at 1.5"),
        ("q4", "c", "which way is up?"),
        ("q4", "d", "Bad actions teach as much as good ones."),
        ("q4", "yes", "give one of the letters"),
        ("q5", "because of the clip", "That is 4 words; write at least 15"),
        ("q5", 3, "Your answer is 3; write sentences"),
        ("q5", ["ratio"], "write sentences, in quotation marks"),
        ("q6", [laps([5.5, np.nan]), laps([5.5, 5.6])], "3 of 4 cars finished their lap; on average they got 88 %"),
        ("q6", [laps([6.4, 6.6])], "You got 6.5 s, the bar is 6 s. That is 0.5 s too much."),
        ("q6", "fast", "That is a text"),
        ("q6", None, "Your mean lap is None: that is nothing at all"),
        ("q6", [], "an empty list"),
        ("q6", {"epochs": 16}, "that is a dict, and one single number is due"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG
    assert said in result.message


def test_the_bars_are_reached():
    assert EXERCISES["q4"].check("B").status == CORRECT
    assert EXERCISES["q6"].check([laps([5.9, 6.0]), laps([5.8, 6.1])]).points == 2
    assert EXERCISES["q6"].check([laps([6.4, 6.6])]).points == 1
    assert EXERCISES["q6"].check(laps([5.5])).status == CORRECT


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (100, "your guess was too high"),
        (0, "your guess was too low"),
        (200, "it must lie between 0 and 120"),
        ("low", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": 17.0}).message


def test_the_objective_of_the_choice_is_flat_where_the_lesson_says():
    def objective(ratio, advantage):
        return min(ratio * advantage, np.clip(ratio, 0.8, 1.2) * advantage)

    assert objective(1.5, -1.0) == -1.5 and objective(1.6, -1.0) < objective(1.5, -1.0)
    assert objective(1.5, 1.0) == objective(1.6, 1.0) == 1.2
    assert objective(0.5, -1.0) == objective(0.6, -1.0) == -0.8


def test_the_settings_that_the_lesson_changes_exist():
    names = inspect.signature(ppo.Config).parameters
    assert {"epochs", "clip", "gae_lambda", "gamma", "minibatch", "learning_rate"} <= set(names)
    assert (ppo.Config().gamma, ppo.Config().gae_lambda, ppo.Config().rollout_steps) == (0.97, 0.95, 16)
