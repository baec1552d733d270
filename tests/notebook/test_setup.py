"""The first cell: nothing at home; on Colab it adds what is missing and touches nothing else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
import types
import zipfile
from pathlib import Path

import pytest

from course_lib.notebook import setup as module
from course_lib.notebook.setup import SetupError, setup


@pytest.fixture
def colab(monkeypatch, tmp_path):
    """A fake google.colab that notes what it was asked; its Drive is a folder."""
    asked = []
    names = ("google", "google.colab", "google.colab.drive", "google.colab.files")
    google, package, drive, files = (types.ModuleType(name) for name in names)
    google.colab, package.drive, package.files = package, drive, files

    def mount(place):
        asked.append(("mount", place))
        (Path(place) / "MyDrive").mkdir(parents=True, exist_ok=True)

    drive.mount = mount
    files.download = lambda name: asked.append(("download", name))
    for name, fake in zip(names, (google, package, drive, files)):
        monkeypatch.setitem(sys.modules, name, fake)
    monkeypatch.setattr(module, "DRIVE", tmp_path / "drive")
    monkeypatch.chdir(tmp_path)
    return asked


@pytest.mark.parametrize("save", [None, "drive", "download"])
def test_at_home_nothing_happens(save, capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_COLAB", raising=False)
    monkeypatch.chdir(tmp_path)
    began = time.perf_counter()
    setup(save=save)
    assert time.perf_counter() - began < 0.1
    assert capsys.readouterr() == ("", "") and list(tmp_path.iterdir()) == []


def test_a_wrong_save_is_told():
    with pytest.raises(SetupError, match='save="drive"'):
        setup(save="usb")


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("0", False)])
def test_headless(monkeypatch, value, expected):
    monkeypatch.setenv("COURSE_HEADLESS", value)
    assert module.headless() is expected


def test_drive_keeps_the_work_and_what_is_there(colab, capsys, tmp_path):
    old = tmp_path / "drive/MyDrive/first_lap/recordings/lap.jsonl"
    old.parent.mkdir(parents=True)
    old.write_text("my lap", encoding="utf-8")
    setup(save="drive")
    assert colab == [("mount", str(tmp_path / "drive"))]
    assert Path.cwd() == (tmp_path / "drive/MyDrive/first_lap").resolve()
    assert sorted(folder.name for folder in Path.cwd().iterdir()) == ["my_policies", "progress", "recordings"]
    assert old.read_text(encoding="utf-8") == "my lap"
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_full_drive_is_one_sentence(colab, tmp_path):
    (tmp_path / "drive/MyDrive").mkdir(parents=True)
    (tmp_path / "drive/MyDrive/first_lap").write_text("in the way", encoding="utf-8")
    with pytest.raises(SetupError, match="cannot be written"):
        setup(save="drive")


def test_download_sends_a_zip_file_of_the_work(colab, tmp_path):
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings/Runde ü.jsonl").write_text("lap", encoding="utf-8")
    (tmp_path / "other.txt").write_text("not mine", encoding="utf-8")
    setup(save="download")
    assert colab == [("download", "first_lap.zip")]
    assert zipfile.ZipFile("first_lap.zip").namelist() == ["recordings/Runde ü.jsonl"]


def test_nothing_to_download_is_said(colab, capsys, tmp_path):
    setup(save="download")
    assert colab == [] and "nothing to download" in capsys.readouterr().out


def test_with_everything_there_it_says_so_in_one_line(colab, capsys):
    setup()
    assert capsys.readouterr().out == "First Lap is ready.\n"


# --- Packages: a real pip, a venv of little wheels ----------------------------------------------------------


def wheel(folder: Path, name: str, version: str, *needs: str) -> None:
    """A wheel of a package without code."""
    info = f"{name}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {need}" for need in needs)]
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": "\n".join(lines) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for file, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(file, content)


@pytest.fixture(scope="module")
def empty_runtime(tmp_path_factory) -> Path:
    """The folder of packages of a venv that has pip and packaging alone, taken from this environment."""
    folder = tmp_path_factory.mktemp("Ein Ort ü") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for name in ("pip", "packaging"):
        (site / name).symlink_to(Path(importlib.util.find_spec(name).origin).parent)
    return site


@pytest.fixture
def runtime(empty_runtime, tmp_path):
    """A function: run `complete()` on a fake runtime, where first-lap has these needs; and a folder for wheels.

    The runtime has numpy 2.0, torch 2.0+cpu, ipywidgets 7.7.1 and oldish 1.0; pip finds what is in the folder.
    """
    wheels, installed = tmp_path / "wheels", tmp_path / "installed"
    wheels.mkdir()
    installed.mkdir()
    before = set(empty_runtime.iterdir())

    def run(*needs: str, **environment: str) -> str:
        for name, version in (("numpy", "2.0"), ("torch", "2.0+cpu"), ("ipywidgets", "7.7.1"), ("oldish", "1.0")):
            wheel(installed, name, version)
        wheel(installed, "first_lap", "1.0", *needs)
        for file in installed.iterdir():
            with zipfile.ZipFile(file) as archive:
                archive.extractall(empty_runtime)
        code = (
            "import importlib.util\n"
            f"spec = importlib.util.spec_from_file_location('course_setup', {module.__file__!r})\n"
            "module = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(module)\n"
            "try:\n    print(module.complete())\nexcept module.SetupError as error:\n    print('SetupError', error)\n"
            "print(sorted((p.metadata['Name'], p.version) for p in module.metadata.distributions()))\n"
        )
        settings = {
            "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels.as_uri(), "PIP_CONFIG_FILE": os.devnull, "PYTHONUTF8": "1",
            **environment,
        }  # fmt: skip
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON"))}
        done = subprocess.run(
            [str(empty_runtime.parents[2] / "bin/python"), "-c", code],
            capture_output=True, text=True, encoding="utf-8", env={**kept, **settings},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    yield run, wheels
    for path in set(empty_runtime.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


needs_symlinks = pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights on Windows")


@needs_symlinks
def test_it_adds_what_is_missing_and_touches_nothing_else(runtime):
    run, wheels = runtime
    wheel(wheels, "extra_one", "1.5", "numpy>=1")
    wheel(wheels, "numpy", "3.0")
    wheel(wheels, "oldish", "9.0")
    done = run("numpy>=1.26", "extra_one>=1", "oldish>=1", "nope>=1; python_version < '3'", "nope>=1; extra == 'lab'")
    said, packages = done.splitlines()
    assert said.startswith("First Lap is ready; installed: extra_one.")
    assert "('extra_one', '1.5')" in packages and "('numpy', '2.0')" in packages and "('oldish', '1.0')" in packages


@needs_symlinks
@pytest.mark.parametrize("version", ["numpy>=3", "numpy<2"])
def test_a_package_that_wants_another_numpy_is_refused(runtime, version):
    run, wheels = runtime
    wheel(wheels, "extra_one", "1.5", version)
    wheel(wheels, "numpy", "3.0")
    wheel(wheels, "numpy", "1.0")
    said, packages = run("extra_one").splitlines()
    assert said.startswith("SetupError extra_one does not fit") and "runtime" in said
    assert "('numpy', '2.0')" in packages and "extra_one" not in packages


@needs_symlinks
def test_without_network_it_says_so(runtime):
    run, _ = runtime
    said = run("extra_one", PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="1")
    assert said.startswith("SetupError there is no network")
