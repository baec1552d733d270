"""The `course` command as a process: help, exit codes, and what becomes of errors."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def course(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "course_lib", *arguments], capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, **environment},
    )  # fmt: skip


def python(code: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment},
    )


def test_help_names_the_commands():
    done = course("--help", COLUMNS="100")
    assert done.returncode == 0
    for command in "lab reset doctor test pack train evaluate report drive tracks notebooks".split():
        assert command in done.stdout


def test_unknown_command_is_2():
    assert course("trian").returncode == 2


@pytest.mark.parametrize("command", ["", "lab", "notebooks"])
def test_help_loads_nothing_heavy(command):
    code = (
        f"import sys\nfrom course_lib.cli import main\ntry:\n    main({[*command.split(), '--help']})\n"
        "except SystemExit:\n    pass\n"
        "print('HEAVY', {'torch', 'pygame', 'matplotlib', 'papermill', 'nbformat'} & set(sys.modules))"
    )
    assert "HEAVY set()" in python(code).stdout


def test_a_mistake_is_one_line_and_debug_shows_more():
    arguments = ("pack", "--out", "anywhere", "--platform", "amiga")
    done = course(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("course: no platform 'amiga'") and done.stderr.count("\n") == 1
    assert "Traceback" in course("--debug", *arguments).stderr
    assert "Traceback" in course(*arguments, COURSE_DEBUG="1").stderr


@pytest.mark.parametrize("raised", ["ValueError('ours')", "KeyError('ours')"])
def test_what_nobody_expected_keeps_its_traceback(raised):
    code = (
        f"from course_lib import cli\n@cli.app.command()\ndef bad():\n    raise {raised}\ncli.main(['bad'])"
    )
    done = python(code)
    assert done.returncode == 1 and "Traceback" in done.stderr and "ours" in done.stderr


def test_a_console_without_our_signs_does_not_break():
    code = (
        "from course_lib import cli\n@cli.app.command()\ndef sign():\n"
        "    print(chr(0x2713), chr(0xfc))\ncli.main(['sign'])"
    )
    done = python(code, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert done.returncode == 0 and done.stdout == "\u2713 \u00fc\n"
