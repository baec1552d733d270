"""A trip through the city that moves: an animated PNG for notebooks, and an HTML page to pause and wind.

Both show the map with the way driven so far, what the car sees, the reward of the step and the next goal.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from course_lib.notebook.episodes import EpisodeReplay, moving
from course_lib.notebook.replay import LAST, HtmlReplay
from course_lib.sim.city import City
from course_lib.sim.city_drawing import CAR, INK, PAPER, CityPicture
from course_lib.sim.city_runs import CityResults
from course_lib.sim.city_world import AHEAD, VIEW, CityWorld

X, Y, HEADING, REWARD, REACHED = range(5)  # columns of `CityResults.paths`
FPS = 15
MOST_FRAMES = 150
PANEL, SIDE = 150, 120  # px: width of the panel beside the map, and of the car's view in it
LINE = 22  # px between lines of the panel
STEPS_A_SECOND = 120  # of the HTML page: 240 px of road
FINE = 0.1  # px and degrees: quanta of the numbers in the page


def city_replay(city: City, results: CityResults, car: int = 0, scale: float = 0.4) -> EpisodeReplay:
    """An animated PNG of one car's trip, some steps from picture to picture.

    Args:
        city: where it was driven.  results: of `run_city` with ``record=True``.  car: which one.
        scale: of the map.

    Raises:
        ValueError: the trip was not recorded.
    """
    path, goals, names = _trip(city, results, car)
    every = max(1, int(np.ceil((len(path) - 1) / MOST_FRAMES)))
    rows = [*range(0, len(path) - 1, every), len(path) - 1]
    views, ground = _views(city, path[rows]), CityPicture(city, scale)
    frames = [_frame(ground, path[: row + 1], view, goals, names) for row, view in zip(rows, views)]
    return moving(frames, [1 / FPS] * (len(frames) - 1) + [LAST], _told(city, results, car), city.name)


def city_html(city: City, results: CityResults, car: int = 0) -> HtmlReplay:
    """A page of one car's trip to play, pause and wind in a browser; arguments and errors as `city_replay`."""
    path, goals, names = _trip(city, results, car)
    told = _told(city, results, car)
    picture = io.BytesIO()
    CityPicture(city).image.save(picture, "PNG", optimize=True)
    data = {
        "fine": FINE,
        "pace": STEPS_A_SECOND,
        "places": [_deltas(path[:, X]), _deltas(path[:, Y]), _deltas(_unwrapped(path[:, HEADING]))],
        "rewards": path[:, REWARD].round(2).tolist(),
        "reached": path[:, REACHED].astype(int).tolist(),
        "goals": [[round(x, 1), round(y, 1), name] for (x, y), name in zip(goals.tolist(), names)],
    }
    parts = {
        "title": html.escape(f"A trip through {city.name}"),
        "alt": html.escape(told),
        "width": str(city.width),
        "height": str(city.height),
        "last": str(len(path) - 1),
        "view": str(VIEW),
        "middle": str(VIEW // 2),
        "ahead": str(AHEAD),
        "map": base64.b64encode(picture.getvalue()).decode("ascii"),
        "data": json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
    }
    template = Path(__file__).with_name("city_replay.html").read_text(encoding="utf-8")
    filled = re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)
    return HtmlReplay(filled, told, city.name, 1, (len(path) - 1) / STEPS_A_SECOND)


def _trip(city: City, results: CityResults, car: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """(path, goals, their names or numbers) of a car."""
    if not results.paths:
        raise ValueError("This trip was not recorded: call run_city(..., record=True).")
    known = {place: name for name, place in city.goals.items()}
    goals = results.goals[car]
    return results.paths[car], goals, [known.get(tuple(goal), str(k + 1)) for k, goal in enumerate(goals.tolist())]


def _views(city: City, rows: np.ndarray) -> np.ndarray:
    """(k, 40, 40) uint8: what the car saw at rows of a path."""
    world = CityWorld(len(rows), city)
    world.x, world.y, world.heading = rows[:, X], rows[:, Y], rows[:, HEADING]
    return world.views()


def _frame(ground: CityPicture, path: np.ndarray, view: np.ndarray, goals: np.ndarray, names: list[str]) -> np.ndarray:
    """The map and beside it a panel with the view, the reward and the next goal."""
    picture, last = ground.copy(), path[-1]
    reached = int(last[REACHED])
    picture.way(path[:, :2])
    picture.goals(goals, names, reached)
    picture.car(*last[:3], length=34.0)
    width, height = picture.image.size
    whole = Image.new("RGB", (width + PANEL, max(height, 30 + SIDE + 8 + 3 * LINE)), PAPER)
    whole.paste(picture.image, (0, 0))
    left = width + (PANEL - SIDE) // 2
    seen = Image.fromarray(view).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    whole.paste(seen.convert("RGB"), (left, 30))
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(13)
    pen.rectangle([left - 1, 29, left + SIDE, 30 + SIDE], outline=INK)
    middle = left + SIDE / 2, 30 + SIDE * AHEAD / VIEW
    pen.polygon([(middle[0], middle[1] - 7), (middle[0] - 5, middle[1] + 6), (middle[0] + 5, middle[1] + 6)], fill=CAR)
    next_goal = names[reached] if reached < len(names) else "none, all reached"
    lines = [f"next: {next_goal}", f"goals: {reached} of {len(names)}", f"reward: {last[REWARD]:+.1f}"]
    pen.text((left, 10), "the car sees", fill=INK, font=font)
    for k, line in enumerate(lines):
        pen.text((left, 30 + SIDE + 8 + LINE * k), line, fill=INK, font=font)
    return np.array(whole)


def _told(city: City, results: CityResults, car: int) -> str:
    goals, steps = results.goals.shape[1], int(results.steps[car])
    return (
        f"A trip through {city.name}, seen from above: {int(results.reached[car])} of {goals} goals reached in "
        f"{steps:,} steps, {results.on_road[car] / steps:.1%} of them on the road."
    )


def _deltas(values: np.ndarray) -> list[int]:
    whole = np.rint(values / FINE).astype(int)
    return np.diff(whole, prepend=0).tolist()


def _unwrapped(degrees: np.ndarray) -> np.ndarray:
    return np.degrees(np.unwrap(np.radians(degrees)))
