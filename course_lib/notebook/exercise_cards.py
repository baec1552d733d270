"""The cards that exercises answer with: the same words as text and as HTML, on a background of their own.

The styles are inline and there is no script, so a card looks the same in a saved notebook that is not trusted.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.notebook.driven import BORDER, INK, text_on

# Word, sign and colour of each status; the colours are those of Okabe and Ito.
LOOKS = {
    CORRECT: ("correct", "✓", "#009E73"),
    WRONG: ("not yet", "✗", "#D55E00"),
    CRASHED: ("crashed", "!", "#CC79A7"),
    NOT_ATTEMPTED: ("not tried", "○", "#5B6268"),
    "missed": ("not quite", "≈", "#E69F00"),  # a prediction, which cannot be made better any more
    "note": ("note", "i", "#0072B2"),
    "question": ("question", "?", "#0072B2"),
}
FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:14px;line-height:1.5"
CODE = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:13px"


@dataclass(frozen=True, repr=False)
class Card:
    """One answer of an exercise.

    Attributes:
        look: a key of `LOOKS`.  name: of the exercise.  text: what it says; line breaks are kept.
        points: such as "1 of 2 points", or "".  code: source to show below the text, or "".
        options: (letter, text) of what can be picked.
    """

    look: str
    name: str
    text: str
    points: str = ""
    code: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        word = LOOKS[self.look][0]
        head = f"{self.name}: {word}, {self.points}." if self.points else f"{self.name}: {word}."
        code = [f"    {line}".rstrip() for line in self.code.splitlines()]
        return "\n".join([f"{head} {self.text}".strip(), *code, *(f"  {key}) {text}" for key, text in self.options)])

    def _repr_html_(self) -> str:
        word, sign, colour = LOOKS[self.look]
        options = "".join(
            f'<li style="list-style:none;margin:3px 0;color:{INK}">'
            f'<b style="{CODE};border:1px solid {BORDER};border-radius:4px;padding:1px 7px;margin-right:8px">'
            f"{html.escape(letter)}</b>{_with_code(text)}</li>"
            for letter, text in self.options
        )
        parts = [
            f'<div style="margin:0 0 2px;color:{INK}">{_badge(word, sign, colour)} <b>{html.escape(self.name)}</b>',
            f' <span style="color:{BORDER}">{html.escape(self.points)}</span>' if self.points else "",
            f'</div><div style="white-space:pre-wrap;overflow-wrap:anywhere;color:{INK}">{_with_code(self.text)}</div>',
            _listing(self.code) if self.code else "",
            f'<ul style="margin:6px 0 0;padding:0">{options}</ul>' if options else "",
        ]
        return (
            f'<div role="status" style="{FONT};background:#FFFFFF;color:{INK};border:1px solid #C4C9CD;'
            f"border-left:6px solid {colour};border-radius:6px;padding:9px 14px;margin:4px 0;max-width:46em;"
            f'box-sizing:border-box">{"".join(parts)}</div>'
        )


@dataclass(frozen=True)
class Row:
    """One line of the table: an exercise, its kind, a key of `LOOKS`, points, their maximum, and remarks."""

    name: str
    kind: str
    look: str
    points: float
    most: float
    attempts: int
    remark: str


@dataclass(frozen=True, repr=False)
class ProgressTable:
    """How far a student is in one notebook."""

    lesson: str
    nickname: str
    points: float
    most: float
    rows: tuple[Row, ...]

    @property
    def caption(self) -> str:
        return f"{self.nickname} in {self.lesson}: {self.points:g} of {self.most:g} points"

    def __repr__(self) -> str:
        cells = [(row.name, row.kind, LOOKS[row.look][0], _points(row), _attempts(row)) for row in self.rows]
        widths = [max(map(len, column), default=0) for column in zip(*cells)]
        lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in cells]
        return "\n".join([self.caption, *lines])

    def _repr_html_(self) -> str:
        cell = f"padding:5px 12px;text-align:left;border-top:1px solid #DDE1E4;color:{INK};background:#FFFFFF"
        head = "".join(
            f'<th scope="col" style="{cell};border-top:0;font-weight:600">{word}</th>'
            for word in ("exercise", "kind", "state", "points", "tries", "remarks")
        )
        body = "".join(
            f'<tr><th scope="row" style="{cell};font-weight:600">{html.escape(row.name)}</th>'
            f'<td style="{cell}">{html.escape(row.kind)}</td><td style="{cell}">{_badge(*LOOKS[row.look])}</td>'
            f'<td style="{cell};white-space:nowrap">{_points(row)}</td>'
            f'<td style="{cell}">{row.attempts}</td>'
            f'<td style="{cell};color:{BORDER}">{html.escape(row.remark)}</td></tr>'
            for row in self.rows
        )
        share = 100 * self.points / self.most if self.most else 0
        bar = (
            f'<div aria-hidden="true" style="height:8px;background:#DDE1E4;border-radius:4px;margin:6px 0 8px">'
            f'<div style="height:8px;width:{share:.0f}%;background:#009E73;border-radius:4px"></div></div>'
        )
        caption = f'<caption style="caption-side:top;text-align:left;color:{INK};padding:0"><b>'
        caption += f"{html.escape(self.caption)}</b>{bar}</caption>"
        table = f'<table style="{FONT};border-collapse:collapse;border:0;margin:0;background:#FFFFFF;color:{INK}">'
        return (
            f'<div style="{FONT};display:inline-block;background:#FFFFFF;color:{INK};border:1px solid #C4C9CD;'
            f'border-radius:6px;padding:10px 14px;margin:4px 0;max-width:100%;overflow-x:auto;box-sizing:border-box">'
            f"{table}{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _points(row: Row) -> str:
    return f"{row.points:g} of {row.most:g}" if row.most else "extra"


def _attempts(row: Row) -> str:
    tries = f"{row.attempts} {'try' if row.attempts == 1 else 'tries'}"
    return f"{tries}, {row.remark}" if row.remark else tries


def _badge(word: str, sign: str, colour: str) -> str:
    return (
        f'<span style="display:inline-block;background:{colour};color:{text_on(colour)};border-radius:10px;'
        f'padding:0 9px;font-size:13px;font-weight:600;white-space:nowrap">'
        f'<span aria-hidden="true">{sign}</span> {word}</span>'
    )


def _with_code(text: str) -> str:
    """Escaped text; what stands between backticks is set as code."""
    parts = html.escape(text).split("`")
    if len(parts) % 2 == 0:  # a backtick without a partner
        return html.escape(text)
    code = f'<code style="{CODE};background:#F1F3F4;color:{INK};padding:1px 4px;border-radius:3px">'
    return "".join(f"{code}{part}</code>" if k % 2 else part for k, part in enumerate(parts))


def _listing(source: str) -> str:
    return (
        f'<pre style="{CODE};background:#F1F3F4;color:{INK};border-radius:4px;padding:8px 12px;margin:8px 0 2px;'
        f'white-space:pre;overflow-x:auto">{html.escape(source)}</pre>'
    )
