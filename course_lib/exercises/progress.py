"""What one student has done in one notebook, kept in a JSON file that survives a restart, a crash and a second kernel.

The file lies in the folder ``progress/`` beside the notebook, one per notebook and nickname::

    {"format": "first-lap-progress-1", "lesson": "01_rl_basics/01_first_lap", "nickname": "ada",
     "exercises": {"q1": {"status": "correct", "points": 2, "tries": ["5e1f…"], "first": "wrong", "hints": 1, …}}}
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import re
import unicodedata
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from course_lib.exercises.exercise import CORRECT, NOT_ATTEMPTED, STATUSES, Result
from course_lib.files import FileError, read_json, write_json

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    fcntl = None

FORMAT = "first-lap-progress-1"
MOST_TRIES = 500  # remembered per exercise
TEXT_LIMIT = 20_000  # characters kept of an answer in one's own words


@dataclass
class Record:
    """What became of one exercise.

    Attributes:
        status, points: of the best answer so far.
        tries: one mark per answer that differed from the earlier ones.  first: the status of the first of them.
        hints: how many were shown.  solution: was it read?
        prediction: sealed, or None.  revealed: is the truth out?
        text: the latest answer in one's own words.
    """

    status: str = NOT_ATTEMPTED
    points: float = 0
    tries: list[str] = field(default_factory=list)
    first: str = NOT_ATTEMPTED
    hints: int = 0
    solution: bool = False
    prediction: float | None = None
    revealed: bool = False
    text: str = ""

    def add(self, result: Result, answer: Any) -> None:
        """Count an answer; the same answer again is no new try."""
        if result.status == NOT_ATTEMPTED:
            return
        mark = hashlib.sha256(json.dumps(answer, default=str).encode()).hexdigest()[:16]
        if mark not in self.tries and len(self.tries) < MOST_TRIES:
            self.first = self.first if self.tries else result.status
            self.tries.append(mark)
        if self.status != CORRECT and result.points >= self.points or result.status == CORRECT:
            self.status, self.points = result.status, result.points

    def merge(self, other: Record) -> None:
        """Take in what another kernel recorded meanwhile."""
        if other._rank() > self._rank():
            self.status, self.points = other.status, other.points
        if other.tries:
            self.first = other.first
            self.tries = (other.tries + [mark for mark in self.tries if mark not in other.tries])[:MOST_TRIES]
        self.hints, self.solution = max(self.hints, other.hints), self.solution or other.solution
        if other.revealed and not self.revealed:
            self.prediction, self.revealed = other.prediction, True
        self.text = self.text or other.text

    def _rank(self) -> tuple:
        return self.status == CORRECT, self.points, self.status != NOT_ATTEMPTED


class Progress:
    """The records of one student and notebook.

    Attributes:
        records: exercise name -> `Record`.
        notice: one sentence for the student when something about the file is wrong, else "".
    """

    def __init__(self, lesson: str, names, nickname: str, folder: Path | None):
        """Read what is there; ``folder`` None: keep nothing and read nothing."""
        self.lesson, self.nickname, self.notice = lesson, nickname, ""
        self.records = {name: Record() for name in names}
        self.path = folder / f"{_safe(lesson.replace('/', '.'))}.{_safe(nickname)}.json" if folder else None
        if self.path and self.path.exists():
            try:
                with _locked(self.path.with_name(".lock")):
                    self._merge_file()
            except OSError:  # a folder to read only; `save` says so
                self._merge_file()

    def save(self) -> None:
        """Write the file, together with what another kernel wrote since; says once if that is impossible."""
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(exist_ok=True)
            with _locked(self.path.with_name(".lock")):
                if self.path.exists():
                    self._merge_file()
                if self.path is not None:
                    exercises = {name: asdict(record) for name, record in self.records.items()}
                    head = {"format": FORMAT, "lesson": self.lesson, "nickname": self.nickname}
                    write_json(self.path, head | {"exercises": exercises})
        except OSError as error:
            where = self.path.parent
            self.notice = f"Your progress lasts until you close this notebook: {where} cannot be written ({error})."
            self.path = None

    def _merge_file(self) -> None:
        try:
            data = read_json(self.path)
            if str(data.get("format", "")).startswith("first-lap-progress-") and data["format"] != FORMAT:
                self.notice = f"{self.path} was made by a newer First Lap: your progress is not kept with this one."
                self.path = None
                return
            for name, record in _records(data).items():
                if name in self.records:
                    self.records[name].merge(record)
                else:
                    self.records[name] = record  # of another edition of the notebook: kept, not counted
        except (FileError, TypeError, ValueError, KeyError) as error:
            self._set_aside(error)

    def _set_aside(self, error: Exception) -> None:
        number = 1
        while (aside := self.path.with_name(f"{self.path.stem}.damaged-{number}.json")).exists():
            number += 1
        try:
            os.replace(self.path, aside)
        except OSError as problem:
            self.notice = f"{self.path} is damaged and cannot be moved ({problem}): your progress is not kept."
            self.path = None
            return
        self.notice = f"{self.path.name} was damaged; it is now called {aside.name}, and a new one begins."


def nickname_here(headless: bool, folder: Path) -> str:
    """COURSE_NICKNAME, else the name of the folder below my_laps, else the login name; "student" without any."""
    name = os.environ.get("COURSE_NICKNAME", "").strip()
    parts = folder.parts
    if not name and not headless and "my_laps" in parts[:-1]:
        name = parts[len(parts) - parts[::-1].index("my_laps")]
    if not name and not headless:
        try:
            name = getpass.getuser()
        except (OSError, KeyError, ImportError):  # no such user, as in some containers
            name = ""
    return " ".join(name.split())[:40] or "student"


def _records(data: dict) -> dict[str, Record]:
    """Raises TypeError, ValueError or KeyError if a field is missing or of another type."""
    records = {}
    known = {item.name for item in fields(Record)}
    if type(data["exercises"]) is not dict or not all(type(entry) is dict for entry in data["exercises"].values()):
        raise TypeError("the exercises are no objects")
    for name, entry in data["exercises"].items():
        record = Record(**{key: value for key, value in entry.items() if key in known})
        if record.status not in STATUSES or record.first not in STATUSES:
            raise ValueError(f"{name!r} has a status that does not exist")
        numbers = [record.points, record.hints, 0 if record.prediction is None else record.prediction]
        if not all(type(number) in (int, float) for number in numbers) or type(record.text) is not str:
            raise TypeError(f"a field of {name!r} has another type")
        if type(record.tries) is not list or not all(type(mark) is str for mark in record.tries):
            raise TypeError(f"the tries of {name!r} are no list of texts")
        records[name] = record
    return records


def _safe(name: str) -> str:
    """A file name for any name on any system; names that differ in more than capitals stay different."""
    name = unicodedata.normalize("NFC", name).casefold()
    return re.sub(r"[^\w.-]", lambda match: f"%{ord(match[0]):x}", name)


@contextmanager
def _locked(path: Path):
    """One process at a time; the lock goes with the process that holds it."""
    with open(path, "ab") as file:
        held = _lock(file)
        try:
            yield
        finally:
            if held and fcntl is None:  # closing the file does it elsewhere
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)


def _lock(file) -> bool:
    """False on a drive without locks: there the rename alone keeps the file whole."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        else:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    except OSError:
        return False
    return True
