"""Misspelt names and needless imports are found; what Python itself can look up is not complained of."""

from __future__ import annotations

import pytest

from course_lib.deepracer.names import undefined_names, unused_imports


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = y\n", [(1, "y")]),
        ("def f(p):\n    return spead\n", [(2, "spead")]),
        ("def f(p):\n    return lambda: (a, a)\n", [(2, "a")]),
        ("class A:\n    b = 1\n    def f(self):\n        return b\n", [(4, "b")]),
        ("def f():\n    global n\n    n = 1\ndef g():\n    return n\n", []),
        ("def f():\n    global n\n    return n\n", [(3, "n")]),
        ("def f(p):\n    def g():\n        nonlocal q\n        q = 1\n    q = 2\n    return g\n", []),
        ("def f(p):\n    return [k for k in p if k], {k: v for k, v in p}, (n := 1), n\n", []),
        ("try:\n    import numpy as np\nexcept ImportError as error:\n    print(error, __file__)\nnp\n", []),
        ("from math import *\ndef f(p):\n    return sqrt(2)\n", []),
        ("class A:\n    x = 1\n    y = x\nfor k in range(3):\n    print(k)\nwith open('a') as f:\n    f\n", []),
        ("def f(p):\n    match p:\n        case {'a': a, **rest}:\n            return a, rest\n", []),
        ("import os.path\ndef f(x: int) -> Nothing:\n    return os\n", [(2, "Nothing")]),
    ],
)
def test_names_that_nothing_defines(text, found):
    assert undefined_names(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import math, json\nprint(math.pi)\n", [(1, "json")]),
        ("from __future__ import annotations\nfrom math import pi as p, tau\nprint(p)\n", [(2, "tau")]),
        ("def f():\n    import os.path\n    return 1\n", [(2, "os")]),
        ("import os.path as o\no.sep\n", []),
        ("from math import *\n", []),
    ],
)
def test_imports_that_are_not_used(text, found):
    assert unused_imports(text) == found
