"""Every kind of exercise, with the answers that students give; and a check never raises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, STATUSES, WRONG, Result
from course_lib.exercises.kinds import BugHunt, Choice, FillBlank, Match, OwnWords, Predict, Target, stretch
from course_lib.sandbox import Failure, Outcome, Sandbox

SPEED = FillBlank(question="a speed", points=2, answer=10.0, unit="m/s")
DOUBLE = BugHunt(
    question="repair double", points=2, name="double", inputs=[(1,), (4,), ([1, 2],)], answer=lambda x: x * 2
)
GUESS = Predict(question="how much?", low=0, high=100, tolerance=5, unit="%", points=1)
LAP = Target(question="a lap", points=3, bar=6.5, unit="s", what="lap time")
POLICY = Choice(question="which?", choices={"a": ("this", "No, it is wet."), "b": ("that", "Yes.")}, answer="b")
WORDS = Match(
    question="match",
    points=2,
    answer={"the car": "agent", "points": "reward", "a turn": "action", "the rule": "policy"},
    nudges=dict.fromkeys(("the car", "points", "a turn", "the rule"), "think again."),
)
TEXT = OwnWords(question="why?", words=4)
ALL = (SPEED, DOUBLE, GUESS, LAP, POLICY, WORDS, TEXT)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.kind)
def test_the_placeholder_is_not_attempted(exercise):
    assert exercise.check(...).status == NOT_ATTEMPTED


def test_a_blank_shows_the_value_seen_and_what_is_off():
    assert SPEED.check(36) == Result(WRONG, 0, "Your value is 36 m/s: 3.6 times too large; km/h or m/s?")
    assert SPEED.check(np.float64(10)).status == CORRECT
    assert SPEED.check({1}).message == "Your value is a set, which has no order: sorted(...) makes a list of it."


def test_no_message_tells_the_answer():
    secret = FillBlank(question="a number", answer=4711)
    for value in (4712, 4710.5, -4711, 0, None, "4711?", [4711, 1], float("nan"), 47110):
        message = secret.check(value).message
        assert "4711" not in message.replace(f"{value}", "").replace("47110", "")


def test_a_function_is_tried_on_every_input_and_the_first_that_fails_is_shown():
    def plus_one(x):
        return x + 1 if type(x) is int else x * 2

    assert DOUBLE.check(plus_one).message == "`double(4)` gave 5: too small."
    assert DOUBLE.check(lambda x: x * 2) == Result(CORRECT, 2, "That is right.")


@pytest.mark.parametrize("value", [3, None, "double", [1, 2]])
def test_a_result_instead_of_the_function_is_noticed(value):
    result = DOUBLE.check(value)
    assert result.status == WRONG
    assert result.message.endswith("hand in the function or class by its name, without calling it.")


def test_a_crash_names_the_students_line_and_shows_none_of_ours(cell):
    double = cell("def double(x):\n    half = x / 0\n    return half\n")["double"]
    result = DOUBLE.check(double)
    assert result.status == CRASHED
    assert result.message == (
        "Your code stopped in line 2 (`half = x / 0`) at `double(1)` with ZeroDivisionError: division by zero."
    )


def test_a_crash_inside_a_library_names_the_students_line(cell):
    double = cell("import json\ndef double(x):\n    return json.loads('{')\n")["double"]
    assert "in line 3 (`return json.loads('{')`)" in DOUBLE.check(double).message


def test_the_stop_button_ends_an_endless_loop_with_a_word_about_it(cell):
    double = cell("def double(x):\n    raise KeyboardInterrupt\n")["double"]
    assert DOUBLE.check(double).message.startswith("You stopped it in line 2")
    assert "a loop that never ends?" in DOUBLE.check(double).message


@pytest.mark.parametrize("error", [SystemExit, RecursionError, MemoryError, GeneratorExit])
def test_whatever_a_function_raises_is_a_crash(error):
    def double(x):
        raise error

    assert DOUBLE.check(double).status == CRASHED


def test_an_empty_body_is_not_attempted_and_a_forgotten_return_is_wrong():
    def dots(x): ...

    def with_a_docstring(x):
        """Twice x."""

    def not_implemented(x):
        raise NotImplementedError

    def forgotten(x):
        x * 2

    assert DOUBLE.check(dots).status == DOUBLE.check(with_a_docstring).status == NOT_ATTEMPTED
    assert DOUBLE.check(not_implemented).status == DOUBLE.check(lambda x: ...).status == NOT_ATTEMPTED
    assert DOUBLE.check(forgotten).message.startswith("`double(1)` gave None: that is nothing at all; is a `return`")


def test_what_the_cell_began_with_is_not_attempted():
    exercise = FillBlank(question="a function", inputs=[(1,)], answer=lambda x: x + 1, starter=lambda x: x)
    assert exercise.check(lambda x: x).status == NOT_ATTEMPTED
    assert exercise.check(lambda x: x + 2).status == WRONG


def test_a_function_that_changes_its_input_spoils_it_for_nobody():
    exercise = FillBlank(question="sum", inputs=[([1, 2],)], answer=sum)

    def greedy(values):
        total = sum(values)
        values.clear()
        return total

    assert exercise.check(greedy).status == exercise.check(greedy).status == CORRECT


def test_a_grader_hands_in_what_a_sandbox_saw_and_asks_other_inputs():
    inputs = [(5,), (7,)]
    source = "def double(x):\n    return x * 2\n\ndef answer(row):\n    return double(*row['input'])\n"
    with Sandbox(source, "answer") as worker:
        seen = worker.map([{"input": list(arguments)} for arguments in inputs])
    assert DOUBLE.check(list(seen), inputs).status == CORRECT
    crashed = [Outcome(None, Failure("NameError", "name 'y' is not defined", 2, ""), 0.0)] * 2
    assert "in line 2" in DOUBLE.check(crashed, inputs).message
    assert DOUBLE.check([Outcome(10, None, 0.0)], inputs).status == WRONG


def test_a_prediction_is_compared_with_the_truth():
    right = GUESS.check({"prediction": 12, "truth": 11.7})
    assert (right.status, right.points) == (CORRECT, 1)
    missed = GUESS.check({"prediction": 30, "truth": 11.7})
    assert (missed.status, missed.points) == (WRONG, 0.5)
    assert missed.message.startswith("You predicted 30 %, it is 11.7 %: your guess was too high.")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("30", "Your prediction is '30': that is a text that looks like a number; leave the quotation marks away."),
        (0.3j, "Your prediction is an object of type complex, and a number is due."),
        (float("nan"), "Your prediction is nan: that is not a number"),
        (130, "Your prediction is 130 %: it must lie between 0 and 100."),
    ],
)
def test_what_is_no_prediction_is_refused(value, said):
    assert GUESS.fault(value).startswith(said)
    assert GUESS.check({"prediction": value, "truth": 3}).status == WRONG


def test_a_target_says_how_far_the_bar_is():
    assert LAP.check(7.2).message == "You got 7.2 s, the bar is 6.5 s. That is 0.7 s too much."
    assert LAP.check(6.5).status == CORRECT
    assert LAP.check("6.1").message.startswith("Your lap time is '6.1': that is a text that looks like a number")
    assert LAP.check(float("nan")).status == LAP.check(10**5000).status == WRONG
    halfway = Target(question="a lap", points=3, bar=6.5, for_finishing=0.5)
    assert (halfway.check(7).points, halfway.check("7").points, halfway.check(6).points) == (1.5, 0, 3)
    score = Target(question="a score", bar=100, higher=True, probe=lambda value: value or "There is no score yet.")
    assert score.check(80).message == "You got 80, the bar is 100. That is 20 too little."
    assert score.check(0).message == "There is no score yet."


def test_each_choice_has_its_explanation():
    assert POLICY.check("A").message == "You chose a. No, it is wet."
    assert POLICY.check(" (b) ") == Result(CORRECT, 1, "You chose b. Yes.")
    assert POLICY.check(2).message == 'Your answer is 2; give one of the letters "a", "b".'
    assert POLICY.check("that").status == WRONG


def test_a_match_counts_the_right_ones_and_names_one_that_is_off():
    assert WORDS.check({"the car": "Agent ", "points": "action", "a turn": "reward", "the rule": "policy"}) == Result(
        WRONG, 1, "2 of 4 are right. Look at “points”, for which you gave 'action': think again."
    )
    assert WORDS.check({"the car": "agent"}).message == "1 of 4 are right. “points” is missing."
    assert WORDS.check({"teh car": "agent"}).message == "'teh car' is none of the 4 things; check its spelling."
    assert WORDS.check({"the car": 1}).message.endswith("For “the car” you gave 1, which is none of the words.")
    assert WORDS.check(dict.fromkeys(WORDS.answer, ...)).status == NOT_ATTEMPTED
    assert WORDS.check(dict(WORDS.answer)).status == CORRECT


def test_own_words_are_counted_and_not_judged():
    assert TEXT.check("").status == NOT_ATTEMPTED
    assert TEXT.check("No idea").message == "That is 2 words; write at least 4, as you would tell a friend."
    assert TEXT.check("one two three four").status == CORRECT
    assert TEXT.check(4).status == WRONG


def test_a_stretch_has_no_points_and_the_same_check():
    exercise = stretch(LAP)
    assert exercise.optional and exercise.points == 0
    assert exercise.check(6.0).status == CORRECT


def refuse(*args, **kwargs):
    raise RuntimeError("no")


def odd_class(names: list[str], base: type, lies: bool):
    """A class whose methods of these names raise, or answer with nonsense."""

    def lie(*args, **kwargs):
        return True

    return type("Odd", (base,), dict.fromkeys(names, lie if lies else refuse))


def raises(value):
    """A function that raises an exception whose text is as odd as the value."""

    class Odd(BaseException):
        def __str__(self):
            return value

    def raiser(*args):
        raise Odd(value)

    return raiser


def test_a_class_that_denies_its_own_name_is_an_object_like_any_other():
    class Denying(type):
        __name__ = property(refuse)
        __eq__ = __hash__ = __instancecheck__ = __subclasscheck__ = refuse

    class Thing(metaclass=Denying):
        pass

    assert SPEED.check(Thing()).message == "Your value is an object of type Thing."
    assert SPEED.check(Thing).message == "Your value is a class: make an object of it first, with parentheses."


NAMES = ["__eq__", "__repr__", "__str__", "__bool__", "__len__", "__iter__", "__float__", "__int__", "__index__"]
NAMES += ["__hash__", "__call__", "__array__", "__getattr__", "__getitem__", "__class_getitem__", "__format__"]
SIMPLE = [None, True, 0, -3, 2**70, 10**5000, 0.5, float("nan"), float("inf"), -0.0, 1j, "", "12", "\ud800", b"x"]
SIMPLE += [np.array(["x", None, 3.5], dtype=object), np.datetime64("2030-01-01"), np.zeros((400, 600)), np.array(2)]
SIMPLE += [refuse, print, len, type, {1, 2}, range(3), ..., NotImplemented, np.ma.masked]
BASES = [object, int, float, str, list, dict, tuple, Exception, np.ndarray]


def odd_value(random, depth=0):
    """Anything that a student might hand in, and much that no student would."""
    pick = random.randrange(6 if depth < 3 else 3)
    if pick == 0:
        return random.choice(SIMPLE)
    if pick == 1:
        names = random.sample(NAMES, random.randint(1, len(NAMES)))
        base = random.choice(BASES)
        kind = odd_class(names, base, random.random() < 0.5)
        return base.__new__(kind, 2) if base in (np.ndarray, int) else base.__new__(kind)
    if pick == 2:
        return (n for n in range(3))
    items = [odd_value(random, depth + 1) for _ in range(random.randrange(4))]
    if pick == 3:
        return items
    if pick == 4:
        return tuple(items)
    return dict(zip(["prediction", "truth", "points", 4], items))


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_check_never_raises_and_answers_in_short_sentences(random):
    value = odd_value(random)
    for exercise in ALL:
        for handed_in in (value, lambda *args: value, raises(value)):
            result = exercise.check(handed_in)
            assert result.status in STATUSES
            assert 0 <= result.points <= exercise.points
            assert type(result.message) is str and 0 < len(result.message) < 700


def test_a_probe_says_in_a_sentence_why_there_is_no_value():
    def half(value, number):
        return "That is no even number." if number % 2 else value(number)

    exercise = FillBlank(question="?", probe=half, inputs=[(4,), (3,)], answer=lambda number: number / 2)
    result = exercise.check(lambda number: number / 2)
    assert (result.status, result.message) == (WRONG, "That is no even number.")
    word = FillBlank(question="?", probe=lambda value: value, answer="left")
    assert word.check("right").message == "Your value is 'right': another text is due."
