"""Reward files are loaded for each car anew, and fail by one sentence; those that come with First Lap say what they do.

Files in the styles of the wild are in `test_reward_styles.py`.
"""

from __future__ import annotations

import os
import time
import tracemalloc
import warnings

import numpy as np
import pytest

from course_lib.agents import make_envs
from course_lib.deepracer.reward_function import RewardFileError, RewardFunction, reward_names
from course_lib.sim.reward_params import RewardError

COUNTS = """
calls = 0
def reward_function(params):
    global calls
    calls += 1
    return float(calls)
"""


def test_each_car_has_a_state_of_its_own():
    first, second = RewardFunction.from_source(COUNTS).instances(2)
    assert [first({}), first({}), first({}), second({})] == [1.0, 2.0, 3.0, 1.0]


def test_what_is_printed_is_kept_and_cut():
    reward = RewardFunction.from_source("def reward_function(params):\n    print('x' * 1000)\n    return 1.0\n")
    function = reward.instances(1)[0]
    for _ in range(2000):
        function({})
    assert reward.printed.startswith("xxx") and len(reward.printed) == 65_536


LIMIT = 3.0
SEEN = []


def half(value):
    return value / 2


def typed_in(params):
    SEEN.append(params["speed"])
    return half(params["speed"]) if params["speed"] < LIMIT else float(np.sqrt(len(SEEN)))


def test_a_function_of_a_cell_takes_along_what_it_uses():
    first, second = RewardFunction.from_callable(typed_in).instances(2)
    assert first({"speed": 2.0}) == 1.0
    assert [first({"speed": 4.0}), second({"speed": 4.0})] == [np.sqrt(2), 1.0]
    assert SEEN == []


def test_a_function_without_a_source_is_shared_and_a_warning_says_so():
    count = []

    def inside(params):
        count.append(1)
        return float(len(count))

    with pytest.warns(UserWarning, match="All cars share the state of inside"):
        reward = RewardFunction.from_callable(inside)
    first, second = reward.instances(2)
    assert [first({}), second({})] == [1.0, 2.0]
    with pytest.raises(RewardFileError, match="inside cannot run in a sandbox: inside was made inside another"):
        RewardFunction.from_callable(inside, isolated=True)
    with pytest.raises(TypeError, match="give a function of one argument"):
        RewardFunction.from_callable(3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n    pass", "line 1: this is no Python"),
        ("import not_there_at_all\n", "line 1: loading it raised ModuleNotFoundError: No module named"),
        ("x = 1\n\ny = 1 / 0\n", "line 3: loading it raised ZeroDivisionError"),
        ("raise SystemExit(3)\n", "line 1: loading it raised SystemExit: 3"),
        ("def reward(params):\n    return 1.0\n", "defines no function reward_function"),
    ],
)
def test_a_file_that_cannot_be_loaded(tmp_path, text, said):
    file = tmp_path / "Belohnung für alle.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RewardFileError) as caught:
        RewardFunction.from_file(file).instances(1)
    assert str(caught.value).startswith(str(file)) and said in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(RewardFileError, match="cannot be read"):
        RewardFunction.from_file(tmp_path / "none.py")
    (tmp_path / "latin.py").write_bytes("# für\n".encode("latin-1"))
    with pytest.raises(RewardFileError, match="no UTF-8 text"):
        RewardFunction.from_file(tmp_path / "latin.py")


BAD = {
    "sys.exit": ("    import sys\n    sys.exit(1)", "raised SystemExit: 1"),
    "waypoint 300": ("    return params['waypoints'][300][0]", "raised IndexError"),
    "zero": ("    return 1 / 0", "raised ZeroDivisionError"),
    "text": ("    return 'fast'", "returned 'fast': return a finite number"),
    "nothing": ("    pass", "returned None: return a finite number"),
    "huge": ("    return 1e6", "returned 1000000.0: return a finite number"),
}


@pytest.mark.parametrize("isolated", [False, True])
@pytest.mark.parametrize("name", BAD)
def test_a_training_ends_with_one_sentence(name, isolated):
    body, said = BAD[name]
    reward = RewardFunction.from_source(f"def reward_function(params):\n{body}\n", "my.py", isolated=isolated)
    envs = make_envs("FirstLap/Race-v0", 2, track="camp", reward_function=reward)
    with pytest.raises(RewardError) as caught:
        envs.reset(seed=0)
        envs.step(np.zeros((2, 2), np.float32))
    assert "my.py" in str(caught.value) and said in str(caught.value) and "\n" not in str(caught.value)
    if "raised" in said:
        assert f"line {3 if name == 'sys.exit' else 2}" in str(caught.value)


def function(body: str, isolated: bool = True) -> RewardFunction:
    lines = "".join(f"    {line}\n" for line in body.split("; "))
    return RewardFunction.from_source(
        f"def reward_function(params):\n{lines}    return 1.0\n", "my.py", isolated=isolated
    )


ENDLESS = {
    "in Python": "while True: pass",
    "in a sum": "sum(range(10**18))",
    "in a power": "pow(3, 10**9)",
    "in a regular expression": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    "asleep": "import time; time.sleep(100)",
    "printing": "while True: print('x' * 1000)",
}


@pytest.mark.parametrize("how", ENDLESS)
def test_a_call_without_end_is_stopped_in_the_sandbox(how):
    batch = function(ENDLESS[how]).batched(1, deadline=0.5)
    with pytest.raises(RewardError, match=r"^my.py did not answer 1 calls within 0.5 s.$"):
        batch.call([0], [{"speed": 1.0}])


LIMITS = [
    ("hoard = []; [hoard.append([0] * 1000) for _ in iter(int, 1)]", r"needed more than 64 MB of memory"),
    ("x = [0] * 10**10", r"needed more than 64 MB of memory"),
    ("import os; os._exit(3)", r"ended its worker process \(exit code 3\)"),
    ("import os; os.system('echo')", r"line 3: .* PermissionError: the sandbox refuses os.system"),
    ("open('found.txt', 'w')", r"line 2: .* PermissionError: the sandbox refuses to open 'found.txt' for writing"),
    ("import socket; socket.create_connection(('localhost', 9))", r"line 3: .* the sandbox refuses socket"),
]
if os.name == "posix":
    LIMITS.append(("import os; os.fork()", r"line 3: .* PermissionError: the sandbox refuses os.fork"))


@pytest.mark.parametrize(("body", "said"), LIMITS)
def test_the_limits_of_the_sandbox_are_named(body, said):
    batch = function(body).batched(2, deadline=30.0, memory_mb=64)
    with pytest.raises(RewardError, match=rf"^my.py.*{said}") as caught:
        batch.call([0, 1], [{"speed": 1.0}] * 2)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import not_there_at_all\n", "line 1: .*No module named 'not_there_at_all'"),
        ("while True: pass\n", "was not loaded within 0.5 s"),
        ("raise SystemExit(3)\n", "line 1: .*SystemExit"),
        ("x = 1\n", "defines no function 'reward_function'"),
    ],
)
def test_a_file_that_cannot_be_loaded_in_the_sandbox(text, said):
    with pytest.raises(RewardFileError, match=rf"^my.py.*{said}"):
        RewardFunction.from_source(text, "my.py", isolated=True).batched(1, deadline=0.5)


@pytest.mark.parametrize("isolated", [False, True])
def test_a_gigabyte_of_prints_is_cut_early(isolated):
    reward = function("for _ in range(10_000): print('x' * 100_000)", isolated)
    begun = time.perf_counter()
    if isolated:
        batch = reward.batched(1)
        assert batch({}) == 1.0
        batch.close()
    else:
        assert reward.instances(1)[0]({}) == 1.0
    assert time.perf_counter() - begun < 10
    assert reward.printed == "x" * 65_536


def test_one_huge_print_is_not_put_together():
    reward = function("print(huge, huge, huge, sep='', file=None)", isolated=False)
    judge = reward.instances(1)[0]
    judge.__globals__["huge"] = "y" * 10**7
    tracemalloc.start()
    assert judge({}) == 1.0
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()
    assert reward.printed == "y" * 65_536


def test_printing_is_as_python_prints():
    reward = function("print('a', 1, None); print(); print('b', 'c', sep='-', end='!')", isolated=False)
    reward.instances(1)[0]({})
    assert reward.printed == "a 1 None\n\nb-c!"


# The files that come with First Lap


def params(distance=0.0, width=1.0, wheels=True, steering=0.0, **changes) -> dict:
    return {
        "distance_from_center": distance, "track_width": width, "all_wheels_on_track": wheels, "x": 0.0, "y": 0.0,
        "steering_angle": steering, "is_left_of_center": True, "objects_location": [], "closest_objects": [0, 0],
        "objects_left_of_center": [], "is_crashed": False,
    } | changes  # fmt: skip


def box(x: float, left: bool = True, **changes) -> dict:
    boxes = {"objects_location": [[5.0, 5.0], [x, 0.0]], "objects_left_of_center": [not left, left]}
    return params(closest_objects=[0, 1], **boxes, **changes)


@pytest.mark.parametrize(
    ("name", "given", "reward"),
    [  # the first three with the values that were published (predecessors: the samples of the console)
        ("follow_the_centre", params(0.0), 1.0),
        ("follow_the_centre", params(0.1), 1.0),
        ("follow_the_centre", params(0.11), 0.5),
        ("follow_the_centre", params(0.25), 0.5),
        ("follow_the_centre", params(0.5), 0.1),
        ("follow_the_centre", params(0.51), 1e-3),
        ("follow_the_centre", params(0.3, width=0.6), 0.1),
        ("stay_inside", params(0.4), 1.0),
        ("stay_inside", params(0.46), 1e-3),
        ("stay_inside", params(0.0, wheels=False), 1e-3),
        ("no_zig_zag", params(0.1, steering=15.0), 1.0),
        ("no_zig_zag", params(0.1, steering=-15.1), 0.8),
        ("no_zig_zag", params(0.2, steering=30.0), 0.4),
        ("no_zig_zag", params(0.2, steering=0.0), 0.5),
        ("avoid_boxes", params(), 5.0),
        ("avoid_boxes", params(0.49), 4.001),
        ("avoid_boxes", box(2.0), 5.0),
        ("avoid_boxes", box(0.7), 3.0),
        ("avoid_boxes", box(0.4), 1.8),
        ("avoid_boxes", box(0.2), 1.004),
        ("avoid_boxes", box(0.2, left=False), 5.0),
        ("avoid_boxes", box(9.0, is_crashed=True), 1.004),
    ],
)
def test_the_shipped_rewards_judge_as_they_say(name, given, reward):
    answer = RewardFunction.shipped(name).instances(1)[0](given)
    assert type(answer) is float and answer == pytest.approx(reward)


@pytest.mark.parametrize("name", reward_names())
@pytest.mark.parametrize("isolated", [False, True])
def test_the_shipped_rewards_drive(name, isolated, load_track):
    reward = RewardFunction.shipped(name, isolated)
    envs = make_envs("FirstLap/Race-v0", 8, track=load_track("camp"), reward_function=reward)
    envs.reset(seed=0)
    rng, seen = np.random.default_rng(0), set()
    for _ in range(40):
        seen |= set(envs.step(rng.uniform(-1, 1, (8, 2)).astype(np.float32))[1].tolist())
    assert len(seen) > 1 and min(seen) > 0 and reward.printed == ""


def test_the_boxes_are_seen_by_the_reward_that_avoids_them(load_track):
    reward = RewardFunction.shipped("avoid_boxes")
    envs = make_envs("FirstLap/Race-v0", 32, track=load_track("camp"), reward_function=reward, boxes=6)
    envs.reset(seed=0)
    seen = set()
    for _ in range(60):
        seen |= {
            round(reward, 3) for reward in envs.step(np.tile([[0.0, 0.0]], (32, 1)).astype(np.float32))[1].tolist()
        }
    assert {5.0, 3.0, 1.8} <= seen and min(seen) < 1.8


def test_shipped_rewards_by_name():
    assert {"avoid_boxes", "follow_the_centre", "no_zig_zag", "stay_inside"} <= set(reward_names())
    with pytest.raises(
        RewardFileError, match=r"^No reward function is called 'stay_insde': did you mean 'stay_inside'\?$"
    ):
        RewardFunction.shipped("stay_insde")
    with pytest.raises(RewardFileError, match=r"'qqq': there are avoid_boxes, follow_the_centre"):
        RewardFunction.shipped("qqq")


def test_a_byte_order_mark_in_a_text_is_dropped():
    reward = RewardFunction.from_source("\ufeff# a comment\ndef reward_function(params):\n    return 2.0\n")
    assert reward.instances(1)[0]({}) == 2.0


def test_a_warning_within_a_file_is_no_fault():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reward = RewardFunction.from_source('PATTERN = "\\d"\ndef reward_function(params):\n    return 1.0\n')
    assert reward.instances(1)[0]({}) == 1.0
