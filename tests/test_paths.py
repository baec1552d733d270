"""paths in a checkout; tests/test_wheel.py has them in an installed wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from course_lib import paths


def test_a_checkout_uses_its_own_folders():
    top = paths.checkout()
    assert top is not None
    assert paths.data_dir() == top / "data" and paths.lessons_dir() == top / "lessons"
    assert (paths.data_dir() / "tracks" / "camp.npy").is_file()


def test_missing_data_names_the_folder(tmp_path):
    shutil.copy(paths.__file__, tmp_path)
    code = "import paths\ntry:\n    paths.data_dir()\nexcept OSError as error:\n    print(error)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert str(tmp_path / "_data") in done.stdout and "again" in done.stdout


def test_the_exception_is_a_file_not_found():
    assert issubclass(paths.CourseFilesMissing, FileNotFoundError)
    with pytest.raises(paths.CourseFilesMissing):
        paths._find("no such folder")
