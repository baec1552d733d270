"""Wrong answers that students really give, and what they are told."""

from __future__ import annotations

import inspect

import matplotlib
import pytest

from course_lib.exercises.exercise import CORRECT, CRASHED, WRONG
from course_lib.exercises.rl_basics.python_pit_stop import EXERCISES
from course_lib.sandbox import Sandbox


def best_with_the_slowest(times):
    return min(times), sum(times) / len(times)


def best_by_position(times):
    return min(times), sum(times[:-1]) / (len(times) - 1)


def slowest_thrown_out_twice(times):
    kept = [t for t in times if t != max(times)]
    return min(times), sum(kept) / len(kept)


def one_step_early(distance, speed):
    return int(distance / (speed / 15))


def seconds_not_steps(distance, speed):
    return distance / speed


def never_returned(distance, speed):
    steps = round(distance / (speed / 15))
    print(steps)


class Forgetful:
    def __init__(self, speed):
        self.speed, self.x = speed, 0

    def drive(self, seconds):
        self.x = self.speed * seconds


class WithoutSelf(Forgetful):
    def drive(self, seconds):
        x = self.speed * seconds
        return x


class WithoutX:
    def __init__(self, speed):
        self.speed = speed

    def drive(self, seconds):
        self.x += self.speed * seconds


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("t1", "a", "You chose a. Python counts places from 0"),
        ("t1", 7, "Your answer is 7; give one of the letters"),
        ("t1", "7 3", "Your answer is '7 3'; give one of the letters"),
        ("t2", "a", "You chose a. The sum is made inside the function"),
        ("t2", "b", "But what is printed is what the function gives back."),
        ("t2", "d", "You chose d. It runs: inside the function, `speed` is a name of its own."),
        ("t3", "a", "You chose a. Which car?"),
        ("t3", "b", "outside nobody knows the name"),
        ("t3", "c", "Python fills `self` in for you"),
        ("q1", lambda kmh: kmh * 3.6, "`to_ms(36)` gave 129.6 m/s: 13 times too large; multiplied where"),
        ("q1", lambda kmh: kmh / 60, "`to_ms(36)` gave 0.6 m/s: too small."),
        ("q1", lambda kmh: kmh / 3600, "`to_ms(36)` gave 0.01 m/s: 1000 times too small; metres or millimetres"),
        ("q1", 10.0, "Your answer is 10: hand in the function or class by its name"),
        ("q2", {"name": "Zita", "speed": 1.5, "laps": 0}, "look at ['speed'], which is 1.5: too small."),
        ("q2", {"name": "Zita", "speed": "2.0", "laps": 0}, "leave the quotation marks away."),
        ("q2", {"Name": "Zita", "speed": 2.0, "laps": 0}, "the key 'name' is missing."),
        ("q3", best_with_the_slowest, "look at [1], which is 8.16667: too large."),
        ("q3", best_by_position, "look at [1], which is 8.25: too large."),
        ("q3", slowest_thrown_out_twice, "`best_and_mean([8, 9, 9, 7])` gave [7, 7.5]: look at [1]"),
        ("q3", min, "gave 7.5: a list of 2 is due."),
        ("q4", one_step_early, "`steps_to(17.7, 1.3)` gave 204: one too few."),
        ("q4", seconds_not_steps, "`steps_to(17.7, 1.3)` gave 13.6154: a whole number is due."),
        ("q4", never_returned, "gave None: that is nothing at all; is a `return` missing"),
        ("q5", Forgetful, "`Car(2, 1, 3)` gave [2, 6]: look at [1], which is 6: too small."),
        ("q5", WithoutSelf, "gave [0, 0]: look at [0], which is 0: too small."),
        ("q5", Forgetful(2.0), "Your answer is an object of type Forgetful: hand in the function or class"),
        ("q6", [0, 1.5, 3, 4.5, 6, 7.5], "look at [0], which is 0: a list of 2 is due."),
        (
            "q6",
            [[1.5 * t, t] for t in range(6)],
            "look at [1], which is [1.5, 1]: the values are right, their order is not.",
        ),
        ("q6", [[t, 1.5 * t] for t in range(1, 6)], "that is a list of 5 values, and 6 are due."),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG
    assert said in result.message


def test_a_car_that_never_got_an_x_crashes_with_its_line():
    result = EXERCISES["q5"].check(WithoutX)
    assert result.status == CRASHED
    assert "(`self.x += self.speed * seconds`)" in result.message
    assert "has no attribute 'x'" in result.message


def test_a_plot_may_be_points_lines_axes_or_a_figure():
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    lines = axes.plot(range(6), [1.5 * t for t in range(6)])
    empty = plt.figure()
    try:
        for value in (lines, lines[0], axes, figure, [(t, 1.5 * t) for t in range(6)]):
            assert EXERCISES["q6"].check(value).status == CORRECT
        assert EXERCISES["q6"].check(empty.add_subplot()).message.startswith("Your value is []: that is an empty list")
    finally:
        plt.close("all")


@pytest.mark.parametrize(("step", "status"), [("self.x += ", CORRECT), ("self.x = ", WRONG), ("self.y += ", CRASHED)])
def test_a_class_is_judged_the_same_from_a_sandbox(step, status):
    """The probe goes along as source; only numbers come back."""
    exercise = EXERCISES["q5"]
    source = "class Car:\n    def __init__(self, speed):\n        self.speed, self.x = speed, 0\n"
    source += f"    def drive(self, seconds):\n        {step}self.speed * seconds\n\n"
    source += inspect.getsource(exercise.probe)
    source += f"\ndef answer(row):\n    return {exercise.probe.__name__}(Car, *row['input'])\n"
    with Sandbox(source, "answer") as worker:
        seen = worker.map([{"input": list(arguments)} for arguments in exercise.inputs])
    result = exercise.check(list(seen))
    assert result.status == status
    names = {}
    exec(source, names)
    assert status == CRASHED or exercise.check(names["Car"]) == result
