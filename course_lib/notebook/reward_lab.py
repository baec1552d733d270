"""The reward lab of lesson 02: edit a reward function, look at what it pays, train it, and see it race.

``look(reward)`` tells at once what is wrong with it, what it pays along whole laps and all over the road;
``try_out(reward)`` trains it for some seconds; ``compare({...})`` trains several and lets them race.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from IPython.display import display

from course_lib.deepracer.reward_function import RewardFileError, RewardFunction
from course_lib.deepracer.validation import Finding, Report, validate
from course_lib.notebook.action_spaces import action_space as action_space
from course_lib.notebook.action_spaces import continuous_action_space as continuous_action_space
from course_lib.notebook.hyperparameter_table import hyperparameters as hyperparameters
from course_lib.notebook.picture import Picture
from course_lib.notebook.reward_laps import reward_along as reward_along
from course_lib.notebook.reward_map import FASTEST, RewardSurvey, Situation
from course_lib.notebook.reward_map import reward_map as reward_map
from course_lib.notebook.reward_races import compare as compare
from course_lib.notebook.reward_races import try_out as try_out
from course_lib.notebook.setup import headless
from course_lib.notebook.widgets.action_space_builder import ActionSpaceBuilder as ActionSpaceBuilder
from course_lib.notebook.widgets.hyperparameter_panel import HyperparameterPanel as HyperparameterPanel
from course_lib.notebook.widgets.redraw import Redraw, image_html, slider
from course_lib.sim.track import Track
from course_lib.sim.vehicle import MAX_STEERING


@dataclass(frozen=True, repr=False)
class Look:
    """What there is to see of a reward function before anybody trains with it.

    Attributes:
        report: what is wrong with it.
        along, map: the pictures of `reward_along` and `reward_map`; None where it cannot be loaded.
        panel: the `Redraw` with sliders for the map, or None.
    """

    report: Report
    along: Picture | None = None
    map: Picture | None = None
    panel: Redraw | None = None

    def __repr__(self) -> str:
        pictures = [picture.alt for picture in (self.along, self.map) if picture is not None]
        return "\n".join([repr(self.report), *pictures])

    def _ipython_display_(self) -> None:
        """One below the other: of one output, a notebook shows only the richest form."""
        for shown in (self.report, self.along, self.map):
            if shown is not None:
                display(shown)
        if self.panel is not None and not headless():
            display(self.panel.box)


def look(reward, track: Track | str | Path = "camp") -> Look:
    """Check a reward function, and draw what it pays along three laps and all over the road.

    With somebody at the front end there are sliders for the car on the map; without (COURSE_HEADLESS=1), the still
    pictures stand alone.

    Args:
        reward: a function, the name of a shipped one, a file, or a `RewardFunction`.
        track: a `Track`, a shipped name or a `.npy` path.

    Raises:
        TypeError: no function at all.  TrackError: no such track. Everything else is told in the report.
    """
    track = track if isinstance(track, Track) else Track.load(track)
    try:
        reward = RewardFunction.of(reward)
    except RewardFileError as error:
        return Look(Report(str(reward), [Finding("error", error.line, str(error))]))
    report = validate(reward, track=track)
    try:
        survey = RewardSurvey(reward, track)
        return Look(report, reward_along(reward, track), survey.draw(), map_sliders(survey))
    except RewardFileError:  # it cannot be loaded, which the report tells
        return Look(report)


def map_sliders(survey: RewardSurvey) -> Redraw:
    """Sliders for speed, heading and steering, and the map of a car that drives so."""
    begin = Situation()
    controls = {
        "speed": slider("speed (m/s)", float(begin.speed), 0.5, float(FASTEST), 0.25),
        "heading": slider("heading (° left of the road)", float(begin.heading), -60.0, 60.0, 5.0),
        "steering": slider("steering (° left)", float(begin.steering), -float(MAX_STEERING), float(MAX_STEERING), 5.0),
    }
    return Redraw(
        controls,
        lambda **values: image_html(survey.draw(Situation(**values))),
        "The sliders of the map are shown here: run this cell.",
    )
