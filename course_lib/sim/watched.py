"""Calls into code that a student wrote: in which line it returned or raised, and an end to a loop that has none.

A trace function counts lines, so that the limit is the same on every machine and needs no signal and no process. It
sees Python alone: a library function that never returns is for the notebook's stop button.
"""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MOST_LINES = 1_000_000  # of the student's code in one call; a second of work at most


class Endless(BaseException):
    """More lines than a call may take; a BaseException, for ``except Exception`` in the loop must not catch it."""


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        value: what it returned.  error: what it raised, or None.
        line: of the student's file, where it returned, raised or was stopped; None if that is not known.
        lines: how many lines of the student's code it took.
    """

    value: Any
    error: BaseException | None
    line: int | None
    lines: int


def call(function: Callable, *arguments, files: frozenset[str], most_lines: int = MOST_LINES, **named) -> Call:
    """Call a function and watch the lines of some files.

    Args:
        files: names of the files that are the student's, as code objects have them.
        most_lines: after so many lines the call is stopped; ``error`` is `Endless`.
    """
    count, line = 0, None

    def inside(frame, event, argument):
        nonlocal count, line
        line = frame.f_lineno
        if event == "line":
            count += 1
            if count > most_lines:
                raise Endless(f"more than {most_lines:,} lines")
        return inside

    def enter(frame, event, argument):
        return inside if frame.f_code.co_filename in files else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        value, error = function(*arguments, **named), None
    except BaseException as raised:  # SystemExit and the stop button too: what happens in the call is its answer
        value, error = None, raised
    finally:
        sys.settrace(before)
    if error is not None:
        line = line_of(error, files) or line
    return Call(value, error, line, count)


def line_of(error: BaseException, files: frozenset[str]) -> int | None:
    """The last line of these files in an error's traceback."""
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in files:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class Source:
    """Where things stand in the source of a class, also of one that was defined in a notebook cell.

    `inspect.getsource` finds no class of ``__main__`` on older IPythons; the code of its methods knows its file.

    Args:
        kind: the class.  base: where the student's part of its ancestors ends.
    """

    def __init__(self, kind: type, base: type):
        self.kinds = [k for k in kind.__mro__ if not issubclass(base, k)]
        codes = [(name, _code(value)) for k in reversed(self.kinds) for name, value in vars(k).items()]
        own = {code.co_filename for code in map(_code, vars(kind).values()) if code is not None}
        # A student's class may extend one of the course's: a line of another file would lead astray.
        self.codes = {name: code for name, code in codes if code is not None and (not own or code.co_filename in own)}
        self.files = frozenset(code.co_filename for code in self.codes.values())
        self.first = kind.__dict__.get("__firstlineno__") or min(
            (node.lineno for node in self._nodes() if isinstance(node, ast.ClassDef)), default=None
        )

    def line(self, *methods: str) -> int | None:
        """The ``def`` line of the first of these methods that there is, else the line of the class."""
        for name in methods:
            if name in self.codes:
                return self.codes[name].co_firstlineno
        return self.first

    def find(self, wanted: Callable[[ast.AST], bool]) -> int | None:
        """The first line of the class with a piece of syntax that is wanted."""
        return min((node.lineno for node in self._nodes() if hasattr(node, "lineno") and wanted(node)), default=None)

    def _nodes(self) -> Iterator[ast.AST]:
        names = {k.__name__ for k in self.kinds}
        for file in self.files:
            try:
                tree = ast.parse("".join(linecache.getlines(file)))
            except SyntaxError:  # a cell with a magic in it
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and node.name in names:
                    yield from ast.walk(node)


def _code(value):
    """The code object of a method, a class method or a static one; None of what is no function."""
    return getattr(getattr(value, "__func__", value), "__code__", None)
