"""Controls that redraw: moved from Python, as a front end's messages would move them."""

from __future__ import annotations

import ipywidgets
from matplotlib.figure import Figure

from course_lib.notebook.widgets.redraw import Redraw, image_html, slider


def make(a, b):
    if a > 8:
        raise ValueError(f"<{a}> is too much")
    return f"<b>{a} {b}</b>"


def test_nothing_is_made_before_a_control_moves_and_every_move_is_followed():
    controls = {"a": slider("a", 1, 0, 9, 1), "b": slider("b", 0.5, 0.0, 2.0, 0.5)}
    redraw = Redraw(controls, make, "Here are two sliders.")
    assert redraw.shown.value == ""
    controls["a"].value = 3
    assert redraw.shown.value == "<b>3 0.5</b>" and redraw.values == {"a": 3, "b": 0.5}
    controls["b"].value = 2.0
    assert redraw.shown.value == "<b>3 2.0</b>"


def test_an_error_is_told_in_the_place_of_the_picture():
    redraw = Redraw({"a": slider("a", 1, 0, 9, 1), "b": slider("b", 0, 0, 2, 1)}, make, "")
    redraw.controls["a"].value = 9
    assert "&lt;9&gt; is too much" in redraw.shown.value and 'role="alert"' in redraw.shown.value
    redraw.controls["a"].value = 2
    assert redraw.shown.value == "<b>2 0</b>"


def test_a_message_of_the_front_end_moves_a_control():
    redraw = Redraw({"a": slider("a", 1, 0, 9, 1), "b": slider("b", 0, 0, 2, 1)}, make, "")
    redraw.controls["a"].set_state({"value": 4})
    assert redraw.shown.value == "<b>4 0</b>"


def test_where_there_are_no_widgets_a_sentence_stands():
    box = Redraw({"a": slider("a", 1, 0, 9, 1)}, make, "Here is a slider.").box
    assert repr(box) == "Here is a slider." and len(box.children) == 2


def test_whole_numbers_have_a_slider_of_whole_numbers():
    assert isinstance(slider("a", 1, 0, 9, 1), ipywidgets.IntSlider)
    assert isinstance(slider("a", 1.0, 0, 9, 1), ipywidgets.FloatSlider)


def test_a_figure_as_html_has_its_alternative_text():
    figure = Figure(figsize=(1, 1))
    figure.alt = 'a "fan" < 3'
    assert 'alt="a &quot;fan&quot; &lt; 3"' in image_html(figure)
    assert image_html(figure).startswith('<img src="data:image/png;base64,iVBOR')
