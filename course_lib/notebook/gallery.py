"""Pictures that an environment has drawn, side by side, each with its title."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib import style

from course_lib.notebook.driven import INK
from course_lib.notebook.picture import Picture

GAP, TITLE = 16, 26  # px


@style.context("default")
def gallery(images: Mapping[str, np.ndarray], columns: int = 2, alt: str | None = None) -> Picture:
    """All images pixel for pixel, from left to right and then downwards.

    Args:
        images: title -> (height, width, 3) uint8, all of one size.
        columns: images in a row.
        alt: what is to be seen.

    Raises:
        ValueError: there is nothing to show, or the images differ in size.
    """
    shapes = {np.shape(image) for image in images.values()}
    if len(shapes) != 1 or columns < 1:
        raise ValueError(f"The images have the shapes {sorted(shapes)}: give at least one, all of one size.")
    height, width = shapes.pop()[:2]
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    wide, high = columns * width + (columns - 1) * GAP, rows * (height + TITLE)
    figure = Picture(figsize=(wide / 100, high / 100), dpi=100, facecolor="white")
    for number, (title, image) in enumerate(images.items()):
        row, column = divmod(number, columns)
        bottom = high - (row + 1) * (height + TITLE)
        axes = figure.add_axes((column * (width + GAP) / wide, bottom / high, width / wide, height / high))
        axes.imshow(image, interpolation="nearest", aspect="auto")
        axes.set_axis_off()
        axes.set_title(title, fontsize=11, color=INK, pad=6)
    figure.alt = alt or f"Pictures: {', '.join(images)}."
    return figure
