"""Processes under spawn and a real Dask scheduler; what is said where there is none."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from concurrent.futures import Executor
from pathlib import Path

import psutil
import pytest
from dask_cluster import cluster as cluster
from dask_cluster import free_port, needs_dask
from dask_cluster import scheduler_alone as scheduler_alone

import course_lib
from course_lib import executors
from course_lib.executors import ONE_THREAD, ExecutorError, default_workers, open_executor


@pytest.fixture(scope="module")
def pool():
    with open_executor(workers=2) as executor:
        yield executor


def test_a_pool_of_processes_gives_results_in_the_order_asked(pool):
    assert isinstance(pool, Executor)
    assert list(pool.map(abs, range(-4, 0))) == [4, 3, 2, 1]


def test_its_workers_are_processes_of_their_own_that_compute_with_one_thread_and_leave_our_settings_alone(pool):
    assert pool.submit(os.getpid).result() != os.getpid()
    assert {name: pool.submit(os.getenv, name).result() for name in ONE_THREAD} == ONE_THREAD
    assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN


def test_the_environment_is_as_before(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with executors._one_thread_each():
        assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "7" and "MKL_NUM_THREADS" not in os.environ


def test_a_job_that_raises_tells_its_error_and_the_pool_goes_on(pool):
    with pytest.raises(ValueError, match="invalid literal"):
        pool.submit(int, "seven").result()
    assert pool.submit(int, "7").result() == 7


def test_the_workers_are_gone_after_the_block():
    with open_executor(workers=1) as executor:
        number = executor.submit(os.getpid).result()
        assert number in {process.pid for process in multiprocessing.active_children()}
    assert number not in {process.pid for process in multiprocessing.active_children()}


def test_the_stop_button_ends_jobs_that_run(tmp_path):
    """Without giving them up, the block would wait for the job for ever, and the test with it."""
    folder = tmp_path / "läps here"
    folder.mkdir()
    script = folder / "stöp.py"
    script.write_text(
        textwrap.dedent("""
            import multiprocessing, pathlib, signal, sys, threading
            from course_lib.executors import open_executor

            def for_ever(path):
                pathlib.Path(path).touch()
                threading.Event().wait()

            if __name__ == "__main__":
                signal.signal(signal.SIGINT, signal.default_int_handler)
                try:
                    with open_executor(workers=1) as executor:
                        job = executor.submit(for_ever, sys.argv[1])
                        while not pathlib.Path(sys.argv[1]).exists():
                            threading.Event().wait(0.01)
                        signal.raise_signal(signal.SIGINT)
                        job.result()
                except KeyboardInterrupt:
                    print("stopped,", len(multiprocessing.active_children()), "left,", type(job.exception(60)).__name__)
        """),
        encoding="utf-8",
    )
    done = run_script(script, str(folder / "runs"))
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("stopped, 0 left, BrokenProcessPool", "", 0)


def test_workers_end_when_their_parent_is_killed(tmp_path):
    """As when a kernel is restarted amid a training: nobody tells the workers to stop."""
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            import os, signal, sys, threading
            from course_lib.executors import open_executor

            def for_ever():
                threading.Event().wait()

            if __name__ == "__main__":
                with open_executor(workers=1) as executor:
                    print(executor.submit(os.getpid).result(), flush=True)
                    executor.submit(for_ever)
                    os._exit(0)
        """),
        encoding="utf-8",
    )
    done = run_script(script)
    number = int(done.stdout)
    try:
        psutil.Process(number).wait(timeout=60)
    except psutil.NoSuchProcess:
        pass
    assert not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE


def test_a_script_without_its_guard_is_told_so(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from course_lib.executors import open_executor\nwith open_executor(workers=1): print('never')\n",
        encoding="utf-8",
    )
    done = run_script(script)
    assert done.returncode == 1 and "never" not in done.stdout
    assert "The worker processes did not start. In a script, the lines that open them must stand under" in done.stderr


def run_script(*command) -> subprocess.CompletedProcess:
    around = {**os.environ, "PYTHONPATH": str(Path(course_lib.__file__).parents[1]), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, encoding="utf-8", env=around, timeout=240
    )


def test_no_workers_at_all():
    with pytest.raises(ValueError, match="workers is 0: there must be at least 1"):
        with open_executor(workers=0):
            pass


def test_by_default_there_are_at_least_two(monkeypatch):
    assert 2 <= default_workers() <= executors.MOST_WORKERS
    for cores, expected in ((1, 2), (4, 4), (128, executors.MOST_WORKERS)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=cores: set(range(n)), raising=False)
        assert default_workers() == expected


def test_dask_that_is_not_installed_is_named_with_the_way_to_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExecutorError, match=re.escape('Dask is needed: pip install "first-lap[cluster]".')):
        with open_executor("tcp://127.0.0.1:8786"):
            pass


@needs_dask
@pytest.mark.parametrize("address", ["nobody", "8786", "tcp://127.0.0.1:{port}"])
def test_an_address_where_nobody_answers(address):
    address = address.format(port=free_port())
    with pytest.raises(ExecutorError, match=f"No Dask scheduler answers at {address}: start one with `dask scheduler`"):
        with open_executor(address, patience=2):
            pass


@needs_dask
def test_a_program_at_the_address_that_is_no_scheduler_and_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ExecutorError, match=f"No Dask scheduler answers at {address}"):
            with open_executor(address, patience=1):
                pass


@needs_dask
def test_a_scheduler_without_workers(scheduler_alone):
    with pytest.raises(ExecutorError, match=f"{scheduler_alone} has no workers: start some with `dask worker tcp://"):
        with open_executor(scheduler_alone, patience=2):
            pass


@needs_dask
def test_the_same_lines_with_the_workers_of_a_scheduler(cluster):
    with open_executor(cluster) as executor:
        assert list(executor.map(abs, range(-4, 0))) == [4, 3, 2, 1]
        assert executor.submit(os.getpid).result() != os.getpid()
        with pytest.raises(ValueError, match="invalid literal"):
            executor.submit(int, "seven").result()


@needs_dask
def test_a_job_is_run_again_though_its_arguments_are_those_of_an_earlier_one(cluster):
    with open_executor(cluster) as executor:
        names = {executor.submit(os.urandom, 8).result() for _ in range(3)}
    assert len(names) == 3
