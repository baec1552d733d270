"""Where work that fans out is done: in processes on this machine, or on the machines of a Dask scheduler.

Both are a `concurrent.futures.Executor`, so the code that uses one does not know which it is. What is sent must be
importable by name and made of plain data: a worker begins empty (spawn) and may be another machine.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from typing import Any

MOST_WORKERS = 8  # by default: each keeps a torch of its own in memory
PATIENCE = 10.0  # seconds for a scheduler, and for one of its workers, to answer
START_SECONDS = 120.0  # for the processes of a pool to import what they need on a very busy machine
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
_environment = threading.Lock()


class ExecutorError(RuntimeError):
    """Workers that cannot be had; the message says why and what to do."""


@contextmanager
def open_executor(
    scheduler: str | None = None, workers: int | None = None, *, patience: float = PATIENCE
) -> Iterator[Executor]:
    """Workers for the length of a ``with`` block: a process pool, or those of a Dask scheduler.

    The block begins when the workers are ready. If it ends by an error or by the stop button (Ctrl-C), what is still
    running is given up at once.

    Args:
        scheduler: None, or the address of a Dask scheduler, such as "tcp://127.0.0.1:8786".
        workers: processes of the pool, by default one per core, at least 2 and at most ``MOST_WORKERS``; a scheduler
            has workers of its own.
        patience: seconds that a scheduler may take to answer.

    Raises:
        ExecutorError: Dask is not installed, nobody answers at the address, or workers cannot start.
        ValueError: ``workers`` is below 1.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers is {workers}: there must be at least 1.")
    with _dask(scheduler, patience) if scheduler else _processes(workers or default_workers()) as executor:
        yield executor


def default_workers() -> int:
    """One per core that this process may use, at least 2, at most ``MOST_WORKERS``."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(max(2, cores), MOST_WORKERS)


# --- Processes on this machine ---------------------------------------------------------------------------------


@contextmanager
def _processes(workers: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=begin_worker)
    try:
        with _one_thread_each():
            ready = [pool.submit(ready_worker) for _ in range(workers)]
        try:
            wait_for_all(ready, START_SECONDS)
        except (BrokenProcessPool, TimeoutError) as error:
            raise ExecutorError(
                "The worker processes did not start. In a script, the lines that open them must stand under "
                '`if __name__ == "__main__":`; and they need free memory.'
            ) from error
        yield pool
    except BaseException:
        _end_at_once(pool)
        raise
    pool.shutdown()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started inside compute with one thread each: two workers with two threads fight for two cores.

    The numerical libraries read this once, when they are loaded, before any code of ours runs in the process.
    """
    with _environment:
        before = {name: os.environ.get(name) for name in ONE_THREAD}
        os.environ.update(ONE_THREAD)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def begin_worker() -> None:
    """What a process of the pool does first: leave the stop button to its parent, and watch that it has one.

    The stop button reaches all processes of a terminal or kernel; only the one that gave the work answers it. A kernel
    that is restarted or killed tells its workers nothing: without the watch they would compute on for nobody.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    connection.wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


def ready_worker() -> int:
    """The first job of every worker: its process number."""
    return os.getpid()


def wait_for_all(futures: list[Future], seconds: float) -> list:
    """The results of all futures. Raises TimeoutError after so many seconds, or what a job raised."""
    _, waiting = wait(futures, timeout=seconds)
    if waiting:
        raise TimeoutError(f"{len(waiting)} of {len(futures)} jobs are not done after {seconds:g} s.")
    return [future.result() for future in futures]


def within(seconds: float, function: Callable[[], Any]) -> Any:
    """What the function gives, or raises; TimeoutError if it does not answer (it is left behind in its thread)."""
    answer: Future = Future()

    def ask() -> None:
        try:
            answer.set_result(function())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return answer.result(timeout=seconds)


def _end_at_once(pool: ProcessPoolExecutor) -> None:
    """End a pool without waiting for the jobs that run in it."""
    running = list((getattr(pool, "_processes", None) or {}).values())  # public only from Python 3.14 on
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running:
        process.terminate()
    for process in running:
        process.join(timeout=10)


# --- Dask ------------------------------------------------------------------------------------------------------


@contextmanager
def _dask(address: str, patience: float) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError:
        raise ExecutorError(
            f'For the scheduler at {address} Dask is needed: pip install "first-lap[cluster]".'
        ) from None
    try:
        # Its own time limit is not kept towards a program that takes the call and says nothing.
        client = within(2 * patience, lambda: Client(address, timeout=patience, set_as_default=False))
    except (OSError, ValueError, TypeError) as error:
        raise ExecutorError(
            f"No Dask scheduler answers at {address}: start one with `dask scheduler`, and copy the address that it "
            "prints (tcp://…:8786)."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError as error:
            raise ExecutorError(
                f"The scheduler at {address} has no workers: start some with "
                f"`dask worker {address} --nworkers 2 --nthreads 1`."
            ) from error
        executor = client.get_executor(pure=False)  # pure: a job with the arguments of an earlier one is not run
        try:
            wait_for_all([executor.submit(ready_worker)], patience)
        except Exception as error:
            executor.shutdown(wait=False)
            raise ExecutorError(
                f"The workers of {address} cannot run First Lap ({error}): install the same version on each of them."
            ) from error
        try:
            yield executor
        except BaseException:
            executor.shutdown(wait=False)
            raise
        executor.shutdown()
