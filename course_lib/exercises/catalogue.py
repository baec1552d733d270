"""Finding the exercises that belong to a notebook by its name, such as ``01_rl_basics/01_first_lap``."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
from pathlib import Path

import course_lib.exercises
from course_lib import paths
from course_lib.exercises.exercise import Exercise


class UnknownExercises(LookupError):
    """No exercises of this name; the message gives the nearest name."""


def exercises_of(notebook: str) -> dict[str, Exercise]:
    """The exercises of a notebook in their order, by name.

    Args:
        notebook: lesson and notebook with their numbers; a path or ``.ipynb`` at its end does no harm.

    Raises:
        UnknownExercises: there are none of this name.
    """
    known = {name.replace("course_lib.exercises.", "").replace(".", "/"): name for name in _modules()}
    asked = "/".join(_without_number(part) for part in canonical(notebook).split("/"))
    if asked not in known:
        near = difflib.get_close_matches(asked, known, n=1, cutoff=0)
        raise UnknownExercises(f'There are no exercises "{notebook}": did you mean "{_numbered(near[0])}"?')
    return importlib.import_module(known[asked]).EXERCISES


def canonical(notebook: str) -> str:
    """``lesson/notebook``: the last two parts of a name or path, without ``.ipynb``."""
    return "/".join(str(notebook).replace("\\", "/").removesuffix(".ipynb").split("/")[-2:])


def nearest(name: str, names) -> str:
    """The one of the names that looks most like this one."""
    return difflib.get_close_matches(name, list(names), n=1, cutoff=0)[0]


def notebook_path(notebook: str) -> Path:
    """Where the shipped notebook lies (or would)."""
    return paths.lessons_dir() / f"{canonical(notebook)}.ipynb"


def solutions_path(notebook: str) -> Path:
    """Where the file with its solutions lies (or would)."""
    path = notebook_path(notebook)
    return path.parent / "solutions" / f"{path.stem}.py"


def _modules() -> list[str]:
    found = pkgutil.walk_packages(course_lib.exercises.__path__, "course_lib.exercises.")
    return sorted(module.name for module in found if not module.ispkg and module.name.count(".") == 3)


def _without_number(part: str) -> str:
    return re.sub(r"^\d+_", "", part)


def _numbered(name: str) -> str:
    """The name with the numbers that its folder and file have in lessons/, as far as they are there."""
    for path in sorted(paths.lessons_dir().glob("*/*.ipynb")) + sorted(paths.lessons_dir().glob("*/solutions/*.py")):
        lesson = path.parent.parent if path.suffix == ".py" else path.parent
        full = f"{lesson.name}/{path.stem}"
        if "/".join(map(_without_number, full.split("/"))) == name:
            return full
    return name
