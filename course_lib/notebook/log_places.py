"""Pictures of a log on the track: where cars leave it, what the reward pays where, which actions are used where."""

from __future__ import annotations

import numpy as np
from matplotlib import style
from matplotlib.colors import Normalize

from course_lib.notebook.driven import COLOURS, INK, text_on
from course_lib.notebook.log_analysis import Log
from course_lib.notebook.picture import Picture, blank, plain
from course_lib.notebook.turns import draw_map

SCALE = 8  # cars, of the largest disc at least: a single one must not look like many
CELL = 0.1  # m, side of a cell of the reward map
ALONG = 0.5  # m of the centre line in which ends of episodes are counted together
MOST_ACTIONS = 24  # rows of the chart; of longer lists, and of continuous actions, ranges are shown
STEERING = (-30.0, -18.0, -6.0, 6.0, 18.0, 30.0)  # degrees, borders of the ranges
PACES = ("slow", "middle", "fast")
BESIDE = 0.6  # m round the track in which a car's nose is when its last wheel leaves the road
NUMBERED = 0.3  # of the largest count, from which a disc gets its number
FULL = 0.02  # share from which a cell of the chart gets its number


@style.context("default")
def exits(log: Log) -> Picture:
    """Where cars left the road, in the first and in the second half of the episodes: the more, the larger the disc.

    Among boxes it shows, too, where cars hit one.
    """
    table, track = log.episodes, log.track
    off = np.isin(table["status"], ["off_track", "crashed"])
    how = "left the road or hit a box" if (table["status"] == "crashed").any() else "left the road"
    half = (table.count + 1) // 2
    parts = {}
    for chosen in (np.arange(table.count) < half, np.arange(table.count) >= half):
        if chosen.any():
            first, last = table["episode"][chosen][[0, -1]]
            parts[f"episode {first}" if chosen.sum() == 1 else f"episodes {first} to {last}"] = off & chosen
    figure, panels = _two_maps(track, len(parts))
    discs = {words: _gathered(log, chosen) for words, chosen in parts.items()}
    most = max([SCALE, *(int(counts.max()) for _, counts in discs.values() if len(counts))])
    told = []
    for panel, (words, (spots, counts)) in zip(panels, discs.items()):
        draw_map(panel, track, log.sections)
        low, high = (end(track.rows.reshape(-1, 2), axis=0) for end in (np.min, np.max))
        panel.set(xlim=(low[0] - BESIDE, high[0] + BESIDE), ylim=(low[1] - BESIDE, high[1] + BESIDE))
        panel.set_title(f"{words}: {counts.sum()} {how}", fontsize=12.5, color=INK)
        if len(counts):
            order = np.argsort(-counts)
            drawn = panel.scatter(
                *spots[order].T,
                s=45 + 400 * counts[order] / most,
                c=counts[order],
                cmap="YlOrRd",
                norm=Normalize(0, most),
                edgecolor=INK,
                linewidth=0.8,
                zorder=5,
                alpha=0.95,
            )
            for spot, count in zip(spots[order], counts[order]):
                if count >= max(2, NUMBERED * most):
                    shade = drawn.cmap(drawn.norm(count))
                    ink = text_on("#" + "".join(f"{round(255 * value):02X}" for value in shade[:3]))
                    panel.annotate(
                        str(count), spot, color=ink, fontsize=10, ha="center", va="center_baseline", zorder=8
                    )
        told.append(f"{words}: {_worst(log, parts[words])}")
    figure.alt = f"Two maps of {track.name} with discs where cars {how}: {'; '.join(told)}."
    if len(parts) == 1:
        figure.alt = figure.alt.replace("Two maps", "A map")
    return figure


@style.context("default")
def reward_map(log: Log) -> Picture:
    """What a step was paid on average, in each 10 cm square of the track in which cars were."""
    steps, track = log.steps, log.track
    low = track.rows.reshape(-1, 2).min(axis=0) - 0.5
    shape = np.ceil((track.rows.reshape(-1, 2).max(axis=0) + 0.5 - low) / CELL).astype(int)
    cells = np.floor((np.stack([steps["x"], steps["y"]], axis=1) - low) / CELL).astype(int)
    inside = ((cells >= 0) & (cells < shape)).all(axis=1)
    flat = cells[inside, 1] * shape[0] + cells[inside, 0]
    counts = np.bincount(flat, minlength=shape.prod())
    sums = np.bincount(flat, weights=steps["reward"][inside], minlength=shape.prod())
    means = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0).reshape(shape[::-1])
    figure, (axes,) = _two_maps(track, 1)
    draw_map(axes, track, log.sections)
    bottom, top = np.nanpercentile(means, [2, 98])  # a rare jackpot would make everything else look alike
    picture = axes.imshow(
        means,
        origin="lower",
        extent=(low[0], low[0] + CELL * shape[0], low[1], low[1] + CELL * shape[1]),
        cmap="viridis",
        vmin=bottom,
        vmax=max(top, bottom + 1e-6),
        interpolation="nearest",
        zorder=1,
    )
    axes.set(xlim=(low[0], low[0] + CELL * shape[0]), ylim=(low[1], low[1] + CELL * shape[1]))
    bar = figure.colorbar(picture, ax=axes, shrink=0.8, aspect=28, pad=0.02)
    bar.set_label("mean reward of a step")
    bar.outline.set_visible(False)
    per = {part.name: steps["reward"][steps["section"] == k].mean() for k, part in enumerate(log.sections)
           if (steps["section"] == k).any()}  # fmt: skip
    richest, poorest = max(per, key=per.get), min(per, key=per.get)
    figure.alt = (
        f"Map of {track.name} coloured by the mean reward of a step: most in {richest} ({per[richest]:.3g} on "
        f"average), least in {poorest} ({per[poorest]:.3g})."
    )
    return figure


@style.context("default")
def actions_per_turn(log: Log) -> Picture:
    """Which actions were used in which turn and on which straight, in % of the steps there, late in the training."""
    labels, which = actions_of(log)
    late = log.late()
    steps = log.steps
    counts = np.zeros((len(labels), len(log.sections)))
    np.add.at(counts, (which[late], steps["section"][late]), 1)
    totals = counts.sum(axis=0)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    figure = blank(7.2, float(np.clip(1.1 + 0.25 * len(labels), 3.2, 7.4)))
    wide = len(log.sections) > 8
    axes, small = figure.subplots(1, 2, width_ratios=[3.2, 1.2] if wide else [2.2, 1.2])
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=max(0.5, shares.max()), aspect="auto", interpolation="nearest")
    size = 7 if len(log.sections) > 12 else 8.5
    for (row, column), share in np.ndenumerate(shares):
        if share >= FULL:
            ink = "white" if share > 0.6 * max(0.5, shares.max()) else INK
            axes.annotate(
                f"{100 * share:.0f}", (column, row), ha="center", va="center_baseline", fontsize=size, color=ink
            )
    axes.set_yticks(range(len(labels)), labels, fontsize=8.5)
    axes.set_xticks(range(len(log.sections)), [_short(part) for part in log.sections], fontsize=8.5)
    axes.set_xlabel("turn; – is a straight, S the one with the start line")
    axes.tick_params(length=0, labelcolor=INK)
    axes.set_xticks(np.arange(len(log.sections) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.grid(True, which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    axes.set_title("% of the steps in each section", fontsize=10.5, color=INK)
    draw_map(small, log.track, log.sections, size=9)
    told = []
    for k, part in enumerate(log.sections):
        if part.turn and totals[k]:
            first = int(shares[:, k].argmax())
            told.append(f"{part.name} {labels[first]} ({100 * shares[first, k]:.0f} %)")
    figure.alt = f"Table of actions by turn of {log.track.name}; most used: {'; '.join(told)}."
    return figure


@style.context("default")
def decisions(log: Log) -> Picture:
    """How sure the policy is along the lap: entropy of its actions and the spread of its line, late in the training."""
    entropy, spread, centres = decisions_along(log)
    labels, _ = actions_of(log)
    figure = blank(7.2, 4.6)
    above, below = figure.subplots(2, sharex=True)
    for panel, values, colour in ((above, entropy, COLOURS[0]), (below, 100 * spread, COLOURS[2])):
        plain(panel)
        panel.plot(centres, values, color=colour, linewidth=2)
        panel.fill_between(centres, 0, values, color=colour, alpha=0.15, linewidth=0)
        panel.set_ylim(0, 1.1 * max(np.nanmax(values), 1e-6) if np.isfinite(values).any() else 1)
        shade_turns(panel, log, names=panel is above)
    above.set_ylabel(f"entropy of the actions\n(bits, at most {np.log2(len(labels)):.1f})")
    below.set_ylabel("spread of the line\n(cm to either side)")
    below.set(xlabel="distance from the start line along the track's file (m)", xlim=(0, log.track.length))
    figure.align_ylabels([above, below])
    if not np.isfinite(entropy).any():
        above.annotate("too few steps to tell", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center")
        figure.alt = f"An empty chart: too few steps were driven on {log.track.name} to tell how sure the policy is."
        return figure
    figure.alt = (
        f"Entropy of the actions along {log.track.name}, between {np.nanmin(entropy):.1f} and "
        f"{np.nanmax(entropy):.1f} bits of at most {np.log2(len(labels)):.1f}, and how far the driven lines spread, "
        f"on average {100 * np.nanmean(spread):.0f} cm to either side."
    )
    return figure


def decisions_along(log: Log) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Late in the training, for each half metre of the lap that was driven through often enough, else NaN:

    Returns:
        entropy: bits of the actions used there (of ranges of them if there are many).
        spread: m, the standard deviation of the offset from the centre line.
        centres: m along the track, where each half metre has its middle.
    """
    labels, which = actions_of(log)
    late, steps = log.late(), log.steps
    bins = max(4, round(log.track.length / ALONG))
    place = np.minimum((steps["s"][late] / log.track.length * bins).astype(int), bins - 1)
    counts = np.zeros((bins, len(labels)))
    np.add.at(counts, (place, which[late]), 1)
    totals = counts.sum(axis=1)
    shares = np.divide(counts, totals[:, None], out=np.zeros_like(counts), where=totals[:, None] > 0)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    offsets = steps["offset"][late]
    mean, square = (
        np.divide(np.bincount(place, values, bins), totals, out=np.zeros(bins), where=totals > 0)
        for values in (offsets, offsets**2)
    )
    rare = totals < 5
    entropy, spread = -(shares * logs).sum(axis=1), np.sqrt(np.maximum(square - mean**2, 0.0))
    entropy, spread = (np.where(rare, np.nan, np.maximum(values, 0.0)) for values in (entropy, spread))
    return entropy, spread, (np.arange(bins) + 0.5) * log.track.length / bins


def actions_of(log: Log) -> tuple[list[str], np.ndarray]:
    """Names of the actions, the sharpest left first, and the action (steps,) of each step as an index into them.

    Actions of a list are told by their commands. Of continuous ones, and of more than 24, steering and speed are
    put into ranges, of which only those that were used are named.
    """
    steer, throttle = log.steps["steer"], log.steps["throttle"]
    if (log.steps["action"] >= 0).all():
        table, which = np.unique(np.stack([-steer, throttle], axis=1), axis=0, return_inverse=True)
        if len(table) <= MOST_ACTIONS:
            return [f"{_angle_words(-angle)}, {speed:g} m/s" for angle, speed in table], which.reshape(-1)
    low, high = throttle.min(), throttle.max()
    pace = np.minimum(((throttle - low) / max(high - low, 1e-9) * len(PACES)).astype(int), len(PACES) - 1)
    side = np.clip(np.searchsorted(STEERING, steer, side="right") - 1, 0, len(STEERING) - 2)
    used, which = np.unique((len(STEERING) - 2 - side) * len(PACES) + pace, return_inverse=True)
    edges = np.linspace(low, high, len(PACES) + 1)
    words = ("sharp left", "left", "ahead", "right", "sharp right")
    labels = [
        f"{words[k // len(PACES)]}, {edges[k % len(PACES)]:.1f}–{edges[k % len(PACES) + 1]:.1f} m/s"
        for k in used.tolist()
    ]
    return labels, which.reshape(-1)


def shade_turns(axes, log: Log, names: bool = True) -> None:
    """Grey behind a chart along the lap where the road turns, with the turns' numbers above it."""
    for part in log.sections:
        if not part.turn:
            continue
        stretches = [(part.begin, part.end)]
        if part.begin > part.end:
            stretches = [(part.begin, log.track.length), (0.0, part.end)]
        for begin, end in stretches:
            axes.axvspan(begin, end, color="#E6EAED" if part.turn % 2 else "#F1F3F5", zorder=0, linewidth=0)
        begin, end = max(stretches, key=lambda pair: pair[1] - pair[0])
        if names:
            where = {"xycoords": ("data", "axes fraction"), "ha": "center", "fontweight": "bold", "fontsize": 9}
            axes.annotate(str(part.turn), ((begin + end) / 2, 1.02), color=INK, annotation_clip=False, **where)


def _two_maps(track, count: int):
    """A figure with so many maps side by side, or one below the other where the track is wide."""
    span = np.ptp(track.rows.reshape(-1, 2), axis=0) + 0.6
    shape = span[1] / span[0]
    if count == 1:
        figure = blank(7.2, float(np.clip(6.2 * shape + 0.4, 2.4, 7.2)))
        return figure, [figure.subplots()]
    if shape > 0.75:
        figure = blank(7.2, float(np.clip(3.5 * shape + 0.4, 2.4, 6.0)))
        return figure, list(figure.subplots(1, count))
    figure = blank(7.2, float(np.clip(2 * (5.4 * shape + 0.4), 3.2, 9.0)))
    return figure, list(figure.subplots(count, 1))


def _gathered(log: Log, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the chosen episodes: mean places (k, 2) and counts (k,) per half metre and side of the road."""
    table = log.episodes
    spots = np.stack([table["end_x"], table["end_y"]], axis=1)[chosen]
    if not len(spots):
        return np.zeros((0, 2)), np.zeros(0, dtype=int)
    s, offset, _ = log.track.project(*spots.T)
    _, group = np.unique(2 * (s / ALONG).astype(int) + (offset > 0), return_inverse=True)
    group = group.reshape(-1)
    counts = np.bincount(group)
    return np.stack([np.bincount(group, column) / counts for column in spots.T], axis=1), counts


def _worst(log: Log, chosen: np.ndarray) -> str:
    here = log.episodes["section"][chosen]
    if not len(here):
        return "none"
    counts = np.bincount(here, minlength=len(log.sections))
    worst = int(counts.argmax())
    return f"{len(here)}, most often in {log.sections[worst].name} ({counts[worst]})"


def _short(part) -> str:
    return str(part.turn) if part.turn else ("S" if part.name.startswith("start") else "–")


def _angle_words(angle: float) -> str:
    return f"{'left' if angle > 0 else 'right'} {abs(angle):g}°" if angle else "ahead"
