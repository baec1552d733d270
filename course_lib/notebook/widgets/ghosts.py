"""What may drive along as a ghost, and what to call it: a recording, a policy, a driver, or a path to one of them."""

from __future__ import annotations

from pathlib import Path

from course_lib.drivers.keyboard import Ghost
from course_lib.drivers.recorded import Recording, load_recording
from course_lib.sim.track import Track


def load_ghost(path: str | Path):
    """The policy in a folder, or the recording in a file.

    Raises:
        PolicyError, RecordingError: there is none, or it cannot be used.
    """
    path = Path(path)
    if not path.is_dir():
        return load_recording(path)
    from course_lib.agents.policy import load_policy

    return load_policy(path)


def as_ghosts(drivers, track: Track) -> list[Ghost]:
    """Ghosts on a track from one thing that drives, or a list or tuple of them.

    Args:
        drivers: each a `Recording`, a policy, a driver function, or a path for `load_ghost`.

    Raises:
        PolicyError, RecordingError: see `load_ghost`.  TypeError: something that does not drive.
    """
    ghosts = []
    for driver in drivers if isinstance(drivers, list | tuple) else [drivers]:
        label = ""
        if isinstance(driver, str | Path):
            label, driver = Path(driver).stem, load_ghost(driver)
        if not (isinstance(driver, Recording) or hasattr(driver, "act") or callable(driver)):
            raise TypeError(
                f"{driver!r} cannot be a ghost: give a recording, a policy, a driver function, or a path to one."
            )
        ghosts.append(Ghost(driver, track, label or _label(driver)))
    return ghosts


def _label(driver) -> str:
    if isinstance(driver, Recording):
        return driver.name or "recording"
    return getattr(driver, "algorithm", "") or getattr(driver, "__name__", "") or type(driver).__name__
