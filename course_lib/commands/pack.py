"""`course pack`: a folder of wheels from which `start.py --from FOLDER` installs without network."""

from __future__ import annotations

import email.parser
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from course_lib import paths
from course_lib.commands import CommandError, lock_file
from course_lib.commands.lock_file import Target

CPU_INDEX = "https://download.pytorch.org/whl/cpu"

README = """\
First Lap: all packages of the course for {platform}, Python {python}
({count} wheels, {megabytes:.0f} MB; extras: {extras})

On a computer without network: copy the course and this folder to it. In the folder of the course type

    python start.py --from "{folder}"

(with the path that this folder has there; on macOS and Linux: python3). Python {python} must be installed.
"""


def run(out: Path, platform: str | None, python: str | None, extras: list[str]) -> None:
    """Make the folder `out`: complete, or not at all. What an interrupted run fetched is used again.

    Raises CommandError for an unknown platform, Python or extra, a folder in use, or a failed download.
    """
    top = paths.checkout()
    if top is None:
        raise CommandError("packing needs requirements.lock: run it in a checkout of the course")
    target, python = choose_target(platform, python)
    out = out.expanduser().resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CommandError(f"{out} exists already: name a new folder, or remove that one first")
    roots = required(top, extras)
    pins = lock_file.pins_for(lock_file.read_lock(top / "requirements.lock"), target, python)
    partial = out.with_name(out.name + ".partial")
    partial.mkdir(parents=True, exist_ok=True)
    for old in partial.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
        elif not zipfile.is_zipfile(old):
            old.unlink()
    print(f"Packing for {target.name}, Python {python} ...", flush=True)
    needed = collect(roots, pins, target, python, partial)
    for file, name, version in wheels(partial):
        if needed.get(name) != version:
            file.unlink()
    megabytes = sum(file.stat().st_size for file, *_ in wheels(partial)) / 1e6
    text = README.format(platform=target.name, python=python, count=len(needed), megabytes=megabytes,
                         extras=", ".join(extras) or "none", folder=out.name)  # fmt: skip
    (partial / "README.txt").write_text(text, encoding="utf-8")
    if out.exists():
        out.rmdir()
    partial.rename(out)
    print(f"{len(needed)} wheels, {megabytes:.0f} MB in {out}")
    print(f'There: python start.py --from "{out.name}"')


def choose_target(platform: str | None, python: str | None) -> tuple[Target, str]:
    """The target and Python that were named, or this computer's. Raises CommandError."""
    target = lock_file.TARGETS.get(platform) if platform else lock_file.this_computer()
    if target is None:
        what = f"no platform {platform!r}" if platform else "this kind of computer cannot be packed for"
        raise CommandError(f"{what}: take --platform {', '.join(lock_file.TARGETS)}")
    python = python or f"{sys.version_info[0]}.{sys.version_info[1]}"
    if python not in lock_file.PYTHONS:
        raise CommandError(f"no Python {python!r}: take --python {', '.join(lock_file.PYTHONS)}")
    if lock_file.without_torch(target, python):
        raise CommandError("PyTorch for Intel Macs ends at Python 3.12: take --python 3.12")
    return target, python


def required(top: Path, extras: list[str]) -> list[Requirement]:
    """What the course needs with extras, and what installs it. Raises CommandError for an unknown extra."""
    pyproject = tomllib.loads((top / "pyproject.toml").read_text(encoding="utf-8"))
    texts = [*pyproject["project"]["dependencies"], *pyproject["build-system"]["requires"], "editables"]
    optional = pyproject["project"]["optional-dependencies"]
    for extra in extras:
        if extra not in optional:
            raise CommandError(f"no extra {extra!r}: take of {', '.join(optional)}")
        texts += optional[extra]
    return [Requirement(text) for text in texts]


def collect(
    roots: list[Requirement], pins: dict[str, str], target: Target, python: str, folder: Path
) -> dict[str, str]:
    """Download the roots and, round by round, what their wheels require; return {name: version} of all.

    Raises CommandError when a pin is missing or does not fit, or a download fails.
    """
    needed: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    wanted = [(requirement, "") for requirement in roots]
    while wanted:
        fresh: dict[str, set[str]] = {}
        for requirement, extra in wanted:
            if not applies(requirement, target, python, extra):
                continue
            name = canonicalize_name(requirement.name)
            if name not in pins or not requirement.specifier.contains(pins[name], prereleases=True):
                raise CommandError(f"requirements.lock does not fulfil {requirement}: run tools/lock.py")
            new = {"", *requirement.extras} - {extra for known, extra in seen if known == name}
            seen.update((name, extra) for extra in new)
            if new:
                fresh.setdefault(name, set()).update(new)
        needed.update({name: pins[name] for name in fresh})
        files = fetch({name: pins[name] for name in fresh}, target, python, folder)
        wanted = [(need, extra) for name in fresh for extra in fresh[name] for need in requires(files[name])]
    return needed


def applies(requirement: Requirement, target: Target, python: str, extra: str) -> bool:
    """Whether a requirement holds there for some release of that Python, early or late."""
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate(target.environment(python, extra, micro)) for micro in (0, 20))


def requires(wheel: Path) -> list[Requirement]:
    """What a wheel's metadata requires."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.count("/") == 1 and n.endswith(".dist-info/METADATA"))
        metadata = email.parser.Parser().parsestr(archive.read(name).decode("utf-8"), headersonly=True)
    return [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]


def wheels(folder: Path) -> list[tuple[Path, str, str]]:
    """(file, normalised name, version without a local part such as +cpu) of the wheels in a folder."""
    found = []
    for file in sorted(folder.glob("*.whl")):
        try:
            name, version, _, _ = parse_wheel_filename(file.name)
        except InvalidWheelFilename:
            continue
        found.append((file, str(name), version.public))
    return found


def fetch(versions: dict[str, str], target: Target, python: str, folder: Path) -> dict[str, Path]:
    """The wheels of exactly these versions, downloaded unless they are there. Raises CommandError."""
    there = {(name, version) for _, name, version in wheels(folder)}
    missing = {name: version for name, version in versions.items() if (name, version) not in there}
    if "torch" in missing:
        fetch_torch(missing.pop("torch"), target, python, folder)
    if missing:
        pip_download([f"{name}=={version}" for name, version in missing.items()], target, python, folder)
    files = {name: file for file, name, version in wheels(folder) if versions.get(name) == version}
    if lost := sorted(versions.keys() - files.keys()):
        raise CommandError(f"pip brought no wheel of {', '.join(lost)}; the same command again goes on")
    return files


def fetch_torch(version: str, target: Target, python: str, folder: Path) -> None:
    """PyTorch's CPU build. Raises CommandError where only the CUDA build can be had."""
    source: list[str] = []
    if target.name == "linux":
        if is_reachable(CPU_INDEX + "/torch/"):
            source = ["--index-url", CPU_INDEX]
        elif is_cuda(version, target, python):
            raise CommandError(f"{CPU_INDEX} does not answer; elsewhere pip finds only PyTorch's CUDA build")
    pip_download([*source, f"torch=={version}"], target, python, folder)


def is_reachable(url: str) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=4):
            return True
    except OSError:
        return False


def is_cuda(version: str, target: Target, python: str) -> bool:
    """Whether the wheel of torch that pip's sources give requires CUDA packages; it is not downloaded."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        pip("install", "--dry-run", "--ignore-installed", "--target", folder, "--report", str(report),
            *for_target(target, python), f"torch=={version}")  # fmt: skip
        wheel = json.loads(report.read_text(encoding="utf-8"))["install"][0]["metadata"]
    return any(need.lower().startswith(lock_file.CUDA_PREFIXES) for need in wheel.get("requires_dist", []))


def for_target(target: Target, python: str) -> list[str]:
    """pip's options for wheels of another platform and Python."""
    options = ["--no-deps", "--only-binary=:all:", "--implementation", "cp", "--python-version", python]
    return options + [option for tag in target.tags for option in ("--platform", tag)]


def pip_download(what: list[str], target: Target, python: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as landing:
        pip("download", "--dest", landing, *for_target(target, python), *what)
        for file in Path(landing).glob("*.whl"):
            shutil.move(file, folder / file.name)


def pip(command: str, *options: str) -> None:
    """Run pip quietly; CommandError with its last word when it fails."""
    line = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *options]
    done = subprocess.run(line, capture_output=True, text=True, encoding="utf-8", errors="replace")
    if done.returncode != 0:
        errors = [text for text in done.stderr.splitlines() if text.startswith("ERROR")]
        why = (errors or [done.stderr.strip()])[-1]
        raise CommandError(f"pip {command} failed ({why}); the same command again goes on from here")
