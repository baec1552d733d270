"""What differs between systems, as far as it can be seen on any of them."""
import ctypes
import os
import shutil
from contextlib import ExitStack

import pytest

from course_lib import sandbox, sandbox_system
from course_lib.sandbox_system import JobLimits


def test_environment_keeps_what_windows_needs_and_no_secrets(monkeypatch):
    monkeypatch.setenv("SYSTEMROOT", r"C:\Windows")
    monkeypatch.setenv("FIRST_LAP_TOKEN", "secret")
    environment = sandbox_system.environment("folder")
    assert environment["SYSTEMROOT"] == r"C:\Windows" and "FIRST_LAP_TOKEN" not in environment
    assert environment["TEMP"] == environment["HOME"] == "folder" and environment["OMP_NUM_THREADS"] == "1"


def test_processes_start_in_a_session_of_their_own_or_suspended():
    assert sandbox_system.popen_options("posix") == {"start_new_session": True}
    assert sandbox_system.popen_options("nt") == {"creationflags": 0x08000204}


@pytest.mark.parametrize("text, size", [("  2048\n", 2 * 2**20), ("", 0), ("\n", 0)])
def test_ps_output(text, size):
    assert sandbox_system.parse_rss(text) == size


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps")
def test_resident_size_of_a_real_process():
    assert 5 * 2**20 < sandbox_system.rss(os.getpid()) < 2**40


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the numbers are those of 64 bits")
def test_the_job_structure_has_the_layout_of_the_windows_api():
    assert ctypes.sizeof(JobLimits) == 144
    offsets = {name: getattr(JobLimits, name).offset for name, _ in JobLimits._fields_}
    assert offsets == {
        "process_time": 0, "job_time": 8, "flags": 16, "min_working_set": 24, "max_working_set": 32,
        "active_processes": 40, "affinity": 48, "priority": 56, "scheduling": 60, "io": 64,
        "process_memory": 112, "job_memory": 120, "peak_process_memory": 128, "peak_job_memory": 136}


def test_job_limits():
    limits = sandbox_system.first_limits()
    assert limits.flags == 0x2408 and limits.active_processes == 4 and limits.process_memory == 0
    limits.peak_process_memory = 1000
    sandbox_system.add_memory_limit(limits, 500)
    assert limits.flags == 0x2508 and limits.process_memory == 1500


def test_exit_codes_in_words():
    assert sandbox_system.exit_text(3) == "exit code 3"
    assert sandbox_system.exit_text(0xC0000005) == "exit code 0xC0000005"
    if os.name == "posix":
        assert sandbox_system.exit_text(-9) == "signal 9, Killed"


def test_a_fork_of_the_owner_leaves_the_worker_alone():
    done = []
    with ExitStack() as undo:
        undo.callback(done.append, 1)
        sandbox_system.undo_as_owner(undo, os.getpid() + 1)
        assert done == []
        sandbox_system.undo_as_owner(undo, os.getpid())
        assert done == [1]


def test_where_the_kernel_does_not_limit_memory_the_size_is_watched(monkeypatch):
    sizes = iter([50, 60, 70, 131])
    monkeypatch.setattr(sandbox_system, "rss", lambda pid: next(sizes) * 2**20)
    monkeypatch.setattr(sandbox_system.sys, "platform", "darwin")
    with sandbox.Sandbox("def f(x):\n    while x: pass\n", "f", memory_mb=80, deadline=60) as worker:
        with pytest.raises(sandbox.SandboxMemory, match="student.py needed more than 80 MB of memory."):
            worker.map([1])
