"""What differs between Linux, macOS and Windows when a sandbox starts, limits and ends its worker process.

The limits of Linux and macOS that a process can set for itself are in `sandbox_worker.py`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from typing import Any

KEPT_ENVIRONMENT = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
EXTENDED_LIMITS = 9  # the Windows API's JobObjectExtendedLimitInformation


def environment(folder: str) -> dict[str, str]:
    """No secrets of this process, `folder` for everything, and one thread for each numerical library."""
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    folders = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), folder)
    # One memory arena, as glibc otherwise reserves 64 MB for a second thread, at once or at a later moment.
    ones = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_ARENA_MAX"), "1")
    return kept | folders | ones


def popen_options(system: str = os.name) -> dict[str, Any]:
    if system != "nt":
        return {"start_new_session": True}
    create_suspended, new_process_group, no_window = 0x4, 0x200, 0x08000000
    return {"creationflags": create_suspended | new_process_group | no_window}


def kill(process: subprocess.Popen) -> None:
    """Kills the worker; on POSIX with its session (before it is waited for: the number is still its own)."""
    if os.name == "nt":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # macOS forbids killing a group of dead processes
        os.killpg(process.pid, signal.SIGKILL)


def undo_as_owner(undo: ExitStack, owner: int) -> None:
    """Ends a worker, but not from a fork of its owner, which holds the same objects."""
    if os.getpid() == owner:
        undo.close()


def let_exit(process: subprocess.Popen) -> None:
    """Gives a worker that closed its pipe the time to leave its exit code, which a kill would replace.

    On POSIX the code is there before the pipe is closed.
    """
    if os.name == "nt":
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)


def exit_text(code: int) -> str:
    """Popen's `returncode` in words, as in "exit code 3", "exit code 0xC0000005" and "signal 9, Killed"."""
    if code < 0:
        return f"signal {-code}, {signal.strsignal(-code)}"
    return f"exit code {code}" if code < 256 else f"exit code 0x{code:X}"


def limit_memory(pid: int, job: ctypes.c_void_p | None, memory_mb: int) -> int | None:
    """`memory_mb` more than the worker has now. Returns the resident bytes to watch for, on macOS only."""
    if job is not None:
        limit_job(job, memory_mb * 2**20)
    return rss(pid) + memory_mb * 2**20 if sys.platform == "darwin" else None


def rss(pid: int) -> int:
    """Resident bytes of a process, 0 if it is gone."""
    command = ["ps", "-o", "rss=", "-p", str(pid)]
    return parse_rss(subprocess.run(command, capture_output=True, encoding="ascii", check=False).stdout)


def parse_rss(kib: str) -> int:
    return int(kib) * 1024 if kib.strip() else 0


class JobLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION of the Windows API."""

    _fields_ = [
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("min_working_set", ctypes.c_size_t),
        ("max_working_set", ctypes.c_size_t),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
        ("io", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    ]


def new_job(process: subprocess.Popen, undo: ExitStack) -> ctypes.c_void_p | None:
    """On Windows: puts the suspended worker into a job that dies with this process, and lets it run."""
    if os.name != "nt":
        return None
    job = ctypes.c_void_p(_kernel32("CreateJobObjectW", None, None))
    undo.callback(_kernel32, "CloseHandle", job)
    undo.callback(_kernel32, "TerminateJobObject", job, 1)
    limits = first_limits()
    _kernel32("SetInformationJobObject", job, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
    _kernel32("AssignProcessToJobObject", job, ctypes.c_void_p(int(process._handle)))
    ctypes.WinDLL("ntdll").NtResumeProcess(ctypes.c_void_p(int(process._handle)))
    return job


def first_limits() -> JobLimits:
    active_process, die_on_exception, kill_on_close = 0x8, 0x400, 0x2000
    # A venv's python.exe starts the real one, and each may bring a console host.
    return JobLimits(flags=active_process | die_on_exception | kill_on_close, active_processes=4)


def limit_job(job: ctypes.c_void_p, memory: int) -> None:
    limits = JobLimits()
    _kernel32("QueryInformationJobObject", job, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits), None)
    add_memory_limit(limits, memory)
    _kernel32("SetInformationJobObject", job, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))


def add_memory_limit(limits: JobLimits, memory: int) -> None:
    process_memory = 0x100
    limits.flags |= process_memory
    limits.process_memory = limits.peak_process_memory + memory


def _kernel32(name: str, *args: Any) -> int:
    function = getattr(ctypes.WinDLL("kernel32", use_last_error=True), name)
    function.restype = ctypes.c_void_p if name == "CreateJobObjectW" else ctypes.c_int
    result = function(*args)
    if not result:
        raise ctypes.WinError(ctypes.get_last_error())
    return result
