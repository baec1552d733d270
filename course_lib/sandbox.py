"""Runs somebody else's Python source in a limited worker process, on batches of plain data.

    with Sandbox(source, "reward_function", file_name="reward.py") as worker:
        outcomes = worker.map([params_of_car_0, params_of_car_1])

The worker is a fresh interpreter (`sandbox_worker.py`) with an empty folder, an almost empty environment and
a pipe to this process. It answers inputs with outputs; what decides (a race, a grade, a payment) stays on
this side. Replies are bounded JSON that is checked here; there is no pickle in either direction.

The operating system enforces: time (this process kills the worker); memory (Linux RLIMIT_AS, Windows job
object; on macOS this process watches); no new processes and no file content written (Linux, macOS, and
processes not for root unless the worker could give root up, see `unprivileged`; Windows: at most a few
processes); the worker ends with this process.
Against accidents and everyday mischief only: an audit hook inside the worker refuses sockets, processes,
threads, ctypes, signals, writing, deleting, and reading outside the interpreter's own folders, with a
PermissionError. Determined code gets past a hook in its own process and has the rights of the worker's user:
defence in depth, not a container. Where that matters, run the course in one or as a user without rights.
Code can always lie about its own answers, prints and times, and instances of one sandbox share imported
modules; but what it replaces in its process (json, builtins) changes nothing here or in another sandbox.
"""

from __future__ import annotations

import json
import os
import queue
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from marshal import dumps
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from course_lib import sandbox_system as system

WORKER = Path(__file__).resolve().with_name("sandbox_worker.py")
REPLY_LIMIT = 16 * 2**20  # bytes of one reply; the same number as in sandbox_worker.py
MEMORY_EXIT = 86  # exit code for "out of memory"; the same number as in sandbox_worker.py
MALFORMED = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)  # from reading a bad reply
SCALARS = frozenset((float, int, bool, str, type(None)))
# Imported before limits and rules hold if the source mentions them, so that they cost the student nothing.
PRELOADED = ("numpy", "scipy", "shapely")


class SandboxError(RuntimeError):
    """The worker is gone, and `restart()` makes a new one. Base of the classes below."""

    failure: Failure | None = None  # of SandboxSyntax and SandboxLoad: what the source did
    line: int | None = None  # and in which of its lines


class SandboxTimeout(SandboxError):
    """A batch or the source's loading took longer than `deadline`, or the start than `start_deadline`."""


class SandboxMemory(SandboxError):
    """The code needed more than `memory_mb`."""


class SandboxOutput(SandboxError):
    """The values returned in one batch exceed 16 MB together. (Printed text is cut and never an error.)"""


class SandboxCrash(SandboxError):
    """The worker process ended (os._exit, segmentation fault, killed) or sent something that is no reply."""


class SandboxSyntax(SandboxError):
    """The source is not valid Python."""


class SandboxLoad(SandboxError):
    """The source raised while it was loaded, or lacks the entry function."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What student code raised; `line` (from 1) and `traceback` speak of the student's source only."""

    type: str
    message: str
    line: int | None
    traceback: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One call: `value` (None, bool, int, float, str, lists and dicts of these) or `error`; its duration."""

    value: Any
    error: Failure | None
    seconds: float


class Sandbox:
    """One worker process that holds `source`, loaded `instances` times, each time with its own globals.

    entry: name of a function of one argument in the source. deadline: seconds (wall clock) for each batch and
    for loading the source. memory_mb: what the code may take beyond the interpreter and preloaded modules.
    output_bytes: printed text kept of each batch, the rest is dropped. start_deadline: seconds for the start
    of the interpreter. shared: items put into every input dict as fresh copies, but sent only once. preload:
    modules to import before limits and rules hold (torch needs that); numpy, scipy and shapely are noticed in
    the source. readable: further folders that the code may read and import from.

    `output` is what the last batch (or loading) printed to stdout and stderr, `output_cut` whether some was
    dropped; what a batch printed before it failed as a whole is lost. `unprivileged` is True where the worker
    gave up root. Raises SandboxErrors. One thread at a time; any number of sandboxes may run side by side.
    """

    def __init__(
        self,
        source: str,
        entry: str,
        *,
        deadline: float = 5.0,
        memory_mb: int = 512,
        output_bytes: int = 65536,
        start_deadline: float = 30.0,
        file_name: str = "student.py",
        instances: int = 1,
        shared: Mapping[str, Any] | None = None,
        preload: Sequence[str] = (),
        readable: Sequence[str | os.PathLike] = (),
    ):
        if instances < 1:
            raise ValueError(f"instances must be 1 or more, not {instances}.")
        self.file_name, self.instances, self.deadline = file_name, instances, deadline
        self._start_deadline, self._finalizer = start_deadline, None
        self._too_much_memory = f"{file_name} needed more than {memory_mb} MB of memory."
        mentioned = [name for name in PRELOADED if re.search(rf"\b{name}\b", source)]
        self._settings = {
            "source": source,
            "file_name": file_name,
            "entry": entry,
            "instances": instances,
            "deadline": deadline,
            "memory_mb": memory_mb,
            "output_bytes": output_bytes,
            "shared": _portable(dict(shared or {}), []),
            "preload": [*preload, *mentioned],
            "readable": [os.path.abspath(folder) for folder in readable],
        }
        self.restart()

    def restart(self) -> None:
        """A new worker with the source loaded afresh: after a failure, or to forget all state."""
        self.close()
        self._number, self._rss_limit, secret, undo = 0, None, secrets.token_bytes(16), ExitStack()
        self._finalizer = weakref.finalize(self, system.undo_as_owner, undo, os.getpid())
        try:
            folder = tempfile.mkdtemp(prefix="sandbox-")
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            self._log = undo.enter_context(tempfile.TemporaryFile())  # what a failing start has to say
            self._process = subprocess.Popen(
                [sys.executable or "", "-I", "-B", "-X", "utf8", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                cwd=folder,
                env=system.environment(folder),
                **system.popen_options(),
            )
            undo.callback(self._process.wait)
            undo.callback(system.kill, self._process)
            self._requests, self._replies = queue.SimpleQueue(), queue.SimpleQueue()
            undo.callback(self._requests.put, None)
            threading.Thread(
                target=_converse,
                args=(self._process, secret, self._requests, self._replies),
                daemon=True,
                name="sandbox",
            ).start()
            self._job = system.new_job(self._process, undo)
        except OSError as error:
            self.close()
            raise SandboxError(f"The worker for {self.file_name} could not be started: {error}.") from error
        self.unprivileged = self._exchange(
            {**self._settings, "secret": secret},
            self._start_deadline,
            lambda reply: reply["unprivileged"] is True,
            f"The worker for {self.file_name} did not start",
        )
        self._rss_limit = system.limit_memory(self._process.pid, self._job, self._settings["memory_mb"])
        self.output, self.output_cut = self._exchange(None, self.deadline, _printed, f"{self.file_name} was not loaded")

    def map(self, inputs: Sequence[Any], instances: Sequence[int] | None = None) -> list[Outcome]:
        """Calls the entry with each input; one Outcome per input, in order.

        inputs: plain data (None, bool, int, float, str, list, tuple, dict) and NumPy arrays of numbers; an
        array of shape (N, ...) is N inputs. instances: which instance gets each input; without it, input i
        goes to instance i, and everything to the only one if there is one. Raises TypeError or ValueError for
        inputs that cannot be sent (the worker lives on), SandboxErrors where the batch failed (it is gone).
        """
        if instances is None:
            instances = [0] * len(inputs) if self.instances == 1 else range(len(inputs))
        which = list(map(int, instances))
        if len(which) != len(inputs) or not set(which) <= set(range(self.instances)):
            raise ValueError(
                f"{len(inputs)} inputs do not fit the {self.instances} instances of "
                f"{self.file_name}; name an instance, counted from 0, for each input."
            )
        arrays = []
        keys, data = _columns(inputs, arrays)
        if keys is None:
            if self._settings["shared"] and not all(type(value) is dict for value in inputs):
                raise TypeError("Where there are shared items, every input must be a dict.")
            data = [_portable(value, arrays) for value in inputs]
        self._number += 1
        outcomes, (self.output, self.output_cut) = self._exchange(
            (self._number, keys, data, which, bool(arrays)),
            self.deadline,
            lambda reply: (_outcomes(reply, self._number, len(inputs)), _printed(reply)),
            f"{self.file_name} did not answer {len(inputs)} calls",
        )
        return outcomes

    def close(self) -> None:
        """Ends the worker and whatever it started. Closing twice is fine."""
        if self._finalizer is not None:
            self._finalizer()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def _exchange(self, message: Any, seconds: float, read: Callable[[dict], Any], complaint: str) -> Any:
        """Sends `message` and returns what `read` makes of the reply; or closes and raises a SandboxError."""
        if not self._finalizer.alive:
            raise SandboxError(f"The worker for {self.file_name} is closed; restart() makes a new one.")
        body = dumps(message, 2)  # later versions send a list that occurs twice as one; each must be fresh
        self._requests.put(len(body).to_bytes(8, "big") + body)
        try:
            frame = self._wait(seconds, complaint)
            if frame is None:
                raise self._ended()
            try:
                reply = _parse(frame)
                if "failure" not in reply:
                    return read(reply)
                failure = _failure(reply, self.file_name)
            except MALFORMED as error:
                raise SandboxCrash(f"{self.file_name} sent something that is no reply.") from error
            raise failure
        except BaseException:  # KeyboardInterrupt too: the worker is in the middle of something
            self.close()
            raise

    def _wait(self, seconds: float, complaint: str) -> bytes | None:
        end = time.monotonic() + seconds
        while True:
            left = max(0.0, end - time.monotonic())
            try:
                return self._replies.get(timeout=left if self._rss_limit is None else min(left, 0.1))
            except queue.Empty:
                if self._rss_limit is not None and system.rss(self._process.pid) > self._rss_limit:
                    raise SandboxMemory(self._too_much_memory) from None
                if time.monotonic() >= end:
                    raise SandboxTimeout(f"{complaint} within {seconds:g} s.") from None

    def _ended(self) -> SandboxError:
        """The error for a worker that closed its pipe, read off its exit code."""
        system.let_exit(self._process)
        self._log.seek(0)
        last_words = self._log.read(REPLY_LIMIT).decode("utf-8", "replace").strip().splitlines()[-1:]
        self.close()
        if self._process.returncode == MEMORY_EXIT:
            return SandboxMemory(self._too_much_memory)
        how = "; ".join([system.exit_text(self._process.returncode), *last_words])
        return SandboxCrash(f"{self.file_name} ended its worker process ({how}).")


def _converse(
    process: subprocess.Popen, secret: bytes, requests: queue.SimpleQueue, replies: queue.SimpleQueue
) -> None:
    """A thread: for each request one frame; b"" for one without the secret, None once the worker is gone.

    A thread, because a Windows pipe can be waited for in no other way. It reads only where a reply is due:
    what a worker sends unasked fills nothing but the pipe.
    """
    try:
        with process.stdin, process.stdout:
            for request in iter(requests.get, None):
                process.stdin.write(request)
                process.stdin.flush()
                replies.put(_read_frame(process.stdout, secret))
    except OSError:  # a broken pipe: the worker is gone
        replies.put(None)


def _read_frame(stream: BinaryIO, secret: bytes) -> bytes | None:
    header = stream.read(len(secret) + 8)
    if len(header) < len(secret) + 8:
        return None
    length = int.from_bytes(header[len(secret) :], "big")
    if not header.startswith(secret) or length > REPLY_LIMIT:
        return b""
    body = stream.read(length)
    return body if len(body) == length else None


def _columns(inputs: Sequence[Any], arrays: list) -> tuple[tuple | None, list]:
    """Dicts with the same keys as (keys, columns), which is several times cheaper; else (None, [])."""
    keys = tuple(inputs[0]) if len(inputs) and type(inputs[0]) is dict else ()
    if not keys or set(map(type, inputs)) != {dict} or not all(map(keys.__eq__, map(tuple, inputs))):
        return None, []
    columns = list(zip(*map(dict.values, inputs), strict=True))
    for i, column in enumerate(columns):
        kinds = set(map(type, column))
        flat = kinds == {list} and SCALARS.issuperset(map(type, chain.from_iterable(column)))
        if not flat and not kinds <= SCALARS:
            columns[i] = [_portable(value, arrays) for value in column]
    return tuple(_portable(key, arrays) for key in keys), columns


def _portable(value: Any, arrays: list) -> Any:
    """`value` as marshal can send it; arrays become (b"", dtype, shape, bytes) and are noted in `arrays`."""
    kind = type(value)
    if kind in SCALARS:
        return value
    if kind is dict:
        return {_portable(key, arrays): _portable(item, arrays) for key, item in value.items()}
    if kind is list or kind is tuple:
        return kind([item if type(item) in SCALARS else _portable(item, arrays) for item in value])
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        arrays.append(value.shape)
        return b"", value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, np.generic) and type(value.item()) in SCALARS:
        return value.item()
    raise TypeError(
        f"An input for the sandbox holds a {kind.__name__}; send None, bool, int, float, str, "
        "lists, tuples, dicts, and NumPy arrays of numbers."
    )


def _parse(frame: bytes) -> dict:
    reply = json.loads(frame)
    if b"\\ud" in frame.lower():  # perhaps half a surrogate pair, which no file and no terminal would take
        reply = json.loads(json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace"))
    return reply


def _printed(reply: dict) -> tuple[str, bool]:
    return str(reply["output"]), bool(reply["cut"])


def _outcomes(reply: dict, number: int, count: int) -> list[Outcome]:
    values, times = reply["values"], reply["ns"]
    if reply["number"] != number or type(values) is not list or len(values) != count or len(times) != count:
        raise ValueError("not the answers to this batch")
    outcomes = [Outcome(value, None, ns * 1e-9) for value, ns in zip(values, times, strict=True)]
    for i, *error in reply["errors"]:
        outcomes[i] = Outcome(None, _read_failure(error), outcomes[i].seconds)
    return outcomes


def _read_failure(error: list) -> Failure:
    if list(map(type, error)) not in ([str, str, int, str], [str, str, type(None), str]):
        raise TypeError("error")
    return Failure(*error)


def _failure(reply: dict, file_name: str) -> SandboxError:
    """The error for a worker that says why it cannot go on, in one line."""
    if reply["failure"] == "output":
        return SandboxOutput(f"{file_name} returned more than {REPLY_LIMIT >> 20} MB in one batch.")
    if reply["failure"] == "entry":
        return SandboxLoad(f"{file_name} defines no function {reply['entry']!r}.")
    failure = _read_failure(reply["error"])
    message = " ".join(failure.message.split())
    place = f"{file_name}, line {failure.line}" if failure.line else file_name
    if reply["failure"] == "syntax":
        error = SandboxSyntax(f"{place}: {message}.")
    else:
        error = SandboxLoad(f"{place}: loading it raised {failure.type}: {message}.")
    error.failure, error.line = failure, failure.line
    return error
