"""Where the course's files are: beside `course_lib` in a checkout, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


class CourseFilesMissing(FileNotFoundError):
    """The course's own data or lessons are not where they belong."""


def checkout() -> Path | None:
    """The folder of the checkout that this package runs from, or None in an installed wheel."""
    top = _PACKAGE.parent
    return top if (top / "pyproject.toml").is_file() and (top / "start.py").is_file() else None


def data_dir() -> Path:
    """The folder with tracks/, policies/ and what else ships as data.

    Raises CourseFilesMissing when neither the checkout nor the wheel holds it.
    """
    return _find("data")


def lessons_dir() -> Path:
    """The folder with the numbered lessons.

    Raises CourseFilesMissing when neither the checkout nor the wheel holds it.
    """
    return _find("lessons")


def _find(name: str) -> Path:
    top = checkout()
    folder = top / name if top else _PACKAGE / f"_{name}"
    if not folder.is_dir():
        raise CourseFilesMissing(f"the folder {folder} is missing: get the course again, or install it again")
    return folder
