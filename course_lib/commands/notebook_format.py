"""The one form in which a lesson's notebook is committed, so that a change of it shows nothing but the change."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from course_lib import paths
from course_lib.commands.notebook_files import name_of, notebook_text, read_notebook
from course_lib.files import write_atomically

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
KEPT_OF_NOTEBOOK = ("authors", "first_lap", "title")
KEPT_OF_CELL = ("first_lap",)
KEPT_OF_IMAGE = ("alt", "height", "unconfined", "width")
WIDGET = "application/vnd.jupyter.widget-view+json"
PAPERMILL_TAGS = ("injected-parameters", "papermill-error-cell-tag")

PLAIN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
RANDOM_ID = re.compile(r"[0-9a-f]{8}((-[0-9a-f]{4}){3}-[0-9a-f]{12})?")  # Jupyter's: new ones each time

SETUP_MARK = "course_lib.notebook.setup"
SETUP_CELL = """\
from glob import glob
from importlib.util import find_spec

if find_spec("course_lib") is None:  # on Colab: this installs the course
    course = (glob("first_lap-*.whl") or ["git+{repository}"])[-1]
    %pip install -q --no-deps "{{course}}"
from course_lib.notebook.setup import setup
setup()"""


def repository() -> str:
    """The course's address, which pyproject.toml alone names."""
    top = paths.checkout()
    if top is not None:
        return tomllib.loads((top / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
    links = dict(link.split(", ", 1) for link in metadata.metadata("first-lap").get_all("Project-URL", []))
    return links["Repository"]


def setup_source() -> str:
    """The source of every notebook's first code cell."""
    return SETUP_CELL.format(repository=repository())


def format_file(file: Path) -> bool:
    """Write a notebook in its normal form, atomically; False when it had it already.

    Raises:
        NotebookError: it cannot be read.  OSError: it cannot be written, and is as it was.
    """
    old = file.read_bytes() if file.is_file() else b""
    new = notebook_text(formatted(read_notebook(file))).encode("utf-8")
    if new == old:
        return False
    write_atomically(file, new)
    return True


def formatted(notebook: dict) -> dict:
    """The normal form of a notebook; that of a normal one is itself."""
    cells = [_cell(cell) for cell in without_papermill(notebook["cells"])]
    # Empty cells go first, or the setup cell would keep its place before one that is no longer there.
    cells = [cell for cell in cells if cell["source"] or cell.get("outputs") or cell.get("attachments")]
    cells = [_cell(cell) for cell in with_setup(cells)]
    _give_ids(cells)
    _count(cells)
    kept = {key: value for key, value in notebook["metadata"].items() if key in KEPT_OF_NOTEBOOK}
    return {
        "cells": cells,
        "metadata": {**kept, "kernelspec": KERNEL, "language_info": LANGUAGE},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def without_papermill(cells: list[dict]) -> list[dict]:
    """The cells without those that papermill put between them."""
    return [cell for cell in cells if not set(PAPERMILL_TAGS) & set(cell["metadata"].get("tags", []))]


def with_setup(cells: list[dict]) -> list[dict]:
    """The cells with the setup cell, brought up to date, as the first one with code."""
    setup = next((c for c in cells if c["cell_type"] == "code" and SETUP_MARK in c["source"]), None)
    rest = [cell for cell in cells if cell is not setup]
    first = next((i for i, cell in enumerate(rest) if cell["cell_type"] == "code"), len(rest))
    if setup is None:
        setup = {"cell_type": "code", "id": "setup", "metadata": {}, "outputs": [], "execution_count": None}
    return [*rest[:first], {**setup, "source": setup_source()}, *rest[first:]]


def _cell(cell: dict) -> dict:
    kind, old = cell["cell_type"], cell["metadata"]
    new = {key: old[key] for key in KEPT_OF_CELL if key in old}
    if old.get("tags"):
        new["tags"] = sorted(set(old["tags"]))
    if old.get("jupyter", {}).get("source_hidden"):
        new["jupyter"] = {"source_hidden": True}
    done = {"cell_type": kind, "id": cell.get("id"), "metadata": new, "source": _source(cell["source"])}
    if kind == "code":
        done["execution_count"] = cell["execution_count"]
        done["outputs"] = _outputs(cell["outputs"])
    elif cell.get("attachments"):
        done["attachments"] = cell["attachments"]
    return done


def _source(text: str) -> str:
    """No spaces at the ends of lines, no empty lines at either end, no newline at the very end."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip("\n")


def _outputs(outputs: list[dict]) -> list[dict]:
    """The outputs without what a widget or a terminal needs: a page without a kernel shows the rest."""
    done: list[dict] = []
    for output in outputs:
        output = dict(output)
        if output["output_type"] == "stream":
            before = done[-1] if done else {}
            if before.get("output_type") == "stream" and before["name"] == output["name"]:
                before["text"] += output["text"]
                continue
        if "data" in output:
            output["data"] = {mime: value for mime, value in output["data"].items() if mime != WIDGET}
            if not output["data"]:
                continue
            output["metadata"] = _output_metadata(output.get("metadata", {}), output["data"])
        output.pop("transient", None)
        done.append(output)
    for output in done:
        if output["output_type"] == "stream":
            output["text"] = _as_in_a_terminal(output["text"])
    return [output for output in done if output.get("text") != ""]


def _output_metadata(metadata: dict, data: dict) -> dict:
    kept = {}
    for mime in data:
        said = metadata.get(mime)
        some = {key: said[key] for key in KEPT_OF_IMAGE if key in said} if isinstance(said, dict) else {}
        if some:
            kept[mime] = some
    return kept


def _as_in_a_terminal(text: str) -> str:
    """What stays visible of a line over which a progress bar has written again and again."""
    text = text.replace("\r\n", "\n")
    return re.sub(r"\r+(?=\n|\Z)", "", re.sub(r"[^\n]*\r(?=[^\r\n])", "", text))


def _give_ids(cells: list[dict]) -> None:
    """Each cell keeps its id if it is plain and not taken; else it gets the next free number."""
    taken: set[str] = set()
    for cell in cells:
        name = cell["id"]
        if not isinstance(name, str) or not PLAIN_ID.fullmatch(name) or RANDOM_ID.fullmatch(name) or name in taken:
            cell["id"] = None
        else:
            taken.add(name)
    for number, cell in enumerate(cells, 1):
        while cell["id"] is None:
            name = f"cell-{number:02}"
            if name not in taken:
                cell["id"] = name
                taken.add(name)
            number += 1


def _count(cells: list[dict]) -> None:
    """Number the run cells 1, 2, ...; a notebook that was run out of order keeps its numbers, for the check to see."""
    run = [cell for cell in cells if cell["cell_type"] == "code" and cell["execution_count"] is not None]
    counts = [cell["execution_count"] for cell in run]
    if all(before < after for before, after in zip(counts, counts[1:])):
        for number, cell in enumerate(run, 1):
            cell["execution_count"] = number
    for cell in run:
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = cell["execution_count"]


def run(files: list[Path]) -> int:
    """Format notebooks in place and say which ones changed; 0."""
    changed = [file for file in files if format_file(file)]
    for file in changed:
        print(f"formatted {name_of(file)}")
    print(f"{len(changed)} of {len(files)} notebooks changed")
    return 0
