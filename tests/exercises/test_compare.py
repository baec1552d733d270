"""What is said about values, and that nothing a value does can disturb it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_lib.exercises.compare import NotPlain, holds_blank, off, plain, show


@pytest.mark.parametrize(
    ("value", "answer", "said"),
    [
        (36.0, 10.0, "3.6 times too large; km/h or m/s?"),
        (0.1, 10.0, "100 times too small; percent or parts of 1, metres or centimetres?"),
        (math.degrees(0.7), 0.7, "57.3 times too large; degrees or radians?"),
        (-10.0, 10.0, "the size is right, the sign is not"),
        (-3.0, 10.0, "the sign is not right"),
        (205, 204, "one too many"),
        (203.5, 204, "a whole number is due"),
        (10.1, 10.0, "close, but not it; was something rounded too early?"),
        (70.0, 10.0, "too large"),
        (7.0, 10.0, "too small"),
        (True, 1.0, "True is a yes or no (bool), and a number is due"),
        (None, 10.0, "that is nothing at all; is a `return` missing, or a variable never filled?"),
        (None, "car", "that is nothing at all; is a `return` missing, or a variable never filled?"),
        ("10", 10.0, "that is a text that looks like a number; leave the quotation marks away"),
        ("ten", 10.0, "that is a text, and a number is due"),
        ([10.0], 10.0, "that is a list with one number in it; take the number out with [0]"),
        ([1, 2], 10.0, "that is a list of 2 values, and one single number is due"),
        (float("nan"), 10.0, "that is not a number (nan); somewhere 0 was divided by 0, or a gap in the data got in"),
        (float("inf"), 10.0, "that is infinite; somewhere a number grew without end, or was divided by 0"),
        (10**1000, 10.0, "that is far too large"),
        (1, True, "True or False is due, nothing else"),
        (" Car", "car", "the word is right; capital letters or spaces are not"),
        ([1, 2], [1, 2, 3], "that is a list of 2 values, and 3 are due"),
        ([2, 1], [1, 2], "the values are right, their order is not"),
        ([1, "2"], [1, 2], "look at [1], which is '2': that is a text that looks like a number"),
        ({"x": 1}, {"x": 1, "y": 2}, "the key 'y' is missing"),
        ({"x": 1, "z": 2}, {"x": 1}, "the key 'z' is not asked for"),
        ({"x": 2}, {"x": 1}, "look at ['x'], which is 2: one too many"),
        (3, {"x": 2}, "a dict {…: …} is due"),
    ],
)
def test_it_says_what_is_off(value, answer, said):
    assert off(value, answer).startswith(said)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (10, 10.0),
        (10.000000001, 10),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([1.0, 2.0]), [1, 2]),
        ((1, 2.0), [1, 2]),
        ({"a": np.arange(2)}, {"a": [0, 1]}),
    ],
)
def test_the_same_in_another_dress_is_right(value, answer):
    assert off(plain(value), plain(answer)) is None


def test_a_tensor_is_a_list_of_numbers():
    torch = pytest.importorskip("torch")
    assert plain(torch.tensor([1.0, 2.0], requires_grad=True)) == [1.0, 2.0]


def endless():
    while True:
        yield 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (endless(), "an object of type generator, which has not run yet: list(...) makes a list of it"),
        (range(3), "an object of type range, which has not run yet: list(...) makes a list of it"),
        ({1, 2}, "a set, which has no order: sorted(...) makes a list of it"),
        (endless, "the function endless itself: call it, with parentheses"),
        (dict, "a class: make an object of it first, with parentheses"),
        (np.zeros(10**6), "an array with more than 200,000 numbers and characters, which is too much to check"),
        ([{1}], "a list that holds an object of type set"),
        (object(), "an object of type object"),
    ],
)
def test_what_is_no_plain_data_is_named(value, said):
    with pytest.raises(NotPlain) as caught:
        plain(value)
    assert str(caught.value) == said


def test_a_number_that_claims_to_equal_everything_is_looked_at_as_the_number_it_is():
    class Liar(float):
        def __eq__(self, other):
            return True

        def __sub__(self, other):
            return 0.0

        __hash__ = float.__hash__

    assert off(plain(Liar(7.0)), 10.0) == "too small"


def test_long_values_are_cut():
    for value in ("x" * 10**6, [1.0] * 10**5, {"k" * 500: ["y" * 500] * 40}, [[["z" * 99] * 9] * 9] * 9, 10**1200):
        assert len(show(value)) < 300
    assert show([1] * 100).endswith("100 in all]")
    assert show(-(10**20)) == "an integer of about 20 digits"


def test_the_placeholder_is_found_inside():
    loop = []
    loop.append(loop)
    assert holds_blank([1, {"a": (2, ...)}])
    assert not holds_blank(loop)
    assert not holds_blank("...")
