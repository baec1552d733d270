"""A board for a table of racers: a folder, also on a shared drive, with one JSON file per racer and track.

Everybody writes only a file of their own, in full or not at all, so that no lock is needed. A racer is a name: who
enters under the same name, capitals included, is the same racer, and the better result stays (as long as they do not
enter from two computers in the same moment)::

    race.camp.zoe-1f0c8f3a.json
    {"format": "first-lap-board-1", "track": "camp", "of_laps": 3, "name": "Zoë", "laps": 3, "best_lap": 6.02,
     "total": 18.3, "progress": 100.0, "ended": "finished"}
"""

from __future__ import annotations

import hashlib
import re
import time
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from course_lib.files import FileError, read_json, write_json
from course_lib.race.small_race import LAPS, RaceResult, Row, clean_name, ranked

FORMAT = "first-lap-board-1"
LETTERS = 40  # of a name, in a file name
WAITS = (0.05, 0.1, 0.2, 0.4)  # s before another try: Windows replaces no file that somebody reads just now


class BoardError(ValueError):
    """A board that cannot be used; the message names the folder or the field and the way out."""


@dataclass(frozen=True, repr=False)
class Standings:
    """Who leads on a track.

    Attributes:
        track: its name.  rows: from first to last.
        warnings: one sentence for each file that was skipped.
    """

    track: str
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        lines = [f"The board of {self.track}: {len(self.rows)} racer{'' if len(self.rows) == 1 else 's'}"]
        for row in self.rows:
            time = f"{row.best_lap:.2f} s" if row.best_lap is not None else row.ended
            lines.append(f"{row.rank:>3}. {row.name}  {time}")
        return "\n".join([*lines, *self.warnings])


class Board:
    """The results in a folder.

    Raises:
        BoardError: the folder is missing, or is none.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder).expanduser()
        if not self.folder.is_dir():
            what = "is no folder" if self.folder.exists() else "is missing"
            raise BoardError(
                f"The board's folder {self.folder} {what}: make it, or see whether the shared drive is connected."
            )

    def __repr__(self) -> str:
        return f"Board({str(self.folder)!r})"

    def enter(self, name: str, result: RaceResult) -> bool:
        """Write down the result of the driver who was no rival, unless this racer was better before.

        Returns:
            is it the racer's new best, and now on the board?

        Raises:
            BoardError: no name, a race of another length, or a folder that cannot be written.
        """
        name = racer_name(name)
        if not name:
            raise BoardError('The board needs a name: give one, such as name="ada".')
        if result.laps != LAPS:
            raise BoardError(f"The board compares races of {LAPS} laps, and this one had {result.laps}.")
        row = result.own
        path = self.folder / file_name(name, result.track)
        before = _read(path) if path.exists() else None  # a damaged file is replaced
        if type(before) is tuple and before[1].standing() <= row.standing():
            return False
        kept = {key: value for key, value in asdict(row).items() if key not in ("name", "rank")}
        head = {"format": FORMAT, "track": result.track, "of_laps": LAPS, "name": name}
        self._write(path, head | kept)
        return True

    def standings(self, track: str = "camp") -> Standings:
        """The best result of each racer on a track.

        Raises:
            BoardError: the folder cannot be read any more.
        """
        try:
            paths = sorted(path for path in self.folder.iterdir() if path.suffix == ".json" and path.name[0] != ".")
        except OSError as error:
            raise BoardError(f"The board's folder {self.folder} cannot be read ({error}).") from error
        best: dict[str, Row] = {}
        warnings = []
        for path in paths:
            match _read(path):
                case str(warning):
                    warnings.append(warning)
                case (where, row) if where == track:
                    known = best.get(row.name)  # a cloud drive may keep two copies of a file
                    if known is None or row.standing() < known.standing():
                        best[row.name] = row
        return Standings(track, ranked(sorted(best.values(), key=lambda row: row.name)), tuple(warnings))

    def _write(self, path: Path, entry: dict) -> None:
        for wait in (*WAITS, None):
            try:
                return write_json(path, entry)
            except OSError as error:
                if wait is None or not isinstance(error, PermissionError):
                    raise BoardError(
                        f"The board's folder {self.folder} cannot be written ({error}): ask for the right to write "
                        "there, or choose another folder."
                    ) from error
            time.sleep(wait)


def file_name(name: str, track: str) -> str:
    """A file name that every system takes: plain letters to read, and a mark of the exact name to tell it apart."""
    mark = hashlib.sha256(racer_name(name).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"race.{_letters(track) or 'track'}.{_letters(name) or 'racer'}-{mark}.json"


def racer_name(name: str) -> str:
    """A name as the board knows it; composed, so that a Mac's ë and another computer's are the same."""
    return clean_name(unicodedata.normalize("NFC", str(name)))


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", racer_name(name)).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LETTERS].strip("-")


def _read(path: Path) -> tuple[str, Row] | str:
    """Track and row of a file, or one sentence that says why it is skipped."""
    try:
        entry = read_json(path)
    except (ValueError, RecursionError) as error:  # json knows more ways to fail than FileError
        known = isinstance(error, FileError)
        return f"Skipped: {str(error).replace(str(path), path.name) if known else f'{path.name} is damaged.'}"
    if entry.get("format") != FORMAT:
        return f"Skipped: {path.name} is no result of this board."
    try:
        return _checked(entry)
    except (KeyError, TypeError, ValueError) as error:
        return f"Skipped: {path.name} has no field {error}, or a wrong one."


def _checked(entry: dict) -> tuple[str, Row]:
    """Raises KeyError, TypeError or ValueError with the name of a field that is not as `Board.enter` writes it."""
    for key, kind in (("track", str), ("name", str), ("ended", str), ("laps", int), ("of_laps", int)):
        if type(entry[key]) is not kind:
            raise TypeError(key)
    times = [entry[key] for key in ("best_lap", "total")]
    for key, value in zip(("best_lap", "total", "progress"), [*times, entry["progress"]]):
        if value is None and entry["laps"] == 0 and key != "progress":
            continue
        if type(value) not in (int, float) or not 0 <= value < 1e6:  # NaN and infinity, which Python reads, fall out
            raise ValueError(key)
    name = racer_name(entry["name"])
    if not name:
        raise ValueError("name")
    if entry["of_laps"] != LAPS or not 0 <= entry["laps"] <= LAPS:
        raise ValueError("laps")
    if entry["laps"] == 0 and times != [None, None]:
        raise ValueError("best_lap")
    if entry["laps"] and not 0 < times[0] <= times[1]:
        raise ValueError("total")
    return entry["track"], Row(name, entry["laps"], *times, entry["progress"], " ".join(entry["ended"].split())[:200])
