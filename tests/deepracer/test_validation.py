"""The report names the line and what is wrong; a good file passes, also under the console's rules."""

from __future__ import annotations

import pytest

from course_lib.deepracer.reward_function import RewardFunction
from course_lib.deepracer.validation import driven_rows, edge_rows, validate

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
        ("def reward_function(params):\n    return True\n", "of type bool"),
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


def test_a_file_made_for_its_track_is_not_warned_of(load_track):
    camp = load_track("camp")
    line = [[round(float(x), 3), round(float(y), 3)] for x, y in camp.centre.points[::5]]
    assert "beside the road" not in repr(report(f"LINE = {line}\n{GOOD}", load_track))
