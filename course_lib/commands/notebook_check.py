"""What is wrong with a lesson's notebook before it is committed: one line per fault, with its cell."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from course_lib import paths
from course_lib.commands import CommandError
from course_lib.commands.notebook_files import (
    NotebookError,
    all_notebooks,
    name_of,
    nearest,
    notebook_text,
    parse_notebook,
    read_notebook,
)
from course_lib.commands.notebook_format import formatted
from course_lib.commands.notebook_run import parameter_names

MOST_BYTES = 1_000_000
MOST_LINES = 30  # of a cell with code
LINE_LENGTH = 100
LEVELS = ("core", "deep", "extra")
RULES = "E,F,W,B"  # of ruff
NOT_RULES = "E402"  # the setup cell imports after it has installed
NOT_FOR_STUDENTS = ("solutions", "instructor.md")

HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'][^)]*)?\)")
IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ALT = re.compile(r"\balt\s*=\s*(\"[^\"]*\S[^\"]*\"|'[^']*\S[^']*')", re.IGNORECASE)
EXTERNAL = re.compile(
    r"(<(img|script|iframe|video|audio|source|embed)\b[^>]*\bsrc|<link\b[^>]*\bhref)\s*=\s*[\"']?(https?:)?//"
    r"|url\(\s*[\"']?(https?:)?//|@import|\bimport\s*\(?\s*[\"']https?://",
    re.IGNORECASE,
)
TIME = re.compile(r"\b\d+([.,]\d+)? ?(s|ms|µs|sec|seconds|min|minutes|it/s)\b|\b\d+:\d\d\b")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")

Fault = tuple[int | None, str]  # (number of the cell or None, what is wrong)


def check_file(file: Path, root: Path | None = None) -> list[str]:
    """All that is wrong with a notebook, as lines `file, cell N: what`. Raises NotebookError: it cannot be read.

    Args:
        root: the folder that links may lead into; the folder above the notebook's own without.
    """
    text = file.read_bytes().decode("utf-8", errors="replace")
    notebook = read_notebook(file)
    faults: list[Fault] = []
    if notebook_text(formatted(parse_notebook(text, file))) != text:
        faults.append((None, f"is not in its normal form: course notebooks format {file.stem}"))
    if len(text.encode("utf-8")) > MOST_BYTES:
        size = len(text.encode("utf-8")) / 1e6
        faults.append((None, f"has {size:.1f} MB, more than {MOST_BYTES / 1e6:.0f}: draw fewer or smaller pictures"))
    for part in (run_state, facts, headings, words, outputs, code):
        faults += part(notebook)
    faults += links(notebook, file, root or file.resolve().parent.parent)
    faults += ruff(text, file)
    faults.sort(key=lambda fault: fault[0] or 0)
    return [f"{name_of(file)}{f', cell {cell}' if cell else ''}: {what}" for cell, what in faults]


def cells_of(notebook: dict, kind: str) -> Iterator[tuple[int, dict]]:
    """(number from 1, cell) of a kind."""
    return ((n, cell) for n, cell in enumerate(notebook["cells"], 1) if cell["cell_type"] == kind)


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def prose(cell: dict) -> str:
    """A markdown cell without its code."""
    return CODE.sub("", FENCE.sub("", cell["source"]))


def run_state(notebook: dict) -> Iterator[Fault]:
    expected = 1
    for number, cell in cells_of(notebook, "code"):
        count = cell["execution_count"]
        if count is None:
            yield number, "was not run: course notebooks run --write"
        else:
            if count != expected:
                yield number, f"was run as number {count}, not {expected}: course notebooks run --write"
            expected = count + 1
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        if failed and "raises-exception" not in tags(cell):
            yield number, "ends in an error: mend it, or tag the cell raises-exception"


def facts(notebook: dict) -> Iterator[Fault]:
    """`metadata.first_lap`, the minutes in the text, the parameters."""
    about = notebook["metadata"].get("first_lap")
    wanted = 'metadata.first_lap = {"minutes": 30, "level": "core", "needs": []}'
    if not isinstance(about, dict):
        yield None, f"has no {wanted}"
    else:
        minutes = about.get("minutes")
        if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1:
            yield None, f"metadata.first_lap.minutes is {minutes!r}, not a number such as 30"
        elif not any(re.search(rf"\b{minutes}\W{{0,3}}min", text) for text in beginning(notebook)):
            yield None, f"does not say {minutes} minutes in the cell of its title or the next one"
        if about.get("level") not in LEVELS:
            yield None, f"metadata.first_lap.level is {about.get('level')!r}, not one of {', '.join(LEVELS)}"
        needs = about.get("needs")
        if not isinstance(needs, list) or not all(isinstance(need, str) for need in needs):
            yield None, "metadata.first_lap.needs is no list of names of notebooks"
    lacking = {"SEED", "BUDGET"} - parameter_names(notebook)
    if lacking:
        yield None, f"has no cell tagged parameters that sets {' and '.join(sorted(lacking))}"


def beginning(notebook: dict) -> list[str]:
    cells = notebook["cells"]
    for index, cell in enumerate(cells):
        if cell["cell_type"] == "markdown" and any(len(marks) == 1 for marks, _ in HEADING.findall(prose(cell))):
            return [cell["source"] for cell in cells[index : index + 2]]
    return []


def headings(notebook: dict) -> Iterator[Fault]:
    titles, before = 0, 0
    for number, cell in cells_of(notebook, "markdown"):
        for marks, title in HEADING.findall(FENCE.sub("", cell["source"])):
            level = len(marks)
            titles += level == 1
            if level == 1 and titles > 1:
                yield number, f"is a second title: {title!r} should be ##"
            if level > before + 1:
                yield number, f"the heading {title!r} jumps from level {before} to {level}"
            before = level
    if titles == 0:
        yield None, "has no title: begin with # and its name"


def words(notebook: dict) -> Iterator[Fault]:
    """Pictures in the text."""
    for number, cell in cells_of(notebook, "markdown"):
        for mark, alt, target in LINK.findall(prose(cell)):
            if mark and not alt.strip():
                yield number, f"the picture {target} has no text in its [ ] for those who cannot see it"
            if mark and re.match(r"(https?:)?//", target):
                yield number, f"the picture {target} comes from the network: put it beside the notebook"
        yield from html_faults(number, prose(cell))


def html_faults(number: int, text: str) -> Iterator[Fault]:
    if any(not ALT.search(image) for image in IMG.findall(text)):
        yield number, 'an <img> has no alt="..." for those who cannot see it'
    if EXTERNAL.search(text):
        yield number, "shows something that comes from the network: put it into the notebook"


def outputs(notebook: dict) -> Iterator[Fault]:
    patterns = sanitizer()
    for number, cell in cells_of(notebook, "code"):
        for output in cell["outputs"]:
            data, about = output.get("data", {}), output.get("metadata", {})
            html = data.get("text/html", "")
            for mime in data:
                described = str(about.get(mime, {}).get("alt", "")).strip() or any(map(ALT.search, IMG.findall(html)))
                if mime.startswith("image/") and not described:
                    yield number, f"a picture has no alt text: display it with metadata={{{mime!r}: {{'alt': ...}}}}"
            for mime in ("text/html", "image/svg+xml", "application/javascript"):
                if mime in data:
                    yield from html_faults(number, data[mime])
        said = "".join(
            output.get("text", "") + "".join(v for m, v in output.get("data", {}).items() if m.startswith("text/"))
            for output in cell["outputs"]
        )
        for pattern, replacement in patterns:
            said = re.sub(pattern, replacement, said)
        if (found := TIME.search(said)) and "nbval-ignore-output" not in tags(cell):
            yield number, f"prints a time ({found[0]!r}), which differs next time: tag the cell nbval-ignore-output"


def sanitizer() -> list[tuple[str, str]]:
    """(pattern, replacement) that nbval applies before it compares outputs."""
    text = (paths.lessons_dir() / "nbval_sanitize.cfg").read_text(encoding="utf-8")
    return re.findall(r"^regex: (.*)$\n^replace: (.*)$", text, re.MULTILINE)


def code(notebook: dict) -> Iterator[Fault]:
    for number, cell in cells_of(notebook, "code"):
        lines = len(cell["source"].splitlines())
        if lines > MOST_LINES:
            yield number, f"has {lines} lines, more than {MOST_LINES}: split it"


def links(notebook: dict, file: Path, root: Path) -> Iterator[Fault]:
    """Links to files that are not there, or not in a student's copies; anchors without a heading."""
    anchors = {
        re.sub(r"\s+", "-", title.strip()).lower()
        for _, cell in cells_of(notebook, "markdown")
        for _, title in HEADING.findall(FENCE.sub("", cell["source"]))
    }
    for number, cell in cells_of(notebook, "markdown"):
        for _, _, target in LINK.findall(prose(cell)):
            if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+:|//", target):
                continue
            name, _, anchor = target.partition("#")
            there = (file.resolve().parent / re.sub("%20", " ", name)).resolve()
            if not name:
                if anchor.lower() not in anchors:
                    yield number, f"the link #{anchor} leads to no heading"
            elif not there.exists():
                yield number, f"the link {target} leads to a file that is not there"
            elif not there.is_relative_to(root.resolve()) or set(NOT_FOR_STUDENTS) & set(there.parts):
                yield number, f"the link {target} leads to a file that students do not have"


def ruff(text: str, file: Path) -> list[Fault]:
    """What ruff finds in the cells. Raises CommandError when it does not run."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--output-format=json"]
    command += [f"--select={RULES}", f"--ignore={NOT_RULES}", f"--line-length={LINE_LENGTH}"]
    command += ["--target-version=py311", "--stdin-filename", file.name, "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise CommandError(f"ruff cannot read {file}: {(done.stderr.strip().splitlines() or [''])[-1]}")
    return [
        (found.get("cell"), f"line {found['location']['row']}: {found['message']} ({found['code']})")
        for found in json.loads(done.stdout or "[]")
    ]


def run(files: list[Path]) -> int:
    """Print every fault; 1 when there is one."""
    lessons = paths.lessons_dir()
    known = [file.stem for file in all_notebooks(lessons)]
    faulty = 0
    for file in files:
        root = lessons if file.resolve().is_relative_to(lessons.resolve()) else None
        try:
            faults = check_file(file, root)
            if root is not None:
                about = read_notebook(file)["metadata"].get("first_lap")
                needs = about.get("needs") if isinstance(about, dict) else None
                for need in needs if isinstance(needs, list) else []:
                    if isinstance(need, str) and need.split("/")[-1] not in known:
                        faults.append(f"{name_of(file)}: needs {need!r}, which is no notebook{nearest(need, known)}")
        except NotebookError as error:
            faults = [str(error)]
        faulty += bool(faults)
        for fault in faults:
            print(fault)
    print(f"{len(files)} notebooks, {faulty} to mend" if faulty else f"{len(files)} notebooks, all good")
    return 1 if faulty else 0
