"""A student's own copies of the lessons: made once, without outputs, and never overwritten."""

from __future__ import annotations

import errno
import getpass
import hashlib
import os
import re
import shutil
import threading
import unicodedata
from pathlib import Path

from course_lib import paths
from course_lib.commands import CommandError
from course_lib.commands.notebook_files import (
    NOT_LESSONS,
    NotebookError,
    all_notebooks,
    notebook_text,
    read_notebook,
    without_outputs,
)
from course_lib.files import write_atomically

FOLDER = "my_laps"
LAST = "last_nickname.txt"
LONGEST = 40  # characters of a nickname: paths on Windows end at 260
NOT_STUDENTS = ("instructor.md", "nbval_sanitize.cfg", "README.md")
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # devices on Windows
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES, errno.EINVAL)


# --- Whose folder -------------------------------------------------------------------------------------------


def laps_folder() -> Path:
    """Where the students' folders are: in the checkout, or in the current folder. Raises CommandError."""
    top = paths.checkout()
    if top is not None:
        return top / FOLDER
    here, package = Path.cwd(), Path(paths.__file__).resolve().parent.parent
    if here.resolve().is_relative_to(package):
        raise CommandError(f"{here} belongs to Python: go to a folder of your own first")
    return here / FOLDER


def clean(nickname: str) -> str:
    """A nickname as the name of a folder on any system, or "": letters, digits, and _ - . between them."""
    text = unicodedata.normalize("NFC", nickname)
    text = "".join(sign if unicodedata.category(sign)[0] in "LNM" or sign in "-_." else "_" for sign in text)
    text = re.sub(r"_+", "_", text)[:LONGEST].strip("._-")
    return f"_{text}" if RESERVED.fullmatch(text) else text


def choose_nickname(asked: str | None, laps: Path) -> str:
    """The nickname asked for, else the last one, else the login name. Raises CommandError when none is usable."""
    if asked is not None:
        if not clean(asked):
            raise CommandError(f"the nickname {asked!r} has no letter or digit: choose another one")
        return clean(asked)
    return clean(_last_nickname(laps)) or clean(_login()) or "me"


def _last_nickname(laps: Path) -> str:
    try:
        return (laps / LAST).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""  # there is none yet, or it was spoilt: the login name will do


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def student_folder(nickname: str | None) -> Path:
    """The folder `my_laps/<nickname>`, made if need be; the nickname is remembered. Raises CommandError."""
    laps = laps_folder()
    name = choose_nickname(nickname, laps)
    folder = laps / name
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if _last_nickname(laps) != name:
            write_atomically(laps / LAST, f"{name}\n".encode())
    return folder


class writing:  # read as a verb: `with writing(folder):`
    """Turns a full disk, a folder without permission and the like into a CommandError that names the folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, error, trace) -> None:
        if isinstance(error, OSError) and not isinstance(error, paths.CourseFilesMissing):
            why = error.strerror or str(error)
            raise CommandError(
                f"{self.folder} cannot be written ({why}): make room, or work in a folder of your own"
            ) from error


# --- Copies -------------------------------------------------------------------------------------------------


def copy_lessons(folder: Path) -> list[Path]:
    """Put copies of all lessons that are not there yet into a student's folder.

    Returns:
        The copies whose original has changed since they were made.

    Raises:
        NotebookError: a lesson cannot be read.  CommandError: the folder cannot be written.
    """
    lessons = paths.lessons_dir()
    outdated = []
    with writing(folder):
        for lesson in sorted({file.parent for file in all_notebooks(lessons)}):
            target = folder / lesson.relative_to(lessons)
            target.mkdir(parents=True, exist_ok=True)
            copy_files_beside(lesson, target)
        for original in all_notebooks(lessons):
            copy = folder / original.relative_to(lessons)
            text, mark = fresh_copy(original)
            if not write_new(copy, text) and _mark_of(copy) not in (mark, None):
                outdated.append(copy)
    return outdated


def fresh_copy(original: Path) -> tuple[bytes, str]:
    """A lesson as a student gets it, and the mark of its original, which the copy bears too."""
    notebook = without_outputs(read_notebook(original))
    mark = hashlib.sha256(notebook_text(notebook).encode("utf-8")).hexdigest()[:16]
    about = {**notebook["metadata"].get("first_lap", {}), "original": mark}
    notebook["metadata"] = {**notebook["metadata"], "first_lap": about}
    return notebook_text(notebook).encode("utf-8"), mark


def _mark_of(copy: Path) -> str | None:
    try:
        return read_notebook(copy)["metadata"].get("first_lap", {}).get("original")
    except NotebookError:
        return None  # the student's file, whatever it is: `course reset` gives a new one


def copy_files_beside(lesson: Path, target: Path) -> None:
    """Copy what else lies in a lesson's folder, pictures and tables, where it is not there yet."""
    for file in sorted(lesson.rglob("*")):
        parts = file.relative_to(lesson).parts
        hidden = any(part.startswith(".") or part in NOT_LESSONS or part in NOT_STUDENTS for part in parts)
        if file.is_file() and not hidden and file.suffix != ".ipynb":
            there = target.joinpath(*parts)
            if not there.exists():
                there.parent.mkdir(parents=True, exist_ok=True)
                write_new(there, file.read_bytes())


def write_new(path: Path, data: bytes) -> bool:
    """Write a file that must not be there yet, whole or not at all; False when it is there, untouched.

    Raises OSError.
    """
    if path.exists():
        return False
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # alone among the calls that give a name, it never takes another file's
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            return _copy_new(temporary, path)
        return True
    finally:
        temporary.unlink(missing_ok=True)


def _copy_new(source: Path, path: Path) -> bool:
    """The same on a file system without links, such as a USB stick's."""
    try:
        with open(path, "xb") as file, open(source, "rb") as data:
            try:
                shutil.copyfileobj(data, file)
            except OSError:
                file.close()
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        return False
    return True
