"""start.py as a person runs it: a real process, .venv and pip, on a tiny course and tiny wheels."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from stub_wheels import TOP, make_course, make_wheelhouse


def environment(**more: str) -> dict[str, str]:
    """This process's environment without pip's settings, and with no network to be had."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "COV_", "PYTEST_"))
    }
    nowhere = "http://127.0.0.1:9"
    kept.update(
        PIP_CONFIG_FILE=os.devnull, PIP_RETRIES="0", https_proxy=nowhere, http_proxy=nowhere, PYTHONUTF8="1"
    )
    return {**kept, **more}


def start(course: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(course / "start.py"), *arguments], cwd=course.parent, env=environment(**more),
        capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip


def load(course: Path):
    """The start.py of a course as a module, to ask its functions."""
    spec = importlib.util.spec_from_file_location("start_under_test", course / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def python_with(folder: Path, code: str) -> dict[str, str]:
    """Environment variables with which Python runs `code` before start.py."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> Path:
    return make_wheelhouse(tmp_path_factory.mktemp("Räder und mehr") / "wheels")


@pytest.fixture(scope="module")
def installed(tmp_path_factory, wheels) -> tuple[Path, list[tuple[int, str, str]]]:
    """A course where one start.py was killed and then two, begun at the same moment, went on.

    Returns its folder and what the two said: (exit code, stdout, stderr) each.
    """
    course = make_course(tmp_path_factory.mktemp("Erste Runde") / "mit Umläuten")
    command = [
        sys.executable,
        str(course / "start.py"),
        "--from",
        str(wheels),
        "evaluate",
        "größer als",
        "--json",
    ]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as first:
        for line in first.stdout:
            if line.startswith("Installing"):
                first.kill()
                break
    assert (course / ".venv/first-lap.unfinished").exists() and not (course / ".venv/first-lap.json").exists()
    pair = [
        subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True, encoding="utf-8")
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=120) for process in pair]
    return course, [(process.returncode, *texts) for process, texts in zip(pair, said, strict=True)]


@pytest.fixture
def course(installed, tmp_path) -> Path:
    """The installed course; what a test does to its files is undone."""
    folder = installed[0]
    for name in ("pyproject.toml", "requirements.lock", ".venv/first-lap.json"):
        (tmp_path / Path(name).name).write_bytes((folder / name).read_bytes())
    yield folder
    for name in ("pyproject.toml", "requirements.lock", ".venv/first-lap.json"):
        (folder / name).write_bytes((tmp_path / Path(name).name).read_bytes())
    (folder / ".venv/first-lap.unfinished").unlink(missing_ok=True)


def test_after_a_kill_two_at_once_install_once_and_both_run(installed):
    _, results = installed
    for code, out, err in results:
        assert code == 0, err
        assert "course ['evaluate', 'größer als', '--json']" in out
    assert sum("Installing PyTorch" in out for _, out, _ in results) == 1
    assert sum("making it anew" in out and "Done in" in out for _, out, _ in results) == 1


def test_second_run_installs_nothing(course):
    before = (course / ".venv/first-lap.log").stat().st_mtime_ns
    done = start(course)
    assert (done.returncode, done.stdout) == (0, "course ['lab']\n")
    assert (course / ".venv/first-lap.log").stat().st_mtime_ns == before


def test_exit_code_is_that_of_the_command(course):
    assert start(course, "exit", "5").returncode == 5


def test_help_needs_no_installation(tmp_path):
    done = start(make_course(tmp_path / "neu"), "--help")
    assert done.returncode == 0 and "--from FOLDER" in done.stdout
    assert not (tmp_path / "neu/.venv").exists()


@pytest.mark.skipif(os.name == "nt", reason="a console sends Ctrl-C otherwise on Windows")
def test_ctrl_c_belongs_to_the_command(course):
    command = [sys.executable, str(course / "start.py"), "wait"]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, start_new_session=True
    ) as running:
        assert running.stdout.readline() == b"waiting\n"
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(timeout=60) == 7


def test_test_adds_the_test_tools_to_the_same_venv(course, wheels):
    done = start(course, "--from", str(wheels), "test", "-k", "paths")
    assert done.returncode == 0, done.stderr
    assert "course ['test', '-k', 'paths']" in done.stdout and "anew" not in done.stdout
    assert json.loads((course / ".venv/first-lap.json").read_text(encoding="utf-8"))["extras"] == [
        "lab",
        "test",
    ]
    assert start(course, "test").stdout == "course ['test']\n"


def test_a_moved_broken_or_unfinished_venv_is_not_taken_for_whole(course):
    start_py = load(course)
    stamp = start_py.read_stamp()
    assert start_py.is_whole(stamp)
    assert not start_py.is_whole({**stamp, "place": str(course.parent / "elsewhere")})
    assert not start_py.is_whole({**stamp, "python": "3.8"})
    start_py.UNFINISHED.touch()
    assert not start_py.is_whole(stamp)
    start_py.UNFINISHED.unlink()
    start_py.PYTHON = course / "no/python"
    assert not start_py.is_whole(stamp)


def test_a_broken_stamp_means_installing_again(course):
    (course / ".venv/first-lap.json").write_text("{", encoding="utf-8")
    start_py = load(course)
    assert start_py.read_stamp() == {}
    assert not start_py.is_ready({"extras": ["lab"], "torch": None})


def change_the_lock(course: Path, more: str = "# changed\n") -> None:
    with open(course / "requirements.lock", "a", encoding="utf-8") as lock:
        lock.write(more)


def one_line(done: subprocess.CompletedProcess) -> str:
    """The error that start.py ended with: one line, no traceback."""
    assert done.returncode == 1, done.stdout
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("start.py: "), done.stderr
    return lines[0]


def test_no_network(course):
    change_the_lock(course)
    error = one_line(start(course, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="1"))
    assert "no network while installing PyTorch" in error and "--from FOLDER" in error
    assert not (course / ".venv/first-lap.json").exists()
    assert not (course / ".venv/first-lap.unfinished").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is PyTorch's usual build the CUDA one")
def test_cuda_is_refused(course, tmp_path):
    change_the_lock(course)
    cuda = make_wheelhouse(tmp_path / "cuda", ("nvidia-cublas==13.*; platform_system == 'Linux'",))
    error = one_line(start(course, PIP_NO_INDEX="1", PIP_FIND_LINKS=cuda.as_uri()))
    assert "CUDA" in error and "--from FOLDER" in error and "--gpu" in error


def test_a_wheel_is_missing_in_the_folder(course, wheels, tmp_path):
    change_the_lock(course)
    short = shutil.copytree(wheels, tmp_path / "zu wenig")
    (short / "labthing-1.0-py3-none-any.whl").unlink()
    pyproject = (course / "pyproject.toml").read_text(encoding="utf-8").replace("labthing", "otherthing")
    (course / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    error = one_line(start(course, "--from", str(short)))
    assert "has no wheel of otherthing" in error and "course pack --out FOLDER --platform" in error


@pytest.mark.parametrize("arguments", [["--from"], ["--from", "nowhere"]])
def test_from_what(course, arguments):
    assert "course pack" in one_line(start(course, *arguments)) or arguments == ["--from"]


def test_a_full_disk_is_seen_before_anything_is_made(tmp_path):
    course = make_course(tmp_path / "voll")
    code = "import shutil, types\nshutil.disk_usage = lambda path: types.SimpleNamespace(free=1.2e9)\n"
    error = one_line(start(course, **python_with(tmp_path / "site", code)))
    assert "1.2 GB free" in error and "make room" in error
    assert not (course / ".venv").exists()


def test_a_missing_venv_module_names_the_package(tmp_path):
    course = make_course(tmp_path / "debian")
    code = (
        "import importlib.util\nfind = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'ensurepip' else find(name, *more)\n"
    )
    error = one_line(start(course, **python_with(tmp_path / "site", code)))
    assert f"python{sys.version_info[0]}.{sys.version_info[1]}-venv" in error


def test_old_python_gets_one_sentence(tmp_path):
    course = make_course(tmp_path / "alt")
    code = "import sys\nsys.version_info = (3, 8, 10, 'final', 0)\n"
    done = start(course, **python_with(tmp_path / "site", code))
    assert done.returncode == 1 and "needs Python 3.11 to 3.14, you have 3.8" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_parses_on_old_pythons():
    ast.parse((TOP / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_a_folder_that_cannot_be_written(tmp_path):
    course = make_course(tmp_path / "fest")
    (course / ".venv.lock").mkdir()
    assert "copy the course to a folder of your own" in one_line(start(course))


def test_a_folder_named_venv_that_is_none_stays(tmp_path, wheels):
    course = make_course(tmp_path / "fremd")
    (course / ".venv").mkdir()
    (course / ".venv/thesis.txt").write_text("mine", encoding="utf-8")
    assert "move it away" in one_line(start(course, "--from", str(wheels)))
    assert (course / ".venv/thesis.txt").read_text(encoding="utf-8") == "mine"


def test_start_py_alone_says_what_is_missing(tmp_path):
    shutil.copy(TOP / "start.py", tmp_path)
    assert "requirements.lock is missing" in one_line(start(tmp_path))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("ERROR: Could not install: OSError: [Errno 28] No space left on device", "disk ran full"),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk ran full"),
        ("WARNING: Retrying ... NewConnectionError('...')\nERROR: No matching", "no network"),
        ("ERROR: something else", "something else"),
        ("", "no word why"),
    ],
)
def test_pips_failures_in_one_sentence(course, output, said):
    sentence = load(course).explain(output, "installing PyTorch", None)
    assert said in sentence and "\n" not in sentence
