"""Source code read aloud in a notebook: a function, a numbered part of one, or the settings of a dataclass."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Listing:
    """Markdown that a notebook shows.

    Attributes:
        markdown: what is shown.  what: in a few words.
    """

    markdown: str
    what: str

    def __repr__(self) -> str:
        return f"Listing({self.what})"

    def _repr_markdown_(self) -> str:
        return self.markdown


def listing(function, first: str | None = None, last: str | None = None) -> Listing:
    """The source of a function or class, or the part of it between two texts.

    Args:
        first: the part begins with the first line that holds this text; None: with the first line of all.
        last: the part ends before the next line that holds this text; None: with the last line of all.

    Raises:
        ValueError: no line holds one of the texts.
    """
    lines = inspect.getsource(function).splitlines()
    begin = 0 if first is None else _line(lines, first, 0, function)
    end = len(lines) if last is None else _line(lines, last, begin + 1, function)
    part = textwrap.dedent("\n".join(lines[begin:end])).strip("\n")
    return Listing(f"```python\n{part}\n```", f"{function.__name__}, {len(part.splitlines())} lines")


def settings(config) -> Listing:
    """The fields of a dataclass with their defaults and the texts below them, as a table."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(config))).body[0]
    told = {
        field.target.id: note.value.value
        for field, note in zip(tree.body, tree.body[1:])
        if isinstance(field, ast.AnnAssign) and isinstance(note, ast.Expr) and isinstance(note.value, ast.Constant)
    }
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for field in dataclasses.fields(config):
        default = f"{field.default:_}" if type(field.default) is int else repr(field.default)
        rows.append(f"| `{field.name}` | `{default}` | {told.get(field.name, '')} |")
    return Listing("\n".join(rows), f"{len(rows) - 2} settings of {config.__module__}.{config.__name__}")


def _line(lines: list[str], text: str, begin: int, function) -> int:
    for number in range(begin, len(lines)):
        if text in lines[number]:
            return number
    raise ValueError(f"No line of {function.__name__} holds {text!r}: take a text that stands in its source.")
