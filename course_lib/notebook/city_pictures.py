"""What the city's lesson shows at once: the map with a car's view, ways driven, and a table of drivers."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from course_lib import paths
from course_lib.agents.policy import Policy, load_policy
from course_lib.notebook import tables
from course_lib.notebook.picture import Picture, blank
from course_lib.sim.city import City
from course_lib.sim.city_drawing import CityPicture
from course_lib.sim.city_runs import CityResults
from course_lib.sim.city_world import AHEAD, VIEW, CityWorld

COLOURS = ((204, 121, 167), (213, 94, 0), (0, 114, 178), (0, 158, 115))


def shipped_folder() -> Path:
    """The folder of the course's own city driver."""
    return paths.data_dir() / "policies" / "city_td3"


def shipped_driver() -> tuple[Policy, list[dict[str, float]]]:
    """The course's own city driver, and the history of its training."""
    with (shipped_folder() / "learning_curve.csv").open(encoding="utf-8", newline="") as file:
        history = [{name: float(text) for name, text in row.items() if text} for row in csv.DictReader(file)]
    return load_policy(shipped_folder()), history


def map_and_view(city: City, pose=None) -> Picture:
    """The whole map with its goals, and beside it what a car sees at a pose (px, px, degrees; None: its start)."""
    pose = city.start if pose is None else pose
    picture = CityPicture(city)
    picture.goals(list(city.goals.values()), list(city.goals))
    picture.frame_of_view(*pose)
    picture.car(*pose)
    world = CityWorld(1, city)
    world.reset(pose=pose)
    figure = blank(9.6, 3.4)
    whole, seen = figure.subplots(1, 2, width_ratios=(3.1, 1))
    whole.imshow(picture.array())
    whole.set(title="The city from above", xticks=[], yticks=[])
    seen.imshow(world.views()[0], cmap="gray", vmin=0, vmax=255, extent=(-VIEW / 2, VIEW / 2, AHEAD - VIEW, AHEAD))
    seen.plot(0, 0, marker="^", markersize=12, color="#D55E00")
    seen.set(title="What the car sees", xlabel="px to the right", ylabel="px ahead")
    figure.alt = f"The map of {city.name} with its goals, and the 40 by 40 pixels that a car sees of it."
    return figure


def ways(city: City, driven: Mapping[str, CityResults], title: str | None = None) -> Picture:
    """The ways of the first car of some drivers, one map each."""
    figure = blank(9.6, 0.3 + 4.5 * len(driven), title)
    for axes, colour, (label, results) in zip(np.atleast_1d(figure.subplots(len(driven))), COLOURS, driven.items()):
        picture = CityPicture(city)
        picture.way(results.paths[0][:, :2], colour, 3.0)
        picture.goals(results.goals[0], next_one=int(results.reached[0]))
        picture.car(*results.paths[0][-1, :3], colour=colour)
        axes.imshow(picture.array())
        axes.set(title=label, xticks=[], yticks=[])
    told = "; ".join(f"{label}: {results.reached[0]} goals" for label, results in driven.items())
    figure.alt = f"Ways driven through {city.name}, seen from above. {told}."
    return figure


class TripTable:
    """Drivers and how they drove, as a notebook shows it."""

    heads = ("driver", "goals reached", "on the road", "driven / shortest way", "steps", "return per trip")

    def __init__(self, drivers: Mapping[str, CityResults], caption: str = "Drivers in the city"):
        self.caption, self.rows = caption, [self._row(label, results) for label, results in drivers.items()]

    def __repr__(self) -> str:
        return tables.text_table(self.caption, self.heads, self.rows)

    def _repr_html_(self) -> str:
        return tables.html_table(self.caption, self.heads, self.rows)

    @staticmethod
    def _row(label: str, results: CityResults) -> Sequence[str]:
        ratio = "–" if not results.shortest.any() else f"{results.path_ratio:.2f}"
        return (
            label,
            f"{results.reached.sum()} of {results.goals[..., 0].size}",
            f"{results.road_share:.1%}",
            ratio,
            f"{results.steps.sum():,.0f}",
            f"{results.returns.mean():,.0f}",
        )
