"""Sandboxes with real workers: answers, printed text, failures, and the end of the process."""
import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from shutil import copy

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import sandbox
from course_lib.sandbox import Sandbox


def wait_until(condition):
    end, pause = time.monotonic() + 20, threading.Event()
    while not condition():
        assert time.monotonic() < end, "it did not happen within 20 s"
        pause.wait(0.02)


@pytest.fixture(scope="module")
def anything():
    """A worker whose f executes the code that it is given and returns what the code calls `result`."""
    source = "def f(code):\n    scope = {}\n    exec(code, scope)\n    return scope['result']\n"
    with Sandbox(source, "f") as worker:
        yield worker


@pytest.fixture(scope="module")
def echo():
    with Sandbox("def f(x):\n    return x\n", "f", preload=["numpy"]) as worker:
        yield worker


# --- answers

def test_each_input_has_its_outcome_in_order():
    with Sandbox("def f(p):\n    return p['a'] / p['b']\n", "f", file_name="reward.py") as worker:
        good, bad, last = worker.map([{"a": 1.0, "b": 4.0}, {"a": 1.0, "b": 0.0}, {"a": 3, "b": 2}])
    assert (good.value, bad.value, last.value) == (0.25, None, 1.5)
    assert good.error is None and 0 <= good.seconds < 5
    assert (bad.error.type, bad.error.line) == ("ZeroDivisionError", 2) and "division" in bad.error.message
    assert bad.error.traceback == "line 2, in f: return p['a'] / p['b']"


def test_instances_keep_their_own_globals_and_restart_forgets_them():
    source = "n = 0\ndef f(_):\n    global n\n    n += 1\n    return n\n"
    with Sandbox(source, "f", instances=3) as worker:
        assert [o.value for o in worker.map([0, 0, 0])] == [1, 1, 1]
        assert [o.value for o in worker.map([0, 0, 0, 0], instances=[2, 2, 0, np.int64(2)])] == [2, 3, 2, 4]
        for inputs, instances in (([0] * 4, None), ([0], [3]), ([0], [-1]), ([0, 0], [1])):
            with pytest.raises(ValueError, match="do not fit the 3 instances of student.py"):
                worker.map(inputs, instances)
        assert worker.map([]) == []
        worker.restart()
        assert [o.value for o in worker.map([0, 0, 0])] == [1, 1, 1]


def test_shared_items_are_merged_and_fresh_for_each_call():
    source = ("def f(p):\n    p['way'].append(1); p['deep'][0].append(1)\n"
              "    return [len(p['way']), p['deep'], p['x'], p['y']]\n")
    shared = {"way": [(0.0, 1.0)] * 3, "deep": [[]], "x": 1}
    with Sandbox(source, "f", shared=shared) as worker:
        outcomes = worker.map([{"y": 1}, {"y": 2}, {"y": 3, "x": 9}])
        with pytest.raises(TypeError, match="every input must be a dict"):
            worker.map([1])
    assert [o.value for o in outcomes] == [[4, [[1]], 1, 1], [4, [[1]], 1, 2], [4, [[1]], 9, 3]]


def test_one_list_in_two_inputs_is_two_lists_in_the_worker():
    same = [1]
    source = "def f(p):\n    p['a'].append(2)\n    return p['a'] + p['b']\n"
    with Sandbox(source, "f") as worker:
        assert [o.value for o in worker.map([{"a": same, "b": same}] * 2)] == [[1, 2, 1]] * 2
    assert same == [1]


def test_tuples_stay_tuples_and_arrays_arrays_on_the_way_in():
    source = ("def f(x):\n    a = x['a']\n"
              "    return [type(x['t']).__name__, type(a).__name__, str(a.dtype), a.shape, a.sum()]\n")
    with Sandbox(source, "f") as worker:
        [outcome] = worker.map([{"t": (1, 2), "a": np.ones((2, 3), np.float32)}])
        assert outcome.value == ["tuple", "ndarray", "float32", [2, 3], 6.0]
    with Sandbox("def f(obs):\n    return obs * 2\n", "f") as policy:
        assert [o.value for o in policy.map(np.arange(4.0).reshape(2, 2))] == [[0.0, 2.0], [4.0, 6.0]]


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20)


@settings(max_examples=40, deadline=None)
@given(st.lists(plain, max_size=5) | st.lists(st.fixed_dictionaries({"a": plain, "b": plain}), max_size=3))
def test_plain_data_comes_back_as_it_went(echo, inputs):
    assert repr([o.value for o in echo.map(inputs)]) == repr(inputs)  # repr: NaN, and True is not 1


@pytest.mark.parametrize("code, kind", [
    ("raise SystemExit(0)", "SystemExit"), ("import sys; sys.exit()", "SystemExit"),
    ("raise KeyboardInterrupt", "KeyboardInterrupt"), ("def g(): g()\ng()", "RecursionError"),
    ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "E"), ("input()", "EOFError")])
def test_any_exception_ends_only_its_own_call(anything, code, kind):
    bad, good = anything.map([code, "result = 1"])
    assert bad.error.type == kind and bad.error.line == 3  # the line with exec
    assert good.value == 1


def test_inputs_that_cannot_be_sent_leave_the_worker_alive(echo):
    for bad in (object(), {1, 2}, b"bytes", {b"key": 1}, np.array(["text"]), {"a": [1, {"b": 1j}]}):
        with pytest.raises(TypeError, match="An input for the sandbox holds"):
            echo.map([bad])
    assert echo.map([1])[0].value == 1


# --- printed text

def test_prints_are_captured_for_each_batch_and_cut():
    source = ("import sys\nprint('loaded')\n"
              "def f(n):\n    print('ä' * n)\n    print('!', file=sys.stderr)\n    return n\n")
    with Sandbox(source, "f", output_bytes=11) as worker:
        assert (worker.output, worker.output_cut) == ("loaded\n", False)
        assert worker.map([2, 0])[1].value == 0
        assert (worker.output, worker.output_cut) == ("ää\n!\n\n!\n", False)
        assert worker.map([8])[0].value == 8
        assert (worker.output, worker.output_cut) == ("äääää", True)
        worker.map([0])
        assert (worker.output, worker.output_cut) == ("\n!\n", False)


def test_writing_to_the_file_descriptors_disturbs_nothing(anything):
    code = "import os\nfor fd in (0, 1, 2):\n    os.write(fd, b'garbage' * 1000)\nresult = 5"
    assert anything.map([code, "result = 6"])[0].value == 5
    assert anything.map(["import sys; sys.stdout.close(); sys.stdout = None; result = 1"])[0].value == 1
    assert anything.map(["print('x'); result = 1"])[0].value == 1 and anything.output in ("x\n", "")


# --- failure of the whole worker

@pytest.mark.parametrize("source, error, line, message", [
    ("x = 1\ndef f(:\n", sandbox.SandboxSyntax, 2, "reward.py, line 2: "),
    ("(" * 10_000, sandbox.SandboxSyntax, 1, "reward.py, line 1: too many nested parentheses."),
    ("x = 1\n\ny = z\n", sandbox.SandboxLoad, 3, "reward.py, line 3: loading it raised NameError: name 'z'"),
    ("import sys\nsys.exit(0)", sandbox.SandboxLoad, 2, "SystemExit"),
    ("import nothing_of_this_name", sandbox.SandboxLoad, 1, "ModuleNotFoundError"),
    ("def g(p): pass", sandbox.SandboxLoad, None, "reward.py defines no function 'f'."),
    ("import os\nos._exit(0)", sandbox.SandboxCrash, None, "reward.py ended its worker process (exit code 0"),
    ("while True: pass", sandbox.SandboxTimeout, None, "reward.py was not loaded within 0.5 s."),
    ("x = [0] * 10**9", sandbox.SandboxMemory, None, "reward.py needed more than 64 MB of memory."),
])
def test_source_that_cannot_be_loaded(source, error, line, message):
    with pytest.raises(error) as raised:
        Sandbox(source, "f", deadline=0.5 if "while" in source else 20, memory_mb=64, file_name="reward.py")
    assert message in str(raised.value) and raised.value.line == line


crashes = [
    ("os._exit(3)", "(exit code 3)"),
    ("os.closerange(3, 60)", "ended its worker process"),
    ("for fd in range(3, 60):\n    try: os.write(fd, b'x' * 64)\n    except OSError: pass", "no reply")]
if os.name == "posix":
    crashes += [("import signal; signal.raise_signal(signal.SIGKILL)", "(signal 9, Killed)"),
                ("os.abort()", "signal 6"), ("import faulthandler; faulthandler._sigsegv()", "signal 11")]


@pytest.mark.parametrize("code, error, message", [
    ("while True: pass", sandbox.SandboxTimeout, "student.py did not answer 1 calls within 0.6 s."),
    ("while True: print('x' * 1000)", sandbox.SandboxTimeout, "within 0.6 s"),
    ("import time; time.sleep(100)", sandbox.SandboxTimeout, "within 0.6 s"),
    ("sum(range(10**18))", sandbox.SandboxTimeout, "within 0.6 s"),
    ("x = [0] * 10**10", sandbox.SandboxMemory, "student.py needed more than 64 MB of memory."),
    ("hoard = []\nwhile True: hoard.append([0] * 100)", sandbox.SandboxMemory, "more than 64 MB"),
    *[(code, sandbox.SandboxCrash, message) for code, message in crashes]])
def test_a_failure_of_the_worker_is_named_and_restart_mends_it(code, error, message):
    source = "import os\ndef f(code):\n    if code:\n        exec(code, {'os': os})\n    return 1\n"
    deadline = 0.6 if error is sandbox.SandboxTimeout else 30
    with Sandbox(source, "f", deadline=deadline, memory_mb=64) as worker:
        pid = worker._process.pid
        with pytest.raises(error) as raised:
            worker.map([code])
        assert message in str(raised.value) and "\n" not in str(raised.value)
        assert not psutil.pid_exists(pid)
        with pytest.raises(sandbox.SandboxError, match=r"closed; restart\(\) makes a new one"):
            worker.map([""])
        worker.restart()
        assert worker.map([""])[0].value == 1


def test_too_much_in_one_batch_is_named(anything):
    with Sandbox("def f(n):\n    return '\\x00' * n\n", "f", deadline=30) as worker:
        assert len(worker.map([199_000])[0].value) == 199_000
        with pytest.raises(sandbox.SandboxOutput, match="student.py returned more than 16 MB in one batch."):
            worker.map([199_000] * 20)


def test_replacing_functions_in_the_worker_changes_no_answer(echo):
    source = """
import builtins, json, json.encoder, marshal, sys, time, traceback
def lie(*args, **kwargs): return 100.0
def f(x):
    for module in (json, json.encoder, marshal, time, traceback, sys.modules['__main__']):
        for name in [n for n in vars(module) if not n.startswith('__')]:
            setattr(module, name, lie)
    for name in 'len type float issubclass isinstance dict zip map list enumerate'.split():
        setattr(builtins, name, lie)
    return x
"""
    with Sandbox(source, "f") as worker:
        for _ in range(2):
            try:
                values = [o.value for o in worker.map([{"a": 1.5}, {"a": [2]}])]
            except sandbox.SandboxError:  # loud is fine too
                worker.restart()
            else:
                assert values == [{"a": 1.5}, {"a": [2]}]
    assert [o.value for o in echo.map([1.5])] == [1.5]


def test_the_worker_does_not_use_the_builtins_that_the_code_replaces():
    source = ("import builtins\ndef f(x):\n    for name in 'len type float issubclass zip enumerate'.split():\n"
              "        setattr(builtins, name, lambda *args: 100.0)\n    return x\n")
    with Sandbox(source, "f") as worker:
        for _ in range(2):
            assert [o.value for o in worker.map([{"a": 1.5}, {"a": [2]}])] == [{"a": 1.5}, {"a": [2]}]


def test_frames_without_the_secret_or_too_long_are_not_read():
    def read(secret, length, body):
        return sandbox._read_frame(io.BytesIO(secret + length.to_bytes(8, "big") + body), b"s" * 16)
    assert read(b"s" * 16, 2, b"{}") == b"{}"
    assert read(b"t" * 16, 2, b"{}") == b""
    assert read(b"s" * 16, 2**40, b"{}") == b""
    assert read(b"s" * 16, 3, b"{}") is None and read(b"", 0, b"") is None


@pytest.mark.parametrize("frame", [
    b"", b"[]", b"7", b"{}", b"{\"number\": 1}", b"\xff", b"[" * 100_000, b"1" * 10_000,
    b'{"failure": "syntax"}',
    b'{"failure": "load", "error": [1, 2, 3, 4]}',
    b'{"number": 1, "values": [1, 2], "ns": [1, 2], "errors": [], "output": "", "cut": false}',
    b'{"number": 2, "values": [1], "ns": [1], "errors": [], "output": "", "cut": false}',
    b'{"number": 1, "values": [1], "ns": ["x"], "errors": [], "output": "", "cut": false}',
    b'{"number": 1, "values": [1], "ns": [1], "errors": [[7, "", "", 1, ""]], "output": "", "cut": false}'])
def test_a_malformed_reply_is_a_crash(frame, monkeypatch):
    with Sandbox("def f(x): return x", "f") as worker:
        monkeypatch.setattr(worker, "_wait", lambda *args: frame)
        with pytest.raises(sandbox.SandboxCrash, match="student.py sent something that is no reply."):
            worker.map([1])
        assert not psutil.pid_exists(worker._process.pid)


# --- beginning and end of the process

def test_an_interrupt_while_waiting_ends_the_worker(monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt
    with Sandbox("def f(x): return x", "f") as worker:
        monkeypatch.setattr(worker, "_wait", interrupt)
        with pytest.raises(KeyboardInterrupt):
            worker.map([1])
        assert not psutil.pid_exists(worker._process.pid)


def test_a_forgotten_sandbox_is_cleaned_up():
    worker = Sandbox("import os\ndef f(x): return os.getcwd()", "f")
    pid, folder = worker._process.pid, worker.map([0])[0].value
    assert os.path.isdir(folder)
    del worker
    assert not psutil.pid_exists(pid) and not os.path.exists(folder)


@pytest.mark.parametrize("busy", [False, True])
def test_the_worker_goes_when_its_parent_is_killed(busy, tmp_path):
    program = ("from course_lib.sandbox import Sandbox\n"
               "worker = Sandbox('def f(x):\\n while x: pass', 'f', deadline=999)\n"
               f"print(worker._process.pid, flush=True)\nworker.map([{busy}])\ninput()\n")
    checkout = Path(sandbox.__file__).parent.parent
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", program], cwd=checkout, env=environment,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        worker = psutil.Process(int(parent.stdout.readline()))
        at_first = worker.cpu_times().user
        wait_until(lambda: not busy or worker.cpu_times().user > at_first + 0.1)
        parent.kill()
    wait_until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


def test_threads_with_a_sandbox_each_do_not_disturb_one_another():
    found = {}

    def race(name, source, deadline):
        try:
            with Sandbox(source, "f", deadline=deadline, file_name=name) as worker:
                found[name] = [worker.map([i])[0].value for i in range(50)]
        except sandbox.SandboxError as error:
            found[name] = type(error)

    races = [("good.py", "def f(x): return x", 30), ("slow.py", "def f(x):\n    while True: pass", 0.5)]
    threads = [threading.Thread(target=race, args=args) for args in races]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"good.py": list(range(50)), "slow.py": sandbox.SandboxTimeout}


def test_a_script_without_main_guard_in_a_folder_with_umlauts(tmp_path):
    home, temporary = tmp_path / "Größe und Weg" / "course_lib", tmp_path / "zeitweilig ü"
    home.mkdir(parents=True)
    temporary.mkdir()
    for file in Path(sandbox.__file__).parent.glob("sandbox*.py"):
        copy(file, home)
    program = ("from course_lib.sandbox import Sandbox\n"
               "with Sandbox('def f(x): return x + \"ß\"', 'f', file_name='Lösung.py') as worker:\n"
               "    print(ascii(worker.map(['ä'])[0].value))")
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", program], cwd=home.parent, env=environment,
                          capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == ascii("äß") and list(temporary.iterdir()) == []


def test_a_worker_that_cannot_start_says_why(monkeypatch, tmp_path):
    monkeypatch.setattr(sandbox, "WORKER", tmp_path / "nothing.py")
    with pytest.raises(sandbox.SandboxCrash, match=r"exit code 2; .*can't open file .*nothing.py"):
        Sandbox("def f(x): return x", "f")
    monkeypatch.setattr(sys, "executable", None)
    with pytest.raises(sandbox.SandboxError, match="could not be started"):
        Sandbox("def f(x): return x", "f")
