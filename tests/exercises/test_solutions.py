"""Solutions are found by the names of their cells, and exercise cells by their metadata."""

from __future__ import annotations

import pytest

from course_lib.exercises.solutions import (
    SolutionError,
    exercise_cells,
    exercise_points,
    read_solutions,
    with_solutions,
)


def code(source, name=None, points=1):
    metadata = {"first_lap": {"exercise": name, "points": points}} if name else {}
    return {"cell_type": "code", "metadata": metadata, "source": source}


def test_a_percent_file_is_read_by_cells(tmp_path):
    path = tmp_path / "lösungen.py"
    path.write_text('"""About."""\n\n# %% q1\nx = 1\n\n\n# %% q2\r\ny = "ü"\n', encoding="utf-8")
    assert read_solutions(path) == {"q1": "x = 1", "q2": 'y = "ü"'}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# %% q1\n# %% q1\n", "line 2: q1 is there already."),
        ("# %%\nx\n", "line 1: one name is due, as in # %% q1."),
        ("# %% [markdown]\nx\n", "line 1: one name is due, as in # %% q1."),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(tmp_path, text, said):
    path = tmp_path / "solutions.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SolutionError, match=said):
        read_solutions(path)
    with pytest.raises(SolutionError, match="is missing"):
        read_solutions(tmp_path / "none.py")


def test_exercise_cells_are_lifted_in_order_whether_their_source_is_one_text_or_lines():
    notebook = {"cells": [code("a"), code(["x = 1\n", "y"], "q2"), {"cell_type": "markdown"}, code("z", "q1", 2)]}
    assert list(exercise_cells(notebook).items()) == [("q2", "x = 1\ny"), ("q1", "z")]
    assert exercise_points(notebook) == {"q2": 1, "q1": 2}


def test_a_cell_that_was_split_is_joined_again():
    notebook = {"cells": [code("x = 1", "q1"), code("check(x)", "q1")]}
    assert exercise_cells(notebook) == {"q1": "x = 1\n\ncheck(x)"}
    assert [cell["source"] for cell in with_solutions(notebook, {"q1": "x = 2"})["cells"]] == ["x = 2", ""]


def test_odd_metadata_is_no_exercise():
    cells = [{"cell_type": "code", "metadata": {"first_lap": mark}} for mark in (None, "q1", [], {"exercise": 3})]
    assert exercise_cells({"cells": cells}) == {}
