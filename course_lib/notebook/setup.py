"""The first cell of every notebook: on Colab it completes the course's packages, elsewhere it does nothing.

Colab has most packages already loaded. Replacing one of those breaks the session, so pip gets a list of all that is
installed and may add to it only.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

COURSE = "first-lap"
LOADED = ("numpy", "torch", "ipywidgets")  # must stay as they are, or the session breaks
WORK = ("recordings", "my_policies", "progress")  # the folders that hold what a student made
DRIVE = Path("/content/drive")
PIP_SECONDS = 300


class SetupError(RuntimeError):
    """Colab cannot be made ready; the message is one sentence with the way out."""


def setup(save: str | None = None) -> None:
    """Make a notebook ready to run. Elsewhere than on Colab this does nothing and says nothing.

    Args:
        save: how to keep your work, which Colab forgets: "drive" puts it into a folder of your Google Drive,
            "download" sends what is there now to your computer as one zip file.

    Raises:
        SetupError: a package that the course needs does not fit those that Colab has, or there is no network.
    """
    if save not in (None, "drive", "download"):
        raise SetupError(f'there is no save={save!r}: write setup(save="drive") or setup(save="download")')
    if not on_colab():
        return
    print(complete())
    if save == "drive":
        print(use_drive())
    elif save == "download":
        print(download())


def headless() -> bool:
    """Whether nobody is there to drive or click: tests and `course notebooks run` set COURSE_HEADLESS=1."""
    return os.environ.get("COURSE_HEADLESS") == "1"


def on_colab() -> bool:
    """Whether this runs on Colab, or COURSE_COLAB=1 says so."""
    if os.environ.get("COURSE_COLAB") == "1" or "google.colab" in sys.modules:
        return True
    return importlib.util.find_spec("google") is not None and importlib.util.find_spec("google.colab") is not None


# --- Packages -----------------------------------------------------------------------------------------------


def complete() -> str:
    """Install what the course lacks and nothing else; returns a line that says so. Raises SetupError."""
    lacking = missing(metadata.requires(COURSE) or [])
    if not lacking:
        return "First Lap is ready."
    before = {name: version(name) for name in LOADED}
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "constraints.txt"
        constraints.write_text(installed_but(lacking), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
        command += ["--constraint", str(constraints), *lacking]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=PIP_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise SetupError("the network is too slow to install the course: run this cell again later") from None
    if done.returncode != 0:
        raise SetupError(explain(lacking, done.stdout + done.stderr))
    importlib.invalidate_caches()
    changed = [name for name in LOADED if version(name) != before[name] and before[name]]
    if changed:
        raise SetupError(f"{', '.join(changed)} changed: choose Runtime > Restart session, then run this cell again")
    still = missing(metadata.requires(COURSE) or [])
    if still:
        raise SetupError(f"{', '.join(still)} did not get installed: run this cell again")
    names = ", ".join(sorted(text.split(">")[0].split("=")[0].split("<")[0] for text in lacking))
    return f"First Lap is ready; installed: {names}. All other packages are as they were."


def missing(requirements: list[str]) -> list[str]:
    """Those of the requirements (no extras) that are not installed here, or too old."""
    from packaging.requirements import Requirement

    lacking = []
    for text in requirements:
        need = Requirement(text)
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        found = version(need.name)
        if found is None or not need.specifier.contains(found, prereleases=True):
            lacking.append(f"{need.name}{need.specifier}")
    return lacking


def installed_but(lacking: list[str]) -> str:
    """A constraints file: every installed package at its version, but for those that are too old."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    free = {canonicalize_name(Requirement(text).name) for text in lacking}
    pins: dict[str, str] = {}
    for package in metadata.distributions():  # the first of a name on sys.path is the one that is imported
        if package.metadata["Name"]:
            pins.setdefault(canonicalize_name(package.metadata["Name"]), package.version)
    return "".join(f"{name}=={number}\n" for name, number in sorted(pins.items()) if name not in free)


def version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def explain(lacking: list[str], output: str) -> str:
    """Why pip failed, in one sentence with the way out."""
    what = ", ".join(lacking)
    if any(word in output for word in ("Max retries", "NameResolution", "ProxyError", "Connection")):
        return f"there is no network to install {what}: run this cell again when there is"
    if any(word in output for word in ("ResolutionImpossible", "conflict", "requested (constraint)")):
        return (
            f"{what} does not fit the packages that are here, which must stay as they are: "
            "choose the newest version under Runtime > Change runtime type, then run this cell again"
        )
    lines = [line for line in output.splitlines() if "ERROR" in line] or ["it did not say why"]
    return f"pip could not install {what} ({lines[-1].strip()}): run this cell again, or choose another runtime"


# --- Keeping a student's work -------------------------------------------------------------------------------


def use_drive() -> str:
    """Work in a folder of the student's Google Drive from now on; returns a line that says so. Raises SetupError."""
    from google.colab import drive

    drive.mount(str(DRIVE))
    folder = DRIVE / "MyDrive" / "first_lap"
    try:
        for name in WORK:
            (folder / name).mkdir(parents=True, exist_ok=True)
        os.chdir(folder)
    except OSError as error:
        raise SetupError(f"{folder} cannot be written ({error.strerror}): make room in your Drive") from error
    return f"Your work is kept in your Google Drive, in {folder.name}."


def download() -> str:
    """Send the student's work to their computer; returns a line that says so."""
    from google.colab import files

    found = [file for name in WORK for file in sorted(Path(name).rglob("*")) if file.is_file()]
    if not found:
        return f"There is nothing to download yet: {', '.join(WORK)} are empty."
    target = Path("first_lap.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in found:
            archive.write(file, file.as_posix())
    files.download(str(target))
    return f"Your work is in {target}: {len(found)} files."
