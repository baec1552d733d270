"""`course tracks`: the shipped tracks as a table; one track checked, or drawn."""

from __future__ import annotations

import io
from pathlib import Path

from course_lib.commands import CommandError
from course_lib.files import write_atomically
from course_lib.sim.track import Track, track_catalogue

PICTURE_SIZE = (1200, 900)  # px at most
SIGNS = {"easy": "green", "medium": "yellow", "hard": "red"}


def run(track: str | None, picture: Path | None) -> int:
    """Without a track: the table. With a name or a file: check it, and draw it if a picture is wanted.

    Raises:
        TrackError: what is wrong with the track.  CommandError: what is wrong with the picture's name.
    """
    if track is None:
        if picture:
            raise CommandError("--picture draws one track: name it, as in course tracks camp --picture a.png")
        _print_table()
        return 0
    road = Track.load(track)
    way = "counter-clockwise" if road.ccw else "clockwise"
    print(f"{road.name} is fine: {road.length:.2f} m long, {road.width:.2f} m wide, driven {way}.")
    if picture:
        draw(road, picture)
        print(f"Picture: {picture.resolve()}")
    return 0


def draw(track: Track, path: Path) -> None:
    """Write a PNG of an empty track; CommandError when that cannot be done."""
    if path.suffix.lower() != ".png":
        raise CommandError(f"--picture writes PNG files: call it {path.with_suffix('.png')}, not {path}")
    from PIL import Image

    from course_lib.sim.drawing import View

    view = View(track, size=PICTURE_SIZE)
    view.paint([], [], [], [])
    title = track_catalogue().get(track.name, {}).get("title", track.name)
    view.write(title, right=f"{track.length:.2f} m long, {track.width:.2f} m wide")
    data = io.BytesIO()
    Image.fromarray(view.pixels()).save(data, "PNG")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data.getvalue())
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}): choose another place") from error


def _print_table() -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("Name", no_wrap=True)
    table.add_column("Track")
    table.add_column("Difficulty", no_wrap=True)
    table.add_column("Length", justify="right", no_wrap=True)
    table.add_column("Width", justify="right", no_wrap=True)
    order = list(SIGNS)
    for name, entry in sorted(track_catalogue().items(), key=lambda item: order.index(item[1]["difficulty"])):
        sign = SIGNS[entry["difficulty"]]
        table.add_row(
            f"[bold cyan]{name}",
            f"[bold]{entry['title']}[/]\n{entry['description']}\n",
            f"[{sign}]{entry['difficulty']}",
            f"{entry['length']:.1f} m",
            f"{entry['width']:.2f} m",
        )
    Console().print(table, "course tracks NAME --picture NAME.png draws one.", sep="\n")
