"""Tiny wheels made on the spot, and a tiny course that they install: start.py and pack are tried on these."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent

# Enough of a build backend for `pip install --editable`: a wheel with one .pth line.
BACKEND = """
import base64, hashlib, os, tomllib, zipfile

def build_editable(directory, config_settings=None, metadata_directory=None):
    project = tomllib.load(open("pyproject.toml", "rb"))["project"]
    lines = ["Metadata-Version: 2.1", "Name: first-lap", "Version: 0.0.1"]
    lines += ["Requires-Dist: " + need for need in project["dependencies"]]
    for extra, needs in project["optional-dependencies"].items():
        lines += ["Provides-Extra: " + extra]
        lines += ["Requires-Dist: %s; extra == '%s'" % (need, extra) for need in needs]
    info = "first_lap-0.0.1.dist-info/"
    files = {"first_lap.pth": os.getcwd() + "\\n", info + "METADATA": "\\n".join(lines) + "\\n",
             info + "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    files[info + "RECORD"] = "".join(name + ",,\\n" for name in files) + info + "RECORD,,\\n"
    name = "first_lap-0.0.1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return name
"""

MAIN = """
import signal, sys, time
arguments = sys.argv[1:]
if arguments[:1] == ["wait"]:
    try:
        print("waiting", flush=True)
        while True:
            time.sleep(0.01)
    except KeyboardInterrupt:
        sys.exit(7)
print("course", arguments)
sys.exit(int(arguments[1]) if arguments[:1] == ["exit"] else 0)
"""

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "first-lap"
version = "0.0.1"
dependencies = ["torch>=2"]
[project.optional-dependencies]
lab = ["labthing"]
test = ["testthing"]
"""

STUB_LOCK = "editables==1.0\nhatchling==1.0\nlabthing==1.0\ntestthing==1.0\ntorch==2.9\n"


def make_wheel(folder: Path, name: str, version: str, requires: tuple[str, ...] = (), **modules: str) -> Path:
    """A pure wheel of one package; `modules` are its files, the name `__init__` among them."""
    info = f"{name}-{version}.dist-info"
    files = {f"{name}/{module}.py": text for module, text in {"__init__": "", **modules}.items()}
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Requires-Dist: {need}" for need in requires]
    files[f"{info}/METADATA"] = "\n".join(metadata) + "\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: stub\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def make_wheelhouse(folder: Path, torch_requires: tuple[str, ...] = ()) -> Path:
    """All that the tiny course needs."""
    make_wheel(folder, "hatchling", "1.0", build=BACKEND)
    make_wheel(folder, "torch", "2.9", torch_requires)
    for name in ("editables", "labthing", "testthing"):
        make_wheel(folder, name, "1.0")
    return folder


def make_course(folder: Path) -> Path:
    """The real start.py beside a tiny course."""
    (folder / "course_lib").mkdir(parents=True)
    shutil.copy(TOP / "start.py", folder)
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (folder / "requirements.lock").write_text(STUB_LOCK, encoding="utf-8")
    (folder / "course_lib" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "course_lib" / "__main__.py").write_text(MAIN, encoding="utf-8")
    return folder
