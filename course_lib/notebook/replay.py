"""Laps that move: an animated PNG that stays in a notebook, and an HTML replay to pause, wind and compare.

The APNG is an image/png for every viewer and needs no script, so it is what a saved notebook keeps. The HTML
replay needs JavaScript, and nothing else: no library, no network.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from course_lib.files import write_atomically
from course_lib.notebook.apng import encode
from course_lib.notebook.driven import COLOURS, HEADING, SPEED, X, Y, borders, checked_paths, outcome, text_on
from course_lib.notebook.lap_frames import LapScene
from course_lib.sim.boxes import Boxes
from course_lib.sim.track import Track
from course_lib.sim.vehicle import DT

PLACE, TURN, PACE, LINE = 0.002, 0.01, 0.02, 0.004  # m, rad, m/s, m: quanta of the numbers in an HTML replay
LAST = Fraction(2)  # s that the last picture of an animated PNG stays before it begins again
WORDS = {"finished": "finished", "off": "left the road", "crashed": "hit a box", "stopped": "stopped"}


@dataclass(frozen=True, repr=False)
class LapReplay:
    """An animated PNG of one or more drives; a notebook shows it with its alternative text ``alt``."""

    png: bytes
    alt: str
    track: str
    cars: int
    seconds: float

    def __repr__(self) -> str:
        return f"LapReplay({self.track!r}, cars={self.cars}, seconds={self.seconds:.1f})"

    def _repr_mimebundle_(self, include=None, exclude=None):
        image = base64.b64encode(self.png).decode("ascii")
        return {"image/png": image, "text/plain": repr(self)}, {"image/png": {"alt": self.alt}}

    def save(self, path: str | Path) -> Path:
        """Write the PNG file, in full or not at all; returns the path.

        Raises:
            OSError: the folder is missing or cannot be written.
        """
        write_atomically(Path(path), self.png)
        return Path(path)


def lap_replay(
    track: Track, paths, labels: Sequence[str] | None = None, fps: float = 15, width: int = 432, boxes=None
) -> LapReplay:
    """An animated PNG of cars on the track, seen from above, dots behind each: the faster, the farther apart.

    Args:
        track: the track of the paths.
        paths: one path (steps + 1, 6) or a list of them, as in `LapResults.paths`; all start together.
        labels: one per path.
        fps: pictures per second; at 15 there is one per row of the longest path.
        width: of the picture in px.
        boxes: that stood on the track, as `RaceWorld` takes them.

    Raises:
        ValueError: a path of another shape or not finite, too few labels, fps or width out of range.
        BoxError: boxes that cannot stand there.
    """
    paths = checked_paths(paths, labels)
    labels = None if labels is None else [str(label) for label in labels]
    if not (1 <= fps <= 60 and 200 <= width <= 2000):
        raise ValueError(f"fps={fps}, width={width}: fps must lie in 1 to 60 and width in 200 to 2000.")
    boxes = Boxes(track, boxes)
    ends = [outcome(track, path, boxes) for path in paths]
    last = max(len(path) for path in paths) - 1
    rows = [min(round(k / fps / DT), last) for k in range(int(np.ceil(last * DT * fps - 1e-6)) + 1)]
    delays = [1 / Fraction(fps).limit_denominator(1000)] * (len(rows) - 1) + [LAST]
    results = {"finished": "{:.2f} s", "off": "off road", "crashed": "hit a box", "stopped": "stopped"}
    scene = LapScene(track, paths, labels, [results[how].format(time) for how, time in ends], width, boxes)
    alt = _told(track, labels, ends)
    png = encode((scene.frame(row) for row in rows), scene.palette, delays, alt)
    return LapReplay(png, alt, track.name, len(paths), last * DT)


def _told(track: Track, labels: Sequence[str] | None, ends: Sequence[tuple[str, float]]) -> str:
    names = labels or [f"car {number + 1}" for number in range(len(ends))]
    drives = "; ".join(f"{name}: {WORDS[how]} after {time:.2f} s" for name, (how, time) in zip(names, ends))
    cars = "1 car" if len(ends) == 1 else f"{len(ends)} cars"
    return f"Replay of {cars} on track {track.name}, seen from above: {drives}."


@dataclass(frozen=True, repr=False)
class HtmlReplay:
    """A replay for browsers; a notebook shows it in a frame of its own.

    Attributes:
        html: a <div> that stands anywhere in a page, also several times, and needs nothing from elsewhere.
        alt: what it shows.
    """

    html: str
    alt: str
    track: str
    cars: int
    seconds: float

    def __repr__(self) -> str:
        return f"HtmlReplay({self.track!r}, cars={self.cars}, seconds={self.seconds:.1f})"

    @property
    def page(self) -> str:
        """A whole HTML page."""
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(f'Replay on {self.track}')}</title>\n"
            "<style>html, body { margin: 0; background: #fff; }</style>\n"
            f"</head>\n<body>\n{self.html}</body>\n</html>\n"
        )

    def _repr_html_(self) -> str:
        # A frame keeps the notebook's styles and keys apart from the replay's, which corrects the height.
        style = "width: 100%; height: 560px; border: 0; background: #fff;"
        return (
            f'<iframe data-first-lap-replay title="{html.escape(self.alt)}" scrolling="no" '
            f'style="{style}" srcdoc="{html.escape(self.page)}"></iframe>'
        )

    def save(self, path: str | Path) -> Path:
        """Write a whole page that works from the file system, in full or not at all; returns the path.

        Raises:
            OSError: the folder is missing or cannot be written.
        """
        write_atomically(Path(path), self.page.encode("utf-8"))
        return Path(path)


def html_replay(track: Track, paths, labels: Sequence[str] | None = None, boxes=None) -> HtmlReplay:
    """A replay of several cars to play, pause and wind in a browser, with a table of speed, time and result.

    Args and errors: see `lap_replay`; all cars start together.
    """
    paths = checked_paths(paths, labels)
    labels = [str(label) for label in labels or (f"car {number + 1}" for number in range(len(paths)))]
    boxes = Boxes(track, boxes)
    ends = [outcome(track, path, boxes) for path in paths]
    cars, rows = [], []
    for number, (path, label, (how, seconds)) in enumerate(zip(paths, labels, ends)):
        colour = COLOURS[number % len(COLOURS)]
        cars.append(
            {
                "label": label,
                "colour": colour,
                "ink": text_on(colour),
                "outcome": how,
                "words": WORDS[how],
                "seconds": round(seconds, 3),
                "x": _deltas(path[:, X], PLACE, 2),
                "y": _deltas(path[:, Y], PLACE, 2),
                "heading": _deltas(np.unwrap(path[:, HEADING]), TURN, 1),
                "speed": _deltas(path[:, SPEED], PACE, 1),
            }
        )
        badge = f'<span class="badge" style="background: {colour}; color: {text_on(colour)}">'
        rows.append(
            f'<tr><th scope="row">{badge}{number + 1}</span>{html.escape(label)}</th>'
            f"<td>–</td><td>{seconds:.2f} s</td><td>{WORDS[how]}</td></tr>"
        )
    lines = [*borders(track), track.centre]
    data = {
        "dt": DT,
        "quanta": {"place": PLACE, "heading": TURN, "speed": PACE, "line": LINE},
        "cars": cars,
        "lines": [[_deltas(column, LINE, 2) for column in line.points.T] for line in lines],
        "start": track.rows[0, 2:].round(3).tolist(),
        "boxes": [dict(zip("xy", corners.T.round(3).tolist())) for corners in boxes.corners],
    }
    last = (max(len(path) for path in paths) - 1) * DT
    alt = _told(track, labels, ends)
    parts = {
        "title": html.escape(f"Replay on {track.name}"),
        "alt": html.escape(alt),
        "seconds": f"{last:.4f}",
        "rows": "\n".join(rows),
        "data": json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
    }
    template = Path(__file__).with_name("replay.html").read_text(encoding="utf-8")
    # One pass over the template: a label that looks like a place to fill stays a label.
    filled = re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)
    return HtmlReplay(filled, alt, track.name, len(paths), last)


def _deltas(values: np.ndarray, quantum: float, times: int) -> list[int]:
    """Whole quanta as differences, ``times`` over: small numbers that as many `numpy.cumsum` turn back."""
    whole = np.round(np.asarray(values) / quantum).astype(int)
    for _ in range(times):
        whole = np.diff(whole, prepend=0)
    return whole.tolist()
