"""What a student's value is, and what about it is off, in words that never tell the answer.

A value is first rebuilt from built-in types by the function that the sandbox's worker uses: then no ``__eq__``,
``__repr__`` or ``__len__`` of the student's own takes part in the check, and notebook and grader see the same.
"""

from __future__ import annotations

import math
import sys
import types
from itertools import islice
from typing import Any

from course_lib.sandbox_worker import VALUE_LIMIT
from course_lib.sandbox_worker import plain as rebuilt

LONGEST = 90  # characters of a value that are shown
FACTORS = {  # how numbers come to be too large or too small, and what to look at then
    2.0: "is something doubled or halved?",
    3.6: "km/h or m/s?",
    10.0: "is the decimal point in the right place?",
    3.6**2: "multiplied where dividing was due, or the other way round?",
    60.0: "minutes or seconds?",
    100.0: "percent or parts of 1, metres or centimetres?",
    180 / math.pi: "degrees or radians?",
    1000.0: "metres or millimetres, seconds or milliseconds?",
}


class NotPlain(ValueError):
    """A value that is no number, text, list or dict of these; the message says what it is instead."""


def plain(value: Any) -> Any:
    """The value made of None, bool, int, float, str, list and dict alone; arrays and tuples become lists.

    Raises:
        NotPlain: it is, or holds, something else, or it is too large.
    """
    torch = sys.modules.get("torch")
    try:
        if torch is not None and issubclass(type(value), torch.Tensor):
            value = torch.Tensor.detach(value).cpu().numpy()
        return rebuilt(value, [VALUE_LIMIT])
    except ValueError:
        raise NotPlain(
            f"{type_name(value)} with more than {VALUE_LIMIT:,} numbers and characters, which is too much to check"
        ) from None
    except Exception as error:  # a metaclass or an array subclass of the student's own may raise anything
        raise NotPlain(_what(value, error)) from None


def holds_blank(value: Any) -> bool:
    """Is the placeholder ``...`` still there, alone or among the first items of lists, tuples and dicts?"""
    waiting, looked = [value], 0
    while waiting and looked < 5000:
        value, looked = waiting.pop(), looked + 1
        if value is Ellipsis:
            return True
        if type(value) is dict:
            value = tuple(islice(value.values(), 1000))
        if type(value) is list or type(value) is tuple:
            waiting.extend(value[:1000])
    return False


def type_name(value: Any) -> str:
    """``an array``, ``a list``, ``an object of type Car``: from the true type, whatever the object claims."""
    kind = type(value)
    for known, words in (("ndarray", "an array"), ("list", "a list"), ("dict", "a dict"), ("str", "a text")):
        if type.__dict__["__name__"].__get__(kind) == known:
            return words
    return f"an object of type {type.__dict__['__name__'].__get__(kind)[:60]}"


def _what(value: Any, error: Exception) -> str:
    kind = type(value)
    if issubclass(kind, (list, tuple, dict)):
        inside = str(error) if type(error) is TypeError else ""
        return f"{type_name(value)} that holds {inside.partition(' holds ')[2].partition(';')[0] or 'something odd'}"
    if issubclass(kind, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return f"the function {value.__name__[:60]} itself: call it, with parentheses"
    if issubclass(kind, type):
        return "a class: make an object of it first, with parentheses"
    if issubclass(kind, (types.GeneratorType, map, zip, filter, enumerate, reversed, range)):
        return f"{type_name(value)}, which has not run yet: list(...) makes a list of it"
    if issubclass(kind, (set, frozenset)):
        return "a set, which has no order: sorted(...) makes a list of it"
    return type_name(value)


def show(value: Any) -> str:
    """A plain value as short text of one line."""
    if type(value) is float:
        return f"{value:.6g}"
    if type(value) is int and abs(value) >= 10**15:
        return f"an integer of about {round(value.bit_length() * math.log10(2)):,} digits"
    if type(value) is str:
        return _cut(repr(value[: LONGEST + 1]))
    if type(value) is list:
        return _listed([show(item) for item in value[:30]], len(value), "[]")
    if type(value) is dict:
        pairs = [f"{_cut(repr(key[:40]))}: {show(value[key])}" for key in list(value)[:30]]
        return _listed(pairs, len(value), "{}")
    return repr(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _listed(parts: list[str], count: int, ends: str) -> str:
    text, used = "", 0
    for part in parts:
        if used and len(text) + len(part) > LONGEST - 20:
            break
        text, used = text + (", " if used else "") + part, used + 1
    more = "" if used == count else f", … {count} in all"
    return ends[0] + text[: LONGEST * 2] + more + ends[1]


def off(value: Any, expected: Any, tolerance: float = 1e-6) -> str | None:
    """What is off about a plain value: a clause for ``"Your value is 3: " + clause``; None if nothing is.

    Args:
        expected: the answer, plain; it is never told.
        tolerance: numbers may differ by this much, relative to the answer and absolutely.
    """
    if value is None and expected is not None:
        return number_fault(None)
    if type(expected) is bool:
        return _off_bool(value, expected)
    if type(expected) in (int, float):
        return _off_number(value, expected, tolerance)
    if type(expected) is str:
        return _off_text(value, expected)
    if type(expected) is list:
        return _off_list(value, expected, tolerance)
    if type(expected) is dict:
        return _off_dict(value, expected, tolerance)
    return None if value is None else "nothing (None) is due here"


def number_fault(value: Any) -> str | None:
    """Why a plain value is no number to compute with; None if it is one."""
    if type(value) is bool:
        return f"{value} is a yes or no (bool), and a number is due"
    if value is None:
        return "that is nothing at all; is a `return` missing, or a variable never filled?"
    if type(value) is str:
        try:
            float(value)
        except ValueError:
            return "that is a text, and a number is due"
        return "that is a text that looks like a number; leave the quotation marks away"
    if type(value) is list:
        if len(value) == 1 and type(value[0]) in (int, float):
            return "that is a list with one number in it; take the number out with [0]"
        return f"that is {_many(value)}, and one single number is due"
    if type(value) is dict:
        return "that is a dict, and one single number is due"
    if type(value) is int and value.bit_length() > 1000:
        return "that is far too large"
    if math.isnan(value):
        return "that is not a number (nan); somewhere 0 was divided by 0, or a gap in the data got in"
    if math.isinf(value):
        return "that is infinite; somewhere a number grew without end, or was divided by 0"
    return None


def _off_number(value, expected, tolerance) -> str | None:
    if fault := number_fault(value):
        return fault
    slack = tolerance * max(1.0, abs(expected))
    if abs(value - expected) <= slack:
        return None
    if abs(value + expected) <= slack:
        return "the size is right, the sign is not"
    if type(expected) is int and value != round(value):
        return "a whole number is due"
    if type(expected) is int and abs(value - expected) == 1:
        return "one too many" if value > expected else "one too few"
    if value and expected:
        for factor, question in FACTORS.items():
            for ratio, words in ((value / expected, "large"), (expected / value, "small")):
                if abs(ratio / factor - 1) < 0.003:
                    return f"{round(factor, 1):g} times too {words}; {question}"
        if (value > 0) != (expected > 0):
            return "the sign is not right"
    if abs(value - expected) < 0.02 * abs(expected):
        return "close, but not it; was something rounded too early?"
    return "too large" if value > expected else "too small"


def _off_bool(value, expected) -> str | None:
    if type(value) is not bool:
        return "True or False is due, nothing else"
    return None if value == expected else "think again: what would make it the other way round?"


def _off_text(value, expected) -> str | None:
    if type(value) is not str:
        return "a text in quotation marks is due"
    if value == expected:
        return None
    if value.strip().casefold() == expected.strip().casefold():
        return "the word is right; capital letters or spaces are not"
    return "another text is due" if value.strip() else "the text is empty"


def _off_list(value, expected, tolerance) -> str | None:
    if type(value) is not list:
        return f"a list of {len(expected)} is due"
    if len(value) != len(expected):
        return f"that is {_many(value)}, and {len(expected)} are due"
    faults = [off(item, answer, tolerance) for item, answer in zip(value, expected)]
    if not any(faults):
        return None
    if all(type(item) in (int, float) for item in value + expected) and not any(
        off(item, answer, tolerance) for item, answer in zip(sorted(value), sorted(expected))
    ):
        return "the values are right, their order is not"
    place = next(k for k, fault in enumerate(faults) if fault)
    return f"look at [{place}], which is {show(value[place])}: {faults[place]}"


def _off_dict(value, expected, tolerance) -> str | None:
    if type(value) is not dict:
        return "a dict {…: …} is due"
    for key in expected:
        if key not in value:
            return f"the key {key!r} is missing"
    for key in value:
        if key not in expected:
            return f"the key {_cut(repr(key))} is not asked for"
    for key, answer in expected.items():
        if fault := off(value[key], answer, tolerance):
            return f"look at [{key!r}], which is {show(value[key])}: {fault}"
    return None


def _many(value: list) -> str:
    return {0: "an empty list", 1: "a list of one value"}.get(len(value), f"a list of {len(value):,} values")
