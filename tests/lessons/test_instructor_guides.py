"""What the instructor guides promise: minutes as in the notebooks, plans that fit their time, messages that come."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from course_lib.exercises import catalogue
from course_lib.exercises.exercise import CORRECT
from course_lib.exercises.kinds import Predict
from course_lib.paths import lessons_dir

GUIDES = sorted(lessons_dir().glob("*/instructor.md"))
of_guides = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.parent.name)


def rows(text: str, first_column: str) -> list[list[str]]:
    """The cells of all tables whose first column has this title."""
    found, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")] if line.startswith("|") else None
        if cells is None:
            inside = False
        elif cells[0] == first_column:
            inside = True
        elif inside and not set(line) <= set("|-: "):
            found.append(cells)
    return found


def minutes_of(guide: Path) -> dict[str, int]:
    notebooks = guide.parent.glob("*.ipynb")
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))["metadata"]["first_lap"]["minutes"]
        for path in notebooks
    }


def test_every_lesson_with_notebooks_has_a_guide():
    assert {guide.parent for guide in GUIDES} == {path.parent for path in lessons_dir().glob("*/*.ipynb")}


@of_guides
def test_the_minutes_are_those_of_the_notebooks(guide):
    told = {row[0].strip("`"): int(row[1]) for row in rows(guide.read_text(encoding="utf-8"), "notebook")}
    assert told == minutes_of(guide)


@of_guides
def test_each_plan_fits_its_time(guide):
    """A plan is a list below a heading such as "### 45 minutes", each line beginning with its minutes."""
    text = guide.read_text(encoding="utf-8")
    plans = re.findall(r"^### (\d+) minutes[^\n]*\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert {45, 90} <= {int(minutes) for minutes, _ in plans}
    for minutes, plan in plans:
        assert sum(map(int, re.findall(r"^- (\d+) min", plan, re.MULTILINE))) == int(minutes)


@of_guides
def test_each_misconception_meets_its_message(guide):
    """Columns: misconception, where (`notebook` q1), answer (a Python expression), what the check says."""
    table = rows(guide.read_text(encoding="utf-8"), "misconception")
    covered = set()
    for _, where, answer, said in table:
        notebook, name = re.fullmatch(r"`(\w+)` (\w+)", where).groups()
        exercise = catalogue.exercises_of(f"{guide.parent.name}/{notebook}")[name]
        value = eval(answer.strip("`"), {})
        result = exercise.check(value)
        assert result.status != CORRECT or isinstance(exercise, Predict), (where, answer)
        assert said.strip("“”") in result.message, (where, answer, result.message)
        covered.add(notebook)
    assert covered == set(minutes_of(guide)), "each notebook has at least one"
