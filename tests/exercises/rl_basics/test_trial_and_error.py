"""Wrong answers that students really give, what they are told, and the numbers that the notebook promises."""

from __future__ import annotations

import json

import gymnasium
import numpy as np
import pytest

from course_lib.agents import bandits, make_envs, q_learning
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.rl_basics.trial_and_error import EXERCISES
from course_lib.paths import lessons_dir

THINGS = list(EXERCISES["q1"].answer)


@pytest.fixture(scope="module")
def notebook() -> dict:
    """The functions that the notebook defines in its own cells."""
    text = (lessons_dir() / "01_rl_basics" / "02_trial_and_error.ipynb").read_text(encoding="utf-8")
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    names: dict = {"SEED": 0}
    for begin in ("from itertools", "def new_robot", "def learn", "def explorer", "camp = "):
        source = next(cell for cell in cells if cell.startswith(begin))
        source, _, _ = source.partition("\nlesson")
        source, _, _ = source.partition("\nplay = ")
        source, _, _ = source.partition("\nfound = ")
        exec(source, names)
    return names


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_the_learner_of_the_notebook_finds_half_a_metre(notebook, seed, noise):
    env = gymnasium.make("FirstLap/RobotJump-v0", noise=noise)
    env.reset(seed=seed)

    def play(jump):
        env.reset()
        return env.step(jump)[1]

    q, diary = notebook["learn"](play, notebook["explorer"](0.1, seed), tries=300)
    assert q.argmax() == 2
    assert len(diary) == 300 and q[2] == pytest.approx(np.mean([reward for jump, reward in diary if jump == 2]))


def test_about_a_third_of_the_greedy_robots_is_stuck_by_one_unlucky_try(notebook):
    values = [notebook["learn"](notebook["new_robot"](seed), notebook["greedy"])[0] for seed in range(100)]
    stuck = [q for q in values if q.argmax() != 2]
    assert 26 <= len(stuck) <= 46
    assert all(q[2] == -1.0 for q in stuck)


def test_a_thousand_robots_in_arrays_learn_like_those_of_the_notebook(notebook):
    totals = []
    for seed in range(100):
        _, diary = notebook["learn"](notebook["new_robot"](seed), notebook["explorer"](0.3, seed), tries=150)
        totals.append(sum(reward for _, reward in diary))
    many = bandits.many_learners(chances(), 0.3, tries=150)
    error = np.sqrt(np.var(totals) / 100 + many.totals.var() / 1000)
    assert abs(np.mean(totals) - many.totals.mean()) < 3 * error


def chances() -> list[float]:
    robot = gymnasium.make("FirstLap/RobotJump-v0", noise=0.2).unwrapped
    return [sum(p for p, _, reward, _ in robot.P[0][jump] if reward > 0) for jump in range(4)]


def test_a_little_exploring_pays_and_an_optimist_needs_none():
    total = {e: bandits.many_learners(chances(), e).totals.mean() for e in (0, 0.02, 0.1, 0.3, 1)}
    assert total[0.1] > max(total[0.02], total[0.3]) + 20 and min(total[0.02], total[0.3]) > total[0] + 20
    assert total[0] > total[1]
    optimist = bandits.many_learners(chances(), 0, first_value=1, first_tries=1)
    assert total[0.1] + 30 < optimist.totals.mean() < 300 * (2 * chances()[2] - 1)


def expected_return(act) -> float:
    """The mean return of ten obstacles, exactly: from the table of what can happen."""
    world = gymnasium.make("FirstLap/RobotJump-v0", obstacles=10).unwrapped
    worth = np.zeros(world.observation_space.n)
    for state in reversed(range(world.over)):
        worth[state] = sum(p * (r + (0.0 if over else worth[s])) for p, s, r, over in world.P[state][act(state)])
    return float(worth[0])


def test_no_single_choice_brings_more_than_ten_points():
    assert max(expected_return(lambda state, choice=choice: choice) for choice in range(12)) == 10.0


@pytest.mark.parametrize("seed", range(5))
def test_a_table_with_a_row_for_each_state_brings_more(seed):
    config = q_learning.Config(steps=40_000, gamma=1.0, first_value=12, explore_first=0.2)
    envs = make_envs("FirstLap/RobotJump-v0", 16, obstacles=10)
    assert expected_return(q_learning.train(envs, config, seed=seed).policy.act) > 10.5


@pytest.mark.parametrize("seed", range(2))
def test_the_same_learner_finds_the_fastest_safe_speed_of_the_car(notebook, seed):
    choose = notebook["explorer"](0.1, seed)
    q, _ = notebook["learn"](notebook["new_car"](seed), choose, choices=8, tries=30, first_value=3)
    assert notebook["SPEEDS"][q.argmax()] == 1.4


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({THINGS[0]: "reinforcement"}, "0 of 6 are right. Look at “10,000 photos of the road, each"),
        ({THINGS[0]: "supervised", THINGS[1]: "supervised"}, "1 of 6 are right. Look at “a pile of laps"),
        ({THINGS[3]: "no learning"}, "“10,000 photos of the road, each with the steering of a champion” is missing."),
        ({THINGS[0]: "deep learning"}, "you gave 'deep learning', which is none of the words."),
        ({"photos": "supervised"}, "'photos' is none of the 6 things; check its spelling."),
        (["supervised"] * 6, "a dict is due"),
    ],
)
def test_kinds_of_learning(answer, said):
    result = EXERCISES["q1"].check(answer)
    assert result.status == WRONG and said in result.message


def means(tries, start=0.0, skip=0, step=None, result=None):
    """A score keeper with the mistakes that the arguments ask for."""
    q, n = [start] * 4, [skip] * 4
    for k, (jump, reward) in enumerate(tries, 1):
        n[jump] += 1
        q[jump] += (reward - q[jump]) / (step(k, n[jump]) if step else n[jump])
    return result(q) if result else q


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda t: means(t, skip=1), "gave [0, 0, 0.666667, 0]: look at [2], which is 0.666667: too small."),
        (lambda t: means(t, step=lambda k, n: 1), "look at [2], which is 1: too large"),  # the last reward alone
        (lambda t: means(t, step=lambda k, n: 10), "gave [0, 0, 0.19, 0]: look at [2]"),
        (lambda t: means(t, result=np.argmax), "a list of 4 is due"),
        (lambda t: means(t, result=lambda q: None), "that is nothing at all; is a `return` missing"),
        (lambda t: means(t, result=lambda q: q[:3]), "that is a list of 3 values, and 4 are due"),
        (lambda t: (q for q in means(t)), "an object of type generator, which has not run yet"),
    ],
)
def test_a_mean_that_is_wrong(answer, said):
    result = EXERCISES["q2"].check(answer)
    assert result.status == WRONG and said in result.message


def sum_by_length(tries):
    return [sum(r for j, r in tries if j == jump) / len([r for j, r in tries if j == jump]) for jump in range(4)]


def test_a_mean_that_is_right_or_crashes():
    assert EXERCISES["q2"].check(means).points == 2
    empty = EXERCISES["q2"].check(sum_by_length)
    assert empty.status == CRASHED and "with ZeroDivisionError" in empty.message
    assert EXERCISES["q2"].check(EXERCISES["q2"].starter).status == NOT_ATTEMPTED


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (0, "your guess was too low"),
        (90, "your guess was too high"),
        (0.36 * 1000, "it must lie between 0 and 100"),
        ("a third", "that is a text, and a number is due"),
    ],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q3"].check({"prediction": prediction, "truth": 41}).message


def by_chance(q, epsilon, rng):
    return int(rng.integers(len(q))) if rng.random() < epsilon else int(q.argmax())


def other_order(q, epsilon, rng):
    any_at_all, draw = rng.choice(len(q)), rng.uniform()
    return any_at_all if draw < epsilon else np.argmax(q)


def exactly_epsilon(q, epsilon, rng):
    return rng.choice(len(q), p=epsilon / len(q) + (1 - epsilon) * (np.arange(len(q)) == q.argmax()))


@pytest.mark.parametrize("answer", [by_chance, other_order, exactly_epsilon])
def test_an_epsilon_greedy_choice_is_right_however_it_is_drawn(answer):
    result = EXERCISES["q4"].check(answer)
    assert (result.status, result.points) == (CORRECT, 2)


def never_the_best(q, epsilon, rng):
    others = [choice for choice in range(len(q)) if choice != q.argmax()]
    return int(rng.choice(others)) if rng.random() < epsilon else int(q.argmax())


def prints_much(q, epsilon, rng):
    print("choosing")
    return int(rng.integers(len(q)))


def fixed_epsilon(q, epsilon, rng):
    return by_chance(q, 0.1, rng)


def own_chance(q, epsilon, rng):
    return by_chance(q, epsilon, OWN)


OWN = np.random.default_rng(1)
Q = "With q = [0.1, 0.6, 0.2, -0.5] and epsilon = "


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda q, epsilon, rng: by_chance(q, 1 - epsilon, rng), Q + "0, choice 0 came in 2"),
        (lambda q, epsilon, rng: by_chance(-q, epsilon, rng), Q + "0, choice 1, the best one, came in 0% of 2,000"),
        (never_the_best, Q + "1, choice 0 came in 3"),
        (prints_much, Q + "0, choice 0 came in 2"),
        (fixed_epsilon, Q + "0, choice 1, the best one, came in 9"),
        (own_chance, "chose otherwise when it was called again with the same chance: draw from `rng`"),
        (
            lambda q, epsilon, rng: by_chance(np.zeros(4), epsilon, rng),
            "choice 0 came in 100% of 2,000 calls: that is too",
        ),
        (
            lambda q, epsilon, rng: q.max(),
            Q + "0, your function returned 0.6: a choice is due, a whole number from 0 to 3",
        ),
        (lambda q, epsilon, rng: q > epsilon, "returned something of type ndarray: a choice is due"),
        (lambda q, epsilon, rng: rng.random() < epsilon, "returned False: a choice is due"),
        (lambda q, epsilon, rng: len(q), "returned 4: a choice is due, a whole number from 0 to 3"),
        (lambda q, epsilon, rng: print(q.argmax()), "returned nothing (None): is a `return` missing?"),
        (lambda q, epsilon, rng: (k for k in q), "returned something of type generator"),
        (0.1, "Your answer is 0.1: hand in the function or class by its name"),
    ],
)
def test_a_choice_that_is_not_epsilon_greedy(answer, said, capsys):
    result = EXERCISES["q4"].check(answer)
    assert result.status == WRONG and said in result.message
    assert capsys.readouterr().out == ""


def test_a_choice_that_crashes_and_the_one_that_was_there():
    crashed = EXERCISES["q4"].check(lambda q, epsilon, rng: q.index(max(q)))
    assert crashed.status == CRASHED and "'numpy.ndarray' object has no attribute 'index'" in crashed.message
    assert EXERCISES["q4"].check(lambda q: 0).status == CRASHED
    greedy = EXERCISES["q4"].check(lambda q, epsilon, rng: int(np.argmax(q)))
    assert greedy.status == NOT_ATTEMPTED


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("I explore", "That is 2 words; write at least 20"),
        (3, "Your answer is 3; write sentences, in quotation marks."),
        (["food", "music"], "write sentences"),
    ],
)
def test_own_words(answer, said):
    result = EXERCISES["q5"].check(answer)
    assert result.status == WRONG and said in result.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda k: 0, "You got -5"),
        (lambda k: 0.2, "the bar is 45 points. That is "),
        (lambda k: 1 - k / 300, "points too little."),
        (lambda k: 1 - k / 100, "Your epsilon of try 101 is -0.01: it must lie between 0 and 1"),
        (lambda k: 10, "Your epsilon of try 0 is 10: it must lie between 0 and 1"),
        (
            lambda k: print(k / 300, file=None) if k < 0 else None,
            "Your epsilon of try 0 is None: is a `return` missing?",
        ),
        (lambda k: "0.1", "Your epsilon of try 0 is of type str: a number is due."),
        (lambda k: float("nan"), "it must lie between 0 and 1"),
        ("my_epsilon", "That is a text: hand in your function, by its name."),
        ([0.1] * 300, "is of type list: a number is due."),
    ],
)
def test_an_epsilon_that_misses_the_bar(answer, said):
    result = EXERCISES["q6"].check(answer)
    assert result.status == WRONG and said in result.message


def test_an_epsilon_that_falls_in_time():
    for falling in (lambda k: max(0, 1 - k / 50), lambda k: 0.5 * 0.97**k):
        assert EXERCISES["q6"].check(falling).status == CORRECT
    assert EXERCISES["q6"].check(lambda k: 0.1).status == NOT_ATTEMPTED
    assert EXERCISES["q6"].check(lambda k: 1 / k).status == CRASHED
