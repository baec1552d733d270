"""Charts hold the numbers that they were given, and say in words what they show."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from course_lib.notebook import charts
from course_lib.notebook.picture import to_png


def opened(figure) -> Image.Image:
    picture = Image.open(io.BytesIO(to_png(figure)))
    picture.load()
    return picture


def test_lines_on_common_and_on_own_places():
    figure = charts.lines(
        {"one": [1.0, 2.0, 3.0], "two": ([0.0, 4.0], [5.0, 6.0])},
        x=[10, 20, 30], x_label="steps", y_label="return", bands={"one": ([0, 1, 2], [2, 3, 4])}, goal=4.0,
    )  # fmt: skip
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[10, 1], [20, 2], [30, 3]])
    np.testing.assert_allclose(axes.lines[1].get_xydata(), [[0, 5], [4, 6]])
    assert len(axes.collections) == 1 and [text.get_text() for text in axes.get_legend().get_texts()] == ["one", "two"]
    assert figure.alt == "return against steps: one from 1 to 3; two from 5 to 6."
    assert opened(figure).width == 720


def test_lines_differ_by_dash_or_mark_too():
    dashed = charts.lines({str(k): np.arange(40) + k for k in range(3)}).axes[0].lines
    assert len({line.get_linestyle() for line in dashed}) == 3
    marked = charts.lines({str(k): [k, k + 1] for k in range(3)}, points=True).axes[0].lines
    assert len({line.get_marker() for line in marked}) == 3
    assert all(line.get_linestyle() == "None" for line in marked)


def test_bars_with_whiskers():
    figure = charts.bars(
        {"PPO": 195.0, "DQN": -20.0}, y_label="return", spread={"PPO": (180.0, 200.0)}, form="{:.0f}", goal=100.0
    )
    axes = figure.axes[0]
    assert [bar.get_height() for bar in axes.patches] == [195.0, -20.0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["PPO", "DQN"]
    assert {text.get_text() for text in axes.texts} == {"195", "-20", "goal"}
    assert figure.alt == "Bars of return: PPO 195, DQN -20."
    assert axes.get_ylim()[1] > 200 and opened(figure).width == 720


def test_the_name_of_a_goal_is_seen_however_few_the_bars():
    few = charts.bars({"a": 1.0, "b": 2.0}, goal=3.0, goal_label="solved")
    none = charts.bars({"a": 1.0, "b": 2.0}, goal=3.0, goal_label="")
    assert (np.asarray(opened(few).convert("RGB")) != np.asarray(opened(none).convert("RGB"))).any()


def test_a_heat_map_and_its_edges():
    figure = charts.heat_map(
        [[-1.0, 0.5], [0.0, 2.0]], x=[0.0, 1.0], y=[10.0, 20.0], around_zero=True, value_label="worth", x_label="place"
    )
    image = figure.axes[0].images[0]
    assert image.get_extent() == [-0.5, 1.5, 5.0, 25.0]
    assert image.get_clim() == (-2.0, 2.0)
    assert figure.alt == "worth over place and rows, from -1 to 2."
    assert charts.heat_map([[1.0]], alt="A single cell.").alt == "A single cell."


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: charts.lines({}), "nothing to draw"),
        (lambda: charts.bars({}), "nothing to draw"),
        (lambda: charts.lines({"a": [1, 2]}, x=[1, 2, 3]), "as many of each"),
        (lambda: charts.heat_map([1, 2]), "rows and columns are due"),
    ],
)
def test_what_cannot_be_drawn(draw, said):
    with pytest.raises(ValueError, match=said):
        draw()
