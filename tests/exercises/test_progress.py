"""Progress survives a restart, a second kernel, a damaged file and a folder that cannot be written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG, Result
from course_lib.exercises.progress import Progress, nickname_here

LESSON = "01_rl_basics/01_first_lap"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "my läps" / "progress"


@pytest.fixture(autouse=True)
def beside_the_notebook(folder):
    folder.parent.mkdir()


def progress(folder, nickname="ada"):
    return Progress(LESSON, ["q1", "q2"], nickname, folder)


def test_it_survives_a_restart(folder):
    kept = progress(folder)
    kept.records["q1"].add(Result(CORRECT, 2, ""), 5)
    kept.records["q1"].text = "wörds"
    kept.save()
    again = progress(folder)
    assert (again.records["q1"].status, again.records["q1"].points) == (CORRECT, 2)
    assert again.records["q1"].text == "wörds"
    assert progress(folder, "Grace").records["q1"].status == NOT_ATTEMPTED


def test_the_best_answer_counts_and_the_same_answer_is_one_try(folder):
    record = progress(folder).records["q1"]
    record.add(Result(WRONG, 0, ""), 1)
    record.add(Result(WRONG, 0, ""), 1)
    record.add(Result(NOT_ATTEMPTED, 0, ""), 2)
    assert (record.first, len(record.tries)) == (WRONG, 1)
    record.add(Result(WRONG, 1.5, ""), 3)
    record.add(Result(CRASHED, 0, ""), 4)
    assert (record.status, record.points, len(record.tries)) == (WRONG, 1.5, 3)
    record.add(Result(CORRECT, 2, ""), 5)
    record.add(Result(WRONG, 0, ""), 6)
    assert (record.status, record.points, record.first) == (CORRECT, 2, WRONG)


def test_two_kernels_keep_both_their_answers(folder):
    one, two = progress(folder), progress(folder)
    one.records["q1"].add(Result(CORRECT, 2, ""), 1)
    one.save()
    two.records["q2"].add(Result(WRONG, 0, ""), 1)
    two.save()
    both = progress(folder)
    assert (both.records["q1"].status, both.records["q2"].status) == (CORRECT, WRONG)


WRITER = """
import sys
from pathlib import Path
from course_lib.exercises.exercise import Result
from course_lib.exercises.progress import Progress
kept = Progress("a/b", ["q1"], "ada", Path(sys.argv[1]))
for number in range(25):
    kept.records["q1"].tries = []  # what this process had is only in the file from now on
    kept.records["q1"].add(Result("wrong", 0, ""), f"{sys.argv[2]}-{number}")
    kept.save()
assert not kept.notice, kept.notice
"""


def test_processes_that_write_at_the_same_time_lose_nothing(folder):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(folder), who]) for who in ("one", "two")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert len(Progress("a/b", ["q1"], "ada", folder).records["q1"].tries) == 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"format": "first-lap-progress-1", "exercises": {"q1": {"sta',
        "[]",
        "{}",
        '{"format": "first-lap-progress-1", "exercises": {"q1": {"status": "won"}}}',
        '{"format": "first-lap-progress-1", "exercises": {"q1": {"points": "2"}}}',
        '{"format": "first-lap-progress-1", "exercises": {"q1": {"tries": [1]}}}',
        '{"format": "first-lap-progress-1", "exercises": {"q1": "correct"}}',
        '{"format": "first-lap-progress-1", "exercises": [1]}',
    ],
)
def test_a_damaged_file_is_set_aside_and_kept(folder, text):
    kept = progress(folder)
    kept.save()
    for number in (1, 2):
        kept.path.write_text(text, encoding="utf-8")
        fresh = progress(folder)
        aside = kept.path.with_name(f"{kept.path.stem}.damaged-{number}.json")
        assert fresh.notice == f"{kept.path.name} was damaged; it is now called {aside.name}, and a new one begins."
        assert aside.read_text(encoding="utf-8") == text
        fresh.records["q1"].add(Result(CORRECT, 2, ""), 1)
        fresh.save()
        assert json.loads(kept.path.read_text(encoding="utf-8"))["exercises"]["q1"]["points"] == 2


def test_a_file_of_a_newer_course_is_left_alone(folder):
    kept = progress(folder)
    kept.save()
    newer = kept.path.read_text(encoding="utf-8").replace("progress-1", "progress-2")
    kept.path.write_text(newer, encoding="utf-8")
    fresh = progress(folder)
    assert "newer First Lap" in fresh.notice
    fresh.save()
    assert kept.path.read_text(encoding="utf-8") == newer


def test_where_nothing_can_be_written_it_says_so_once_and_goes_on(folder):
    folder.write_text("a file where the folder should be", encoding="utf-8")
    kept = progress(folder)
    kept.records["q1"].add(Result(CORRECT, 2, ""), 1)
    kept.save()
    assert kept.notice.startswith("Your progress lasts until you close this notebook: ")
    kept.notice = ""
    kept.save()
    assert kept.notice == "" and kept.records["q1"].status == CORRECT


@pytest.mark.parametrize("nickname", ["CON", 'a/b\\c:d*?"<>|', "Zoë ", "..", "x" * 300])
def test_any_nickname_has_a_file_of_its_own(folder, monkeypatch, nickname):
    monkeypatch.setenv("COURSE_NICKNAME", nickname)
    kept = progress(folder, nickname_here(False, folder))
    kept.save()
    assert not kept.notice
    (found,) = folder.glob("01*.json")
    assert found.parent == folder and not set(found.name) & set('/\\:*?"<>|')


def test_entries_of_another_edition_are_kept(folder):
    old = Progress(LESSON, ["q9"], "ada", folder)
    old.records["q9"].add(Result(CORRECT, 1, ""), 1)
    old.save()
    progress(folder).save()
    assert Progress(LESSON, ["q9"], "ada", folder).records["q9"].status == CORRECT


def test_whose_progress_it_is(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_NICKNAME", raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: "login")
    mine = Path("/home/x/my_laps/Zoë/01_rl_basics")
    assert nickname_here(False, mine) == "Zoë"
    assert nickname_here(False, Path("/home/x/my_laps")) == "login"
    assert nickname_here(True, mine) == "student"
    monkeypatch.setenv("COURSE_NICKNAME", "ada")
    assert nickname_here(False, mine) == nickname_here(True, mine) == "ada"

    def nobody():
        raise KeyError("uid not found")

    monkeypatch.delenv("COURSE_NICKNAME")
    monkeypatch.setattr("getpass.getuser", nobody)
    assert nickname_here(False, tmp_path) == "student"
