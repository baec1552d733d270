"""`course report` as a person types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from logs_by_hand import small_training

from course_lib.cli import main
from course_lib.commands import report
from course_lib.deepracer.model_folder import ModelFolder


def course(*arguments, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "course_lib", "report", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )


@pytest.fixture
def folder(tmp_path, square) -> ModelFolder:
    np.save(tmp_path / "square ü.npy", square.rows)
    return small_training(tmp_path / "Mein Modell ü", square)


def test_the_page_lies_in_the_folder_and_its_path_is_printed(folder, tmp_path):
    done = course("Mein Modell ü", "--track", "square ü.npy", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(done.stdout.strip()) == Path("Mein Modell ü") / "report.html"
    page = (folder.path / "report.html").read_text(encoding="utf-8")
    assert "How Mein Modell ü was trained" in page and "The first full lap came in iteration 2" in page
    assert not list(folder.path.glob("*.part"))


def test_another_place_and_a_log_that_is_cut_short(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = folder.training_trace_path(3)
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    report.run(folder.path, Path("Bericht ä.html"), "square ü.npy")
    told = capsys.readouterr()
    assert told.out == "Bericht ä.html\n" and told.err.count("course: ") == told.err.count("\n") == 2
    page = (tmp_path / "Bericht ä.html").read_text(encoding="utf-8")
    assert "1 of 3 episodes have no end" in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere: there is no such folder"),
        (["."], "holds no log of a training"),
        (["empty"], "holds no complete episode yet"),
        (["Mein Modell ü"], "a track of 20.00 m that is none of the shipped ones"),
        (["Mein Modell ü", "--track", "camp"], "did not drive on camp"),
        (["Mein Modell ü", "--track", "square ü.npy", "--out", "missing/report.html"], "cannot be written"),
    ],
)
def test_what_cannot_be_reported_is_one_sentence(folder, tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    ModelFolder(tmp_path / "empty").make()
    with pytest.raises(SystemExit) as ended:
        main(["report", *arguments])
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (1, "")
    assert words in told.err and told.err.startswith("course: ") and told.err.count("\n") == 1
    assert not (folder.path / "report.html").exists()


def test_a_folder_that_is_no_model_as_a_person_sees_it(tmp_path):
    done = course(".", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("course: ") and "holds no log of a training" in done.stderr
