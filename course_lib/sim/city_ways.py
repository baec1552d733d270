"""Which goals a car can get to that cannot turn on the spot: a search over places and headings.

A hybrid search (Dolgov et al. 2010): places are kept exactly, and one is kept for each cell of 4 px and 15 degrees.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

from course_lib.sim.city import City

CELL, HEADINGS = 4, 24
LEG = 4  # steps of 2 px in a move
TURNS = np.radians([-18.0, -9.0, 0.0, 9.0, 18.0])  # of a move; the car could turn 20 degrees in four steps
REACH = 30.0  # px: a goal is reached within this distance
NO_WAY = 20_000  # moves
BESIDE = 20  # moves for each one's length beside the road


def arrivals(city: City, x: float, y: float, heading: float) -> dict[str, tuple[float, float, float]]:
    """Where a car that starts at a pose (px, px, degrees) comes within 30 px of each goal first: name -> pose.

    Goals that it cannot reach on the road are missing.
    """
    found: dict[str, tuple[float, float, float]] = {}
    names, goals = list(city.goals), np.array(list(city.goals.values()))
    for poses in _waves(city, np.array([[x, y, np.radians(heading)]]), _nowhere(city)):
        gaps = np.hypot(poses[:, None, 0] - goals[:, 0], poses[:, None, 1] - goals[:, 1])
        for k in np.flatnonzero(gaps.min(axis=0) < REACH):
            if names[k] not in found:
                x_, y_, heading_ = poses[gaps[:, k].argmin()]
                found[names[k]] = (float(x_), float(y_), float(np.degrees(heading_)))
        if len(found) == len(names):
            break
    return found


def reachable(city: City) -> bool:
    """Can every goal be reached from the start, and the start again from where a car arrives there?

    Then every goal can be reached from every other one. Who looks for ways back drives them the other way round: a car
    that turns about and follows its way backwards has the same bends.
    """
    goals = arrivals(city, *city.start)
    if len(goals) < len(city.goals):
        return False
    x, y, heading = city.start
    back = _nowhere(city)
    for _ in _waves(city, np.array([[x, y, np.radians(heading + 180.0)]]), back):
        pass
    turned = np.array([[x, y, np.radians(heading + 180.0)] for x, y, heading in goals.values()])
    return bool(back.reshape(-1)[_cells(back, turned)].all())


class Ways:
    """How far it is, by ways that a car can drive, to goals in a city; a goal is searched for once in a city.

    Ways are looked for backwards: a car that is turned about and follows its way back has the same bends.
    """

    def __init__(self, city: City):
        self.city = city

    def moves(self, goal: tuple[float, float], x, y, heading) -> np.ndarray:
        """Moves of 8 px until a car at these poses (px, px and radians) is within 30 px of the goal.

        From where no way leads there, it is the way from the nearest place that has one, and much more to get there.
        """
        return self._looked_up(goal, 0, x, y, heading)

    def px(self, goal: tuple[float, float], x: float, y: float, heading: float) -> float:
        """px of the shortest way from a pose (px, px and degrees), or from the nearest one that has a way."""
        near = np.array([(dx, dy, 0.0) for dx in range(-24, 25, CELL) for dy in range(-24, 25, CELL)])
        for turn in (0, 15, 30, 60, 90, 180):
            for way in (turn, -turn):
                poses = (near + [x, y, np.radians(heading + way)]).T
                there_is = self._looked_up(goal, 1, *poses)
                if there_is.any():
                    best = np.where(there_is, np.hypot(near[:, 0], near[:, 1]), np.inf).argmin()
                    return float(self.moves(goal, *poses)[best]) * LEG * 2
        return np.inf

    def _looked_up(self, goal: tuple[float, float], which: int, x, y, heading) -> np.ndarray:
        found = self.city.found_ways
        if goal not in found:
            found[goal] = self._search(*goal)
        table = found[goal][which]
        x, y = np.clip(x, 0, self.city.width - 1), np.clip(y, 0, self.city.height - 1)
        poses = np.column_stack([x.ravel(), y.ravel(), heading.ravel()])
        return table.ravel()[_cells(table, poses)].reshape(x.shape)

    def _search(self, x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
        """(rows, columns, headings) moves to a goal from each cell, and whether there is a way from it at all."""
        moves = np.full(_nowhere(self.city).shape, NO_WAY, dtype=np.int16)
        rows, columns = np.indices(moves.shape[:2]).reshape(2, -1)
        near_x, near_y = columns * CELL + CELL / 2, rows * CELL + CELL / 2
        near = (np.hypot(near_x - x, near_y - y) < REACH) & self.city.on_road(near_x, near_y)
        headings = np.tile((np.arange(HEADINGS) + 0.5) * 2 * np.pi / HEADINGS, near.sum())
        poses = np.column_stack([np.repeat(near_x[near], HEADINGS), np.repeat(near_y[near], HEADINGS), headings])
        for count, wave in enumerate(_waves(self.city, poses, _nowhere(self.city))):
            rows, columns, turned = np.unravel_index(_cells(moves, wave), moves.shape)
            where = rows, columns, (turned + HEADINGS // 2) % HEADINGS
            moves[where] = np.minimum(moves[where], count)
        there_is = moves < NO_WAY
        for turned in range(HEADINGS):  # elsewhere: to the nearest cell from where there is a way
            layer = moves[..., turned]
            gaps, (rows, columns) = distance_transform_edt(layer == NO_WAY, return_indices=True)
            layer[:] = layer[rows, columns] + np.rint(BESIDE * gaps * CELL / (2 * LEG)).astype(np.int16)
        return moves, there_is


def _nowhere(city: City) -> np.ndarray:
    """(rows, columns, headings) bool: cells that have been visited, none yet."""
    return np.zeros((city.height // CELL + 1, city.width // CELL + 1, HEADINGS), dtype=bool)


def _waves(city: City, poses: np.ndarray, visited: np.ndarray):
    """All poses that are new after each move, until there are none; the cells are marked."""
    while len(poses):
        yield poses
        poses = _moved(city, poses)
        if len(poses):
            cells, first = np.unique(_cells(visited, poses), return_index=True)
            first = first[~visited.reshape(-1)[cells]]
            poses = poses[first]
            visited.reshape(-1)[_cells(visited, poses)] = True


def _moved(city: City, poses: np.ndarray) -> np.ndarray:
    """All poses one move farther that stay on the road."""
    x, y, heading = (np.repeat(column, len(TURNS)) for column in poses.T)
    turn = np.tile(TURNS, len(poses)) / LEG
    on_road = np.ones(len(x), dtype=bool)
    for _ in range(LEG):
        heading = heading + turn
        x, y = x + 2 * np.cos(heading), y - 2 * np.sin(heading)
        on_road &= city.on_road(x, y)
    return np.stack([x, y, heading], axis=1)[on_road]


def _cells(visited: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """(n,) flat indices of poses on the road."""
    column, row = (poses[:, k].astype(np.intp) // CELL for k in (0, 1))
    turn = np.floor(poses[:, 2] / (2 * np.pi) * HEADINGS).astype(np.intp) % HEADINGS
    return np.ravel_multi_index((row, column, turn), visited.shape)
