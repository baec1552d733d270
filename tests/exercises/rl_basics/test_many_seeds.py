"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents.seeds import SeedRun
from course_lib.exercises.exercise import CORRECT, CRASHED, WRONG
from course_lib.exercises.rl_basics.many_seeds import CURVES, EXERCISES, honest_report, standard_error


def runs(*values, first=0):
    return [SeedRun(first + k, score=value) for k, value in enumerate(values)]


@pytest.mark.parametrize(
    ("prediction", "truth", "status", "said"),
    [
        (5, 4, CORRECT, "close enough. It is like tossing a coin ten times"),
        (10, 4, WRONG, "your guess was too high"),
        (0, 5, WRONG, "your guess was too low"),
        (50, 5, WRONG, "it must lie between 0 and 10"),
        ("five", 5, WRONG, "that is a text, and a number is due"),
    ],
)
def test_rounds_that_ben_wins(prediction, truth, status, said):
    result = EXERCISES["q1"].check({"prediction": prediction, "truth": truth})
    assert result.status == status and said in result.message


def test_the_standard_error_by_hand():
    assert standard_error([2.0, 4.0, 6.0]) == pytest.approx(2 / np.sqrt(3))
    right = EXERCISES["q2"].check(lambda values: np.std(values, ddof=1) / np.sqrt(len(values)))
    assert (right.status, right.points) == (CORRECT, 2)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda values: np.std(values), "`standard_error([2, 4, 6])` gave 1.63299: too large."),
        (lambda values: np.std(values, ddof=1), "gave 2: too large."),
        (lambda values: np.std(values) / np.sqrt(len(values)), "gave 0.942809: too small."),
        (lambda values: np.std(values, ddof=1) / len(values), "gave 0.666667: too small."),
        (lambda values: print(values), "gave None: that is nothing at all; is a `return` missing"),
        (lambda values: str(np.std(values)), "leave the quotation marks away."),
        (1.15, "hand in the function or class by its name"),
    ],
)
def test_a_wrong_standard_error(answer, said):
    result = EXERCISES["q2"].check(answer)
    assert result.status == WRONG and said in result.message


def bugs(seed: bool, end: bool, ddof: int):
    """The report of the notebook with its bugs, as far as they are still in."""

    def report(curves):
        scores = []
        for k in range(len(curves)):
            curve = curves[k if seed else 0]
            scores.append(curve[-1] if end else max(curve))
        return np.mean(scores), np.std(scores, ddof=ddof)

    return report


def test_the_report_without_its_bugs():
    assert honest_report(CURVES[0][0]) == pytest.approx([60.0, np.sqrt(200)])
    assert EXERCISES["q4"].check(bugs(True, True, 1)).status == CORRECT


@pytest.mark.parametrize("left", [(False, False, 0), (False, True, 1), (True, False, 1), (True, True, 0)])
def test_each_bug_alone_is_found(left):
    result = EXERCISES["q4"].check(bugs(*left))
    assert result.status == WRONG and "look at [" in result.message


def test_a_report_that_crashes_or_is_of_another_form():
    assert EXERCISES["q4"].check(lambda curves: curves[-1][9]).status == CRASHED
    assert "a list of 2 is due" in EXERCISES["q4"].check(lambda curves: 60.0).message
    assert "3 values, and 2 are due" in EXERCISES["q4"].check(lambda curves: [60.0, 14.0, 2]).message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("a", "Single seeds scatter more"),
        ("b", "about the mean, not about one run"),
        ("d", "Not shown to be different is not shown to be equal"),
        (95, "give one of the letters"),
    ],
)
def test_what_an_interval_does_not_say(answer, said):
    result = EXERCISES["q3"].check(answer)
    assert result.status == WRONG and said in result.message


def test_two_settings_that_differ():
    result = EXERCISES["q5"].check((runs(40, 45, 50, 42), runs(130, 205, 139, 160)))
    assert (result.status, result.points) == (CORRECT, 2)
    assert EXERCISES["q5"].check((runs(130, 205, 139, 160), runs(40, 45, 50, 42))).status == CORRECT


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((runs(100, 200), runs(150, 180)), "points too little."),
        ((runs(100, 200, 140), runs(100, 200, 140)), "Both have the same scores, seed by seed"),
        ((runs(100, 200), runs(110, 190)), "You got -127.06 points, the bar is 0 points."),
        ((runs(*range(7)), runs(*range(7))), "One list has 7 runs: use 2 to 6 seeds for each setting."),
        ((runs(40), runs(130)), "One list has 1 runs: use 2 to 6"),
        ((runs(1, 2), runs(8, 9, first=1)), "The seeds are [0, 1] and [1, 2]: pairs need the same seeds"),
        ((runs(1, 2)[:1] * 2, runs(8, 9)[:1] * 2), "a seed that is counted twice tells nothing new."),
        ((runs(1, None), runs(8, 9)), "1 of 2 seeds have no score (seed 1: no score)."),
        ((np.ones(3), np.ones(3)), "Hand in two lists of runs"),
        (runs(1, 2, 3), "Hand in two lists of runs"),
        ("Clara", "Hand in two lists of runs"),
        (None, "Hand in two lists of runs"),
        ((k for k in range(3)), "Hand in two lists of runs"),
        (np.zeros(10**6), "Hand in two lists of runs"),
    ],
)
def test_what_shows_no_difference(answer, said):
    result = EXERCISES["q5"].check(answer)
    assert result.status == WRONG and said in result.message


@pytest.mark.parametrize("answer", ["One run is not enough.", 10, ["ten seeds"]])
def test_too_few_words(answer):
    assert EXERCISES["q6"].check(answer).status == WRONG
