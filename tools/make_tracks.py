"""Make the tracks that First Lap ships: data/tracks/*.npy and data/tracks/tracks.json.

    python tools/make_tracks.py                        write the files
    python tools/make_tracks.py --preview sheet.png    also draw every track on one sheet
    python tools/make_tracks.py --out FOLDER           write somewhere else

A design is a list of corners (x, y, radius) in metres, in driving order. Straight lines join the corners
and an arc of that radius rounds each of them. Driving starts in the middle of the line from the last corner
to the first. Then the line is eased: no car can jump from a straight into an arc, so curvature must rise
gradually.

File format: float64 (n, 6), a row for each point: centre x, y, inner border x, y, outer border x, y; the
first row is repeated as the last. The order of the rows is the driving direction. Inner is left of travel on
counter-clockwise tracks and right of travel on clockwise ones.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import convolve1d

FINE_STEP = 0.01  # m, spacing while shaping
ROW_STEP = 0.12  # m, spacing of the rows in the file, about
EASE = 0.30  # m, length of each of the three moving averages that ease a corner
DECIMALS = 4  # rounding hides the last-bit differences between platforms

DESIGNS = {
    "camp": dict(
        title="Camp",
        difficulty="medium",
        description="The home track: a long straight, a fast sweep, a left-right kink and a tight last turn.",
        width=0.76,
        corners=[
            (6.67, 0.0, 1.75), (6.67, 3.6, 1.75), (4.1, 3.6, 1.0),
            (3.1, 1.9, 0.85), (0.5, 3.2, 0.8), (0.0, 0.0, 0.9),
        ],
    ),
    "oval": dict(
        title="Oval",
        difficulty="easy",
        description="Two straights and two round ends: the place for a very first lap.",
        width=0.9,
        corners=[
            (8.0, 0.0, 1.8), (8.0, 3.6, 1.8), (0.0, 3.6, 1.8), (0.0, 0.0, 1.8),
        ],
    ),
    "pebble": dict(
        title="Pebble",
        difficulty="easy",
        description="A wide road with three long, gentle bends: see how fast you dare to go.",
        width=1.2,
        corners=[
            (9.4, 0.0, 1.9), (5.8, 7.8, 2.3), (0.0, 0.0, 2.0),
        ],
    ),
    "peanut": dict(
        title="Peanut",
        difficulty="easy",
        description="Two round ends and a waist between them, so the car must learn to steer both ways.",
        width=0.9,
        corners=[
            (6.8, 0.0, 1.5), (10.2, 0.0, 1.9), (10.2, 4.6, 2.0), (6.8, 4.6, 1.6), (4.6, 3.2, 1.8),
            (2.4, 4.0, 1.5), (0.0, 4.0, 1.4), (0.0, 0.6, 1.5), (2.2, 0.6, 1.5), (3.8, 1.5, 1.6),
        ],
    ),
    "chicane": dict(
        title="Chicane",
        difficulty="medium",
        description="Fast straights, broken by quick flicks to one side and back: brake late, but brake.",
        width=0.8,
        corners=[
            (5.4, 0.0, 0.9), (6.5, 1.1, 0.9), (10.4, 1.1, 1.1), (10.4, 4.8, 1.1), (7.6, 4.8, 0.9),
            (6.7, 3.5, 0.9), (4.7, 3.5, 0.9), (3.8, 4.8, 0.9), (0.0, 4.8, 1.2), (0.0, 0.0, 1.2),
        ],
    ),
    "waves": dict(
        title="Waves",
        difficulty="medium",
        description="One bend flows into the next: get the first one wrong and you pay for it in the last.",
        width=0.8,
        corners=[
            (10.6, 0.0, 1.2), (10.6, 4.4, 1.1), (8.8, 4.4, 1.0), (7.2, 2.4, 1.1), (5.4, 4.6, 1.1),
            (3.6, 2.4, 1.1), (1.8, 4.4, 1.0), (0.0, 4.4, 1.1), (0.0, 0.0, 1.2),
        ],
    ),
    "hairpin": dict(
        title="Hairpin",
        difficulty="hard",
        description="Three hairpins in a row: go in slow, come out fast, and never brake too late.",
        width=0.8,
        corners=[
            (8.0, 0.0, 0.85), (8.0, 1.7, 0.85), (2.0, 1.7, 0.85), (2.0, 3.4, 0.85),
            (7.0, 3.4, 0.85), (7.0, 5.1, 0.85), (0.2, 5.1, 1.4), (0.2, 0.0, 1.4),
        ],
    ),
    "clover": dict(
        title="Clover",
        difficulty="medium",
        description="Three leaves around a middle: long left turns, with a short right turn between them.",
        width=0.9,
        corners=[
            (8.6, -0.3, 1.4), (8.9, 2.9, 1.4), (5.9, 3.2, 1.1), (6.1, 6.5, 1.5),
            (2.5, 6.5, 1.5), (2.7, 3.2, 1.1), (-0.3, 2.9, 1.4), (0.0, -0.3, 1.4),
        ],
    ),
    "downtown": dict(
        title="Downtown",
        difficulty="hard",
        description="Clockwise around the blocks of a city: straight streets and right-angled corners.",
        width=0.8,
        corners=[
            (0.0, 6.0, 0.9), (4.0, 6.0, 0.9), (4.0, 3.8, 0.9), (8.0, 3.8, 0.9), (8.0, -0.4, 0.9),
            (5.6, -0.4, 0.9), (5.6, 1.8, 0.9), (2.4, 1.8, 0.9), (2.4, -0.4, 0.9), (0.0, -0.4, 0.9),
        ],
    ),
    "thread": dict(
        title="Thread",
        difficulty="hard",
        description="Narrow as a thread and always turning: here the clean line beats the brave one.",
        width=0.6,
        corners=[
            (6.8, 0.0, 0.8), (6.8, 1.8, 0.8), (4.8, 2.0, 0.8), (5.2, 4.2, 0.8),
            (3.2, 4.6, 0.8), (2.6, 2.4, 0.8), (0.9, 2.2, 0.8), (0.6, 4.4, 0.8),
            (-1.2, 4.4, 0.8), (-0.6, 2.0, 0.9), (-1.5, 0.0, 0.8),
        ],
    ),
    "river": dict(
        title="River",
        difficulty="medium",
        description="The road swells and narrows like a river: use the wide parts, aim for the narrow.",
        width=[(0.0, 0.9), (0.18, 1.3), (0.36, 0.8), (0.52, 1.3), (0.7, 0.8), (0.85, 1.2)],
        corners=[
            (9.0, 0.0, 1.8), (11.6, 2.6, 1.6), (8.8, 5.4, 1.7), (5.6, 2.7, 2.2),
            (2.4, 6.2, 1.6), (-1.4, 5.8, 1.5), (-0.2, 2.8, 1.6), (-1.0, 0.0, 1.5),
        ],
    ),
    "grand_prix": dict(
        title="Grand Prix",
        difficulty="hard",
        description="The long one, driven clockwise: all the other tracks in a single lap of forty metres.",
        width=1.0,
        corners=[
            (0.0, 0.0, 1.4), (0.4, 4.2, 1.2), (3.2, 4.0, 1.1), (3.6, 7.4, 1.2),
            (7.4, 8.0, 1.6), (7.6, 4.6, 1.1), (9.6, 4.0, 1.1), (10.4, 6.8, 1.1),
            (13.2, 6.6, 1.3), (14.0, 3.0, 1.6), (12.8, 0.0, 1.4),
        ],
    ),
}  # fmt: skip


def rounded_polygon(name: str, corners: list[tuple[float, float, float]]) -> np.ndarray:
    """Points (m, 2), evenly spaced about FINE_STEP apart, on the polygon whose corners are rounded by arcs.

    Raises ValueError if two neighbouring arcs need more room than the line between them has.
    """
    points = np.array([corner[:2] for corner in corners])
    radius = np.array([corner[2] for corner in corners])
    leg = np.roll(points, -1, axis=0) - points  # from each corner to the next
    leg_length = np.hypot(*leg.T)
    ahead = leg / leg_length[:, None]
    behind = np.roll(ahead, 1, axis=0)
    turn = np.arctan2(behind[:, 0] * ahead[:, 1] - behind[:, 1] * ahead[:, 0], (behind * ahead).sum(axis=1))
    cut = radius * np.tan(np.abs(turn) / 2)  # what the arc takes of the line on either side of its corner
    room = leg_length - cut - np.roll(cut, -1)
    if room.min() < -1e-9:
        i = int(room.argmin())
        pair = f"corners {i} and {(i + 1) % len(corners)}"
        raise ValueError(f"{name}: the arcs at {pair} need {-room[i]:.2f} m more line; make them smaller.")

    pieces = [(points[-1] + points[0])[None] / 2]
    for i in range(len(corners)):
        entry = points[i] - cut[i] * behind[i]
        left = np.array([-behind[i, 1], behind[i, 0]])
        angle = np.linspace(0, turn[i], int(np.ceil(abs(turn[i]) * radius[i] / FINE_STEP)) + 1)[:, None]
        side = radius[i] * np.sign(turn[i])
        pieces.append(entry + side * (np.sin(angle) * behind[i] + (1 - np.cos(angle)) * left))
    pieces.append(pieces[0])
    path = np.concatenate(pieces)
    s = arc_length(path)
    even = np.linspace(0, s[-1], int(round(s[-1] / FINE_STEP)) + 1)[:-1]
    return np.column_stack([np.interp(even, s, path[:, 0]), np.interp(even, s, path[:, 1])])


def arc_length(path: np.ndarray) -> np.ndarray:
    """Distance in metres along path (m, 2) from its first point to each point, shape (m,)."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])


def ease(values: np.ndarray) -> np.ndarray:
    """Three moving averages of length EASE around a closed loop of values (m, ...), FINE_STEP apart.

    A path of lines and arcs has jumps in its curvature; averaged three times, even the slope of the curvature
    is continuous. Lines stay where they are, arcs come out a little tighter.
    """
    window = 2 * int(round(EASE / FINE_STEP / 2)) + 1
    for _ in range(3):
        values = convolve1d(values, np.full(window, 1 / window), axis=0, mode="wrap")
    return values


def centre_spline(name: str, corners: list[tuple[float, float, float]]) -> CubicSpline:
    """The eased centre line as a closed spline: arc length in metres -> x, y."""
    path = ease(rounded_polygon(name, corners))
    path = np.vstack([path, path[:1]])
    return CubicSpline(arc_length(path), path, bc_type="periodic")


def curvature(spline: CubicSpline, s: np.ndarray) -> np.ndarray:
    """Curvature of the spline in 1/m at the arc lengths s (m,); left turns are positive."""
    (dx, dy), (ddx, ddy) = spline(s, 1).T, spline(s, 2).T
    return (dx * ddy - dy * ddx) / np.hypot(dx, dy) ** 3


def width_along(width: float | list[tuple[float, float]], fraction: np.ndarray) -> np.ndarray:
    """Road width in metres at each fraction (m,) of the lap; (fraction, width) pairs are joined smoothly."""
    if not isinstance(width, list):
        return np.full(len(fraction), float(width))
    at, value = np.array(width).T
    before = np.searchsorted(at, fraction, side="right") - 1
    at, value = np.append(at, 1.0), np.append(value, value[0])
    t = (fraction - at[before]) / np.diff(at)[before]
    return value[before] + np.diff(value)[before] * t**2 * (3 - 2 * t)


def make_track(name: str) -> np.ndarray:
    """The rows (n, 6) of one design, in metres; see the top of this file for the columns."""
    design = DESIGNS[name]
    spline = centre_spline(name, design["corners"])
    length = spline.x[-1]
    s = np.linspace(0, length, int(round(length / ROW_STEP)) + 1)[:-1]
    centre, tangent = spline(s), spline(s, 1)
    tangent /= np.hypot(*tangent.T)[:, None]
    left = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    half = width_along(design["width"], s / length)[:, None] / 2
    to_inner = half * left * np.sign(curvature(spline, s).sum())
    # Rounding the centre and the step to the border, not the borders, keeps the centre exactly in the middle.
    centre, to_inner = np.round(centre, DECIMALS), np.round(to_inner, DECIMALS)
    rows = np.round(np.hstack([centre, centre + to_inner, centre - to_inner]), DECIMALS)
    return np.vstack([rows, rows[:1]]) + 0.0  # turns -0.0 into 0.0


def describe(name: str, rows: np.ndarray) -> dict:
    """The entry of a track in tracks.json: title, difficulty, description, length (m), mean width (m)."""
    design = DESIGNS[name]
    width = np.hypot(*(rows[:-1, 2:4] - rows[:-1, 4:6]).T).mean()
    return {
        "title": design["title"],
        "difficulty": design["difficulty"],
        "description": design["description"],
        "length": round(float(arc_length(rows[:, :2])[-1]), 2),
        "width": round(float(width), 2),
    }


def tightest_radius(name: str) -> float:
    """The smallest radius of the centre line in metres."""
    spline = centre_spline(name, DESIGNS[name]["corners"])
    return float(1 / np.abs(curvature(spline, spline.x)).max())


def write(folder: Path) -> dict[str, np.ndarray]:
    """Write every track and tracks.json into folder, each file whole or not at all. Returns the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    tracks = {name: make_track(name) for name in DESIGNS}
    for name, rows in tracks.items():
        unfinished = folder / f"{name}.npy.part"
        with open(unfinished, "wb") as file:
            np.save(file, rows, allow_pickle=False)
        os.replace(unfinished, folder / f"{name}.npy")
    entries = {name: describe(name, rows) for name, rows in tracks.items()}
    unfinished = folder / "tracks.json.part"
    with open(unfinished, "w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
    os.replace(unfinished, folder / "tracks.json")
    return tracks


def preview(tracks: dict[str, np.ndarray], path: Path) -> None:
    """Draw all tracks on one sheet: road, start line, driving direction, and how tight each bend is."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    columns = 4
    figure, axes = plt.subplots(-(-len(tracks) // columns), columns, figsize=(22, 15), layout="constrained")
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, (name, rows) in zip(axes.flat, tracks.items(), strict=False):
        spline = centre_spline(name, DESIGNS[name]["corners"])
        s = np.linspace(0, spline.x[-1], len(rows))
        x, y = spline(s).T
        axis.set_axis_on()
        axis.fill(*np.vstack([rows[:, 2:4], rows[::-1, 4:6]]).T, color="0.85")
        axis.plot(rows[:, 2], rows[:, 3], color="tab:green", lw=1.2)
        axis.plot(rows[:, 4], rows[:, 5], color="0.2", lw=1.2)
        dots = axis.scatter(x, y, c=curvature(spline, s), s=7, cmap="coolwarm", vmin=-1.3, vmax=1.3)
        axis.plot(rows[0, [2, 4]], rows[0, [3, 5]], color="red", lw=3)
        axis.annotate("", rows[9, :2], rows[1, :2], arrowprops=dict(arrowstyle="-|>", lw=2, color="black"))
        entry = describe(name, rows)
        axis.set_title(
            f"{name}: {entry['length']} m, width {entry['width']} m, "
            f"min radius {tightest_radius(name):.2f} m, {entry['difficulty']}",
            fontsize=11,
        )
        axis.set_aspect("equal")
    figure.colorbar(dots, ax=axes, label="curvature of the centre line in 1/m (left +, right -)", shrink=0.5)
    figure.savefig(path, dpi=70)
    plt.close(figure)


def main() -> None:
    default = Path(__file__).resolve().parents[1] / "data" / "tracks"
    parser = argparse.ArgumentParser(description="Make the tracks that First Lap ships.")
    parser.add_argument("--out", type=Path, default=default, help="folder to write to (default: data/tracks)")
    parser.add_argument("--preview", type=Path, metavar="PNG", help="also draw all tracks on one sheet")
    arguments = parser.parse_args()
    tracks = write(arguments.out)
    print(f"{'name':<12}{'rows':>6}{'length m':>10}{'width m':>9}{'min radius m':>14}  difficulty")
    for name, rows in tracks.items():
        entry = describe(name, rows)
        print(
            f"{name:<12}{len(rows):>6}{entry['length']:>10.2f}{entry['width']:>9.2f}"
            f"{tightest_radius(name):>14.2f}  {entry['difficulty']}"
        )
    if arguments.preview:
        preview(tracks, arguments.preview)


if __name__ == "__main__":
    main()
