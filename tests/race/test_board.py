"""The board: a folder that many computers write to, and that holds out whatever else lies in it."""

from __future__ import annotations

import json
import multiprocessing
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.race.board import FORMAT, Board, BoardError, file_name
from course_lib.race.small_race import RaceResult, Row, load_rival, race

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


def result(best: float | None = 6.0, laps: int = 3, track: str = "camp", progress: float | None = None, of: int = 3):
    total = None if best is None else round(best * laps + 0.3, 2)
    progress = round(100 * laps / of, 1) if progress is None else progress
    ended = "finished" if laps == of else f"left the track on lap {laps + 1}"
    row = Row("whoever", laps, best, total, progress, ended, 1)
    return RaceResult(track, of, (row,), 0, [None])


def enter_one(folder: str, name: str, best: float) -> None:
    Board(folder).enter(name, result(best))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "Tafel für alle"
    folder.mkdir()
    return folder


@pytest.fixture
def board(folder):
    return Board(folder)


def placed(board, track="camp"):
    return [(row.rank, row.name) for row in board.standings(track).rows]


def test_racers_stand_by_laps_then_best_lap_and_share_ranks(board):
    for name, best, laps in (("c", 6.0, 3), ("b", 6.0, 3), ("slow", 9.0, 3), ("off", 5.0, 2), ("d", None, 0)):
        assert board.enter(name, result(best, laps))
    assert placed(board) == [(1, "b"), (1, "c"), (3, "slow"), (4, "off"), (5, "d")]
    assert "1. b  6.00 s" in repr(board.standings()) and "left the track" in repr(board.standings())


def test_a_better_result_replaces_a_worse_one_and_not_the_other_way_round(board, folder):
    assert board.enter("ada", result(8.0))
    assert not board.enter("ada", result(8.0))
    assert not board.enter("ada", result(9.0))
    assert not board.enter("ada", result(2.0, laps=2))
    assert board.standings().rows[0].best_lap == 8.0
    assert board.enter("ada", result(7.0))
    assert board.standings().rows[0].best_lap == 7.0
    assert len(list(folder.iterdir())) == 1


def test_two_boards_on_one_folder_see_the_same(folder):
    here, there = Board(folder), Board(str(folder))
    here.enter("ada", result(7.0))
    there.enter("bob", result(6.0))
    assert placed(here) == placed(there) == [(1, "bob"), (2, "ada")]


def test_every_track_has_its_own_standings(board):
    board.enter("ada", result(7.0))
    board.enter("ada", result(5.0, track="oval"))
    assert placed(board) == placed(board, "oval") == [(1, "ada")]
    assert placed(board, "river") == []


def test_a_board_does_not_wait_for_torch():
    code = "import sys, course_lib.race.board; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False", done.stderr


def test_several_processes_enter_at_once(folder):
    spawn = multiprocessing.get_context("spawn")
    racers = {f"Läufer {number}": 6.0 + number for number in range(4)}
    starts = [spawn.Process(target=enter_one, args=(str(folder), name, best)) for name, best in racers.items()]
    for process in starts:
        process.start()
    for process in starts:
        process.join(60)
    assert [process.exitcode for process in starts] == [0] * 4
    standings = Board(folder).standings()
    assert {row.name: row.best_lap for row in standings.rows} == racers and not standings.warnings
    assert [file.suffix for file in folder.iterdir()] == [".json"] * 4


NAMES = [
    "Zoë",
    "Zoe",
    "zoë",
    "ZOË",
    "a/b",
    "a\\b",
    "..",
    "CON",
    "con.",
    "nul",
    "COM1",
    "Ünal Öz",
    "张伟",
    "李娜",
    "🏎",
    "🚗",
]
NAMES += ["a?b*c:d|e<f>", "ß", "ss", "x" * 40, "é" * 40, "Ölçü ", "-", "%41", "A"]


def test_every_name_has_a_file_of_its_own_on_every_system(board, folder):
    for number, name in enumerate(NAMES):
        assert board.enter(name, result(5.0 + number))
    files = [file.name for file in folder.iterdir()]
    assert len({name.casefold() for name in files}) == len(files) == len(NAMES)
    assert [row.name for row in board.standings().rows] == [name.strip() for name in NAMES]


@given(st.text(), st.sampled_from(["camp", "con", "a/b", ".", ""]))
def test_a_file_name_is_short_and_plain(name, track):
    made = file_name(name, track)
    assert re.fullmatch(r"race\.[a-z0-9-]+\.[a-z0-9-]+\.json", made) and len(made) < 120
    assert made.split(".")[0] not in RESERVED


def test_composed_and_decomposed_letters_are_one_racer(board):
    board.enter("Zoe\u0308", result(7.0))
    board.enter("Zo\u00eb", result(6.0))
    assert placed(board) == [(1, "Zo\u00eb")]


@pytest.mark.parametrize("name", ["", "  \n", "\u200b"])
def test_no_name_is_one_sentence(board, name):
    with pytest.raises(BoardError, match="^The board needs a name: give one"):
        board.enter(name, result())


def test_a_race_of_another_length_stays_off_the_board(board):
    with pytest.raises(BoardError, match="compares races of 3 laps, and this one had 5"):
        board.enter("ada", result(6.0, 5, of=5))


GOOD = {"format": FORMAT, "track": "camp", "of_laps": 3, "name": "eve", "laps": 3, "best_lap": 6.0, "total": 18.4}
GOOD |= {"progress": 100.0, "ended": "finished"}
BAD = {
    "cut": json.dumps(GOOD)[:50],
    "empty": "",
    "list": "[]",
    "deep": "[" * 100_000,
    "digits": '{"laps": ' + "9" * 10_000 + "}",
    "foreign": '{"name": "a package"}',
    "nan": json.dumps(GOOD | {"best_lap": float("nan")}),
    "infinite": json.dumps(GOOD | {"total": float("inf")}),
    "negative": json.dumps(GOOD | {"best_lap": -1.0}),
    "large": json.dumps(GOOD | {"total": 10**400}),
    "true": json.dumps(GOOD | {"laps": True}),
    "laps": json.dumps(GOOD | {"laps": 4}),
    "length": json.dumps(GOOD | {"of_laps": 1, "laps": 1}),
    "no lap": json.dumps(GOOD | {"laps": 0}),
    "no time": json.dumps(GOOD | {"best_lap": None}),
    "total": json.dumps(GOOD | {"total": 5.0}),
    "nobody": json.dumps(GOOD | {"name": " "}),
    "name": json.dumps(GOOD | {"name": ["eve"]}),
    "missing": json.dumps({key: value for key, value in GOOD.items() if key != "ended"}),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_damaged_or_foreign_file_is_named_and_skipped(board, folder, kind):
    (folder / "race.camp.eve.json").write_text(BAD[kind], encoding="utf-8")
    board.enter("ada", result(7.0))
    standings = board.standings()
    assert placed(board) == [(1, "ada")]
    (warning,) = standings.warnings
    assert warning.startswith("Skipped: race.camp.eve.json") and str(folder) not in warning and warning.endswith(".")
    assert warning in repr(standings)


def test_files_that_are_no_text_and_folders_are_skipped_too(board, folder):
    (folder / "picture.json").write_bytes(b"\x89PNG\xff\xfe")
    (folder / "more.json").mkdir()
    (folder / "._race.camp.ada.json").write_bytes(b"\0")  # what a Mac leaves on a shared drive
    (folder / "race.camp.x.json.12-34.part").write_bytes(b"{")
    (folder / "notes.txt").write_bytes(b"")
    assert board.standings().rows == () and len(board.standings().warnings) == 2


def test_ones_own_damaged_file_is_replaced(board, folder):
    (folder / file_name("ada", "camp")).write_text("{", encoding="utf-8")
    assert board.enter("ada", result(7.0))
    assert placed(board) == [(1, "ada")] and not board.standings().warnings


def test_copies_of_a_cloud_drive_count_once(board, folder):
    board.enter("ada", result(7.0))
    (folder / "race.camp.ada (conflict 1).json").write_text(json.dumps(GOOD | {"name": "ada"}), encoding="utf-8")
    assert [(row.name, row.best_lap) for row in board.standings().rows] == [("ada", 6.0)]


def test_a_missing_folder_and_a_file_are_one_sentence(tmp_path, board, folder):
    with pytest.raises(BoardError, match="folder .*nowhere is missing: make it, or see whether the shared drive"):
        Board(tmp_path / "nowhere")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BoardError, match="is no folder"):
        Board(tmp_path / "file")
    folder.rmdir()  # the drive goes while the notebook is open
    with pytest.raises(BoardError, match="cannot be read"):
        board.standings()
    with pytest.raises(BoardError, match="cannot be written"):
        board.enter("ada", result())


def test_a_folder_to_read_only_is_one_sentence(board, folder, monkeypatch):
    tries = []

    def refused(path, value):
        tries.append(path)
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("course_lib.race.board.write_json", refused)
    monkeypatch.setattr("course_lib.race.board.WAITS", (0.0, 0.0))
    with pytest.raises(BoardError, match="cannot be written .*: ask for the right to write there"):
        board.enter("ada", result())
    assert len(tries) == 3 and not list(folder.iterdir())


def test_a_true_race_goes_on_the_board(board, folder):
    driven = race(load_rival("falcon"), "Zoë", {"left": lambda world: np.tile([1.0, 1.0], (world.n, 1))})
    board.enter("Zoë", driven)
    (row,) = board.standings().rows
    assert (row.name, row.laps, row.best_lap, row.total) == ("Zoë", 3, driven.own.best_lap, driven.own.total)
    (file,) = folder.iterdir()
    assert json.loads(file.read_text(encoding="utf-8"), parse_constant=pytest.fail)["name"] == "Zoë"
