"""First Lap: set the course up and run it. Needs nothing but Python; works on Linux, macOS and Windows.

python start.py                     open the lessons (the first time it installs everything into .venv)
python start.py COMMAND ...         run a command of the course: doctor, train, evaluate, drive, test, ...
python start.py --from FOLDER ...   install from a folder of wheels, without network (`course pack` makes one)
python start.py --gpu ...           install PyTorch's CUDA build (Linux); without it the CPU build is taken
"""

import sys

# This must run on any Python that somebody may have, so it stands before everything that is newer.
if not (3, 11) <= sys.version_info[:2] <= (3, 14):
    import shutil

    others = [name for name in ("python3.13", "python3.12", "python3.11", "python3.14") if shutil.which(name)]
    hint = "type: " + others[0] + " start.py" if others else "get it from https://www.python.org/downloads/"
    sys.exit("First Lap needs Python 3.11 to 3.14, you have %d.%d; %s" % (sys.version_info[:2] + (hint,)))

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent
VENV = TOP / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK = TOP / "requirements.lock"
STAMP = VENV / "first-lap.json"  # written when everything is installed
UNFINISHED = VENV / "first-lap.unfinished"  # there while something is being installed
LOG = VENV / "first-lap.log"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CUDA_PACKAGES = ("nvidia-", "cuda-", "triton")
GIGABYTES = {"cpu": 3, "gpu": 12}


class Stop(Exception):
    """Something that the person at the keyboard can mend; the message is one sentence."""


def main(arguments: list[str]) -> int:
    """Install what is missing, run `course` with the arguments and return its exit code."""
    gpu, folder, command = read_arguments(arguments)
    if command[:1] in (["--help"], ["-h"]):
        print(__doc__.strip())
        return 0
    extras = ["lab", "test"] if command[:1] == ["test"] else ["lab"]
    wanted = {"extras": extras, "torch": "gpu" if gpu else None}
    if not is_ready(wanted):
        with alone():
            if not is_ready(wanted):  # another start.py may have done it meanwhile
                install(wanted, folder)
    return run_course(command or ["lab"])


def read_arguments(arguments: list[str]) -> tuple[bool, Path | None, list[str]]:
    """Split start.py's own options, which come first, from the command: (gpu, folder of wheels, command)."""
    gpu, folder, rest = False, None, list(arguments)
    while rest and rest[0] in ("--gpu", "--from"):
        if rest.pop(0) == "--gpu":
            gpu = True
        elif not rest:
            raise Stop("--from needs the folder with the wheels: python start.py --from FOLDER")
        else:
            folder = Path(rest.pop(0)).expanduser().resolve()
            if not any(folder.glob("*.whl")):
                raise Stop(f"there are no wheels in {folder}: `course pack --out FOLDER` makes such a folder")
    return gpu, folder, rest


# --- Is everything there? -----------------------------------------------------------------------------------


def fingerprint() -> str:
    """What the installed packages follow from; a change of it means installing again."""
    return hashlib.sha256(b"\0".join((TOP / name).read_bytes() for name in needed_files())).hexdigest()


def needed_files() -> list[str]:
    names = ["requirements.lock", "pyproject.toml"]
    for name in names:
        if not (TOP / name).is_file():
            raise Stop(f"{name} is missing beside start.py: get the whole course, not this file alone")
    return names


def read_stamp() -> dict:
    """What an earlier start.py installed, or {}."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_ready(wanted: dict) -> bool:
    stamp = read_stamp()
    return (
        stamp.get("fingerprint") == fingerprint()
        and set(wanted["extras"]) <= set(stamp.get("extras", []))
        and wanted["torch"] in (None, stamp.get("torch"))
        and is_whole(stamp)
    )


def is_whole(stamp: dict) -> bool:
    """Whether .venv stands where it was made, nothing was broken off in it, and its Python still runs."""
    if UNFINISHED.exists() or not PYTHON.exists() or stamp.get("place", str(TOP)) != str(TOP):
        return False
    return venv_version() is not None and stamp.get("python", venv_version()) == venv_version()


def venv_version() -> str | None:
    """Such as "3.12" of the Python in .venv; None if it does not run (its own Python may be gone)."""
    try:
        done = subprocess.run(
            [PYTHON, "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, encoding="utf-8",
        )  # fmt: skip
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


# --- Installing ---------------------------------------------------------------------------------------------


def install(wanted: dict, folder: Path | None) -> None:
    """Make .venv and fill it: build tools, then PyTorch alone, then the course. Raises Stop."""
    began = time.monotonic()
    check_computer()
    stamp = read_stamp()
    kind = wanted["torch"] or stamp.get("torch", "cpu")
    if VENV.exists() and not (is_whole(stamp) and stamp.get("torch", kind) == kind):
        remove_venv()
    extras = sorted({*wanted["extras"], *stamp.get("extras", [])})
    if not VENV.exists():
        make_venv(kind)
    STAMP.unlink(missing_ok=True)
    UNFINISHED.touch()
    LOG.write_text("", encoding="utf-8")
    where = ["--no-index", "--find-links", str(folder)] if folder else []
    try:
        pip("the build tools", [*where, "hatchling", "editables"])
        install_torch(kind, where)
        course = f".[{','.join(extras)}]"
        pip("the course and " + ", ".join(extras), [*where, "--no-build-isolation", "--editable", course])
    except Stop:
        UNFINISHED.unlink(missing_ok=True)  # pip ended by itself: its packages are whole, we can go on
        raise
    stamp = {"fingerprint": fingerprint(), "extras": extras, "torch": kind}
    stamp.update(place=str(TOP), python=venv_version())
    partial = STAMP.with_suffix(".partial")
    partial.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    partial.replace(STAMP)
    UNFINISHED.unlink()
    say(f"Done in {time.monotonic() - began:.0f} s. From now on it starts at once.")


def check_computer() -> None:
    """Raise Stop where PyTorch has no build, or Python lacks what makes a .venv."""
    if sys.maxsize < 2**32:
        raise Stop("this is a 32-bit Python: get a 64-bit one from https://www.python.org/downloads/")
    if sys.platform == "darwin" and platform.machine() == "x86_64" and sys.version_info >= (3, 13):
        raise Stop(
            "on Intel Macs PyTorch ends at Python 3.12: get 3.12 from https://www.python.org/downloads/"
        )
    release = platform.mac_ver()[0].split(".")[0]
    if sys.platform == "darwin" and platform.machine() == "arm64" and release.isdigit() and int(release) < 14:
        raise Stop(f"PyTorch needs macOS 14, this is {platform.mac_ver()[0]}: update macOS first")
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        how = f"sudo apt install {package}" if Path("/etc/debian_version").exists() else "install it"
        raise Stop(f"this Python lacks its modules venv and ensurepip ({package}); mend it with: {how}")


def remove_venv() -> None:
    """Remove a .venv that is broken, unfinished, moved or of another kind. Raises Stop if it is no .venv."""
    if Path(sys.prefix).resolve() == VENV:
        raise Stop(".venv must be made anew, but you run it: type `deactivate`, then the same again")
    known = ("pyvenv.cfg", UNFINISHED.name, STAMP.name)
    if any(VENV.iterdir()) and not any((VENV / name).exists() for name in known):
        raise Stop(f"{VENV} is no Python environment: move it away, then the same again")
    say("The .venv here is unfinished, moved or of another kind: making it anew.")
    aside = VENV.with_name(".venv.old")
    shutil.rmtree(aside, ignore_errors=True)
    VENV.rename(aside)  # first as a whole: half a .venv must never look like one
    shutil.rmtree(aside, ignore_errors=True)  # a pip that outlived its start.py may still write there


def make_venv(kind: str) -> None:
    """An empty .venv, marked as unfinished. Raises Stop."""
    need, free = GIGABYTES[kind], shutil.disk_usage(TOP).free / 1e9
    if free < need:
        raise Stop(f"the disk has {free:.1f} GB free, the course needs {need}: make room, then try again")
    say(f"First Lap sets itself up in {VENV}, this once: a few minutes on a good network, {need} GB at most.")
    VENV.mkdir()
    UNFINISHED.touch()
    command = [sys.executable, "-m", "venv", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    if done.returncode != 0:
        raise Stop(explain(done.stdout + done.stderr, "making .venv", None))


def install_torch(kind: str, where: list[str]) -> None:
    """PyTorch alone, in its CPU build unless asked otherwise. Raises Stop rather than fetch CUDA unasked."""
    if kind == "gpu":
        if sys.platform != "linux":
            raise Stop("--gpu works on Linux only; elsewhere see https://pytorch.org/get-started")
        pip("PyTorch with CUDA (several GB)", [*where, "torch"])
        return
    if sys.platform == "linux" and not where and is_reachable(CPU_INDEX + "/torch/"):
        where = ["--index-url", CPU_INDEX]
    elif sys.platform == "linux":
        refuse_cuda(where)
    pip("PyTorch, CPU build (200 MB)", [*where, "--no-deps", "torch"])


def is_reachable(url: str) -> bool:
    import urllib.request  # slow to load, and a second run does without

    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=4):
            return True
    except OSError:
        return False


def refuse_cuda(where: list[str]) -> None:
    """Raise Stop if pip's sources would give PyTorch's CUDA build."""
    report = VENV / "first-lap.report"
    pip("", [*where, "--dry-run", "--ignore-installed", "--no-deps", "--report", str(report), "torch"])
    wheel = json.loads(report.read_text(encoding="utf-8"))["install"][0]["metadata"]
    report.unlink()
    if any(need.lower().startswith(CUDA_PACKAGES) for need in wheel.get("requires_dist", [])):
        raise Stop(
            f"{CPU_INDEX} does not answer, and elsewhere pip finds PyTorch {wheel['version']} only with 3 GB "
            "of CUDA; try again later, or --from FOLDER (wheels from `course pack`), or --gpu for CUDA"
        )


def pip(what: str, arguments: list[str]) -> None:
    """`pip install` under the lock; a line now and then says how far it is, a log has all. Raises Stop."""
    if what:
        say(f"Installing {what} ...")
    command = [str(PYTHON), "-m", "pip", "install", "--no-compile", "--progress-bar", "off"]
    command += ["-c", str(LOCK), *arguments]
    # What is set for the person's own Python must not lead pip out of .venv.
    drop = ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT")
    environment = {key: value for key, value in os.environ.items() if key not in drop}
    environment.update(PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONUTF8="1")
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=TOP, env=environment,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    lines, packages, said = [], 0, time.monotonic()
    with running, open(LOG, "a", encoding="utf-8") as log:
        try:
            for line in running.stdout:
                log.write(line)
                lines.append(line)
                packages += line.startswith(("Collecting ", "Processing "))
                size = re.search(r"Downloading (\S+?)-\S+ \((\d+\.?\d*) MB\)", line)
                if size and float(size[2]) > 30:
                    say(f"  fetching {size[1]}, {size[2]} MB")
                elif line.startswith("Installing collected packages"):
                    say(f"  unpacking {line.count(',') + 1} packages")
                elif time.monotonic() - said > 10 and line.startswith("Collecting "):
                    said = time.monotonic()
                    say(f"  {packages} packages found so far")
        except KeyboardInterrupt:
            running.wait()
            raise
    if running.returncode != 0:
        offline = arguments[arguments.index("--find-links") + 1] if "--find-links" in arguments else None
        raise Stop(explain("".join(lines), f"installing {what or 'PyTorch'}", offline))


def explain(output: str, doing: str, folder: str | None) -> str:
    """One sentence on why pip or venv failed, with the way out."""
    if re.search(r"No space left on device|Errno 28\b|not enough space on the disk|WinError 112", output):
        return f"the disk ran full while {doing}: make room, then the same again"
    lacking = re.search(r"(?:No matching distribution found for|requested \(constraint\)) ([\w-]+)", output)
    name = lacking and lacking[1]
    if folder and name:
        system = {"linux": "linux", "win32": "windows"}.get(sys.platform, f"macos-{platform.machine()}")
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return (
            f"{folder} has no wheel of {name} for this computer; "
            f"make the folder with: course pack --out FOLDER --platform {system} --python {version}"
        )
    if re.search(
        r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded"
        r"|Network is unreachable|Connection refused|Connection broken|Could not fetch URL",
        output,
    ):
        return f"no network while {doing}: mend it, then the same again goes on; or use --from FOLDER"
    if name:
        return f"pip finds no build of {name} for this computer and this Python; all that it said is in {LOG}"
    errors = [line for line in output.splitlines() if re.match(r"\s*(ERROR|error|\w*Error)\b", line)]
    reason = (errors or output.strip().splitlines() or ["no word why"])[-1].strip()
    return f"{doing} failed ({reason}); all that pip said is in {LOG}"


# --- Running ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def alone():
    """Hold the lock file: two start.py must never fill one .venv. The system frees it when a process ends."""
    try:
        file = open(TOP / ".venv.lock", "a", encoding="utf-8")
    except OSError as error:
        why = f"cannot write in {TOP} ({error.strerror})"
        raise Stop(f"{why}: copy the course to a folder of your own") from None
    with file:
        if not try_lock(file):
            say("Another start.py is installing here: waiting for it ...")
            while not try_lock(file):
                time.sleep(0.2)
        yield


def try_lock(file) -> bool:
    """Lock an open file without waiting. A file system without locks counts as locked by us."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK)
    return True


def run_course(command: list[str]) -> int:
    """Run `course` in .venv; Ctrl-C belongs to it alone. Returns its exit code."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")}
    environment["PATH"] = str(PYTHON.parent) + os.pathsep + environment.get("PATH", "")
    environment["VIRTUAL_ENV"] = str(VENV)
    # -P: what lies in the folder that somebody happens to be in must not be taken for a module.
    running = subprocess.Popen([str(PYTHON), "-P", "-m", "course_lib", *command], env=environment)
    while True:
        try:
            code = running.wait()
        except KeyboardInterrupt:
            continue
        return code if code >= 0 else 128 - code


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(f"start.py: {stop}")
    except KeyboardInterrupt:
        sys.exit("start.py: stopped; the same again starts anew, with what is already downloaded")
    except PermissionError as error:
        sys.exit(f"start.py: not allowed to write {error.filename}: copy the course to a folder of your own")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.exit("start.py: the disk is full: make room, then the same again")
