"""What is read aloud is what stands in the file."""

from __future__ import annotations

import pytest

from course_lib.agents import ppo
from course_lib.notebook.listing import listing, settings


def test_a_part_begins_at_its_text_ends_before_the_next_and_loses_its_indent():
    part = listing(ppo.train, "# 2. Judge", "# 3. Learn")
    lines = part.markdown.splitlines()
    assert lines[0] == "```python" and lines[1].startswith("# 2. Judge") and lines[-1] == "```"
    assert any(line.startswith("advantages, returns = advantages_and_returns(") for line in lines)
    assert not any("# 3." in line or "# 1." in line for line in lines)
    assert repr(part) == f"Listing(train, {len(lines) - 2} lines)"


def test_the_four_parts_of_ppo_are_the_whole_loop():
    marks = ["# 1. Drive", "# 2. Judge", "# 3. Learn", "# 4. Report", None]
    parts = [listing(ppo.train, first, last).markdown for first, last in zip(marks, marks[1:])]
    whole = listing(ppo.train, "# 1. Drive").markdown
    squeezed = [line.strip() for part in parts for line in part.splitlines() if line.strip() and "```" not in line]
    assert squeezed == [line.strip() for line in whole.splitlines() if line.strip() and "```" not in line]


def test_a_text_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="No line of train holds '# 9.'"):
        listing(ppo.train, "# 9.")
    with pytest.raises(ValueError, match="No line of train holds '# 1.'"):
        listing(ppo.train, "# 2.", "# 1.")


def test_settings_have_a_default_and_a_text_each():
    table = settings(ppo.Config).markdown
    assert "| `clip` | `0.2` | how far one update may move" in table
    assert "| `steps` | `1_000_000` |" in table
    assert all(not row.endswith("|  |") for row in table.splitlines())
