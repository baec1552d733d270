"""Reading requirements.lock: which exact packages belong on a given platform and Python."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# What PyTorch's CUDA build adds on Linux. The course runs on CPUs: the lock names none of these.
CUDA_PREFIXES = ("nvidia-", "cuda-", "triton")

PYTHONS = ("3.11", "3.12", "3.13", "3.14")


class LockError(ValueError):
    """requirements.lock is not what it should be; the message names the line or the package."""


@dataclass(frozen=True)
class Target:
    """One kind of computer: how markers, uv and pip name it; `tags` are pip's --platform values."""

    name: str
    sys_platform: str
    platform_system: str
    os_name: str
    machine: str
    uv_platform: str
    tags: tuple[str, ...]

    def environment(self, python: str, extra: str = "", micro: int = 9) -> dict[str, str]:
        """The values that environment markers see there, for a Python such as "3.12"."""
        values = {key: str(value) for key, value in default_environment().items()}
        values.update(
            os_name=self.os_name,
            sys_platform=self.sys_platform,
            platform_system=self.platform_system,
            platform_machine=self.machine,
            platform_release="",
            platform_version="",
            python_version=python,
            python_full_version=f"{python}.{micro}",
            implementation_name="cpython",
            implementation_version=f"{python}.{micro}",
            platform_python_implementation="CPython",
            extra=extra,
        )
        return values


def _manylinux(newest: int) -> tuple[str, ...]:
    old = ("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64")
    return tuple(f"manylinux_2_{minor}_x86_64" for minor in range(newest, 4, -1)) + old


def _macosx(newest: int, *archs: str) -> tuple[str, ...]:
    versions = [f"{major}_0" for major in range(newest, 10, -1)]
    versions += [f"10_{minor}" for minor in range(16, 8, -1)]
    return tuple(f"macosx_{version}_{arch}" for version in versions for arch in archs)


TARGETS = {
    target.name: target
    for target in (
        Target("linux", "linux", "Linux", "posix", "x86_64", "x86_64-manylinux_2_28",
               _manylinux(28)),
        Target("windows", "win32", "Windows", "nt", "AMD64", "x86_64-pc-windows-msvc", ("win_amd64",)),
        Target("macos-arm64", "darwin", "Darwin", "posix", "arm64", "aarch64-apple-darwin",
               _macosx(14, "arm64", "universal2")),
        Target("macos-x86_64", "darwin", "Darwin", "posix", "x86_64", "x86_64-apple-darwin",
               _macosx(13, "x86_64", "universal2", "intel")),
    )
}  # fmt: skip


def this_computer() -> Target | None:
    """The target that this computer is, or None."""
    for target in TARGETS.values():
        if target.sys_platform == sys.platform and target.machine.lower() == platform.machine().lower():
            return target
    return None


def without_torch(target: Target, python: str) -> bool:
    """Whether PyTorch has no wheel there: its last one for Intel Macs (2.2.2) ends at Python 3.12."""
    return target.name == "macos-x86_64" and python in ("3.13", "3.14")


def read_lock(path: Path) -> list[Requirement]:
    """The pins of a lock file; LockError names a line that is not `name==version [; marker]`."""
    pins = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.split(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        try:
            pin = Requirement(text)
        except ValueError:
            raise LockError(f"{path.name}, line {number}: {text!r} is not a requirement") from None
        if [clause.operator for clause in pin.specifier] != ["=="] or pin.url or pin.extras:
            raise LockError(f"{path.name}, line {number}: {text!r} is not of the form name==version")
        pins.append(pin)
    return pins


def pins_for(pins: list[Requirement], target: Target, python: str) -> dict[str, str]:
    """{normalised name: version} of the pins that hold on a platform; LockError when two contradict."""
    environment = target.environment(python)
    chosen: dict[str, str] = {}
    for pin in pins:
        if pin.marker is not None and not pin.marker.evaluate(environment):
            continue
        name, version = canonicalize_name(pin.name), next(iter(pin.specifier)).version
        if chosen.setdefault(name, version) != version:
            where = f"{target.name}, Python {python}"
            raise LockError(f"{name} is pinned twice for {where}: {chosen[name]} and {version}")
    return chosen
