"""`course reset`: the original of a lesson's notebook again; the student's own one is kept under another name."""

from __future__ import annotations

from pathlib import Path

from course_lib import paths
from course_lib.commands import notebook_copies
from course_lib.commands.notebook_files import find_lesson
from course_lib.files import write_atomically


def run(name: str, nickname: str | None = None) -> int:
    """Reset one notebook, and say where the old one is; 0.

    Raises NotebookError: no notebook has that name.  CommandError: the folder cannot be written.
    """
    original = find_lesson(name)
    folder = notebook_copies.student_folder(nickname)
    copy = folder / original.relative_to(paths.lessons_dir())
    fresh, _ = notebook_copies.fresh_copy(original)
    with notebook_copies.writing(copy.parent):
        copy.parent.mkdir(parents=True, exist_ok=True)
        notebook_copies.copy_files_beside(original.parent, copy.parent)
        old = replace(copy, fresh)
    print(f"{copy} is as it was shipped.")
    if old is not None:
        print(f"Your old one is {old}")
    return 0


def replace(copy: Path, fresh: bytes) -> Path | None:
    """Keep a file as NAME_old_1, _old_2, ..., then replace it; None when nothing would be lost. Raises OSError."""
    if notebook_copies.write_new(copy, fresh):
        return None
    mine = copy.read_bytes()
    if mine == fresh:
        return None
    number = 1
    while not notebook_copies.write_new(old := copy.with_name(f"{copy.stem}_old_{number}.ipynb"), mine):
        number += 1
    try:
        write_atomically(copy, fresh)
    except OSError:
        old.unlink()  # the copy is still what it was
        raise
    return old
