"""A map of artificial intelligence: machine learning lies inside it, and reinforcement learning inside that."""

from __future__ import annotations

from matplotlib import style
from matplotlib.patches import FancyBboxPatch

from course_lib.notebook.driven import COLOURS, INK
from course_lib.notebook.picture import Picture, blank

KINDS = (  # name, its teacher, what it is for in racing
    ("supervised learning", "the right answers are given", "photos of a road, each with\nthe steering of a champion"),
    ("unsupervised learning", "no answers: find an order", "a pile of laps: which drivers\nhave a similar style?"),
    ("reinforcement learning", "try, and get points", "a car that drives, and gets\na point for each metre"),
)


@style.context("default")
def ai_map() -> Picture:
    """Boxes in boxes: artificial intelligence > machine learning > its three kinds, each with a racing example."""
    figure = blank(7.2, 3.4)
    axes = figure.subplots()
    axes.set(xlim=(0, 100), ylim=(0, 50))
    axes.axis("off")
    _box(axes, 0.5, 0.5, 99, 49, "#F1F3F4", "#5B6268")
    axes.text(3, 45.5, "artificial intelligence", weight="bold", va="center", color=INK)
    axes.text(97, 45.5, "also: a rule that a person wrote", ha="right", va="center", color=INK, fontsize=9)
    _box(axes, 2.5, 2.5, 95, 39, "#FFFFFF", "#5B6268")
    axes.text(5, 37.5, "machine learning", weight="bold", va="center", color=INK)
    axes.text(95, 37.5, "the numbers come from data, not from a person", ha="right", va="center", color=INK, fontsize=9)
    for number, (name, teacher, example) in enumerate(KINDS):
        left = 4.5 + 30.7 * number
        _box(axes, left, 4.5, 29.6, 29, "#FFFFFF", COLOURS[number], 2.5)
        axes.text(left + 14.8, 28.8, name, ha="center", va="center", weight="bold", color=INK, fontsize=9.5)
        axes.text(left + 14.8, 22.5, teacher, ha="center", va="center", color=INK, fontsize=9, style="italic")
        axes.text(left + 14.8, 12.5, example, ha="center", va="center", color=INK, fontsize=9, linespacing=1.5)
    kinds = "; ".join(f"{name} ({teacher}): {' '.join(example.split())}" for name, teacher, example in KINDS)
    figure.alt = f"Boxes in boxes. Artificial intelligence holds machine learning, which has three kinds. {kinds}."
    return figure


def _box(axes, left: float, bottom: float, width: float, height: float, fill: str, edge: str, line: float = 1.2):
    shape = FancyBboxPatch((left, bottom), width, height, "round,pad=0,rounding_size=1.5", fc=fill, ec=edge, lw=line)
    axes.add_patch(shape)
