"""Paint roads into a city with the mouse: `paint_city(city)` shows the map, and the city changes as one paints.

The browser draws the stroke at once and sends it when the mouse is let go: {"type": "stroke", "points": [[x, y], …],
"radius", "road"}, px of the map. The kernel paints the city and sends the picture of what it is now. Without a front
end, `City.paint` does the same.
"""

from __future__ import annotations

import base64
import io
import threading

import anywidget
import numpy as np
import traitlets
from IPython.display import display

from course_lib.notebook.widgets.esm import esm
from course_lib.sim.city import City, CityError
from course_lib.sim.city_drawing import CityPicture

MOST_POINTS = 400  # of a stroke; a longer one is thinned


class PainterWidget(anywidget.AnyWidget):
    """The picture and the mouse; `CityPainter` is what one works with."""

    _esm = esm("city_painter.js")
    scene = traitlets.Dict().tag(sync=True)  # width and height, px
    picture = traitlets.Unicode().tag(sync=True)  # of the map as it is now, a data address
    said = traitlets.Unicode().tag(sync=True)

    def __repr__(self) -> str:
        return "The map is shown here: run this cell to paint, or call city.paint(x, y, radius, road=True)."


def paint_city(city: City) -> CityPainter:
    """Show a city to paint into; it does not wait until you have painted."""
    painter = CityPainter(city)
    display(painter.widget)
    return painter


class CityPainter:
    """A city and the picture to paint it in.

    Attributes:
        city: it changes as one paints.  widget: the picture.  strokes: how many have been painted.
    """

    def __init__(self, city: City):
        self.city, self.strokes, self._lock = city, 0, threading.Lock()
        scene = {"width": city.width, "height": city.height}
        self.widget = PainterWidget(scene=scene, picture=self._drawn(), said="Paint with the mouse.")
        self.widget.on_msg(self._hear)

    def __repr__(self) -> str:
        return f"CityPainter({self.city!r}, strokes={self.strokes})"

    def _hear(self, _widget, message, _buffers) -> None:
        if not isinstance(message, dict) or message.get("type") != "stroke":
            return
        with self._lock:
            points = np.asarray(message["points"], dtype=float).reshape(-1, 2)
            points = points[:: max(1, -(-len(points) // MOST_POINTS))]
            refused = ""
            for x, y in points:
                try:
                    self.city.paint(x, y, float(message["radius"]), bool(message["road"]))
                except CityError as error:
                    refused = str(error)
            self.strokes += 1
            self.widget.said = refused or f"{self.city.road_share:.1%} of the map is road now."
            self.widget.picture = self._drawn()

    def _drawn(self) -> str:
        picture = CityPicture(self.city)
        picture.goals(list(self.city.goals.values()), list(self.city.goals))
        picture.car(*self.city.start)
        buffer = io.BytesIO()
        picture.image.save(buffer, "PNG")
        return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
