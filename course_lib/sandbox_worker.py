"""The program that runs inside a sandbox's worker process; `course_lib.sandbox` starts it and explains it.

It imports the standard library only. Its life is `main`, read from top to bottom. Requests are `marshal`:
fast, exact, keeps tuples, and the parent can be trusted. Replies are JSON behind a secret word, because the
parent trusts nothing that comes from here.
"""

import _thread
import builtins
import copy
import ctypes  # noqa: F401  NumPy and others import it, and at that moment it does what the rules refuse
import functools
import importlib
import io
import linecache
import os
import sys
import traceback
import types
from json import dumps
from marshal import loads
from time import perf_counter_ns, process_time, sleep

try:
    import resource
except ImportError:  # Windows
    resource = None

# What the functions below take for builtins: student code that replaces `builtins.len` does not reach it.
__builtins__ = dict(vars(builtins))

VALUE_LIMIT = 200_000  # numbers and characters in one returned value
REPLY_LIMIT = 16 * 2**20  # bytes of one reply; the same number as in sandbox.py
MEMORY_EXIT = 86  # exit code for "out of memory"; the same number as in sandbox.py

SCALARS = frozenset((float, bool, type(None)))
IMMUTABLE = SCALARS | {int, str}

# Audit events that begin like this are refused, but for those that only list a folder that may be read.
REFUSED = (
    "_thread.",
    "_winapi.",
    "ctypes.",
    "fcntl.",
    "msvcrt.",
    "os.",
    "pty.",
    "resource.",
    "signal.",
    "socket.",
    "sqlite3.",
    "subprocess.",
    "syslog.",
    "webbrowser.",
    "winreg.",
)
LISTING = frozenset(("os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.add_dll_directory"))


class Capture(io.TextIOBase):
    """What the student's code prints, up to `limit` bytes (UTF-8) in each batch."""

    encoding = "utf-8"

    def __init__(self, limit):
        self.limit, self.room, self.parts = limit, limit, []

    def take(self):
        taken = {"output": "".join(self.parts), "cut": self.room < 0}
        self.room, self.parts = self.limit, []
        return taken

    def write(self, text):
        data = str.encode(text, "utf-8", "replace")  # TypeError for what is not text
        if data and self.room >= 0:
            self.parts.append(data[: self.room].decode("utf-8", "ignore"))
            self.room -= len(data)  # below zero: something was cut, and nothing more is kept
        return len(text)


def plain(value, room, depth=0):
    """`value` rebuilt from None, bool, int, float, str, list and dict of exactly these types.

    `room` is a list with one number: how much may still be used. Types are asked of `type` and contents of
    the base class, so a subclass cannot show one thing here and another there. Raises TypeError for what is
    not plain data and ValueError for too much of it.
    """
    kind = type(value)
    if issubclass(kind, int) and kind is not bool:
        value = int.__int__(value)
        if value.bit_length() > 4096:  # Python does not read back integers of more than 4,300 digits
            raise ValueError("the returned value holds an integer of more than 4096 bits")
    elif issubclass(kind, float):
        value = float.__float__(value)
    elif issubclass(kind, str):
        value = str.__str__(value)
        room[0] -= len(value)
    room[0] -= 1
    if room[0] < 0 or depth > 64:
        raise ValueError(
            f"the returned value holds more than {VALUE_LIMIT:,} numbers and characters, or "
            "more than 64 levels of lists and dicts"
        )
    if type(value) in IMMUTABLE:
        return value
    if issubclass(kind, (list, tuple)):
        items = list.__iter__(value) if issubclass(kind, list) else tuple.__iter__(value)
        return [plain(item, room, depth + 1) for item in items]
    if issubclass(kind, dict):
        if not all(issubclass(type(key), str) for key in dict.keys(value)):
            raise TypeError("the returned value holds a dict with a key that is not a str")
        return {plain(key, room): plain(item, room, depth + 1) for key, item in dict.items(value)}
    numpy = sys.modules.get("numpy")
    for base in (numpy.ndarray, numpy.generic) if numpy is not None else ():
        if issubclass(kind, base):
            if base.size.__get__(value) > room[0]:
                raise ValueError(f"the returned array holds more than {VALUE_LIMIT:,} numbers")
            return plain(base.tolist(value), room, depth + 1)
    raise TypeError(
        f"the returned value holds an object of type {kind.__name__}; return None, bool, int, "
        "float, str, or lists, dicts and numpy arrays of these"
    )


def explain(file_name):
    """[type, message, line, traceback] of the exception being handled; the student's own lines only."""
    kind, error, trace = sys.exc_info()
    try:
        message = str.__str__(str(error))[:300]
    except BaseException:  # the student's own __str__ raised, so there is no message
        message = ""
    steps = [step for step in traceback.extract_tb(trace) if step.filename == file_name]
    text = [f"line {step.lineno}, in {step.name[:80]}: {(step.line or '')[:120]}" for step in steps[-5:]]
    return [kind.__name__[:100], message, steps[-1].lineno if steps else None, "\n".join(text)]


def restore(value):
    """Puts the arrays back that travelled as (b"", dtype, shape, bytes)."""
    if type(value) is tuple and value and value[0] == b"":
        import numpy

        return numpy.frombuffer(value[3], value[1]).reshape(value[2]).copy()
    if type(value) is dict:
        return {key: restore(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(restore, value))
    return value


def copier(value):
    """A function that copies `value`; cheap for the usual list of (x, y) tuples."""
    if type(value) is list and all(type(i) is tuple and IMMUTABLE.issuperset(map(type, i)) for i in value):
        return value.copy
    return functools.partial(copy.deepcopy, value)


def canonical(folder):
    return os.path.normcase(os.path.realpath(folder)) + os.sep


def own_folders(readable):
    """Folders that may be read: `readable` and the interpreter's import path, without what .pth files add."""
    homes = (canonical(sys.prefix), canonical(sys.base_prefix))
    own = [path for path in sys.path if canonical(path).startswith(homes)]
    extra = tuple(map(canonical, readable))
    sys.path[:] = own + [path for path in sys.path if path not in own and canonical(path).startswith(extra)]
    return (*(os.path.normcase(os.path.abspath(path)) + os.sep for path in own), *map(canonical, own), *extra)


def make_rules(folders):
    """The audit hook: raises PermissionError for what the student's code may not do."""
    fsdecode, realpath, normcase, sep = os.fsdecode, os.path.realpath, os.path.normcase, os.sep
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def readable(path):
        if type(path) is bytes:
            path = fsdecode(path)
        if type(path) is not str:
            return False  # an object could name another path at the next look
        # A link that lies in one of the folders is fine: some installers link packages into a cache.
        as_named = ".." not in path and (normcase(path) + sep).startswith(folders)
        return as_named or (normcase(realpath(path)) + sep).startswith(folders)

    def rules(event, args):
        if event == "open":
            path, mode, flags = args
            if (flags or 0) & writing or (mode and set(mode) & set("wax+")):
                refuse(f"to open {path!r} for writing")
            if not readable(path):
                refuse(f"to read {path!r}")
        elif event.startswith(REFUSED) and event not in ("os.putenv", "os.unsetenv"):
            if event in LISTING and readable(args[0]):
                return
            if event == "resource.setrlimit" and args[0] == resource.RLIMIT_CPU:
                return  # this program renews it for each batch
            refuse(event)

    return rules


def refuse(what, *args, **kwargs):
    raise PermissionError(f"the sandbox refuses {what}")


def refuse_unaudited():
    """Functions that do harm and, in some version of Python, raise no audit event."""
    names = ("fork_exec", "mkfifo", "mknod", "pidfd_send_signal", "start_new_thread", "_start_new_thread")
    modules = ["_signal", "_thread", "os", "signal", "threading"]
    modules += ["_posixsubprocess", "posix"] if resource is not None else []
    for module in map(importlib.import_module, modules):
        for name in filter(module.__dict__.__contains__, names):
            setattr(module, name, functools.partial(refuse, f"{module.__name__}.{name}"))


def limit(name, value, may_renew=False):
    """Sets a kernel limit of Linux or macOS, never above what it is already."""
    kind = getattr(resource, f"RLIMIT_{name}")
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, hard if may_renew else value))


def limit_all(memory_mb):
    for name, value in (("CORE", 0), ("FSIZE", 0), ("NOFILE", 64), ("NPROC", 0)):
        limit(name, value)
    if sys.platform == "linux":  # macOS does not enforce it: there the parent watches
        with open("/proc/self/statm", encoding="ascii") as statm:
            limit("AS", int(statm.read().split()[0]) * resource.getpagesize() + memory_mb * 2**20)


def limit_cpu(seconds):
    """Makes the kernel end this process if the parent is gone and student code lets no other thread run."""
    if resource is not None:
        limit("CPU", int(process_time() + seconds) + 2, may_renew=True)


def drop_root(folders):
    """As root on Linux: becomes "nobody" if nobody can reach the interpreter's folders. True if it did."""
    if sys.platform != "linux" or os.getuid() != 0:
        return False
    for folder in filter(os.path.exists, folders):
        while folder != (folder := os.path.dirname(folder)):
            if not os.stat(folder).st_mode & 0o001:
                return False
    try:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    except OSError:  # a container without these rights
        return False
    return True


def leave_with_parent():
    """A thread that ends this process when the parent is gone, also while student code is in a loop."""
    getppid, leave, parent = os.getppid, os._exit, os.getppid()

    def watch():
        while getppid() == parent:
            sleep(0.25)
        leave(1)

    _thread.start_new_thread(watch, ())


def receive(reader):
    header = reader.read(8)
    if len(header) < 8:
        os._exit(0)  # the parent closed the pipe, or is gone
    return loads(reader.read(int.from_bytes(header, "big")))


def load(source, file_name, entry, instances):
    """The entry function of each instance, and a reply: empty, or what failed."""
    linecache.cache[file_name] = (len(source), None, source.splitlines(keepends=True), file_name)
    try:
        code = compile(source, file_name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, OverflowError) as error:
        error = ["SyntaxError", getattr(error, "msg", str(error)), getattr(error, "lineno", None), ""]
        return None, {"failure": "syntax", "error": error}
    functions = []
    try:
        for i in range(instances):
            module = types.ModuleType(f"{file_name}#{i}")  # a name that nothing imported has
            module.__builtins__ = builtins
            sys.modules[module.__name__] = module  # dataclasses look their module up there
            exec(code, module.__dict__)
            functions.append(module.__dict__.get(entry))
    except MemoryError:
        raise
    except BaseException:  # SystemExit too: whatever the source does, the parent is told
        return None, {"failure": "load", "error": explain(file_name)}
    return functions, {} if all(map(callable, functions)) else {"failure": "entry", "entry": entry}


def answer(rows, which, functions, shared, file_name):
    """The value and time (ns) of each row's call, and [index, *explain(...)] of each call that failed."""
    values, times, errors = [], [], []
    for i, (row, number) in enumerate(zip(rows, which, strict=True)):
        if shared:
            row = {**{key: fresh() for key, fresh in shared}, **row}
        start = perf_counter_ns()
        try:
            value = functions[number](row)
            stop = perf_counter_ns()
            values.append(value if type(value) in SCALARS else plain(value, [VALUE_LIMIT]))
        except MemoryError:
            raise
        except BaseException:  # SystemExit too: what happens in one call is the answer to that call
            stop = perf_counter_ns()
            values.append(None)
            errors.append([i, *explain(file_name)])
        times.append(stop - start)
    return {"values": values, "ns": times, "errors": errors}


def main():
    reader, writer, null = open(os.dup(0), "rb"), open(os.dup(1), "wb"), os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    settings = receive(reader)
    secret, deadline, file_name = settings["secret"], settings["deadline"], settings["file_name"]

    def send(reply):
        body = dumps(reply, check_circular=False, separators=(",", ":")).encode("ascii")
        if len(body) > REPLY_LIMIT:
            body = b'{"failure":"output"}'
        writer.write(secret + len(body).to_bytes(8, "big") + body)
        writer.flush()

    folders = own_folders(settings["readable"])
    for name in settings["preload"]:
        try:
            importlib.import_module(name)
        except ImportError:  # the student's own import says so, with its line
            continue
    if resource is not None:
        leave_with_parent()
        limit_all(settings["memory_mb"])
    refuse_unaudited()
    send({"unprivileged": drop_root(folders)})
    receive(reader)  # by now the parent has set the limits that it can set better

    capture = Capture(settings["output_bytes"])
    os.dup2(null, 2)
    sys.stdin = sys.__stdin__ = io.StringIO()
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = capture
    sys.modules["__main__"] = types.ModuleType("__main__")
    shared = [(key, copier(value)) for key, value in restore(settings["shared"]).items()]
    sys.addaudithook(make_rules(folders))

    limit_cpu(deadline)
    functions, reply = load(settings["source"], file_name, settings["entry"], settings["instances"])
    while True:
        send(reply | capture.take())
        number, keys, rows, which, arrays = receive(reader)
        limit_cpu(deadline)
        rows = restore(rows) if arrays else rows
        if keys is not None:
            rows = [dict(zip(keys, row)) for row in zip(*rows)]
        sys.stdout = sys.stderr = capture
        reply = {"number": number, **answer(rows, which, functions, shared, file_name)}


if __name__ == "__main__":
    try:
        main()
    except MemoryError:
        os._exit(MEMORY_EXIT)
    except BaseException:
        traceback.print_exc()  # for the parent, who reads stderr if the start fails
    finally:
        os._exit(1)
