"""The world of the city: n cars on a map seen from above, each with a list of goals to drive to, one after the other.

Measures and rewards are those of the "EndGame" assignment (predecessors.md 2a); unlike there, positions are not cut to
whole pixels, so a car is equally fast in all directions, and the way to a new goal is measured from where it is set.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_lib.sim.chance import uniform
from course_lib.sim.city import MARGIN, City, CityError

TURN = 5.0  # degrees that the car can turn in a step
FAST, SLOW = 2.0, 1.5  # px per step on the road and beside it
REACH = 30.0  # px: a goal is reached within this distance
NEARER, NOT_NEARER, OFF_ROAD, AT_EDGE, AT_GOAL = 0.5, -0.9, -5.0, -10.0, 50.0  # rewards
PATIENCE = 50  # steps that a car may stand at the edge of the map
VIEW, AHEAD = 40, 30  # px of the square that a car sees, and how many of them lie ahead of it
ROUTES = {"three": 5_000, "all": 20_000, "anywhere": 5_000}  # with the most steps of an episode
STARTS = ("home", "anywhere")

_rows, _columns = np.mgrid[:VIEW, :VIEW]
_FORWARD = (AHEAD - 0.5 - _rows).ravel().astype(np.float32)  # px of each pixel ahead of the car
_RIGHT = (_columns + 0.5 - VIEW / 2).ravel().astype(np.float32)  # and to its right


class CityWorld:
    """n cars in one or several cities.

    Args:
        n: number of cars; car i drives in city i modulo their number.
        cities: one, or several of the same size and with as many goals.
        route: "three" of the city's goals by chance, "all" of them in their order, or three places "anywhere" on the
            roads by chance.
        start: "home", the city's own, or "anywhere" along the roads.
        max_steps: of an episode; None: 5,000, or 20,000 for all goals.

    State, one row per car: ``x``, ``y`` (px), ``heading`` (degrees anticlockwise, 0 is right), ``on_road``, ``goals``
    (n, k, 2), ``reached`` (goals so far), ``distance`` (px to the next goal), ``steps``, ``waiting`` (steps at the
    edge without getting anywhere), and of the last step ``reward`` and ``at_edge``.

    Raises:
        CityError: cities that differ in size or in the number of their goals.
        ValueError: another route or start than those above, or no step at all.
    """

    def __init__(
        self,
        n: int,
        cities: City | Sequence[City],
        route: str = "three",
        start: str = "home",
        max_steps: int | None = None,
    ):
        self.cities = [cities] if isinstance(cities, City) else list(cities)
        kinds = {(city.width, city.height, len(city.goals)) for city in self.cities}
        if len(kinds) != 1:
            told = ", ".join(f"{width} x {height} px with {count} goals" for width, height, count in sorted(kinds))
            raise CityError(f"Cities of one world must be alike; these are {told or 'none'}.")
        for name, value, known in (("route", route, ROUTES), ("start", start, STARTS)):
            if value not in known:
                raise ValueError(f"No {name} is called {value!r}: choose {', '.join(known)}.")
        if max_steps is not None and max_steps < 1:
            raise ValueError(f"max_steps is {max_steps}: an episode has at least one step.")
        self.n, self.route, self.start, self.max_steps = n, route, start, max_steps or ROUTES[route]
        self.city_of = np.arange(n) % len(self.cities)
        self.goals = np.zeros((n, len(self.cities[0].goals) if route == "all" else 3, 2))
        self.x, self.y, self.heading, self.distance, self.reward = np.zeros((5, n))
        self.reached, self.steps, self.waiting = np.zeros((3, n), dtype=np.int64)
        self.on_road, self.at_edge = np.zeros((2, n), dtype=bool)
        self.reseed(np.arange(n))

    def reseed(self, seeds: np.ndarray) -> None:
        """Give each car its own seed (n,) and forget how many episodes it has begun."""
        self.seeds = np.asarray(seeds).astype(np.uint64)
        self.episodes = np.zeros(self.n, dtype=np.uint64)

    def reset(self, cars: np.ndarray | None = None, pose=None, goals=None) -> None:
        """Begin an episode.

        Args:
            cars: indices of the cars to reset; None: all.
            pose: (x, y, heading), px and degrees, of all these cars, or (cars, 3); None: as ``start`` says.
            goals: (k, 2) px for all these cars; None: as ``route`` says.  Another number of goals than before is only
                possible for all cars at once.

        Raises:
            CityError: a start or a goal that is not on the road.
        """
        cars = np.arange(self.n) if cars is None else np.asarray(cars)
        draws = uniform(self.seeds[cars], self.episodes[cars], 1 + max(3, len(self.cities[0].goals)))
        self.episodes[cars] += np.uint64(1)
        if goals is not None:
            goals = np.broadcast_to(np.asarray(goals, dtype=float), (len(cars), *np.shape(goals)[-2:]))
            if goals.shape[1] != self.goals.shape[1]:
                self.goals = np.zeros((self.n, *goals.shape[1:]))
        for k, city in enumerate(self.cities):
            mine = np.flatnonzero(self.city_of[cars] == k)
            if len(mine):
                self._begin(city, cars[mine], pose, None if goals is None else goals[mine], draws[:, mine])
        if pose is not None:
            self.x[cars], self.y[cars], self.heading[cars] = np.broadcast_to(pose, (len(cars), 3)).T
        self._check(cars, self.x[cars], self.y[cars], "start")
        for goal in range(self.goals.shape[1]):
            self._check(cars, *self.goals[cars, goal].T, "goal")
        self.reached[cars] = self.steps[cars] = self.waiting[cars] = 0
        self.reward[cars], self.at_edge[cars] = 0.0, False
        self.on_road[cars] = True
        self.distance[cars] = self._to_goal(cars)

    def _begin(self, city: City, cars: np.ndarray, pose, goals, draws: np.ndarray) -> None:
        """Set starts and goals of cars in one city, by draws (goals + 1, cars) of chance where nothing else is said."""
        if pose is None:
            home = np.array([city.start]) if self.start == "home" else city.poses[_picked(draws[0], len(city.poses))]
            self.x[cars], self.y[cars], self.heading[cars] = home.T
        if goals is not None:
            self.goals[cars] = goals
        elif self.route == "anywhere":
            self.goals[cars] = city.poses[_picked(draws[1:4], len(city.poses)), :2].swapaxes(0, 1)
        else:
            named = np.array(list(city.goals.values()))
            shuffled = draws[1 : 1 + len(named)].argsort(axis=0).T
            order = shuffled[:, :3] if self.route == "three" else np.arange(len(named))
            self.goals[cars] = named[order]

    def step(self, actions: np.ndarray) -> None:
        """Turn each car by its action (n,) or (n, 1) degrees, at most 5, and let it drive on.

        Raises:
            ValueError: actions of another shape, or one that is not a finite number.
        """
        turn = np.asarray(actions, dtype=np.float64)
        if turn.shape not in ((self.n,), (self.n, 1)):
            raise ValueError(f"The actions have the shape {turn.shape}: one number for each of {self.n} cars is due.")
        turn = turn.reshape(self.n)
        if not np.isfinite(turn).all():
            car = int(np.flatnonzero(~np.isfinite(turn))[0])
            raise ValueError(f"The action of car {car} is {turn[car]}: it must be a finite number of degrees.")
        self.heading = (self.heading + np.clip(turn, -TURN, TURN) + 180.0) % 360.0 - 180.0
        angle, speed = np.radians(self.heading), np.where(self.on_road, FAST, SLOW)
        wanted_x, wanted_y = self.x + speed * np.cos(angle), self.y - speed * np.sin(angle)
        x = np.clip(wanted_x, 1.0, self.cities[0].width - 1.0)
        y = np.clip(wanted_y, 1.0, self.cities[0].height - 1.0)
        self.at_edge = (x != wanted_x) | (y != wanted_y)
        stands = self.at_edge & (np.hypot(x - self.x, y - self.y) < 0.1)
        self.waiting = np.where(stands, self.waiting + 1, 0)
        self.x, self.y = x, y
        self.steps += 1
        self.on_road = self.is_road(x, y)
        everyone = np.arange(self.n)
        before, distance = self.distance, self._to_goal(everyone)
        self.reward = np.where(self.on_road, np.where(distance < before, NEARER, NOT_NEARER), OFF_ROAD)
        self.reward += AT_EDGE * self.at_edge
        arrived = (distance < REACH) & ~self.done
        self.reward += AT_GOAL * arrived
        self.reached += arrived
        self.distance = self._to_goal(everyone)

    @property
    def done(self) -> np.ndarray:
        """(n,) bool: all goals reached."""
        return self.reached == self.goals.shape[1]

    @property
    def stuck(self) -> np.ndarray:
        """(n,) bool: too long at the edge of the map."""
        return self.waiting >= PATIENCE

    @property
    def bearing(self) -> np.ndarray:
        """(n,) degrees in [-180, 180) from each car's nose to its next goal, to the left above 0."""
        goal = self.next_goals()
        direction = np.degrees(np.arctan2(self.y - goal[:, 1], goal[:, 0] - self.x))
        return (direction - self.heading + 180.0) % 360.0 - 180.0

    def views(self, cars: np.ndarray | None = None) -> np.ndarray:
        """(cars, 40, 40) uint8: what lies around each car, ahead is up, 30 px of it; 255 is road."""
        cars = np.arange(self.n) if cars is None else cars
        angle = np.radians(self.heading[cars])
        cos, sin = np.cos(angle).astype(np.float32)[:, None], np.sin(angle).astype(np.float32)[:, None]
        x = (self.x[cars] + MARGIN).astype(np.float32)[:, None] + cos * _FORWARD + sin * _RIGHT
        y = (self.y[cars] + MARGIN).astype(np.float32)[:, None] - sin * _FORWARD + cos * _RIGHT
        pixels = y.astype(np.int32) * np.int32(self.cities[0].framed.shape[1]) + x.astype(np.int32)
        if len(self.cities) == 1:
            seen = self.cities[0].framed.ravel()[pixels]
        else:
            seen = np.zeros(pixels.shape, dtype=bool)
            for k, city in enumerate(self.cities):
                mine = self.city_of[cars] == k
                seen[mine] = city.framed.ravel()[pixels[mine]]
        return (seen * np.uint8(255)).reshape(-1, VIEW, VIEW)

    def state(self) -> dict[str, np.ndarray]:
        """An exact snapshot: copies of every array, to be given to `restore`."""
        return {name: value.copy() for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go back to a snapshot of a world with the same cities and number of cars.

        Raises:
            ValueError: the snapshot is of another number of cars, or of another version.
        """
        mine = self.state()
        if state.keys() != mine.keys() or any(len(state[name]) != self.n for name in mine):
            raise ValueError(
                f"The snapshot is not of a world with {self.n} cars: restore it in the world it came from."
            )
        for name, value in state.items():
            setattr(self, name, np.array(value, dtype=mine[name].dtype))

    def next_goals(self, cars: np.ndarray | None = None) -> np.ndarray:
        """(cars, 2) px; after the last goal still that one."""
        cars = np.arange(self.n) if cars is None else cars
        return self.goals[cars, np.minimum(self.reached[cars], self.goals.shape[1] - 1)]

    def _to_goal(self, cars: np.ndarray) -> np.ndarray:
        return np.hypot(*(self.next_goals(cars) - np.stack([self.x[cars], self.y[cars]], axis=1)).T)

    def is_road(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """(n, ...) bool for points (n, ...) of each car in its city."""
        is_road = self.cities[0].on_road(x, y)
        for k, city in enumerate(self.cities[1:], start=1):
            mine = self.city_of == k
            is_road[mine] = city.on_road(x[mine], y[mine])
        return is_road

    def _check(self, cars: np.ndarray, x: np.ndarray, y: np.ndarray, what: str) -> None:
        for car, x_, y_ in zip(cars, x, y):
            city = self.cities[self.city_of[car]]
            if not city.on_road(x_, y_):
                raise CityError(f"{city.name}: the {what} ({x_:.0f}, {y_:.0f}) is not on the road: move it there.")


def _picked(draws: np.ndarray, count: int) -> np.ndarray:
    """Indices below ``count`` for draws in [0, 1)."""
    return (draws * count).astype(np.intp)
