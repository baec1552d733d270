"""The parts of a track that people talk about, "turn 3" and "the straight after it", found from its centre line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import style
from matplotlib.patheffects import withStroke
from scipy.ndimage import uniform_filter1d

from course_lib.notebook.driven import BORDER, INK, ROAD, borders
from course_lib.notebook.picture import Picture, blank
from course_lib.sim.track import STEP, Track

SMOOTH = 60  # table entries, 60 cm: waypoints make the curvature ripple
BEND = 0.3  # 1/m: the road bends where its radius is below 3.3 m
BENDS_LITTLE = 0.5  # of the largest curvature, for tracks that bend less everywhere
SMALLEST = np.radians(20.0)  # that a turn must turn, or it is part of a straight
SHORTEST = 0.8  # m: a straight that is shorter belongs to the turns beside it


@dataclass(frozen=True)
class Section:
    """A turn or a straight.

    Attributes:
        name: "turn 3", "straight 3" (the one after turn 3), or "start straight".
        turn: its number from 1 in the order of the track's file; 0 for a straight.
        begin, end: m along the centre line; ``begin`` > ``end`` for the one that holds the start line.
        angle: degrees that the road turns there, left positive.
    """

    name: str
    turn: int
    begin: float
    end: float
    angle: float


def sections(track: Track) -> list[Section]:
    """The turns and straights of a track in driving order, from the start line on; together they are the whole lap.

    A road that bends one way all the time is one turn.
    """
    bends = uniform_filter1d(track.curvature, SMOOTH, mode="wrap")
    side = np.sign(bends) * (np.abs(bends) > min(BEND, BENDS_LITTLE * np.abs(bends).max()))
    count = len(side)
    runs = [run for run in _runs(side) if side[run[0] % count] and abs(_angle(track, *run)) >= SMALLEST]
    if runs[0][1] - runs[0][0] == count:
        return [Section("turn 1", 1, 0.0, track.length, float(np.degrees(_angle(track, *runs[0]))))]
    turns = _joined(runs, side)
    parts = []
    for number, (begin, end) in enumerate(turns, start=1):
        parts.append(_section(track, f"turn {number}", number, begin, end))
        following = turns[number][0] if number < len(turns) else turns[0][0] + count
        if following > end:
            name = "start straight" if end <= 0 < following or end <= count <= following else f"straight {number}"
            parts.append(_section(track, name, 0, end, following))
    at_start = next((k for k, part in enumerate(parts) if part.begin > part.end or part.begin == 0), 0)
    return parts[at_start:] + parts[:at_start]


def section_at(parts: Sequence[Section], s) -> np.ndarray:
    """Index of the section at each arc length ``s`` (m, any shape)."""
    s = np.asarray(s, dtype=np.float64)
    index = np.zeros(s.shape, dtype=np.intp)
    for k, part in enumerate(parts):
        inside = (s >= part.begin) & (s < part.end)
        if part.begin > part.end:
            inside = (s >= part.begin) | (s < part.end)
        index[inside] = k
    return index


@style.context("default")
def turns_map(track: Track, parts: Sequence[Section] | None = None, title: str | None = None) -> Picture:
    """The track from above with the numbers of its turns."""
    parts = sections(track) if parts is None else parts
    span = np.ptp(track.rows.reshape(-1, 2), axis=0)
    figure = blank(7.2, float(np.clip(7.0 * span[1] / span[0], 2.2, 7.0)), title)
    draw_map(figure.subplots(), track, parts)
    told = ", ".join(f"{part.name} {_hand(part.angle)} by {abs(part.angle):.0f}°" for part in parts if part.turn)
    figure.alt = f"Track {track.name} from above, {track.length:.1f} m long, with numbered turns: {told}."
    return figure


def draw_map(axes, track: Track, parts: Sequence[Section], size: float = 13.0) -> None:
    """Draw the road into axes, without scales, with the number of each turn on it, readable on any colour."""
    for line, colour in zip(borders(track), (ROAD, "white")):
        axes.fill(*line.points.T, facecolor=colour, edgecolor=BORDER, linewidth=0.8, zorder=0)
    axes.plot(*track.rows[0, 2:].reshape(2, 2).T, color=INK, linewidth=2.5, solid_capstyle="butt", zorder=0.6)
    axes.set(aspect="equal", xticks=[], yticks=[], facecolor="white")
    axes.spines[:].set_visible(False)
    axes.margins(0.05)
    halo = [withStroke(linewidth=3, foreground="white")]
    for part in parts:
        if part.turn:
            length = (part.end - part.begin) % track.length or track.length
            spot = track.centre.at(part.begin + length / 2)
            look = {"fontsize": size, "fontweight": "bold", "color": INK, "path_effects": halo, "zorder": 7}
            axes.annotate(str(part.turn), spot, ha="center", va="center_baseline", **look)


def _hand(angle: float) -> str:
    return "left" if angle > 0 else "right"


def _runs(side: np.ndarray) -> list[tuple[int, int]]:
    """(begin, end) of the stretches of equal values round the loop; the one over its end has a negative begin."""
    changes = np.flatnonzero(side != np.roll(side, 1)).tolist()
    if not changes:
        return [(0, len(side))]
    around = [] if changes[0] == 0 else [(changes[-1] - len(side), changes[0])]
    return around + list(zip(changes, changes[1:] + ([] if around else [len(side)])))


def _joined(runs: Sequence[tuple[int, int]], side: np.ndarray) -> list[list[int]]:
    """Turns with no short straight between them: those of one side become one, others meet in the middle."""
    count, turns = len(side), [list(runs[0])]
    for begin, end in runs[1:]:
        if begin - turns[-1][1] < SHORTEST / STEP and side[begin] == side[turns[-1][0]]:
            turns[-1][1] = end
        else:
            turns.append([begin, end])
    first, last = turns[0], turns[-1]
    if first is not last and first[0] + count - last[1] < SHORTEST / STEP and side[first[0]] == side[last[0]]:
        first[0] = last[0] - count
        turns.pop()
    for k, turn in enumerate(turns):
        after = turns[(k + 1) % len(turns)]
        gap = after[0] - turn[1] + (count if after is turns[0] else 0)
        if after is not turn and gap < SHORTEST / STEP:
            turn[1] += gap // 2
            after[0] -= gap - gap // 2
    return turns


def _angle(track: Track, begin: int, end: int) -> float:
    """rad that the centre line turns between two entries of its tables."""
    return float(np.take(track.curvature, np.arange(begin, end), mode="wrap").sum() * STEP)


def _section(track: Track, name: str, turn: int, begin: int, end: int) -> Section:
    angle = float(np.degrees(_angle(track, begin, end)))
    places = [k % track.table_length * STEP for k in (begin, end)]
    return Section(name, turn, places[0], places[1] or track.length, angle)
