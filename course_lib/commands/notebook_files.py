"""Notebooks as files: where they are, which one a name means, reading and writing their JSON.

Everything here works on plain dictionaries: Jupyter's own packages are not needed to copy a lesson, and they would
give cells random ids.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path

from course_lib import paths
from course_lib.commands import CommandError

NOT_LESSONS = ("solutions", "__pycache__")


class NotebookError(ValueError):
    """A notebook cannot be found, read or used; the message names it and the way out."""


def all_notebooks(folder: Path) -> list[Path]:
    """The notebooks below a folder in the order of the course, without solutions and JupyterLab's checkpoints."""
    found = []
    for file in folder.rglob("*.ipynb"):
        parts = file.relative_to(folder).parts
        if not any(part in NOT_LESSONS or part.startswith(".") for part in parts):
            found.append(file)
    return sorted(found)


def find_notebooks(names: list[str], lesson: str | None = None) -> list[Path]:
    """The notebooks that somebody means: paths of files and folders, or names such as 01_first_lap.

    Without names, all notebooks of the lesson, or of the course.

    Raises:
        NotebookError: no notebook or lesson has that name (the nearest one is suggested), or several have.
    """
    lessons = paths.lessons_dir()
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found += all_notebooks(path)
        elif path.is_file():
            found.append(path)
        else:
            found.append(find_lesson(name))
    if not names:
        found = all_notebooks(lessons)
    if lesson is not None:
        folders = sorted(folder.name for folder in lessons.iterdir() if folder.is_dir())
        if lesson not in folders:
            raise NotebookError(f"no lesson is called {lesson!r}{nearest(lesson, folders)}")
        found = [file for file in found if file.resolve().parent == (lessons / lesson).resolve()]
    return list(dict.fromkeys(found))


def find_lesson(name: str) -> Path:
    """The shipped notebook that a name or the path of a private copy means. Raises NotebookError."""
    lessons = paths.lessons_dir()
    known = all_notebooks(lessons)
    wanted = Path(name.replace("\\", "/")).parts[-2:]
    stem = wanted[-1].removesuffix(".ipynb") if wanted else ""
    same = [file for file in known if file.stem == stem]
    if len(same) > 1 and len(wanted) == 2:
        same = [file for file in same if file.parent.name == wanted[0]]
    if len(same) == 1:
        return same[0]
    if same:
        choice = " or ".join(f"{file.parent.name}/{file.stem}" for file in same)
        raise NotebookError(f"several notebooks are called {stem!r}: say {choice}")
    raise NotebookError(f"no notebook is called {name!r}{nearest(stem, [file.stem for file in known])}")


def nearest(name: str, known: list[str]) -> str:
    """The end of a sentence that tells which known name may have been meant."""
    close = difflib.get_close_matches(name, known, 1, 0.5) or [one for one in known if name and name in one]
    if close:
        return f": did you mean {close[0]}?"
    return f": there are {', '.join(known)}" if known else ": there are none"


def name_of(file: Path) -> str:
    """What a notebook is called in messages: its lesson and name, such as 01_rl_basics/01_first_lap."""
    return f"{file.resolve().parent.name}/{file.stem}"


def need_checkout(what: str) -> None:
    """Raises CommandError in an installed wheel, whose lessons are nobody's to change."""
    if paths.checkout() is None:
        raise CommandError(f"{what} changes the course's own lessons: that works in a checkout only")


# --- JSON ---------------------------------------------------------------------------------------------------


def read_notebook(file: Path) -> dict:
    """A notebook of format 4, its sources and texts as single strings. Raises NotebookError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotebookError(f"{file} cannot be read ({getattr(error, 'strerror', error)})") from error
    return parse_notebook(text, file)


def parse_notebook(text: str, file: Path) -> dict:
    """As `read_notebook`, from the text of a file."""
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"{file}, line {error.lineno}: this is no notebook ({error.msg}); it was cut short or edited"
        raise NotebookError(message) from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or notebook.get("nbformat") != 4:
        raise NotebookError(f"{file} is no notebook of format 4: open it in JupyterLab and save it again")
    notebook.setdefault("metadata", {})
    for number, cell in enumerate(cells, 1):
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        if kind not in ("code", "markdown", "raw"):
            raise NotebookError(f"{file}, cell {number}: {kind!r} is no type of cell (code, markdown or raw)")
        cell["source"] = _joined(cell.get("source", ""))
        cell.setdefault("metadata", {})
        if kind == "code":
            cell.setdefault("execution_count", None)
            for output in cell.setdefault("outputs", []):
                if "text" in output:
                    output["text"] = _joined(output["text"])
                for mime, value in output.get("data", {}).items():
                    if not mime.endswith("json"):
                        output["data"][mime] = _joined(value)
    return notebook


def notebook_text(notebook: dict) -> str:
    """The text of a notebook's file, just as Jupyter writes it: sorted keys, one line of source per line."""
    cells = []
    for cell in notebook["cells"]:
        cell = {**cell, "source": cell["source"].splitlines(keepends=True)}
        if cell["cell_type"] == "code":
            cell["outputs"] = [_with_lines(output) for output in cell["outputs"]]
        cells.append(cell)
    return json.dumps({**notebook, "cells": cells}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def without_outputs(notebook: dict) -> dict:
    """A notebook as a student gets it: no cell was run yet."""
    cells = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def _joined(text: str | list[str]) -> str:
    return "".join(text) if isinstance(text, list) else text


def _has_lines(mime: str) -> bool:
    return mime.startswith("text/") or mime in ("application/javascript", "image/svg+xml")


def _with_lines(output: dict) -> dict:
    output = dict(output)
    if isinstance(output.get("text"), str):
        output["text"] = output["text"].splitlines(keepends=True)
    if "data" in output:
        output["data"] = {
            mime: value.splitlines(keepends=True) if isinstance(value, str) and _has_lines(mime) else value
            for mime, value in output["data"].items()
        }
    return output
