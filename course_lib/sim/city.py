"""A city seen from above: which pixels are road, where the goals are, and how far it is to them by road.

x runs right and y runs down, in pixels, as in the picture. Roads can be painted and removed while a car drives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

WIDTH, HEIGHT = 1430, 660  # px
GOAL_NAMES = (
    "harbour", "school", "hospital", "museum", "station", "market", "library", "stadium", "bakery", "airport",
)  # fmt: skip
CELL = 4  # px of the grid on which ways by road are measured
MARGIN = 64  # px without road around the map, so that nobody need ask whether a view reaches beyond it
CLEAR = (-8, 0, 8, 16, 24, 32)  # px ahead of a pose that must be road, if a car may begin there
BLIND_GAP = 60  # px from the end of a blind street to the nearest place where a car begins or a goal may lie
STEPS = [(dx, dy) for dx in (-2, -1, 0, 1, 2) for dy in (-2, -1, 0, 1, 2) if abs(dx) + abs(dy) in (1, 2, 3)]


class CityError(ValueError):
    """A map, a goal or a start that nobody can drive with; the message says which and why."""


@dataclass
class City:
    """A map to drive on.

    Attributes:
        road: (height, width) bool; ``framed`` is the same with 64 px of nothing all around.
        goals: name -> (x, y) on road.
        start: (x, y, heading): px, and degrees anticlockwise from the right as seen on the picture.
        streets, dead_ends, roundabouts: what the map was drawn from: (points, 2) arrays of centre lines, (x, y) of the
            ends of blind streets, (x, y) of the middles of roundabouts.
        name: for messages.
        found_ways: what `city_ways.Ways` has searched for; forgotten when somebody paints.

    Raises:
        CityError: no road, a mask of another shape, a goal off the road, or a start off the road.
    """

    road: np.ndarray
    goals: dict[str, tuple[float, float]]
    start: tuple[float, float, float]
    streets: list[np.ndarray] = field(default_factory=list)
    dead_ends: list[tuple[float, float]] = field(default_factory=list)
    roundabouts: list[tuple[float, float]] = field(default_factory=list)
    name: str = "city"
    found_ways: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self):
        self.road = np.array(self.road, dtype=bool)
        if self.road.ndim != 2 or min(self.road.shape, default=0) < 80:
            raise CityError(f"{self.name}: the mask has the shape {self.road.shape}, at least 80 x 80 pixels are due.")
        if not self.road.any():
            raise CityError(f"{self.name}: the map has no road: paint some first.")
        if not self.goals:
            raise CityError(f"{self.name}: the map has no goal: name at least one.")
        for goal, (x, y) in self.goals.items():
            if not self.on_road(x, y):
                raise CityError(
                    f"{self.name}: the goal {goal} at ({x:.0f}, {y:.0f}) is not on the road: move it there."
                )
        if not self.on_road(*self.start[:2]):
            x, y = self.start[:2]
            raise CityError(f"{self.name}: the start ({x:.0f}, {y:.0f}) is not on the road: a car cannot begin there.")
        self.framed = np.pad(self.road, MARGIN)
        self.road = self.framed[MARGIN:-MARGIN, MARGIN:-MARGIN]  # painting it changes both

    def __repr__(self) -> str:
        return (
            f"City({self.name!r}, {self.width} x {self.height} px, {self.road_share:.1%} road, {len(self.goals)} goals)"
        )

    @property
    def width(self) -> int:
        return self.road.shape[1]

    @property
    def height(self) -> int:
        return self.road.shape[0]

    @property
    def road_share(self) -> float:
        return float(self.road.mean())

    @property
    def diagonal(self) -> float:
        """px, the longest distance on the map."""
        return float(np.hypot(self.width, self.height))

    def on_road(self, x, y) -> np.ndarray:
        """(n,) bool for points (n,) in px; nothing beyond the map is road."""
        column, row = np.floor(np.asarray(x)).astype(np.intp), np.floor(np.asarray(y)).astype(np.intp)
        inside = (column >= 0) & (column < self.width) & (row >= 0) & (row < self.height)
        return inside & self.road[np.where(inside, row, 0), np.where(inside, column, 0)]

    def paint(self, x: float, y: float, radius: float = 14.0, road: bool = True) -> None:
        """Make a disc road, or with ``road=False`` take road away; cars see it in their next observation.

        Raises:
            CityError: the radius is not above 0; or a goal would lie off the road (nothing is changed then).
        """
        if not 0 < radius < np.inf:
            raise CityError(f"The radius is {radius}: it must be above 0.")
        rows, columns = np.ogrid[: self.height, : self.width]
        disc = (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 <= radius**2
        painted = self.road | disc if road else self.road & ~disc
        for goal, (goal_x, goal_y) in self.goals.items():
            if not painted[int(goal_y), int(goal_x)]:
                raise CityError(f"{self.name}: the goal {goal} would lie off the road: leave its place as it is.")
        self.road[:] = painted
        for made_from_road in ("_graph", "poses"):
            vars(self).pop(made_from_road, None)
        self.found_ways.clear()

    @cached_property
    def poses(self) -> np.ndarray:
        """(k, 3) places and headings (px, px, degrees) along the roads, where a car may begin and goals may lie.

        They are 4 px and 15 degrees apart, some way from the ends of blind streets.
        """
        rows, columns = np.nonzero(self.road[CELL // 2 :: CELL, CELL // 2 :: CELL])
        places = np.stack([columns, rows], axis=1) * CELL + CELL / 2
        for end in self.dead_ends:
            places = places[np.hypot(*(places - end).T) >= BLIND_GAP]
        headings = np.radians(np.arange(0.0, 360.0, 15.0))
        ahead = np.stack([np.cos(headings), -np.sin(headings)], axis=1)
        free = np.ones((len(places), len(headings)), dtype=bool)
        for far in CLEAR:
            there = places[:, None] + far * ahead
            free &= self.on_road(there[..., 0], there[..., 1])
        place, heading = np.nonzero(free)
        return np.column_stack([places[place], np.degrees(headings[heading])])

    @cached_property
    def _graph(self):
        """Cells of 4 px that are road at their middle, and the ways between them: (node of each cell, graph)."""
        middle = CELL // 2
        open_cells = self.road[middle::CELL, middle::CELL]
        nodes = np.full(open_cells.shape, -1, dtype=np.intp)
        nodes[open_cells] = np.arange(open_cells.sum())
        froms, tos, lengths = [], [], []
        for dx, dy in STEPS:
            here = nodes[max(0, -dy) : nodes.shape[0] - max(0, dy), max(0, -dx) : nodes.shape[1] - max(0, dx)]
            there = nodes[max(0, dy) : nodes.shape[0] + min(0, dy), max(0, dx) : nodes.shape[1] + min(0, dx)]
            both = (here >= 0) & (there >= 0)
            froms.append(here[both])
            tos.append(there[both])
            lengths.append(np.full(both.sum(), CELL * np.hypot(dx, dy)))
        count = int(open_cells.sum())
        edges = (np.concatenate(lengths), (np.concatenate(froms), np.concatenate(tos)))
        return nodes, coo_matrix(edges, shape=(count, count)).tocsr()

    def distances_to(self, x: float, y: float) -> np.ndarray:
        """(height / 4, width / 4) px by road from each cell of 4 px to a point; infinite where no road leads there.

        Raises:
            CityError: the point is not near any road.
        """
        nodes, graph = self._graph
        rows, columns = np.nonzero(nodes >= 0)
        gaps = np.hypot(columns * CELL + CELL / 2 - x, rows * CELL + CELL / 2 - y)
        nearest = int(gaps.argmin())
        if gaps[nearest] > 3 * CELL:
            raise CityError(f"{self.name}: ({x:.0f}, {y:.0f}) is {gaps[nearest]:.0f} px from the nearest road.")
        away = dijkstra(graph, indices=nodes[rows[nearest], columns[nearest]])
        field_ = np.full(nodes.shape, np.inf)
        field_[rows, columns] = away
        return field_
