"""The pictures and the table of an ablation tell what its runs hold."""

from __future__ import annotations

import pytest

from course_lib.agents.ablation import Watched
from course_lib.notebook.ablation_pictures import AblationTable, against_the_whole


def run(label: str, seed: int, metres: float, promised: float = 4.0, clean: int = 16) -> Watched:
    rows = [{"steps": 500 * k, "metres": metres * k / 2, "promised": promised, "came": 5.0} for k in (1, 2)]
    return Watched(label, seed, None, rows, clean)


def runs() -> dict[str, list[Watched]]:
    return {
        "TD3": [run("TD3", 0, 9.0), run("TD3", 1, 10.0)],
        "no delay": [run("no delay", 0, 9.5, 5.5), run("no delay", 1, 12.0, 6.5)],
        "one critic": [run("one critic", 0, 2.0, clean=0), run("one critic", 1, 4.0, clean=3)],
        "DDPG": [run("DDPG", 0, 11.0), run("DDPG", 1, 12.0)],
    }


def test_the_table_says_where_all_seeds_are_apart_and_where_they_are_not():
    lines = repr(AblationTable(runs())).splitlines()
    told = {line.split("  ")[0]: line for line in lines}
    assert lines[0] == "After 1,000 steps"
    assert told["no delay"].endswith("no") and "+1.0 (+0.5 to +1.5)" in told["no delay"]
    assert told["one critic"].endswith("yes, less far") and "0, 3" in told["one critic"]
    assert told["DDPG"].endswith("yes, further") and "11.5 (11.0 to 12.0)" in told["DDPG"]
    assert "16, 16" in told["TD3"] and "-1.0" in told["TD3"]
    assert "<table" in AblationTable(runs())._repr_html_()


def test_the_curves_stand_against_the_whole_and_the_text_tells_where_they_end():
    picture = against_the_whole(runs())
    assert [axes.get_title() for axes in picture.axes if axes.get_title()] == ["no delay", "one critic", "DDPG"]
    assert "TD3 ends at 9.5, between 9.0 and 10.0" in picture.alt
    assert "one critic ends at 3.0, between 2.0 and 4.0" in picture.alt
    with pytest.raises(ValueError, match="one label only"):
        against_the_whole({"TD3": runs()["TD3"]})
