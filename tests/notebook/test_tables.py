"""Tables are legible as text, as HTML, and with names that look like HTML."""

from __future__ import annotations

from course_lib.notebook.tables import MARKED, html_table, text_table

HEADS, ROWS = ["reward", "laps", "note"], [["<b>fast</b>", "16 of 16", "a & b"], ["slow", "3 of 16", ""]]


def test_html_is_escaped_and_says_what_heads_what():
    page = html_table("A <table>", HEADS, ROWS, words=(2,), marked=(1,), badges=["<i>1</i>", ""], notes=["x < y"])
    assert (
        "A &lt;table&gt;" in page and "&lt;b&gt;fast&lt;/b&gt;" in page and "a &amp; b" in page and "x &lt; y" in page
    )
    assert page.count('<th scope="col"') == 3 and page.count('<th scope="row"') == 2
    assert page.count(MARKED) == 3 and "<i>1</i>&lt;b&gt;" in page
    first = page.split("<tr>")[2]
    assert first.count("text-align:right") == 1, "numbers stand right, names and sentences left"


def test_text_stands_in_columns():
    assert text_table("Laps", HEADS, ROWS, ["done"]).splitlines() == [
        "Laps", "reward       laps      note", "<b>fast</b>  16 of 16  a & b", "slow         3 of 16", "done",
    ]  # fmt: skip
