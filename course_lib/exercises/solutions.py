"""The cells of a notebook that are exercises, and the file with their solutions."""

from __future__ import annotations

import re
from pathlib import Path

CELL = re.compile(r"^# %%[ \t]*(.*?)[ \t]*$", re.MULTILINE)


class SolutionError(ValueError):
    """A file of solutions that is missing or damaged; the message names the file, the line and the way out."""


def read_solutions(path: str | Path) -> dict[str, str]:
    """The source of each cell of a percent file: a cell begins with ``# %% q1``; what stands above belongs to none.

    Raises:
        SolutionError: the file is missing or no UTF-8, a cell has no name, or two have the same.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SolutionError(f"{path} is missing: there are no solutions to this notebook here.") from None
    except UnicodeDecodeError as error:
        raise SolutionError(f"{path} is not UTF-8 text ({error}): save it as UTF-8.") from error
    solutions = {}
    marks = list(CELL.finditer(text))
    for mark, end in zip(marks, [*(following.start() for following in marks[1:]), len(text)]):
        name = mark[1]
        if not name.isidentifier() or name in solutions:
            line = text.count("\n", 0, mark.start()) + 1
            why = f"{name} is there already" if name in solutions else "one name is due, as in # %% q1"
            raise SolutionError(f"{path}, line {line}: {why}.")
        solutions[name] = text[mark.end() : end].strip("\n")
    return solutions


def exercise_cells(notebook: dict) -> dict[str, str]:
    """Exercise name -> source of its cell, in the order of the notebook (valid nbformat 4, as read from JSON).

    A cell that somebody split in two or copied keeps its metadata: such cells are joined in their order.
    """
    cells = {}
    for cell in notebook.get("cells", ()):
        name = _mark(cell).get("exercise")
        if cell.get("cell_type") == "code" and isinstance(name, str):
            source = cell.get("source", "")
            source = "".join(source) if isinstance(source, list) else source
            cells[name] = f"{cells[name]}\n\n{source}" if name in cells else source
    return cells


def exercise_points(notebook: dict) -> dict[str, float]:
    """Exercise name -> the points that its cell's metadata gives."""
    marks = [_mark(cell) for cell in notebook.get("cells", ()) if cell.get("cell_type") == "code"]
    return {mark["exercise"]: mark.get("points") for mark in marks if "exercise" in mark}


def with_solutions(notebook: dict, solutions: dict[str, str]) -> dict:
    """A copy of the notebook whose exercise cells hold the solutions; cells without one stay as they are."""
    cells, done = [], set()
    for cell in notebook["cells"]:
        name = _mark(cell).get("exercise")
        if cell.get("cell_type") == "code" and name in solutions:
            cell = cell | {"source": "" if name in done else solutions[name]}
            done.add(name)
        cells.append(cell)
    return notebook | {"cells": cells}


def _mark(cell: dict) -> dict:
    mark = cell.get("metadata", {}).get("first_lap", {})
    return mark if isinstance(mark, dict) else {}
