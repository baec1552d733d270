"""Wrong answers that students really give to 03_city_navigation, and what they are told."""

from __future__ import annotations

import math

import pytest

from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.td3.city_navigation import EXERCISES, explore, step_rewards


def told(name, answer):
    result = EXERCISES[name].check(answer)
    return result.status, result.message


def whole_numbers(x, y, heading, steps):
    for _ in range(steps):
        x = int(x + 2 * math.cos(math.radians(heading)))
        y = int(y - 2 * math.sin(math.radians(heading)))
    return x, y


def rounded(x, y, heading, steps):
    for _ in range(steps):
        x = round(x + 2 * math.cos(math.radians(heading)))
        y = round(y - 2 * math.sin(math.radians(heading)))
    return x, y


def upside_down(x, y, heading, steps):
    return x + 2 * steps * math.cos(math.radians(heading)), y + 2 * steps * math.sin(math.radians(heading))


def in_radians(x, y, heading, steps):
    return x + 2 * steps * math.cos(heading), y - 2 * steps * math.sin(heading)


def right_way(x, y, heading, steps):
    return x + 2 * steps * math.cos(math.radians(heading)), y - 2 * steps * math.sin(math.radians(heading))


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (whole_numbers, WRONG, "gave [40, 0]: look at [0], which is 40: too small."),
        (rounded, WRONG, "look at [0], which is 80: too large."),
        (upside_down, WRONG, "look at [1], which is 20.7055: the size is right, the sign is not."),
        (in_radians, WRONG, "look at [0]"),
        (lambda x, y, heading, steps: (x, z), CRASHED, "NameError"),  # noqa: F821
        (right_way, CORRECT, "1 to 2.8 pixels a step"),
    ],
)
def test_the_car_is_equally_fast_in_all_directions(answer, status, said):
    found = told("q1", answer)
    assert (found[0], said in found[1]) == (status, True), found


def unscaled(action, chance):
    return 5 * action + 0.1 * chance


def unclipped(action, chance):
    return 5 * (action + 0.1 * chance)


def clipped_too_early(action, chance):
    return 5 * action + 5 * max(-0.1, min(0.1, 0.1 * chance))


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (unscaled, WRONG, "`explore(0.5, 1)` gave 2.6: too small."),
        (unclipped, WRONG, "`explore(0.98, 1.5)` gave 5.65: too large."),
        (clipped_too_early, WRONG, "`explore(-0.5, -2)` gave -3: too large."),
        (lambda action, chance: None, NOT_ATTEMPTED, "Not tried yet"),
        (explore, CORRECT, "fifty times less"),
    ],
)
def test_noise_is_a_share_of_the_range(answer, status, said):
    found = told("q3", answer)
    assert (found[0], said in found[1]) == (status, True), found


def with_the_jump(distances, arrived):
    return [0.5 if b < a else -0.9 for a, b in zip(distances, distances[1:])]


def without_the_arrival(distances, arrived):
    pairs = zip(distances, distances[1:], arrived[1:])
    return [0.5 if b < a else -0.9 for a, b, there in pairs if not there]


def a_reward_of_nothing(distances, arrived):
    pairs = zip(distances, distances[1:], arrived)
    return [0.0 if there else 0.5 if b < a else -0.9 for a, b, there in pairs]


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (with_the_jump, WRONG, "4 are due"),
        (without_the_arrival, WRONG, "look at [1]"),
        (a_reward_of_nothing, WRONG, "4 are due"),
        (step_rewards, CORRECT, "nobody sees it for months"),
    ],
)
def test_no_reward_comes_from_a_jump(answer, status, said):
    found = told("q4", answer)
    assert (found[0], said in found[1]) == (status, True), found


@pytest.mark.parametrize(
    ("letter", "status", "said"),
    [
        ("a", WRONG, "A target network does not learn; it is asked."),
        ("c", WRONG, "It does not learn at all"),
        ("d", WRONG, "give one of the letters"),
        ("b", CORRECT, "asking mode"),
    ],
)
def test_dropout_in_targets(letter, status, said):
    found = told("q5", letter)
    assert (found[0], said in found[1]) == (status, True), found


def test_the_share_of_road_is_predicted():
    assert told("q2", {"prediction": 90, "truth": 21.0}) == (
        WRONG,
        "You predicted 90 %, it is 21 %: your guess was too high. What did you not expect? It reaches every goal. So "
        "goals alone say little about a driver.",
    )
    assert told("q2", {"prediction": 20, "truth": 21.0})[0] == CORRECT
    assert EXERCISES["q2"].fault(120) is not None and EXERCISES["q2"].fault("many") is not None


def test_own_words():
    assert told("q6", "")[0] == NOT_ATTEMPTED
    assert told("q6", "Road share.") == (
        WRONG,
        "That is 2 words; write at least 12, as you would tell a friend.",
    )
    assert told("q6", 12)[0] == WRONG
