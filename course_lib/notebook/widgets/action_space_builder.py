"""The console's action space builder, with sliders."""

from __future__ import annotations

import ipywidgets
from IPython.display import display

from course_lib.deepracer.model_metadata import ModelMetadata
from course_lib.notebook.action_spaces import ActionSpace, action_space, continuous_action_space
from course_lib.notebook.setup import headless
from course_lib.notebook.widgets.redraw import CHOICE, Redraw, image_html, slider
from course_lib.sim.vehicle import MAX_STEERING, SPEED_LIMITS

LISTED, CONTINUOUS = "a list of actions", "continuous"


class ActionSpaceBuilder:
    """Sliders for an action space; what is chosen is in ``space``, and wherever that is due, this can be given.

    Args:
        steering: the largest angle in degrees.  angles: how many.
        top_speed: m/s.  levels: how many speeds.  slowest: m/s, of continuous actions.

    Attributes:
        panel: the `Redraw` with the controls.
    """

    def __init__(
        self, steering: float = 30.0, angles: int = 5, top_speed: float = 2.0, levels: int = 2, slowest: float = 0.5
    ):
        most = float(MAX_STEERING)
        controls = {
            "kind": ipywidgets.Dropdown(options=(LISTED, CONTINUOUS), description="kind", **CHOICE),
            "steering": slider("largest angle (°)", float(steering), 1.0, most, 1.0),
            "angles": slider("angles", angles, 1, 9, 2),
            "top_speed": slider("top speed (m/s)", float(top_speed), *SPEED_LIMITS, 0.1),
            "levels": slider("speeds", levels, 1, 4, 1),
            "slowest": slider("slowest, if continuous (m/s)", float(slowest), *SPEED_LIMITS, 0.1),
        }
        self.panel = Redraw(controls, self._shown, "The sliders of the action space are shown here: run this cell.")

    def __repr__(self) -> str:
        return f"ActionSpaceBuilder: {self.space!r}"

    @property
    def space(self) -> ActionSpace:
        """What the sliders say now.

        Raises:
            ModelMetadataError: the slowest speed is not below the top speed.
        """
        return _space(**self.panel.values)

    @property
    def metadata(self) -> ModelMetadata:
        return self.space.metadata

    @property
    def actions(self):
        return self.space.actions

    def _shown(self, **values) -> str:
        space = _space(**values)
        return f"{space._repr_html_()}<br>{image_html(space.picture)}"

    def _ipython_display_(self) -> None:
        display(self.space)
        if not headless():
            display(self.panel.box)


def _space(kind, steering, angles, top_speed, levels, slowest) -> ActionSpace:
    if kind == CONTINUOUS:
        return continuous_action_space(steering, (slowest, top_speed))
    return action_space(steering, angles, top_speed, levels)
