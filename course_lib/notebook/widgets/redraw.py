"""Controls and what they make: the one pattern of the widgets that have no picture of their own.

What is made appears below the controls when one of them was moved for the first time. Until then the output above
them, which stays in the saved notebook as widgets do not, shows it. It is plain HTML in a text trait: no display ids,
no output capture, no binary trait, each of which some front end does not pass on (Colab, old kernels).
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
from matplotlib.figure import Figure

SLIDER = {"style": {"description_width": "230px"}, "layout": {"width": "510px"}, "continuous_update": False}
CHOICE = {"style": SLIDER["style"], "layout": SLIDER["layout"]}


class Box(ipywidgets.VBox):
    """A column of widgets with a text for where there are no widgets."""

    told = ""

    def __repr__(self) -> str:
        return self.told


class Redraw:
    """Calls a function whenever a control has a new value.

    Args:
        controls: name -> widget with a ``value``.
        make: called with the values of all controls by name; returns HTML, or raises one of ``errors``.
        told: what is shown where there are no widgets.
        errors: exceptions whose message is shown instead.
        rows: what to show of the controls, if that is more than themselves.

    Attributes:
        box: to be displayed.  shown: the HTML widget below the controls.
    """

    def __init__(
        self,
        controls: Mapping[str, Any],
        make: Callable[..., str],
        told: str,
        errors: tuple[type[Exception], ...] = (ValueError,),
        rows: list | None = None,
    ):
        self.controls, self._make, self._errors = dict(controls), make, errors
        self.shown = ipywidgets.HTML()
        self.box = Box([*(rows or self.controls.values()), self.shown])
        self.box.told = told
        for control in self.controls.values():
            control.observe(self._changed, names="value")

    @property
    def values(self) -> dict[str, Any]:
        return {name: control.value for name, control in self.controls.items()}

    def _changed(self, _change) -> None:
        try:
            self.shown.value = self._make(**self.values)
        except self._errors as error:
            self.shown.value = f'<div role="alert" style="color:#222222">{html.escape(str(error))}</div>'


def slider(description: str, value: float, low: float, high: float, step: float):
    """A slider of numbers, or of whole numbers if all of these are whole, that tells its value when it is let go."""
    kind = ipywidgets.IntSlider if all(isinstance(x, int) for x in (value, low, high, step)) else ipywidgets.FloatSlider
    return kind(value=value, min=low, max=high, step=step, description=description, **SLIDER)


def image_html(figure: Figure) -> str:
    """A figure as an <img> with its alternative text; made fast rather than small, for it is not kept."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, facecolor="white")
    image = base64.b64encode(buffer.getvalue()).decode("ascii")
    alt = html.escape(getattr(figure, "alt", ""))
    return f'<img src="data:image/png;base64,{image}" alt="{alt}" style="max-width:100%;background:#FFFFFF">'
