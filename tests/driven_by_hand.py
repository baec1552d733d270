"""Episodes on a track with numbers that a test can count: along the centre line, at a steady speed."""

from __future__ import annotations

import numpy as np
from episode_by_hand import episode

from course_lib.deepracer.sim_trace import Episode
from course_lib.sim.vehicle import DT

ACTIONS = [(30.0, 1.0), (0.0, 2.0), (-30.0, 1.0)]  # degrees, m/s


def driven(track, number: int, metres: float, speed: float = 1.5, begin: float = 0.0, status: str | None = None,
           reward: float = 1.0, actions=(1,), offset: float = 0.0, done: bool = True) -> Episode:  # fmt: skip
    """A row before the first step, then a row per step until so many metres are driven; the actions take turns.

    Args:
        metres: the track's length, or more, for a complete lap, which ends there.
        begin: m along the track.  offset: m left of the centre line.
        reward: of each step.
    """
    lap = metres >= track.length
    steps = int(np.ceil(track.length / speed / DT - 1e-6)) if lap else round(metres / speed / DT)
    way = np.arange(steps + 1) * speed * DT
    s = (begin + way) % track.length
    here = track.table_index(s)
    points = track.centre.at(s) + offset * np.stack([-track.sines[here], track.cosines[here]], axis=1)
    progress = 100.0 * way / track.length
    progress[-1] = 100.0 if lap else progress[-1]
    ended = status or ("lap_complete" if lap else "off_track")
    taken = [actions[k % len(actions)] for k in range(steps)]
    return episode(
        number,
        steps + 1,
        X=points[:, 0],
        Y=points[:, 1],
        yaw=np.degrees(track.headings[here]),
        steer=np.array([0.0, *(ACTIONS[k][0] for k in taken)]),
        throttle=np.array([0.0, *(ACTIONS[k][1] for k in taken)]),
        action=[-1, *taken],
        reward=np.array([0.0, *[reward] * steps]),
        done=(way == way[-1]) & done,
        progress=progress,
        track_len=np.full(steps + 1, track.length),
        tstamp=5.0 + np.arange(steps + 1) * DT,
        episode_status=["prepare", *["in_progress"] * (steps - 1), ended],
    )
