"""Every notebook: its exercises are those of its module, and each has a solution.

That starters run and pass nothing, and that solutions pass in full, is proved by tests/lessons/test_lessons.py.
"""

from __future__ import annotations

import inspect
import json
import textwrap
from pathlib import Path

import pytest

import course_lib.exercises
from course_lib.exercises import catalogue
from course_lib.exercises.kinds import OwnWords, Predict
from course_lib.exercises.solutions import (
    exercise_cells,
    exercise_points,
    read_solutions,
    with_solutions,
)
from course_lib.paths import lessons_dir

CELL_SECONDS = 240  # for a single cell: more than any needs, also on a busy machine
NOTEBOOKS = sorted(
    path for path in lessons_dir().glob("*/*.ipynb") if exercise_cells(json.loads(path.read_text(encoding="utf-8")))
)
MODULES = sorted(path for path in Path(course_lib.exercises.__path__[0]).glob("*/*.py") if path.stem != "__init__")
of_notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
of_modules = pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def exercises_of(path: Path) -> dict:
    return catalogue.exercises_of(f"{path.parent.name}/{path.stem}")


def run(notebook: dict, folder: Path, monkeypatch) -> dict:
    """Execute a notebook in a folder of its own; the report that its last cell prints."""
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("COURSE_HEADLESS", "1")
    monkeypatch.delenv("COURSE_NICKNAME", raising=False)
    folder = folder / "läps here"
    folder.mkdir()
    node = nbformat.reads(json.dumps(notebook), as_version=4)
    client = NotebookClient(node, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}})
    client.execute()
    assert not (folder / "progress").exists()
    return report_of(node)


def report_of(notebook: dict) -> dict:
    last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    printed = "".join("".join(output["text"]) for output in last["outputs"] if output["output_type"] == "stream")
    lines = [line for line in printed.splitlines() if line.startswith("{")]
    assert len(lines) == 1, f"the last cell printed no report: {printed!r}"
    return json.loads(lines[0])


@of_notebooks
def test_the_cells_and_the_module_name_the_same_exercises_with_the_same_points(path):
    notebook = read(path)
    marks = [cell["metadata"].get("first_lap", {}).get("exercise") for cell in notebook["cells"]]
    marks = [mark for mark in marks if mark is not None]
    assert len(marks) == len(set(marks)), "two cells carry the same exercise"
    assert exercise_points(notebook) == {name: exercise.points for name, exercise in exercises_of(path).items()}


@of_notebooks
def test_every_exercise_has_a_solution(path):
    solutions = read_solutions(catalogue.solutions_path(f"{path.parent.name}/{path.stem}"))
    assert list(solutions) == list(exercises_of(path))


@of_modules
def test_a_module_is_complete_and_can_be_graded_elsewhere(path):
    exercises = catalogue.exercises_of(f"{path.parent.name}/{path.stem}")
    assert exercises
    for name, exercise in exercises.items():
        assert name.isidentifier() and exercise.question
        assert exercise.points > 0 or exercise.optional, name
        json.dumps(list(exercise.inputs))
        if exercise.probe is not None:
            stands_alone(exercise.probe)
        for hint in exercise.hints:
            assert hint.endswith((".", "?", ")")), hint
        assert exercise.hints or not name.startswith("q") or isinstance(exercise, (OwnWords, Predict)), name


def stands_alone(probe) -> None:
    """The source of a probe can be sent as text: it uses no name from outside."""
    used = inspect.getclosurevars(probe)
    outside = set(used.globals) - {"__name__"}  # a class in the probe asks for it, and finds the one of builtins
    assert not used.nonlocals and not outside, f"{probe.__name__} uses {[*used.nonlocals, *used.globals]}"
    names = {}
    exec(textwrap.dedent(inspect.getsource(probe)), names)
    assert callable(names[probe.__name__])


def small_notebook(cells: list[tuple[str | None, float, str]]) -> dict:
    import nbformat.v4 as v4

    notebook = v4.new_notebook()
    for name, points, source in cells:
        metadata = {"first_lap": {"exercise": name, "points": points}} if name else {}
        notebook.cells.append(v4.new_code_cell(source, metadata=metadata))
    return notebook


def pit_stop() -> dict:
    opened = "from matplotlib.figure import Figure\nfrom course_lib.notebook import exercises\n"
    opened += "lesson = exercises.open('01_rl_basics/00_python_pit_stop')"
    starters = {
        "q1": "def to_ms(kmh):\n    return kmh\n\nlesson.q1.check(to_ms)",
        "q5": "class Car:\n    def __init__(self, speed):\n        self.speed, self.x = speed, 0\n"
        "    def drive(self, seconds):\n        self.x = self.speed * seconds\n\nlesson.q5.check(Car)",
    }
    cells = [(None, 0, opened)]
    for name, exercise in catalogue.exercises_of("01_rl_basics/00_python_pit_stop").items():
        cells.append((name, exercise.points, starters.get(name, f"lesson.{name}.check(...)")))
    return small_notebook([*cells, (None, 0, "lesson.progress()"), (None, 0, "lesson.report()")])


def test_a_notebook_made_of_starters_scores_nothing_and_with_solutions_everything(tmp_path, monkeypatch):
    """The way of the tests of all lessons, on a notebook that is always there."""
    notebook = pit_stop()
    (tmp_path / "starters").mkdir()
    report = run(notebook, tmp_path / "starters", monkeypatch)
    assert (report["points"], report["max_points"], report["nickname"]) == (0, 12, "student")
    assert report["exercises"]["q1"] == {"status": "not_attempted", "points": 0, "attempts": 0}
    assert report["exercises"]["q5"] == {"status": "wrong", "points": 0, "attempts": 1}

    (tmp_path / "solved").mkdir()
    solutions = read_solutions(catalogue.solutions_path("01_rl_basics/00_python_pit_stop"))
    report = run(with_solutions(notebook, solutions), tmp_path / "solved", monkeypatch)
    assert report["points"] == 12
    assert list(report) == ["lesson", "nickname", "points", "max_points", "exercises"]
