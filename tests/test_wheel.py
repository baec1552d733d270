"""The wheel alone, in an empty folder, has the course's data and lessons."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import pytest

from course_lib import paths

ASK = """
import json, course_lib
from course_lib import paths
files = [file.relative_to(folder).as_posix() for folder in (paths.data_dir(), paths.lessons_dir())
         for file in folder.rglob("*") if file.is_file()]
print(json.dumps([course_lib.__file__, str(paths.data_dir()), paths.checkout() is None, sorted(files)]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=paths.checkout(), capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return next(folder.glob("first_lap-*.whl"))


def test_wheel_in_an_empty_folder(wheel, tmp_path):
    target, empty = tmp_path / "hier installiert ü", tmp_path / "empty"
    empty.mkdir()
    with zipfile.ZipFile(wheel) as archive:  # a pure wheel is installed by unpacking it
        archive.extractall(target)
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", f"import sys; sys.path.insert(0, {str(target)!r})\n" + ASK],
        cwd=empty, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    package, data, is_wheel, files = json.loads(done.stdout)
    assert package.startswith(str(target)) and data.startswith(str(target)) and is_wheel
    for folder in (paths.data_dir(), paths.lessons_dir()):
        shipped = [file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(".")]
        for file in shipped:
            if "__pycache__" not in file.parts and ".ipynb_checkpoints" not in file.parts:
                assert file.relative_to(folder).as_posix() in files
    assert "tracks/camp.npy" in files


def test_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        assert "course = course_lib.cli:main" in archive.read(entry_points).decode("utf-8")
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"course_lib"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    modules = [
        file.relative_to(paths.checkout()).as_posix()
        for file in (paths.checkout() / "course_lib").rglob("*.py")
    ]
    assert set(modules) <= set(names)
