"""A parked car shows all parameters, and they are those that a driving car would have in its place."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_lib.notebook.parameters import GROUPS, ParkingError, ParkingPanel, park, shown
from course_lib.sim.race_world import RaceWorld
from course_lib.sim.reward_params import reward_params
from course_lib.sim.track import Track


def test_the_table_holds_each_of_the_27_parameters_once():
    names = [name for group in GROUPS.values() for name in group]
    assert len(names) == len(set(names)) == 27
    assert set(names) == set(reward_params(RaceWorld("camp"))[0])
    table = park("camp", s=3.0).table()
    assert all(table.count(f">{name}</code>") == 1 for name in names)


def test_the_place_is_that_of_the_middle_and_what_is_measured_that_of_the_nose():
    params = park("camp", s=1.0, offset=0.1).params
    assert params["projection_distance"] == pytest.approx(1.14, abs=1e-6)
    assert params["distance_from_center"] == pytest.approx(0.1, abs=1e-6) and params["is_left_of_center"]
    assert params["progress"] == pytest.approx(100 * params["projection_distance"] / params["track_length"])
    assert (params["speed"], params["steering_angle"], params["steps"]) == (1.0, 0.0, 2.0)
    right = park("camp", s=1.0, offset=-0.1, speed=3.0, steering=-20.0).params
    assert not right["is_left_of_center"]
    assert (right["speed"], right["steering_angle"]) == (3.0, -20.0)


def test_wheels_flags_boxes_and_the_other_way_round():
    half_out = park("camp", s=1.0, offset=0.38).params
    assert not half_out["all_wheels_on_track"] and not half_out["is_offtrack"]
    assert park("camp", s=1.0, offset=0.6).params["is_offtrack"]
    assert park("camp", s=1.0, backwards=True).params["is_reversed"]
    assert not park("camp", s=1.0, heading=180.0).params["is_reversed"]
    before, inside = (park("camp", s=s, boxes=[(0.25, 0.0)]).params for s in (3.0, 0.25 * 17.7))
    assert before["objects_location"] and not before["is_crashed"] and inside["is_crashed"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"offset": 5}, "offset is 5: park the car with a number from -2 to 2."),
        ({"heading": "90"}, "heading is '90'"),
        ({"s": math.nan}, "s is nan"),
        ({"speed": True}, "speed is True"),
        ({"steering": 45}, "from -30 to 30."),
    ],
)
def test_a_place_that_is_none_is_told_in_one_sentence(place, said):
    with pytest.raises(ParkingError) as error:
        park("camp", **place)
    assert said in str(error.value) and str(error.value).endswith(".")


def test_unknown_themes_and_sliders_are_named():
    with pytest.raises(ValueError, match="There is no theme 'The car'"):
        park().table("The car")
    with pytest.raises(ParkingError, match="not parked with 'angle'"):
        ParkingPanel("camp", angle=3)


def test_values_are_short():
    assert shown(-0.0001) == "0.0" and shown(True) == "True" and shown([33, 34]) == "[33, 34]"
    assert shown([(1.0, 2.0)] * 149) == "149 points"
    assert shown([[1.234, 0.5]]) == "[[1.23, 0.5]]"


@pytest.mark.parametrize("track", ["camp", "downtown"])
@pytest.mark.parametrize("backwards", [False, True])
def test_the_picture_has_a_text_and_left_is_where_the_parameter_says(track, backwards):
    from course_lib.notebook.parked_picture import _across

    parked = park(track, s=5.0, offset=0.2, backwards=backwards)
    assert "left of the centre line" in parked.picture().alt
    centre, left, right = _across(Track.load(track), parked.params)
    nose = np.array([parked.params["x"], parked.params["y"]])
    assert np.hypot(*(nose - left)) < np.hypot(*(nose - right))
    assert np.hypot(*(nose - centre)) == pytest.approx(parked.params["distance_from_center"], abs=1e-3)
    assert 'alt="A car parked' in parked._repr_html_()


def test_sliders_move_the_car_and_a_page_without_them_has_the_picture(monkeypatch):
    shown_to = []
    monkeypatch.setattr("IPython.display.display", lambda *args, **kwargs: shown_to.append((args, kwargs)))
    panel = ParkingPanel("camp", s=2.0)
    panel._ipython_display_()
    (bundle,), _ = shown_to[0]
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert "distance_from_center" in bundle["text/html"]
    sliders, page = panel._sliders().children
    before = page.value
    offset = next(slider for slider in sliders.children if "left" in slider.description)
    offset.value = 0.3
    assert panel.params["distance_from_center"] == pytest.approx(0.3, abs=0.02)
    assert page.value != before and panel.params["projection_distance"] == pytest.approx(2.14, abs=0.1)
