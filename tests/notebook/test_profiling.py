"""The profile of a call: the time in libraries counts for the own function that called them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from course_lib.notebook.profiling import Profile, Row, in_cell, profile


def slow_sum(numbers):
    total = 0
    for number in numbers:
        total += number * number
    return total


def sorts(numbers):
    return [sorted(numbers, key=abs) for _ in range(300)]


def small(numbers):
    return len(numbers)


def work(numbers):
    small(numbers)
    sorts(numbers)
    return slow_sum(numbers)


def test_the_functions_that_were_written_here_share_all_the_time():
    result = profile(work, list(range(300)))
    found = {row.function for row in result.rows} - {"<listcomp>"}  # newer Pythons have no frame for it
    assert found == {"work", "small", "sorts", "slow_sum"}
    assert sum(row.share for row in result.rows) == pytest.approx(100)
    assert result.rows == tuple(sorted(result.rows, key=lambda row: -row.share))
    assert result.value == sum(n * n for n in range(300))
    assert result.share("small") < 10
    assert {row.calls for row in result.rows if row.function == "small"} == {1}
    assert [row.line for row in result.rows if row.function == "slow_sum"] == [slow_sum.__code__.co_firstlineno]


def test_the_time_in_a_library_is_the_callers():
    result = profile(lambda: (json.dumps([list(range(2000))] * 100), slow_sum(range(10))))
    assert result.share("<lambda>") > 90


def called_back(value):
    return sum(i * i for i in range(3000))


def test_a_function_that_a_library_calls_back_keeps_its_time():
    result = profile(lambda: np.apply_along_axis(called_back, 1, np.zeros((60, 2))))
    own = [row for row in result.rows if row.function in ("called_back", "<genexpr>")]
    assert sum(row.share for row in own) > 80
    assert own[0].calls >= 60


def test_a_recursion_ends():
    def down(n):
        return 0 if n == 0 else 1 + down(n - 1)

    result = profile(down, 50)
    assert result.value == 50 and result.share("down") > 50


def test_who_asks_for_another_function_is_told_the_names():
    with pytest.raises(KeyError, match="No function 'walk' was called: there are .*work"):
        profile(work, [1, 2]).share("walk")


def test_it_is_shown_as_text_and_as_a_table():
    shown = Profile((Row("draw", 9, 1500, 93.4), Row("<lambda>", 3, 500, 6.6)), 0.5)
    assert repr(shown) == "share    calls  function\n  93 %    1,500  draw (line 9)\n   7 %      500  <lambda> (line 3)"
    page = shown._repr_html_()
    assert "&lt;lambda&gt;" in page and "93 %" in page and page.count("<tr") == 3


@pytest.mark.parametrize(
    ("file", "cell"),
    [
        ("/tmp/ipykernel_12/345.py", True),
        ("C:\\Users\\Zoë\\Temp\\ipykernel_12\\345.py", True),
        ("<ipython-input-3-abc>", True),
        ("/usr/lib/python3/json/encoder.py", False),
        ("~", False),
    ],
)
def test_what_a_cell_is_called(file, cell):
    assert in_cell(file) is cell
