"""Make the laps that First Lap ships in data/demonstrations/: driven with arrow keys, by a player who has to react.

    python tools/make_demonstrations.py                write the files
    python tools/make_demonstrations.py --out FOLDER   write somewhere else

The player looks at where the car will be when the fingers have moved, and holds a key or lets go: as in the game, a
key is down or up, and nothing in between. The files are recordings (`course_lib.drivers.recorded`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from course_lib.drivers.keyboard import Game
from course_lib.drivers.recorded import Recording
from course_lib.sim.vehicle import DT, GRIP, wrap_angle

FOLDER = Path(__file__).resolve().parents[1] / "data" / "demonstrations"
REACTION = 3  # steps of 1/15 s, 0.2 s: between what the player sees and what the fingers do
LONGEST = 600  # steps for a lap

# name: track, and the speed in m/s above which the player lets go of the gas
LAPS = {"camp": ("camp", 1.5), "camp-slow": ("camp", 1.2), "oval": ("oval", 1.5)}


class Player:
    """Holds keys, by what was to be seen a moment ago; ``speed`` in m/s is the most that it dares."""

    def __init__(self, speed: float, reaction: int = REACTION):
        self.speed, self.reaction = speed, reaction
        self.pending: list[set[str]] = [set()] * reaction

    def __call__(self, game: Game) -> set[str]:
        """The keys to hold during the next step."""
        world, track = game.world, game.world.track
        speed = max(world.cars.speed[0], 0.5)
        curvature = float(np.clip(world.cars.curvature[0], -GRIP / speed**2, GRIP / speed**2))
        x, y, heading = world.cars.x[0], world.cars.y[0], world.cars.heading[0]
        for _ in range(self.reaction):  # where the car will be when the fingers move
            x, y = x + speed * DT * np.cos(heading), y + speed * DT * np.sin(heading)
            heading += curvature * speed * DT
        aim = track.table_index(world.s[0] + speed * (self.reaction * DT + 0.6) + 0.2)
        dx, dy = track.points_x[aim] - x, track.points_y[aim] - y
        bend = 2 * np.sin(wrap_angle(np.arctan2(dy, dx) - heading)) / np.hypot(dx, dy)
        keys = {"up"} if speed < self.speed else set()
        keys |= {"left"} if bend > 0.45 else {"right"} if bend < -0.45 else set()
        self.pending.append(keys)
        return self.pending.pop(0)


def demonstration(track: str, speed: float) -> Recording:
    """One lap from the start line.

    Raises:
        RuntimeError: the player left the road.
    """
    game, player = Game(track, name="First Lap"), Player(speed)
    for _ in range(LONGEST):
        game.keys = player(game)
        game.advance(DT)
        if game.best is not None:
            game.best.date = None  # the same file whenever it is made
            return game.best
        if game.off_tracks:
            break
    raise RuntimeError(f"no clean lap on {track} at {speed} m/s: {game.line()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=FOLDER)
    folder = parser.parse_args().out
    for name, (track, speed) in LAPS.items():
        lap = demonstration(track, speed)
        path = lap.save(folder / f"{name}.jsonl")
        print(f"{path}: {lap.lap_times[-1]:.2f} s")


if __name__ == "__main__":
    main()
