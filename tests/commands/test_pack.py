"""`course pack` with a real pip on wheels made here, and no network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from stub_wheels import make_course, make_wheel, make_wheelhouse

from course_lib import paths
from course_lib.commands import CommandError, lock_file, pack


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Path:
    """A folder of wheels that is all that pip can see, and a tiny course with its lock."""
    course = make_course(tmp_path / "Kurs ü")
    shop = make_wheelhouse(tmp_path / "shop", ("needed>=1", "old==1; python_version < '3.12'", "more[big]"))
    for name in ("needed", "big", "unneeded"):
        make_wheel(shop, name, "1.0")
    make_wheel(shop, "more", "1.0", ("big; extra == 'big'", "small; extra == 'small'"))
    with open(course / "requirements.lock", "a", encoding="utf-8") as lock:
        lock.write("needed==1.0\nold==1.0\nmore==1.0\nbig==1.0\nsmall==1.0\nunneeded==1.0\n")
    monkeypatch.setattr(paths, "checkout", lambda: course)
    monkeypatch.setattr(pack, "is_reachable", lambda url: False)
    for key in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", shop.as_uri())
    return shop


def names(folder: Path) -> list[str]:
    return sorted(file.name.split("-")[0] for file in folder.glob("*.whl"))


def test_packs_what_is_needed_and_nothing_else(shop, tmp_path):
    out = tmp_path / "für Windows"
    pack.run(out, "windows", "3.13", ["lab"])
    assert names(out) == ["big", "editables", "hatchling", "labthing", "more", "needed", "torch"]
    assert 'start.py --from "für Windows"' in (out / "README.txt").read_text(encoding="utf-8")
    assert not (tmp_path / "für Windows.partial").exists()


def test_a_failure_leaves_no_folder_and_the_next_run_goes_on(shop, tmp_path):
    out = tmp_path / "out"
    (wheel := shop / "big-1.0-py3-none-any.whl").rename(tmp_path / "kept")
    with pytest.raises(CommandError, match="big==1.0"):
        pack.run(out, "windows", "3.12", ["lab"])
    assert not out.exists()
    partial = tmp_path / "out.partial"
    (partial / "needed-1.0-py3-none-any.whl").write_bytes(b"cut short")
    (partial / "other-9.0-py3-none-any.whl").write_bytes(
        (partial / "torch-2.9-py3-none-any.whl").read_bytes()
    )
    (tmp_path / "kept").rename(wheel)
    (shop / "torch-2.9-py3-none-any.whl").unlink()  # it was fetched by the first run
    pack.run(out, "windows", "3.12", ["lab"])
    assert "torch" in names(out) and "needed" in names(out) and "other" not in names(out)
    assert not partial.exists()


def test_a_python_marker_is_that_of_the_target(shop, tmp_path):
    with pytest.raises(CommandError, match="old==1.0"):  # needed below 3.12, and no wheel of it in the shop
        pack.run(tmp_path / "out", "linux", "3.11", [])


def test_cuda_is_refused(shop, tmp_path):
    make_wheelhouse(shop, ("nvidia-cublas==13.*; platform_system == 'Linux'",))
    with pytest.raises(CommandError, match="CUDA"):
        pack.run(tmp_path / "out", "linux", "3.12", [])
    assert names(tmp_path / "out.partial") == []


def test_a_lock_that_lacks_something_is_named(shop, tmp_path):
    make_wheel(shop, "labthing", "1.0", ("notlocked>=3",))
    with pytest.raises(CommandError, match="requirements.lock does not fulfil notlocked>=3"):
        pack.run(tmp_path / "out", "windows", "3.12", ["lab"])


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CommandError, match="exists already"):
        pack.run(tmp_path, "windows", "3.12", ["lab"])
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("platform", "python", "extras", "said"),
    [
        ("amiga", "3.12", [], "windows"),
        ("linux", "2.7", [], "3.13"),
        ("macos-x86_64", "3.13", [], "take --python 3.12"),
        ("linux", "3.12", ["lob"], "lab"),
    ],
)
def test_what_cannot_be_packed_names_the_choices(tmp_path, platform, python, extras, said):
    with pytest.raises(CommandError, match=said):
        pack.run(tmp_path / "out", platform, python, extras)
    assert not (tmp_path / "out.partial").exists()


def test_without_a_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "checkout", lambda: None)
    with pytest.raises(CommandError, match="checkout"):
        pack.run(tmp_path / "out", "linux", "3.12", [])


def test_this_computer_is_known_or_none():
    target = lock_file.this_computer()
    assert target is None or target.name in lock_file.TARGETS
