"""An episode with round numbers, for tests of what is made from episodes."""

from __future__ import annotations

import numpy as np

from course_lib.deepracer.sim_trace import Episode


def episode(number: int = 0, rows: int = 3, **columns) -> Episode:
    """A car that goes straight on and completes a lap in its last row."""
    k = np.arange(rows)
    values = {
        "steps": k + 1.0,
        "X": 0.5 * k,
        "Y": 0.0 - 0.25 * k,
        "yaw": -26.5651 * np.ones(rows),
        "steer": np.where(k > 0, -7.5, 0.0),
        "throttle": np.where(k > 0, 1.5, 0.0),
        "action": [-1] + [3] * (rows - 1),
        "reward": np.where(k > 0, 0.5, 0.0),
        "done": k == rows - 1,
        "all_wheels_on_track": np.ones(rows, bool),
        "progress": 100.0 * k / max(rows - 1, 1),
        "closest_waypoint": k.astype(np.int64),
        "track_len": np.full(rows, 17.71),
        "tstamp": 8.0 + 0.0625 * k,
        "episode_status": ["prepare"] + ["in_progress"] * (rows - 2) + ["lap_complete"] * (rows > 1),
        "pause_duration": np.zeros(rows),
        "obstacle_crash_counter": np.zeros(rows, np.int64),
        "wall_clock": np.full(rows, 1700000000.25),
    } | columns
    return Episode(number, **values)
