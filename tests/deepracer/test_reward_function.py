"""Reward files in the styles of the wild run unchanged, each car with a state of its own; others fail by a sentence."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from course_lib.agents import make_envs
from course_lib.deepracer.reward_function import RewardFileError, RewardFunction
from course_lib.sim.reward_params import RewardError

STYLES = {
    "centre line": """
def reward_function(params):
    markers = [0.1, 0.25, 0.5]
    for marker, reward in zip(markers, (1.0, 0.5, 0.1)):
        if params["distance_from_center"] <= marker * params["track_width"]:
            return float(reward)
    return 1e-3
""",
    "a global that counts": """
calls = 0
def reward_function(params):
    global calls
    calls += 1
    return float(calls)
""",
    "a class with a state": """
class Memory:
    before = None
    def reward(self, params):
        bonus = 0.0 if self.before is None else params["progress"] - self.before
        self.before = params["progress"]
        return float(bonus)
memory = Memory()
def reward_function(params):
    return memory.reward(params)
""",
    "a dataclass under future annotations": """
from __future__ import annotations
from dataclasses import dataclass
@dataclass
class Weights:
    speed: float = 0.5
def reward_function(params):
    return Weights().speed * params["speed"]
""",
    "a reset at the first step": """
class State:
    pass
def reward_function(params):
    if params["steps"] == 1:
        State.last = params["heading"]
    turned = abs(params["heading"] - State.last)
    State.last = params["heading"]
    return float(max(1e-3, 1.0 - min(turned, 360 - turned) / 30))
""",
    "imports within and JSON of all parameters": """
def reward_function(params):
    import json
    import math
    return float(math.sqrt(len(json.dumps(params))))
""",
    "a racing line by bisect": """
from bisect import bisect
LINE = [(k * 0.7, 1.0 + k % 3) for k in range(26)]
def reward_function(params):
    place = bisect(LINE, (params["projection_distance"], 0.0)) % len(LINE)
    return float(LINE[place][1])
""",
    "shapely": """
from shapely.geometry import Point, LineString
def reward_function(params):
    road = LineString(params["waypoints"])
    return float(1.0 / (1.0 + road.distance(Point(params["x"], params["y"]))))
""",
    "progress by steps, and changed parameters": """
def reward_function(params):
    params["waypoints"].clear()
    params["closest_waypoints"][0] = 10**9
    return params["progress"] / params["steps"]
""",
    "prints": """
def reward_function(params):
    print("speed", params["speed"], sep="=")
    return 1.0
""",
}


@pytest.mark.parametrize("style", STYLES)
def test_a_style_runs_for_many_cars(style):
    envs = make_envs("FirstLap/Race-v0", 8, track="camp", reward_function=RewardFunction.from_source(STYLES[style]))
    envs.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(20):
        rewards = envs.step(rng.uniform(-1, 1, (8, 2)).astype(np.float32))[1]
        assert np.isfinite(rewards).all()


def test_each_car_has_a_state_of_its_own():
    first, second = RewardFunction.from_source(STYLES["a global that counts"]).instances(2)
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


def test_an_isolated_file_gives_the_same_rewards():
    text = STYLES["a reset at the first step"]
    both = []
    for isolated in (False, True):
        reward = RewardFunction.from_source(text, isolated=isolated)
        envs = make_envs("FirstLap/Race-v0", 4, track="camp", reward_function=reward)
        envs.reset(seed=0)
        rng = np.random.default_rng(1)
        both.append([envs.step(rng.uniform(-1, 1, (4, 2)).astype(np.float32))[1] for _ in range(15)])
    assert np.array_equal(both[0], both[1])


def test_a_loop_without_end_is_stopped_in_the_sandbox():
    text = "def reward_function(params):\n    while True:\n        pass\n"
    rewards = RewardFunction.from_source(text, "loop.py", isolated=True)
    batch = rewards.batched(1)
    batch._sandbox.deadline = 0.5
    with pytest.raises(RewardError, match=r"loop.py: .*did not answer 1 calls within 0.5 s"):
        batch.call([0], [{"speed": 1.0}])


def test_a_warning_within_a_file_is_no_fault():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reward = RewardFunction.from_source('PATTERN = "\\d"\ndef reward_function(params):\n    return 1.0\n')
    assert reward.instances(1)[0]({}) == 1.0
