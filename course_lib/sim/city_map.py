"""Maps of cities, made by rule from a seed: curved streets between crossings, roundabouts, blind streets, ten goals.

Crossings lie on a shaken grid and are joined by Bézier curves. Some joins are left out, half of these become blind
streets. A map that breaks a rule is thrown away and the next one is drawn, so every seed gives one that keeps them.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import shortest_path

from course_lib.sim.city import GOAL_NAMES, HEIGHT, WIDTH, City
from course_lib.sim.city_ways import reachable

COLUMNS, ROWS = 6, 3  # crossings
MARGIN = (95, 95)  # px from the edge of the map to the outer crossings
SHAKEN = (38, 26)  # px that a crossing may lie beside its place on the grid
WAY_ROUND = 3  # streets, at most, in place of one that is left out
LEFT_OUT, BLIND, ROUND = 5, 4, 3  # joins that are left out, of these blind streets, and roundabouts
STREET_WIDTH, BLIND_WIDTH, RING_WIDTH = (26, 38), (26, 32), (28, 34)  # px, from and below
RING = (46, 54)  # px, outer radius of a roundabout
BEND = (0.08, 0.22)  # of a street's length: how far its curve swings out
ROAD_SHARE = (0.18, 0.22)
GOAL_GAP = 150  # px between two goals, and between a goal and the end of a blind street
TRIES = 200
POINTS = 60  # of a street's centre line


def make_city(seed: int = 0) -> City:
    """The city of a seed; 0 is the course's own.

    It is 1430 x 660 px, 18 to 22 % of it road; streets are 26 to 37 px wide. Each of the ten goals can be reached from
    the start, and from every other goal, by a car that drives 2 px and turns 5 degrees at most in a step.

    Raises:
        ValueError: the seed is below 0.
    """
    if seed < 0:
        raise ValueError(f"The seed is {seed}: it must be 0 or more.")
    for attempt in range(TRIES):
        city = _draw(np.random.default_rng([seed, attempt]), f"city {seed}")
        if city is not None and reachable(city):
            return city
    raise RuntimeError(f"No map kept the rules for seed {seed}: take another seed.")


def _draw(rng: np.random.Generator, name: str) -> City | None:
    """One map, or None if too little or too much of it is road, or there is no room for the goals."""
    crossings = _crossings(rng)
    joined, left_out = _joins(rng, crossings)
    picture = Image.new("L", (WIDTH, HEIGHT), 0)
    streets, dead_ends = [], []
    for a, b in joined:
        streets.append(_curve(rng, crossings[a], crossings[b]))
        _pave(picture, streets[-1], rng.integers(*STREET_WIDTH))
    for a, b in left_out[:BLIND]:
        line = _curve(rng, crossings[a], crossings[b])[: int(POINTS * rng.uniform(0.42, 0.55))]
        _pave(picture, line, rng.integers(*BLIND_WIDTH))
        dead_ends.append(tuple(line[-1].tolist()))
    busy = [i for i in range(len(crossings)) if sum(i in join for join in joined) >= 3]
    rings = [tuple(crossings[i].tolist()) for i in rng.permutation(busy)[:ROUND]]
    for x, y in rings:
        outer, pen = rng.integers(*RING), ImageDraw.Draw(picture)
        for radius, shade in ((outer, 255), (outer - rng.integers(*RING_WIDTH), 0)):
            pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=shade)
    road = np.array(picture) > 0
    if not ROAD_SHARE[0] <= road.mean() <= ROAD_SHARE[1]:
        return None
    places = _places(rng, streets, dead_ends, road)
    if places is None:
        return None
    (x, y, heading), goals = places[0], places[1:]
    named = {name_: (x_, y_) for name_, (x_, y_, _) in zip(GOAL_NAMES, goals)}
    return City(road, named, (x, y, heading), streets, dead_ends, rings, name)


def _crossings(rng: np.random.Generator) -> np.ndarray:
    """(18, 2) px, column by column."""
    x = np.linspace(MARGIN[0], WIDTH - MARGIN[0], COLUMNS)
    y = np.linspace(MARGIN[1], HEIGHT - MARGIN[1], ROWS)
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    return grid + rng.uniform(-1, 1, grid.shape) * SHAKEN


def _joins(rng: np.random.Generator, crossings: np.ndarray) -> tuple[list, list]:
    """Pairs of neighbouring crossings that are joined, and some that are not.

    Each crossing keeps two streets at least; and where a street is left out, three others lead round the block: a
    driver who sees no farther than the next crossing could not know of a longer way round.
    """
    right = [(i, i + ROWS) for i in range(len(crossings) - ROWS)]
    down = [(i, i + 1) for i in range(len(crossings)) if (i + 1) % ROWS]
    joined, left_out = right + down, []
    for pair in rng.permutation(joined).tolist():
        rest = [join for join in joined if join != tuple(pair)]
        streets = _streets_between(rest, len(crossings))
        round_the_block = all(streets[a, b] <= WAY_ROUND for a, b in [*left_out, pair])
        two_each = (streets == 1).sum(axis=0).min() >= 2
        if len(left_out) < LEFT_OUT and round_the_block and two_each:
            joined = rest
            left_out.append(pair if rng.random() < 0.5 else pair[::-1])
    return joined, left_out


def _streets_between(joined: list[tuple[int, int]], count: int) -> np.ndarray:
    """(count, count) streets from each crossing to each other one; infinite where no way leads there."""
    a, b = np.transpose(joined)
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(count, count))
    return shortest_path(graph, directed=False, unweighted=True)


def _curve(rng: np.random.Generator, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(60, 2) px of a cubic Bézier curve from a to b that swings out to one side."""
    way = b - a
    aside = np.array([-way[1], way[0]]) * rng.uniform(*BEND) * rng.choice([-1, 1])
    t = np.linspace(0, 1, POINTS)[:, None]
    first, second = a + way / 3 + aside, a + 2 * way / 3 + aside
    line = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t**2 * second + t**3 * b
    return np.clip(line, 24, [WIDTH - 24, HEIGHT - 24])


def _pave(picture: Image.Image, line: np.ndarray, width: int) -> None:
    """Road along a line: discs so close that no gap is between them."""
    pen, length = ImageDraw.Draw(picture), np.hypot(*np.diff(line, axis=0).T).sum()
    many = np.linspace(0, len(line) - 1, int(length) + 1)
    for x, y in np.stack([np.interp(many, np.arange(len(line)), column) for column in line.T], axis=1):
        pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)


def _places(rng: np.random.Generator, streets, dead_ends, road: np.ndarray) -> list[tuple] | None:
    """(x, y, heading) of the start and ten goals on streets, far from each other and from blind ends."""
    found: list[tuple[float, float, float]] = []
    for _ in range(3000):
        line = streets[rng.integers(len(streets))]
        k = rng.integers(POINTS // 5, POINTS * 4 // 5)
        x, y = line[k]
        apart = [np.hypot(x - x_, y - y_) for x_, y_, *_ in [*found, *dead_ends]]
        if road[int(y), int(x)] and min(apart, default=GOAL_GAP) >= GOAL_GAP:
            dx, dy = line[k + 1] - line[k - 1]
            found.append((float(x), float(y), float(np.degrees(np.arctan2(-dy, dx)))))
        if len(found) == 1 + len(GOAL_NAMES):
            return found
    return None
