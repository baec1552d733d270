"""requirements.lock: whole for every platform, within bounds, and solvable where an index can be reached."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_lib import paths
from course_lib.commands import lock_file

LOCK = paths.checkout() / "requirements.lock"
PLACES = [
    (target, python)
    for target in lock_file.TARGETS.values()
    for python in lock_file.PYTHONS
    if not lock_file.without_torch(target, python)
]


def required() -> list[tuple[Requirement, str]]:
    """All that pyproject.toml requires, with the extra it belongs to."""
    pyproject = tomllib.loads((paths.checkout() / "pyproject.toml").read_text(encoding="utf-8"))
    texts = [
        (text, "") for text in [*pyproject["project"]["dependencies"], *pyproject["build-system"]["requires"]]
    ]
    for extra, needs in pyproject["project"]["optional-dependencies"].items():
        texts += [(text, extra) for text in needs]
    return [(Requirement(text), extra) for text, extra in texts]


@pytest.mark.parametrize(("target", "python"), PLACES, ids=lambda value: getattr(value, "name", value))
def test_every_requirement_is_pinned_within_its_bounds(target, python):
    pins = lock_file.pins_for(lock_file.read_lock(LOCK), target, python)
    for requirement, extra in required():
        if requirement.marker is None or requirement.marker.evaluate(target.environment(python, extra)):
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement
    assert ("pygame" in pins) != ("pygame-ce" in pins)
    assert pins["torch"] == ("2.2.2" if target.name == "macos-x86_64" else "2.13.0")


@pytest.mark.parametrize(("target", "python"), PLACES, ids=lambda value: getattr(value, "name", value))
def test_no_pin_hangs_on_the_third_number_of_python(target, python):
    pins = lock_file.read_lock(LOCK)
    early, late = (
        {(pin.name, str(pin.specifier)) for pin in pins
         if pin.marker is None or pin.marker.evaluate(target.environment(python, micro=micro))}
        for micro in (0, 30)
    )  # fmt: skip
    assert early == late


def test_nothing_but_names_versions_and_markers():
    text = LOCK.read_text(encoding="utf-8")
    assert "://" not in text and "--" not in text and "@" not in text and "sha256" not in text
    assert not re.search(r"^(nvidia|cuda|triton)", text, re.MULTILINE)


@pytest.mark.parametrize("line", ["numpy>=1", "numpy==1,<2", "numpy @ file:x", "???"])
def test_a_broken_lock_names_its_line(tmp_path, line):
    (tmp_path / "requirements.lock").write_text(f"# a comment\nscipy==1.0\n{line}\n", encoding="utf-8")
    with pytest.raises(lock_file.LockError, match="line 3"):
        lock_file.read_lock(tmp_path / "requirements.lock")


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("tools_lock", paths.checkout() / "tools" / "lock.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_merge_tells_intel_macs_apart(tool):
    everywhere = (
        "numpy==2.4 ; python_full_version < '3.12'\nnumpy==2.5 ; python_full_version >= '3.12'\nrich==15.0\n"
    )
    everywhere += "nvidia-cublas==13.0 ; sys_platform == 'linux'\n"
    pins = [Requirement(line) for line in tool.merge(everywhere, "numpy==1.26.4\nrich==15.0\nold==1.0\n")]
    versions = {
        (name, python): lock_file.pins_for(pins, lock_file.TARGETS[name], python)
        for name, python in (("linux", "3.11"), ("windows", "3.13"), ("macos-x86_64", "3.12"))
    }
    assert versions["linux", "3.11"] == {"numpy": "2.4", "rich": "15.0"}
    assert versions["windows", "3.13"] == {"numpy": "2.5", "rich": "15.0"}
    assert versions["macos-x86_64", "3.12"] == {"numpy": "1.26.4", "rich": "15.0", "old": "1.0"}


NO_INDEX = re.compile(r"[Cc]onnect|dns error|[Rr]equest failed|timed out|Failed to fetch|tls|certificate")


@pytest.mark.parametrize(
    ("name", "python"),
    [("linux", "3.11"), ("windows", "3.13"), ("macos-arm64", "3.12"), ("macos-x86_64", "3.12")],
)
def test_the_lock_resolves(tool, name, python):
    """`tools/lock.py --check` does it for all; here one Python of each platform."""
    if not ((Path(sys.executable).parent / "uv").exists() or shutil.which("uv")):
        pytest.skip("uv is not installed")
    _, wrong = tool.check_one(lock_file.TARGETS[name], python)
    if wrong and NO_INDEX.search(wrong[0]):
        pytest.skip(f"no package index can be reached: {wrong[0].splitlines()[0]}")
    assert wrong == []


def test_the_check_finds_a_package_that_is_not_pinned(tool, tmp_path, monkeypatch):
    lines = [line for line in LOCK.read_text(encoding="utf-8").splitlines() if not line.startswith("tqdm")]
    (tmp_path / "requirements.lock").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(tool, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(
        tool, "compile_with_uv", lambda *_: LOCK.read_text(encoding="utf-8").split("\n", 2)[2]
    )
    monkeypatch.setattr(
        lock_file, "pins_for", lambda pins, *_: {p.name: next(iter(p.specifier)).version for p in pins}
    )
    _, wrong = tool.check_one(lock_file.TARGETS["linux"], "3.12")
    assert any(line.startswith("tqdm ") and "None" in line for line in wrong)
