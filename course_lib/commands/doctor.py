"""`course doctor`: what is installed, what is missing, how to mend it."""

from __future__ import annotations

import importlib
import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from course_lib import paths

OPTIONAL = {
    "lab": "opens the notebooks here",
    "test": "runs the tests",
    "bench": "runs the benchmarks",
    "server": "the classroom server",
    "cluster": "fans work out to other machines",
    "hedera": "talks to Hedera",
}


@dataclass(frozen=True)
class Finding:
    """One line of the doctor; `level` is "ok", "note" (worth knowing) or "bad" (a needed one is missing)."""

    level: str
    what: str
    mend: str = ""


def run(report: bool = False) -> int:
    """Print the findings (or the bug report) and return 1 when something needed is missing, else 0."""
    findings = examine()
    if report:
        print(without_personal_paths(report_text(findings)))
    else:
        signs = {"ok": "ok  ", "note": "note", "bad": "BAD "}
        for finding in findings:
            print(f"{signs[finding.level]}  {finding.what}")
            if finding.mend:
                print(f"      -> {finding.mend}")
    broken = sum(finding.level == "bad" for finding in findings)
    if not report:
        print(f"{broken} to mend, see the arrows." if broken else "Everything that the course needs is here.")
    return 1 if broken else 0


def examine() -> list[Finding]:
    """Look at Python, the packages, the course's files and this computer."""
    return [*check_python(), *check_packages(), *check_imports(), *check_files()]


def mend_install() -> str:
    return "python start.py doctor" if paths.checkout() else "pip install first-lap"


def check_python() -> list[Finding]:
    version = platform.python_version()
    if (3, 11) <= sys.version_info < (3, 15):
        return [Finding("ok", f"Python {version}")]
    return [Finding("bad", f"Python {version} is not one of 3.11 to 3.14", "get one from https://www.python.org")]


def check_packages() -> list[Finding]:
    """Each requirement of the course against what is installed: core ones are needed, extras are notes."""
    try:
        requirements = [Requirement(text) for text in metadata.requires("first-lap") or []]
    except metadata.PackageNotFoundError:
        return [Finding("bad", "the course is not installed in this Python", mend_install())]
    findings = []
    for requirement in requirements:
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found, fits = installed(requirement)
            text = f"{requirement.name} {found}" if found else f"{requirement.name} is missing"
            if found and not fits:
                text += f", but the course needs {requirement.specifier}"
            findings.append(Finding("ok", text) if fits else Finding("bad", text, mend_install()))
    for extra, purpose in OPTIONAL.items():
        wanted = [r for r in requirements if r.marker and r.marker.evaluate({"extra": extra})]
        absent = [r.name for r in wanted if not r.marker.evaluate({"extra": ""}) and not installed(r)[1]]
        if absent:
            how = "python start.py test" if extra == "test" else f'{sys_pip()} "first-lap[{extra}]"'
            mend = how if not paths.checkout() or extra == "test" else f'{sys_pip()} -e ".[{extra}]"'
            findings.append(Finding("note", f"extra {extra} ({purpose}) lacks {', '.join(absent)}", mend))
        else:
            findings.append(Finding("ok", f"extra {extra} ({purpose})"))
    if installed(Requirement("pygame"))[0] and installed(Requirement("pygame-ce"))[0]:
        mend = f"{sys_pip('uninstall')} pygame pygame-ce, then {mend_install()}"
        findings.append(Finding("bad", "pygame and pygame-ce overwrite each other: both are installed", mend))
    return findings


def installed(requirement: Requirement) -> tuple[str, bool]:
    """(version or "", whether it satisfies the requirement)."""
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return "", False
    return version, requirement.specifier.contains(version, prereleases=True)


def sys_pip(command: str = "install") -> str:
    """How to call this Python's pip; in a checkout under the lock."""
    python, top = Path(sys.executable), paths.checkout()
    if top and python.is_relative_to(top):
        python = python.relative_to(top)
    lock = " -c requirements.lock" if top and command == "install" else ""
    return f"{python} -m pip {command}{lock}"


def check_imports() -> list[Finding]:
    """Packages that are installed may still fail to load, for want of a system library."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    findings = []
    for name in ("numpy", "torch", "matplotlib", "pygame"):
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                findings.append(Finding("bad", f"{name} does not load: {error}", mend_install()))
        except (ImportError, OSError) as error:
            mend = "install Microsoft's Visual C++ Redistributable" if os.name == "nt" else mend_install()
            findings.append(Finding("bad", f"{name} does not load: {error}", mend))
        else:
            if name == "torch":
                findings.append(Finding("ok", torch_line(module)))
    return findings


def torch_line(torch) -> str:
    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU"
    return f"PyTorch computes on {device} with {torch.get_num_threads()} threads"


def check_files() -> list[Finding]:
    """The course's data and lessons, its environments, and room on the disk."""
    findings = []
    try:
        tracks = sorted(file.stem for file in (paths.data_dir() / "tracks").glob("*.npy"))
        where = f"{len(tracks)} tracks in {paths.data_dir() / 'tracks'}"
        findings.append(Finding("ok", where) if tracks else Finding("bad", where, "get the course again"))
        findings.append(Finding("ok", f"lessons in {paths.lessons_dir()}"))
    except paths.CourseFilesMissing as error:
        findings.append(Finding("bad", str(error)))
    import gymnasium

    if "FirstLap/Race-v0" in gymnasium.registry:
        findings.append(Finding("ok", "FirstLap/Race-v0 is registered with gymnasium"))
    else:
        findings.append(Finding("bad", "FirstLap/Race-v0 is not registered with gymnasium", mend_install()))
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    findings.append(
        Finding("ok", f"{free:.0f} GB free on this disk")
        if free > 1
        else Finding("note", f"only {free:.1f} GB free on this disk", "make room before you train and save")
    )
    return findings


def report_text(findings: list[Finding]) -> str:
    """The text for a bug report: the computer, the findings, every installed package with its version."""
    packages = sorted({f"{d.metadata['Name']}=={d.version}" for d in metadata.distributions()}, key=str.lower)
    lines = [
        "First Lap report",
        f"system    {platform.system()} {platform.release()} {platform.machine()}",
        f"python    {platform.python_version()} ({platform.python_implementation()}), {os.cpu_count()} cores",
        f"runs from {'a checkout' if paths.checkout() else 'an installed package'}",
        f"encoding  files {sys.getfilesystemencoding()}, console {sys.stdout.encoding}",
        "",
        *(f"{finding.level:5} {finding.what}" for finding in findings),
        "",
        "packages  " + " ".join(packages),
    ]
    return "\n".join(lines)


def without_personal_paths(text: str) -> str:
    """The text with this computer's folders and the person's name replaced by words."""
    top = paths.checkout()
    named = {
        str(top) if top else "": "<first-lap>",
        str(Path(paths.__file__).parent): "<course_lib>",
        sys.prefix: "<python>",
        sys.base_prefix: "<base-python>",
        str(Path.cwd()): "<here>",
        str(Path.home()): "~",
    }
    for path, word in sorted(named.items(), key=lambda pair: -len(pair[0])):
        if len(path) > 3:
            text = text.replace(path, word)
    user = re.escape(Path.home().name)
    return re.sub(rf"(?<=[/\\]){user}(?=[/\\\s]|$)", "<user>", text)
