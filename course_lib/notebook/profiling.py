"""Where does the time go? Python's cProfile, told for the functions that a student wrote::

    profile(drive, 500)             # calls drive(500) and shows a table
    profile(drive, 500).share("draw")

cProfile lists every function of every library. Here the time in a library counts for the own function that called it.
"""

from __future__ import annotations

import cProfile
import html
import pstats
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_lib.notebook.driven import BORDER, INK

Place = tuple[str, int, str]  # file, line, name: how pstats names a function
BAR = 160  # px of 100 %


@dataclass(frozen=True)
class Row:
    """One function: its name and line, how often it was called, its share of the time in %."""

    function: str
    line: int
    calls: int
    share: float


@dataclass(frozen=True, repr=False)
class Profile:
    """Where the time of a call went.

    Attributes:
        rows: one per function of one's own, the slowest first; their shares add up to 100.
        seconds: of the whole call, with the profiler, which slows it down.  value: what the call returned.
    """

    rows: tuple[Row, ...]
    seconds: float
    value: Any = None

    def share(self, function: str) -> float:
        """The share of the time in % of the functions of this name.

        Raises:
            KeyError: none of one's own functions of this name was called; the message lists those that were.
        """
        found = [row.share for row in self.rows if row.function == function]
        if not found:
            names = ", ".join(dict.fromkeys(row.function for row in self.rows))
            raise KeyError(f"No function {function!r} was called: there are {names}.")
        return sum(found)

    def __repr__(self) -> str:
        lines = ["share    calls  function"]
        lines += [f"{row.share:4.0f} %{row.calls:9,}  {row.function} (line {row.line})" for row in self.rows]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        right, left = "padding:3px 12px;text-align:right", "padding:3px 12px;text-align:left"
        rows = "".join(
            f'<tr style="background:#FFFFFF"><td style="{left}"><code>{html.escape(row.function)}</code></td>'
            f'<td style="{right}">{row.line}</td><td style="{right}">{row.calls:,}</td>'
            f'<td style="{right}">{row.share:.0f} %</td><td style="{left};width:{BAR}px">'
            f'<div style="background:#0072B2;height:12px;width:{max(1, row.share / 100 * BAR):.0f}px"></div></td></tr>'
            for row in self.rows
        )
        heads = "".join(
            f'<th scope="col" style="{left if name in ("function", "") else right}">{name}</th>'
            for name in ("function", "line", "calls", "share of the time", "")
        )
        return (
            f'<table style="border-collapse:collapse;background:#FFFFFF;color:{INK};border:1px solid {BORDER};'
            f'font:14px/1.4 system-ui,sans-serif;margin:4px 0"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )


def profile(function: Callable, *arguments, also: tuple = ()) -> Profile:
    """Call ``function(*arguments)`` under cProfile and tell where the time went.

    Own functions are those in notebook cells, in the file of ``function``, and in the files of ``also``.

    Args:
        also: further functions or methods whose files count as one's own.
    """
    profiler = cProfile.Profile()
    value = profiler.runcall(function, *arguments)
    stats = pstats.Stats(profiler).stats
    files = {f.__code__.co_filename for f in (function, *also) if hasattr(f, "__code__")}
    own = {place for place in stats if place[0] in files or in_cell(place[0])}
    seconds = dict.fromkeys(own, 0.0)
    for place, (_, _, alone, _, _) in stats.items():
        for owner, part in _owners(place, stats, own, frozenset()).items():
            seconds[owner] += part * alone
    total = sum(seconds.values()) or 1.0
    rows = [
        Row(name, line, stats[file, line, name][1], 100 * seconds[file, line, name] / total) for file, line, name in own
    ]
    rows.sort(key=lambda row: (-row.share, row.line, row.function))
    return Profile(tuple(rows), sum(entry[2] for entry in stats.values()), value)


def in_cell(file: str) -> bool:
    """Is it the source of a notebook cell, as ipykernel and IPython name them?"""
    return "ipykernel_" in file or file.startswith("<ipython-input")


def _owners(place: Place, stats: dict, own: set[Place], seen: frozenset) -> dict[Place, float]:
    """Which own functions a function worked for, and in which parts, which add up to 1 (or to 0: for none).

    Of a library's function, pstats knows how much time each of its callers cost; further up, that is shared out alike.
    """
    if place in own:
        return {place: 1.0}
    callers = {caller: entry for caller, entry in stats[place][4].items() if caller not in seen and caller in stats}
    field = 3 if seen else 2  # at the leaf its own time counts, further up what was spent below
    whole = sum(entry[field] for entry in callers.values())
    parts: dict[Place, float] = {}
    for caller, entry in callers.items():
        weight = entry[field] / whole if whole > 0.0 else 1.0 / len(callers)
        for owner, part in _owners(caller, stats, own, seen | {place}).items():
            parts[owner] = parts.get(owner, 0.0) + weight * part
    return parts
