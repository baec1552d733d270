"""A Dask scheduler and a worker as processes of their own on 127.0.0.1, for tests that need real ones."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import course_lib

# In CI Dask must be there, so that these tests are never passed over in silence.
without_dask = importlib.util.find_spec("distributed") is None and os.environ.get("COURSE_CI") != "1"
needs_dask = pytest.mark.skipif(without_dask, reason="Dask is not installed: pip install dask distributed")
SECONDS = 120  # for a process to say that it is ready, on a very busy machine


def free_port() -> int:
    """A port of 127.0.0.1 where nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    """A scheduler without workers, in a folder for its files; its address."""
    address = f"tcp://127.0.0.1:{free_port()}"
    with _process(["scheduler", "--host", address, "--no-dashboard", "--no-jupyter"], "Scheduler at", folder):
        yield address


@contextmanager
def worker(address: str, folder: Path) -> Iterator[None]:
    """A worker with one process and one thread at the scheduler of this address."""
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--memory-limit", "0"]
    with _process(["worker", address, *options, "--local-directory", str(folder)], "Registered to:", folder):
        yield


@contextmanager
def _process(arguments: list[str], ready: str, folder: Path) -> Iterator[None]:
    """A ``dask`` command that has printed that it is ready; ended after the block."""
    around = {**os.environ, "PYTHONPATH": str(Path(course_lib.__file__).parents[1]), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", "from dask.__main__ import main; main()", *arguments]
    log = folder / f"{arguments[0]}.log"
    with open(log, "w", encoding="utf-8") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, env=around)
    try:
        _wait_for(process, log, ready)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)


def _wait_for(process: subprocess.Popen, log: Path, ready: str) -> None:
    for _ in range(SECONDS * 10):
        if ready in log.read_text(encoding="utf-8", errors="replace"):
            return
        try:
            code = process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"dask ended with {code}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
    raise AssertionError(f"dask is not ready after {SECONDS} s: {log.read_text(encoding='utf-8')[-2000:]}")


@pytest.fixture(scope="module")
def scheduler_alone(tmp_path_factory) -> Iterator[str]:
    """The address of a scheduler that has no workers."""
    with scheduler(tmp_path_factory.mktemp("sched üler")) as address:
        yield address


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[str]:
    """The address of a scheduler with one worker, in a folder with a space and an umlaut."""
    folder = tmp_path_factory.mktemp("läps here")
    with scheduler(folder) as address, worker(address, folder):
        yield address
