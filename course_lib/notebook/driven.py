"""What a recorded path tells, and the colours it is drawn in: shared by plots and replays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_lib.sim.boxes import Boxes
from course_lib.sim.polyline import Polyline
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT, NOSE

# Okabe and Ito (2008): colour-blind people can tell these apart. A dash, a mark or a number goes with each.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#F0E442", "#000000")
ROAD, BORDER, INK = "#DDE1E4", "#5B6268", "#222222"
CARDBOARD = "#C9A06A"  # of boxes

X, Y, HEADING, SPEED, STEERING, S = range(6)  # columns of a path of `LapResults.paths`


def checked_paths(paths, labels: Sequence[str] | None = None) -> list[np.ndarray]:
    """Paths as a list of float arrays (steps + 1, 6), after a look at each of them.

    Args:
        paths: one path or several, as in `LapResults.paths`.
        labels: one per path, or None.

    Raises:
        ValueError: no path at all, one of another shape or not finite, or another number of labels.
    """
    paths = [paths] if isinstance(paths, np.ndarray) and paths.ndim == 2 else list(paths)
    paths = [np.asarray(path, dtype=np.float64) for path in paths]
    if not paths:
        raise ValueError("There is no path to draw: run the laps with record=True.")
    for number, path in enumerate(paths):
        if path.ndim != 2 or path.shape[1] != 6 or len(path) < 2:
            raise ValueError(
                f"Path {number} has the shape {path.shape}: it must be (steps + 1, 6), "
                "with at least two rows, as in LapResults.paths."
            )
        bad = np.flatnonzero(~np.isfinite(path).all(axis=1))
        if len(bad):
            raise ValueError(f"Path {number}, row {bad[0]} is not finite: draw only what was driven.")
    if labels is not None and (isinstance(labels, str) or len(labels) != len(paths)):
        raise ValueError(f"The labels {labels!r} do not fit {len(paths)} paths: give a list of one per path.")
    return paths


def outcome(track: Track, path: np.ndarray, boxes: Boxes | None = None) -> tuple[str, float]:
    """How a drive ended, told from its path (steps + 1, 6) and the boxes that stood there.

    Returns:
        "finished", with the time in s from the start until the last lap was complete (between two steps, as
        `RaceWorld` does); "crashed", with the time when it hit a box; "off", with that when it left the road; or
        "stopped", with that of its last step.
    """
    if boxes is not None and boxes.count:
        x, y, heading = path[-1, [X, Y, HEADING]]
        cos, sin = np.cos(heading), np.sin(heading)
        if boxes.hit_by(x - NOSE * cos, y - NOSE * sin, cos, sin):
            return "crashed", (len(path) - 1) * DT
    way = travelled(track, path)
    begun = 0.0
    if path[0, SPEED] > 0:  # a path that begins in motion, as `last_lap` cuts it: its lap runs from line to line
        lead = path[0, S]
    else:  # A lap is counted from where the car's origin stood, and complete when the nose gets there.
        x, y, heading = path[0, [X, Y, HEADING]]
        start = float(track.project(x - NOSE * np.cos(heading), y - NOSE * np.sin(heading))[0])
        start = start if drives_forward(track, path) else track.length - start
        lead = path[0, S] - start
    lead -= track.length * round(lead / track.length)
    if lead < 0:
        begun = float(np.interp(-lead, way, np.arange(len(way)))) * DT
    goal = max(1, round((way[-1] + lead) / track.length)) * track.length - lead
    if way[-2] - 0.02 < goal < way[-1] + 0.02:
        share = min(max(float((goal - way[-2]) / (way[-1] - way[-2])), 0.0), 1.0)
        return "finished", (len(path) - 2 + share) * DT - begun
    on_road = bool(track.contains(path[-1, X], path[-1, Y]))
    return "stopped" if on_road else "off", (len(path) - 1) * DT


def borders(track: Track) -> list[Polyline]:
    """The border round the road, then the one round the field inside."""
    return sorted((track.outer, track.inner), key=lambda line: -abs(line.signed_area))


def travelled(track: Track, path: np.ndarray) -> np.ndarray:
    """(steps + 1,) m along the centre line since the first row, over as many laps as it takes."""
    moved = np.diff(path[:, S])
    moved -= track.length * np.round(moved / track.length)
    return np.concatenate([[0.0], np.cumsum(moved)])


def last_lap(track: Track, path: np.ndarray) -> np.ndarray:
    """The rows of the last lap that was begun: from the last time but one that the car crossed the start line.

    A path that ends with a finished lap is cut to that lap, a single lap from the start line is given back whole.
    """
    crossed = np.flatnonzero(np.abs(np.diff(path[:, S])) > track.length / 2) + 1  # first rows of a new lap
    if len(crossed) and crossed[-1] > len(path) - 3:
        crossed = crossed[:-1]  # the lap that ends here
    return path[crossed[-1] - 1 :] if len(crossed) else path


def drives_forward(track: Track, path: np.ndarray) -> bool:
    """Does the car go the way of the track's file?"""
    index = track.project(path[:, X], path[:, Y])[2]
    ahead = np.stack([np.cos(path[:, HEADING]), np.sin(path[:, HEADING])], axis=1)
    return float((ahead * track.centre.directions[index]).sum()) >= 0


def text_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a #RRGGBB colour (relative luminance of WCAG 2)."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    return "#000000" if luminance > 0.179 else "#FFFFFF"
