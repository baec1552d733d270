"""`course notebooks`: run, format and check the lessons' notebooks."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from course_lib.commands import CommandError, notebook_files


def run(
    names: list[str],
    lesson: str | None,
    budget: str | None,
    parameters: list[str],
    out: Path | None,
    write: bool,
    workers: int,
    solutions: bool,
) -> int:
    """Execute notebooks; 1 when one failed."""
    need("papermill", "lab")
    from course_lib.commands import notebook_run

    values = notebook_run.parse_parameters(parameters)
    if budget is not None:
        values["BUDGET"] = budget
    found = notebook_files.find_notebooks(names, lesson)
    return notebook_run.run(found, values, out, write, workers, solutions)


def format(names: list[str], lesson: str | None) -> int:
    """Bring notebooks into their normal form, in place; 0."""
    from course_lib.commands import notebook_format

    if not names:
        notebook_files.need_checkout("format without names")
    return notebook_format.run(notebook_files.find_notebooks(names, lesson))


def check(names: list[str], lesson: str | None) -> int:
    """Say what is wrong with notebooks; 1 when something is."""
    need("ruff", "test")
    from course_lib.commands import notebook_check

    return notebook_check.run(notebook_files.find_notebooks(names, lesson))


def need(module: str, extra: str) -> None:
    """Raises CommandError when a package of an extra is missing."""
    if importlib.util.find_spec(module) is None:
        raise CommandError(f'{module} is missing: pip install "first-lap[{extra}]"')
