"""Every lesson as it is committed: in its normal form, gives its outputs again, and can be solved from the wheel.

Starters run and pass nothing: their committed reports say so, and nbval proves that they give the same reports again.
Solutions pass in full: they run from the wheel alone, among Colab's packages, in a folder with umlauts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from course_lib import paths
from course_lib.commands.notebook_copies import copy_files_beside
from course_lib.commands.notebook_files import all_notebooks, name_of, read_notebook
from course_lib.exercises.exercise import CORRECT

# What Colab has had since 2022 (anywidget since 2025), and what these need of their own time.
COLAB = (
    "ipykernel==6.17.1", "ipywidgets==7.7.1", "ipython==7.34.0", "anywidget==0.9.21",
    "backcall==0.2.0", "pickleshare==0.7.5", "ipython-genutils==0.2.0", "decorator==4.4.2", "nest-asyncio==1.6.0",
    "setuptools<80",
)  # fmt: skip
QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # the debugger of an old kernel warns otherwise
NO_INDEX = ("No matching distribution", "Max retries", "NameResolution", "ProxyError", "Connection")


def notebook_environment(**more: str) -> dict[str, str]:
    """As a student has it: figures go into the notebook, and nobody is there to drive."""
    kept = {key: value for key, value in os.environ.items() if key not in ("MPLBACKEND", "PYTHONPATH")}
    return {**kept, "COURSE_HEADLESS": "1", "PYTHONUTF8": "1", "COLUMNS": "160", **QUIET, **more}


def run(command: list, here: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(part) for part in command], cwd=here, env=notebook_environment(**environment),
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


def report_of(notebook: dict) -> dict:
    """What the last cell printed."""
    last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    printed = "".join(output["text"] for output in last["outputs"] if output["output_type"] == "stream")
    lines = [line for line in printed.splitlines() if line.startswith("{")]
    assert len(lines) == 1, f"the last cell printed no report: {printed!r}"
    return json.loads(lines[0])


def said_of(notebook: dict, names) -> list[str]:
    """The outputs of these exercises' cells."""
    cells = [cell for cell in notebook["cells"] if cell["metadata"].get("first_lap", {}).get("exercise") in names]
    return [output["data"].get("text/plain", "") for cell in cells for output in cell["outputs"] if "data" in output]


def test_starters_pass_nothing():
    """What nbval compares, below, is a report without a single exercise passed."""
    for file in all_notebooks(paths.lessons_dir()):
        notebook = read_notebook(file)
        last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
        assert not last["metadata"].get("tags"), f"{file.stem}: nbval must compare the report"
        report = report_of(notebook)
        assert report["lesson"] == name_of(file) and report["points"] == 0
        passed = [name for name, entry in report["exercises"].items() if entry["status"] == CORRECT]
        assert not passed, (file.stem, passed)


def test_lessons_are_in_order(tmp_path):
    done = run([sys.executable, "-m", "course_lib", "notebooks", "check"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_lessons_give_their_outputs_again(tmp_path):
    """In copies, so that what they write stays out of the checkout."""
    lessons = paths.lessons_dir()
    notebooks = all_notebooks(lessons)
    if not notebooks:
        pytest.skip("there are no lessons yet")
    for notebook in notebooks:
        target = tmp_path / notebook.relative_to(lessons)
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_files_beside(notebook.parent, target.parent)
        shutil.copy(notebook, target)
    command = [sys.executable, "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider", "--nbval"]
    command += ["-n", "2", "--dist", "loadfile"]
    command += ["--nbval-current-env", f"--nbval-sanitize-with={lessons / 'nbval_sanitize.cfg'}", "."]
    done = run(command, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


# --- From the wheel, among Colab's packages -----------------------------------------------------------------


@pytest.fixture(scope="module")
def colab(tmp_path_factory) -> Path:
    """The Python of an environment with the wheel and Colab's old packages; all else comes from this environment."""
    folder = tmp_path_factory.mktemp("colab")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    done = run(command, paths.checkout())
    assert done.returncode == 0, done.stderr
    made = run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], folder)
    assert made.returncode == 0, made.stderr
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--retries=1"]
    done = run([*pip, next(folder.glob("first_lap-*.whl"))], folder, PIP_NO_INDEX="1")
    assert done.returncode == 0, done.stderr
    done = run([*pip, *COLAB], folder)
    if done.returncode != 0:
        assert any(word in done.stderr for word in NO_INDEX), done.stderr
        reason = f"pip cannot fetch Colab's packages: {done.stderr.strip().splitlines()[-1]}"
        if os.environ.get("COURSE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    ask = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site = Path(run([python, "-c", ask], folder).stdout.strip())
    ours = dict.fromkeys(sysconfig.get_paths()[key] for key in ("purelib", "platlib"))
    # A path in a .pth file comes after the environment's own, and its own .pth files (the checkout) are not read.
    (site / "zz_all_else.pth").write_text("\n".join(ours) + "\n", encoding="utf-8")
    return python


PROBE = """
import anywidget, IPython, ipykernel, ipywidgets, course_lib
from course_lib import paths
print(anywidget.__version__, IPython.__version__, ipykernel.__version__, ipywidgets.__version__)
print(course_lib.__file__)
print(paths.checkout())
"""


def test_solutions_pass_in_full_from_the_wheel_as_on_colab(colab, tmp_path):
    probe = run([colab, "-W", "ignore", "-c", PROBE], tmp_path)
    assert probe.returncode == 0, probe.stderr
    versions, package, checkout = probe.stdout.splitlines()
    assert versions == "0.9.21 7.34.0 6.17.1 7.7.1"
    assert Path(package).is_relative_to(colab.parent.parent) and checkout == "None"
    if not all_notebooks(paths.lessons_dir()):
        pytest.skip("there are no lessons yet")
    work, kept = tmp_path / "Läufe für alle", tmp_path / "here"
    work.mkdir()
    kept.mkdir()
    command = [colab, "-W", "ignore", "-m", "course_lib", "notebooks", "run", "--solutions", "--workers", "2"]
    temporary = {name: str(work) for name in ("TMPDIR", "TEMP", "TMP")}
    done = run([*command, "--out", "out"], kept, COURSE_COLAB="1", **temporary)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [file.name for file in kept.iterdir()] == ["out"] and not list(work.rglob("progress"))
    for shipped in all_notebooks(paths.lessons_dir()):
        solved = read_notebook(kept / "out" / shipped.parent.name / shipped.name)
        report = report_of(solved)
        failed = {name: entry for name, entry in report["exercises"].items() if entry["status"] != CORRECT}
        assert not failed, (report["lesson"], said_of(solved, failed))
        assert report["points"] == report["max_points"] > 0
