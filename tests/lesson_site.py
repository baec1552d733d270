"""Small lessons for tests, and an installed course that holds them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from course_lib import paths


def code(source: str, **metadata) -> dict:
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def text(source: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def lesson(*cells: dict, title: str = "# A test\n\n10 minutes, core.", **about) -> dict:
    """A notebook with a title and parameters, not run and not formatted."""
    facts = {"minutes": 10, "level": "core", "needs": [], **about}
    parameters = code('SEED = 0\nBUDGET = "quick"', tags=["parameters"])
    cells = [text(title), parameters, *cells]
    return {"cells": cells, "metadata": {"first_lap": facts}, "nbformat": 4, "nbformat_minor": 5}


def write(file: Path, notebook: dict) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(notebook), encoding="utf-8")
    return file


def make_site(folder: Path, stub: bool = True) -> Path:
    """A folder for PYTHONPATH with the course as a wheel has it, with two lessons.

    The stub of JupyterLab prints the folder that it was to open.
    """
    package = folder / "course_lib"
    ignore = shutil.ignore_patterns("__pycache__", "_lessons", "_data")
    shutil.copytree(Path(paths.__file__).parent, package, ignore=ignore)
    lessons = package / "_lessons"
    write(lessons / "01_basics/01_first.ipynb", lesson(code("print(1 + 1)")))
    write(lessons / "01_basics/02_second.ipynb", lesson(code("print(2)")))
    write(lessons / "01_basics/solutions/01_first.ipynb", lesson(code("print('solved')")))
    (lessons / "01_basics/table.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (lessons / "01_basics/instructor.md").write_text("secret", encoding="utf-8")
    shutil.copy(paths.lessons_dir() / "nbval_sanitize.cfg", lessons)
    if not stub:
        return folder
    program = "import sys\nprint(next(a for a in sys.argv if 'root_dir' in a).partition('=')[2])\nprint(sys.argv)\n"
    (folder / "jupyterlab.py").write_text(program, encoding="utf-8")
    return folder


def course(site: Path, here: Path, *arguments: str, start=subprocess.run, **environment: str):
    """`course` of an installed course, as a process in a folder of the student's."""
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    return start(
        [sys.executable, "-m", "course_lib", *arguments], cwd=here,
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONUTF8": "1", **environment}, **more,
    )  # fmt: skip
