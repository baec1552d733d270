"""What code in a worker can send back, and what it may and may not do."""
import math
import os
import sys

import pytest

from course_lib.sandbox import Sandbox

RUN = "def f(code):\n    scope = {}\n    exec(code, scope)\n    return scope.get('result')\n"
posix_only = pytest.mark.skipif(os.name != "posix", reason="what is tried exists on Linux and macOS only")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="a limit of Linux")


@pytest.fixture(scope="module")
def worker():
    with Sandbox(RUN, "f", deadline=30) as worker:
        yield worker


def result(worker, code):
    outcome = worker.map([code])[0]
    assert outcome.error is None, outcome.error
    return outcome.value


# --- values

def test_numpy_results_become_plain_and_nan_survives(worker):
    code = ("import numpy as np; result = [np.float64(1.5), np.float32(0.5), np.int64(3), np.bool_(True), "
            "np.eye(2), np.array(7), float('nan'), float('-inf'), 'ä🏎', np.float64('nan')]")
    value = worker.map([code])[0].value
    assert value[:6] == [1.5, 0.5, 3, True, [[1.0, 0.0], [0.0, 1.0]], 7]
    assert [type(v) for v in value[:4]] == [float, float, int, bool]
    assert math.isnan(value[6]) and value[7] == -math.inf and value[8] == "ä🏎" and math.isnan(value[9])


@pytest.mark.parametrize("base, args, honest", [
    ("float", "0.0", 0.0), ("int", "3", 3), ("str", "'a'", "a"), ("list", "[1]", [1]),
    ("dict", "{'a': 1}", {"a": 1})])
def test_a_lying_subclass_is_taken_at_its_real_value(worker, base, args, honest):
    code = f"""
class Liar({base}):
    def lie(self, *args): return True
    __eq__ = __float__ = __int__ = __index__ = __len__ = __bool__ = lie
    __iter__ = lambda self: iter([100])
    __str__ = __repr__ = lambda self: '100'
    items = lambda self: [('score', 100)]
    __class__ = bool
    __hash__ = None
result = Liar({args})"""
    value = worker.map([code])[0].value
    assert type(value) is type(honest) and value == honest


@pytest.mark.parametrize("code, message", [
    ("result = object()", "an object of type object"),
    ("result = {1, 2}", "an object of type set"),
    ("result = 1j", "an object of type complex"),
    ("result = {1: 2}", "a dict with a key that is not a str"),
    ("result = 10**5000", "an integer of more than 4096 bits"),
    ("result = 'x' * 10**6", "more than 200,000"),
    ("import numpy; result = numpy.broadcast_to(0.0, (10**6, 10**6))", "more than 200,000"),
    ("result = []; result.append(result)", "64 levels"),
    ("result = [1]\nfor _ in range(40): result = [result] * 2", "more than 200,000")])
def test_what_is_not_plain_or_too_much_is_that_calls_error(worker, code, message):
    bad, good = worker.map([code, "result = 1"])
    assert bad.value is None and message in bad.error.message and bad.error.line is None
    assert good.value == 1


def test_half_a_surrogate_pair_does_not_come_through(worker):
    assert worker.map(["result = ['\\ud800', '😀', '\\\\ud800']"])[0].value == ["?", "😀", "\\ud800"]


# --- rules and limits

@pytest.mark.parametrize("code, refused", [
    ("open('new.txt', 'w')", "to open 'new.txt' for writing"),
    ("open('new.txt', 'x')", "to open 'new.txt' for writing"),
    ("import os; open(os.__file__, 'r+')", "for writing"),
    ("import os; open(os.__file__, 'ab')", "for writing"),
    ("import os; os.open('new.txt', os.O_CREAT | os.O_RDWR)", "to open 'new.txt' for writing"),
    ("import io; io.FileIO('new.txt', 'w')", "to open 'new.txt' for writing"),
    ("import os; os.remove(os.__file__)", "os.remove"),
    ("import os; os.rename(os.__file__, 'x')", "os.rename"),
    ("import os; os.mkdir('x')", "os.mkdir"),
    ("import os; os.rmdir('.')", "os.rmdir"),
    ("import os; os.symlink('a', 'b')", "os.symlink"),
    ("import os; os.truncate(os.__file__, 0)", "os.truncate"),
    ("import os; os.chmod('.', 0o777)", "os.chmod"),
    ("import os; os.chdir('..')", "os.chdir"),
    ("import os; os.listdir('..')", "os.listdir"),
    ("import os; list(os.scandir())", "os.scandir"),
    ("import shutil, os; shutil.copy(os.__file__, 'x')", "for writing"),
    ("import socket; socket.socket()", "socket.__new__"),
    ("import socket; socket.create_connection(('127.0.0.1', 1))", "socket."),
    ("import subprocess, sys; subprocess.run([sys.executable, '-V'])", "subprocess.Popen"),
    ("import os; os.system('echo')", "os.system"),
    ("import os; os.execv('/bin/sh', ['sh'])", "os.exec"),
    ("import os; os.kill(os.getppid(), 9)", "os.kill"),
    ("import ctypes; ctypes.CDLL(None)", "ctypes.dlopen"),
    ("import ctypes; ctypes.pythonapi.PyRun_SimpleString", "ctypes.dlsym"),
    ("import ctypes; ctypes.string_at(id(1))", "ctypes.string_at"),
    ("import threading; threading.Thread(target=print).start()", "start_"),
    ("import sqlite3; sqlite3.connect('x.db')", "sqlite3.connect"),
    *[pytest.param(*case, marks=posix_only) for case in [
        ("open('/etc/passwd')", "to read '/etc/passwd'"),
        ("open(b'/etc/passwd')", "to read b'/etc/passwd'"),
        ("import pathlib; pathlib.Path('/etc/passwd').read_text()", "to read '/etc/passwd'"),
        ("import sys; open(sys.prefix + '/lib/../../../../../../../../etc/passwd')", "etc/passwd'"),
        ("import os; os.open('passwd', 0, dir_fd=os.open(os.path.dirname(os.__file__), 0))", "to read"),
        ("class P(str):\n    __eq__ = lambda *a: True\nopen(P('/etc/passwd'))", "to read"),
        ("import os\nclass P:\n    def __fspath__(self): return '/etc/passwd'\nos.open(P(), 0)", "to read"),
        ("import os; os.fork()", "os.fork"),
        ("import os; os.posix_spawn('/bin/sh', ['sh'], {})", "os.posix_spawn"),
        ("import os; os.killpg(os.getppid(), 9)", "os.killpg"),
        ("import os; os.mkfifo('x')", "os.mkfifo"),
        ("import posix; posix.mkfifo('x')", "posix.mkfifo"),
        ("import _posixsubprocess; _posixsubprocess.fork_exec()", "_posixsubprocess.fork_exec"),
        ("import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "resource.setrlimit"),
        ("import fcntl; fcntl.flock(0, 2)", "fcntl.flock")]]])
def test_refused(worker, code, refused):
    error = worker.map([code])[0].error
    assert error is not None and error.type == "PermissionError", error
    assert error.message.startswith("the sandbox refuses ") and refused in error.message


@linux_only
def test_a_signal_through_a_pidfd_is_refused(worker):
    code = "import os, signal; signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 9)"
    assert worker.map([code])[0].error.type == "PermissionError"


def test_files_of_the_user_are_out_of_reach_unless_the_folder_is_given(worker, tmp_path):
    (tmp_path / "secret.txt").write_text("ä", encoding="utf-8")
    (tmp_path / "my_module.py").write_text("answer = 42", encoding="utf-8")
    read = f"result = open({str(tmp_path / 'secret.txt')!r}, encoding='utf-8').read()"
    found = f"import sys; sys.path.append({str(tmp_path)!r})\nimport my_module\nresult = my_module.answer"
    assert worker.map([read])[0].error.type == "PermissionError"
    assert worker.map([found])[0].error.type == "ModuleNotFoundError"
    with Sandbox(RUN, "f", readable=[tmp_path]) as reader:
        assert result(reader, read) == "ä" and result(reader, found) == 42
        assert "for writing" in reader.map([read.replace("').read", "', mode='a').read")])[0].error.message
        assert reader.map([f"open({str(tmp_path.parent / 'x.txt')!r})"])[0].error.type == "PermissionError"


@pytest.mark.parametrize("code", [
    "import decimal, statistics, colorsys, xml.etree.ElementTree, asyncio, subprocess, socket; result = 1",
    "import math, random, bisect, json, time, logging, datetime, itertools, copy; time.sleep(0); result = 1",
    "import numpy, numpy.random; result = int(numpy.random.default_rng(0).integers(1, 2))",
    "import inspect, json; result = len(inspect.getsource(json)) > 0",
    "import os; os.environ['X'] = '1'; result = 1",
    "import logging; logging.warning('x'); result = 1",
])
def test_ordinary_code_is_not_refused(worker, code):
    assert result(worker, code) == 1


def test_dataclasses_and_main_guards_in_the_source_behave():
    source = """
from __future__ import annotations
from dataclasses import dataclass
@dataclass
class P:
    x: float
def f(x):
    return [P(x).x, __name__ == '__main__']
if __name__ == '__main__':
    1 / 0
"""
    with Sandbox(source, "f", instances=2) as worker:
        assert [o.value for o in worker.map([1.5, 2.5])] == [[1.5, False], [2.5, False]]


def test_the_environment_holds_no_secrets_and_the_folder_nothing(monkeypatch):
    monkeypatch.setenv("FIRST_LAP_TOKEN", "secret")
    with Sandbox(RUN, "f") as worker:
        assert "FIRST_LAP_TOKEN" not in result(worker, "import os; result = dict(os.environ)")
        assert os.listdir(result(worker, "import os; result = os.getcwd()")) == []
        assert "__main__" in result(worker, "import sys; result = sorted(sys.modules)")
        assert result(worker, "import __main__; result = [n for n in vars(__main__) if n[0] != '_']") == []


@posix_only
def test_limits_of_the_kernel():
    code = """
import resource, time
names = 'CORE', 'FSIZE', 'NPROC', 'NOFILE', 'CPU'
result = {name: resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in names}
result['used'] = time.process_time()"""
    with Sandbox(RUN, "f", deadline=7) as worker:
        limits = result(worker, code)
    assert limits["CORE"] == limits["FSIZE"] == limits["NPROC"] == [0, 0] and limits["NOFILE"] == [64, 64]
    assert 7 < limits["CPU"][0] - limits["used"] <= 9


@linux_only
def test_memory_counts_from_where_the_code_starts():
    fill = "result = len(bytearray({} * 2**20))"
    with Sandbox(RUN, "f", memory_mb=100, preload=["numpy"]) as worker:
        assert result(worker, fill.format(80)) == 80 * 2**20


@linux_only
def test_root_is_given_up_where_that_is_possible():
    with Sandbox(RUN, "f") as worker:
        uid = result(worker, "import os; result = os.getuid()")
        assert worker.unprivileged == (os.getuid() == 0 and uid != 0)
