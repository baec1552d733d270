"""Somebody who plays with keys: the player that made the shipped demonstrations, for tests."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from course_lib.drivers.keyboard import Game
from course_lib.sim.vehicle import DT

_spec = importlib.util.spec_from_file_location(
    "make_demonstrations", Path(__file__).resolve().parents[1] / "tools" / "make_demonstrations.py"
)
make_demonstrations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_demonstrations)
Player = make_demonstrations.Player


def drive_laps(game: Game, laps: int, speed: float) -> None:
    """Drive on until so many laps of this episode are done; ``speed`` in m/s."""
    player = Player(speed)
    for _ in range(laps * 400):
        game.keys = player(game)
        game.advance(DT + 1e-9)
        if game.world.laps_done[0] == laps:
            return
    raise AssertionError(f"no {laps} laps: {game.line()}")
