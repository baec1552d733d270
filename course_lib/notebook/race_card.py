"""The card that ends a small race: who came where, the best laps side by side, and the board of the whole table.

A table is HTML without a script and the laps are an animated PNG of their own, so that both stay in a saved notebook.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.notebook.driven import COLOURS
from course_lib.notebook.replay import LapReplay, lap_replay
from course_lib.notebook.tables import badge, html_table, text_table
from course_lib.race.board import Board, BoardError, Standings, racer_name
from course_lib.race.small_race import FINISHED, RaceResult, Row, race
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT

MOST_FRAMES = 180  # of the replay: 12 s at 15 a second; longer drives get fewer pictures a second
SHOWN = 20  # rows of the board


@dataclass(frozen=True, repr=False)
class RaceCard:
    """A race as a notebook shows it.

    Attributes:
        result: the race.  replay: of the best laps, or None where nobody drove.
        standings: of the board, or None.  notes: sentences about the board.
        racer: who "you" are on the board.
    """

    result: RaceResult
    replay: LapReplay | None = None
    standings: Standings | None = None
    notes: tuple[str, ...] = ()
    racer: str = ""

    def __repr__(self) -> str:
        own = [row is self.result.own for row in self.result.rows]
        parts = [_text(self.caption, self.result.rows, own), verdict(self.result)]
        if self.standings is not None:
            parts.append(_text(self.board_caption, *self._board()))
        return "\n".join([*parts, *self.notes])

    def _repr_html_(self) -> str:
        rows = self.result.rows
        own = [row is self.result.own for row in rows]
        colours = [COLOURS[number % len(COLOURS)] for number in range(len(rows))]
        notes = (self.caption, *(() if self.standings else self.notes))
        parts = [_html(verdict(self.result), rows, own, colours, notes)]
        if self.standings is not None:
            parts.append(_html(self.board_caption, *self._board(), notes=self.notes))
        return f'<div role="status">{"<br>".join(parts)}</div>'

    def _ipython_display_(self) -> None:
        """The table and the picture one below the other: of one output, a notebook shows only the richest form."""
        from IPython.display import display

        display({"text/html": self._repr_html_(), "text/plain": repr(self)}, raw=True)
        if self.replay is not None:
            display(self.replay)

    @property
    def caption(self) -> str:
        return f"{self.result.laps} laps of {self.result.track} from the start line; the picture below shows best laps"

    @property
    def board_caption(self) -> str:
        count = len(self.standings.rows)
        more = f", the first {SHOWN}" if count > SHOWN else ""
        return f"The board of {self.standings.track}: {count} racer{'' if count == 1 else 's'}{more}"

    def _board(self) -> tuple[list[Row], list[bool]]:
        """The first rows of the board, your own among them wherever it stands, and which one is yours."""
        rows = [row for k, row in enumerate(self.standings.rows) if k < SHOWN or row.name == self.racer]
        return rows, [row.name == self.racer for row in rows]


def run(policy: Any, name: str, board: Board | str | Path | None = None) -> RaceCard:
    """Race against the shipped rivals on camp, and enter the board where one is given.

    Raises:
        PolicyError: see `small_race.race`. What is wrong with a board is told on the card, for the race was driven.
    """
    track = Track.load("camp")
    result = race(policy, name, track=track)
    card = RaceCard(result, _replay(result, track))
    if board is None:
        return card
    try:
        board = board if isinstance(board, Board) else Board(board)
        new = board.enter(result.own.name, result)
        standings = board.standings(result.track)
    except BoardError as error:
        return replace(card, notes=(str(error),))
    racer = racer_name(result.own.name)
    kept = next((row.best_lap for row in standings.rows if row.name == racer), None)
    notes = () if new or kept is None else (f"Your result of an earlier race stays on the board: {kept:.2f} s.",)
    return replace(card, standings=standings, notes=notes + standings.warnings, racer=racer)


def verdict(result: RaceResult) -> str:
    """Where you came in, and by how much."""
    own, others = result.own, [row for row in result.rows if row is not result.own]
    if result.error is not None:
        return f"Your driver was {own.ended}. In which line? Let it drive alone: run_laps(your_driver)."
    place, count = ordinal(own.rank), len(result.rows)
    level = [row.name for row in others if row.rank == own.rank]
    if level:
        return f"You share {place} place of {count} with {' and '.join(level)}."
    ahead = [row for row in others if row.rank < own.rank]
    if own.laps < result.laps:
        return f"You are {place} of {count}: your car {own.ended}, after {own.progress:.0f} % of the race."
    if ahead:
        return f"You are {place} of {count}, {_gap(own, ahead[-1])} behind {ahead[-1].name}."
    return f"You are {place} of {count}, {_gap(others[0], own)} ahead of {others[0].name}." if others else "You won."


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _gap(behind: Row, ahead: Row) -> str:
    """How much one row is behind a better one: in laps, by the best lap, or by all of them; "" where none has a lap."""
    if ahead.laps > behind.laps:
        missing = ahead.laps - behind.laps
        return f"{missing} lap{'' if missing == 1 else 's'}"
    if ahead.best_lap is None:
        return ""
    if ahead.best_lap != behind.best_lap:
        return f"{behind.best_lap - ahead.best_lap:.2f} s"
    return f"{behind.total - ahead.total:.2f} s over {ahead.laps} laps"


def _replay(result: RaceResult, track: Track) -> LapReplay | None:
    """The best laps side by side, in the order of the rows; who was stopped by an error has none."""
    shown = [(path, row.name) for path, row in zip(result.paths, result.rows) if path is not None]
    if not shown:
        return None
    paths, labels = zip(*shown)
    steps = max(len(path) for path in paths) - 1
    return lap_replay(track, paths, labels, fps=float(np.clip(MOST_FRAMES / (steps * DT), 1, 15)))


def _cells(rows: list[Row]) -> list[tuple[str, ...]]:
    """Text of each row: laps, best lap, gap to the row before, total, how it ended."""
    cells = []
    for before, row in zip([None, *rows], rows):
        gap = "" if before is None else "level" if before.rank == row.rank else _gap(row, before)
        gap = f"+{gap}" if gap and gap != "level" else gap
        best, total = ("–" if time is None else f"{time:.2f} s" for time in (row.best_lap, row.total))
        ended = row.ended if row.ended == FINISHED else f"{row.ended} ({row.progress:.0f} %)"
        cells.append((str(row.laps), best, gap, total, ended))
    return cells


HEADS = ("laps", "best lap", "gap", "all laps", "end")


def _text(caption: str, rows: list[Row], own: list[bool]) -> str:
    lines = [(f"{row.rank}.", _name(row, mine), *cells) for row, mine, cells in zip(rows, own, _cells(rows))]
    return text_table(caption, ("", "driver", *HEADS), lines)


def _html(caption: str, rows: list[Row], own: list[bool], colours: Sequence[str] = (), notes=()) -> str:
    lines = [(_name(row, mine), *cells) for row, mine, cells in zip(rows, own, _cells(rows))]
    badges = [badge(row.rank, colours[k] if colours else "#FFFFFF") for k, row in enumerate(rows)]
    marked = [k for k, mine in enumerate(own) if mine]
    words = (len(HEADS),)
    return html_table(caption, ("driver", *HEADS), lines, words=words, marked=marked, badges=badges, notes=notes)


def _name(row: Row, own: bool) -> str:
    return f"{row.name} (you)" if own else row.name
