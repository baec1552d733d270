"""The report names the line and what is wrong; a good file passes, also under the console's rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_lib.deepracer.reward_function import RewardFileError, RewardFunction, reward_names
from course_lib.deepracer.validation import driven_rows, edge_rows, validate

STYLES = sorted((Path(__file__).parent / "styles").glob("*.py"))

GOOD = "def reward_function(params):\n    return float(params['progress'])\n"


def report(text: str, load_track, **settings):
    return validate(RewardFunction.from_source(text), track=load_track("camp"), **settings)


def test_a_good_file_passes_also_strictly(load_track):
    found = report(GOOD, load_track, strict=True)
    assert found.ok and found.calls > 400 and found.median < 1e-3
    assert repr(found).startswith("reward.py: it can be trained with") and "µs at the median" in repr(found)
    assert "<script" not in found._repr_html_()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import absent_module\n" + GOOD, "error, line 1: reward.py, line 1: loading it raised ModuleNotFoundError"),
        ("def reward_function(params):\n    return 1 / 0\n", "error, line 2: ZeroDivisionError"),
        ("def reward_function(params):\n    if params['steps'] > 1:\n        return 1.0\n", "3: it returned nothing"),
        ("def reward_function(params):\n    return float('nan')\n", "error, line 2: it returned nan"),
        ("def reward_function(params):\n    return 1e9\n", "return a finite number within 100000"),
        ("def reward_function(params):\n    return 'much'\n", "it returned 'much', of type str"),
        ("def reward_function(params):\n    return [1.0]\n", "it returned [1.0], of type list"),
        ("def reward_function(params):\n    return 10**400\n", "it returned inf"),
        ("def reward_function(params):\n    return params['objects_distance'][0]\n", "error, line 2: IndexError"),
        ("def reward(params):\n    return 1.0\n", "defines no function reward_function"),
    ],
)
def test_what_cannot_be_trained_with(text, said, load_track):
    found = report(text, load_track)
    assert not found.ok
    assert said in repr(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def reward_function(params):\n    return 1\n", "note, line 2: it returns int"),
        ("def reward_function(params):\n    return True\n", "note, line 2: it returns bool"),
        (
            "def reward_function(params):\n    return 1.0 if params['steps'] < 9**9 else params['waypoints'][300][0]\n",
            "warning, line 2: waypoint 300 does not exist: camp has 149",
        ),
        (
            "def reward_function(params):\n    if params['progress'] < -99:\n        return sped\n    return 1.0\n",
            "warning, line 3: nothing in the file defines the name 'sped' (F821).",
        ),
        (f"LINE = {[[k, 50.0, 1.5] for k in range(30)]}\n{GOOD}", "warning, line 1: 100% of the 30 points"),
        (
            "def reward_function(params):\n    waypoints = params['waypoints']\n"
            "    return 1.0 if params['steps'] < 9**9 else waypoints[300][0]\n",
            "warning, line 3: waypoint 300 does not exist: camp has 149",
        ),
    ],
)
def test_what_is_only_told(text, said, load_track):
    found = report(text, load_track)
    assert found.ok
    assert said in repr(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import json\n" + GOOD, "imports of math, random, numpy, scipy, shapely only, not of json"),
        ("def reward_function(params):\n    import math\n    return math.pi\n", "wanted imports at the top"),
        ("import math\n" + GOOD, "error, line 1: the console's linter refused an import that is not used: math (F401)"),
        (
            "def reward_function(params):\n    return 1.0 if params['progress'] > -99 else sped\n",
            "error, line 2: nothing in the file defines the name 'sped' (F821).",
        ),
        ("saved = 1\n" + GOOD, "refused the letters 'save'"),
        ("def reward_function(params):\n    return float(eval('1.0'))\n", "line 2: the console refused eval(...)"),
        ("def reward_function(params):\n    return 1\n", "the console wanted float(...)"),
        ("def reward_function(params, more=1):\n    return 1.0\n", "takes 2 arguments: one is due"),
    ],
)
def test_the_consoles_rules(text, said, load_track):
    assert report(text, load_track).ok
    found = report(text, load_track, strict=True)
    assert not found.ok and said in repr(found)


def test_the_rows_are_real(load_track):
    rows = driven_rows(load_track("camp"))
    assert len(rows) > 400 and any(row["is_offtrack"] for row in rows)
    assert max(row["progress"] for row in rows) > 40
    assert all(row["steps"] >= 1.0 and len(row) == 27 for row in rows + edge_rows(load_track("camp")))


def test_a_file_is_tried_among_boxes(load_track):
    text = (
        "def reward_function(params):\n    return float(params['objects_location'][params['closest_objects'][1]][0])\n"
    )
    reward, camp = RewardFunction.from_source(text), load_track("camp")
    assert "error, line 2: IndexError" in repr(validate(reward, track=camp))
    assert validate(reward, track=camp, boxes=3).ok
    assert any(row["is_crashed"] for row in driven_rows(camp, boxes=3))


def test_a_file_made_for_its_track_is_not_warned_of(load_track):
    camp = load_track("camp")
    line = [[round(float(x), 3), round(float(y), 3)] for x, y in camp.centre.points[::5]]
    assert "beside the road" not in repr(report(f"LINE = {line}\n{GOOD}", load_track))


LOOP = "def reward_function(params):\n    while params['steps'] > 2:\n        pass\n    return 1.0\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD, "it can be trained with"),
        ("def f(:\n", None),
        ("y = 1\nx = 1 / 0\n" + GOOD, "error, line 2: reward.py, line 2: loading it raised ZeroDivisionError"),
        ("def reward_function(params):\n    return 1 / 0\n", "error, line 2: reward.py, line 2: the reward function"),
        (f"import os\n{GOOD}    os._exit(3)\n".replace("    return", "    os._exit(3)\n    return"), "exit code 3"),
    ],
)
def test_somebody_elses_file_is_tried_in_a_sandbox(text, said, load_track):
    if said is None:
        with pytest.raises(RewardFileError, match="line 1: this is no Python"):
            RewardFunction.from_source(text, isolated=True)
        return
    found = validate(RewardFunction.from_source(text, isolated=True), track=load_track("camp"))
    assert said in repr(found)
    assert found.ok == (text == GOOD) and sum(finding.level == "error" for finding in found.findings) <= 1


def test_a_loop_without_end_is_found_in_the_sandbox(load_track, monkeypatch):
    monkeypatch.setattr(RewardFunction.batched, "__defaults__", (0.5, 1024))
    found = validate(RewardFunction.from_source(LOOP, isolated=True), track=load_track("camp"))
    assert not found.ok and "did not answer 1 calls within 0.5 s" in repr(found)
    assert len(found.findings) == 2  # and the time of the calls that were answered


@pytest.mark.parametrize("style", STYLES, ids=[style.stem for style in STYLES])
def test_no_style_of_the_wild_is_called_wrong(style, load_track):
    found = validate(RewardFunction.from_file(style), track=load_track("camp"))
    assert found.ok and not [finding for finding in found.findings if finding.line and finding.level == "warning"], (
        found
    )
    assert all(finding.line for finding in found.findings[:-1])  # the last one tells the time of a call


@pytest.mark.parametrize("name", reward_names())
def test_the_shipped_rewards_pass_strictly_without_a_word(name, load_track):
    found = validate(RewardFunction.shipped(name), strict=True, track=load_track("camp"))
    assert found.ok and all("a call takes" in finding.text for finding in found.findings)


@pytest.mark.parametrize("style", [style for style in STYLES if style.stem.startswith("racing_line")], ids=str)
def test_a_racing_line_of_another_track_is_named(style, load_track):
    found = validate(RewardFunction.from_file(style), track=load_track("oval"))
    (warning,) = [finding for finding in found.findings if "of this list lie beside the road of oval" in finding.text]
    line = style.read_text(encoding="utf-8").splitlines()[warning.line - 1]
    assert warning.level == "warning" and ("[" in line and "=" in line)


def test_a_reward_function_validates_itself():
    reward = RewardFunction.from_source("def reward_function(params):\n    return 1.0\n")
    assert reward.validate().ok
    assert not RewardFunction.from_source("def reward_function(params):\n    return None\n").validate().ok
