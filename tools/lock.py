"""Make requirements.lock, or check it.

python tools/lock.py            resolve pyproject.toml for all platforms and write requirements.lock
python tools/lock.py --check    resolve under the lock for each platform and Python, installing nothing

Needs the extra `test` (uv) and a package index. The index and certificate that pip is set up with are used.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.utils import canonicalize_name

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))  # so that the tool works before the course is installed

from course_lib.commands import lock_file  # noqa: E402

LOCK = TOP / "requirements.lock"

INTEL_MAC = "sys_platform == 'darwin' and platform_machine == 'x86_64'"
NOT_INTEL_MAC = "sys_platform != 'darwin' or platform_machine != 'x86_64'"
# What the index cannot know: the PyTorch that the course is tested with, and what installs the course itself.
# soupsieve: from 3 on it needs Python 3.11.5, Debian 12 has 3.11.2; a pin must not hang on the third number.
CHOSEN = "hatchling\neditables\ntorch==2.13.0\nsoupsieve<3\n"
# The last PyTorch for Intel Macs; it is compiled against NumPy 1.
CHOSEN_INTEL_MAC = "hatchling\neditables\ntorch==2.2.2\nnumpy<2\nsoupsieve<3\n"

HEADER = """\
# Exact versions for every platform and Python: a constraints file for pip, made by tools/lock.py.
# PyTorch's CUDA packages are left out: start.py installs its CPU build.
"""


def find_uv() -> str:
    """The uv beside this Python or on the PATH; SystemExit says how to get it."""
    beside = Path(sys.executable).parent / ("uv.exe" if os.name == "nt" else "uv")
    found = str(beside) if beside.is_file() else shutil.which("uv")
    if not found:
        sys.exit("uv is missing: python start.py test installs it with the test tools")
    return found


def index_environment() -> dict[str, str]:
    """The environment in which uv reaches the index that pip uses: uv does not read pip's settings itself."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False).stdout
    settings = dict(re.findall(r"^\S*?\.([\w-]+)='(.*)'$", listing, re.MULTILINE))
    environment = dict(os.environ)
    environment["MACOSX_DEPLOYMENT_TARGET"] = "14.0"  # the oldest macOS that PyTorch's arm64 wheels take
    if "index-url" in settings:
        environment.setdefault("UV_DEFAULT_INDEX", settings["index-url"])
    if "cert" in settings:
        environment.setdefault("SSL_CERT_FILE", settings["cert"])
    return environment


def compile_with_uv(options: list[str], inputs: str, prefer: str = "") -> str:
    """`uv pip compile` of pyproject.toml with all extras and more requirements; RuntimeError with uv's words.

    `prefer` are pins to keep where they are possible.
    """
    with tempfile.TemporaryDirectory() as folder:
        more, out = Path(folder) / "more.in", Path(folder) / "out.txt"
        more.write_text(inputs, encoding="utf-8")
        out.write_text(prefer, encoding="utf-8")
        command = [find_uv(), "pip", "compile", str(TOP / "pyproject.toml"), str(more), "--all-extras"]
        command += ["--no-header", "--no-annotate", "--quiet", "--no-config", "-o", str(out), *options]
        done = subprocess.run(
            command, env=index_environment(), cwd=folder, capture_output=True, text=True, encoding="utf-8"
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return out.read_text(encoding="utf-8")


def is_cuda(line: str) -> bool:
    return line.startswith(lock_file.CUDA_PREFIXES)


def make() -> None:
    """Resolve and write requirements.lock, whole or not at all."""
    everywhere = compile_with_uv(["--universal", "--python-version", "3.11"], CHOSEN)
    intel = lock_file.TARGETS["macos-x86_64"]
    options = ["--python-platform", intel.uv_platform, "--python-version", "3.11", "--only-binary", ":all:"]
    lines = merge(everywhere, compile_with_uv(options, CHOSEN_INTEL_MAC, prefer=everywhere))
    partial = LOCK.with_suffix(".partial")
    partial.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    partial.replace(LOCK)
    print(f"{LOCK.name}: {len(lines)} pins")


def merge(everywhere: str, intel_mac: str) -> list[str]:
    """One list of pins from two: where Intel Macs need another version, markers tell the two apart."""
    special = dict(line.split("==") for line in intel_mac.splitlines() if line)
    pins = [line for line in everywhere.splitlines() if line and not is_cuda(line)]
    versions: dict[str, set[str]] = {}
    for pin in pins:
        name, _, version = pin.split(";")[0].strip().partition("==")
        versions.setdefault(name, set()).add(version)
    differs = {name for name, version in special.items() if versions.get(name) != {version}}
    lines = [f"{name}=={special[name]} ; {INTEL_MAC}" for name in differs]
    for pin in pins:
        requirement, _, marker = (part.strip() for part in pin.partition(";"))
        if requirement.split("==")[0] in differs:
            marker = f"({marker}) and ({NOT_INTEL_MAC})" if marker else NOT_INTEL_MAC
        lines.append(f"{requirement} ; {marker}" if marker else requirement)
    return sorted(lines)


def check_one(target: lock_file.Target, python: str) -> tuple[str, list[str]]:
    """Resolve for one platform and Python, wheels only, under the lock. Returns a label and what is wrong."""
    label = f"{target.name}, Python {python}"
    pinned = lock_file.pins_for(lock_file.read_lock(LOCK), target, python)
    options = ["--python-platform", target.uv_platform, "--python-version", python, "--only-binary", ":all:"]
    options += ["--constraint", str(LOCK)]
    try:  # uv's cache first: what belongs to an exact version does not change
        text = compile_with_uv([*options, "--offline"], "hatchling\neditables\n")
    except RuntimeError:
        try:
            text = compile_with_uv(options, "hatchling\neditables\n")
        except RuntimeError as error:
            return label, [str(error)]
    wrong = []
    for line in text.splitlines():
        if not line or is_cuda(line):
            continue
        name, _, version = line.split(";")[0].strip().partition("==")
        if pinned.get(canonicalize_name(name)) != version:
            wrong.append(f"{name} {version} is needed, the lock has {pinned.get(canonicalize_name(name))}")
    return label, wrong


def check() -> int:
    """Check all targets; print one line each and return the number that failed."""
    jobs = []
    for target in lock_file.TARGETS.values():
        for python in lock_file.PYTHONS:
            if lock_file.without_torch(target, python):
                print(f"none   {target.name}, Python {python}: PyTorch has no wheel, start.py says so")
            else:
                jobs.append((target, python))
    failed = 0
    with ThreadPoolExecutor(4) as pool:
        for label, wrong in pool.map(lambda job: check_one(*job), jobs):
            print(("ok     " if not wrong else "wrong  ") + label)
            for line in wrong:
                print("       " + line.replace("\n", "\n       "))
            failed += bool(wrong)
    return failed


if __name__ == "__main__":
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--check", action="store_true", help="check the lock instead of making it")
    if parser.parse_args().check:
        sys.exit(1 if check() else 0)
    make()
