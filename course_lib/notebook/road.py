"""The track as all still pictures draw it, seen from above."""

from __future__ import annotations

import numpy as np

from course_lib.notebook.driven import BORDER, INK, ROAD, borders
from course_lib.sim.track import Track


def draw_road(axes, track: Track, forward: bool = True) -> None:
    """Road, borders, dashed centre line, start line, and an arrow beside it in the direction of driving.

    Args:
        forward: do cars drive the way of the track's file?
    """
    for line, colour in zip(borders(track), (ROAD, "white")):
        axes.fill(*line.points.T, facecolor=colour, edgecolor=BORDER, linewidth=1.2, zorder=0)
    axes.plot(
        *np.vstack([track.centre.points, track.centre.points[:1]]).T,
        color="white",
        linewidth=1.2,
        dashes=(6, 5),
        zorder=0.5,
    )
    inner, outer = track.rows[0, 2:4], track.rows[0, 4:6]
    axes.plot(*np.stack([inner, outer]).T, color="black", linewidth=4, solid_capstyle="butt", zorder=0.6)
    axes.plot(*np.stack([inner, outer]).T, color="white", linewidth=4, dashes=(1, 1), zorder=0.7)
    ahead = track.centre.directions[0] * (1 if forward else -1)
    across = (inner - outer) / np.linalg.norm(inner - outer)
    for border, away in ((inner, across), (outer, -across)):
        arrow = border + 0.3 * away + np.array([[-0.45], [0.45]]) * ahead
        if not track.contains(*(arrow + 0.1 * away).T).any():  # the road may come back close to the start
            break
    axes.annotate(
        "",
        arrow[1],
        arrow[0],
        annotation_clip=False,
        zorder=2,
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 2, "mutation_scale": 18},
    )
    axes.annotate(
        "start",
        arrow.mean(axis=0),
        (11 + 8 * abs(away[0])) * away,
        textcoords="offset points",
        color=INK,
        fontsize=9,
        zorder=2,
        ha="center",
        va="center",
    )
    axes.set(aspect="equal", xlabel="x (m)", ylabel="y (m)", facecolor="white")
    axes.margins(0.04)
    axes.spines[:].set_visible(False)
    axes.tick_params(color=BORDER, labelcolor=INK)
