"""`course report`: the log of a training as one HTML page with a summary, pictures and tables."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path


def run(folder: Path, out: Path | None, track: str | None) -> None:
    """Write the page, DIR/report.html if no other place is named, and print its path.

    Raises:
        LogError: no training in the folder, none that is complete, an unknown track, or no place to write to.
        TraceError: a trace that cannot be read.
        TrackError: no such track.
    """
    from course_lib.notebook.log_analysis import Log, LogWarning
    from course_lib.notebook.log_report import write_report

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", LogWarning)
        log = Log.open(folder, track)
    notes = [str(warning.message) for warning in told if issubclass(warning.category, LogWarning)]
    for note in notes:
        print(f"course: {note}", file=sys.stderr)
    print(write_report(log, out or (folder if folder.is_dir() else folder.parent) / "report.html", notes))
