"""On which track a log was driven: what its policy says, or the shipped track that its cars fit on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_lib.deepracer.sim_trace import Episode
from course_lib.files import FileError, read_json
from course_lib.notebook.log_files import LogError
from course_lib.sim.track import Track, TrackError, track_catalogue

SAME_LENGTH = 0.01  # share of the track's length, as in `deepracer.replay`
ON_ROAD = 0.9  # share of the rows with all wheels on the track that must lie on the road
LOOKED_AT = 4000  # rows


def find_track(path: Path, episodes: Sequence[Episode], track: Track | str | Path | None = None) -> Track:
    """The track of a log.

    Args:
        path: of the log, beside which a ``policy.json`` may lie.
        episodes: that were driven there.
        track: a track, its name or its file; None: find it.

    Raises:
        LogError: the cars did not drive on the track that was given, or on none that is known.
        TrackError: no such track.
    """
    length = float(episodes[0].track_len[0])
    if track is not None:
        track = track if isinstance(track, Track) else Track.load(track)
        if not _fits(track, length, episodes):
            raise LogError(
                f"{path}: its cars did not drive on {track.name}, which is {track.length:.2f} m long, but on a track "
                f"of {length:.2f} m: name that one, or none to have it looked for."
            )
        return track
    lengths = {name: about["length"] for name, about in track_catalogue().items()}
    near = [name for name, known in lengths.items() if abs(known - length) <= SAME_LENGTH * length]
    for name in [_trained_on(path), *near]:
        try:
            found = None if name is None else Track.load(name)
        except TrackError:  # a file of its own, of another computer
            continue
        if found is not None and _fits(found, length, episodes):
            return found
    raise LogError(
        f"{path} was driven on a track of {length:.2f} m that is none of the shipped ones: name its .npy file "
        "(track=..., or --track)."
    )


def _trained_on(path: Path) -> str | None:
    try:
        settings = read_json(path / "policy.json").get("env_kwargs")
    except FileError:
        return None
    name = settings.get("track") if isinstance(settings, dict) else None
    return name if isinstance(name, str) else None


def _fits(track: Track, length: float, episodes: Sequence[Episode]) -> bool:
    if abs(track.length - length) > SAME_LENGTH * track.length:
        return False
    x, y, on = (np.concatenate([getattr(e, name) for e in episodes]) for name in ("X", "Y", "all_wheels_on_track"))
    rows = np.flatnonzero(on)
    if not len(rows):
        return True
    rows = rows[:: len(rows) // LOOKED_AT + 1]
    return bool(track.contains(x[rows], y[rows]).mean() >= ON_ROAD)
