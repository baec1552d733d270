"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

import pytest

from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.rl_basics.build_your_own_environment import EXERCISES
from course_lib.exercises.solutions import read_solutions
from course_lib.paths import lessons_dir
from course_lib.sim.toys.parking import ParkingEnv

SOLUTIONS = read_solutions(lessons_dir() / "01_rl_basics" / "solutions" / "09_build_your_own_environment.py")
IMPORTS = (
    "import gymnasium\nimport numpy as np\nfrom gymnasium import spaces\nfrom course_lib.sim.toys.parking import draw\n"
)


@pytest.fixture
def changed(cell):
    """A function: the solution's class or function of an exercise, with changes in its source."""

    def run(name: str, what: str, *changes: tuple[str, str]):
        source = SOLUTIONS[name].partition("\nlesson.")[0]
        for old, new in changes:
            assert old in source, old
            source = source.replace(old, new)
        return cell(IMPORTS + source)[what]

    return run


def test_ends_that_are_mixed_up():
    answer = dict(EXERCISES["q1"].answer)
    assert EXERCISES["q1"].check(answer).status == CORRECT
    clock = "15 seconds are over, the car still rolls"
    result = EXERCISES["q1"].check(answer | {clock: "terminated"})
    assert result.status == WRONG and result.points == 1.6
    assert "4 of 5 are right." in result.message and "could the car have gone on?" in result.message
    result = EXERCISES["q1"].check(answer | {"the car stands in the bay": "truncated"})
    assert "the task is done. Who says so: the world, or a clock?" in result.message
    result = EXERCISES["q1"].check(answer | {"the car rolls at full speed": "done"})
    assert "which is none of the words" in result.message
    assert EXERCISES["q1"].check("terminated").message.startswith("Your answer is 'terminated'; a dict is due")


def test_the_cruise_control_is_repaired(changed):
    assert EXERCISES["q2"].check(changed("q2", "Cruise")).status == CORRECT


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            [("        self.speed = 2.0\n", "")],
            "One rule is broken: line 16: A step before the first reset stopped with",
        ),
        ([(", *, seed=None, options=None", ""), ("seed=seed", "")], "reset does not take seed and options."),
        ([("        super().reset(seed=seed)\n", "")], "did not get to self.np_random."),
        (
            [("self.np_random.uniform", "np.random.uniform")],
            "line 16: Two episodes with seed=1 and the same actions differ",
        ),
        ([("return self.observe(), {}", "return self.observe()")], "reset returned one thing, an array of shape (1,)"),
        ([("lost, False, {}", "lost, {}")], "step returned four things."),
        ([("np.clip(self.speed, 0, 4)", "self.speed")], "The observation of step(0) is -0."),
        ([("self.np_random.uniform(1, 3)", "self.np_random.uniform(1, 3) * np.inf")], "The reward of step("),
    ],
)
def test_a_broken_rule_is_named(changed, changes, said):
    if "A step before" in said:
        said = said.partition("line 16: ")[2]
    result = EXERCISES["q2"].check(changed("q2", "Cruise", *changes))
    assert result.status == WRONG and result.points == 0
    assert said in result.message and "The rule: " in result.message


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("- 0.05", "")], "look at ['speed'], which is 2: too large"),
        (
            [("-abs(self.speed - 2)", "abs(self.speed - 2)")],
            "look at ['reward'], which is 0.05: the size is right, the sign",
        ),
        ([("bool(self.speed <= 0 or self.speed >= 4)", "False")], "look at ['terminated'], which is False"),
        ([("self.speed", "self.pace")], "The world has no self.speed any more: keep the name."),
    ],
)
def test_a_cruise_control_that_drives_in_another_way(changed, changes, said):
    result = EXERCISES["q2"].check(changed("q2", "Cruise", *changes))
    assert result.status == WRONG and said in result.message


def test_the_parking_world_is_filled(changed):
    assert EXERCISES["q3"].check(changed("q3", "MyParking")).status == CORRECT
    assert EXERCISES["q3"].check(ParkingEnv).status == CORRECT


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ([("spaces.Discrete(3)", "...")], NOT_ATTEMPTED, "Not tried yet"),
        ([("return self.observe(), {}", "return ...")], WRONG, "There are still three dots in line 20: fill them in"),
        (
            [("np.clip(self.speed + 0.2 * (action - 1), 0, 4)", "...")],
            WRONG,
            "There are still three dots: fill them in",
        ),
        ([("- 5 * touched", "- ...")], WRONG, "There are still three dots: fill them in"),
        (
            [("        super().reset(seed=seed)\n", "")],
            WRONG,
            "The contract first: line 17: reset was called with seed=0",
        ),
        ([("spaces.Discrete(3)", "3")], WRONG, "The contract first: line 8: action_space is the int 3, and no space."),
        ([("return self.observe(), {}", "return self.observe()")], WRONG, "reset returned one thing"),
        ([("spaces.Discrete(3)", "spaces.Discrete(5)")], WRONG, "look at ['actions'], which is 5: too large"),
        ([("(action - 1)", "action")], WRONG, "`MyParking(8, 2, 1)` gave"),
        ([("0.2 * (action", "2 * (action")], WRONG, "look at ['speed']"),
        ([(", 0, 4)", ", 0, 9)")], WRONG, "The observation of step(2) is 1.0"),
        ([("self.gap - 0.1", "self.gap + 0.1")], WRONG, "The contract first"),
        ([("self.gap - 0.1 * self.speed", "self.gap - self.speed")], WRONG, "look at ['gap'], which is 6: too small"),
        ([("- 5 * touched", "+ 5 * touched")], WRONG, "`MyParking(0.1, 2, 1)` gave"),
        ([("bool(self.gap <= 0)", "False")], WRONG, "look at ['terminated'], which is False"),
        ([("touched or stands", "int(touched or stands)")], WRONG, "terminated is the int 0."),
        ([("self.gap", "self.way")], WRONG, "The world has no self.gap and self.speed any more"),
    ],
)
def test_a_blank_that_is_filled_wrongly(changed, changes, status, said):
    result = EXERCISES["q3"].check(changed("q3", "MyParking", *changes))
    assert (result.status, said in result.message) == (status, True), result.message


@pytest.mark.parametrize("name", ["q2", "q3"])
def test_what_is_no_class_is_told_so(name):
    assert "hand in the function or class by its name" in EXERCISES[name].check(3).message
    assert "hand in the function or class by its name" in EXERCISES[name].check(ParkingEnv()).message
    assert "Hand in the class by its name, without parentheses." in EXERCISES[name].check(lambda: 3).message
    assert "dict is no gymnasium.Env" in EXERCISES[name].check(dict).message


def careful(observation):
    gap, speed = observation[0] * 10, observation[1] * 4
    return 0 if speed**2 / 4 > gap - 1.0 else 2 if speed < 1.2 else 1


def quick(observation):
    gap, speed = observation[0] * 10, observation[1] * 4
    return 0 if speed**2 / 4 > gap - 1.2 else 2


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (quick, CORRECT, "Quick and safe"),
        (careful, WRONG, "s, the bar is 4 s. That is"),
        (lambda observation: 2, WRONG, "0 of 100 cars are parked (100: touched); 95 are due."),
        (lambda observation: 0, WRONG, "0 of 100 cars are parked (100: stands too early); 95 are due."),
        (7.5, WRONG, "You got 7.5 s, the bar is 4 s. That is 3.5 s too much."),
        ("fast", WRONG, "That is an object of type str: hand in the policy, `training.policy`."),
        (None, WRONG, "That is an object of type NoneType"),
        (lambda: 1, CRASHED, "takes 0 positional arguments but 1 was given"),
        (..., NOT_ATTEMPTED, "Not tried yet"),
    ],
)
def test_a_policy_parks_a_hundred_cars(answer, status, said):
    result = EXERCISES["q4"].check(answer)
    assert (result.status, said in result.message) == (status, True), result.message


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (20, "your guess was too low"),
        (50, "your guess was too low"),
        (0.9, "your guess was too low"),
        (85, "close enough"),
        (300, "it must lie between 0 and 100"),
        ("90 %", "that is a text, and a number is due"),
    ],
)
def test_a_prediction_of_a_share(prediction, said):
    assert said in EXERCISES["q5"].check({"prediction": prediction, "truth": 93.4}).message


LOOP = """\
def nearest_bays(gaps, bays):
    distances = []
    for gap in gaps:
        best = np.inf
        for bay in bays:
            best = min(best, abs(gap - bay))
        distances.append(best)
    return np.array(distances)
"""
ONE_LOOP = "def nearest_bays(gaps, bays):\n    return np.array([np.abs(bays - gap).min() for gap in gaps])\n"
VECTORIZE = """\
def nearest_bays(gaps, bays):
    return np.vectorize(lambda gap: min(abs(gap - bay) for bay in bays))(gaps)
"""
SORTED = """\
def nearest_bays(gaps, bays):
    after = np.clip(np.searchsorted(bays, gaps), 1, len(bays) - 1)
    return np.minimum(np.abs(gaps - bays[after - 1]), np.abs(gaps - bays[after]))
"""
ENDLESS = "def nearest_bays(gaps, bays):\n    while True:\n        gaps = gaps + 0\n"
WRAPPED = """\
def nearest_bays(gaps, bays):
    while True:
        try:
            gaps = 1
        except Exception:
            pass
"""


@pytest.mark.parametrize(
    ("source", "status", "said"),
    [
        (LOOP, WRONG, ", the bar is 500. That is "),
        (ONE_LOOP, WRONG, ", the bar is 500. That is "),
        (VECTORIZE, WRONG, ", the bar is 500. That is "),
        (SORTED, CORRECT, "NumPy does the same work"),
        (ENDLESS, WRONG, "It took more than 1,000,000 instructions and was stopped"),
        (WRAPPED, WRONG, "It took more than 1,000,000 instructions and was stopped"),
        (
            "def nearest_bays(gaps, bays):\n    return np.abs(gaps[:, None] - bays)\n",
            WRONG,
            "returned the shape (100, 20)",
        ),
        (
            "def nearest_bays(gaps, bays):\n    return (gaps[:, None] - bays).min(axis=1)\n",
            WRONG,
            "The answers are not",
        ),
        ("def nearest_bays(gaps, bays):\n    np.abs(gaps[:, None] - bays)\n", WRONG, "is a return missing?"),
        ("def nearest_bays(gaps, bays):\n    return 'near'\n", WRONG, "an object of type str: 100 numbers are due."),
        (
            "def nearest_bays(gaps, bays):\n    return np.abs(gaps - bays)\n",
            CRASHED,
            "ValueError: operands could not be",
        ),
        ("def nearest_bays(gaps, bays):\n    ...\n", NOT_ATTEMPTED, "Not tried yet"),
    ],
)
def test_instructions_are_counted(cell, source, status, said):
    result = EXERCISES["q6"].check(cell(IMPORTS + source)["nearest_bays"])
    assert (result.status, said in result.message) == (status, True), result.message


def test_the_written_solution_takes_few_instructions(changed):
    assert EXERCISES["q6"].check(changed("q6", "nearest_bays")).status == CORRECT
    assert EXERCISES["q6"].check("nearest_bays").message == "Hand in the function by its name, without calling it."
    assert EXERCISES["q6"].check(None).status == WRONG
