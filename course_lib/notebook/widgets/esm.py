"""What the widgets share: one ES module out of several files, and a track's shape as plain data for it.

anywidget takes a single ES module per widget and nothing that the module would have to fetch. So the files of this
folder are written without imports; the last one of a widget ends with ``export default { render }``.
"""

from __future__ import annotations

from pathlib import Path

from course_lib.notebook.driven import borders
from course_lib.sim.track import Track


def esm(*names: str) -> str:
    """The text of an ES module: files of this folder, in this order, such as ``esm("track_canvas.js", "drive.js")``.

    Raises:
        FileNotFoundError: there is no such file.
    """
    folder = Path(__file__).parent
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def track_geometry(track: Track) -> dict:
    """A track as plain data for `track_canvas.js`.

    Returns:
        name, and lists of [x, y] in m, rounded to mm: outside and inside (the two borders), centre (in driving
        order) and start (the two ends of the start line).
    """
    outside, inside = borders(track)
    lines = {"outside": outside.points, "inside": inside.points, "centre": track.centre.points}
    shape = {name: points.round(3).tolist() for name, points in lines.items()}
    return {"name": track.name, **shape, "start": track.rows[0, 2:].reshape(2, 2).round(3).tolist()}
