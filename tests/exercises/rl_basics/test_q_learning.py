"""Wrong answers that students really give, and what they are told; and the numbers that the notebook speaks of."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

import course_lib  # noqa: F401  registers the environments
from course_lib.agents import make_envs, q_learning
from course_lib.agents.value_iteration import best_actions, value_iteration
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.rl_basics.q_learning import BESIDE_THE_GOAL, BESIDE_THE_PIT, EXERCISES, dice_value
from course_lib.sim.laps import run_laps

GAMMA = 0.9


def rules(slip: float = 0.2):
    return gymnasium.make("FirstLap/GridWorld-v0", slip=slip).unwrapped.P


# q1


@pytest.mark.parametrize(
    ("prediction", "status", "said"),
    [
        (0.4, CORRECT, "close enough"),
        (0.52, WRONG, "your guess was too high"),
        (-0.3, WRONG, "your guess was too low"),
        (52, WRONG, "it must lie between -1 and 1"),
        ("0.4", WRONG, "leave the quotation marks away"),
    ],
)
def test_the_worth_of_the_start(prediction, status, said):
    truth = value_iteration(rules(), GAMMA)[8].max()
    assert truth == pytest.approx(0.374, abs=5e-4)
    result = EXERCISES["q1"].check({"prediction": prediction, "truth": truth})
    assert result.status == status and said in result.message


# q2


def total(outcomes, values, gamma):
    return sum(p * (r + gamma * values[s] * (not over)) for p, s, r, over in outcomes)


def best(choices, values, gamma):
    return max(total(outcomes, values, gamma) for outcomes in choices)


def not_divided(choices, values, gamma):
    return sum(total(outcomes, values, gamma) for outcomes in choices)


def beyond_the_end(choices, values, gamma):
    return sum(p * (r + gamma * values[s]) for outcomes in choices for p, s, r, over in outcomes) / 4


def without_chance(choices, values, gamma):
    return np.mean([r + gamma * values[s] * (not over) for outcomes in choices for p, s, r, over in outcomes])


def always_four(choices, values, gamma):
    return not_divided(choices, values, gamma) / 4


def own_gamma(choices, values, gamma):
    return dice_value(choices, values, 0.9)


def all_values(choices, values, gamma):
    return [total(outcomes, values, gamma) for outcomes in choices]


def prints(choices, values, gamma):
    print(dice_value(choices, values, gamma))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (not_divided, "too large"),
        (beyond_the_end, "too large"),
        (without_chance, "gave 3.66667: too small"),
        (always_four, "gave 2.125: 2 times too small; is something doubled or halved?"),
        (own_gamma, "0.5)` gave"),
        (all_values, "that is a list of 4 values, and one single number is due"),
        (prints, "is a `return` missing"),
        (0.4, "hand in the function or class by its name"),
    ],
)
def test_a_wrong_value_of_a_cell(answer, said):
    result = EXERCISES["q2"].check(answer)
    assert result.status == WRONG and said in result.message


def test_the_value_of_a_cell():
    assert EXERCISES["q2"].check(best).status == NOT_ATTEMPTED
    assert EXERCISES["q2"].check(lambda c, v, g: float(np.mean([total(o, v, g) for o in c]))).status == CORRECT
    crashed = EXERCISES["q2"].check(lambda choices, values, gamma: choices["up"])
    assert crashed.status == CRASHED and "TypeError" in crashed.message
    table = rules()
    for cell, state in ((BESIDE_THE_GOAL, 2), (BESIDE_THE_PIT, 6)):
        for action, outcomes in enumerate(cell):
            mine = {s: (pytest.approx(p), r, over) for p, s, r, over in outcomes}
            assert {s: (p, r, over) for p, s, r, over in table[state][action]} == mine


def test_what_the_praise_says_of_the_dice():
    table, values = rules(), np.zeros(12)
    for _ in range(500):
        values = np.array([dice_value(table[s].values(), values, GAMMA) for s in range(12)])
    assert f"{values[8]:.2f}" == "-0.40"


# q3


def update(wanted):
    def new_value(q, state, action, reward, after, terminated, rate, gamma):
        aim = wanted(q, action, reward, after, terminated, gamma)
        return q[state][action] + rate * (aim - q[state][action])

    return new_value


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (update(lambda q, a, r, s, over, g: r + g * q[s][a]), NOT_ATTEMPTED, "what the cell began with"),
        (
            update(lambda q, a, r, s, over, g: r + g * max(q[s])),
            WRONG,
            "0, 3, 1, 3, True, 0.5, 0.9)` gave 3.65: too large",
        ),
        (update(lambda q, a, r, s, over, g: r + g * q[s][a] * (not over)), WRONG, "`new_value("),
        (update(lambda q, a, r, s, over, g: r + g * max(q[s]) * over), WRONG, "gave 0.23: too small"),
        (update(lambda q, a, r, s, over, g: 0.0 if over else r + g * max(q[s])), WRONG, "too small"),
        (update(lambda q, a, r, s, over, g: r + g * sum(q[s]) * (not over)), WRONG, "too large"),
        (update(lambda q, a, r, s, over, g: r if over else r + g * max(q[s])), CORRECT, "Both are mended"),
        (update(lambda q, a, r, s, over, g: r + g * q[s].max()), CRASHED, "AttributeError"),
        (None, WRONG, "hand in the function"),
    ],
)
def test_the_bugs_of_an_update(answer, status, said):
    result = EXERCISES["q3"].check(answer)
    assert result.status == status and said in result.message


# q4


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("a", "You chose a. Look at the sum in Bellman's equation"),
        ("c", "both agree on which actions are best"),
        ("d", "What did it not know?"),
        (True, "Your answer is True; give one of the letters"),
    ],
)
def test_half_true(answer, said):
    result = EXERCISES["q4"].check(answer)
    assert result.status == WRONG and said in result.message
    assert EXERCISES["q4"].check(" B ").status == CORRECT


# q5


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"gamma": 0.5, "explore_first": 0.1, "explore_last": 0.1}, "You got 0.08, the bar is 0.93."),
        ({"gamma": 0.5, "explore_first": 1.0}, "You got 0.08, the bar is 0.93."),
        ({"explore_first": 0.1, "explore_last": 0.1}, "of 10 learners found the large prize; the worst of the others"),
        ({"epsilon": 0.1}, "There is no setting 'epsilon': the settings are gamma, explore_first"),
        ({"gamma": 99}, "gamma is 99: it must be a number from 0 to 1."),
        ({"gamma": "0.9"}, "gamma is 0.9: it must be a number"),
        ({"gamma": float("nan")}, "gamma is nan"),
        ("settings", "That is a text: hand in your settings, a dict."),
        (None, "Your worst return of ten learners is None"),
        (q_learning.Config(), "That is an object of type Config."),
        ([0.9, 0.1], "that is a list of 2 values"),
        (np.zeros((1000, 1000)), "too much to check"),
        ((k for k in ()), "which has not run yet"),
    ],
)
def test_settings_that_do_not_reach_the_large_prize(settings, said):
    result = EXERCISES["q5"].check(settings)
    assert result.status == WRONG and said in result.message


@pytest.mark.parametrize(
    "settings",
    [
        {"gamma": 0.99, "explore_first": 1.0, "explore_last": 0.1},
        {"gamma": 0.9, "explore_first": 1.0, "explore_last": 1.0},
        {"gamma": 0.99, "explore_first": 0.1, "explore_last": 0.1, "first_value": 1.0},
    ],
)
def test_ten_of_ten_learners_go_right(settings):
    result = EXERCISES["q5"].check(settings)
    assert (result.status, result.points) == (CORRECT, 2)
    assert result.message.startswith("You got 0.94, the bar is 0.93.")


def test_unfinished_settings_are_not_tried():
    assert EXERCISES["q5"].check({"gamma": ..., "explore_first": 0.5}).status == NOT_ATTEMPTED


# q6


def test_the_stretch_looks_at_all_cars():
    assert EXERCISES["q6"].check(16.2).message == "You got 16.2 s, the bar is 14 s. That is 2.2 s too much."
    assert EXERCISES["q6"].check("fast").message == "That is a text: hand in what `run_laps` gave you."
    laps = run_laps(PurePursuit(), starts=2)
    assert EXERCISES["q6"].check(laps).status == CORRECT
    laps.off_tracks[0] = True
    assert EXERCISES["q6"].check(laps).message.startswith("1 of 2 cars finished")


# What the notebook says.


def test_on_steeper_slips_the_arrows_beside_the_pit_point_away_from_it():
    q = value_iteration(rules(0.4), GAMMA)
    assert best_actions(q)[[6, 11]].tolist() == [[False, False, False, True], [False, False, True, False]]
    assert value_iteration(rules(0.0), GAMMA).max(axis=1)[[2, 1, 0, 8]].round(3).tolist() == [1.0, 0.86, 0.734, 0.519]


@pytest.mark.parametrize("seed", range(10))
def test_the_loss_on_slippery_ground_is_below_the_cost_of_a_step(seed):
    true_q = value_iteration(rules(), GAMMA)
    config = q_learning.Config(steps=30_000, gamma=GAMMA, explore_last=1.0, slowing=0.8)
    q = q_learning.train(make_envs("FirstLap/GridWorld-v0", 8), config, seed).policy.q
    loss = true_q.max(axis=1) - true_q[np.arange(12), q.argmax(axis=1)]
    assert loss.max() < 0.04 and (loss > 1e-6).sum() <= 1
