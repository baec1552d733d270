"""A figure of the course: white, with an alternative text for screen readers, shown and saved as a small PNG.

pyplot is left alone: no figure is shown twice or kept for ever, and callbacks of widgets may draw too.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from course_lib.files import write_atomically
from course_lib.notebook.driven import BORDER, INK

DASHES = ("-", "--", "-.", ":", (0, (7, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (9, 3, 2, 3)))


class Picture(Figure):
    """A matplotlib figure that a notebook shows as a PNG with its alternative text ``alt``."""

    alt = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        image = base64.b64encode(to_png(self)).decode("ascii")
        return {"image/png": image, "text/plain": repr(self)}, {"image/png": {"alt": self.alt}}


def blank(width: float, height: float, title: str | None = None) -> Picture:
    """An empty picture, sizes in units of 100 px."""
    figure = Picture(figsize=(width, height), dpi=100, facecolor="white", layout="constrained")
    if title:
        figure.suptitle(title, fontsize=12, color=INK)
    return figure


def plain(axes) -> None:
    """The look of all axes: white, a light grid, no frame."""
    axes.set_facecolor("white")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="#E3E6E8", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(color=BORDER, labelcolor=INK)


def legend(axes) -> None:
    """A legend where there is most room, on a white ground so that lines behind it do not strike it through."""
    axes.legend(loc="best", facecolor="white", edgecolor="none", framealpha=0.85)


def show(figure: Figure, alt: str | None = None) -> None:
    """Show a figure, also amid a notebook cell, as a PNG with its alternative text."""
    from IPython.display import display

    alt = alt or getattr(figure, "alt", "") or "Figure"
    image = base64.b64encode(to_png(figure)).decode("ascii")
    # IPython's Image knows no alternative text before IPython 8.
    display({"image/png": image, "text/plain": alt}, raw=True, metadata={"image/png": {"alt": alt}})


def save(figure: Figure, path: str | Path) -> Path:
    """Write the figure as a PNG with its alternative text inside, in full or not at all; returns the path.

    Raises:
        OSError: the folder is missing or cannot be written.
    """
    path = Path(path)
    write_atomically(path, to_png(figure))
    return path


def to_png(figure: Figure) -> bytes:
    """The figure as an opaque PNG file, in 256 colours: a third of the size, and nobody sees a difference."""
    buffer, small = io.BytesIO(), io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, facecolor="white", transparent=False)
    about = PngInfo()
    about.add_itxt("Description", getattr(figure, "alt", "") or "Figure")
    picture = Image.open(buffer).convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    picture.save(small, format="PNG", optimize=True, pnginfo=about)
    return small.getvalue()
