"""Plain tables for a notebook: the same cells as HTML without a script and as text."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_lib.notebook.driven import INK, text_on
from course_lib.notebook.exercise_cards import FONT

MARKED = "#FFF4D6"  # the ground of rows that stand out


def html_table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    words: Sequence[int] = (),
    marked: Sequence[int] = (),
    badges: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """A table on a white card; the first column heads its row.

    Args:
        heads, rows: texts, escaped here.
        words: numbers of columns that hold sentences: they stand left and may break, all others are numbers.
        marked: numbers of rows that stand out.
        badges: HTML before the first cell of each row.
        notes: sentences below.
    """
    cell = f"padding:4px 12px;border-top:1px solid #DDE1E4;color:{INK};vertical-align:top"
    number = f"{cell};text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
    left = f"{cell};text-align:left"

    def looks(column: int) -> str:
        return left if column == 0 or column in words else number

    top = "".join(
        f'<th scope="col" style="{looks(k)};border-top:0;font-weight:600;background:#FFFFFF">{html.escape(head)}</th>'
        for k, head in enumerate(heads)
    )
    body = []
    for k, row in enumerate(rows):
        ground = f"background:{MARKED if k in marked else '#FFFFFF'}"
        badge = badges[k] if badges else ""
        cells = "".join(f'<td style="{looks(c)};{ground}">{html.escape(text)}</td>' for c, text in enumerate(row) if c)
        name = f'<th scope="row" style="{left};{ground};font-weight:600;white-space:nowrap">{badge}'
        body.append(f"<tr>{name}{html.escape(row[0])}</th>{cells}</tr>")
    under = "".join(f'<div style="margin-top:6px;color:{INK}">{html.escape(note)}</div>' for note in notes)
    return (
        f'<div style="{FONT};display:inline-block;background:#FFFFFF;color:{INK};border:1px solid #C4C9CD;'
        f'border-radius:6px;padding:10px 14px;margin:4px 0;max-width:100%;overflow-x:auto;box-sizing:border-box">'
        f'<table style="{FONT};border-collapse:collapse;border:0;margin:0;background:#FFFFFF;color:{INK}">'
        f'<caption style="caption-side:top;text-align:left;white-space:nowrap;color:{INK};padding:0 0 4px"><b>'
        f"{html.escape(caption)}</b></caption><thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table>{under}</div>"
    )


def badge(number: int, colour: str) -> str:
    """HTML of a number on a ground of a #RRGGBB colour, as drivers have it in a replay."""
    return (
        '<span style="display:inline-block;min-width:1.4em;text-align:center;border-radius:4px;padding:0 3px;'
        f'margin-right:8px;background:{colour};color:{text_on(colour)};font-weight:600">{number}</span>'
    )


def text_table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> str:
    """The same as lines of text."""
    lines = [list(heads), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    laid = ["  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines]
    return "\n".join([caption, *laid, *notes])
