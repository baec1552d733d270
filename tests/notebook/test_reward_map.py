"""The map of a reward: right at known places, honest about functions that fail, and legible without seeing it."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.deepracer.reward_function import RewardFunction
from course_lib.notebook.picture import to_png
from course_lib.notebook.reward_map import ACROSS, ALONG, RewardSurvey, Situation, reward_map
from course_lib.sim.vehicle import DT


def text(body: str, before: str = "") -> RewardFunction:
    return RewardFunction(f"{before}\ndef reward_function(params):\n    {body}\n", "my reward")


def paid(body: str, track="camp", before: str = "", **situation) -> np.ndarray:
    return RewardSurvey(text(body, before), track).pay(Situation(**situation)).values


@pytest.mark.parametrize("track", ["camp", "grand_prix", "thread"])
def test_the_first_column_is_the_left_border_and_the_first_row_the_start(track):
    offset = paid("return params['distance_from_center'] * (1 if params['is_left_of_center'] else -1)", track)
    assert (offset[:, 0] > 0.25).all() and (offset[:, -1] < -0.25).all()
    assert np.abs(offset[:, ACROSS // 2]).max() < 0.03, "the middle cells lie on the centre line"
    progress = paid("return params['progress']", track)
    assert progress[:, ACROSS // 2] == pytest.approx((np.arange(ALONG) + 0.5) * 100 / ALONG, abs=0.6)


def test_bands_of_a_shipped_reward_lie_where_its_text_says(camp):
    survey = RewardSurvey("follow_the_centre", camp)
    pay = survey.pay().values
    away = np.abs(camp.project(survey.x, survey.y)[1]).reshape(pay.shape) / camp.width
    assert (pay[away < 0.08] == 1.0).all() and (pay[(away > 0.12) & (away < 0.23)] == 0.5).all()
    assert (pay[(away > 0.27) & (away < 0.48)] == 0.1).all()


def test_the_car_has_the_speed_the_heading_and_the_steering_that_were_asked_for(camp):
    assert (paid("return params['speed']", speed=1.25) == 1.25).all()
    assert (paid("return params['steering_angle']", steering=-12.5) == -12.5).all()
    straight, turned = (paid("return params['heading']", heading=angle) for angle in (0.0, 20.0))
    assert (turned - straight + 180) % 360 - 180 == pytest.approx(20.0)
    wheels = [paid("return params['all_wheels_on_track']", heading=angle).mean() for angle in (0.0, 60.0)]
    assert wheels[1] < wheels[0] < 1.0, "a car across the road has its wheels off it sooner"


def test_time_and_steps_are_those_of_a_car_that_has_come_from_the_start_line(camp):
    steps, way = paid("return params['steps']", speed=2.0), paid("return params['projection_distance']")
    assert steps.min() >= 2 and np.abs(steps - (way / 2.0 / DT + 2)).max() <= 0.51
    gained = paid(
        "global last; gain = params['progress'] - last; last = params['progress']; return gain",
        before="last = 0.0", speed=3.0,
    )  # fmt: skip
    middle = gained[5:, ACROSS // 2]
    assert middle == pytest.approx(100 * 3.0 * DT / camp.length, rel=1e-6), "its memory is of the step before"


def test_each_cell_has_an_instance_of_its_own_and_is_asked_twice():
    calls = paid("global calls; calls += 1; return calls", before="calls = 0")
    assert (calls == 2).all()
    survey = RewardSurvey(text("global calls; calls += 1; return calls", "calls = 0"))
    assert (survey.pay().values == 2).all() and (survey.pay(Situation(1.0)).values == 2).all()


def test_what_a_function_does_to_its_parameters_stays_with_it():
    pay = paid("params['waypoints'].clear(); params.clear(); return 1.0")
    assert (pay == 1.0).all()


def test_a_picture_and_what_it_says(camp):
    picture = reward_map("follow_the_centre", camp, speed=1.5, heading=-10, steering=20)
    head = "Track camp from above, coloured by the reward for a car at 1.5 m/s, pointing 10° right of the road"
    assert picture.alt == f"{head}, steering 20° left: from 0.1 to 1, on average most near the middle of the road."
    axes, bar = picture.axes
    assert bar.get_ylabel() == "reward of one step" and "start" in [note.get_text() for note in axes.texts]
    assert axes.collections[0].get_array().shape == (ALONG, ACROSS)
    assert b"iTXt" in to_png(picture)


def test_rewards_with_a_sign_have_two_colours_that_meet_at_zero():
    signed = reward_map(text("return 3.0 if params['is_left_of_center'] else -1.0"))
    assert signed.axes[0].collections[0].get_clim() == (-3.0, 3.0)
    assert "near the left border" in signed.alt
    assert reward_map(text("return params['x'] + 10")).axes[0].collections[0].get_cmap().name == "viridis"


def test_a_constant_reward_is_told_in_a_sentence():
    picture = reward_map(text("return 2"))
    assert "It pays 2 wherever the car is: for this car the place makes no difference." in picture.alt
    assert picture.get_supxlabel().startswith("It pays 2 wherever")


def test_a_function_that_fails_somewhere_is_told_in_a_sentence_with_its_line():
    picture = reward_map(text("return 1.0 if params['progress'] < 75 else params['speeed']"))
    said = "No reward on 25% of the road: my reward, line 3: the reward function raised KeyError: 'speeed'."
    assert said in picture.alt and picture.get_supxlabel().replace("\n", " ") == (
        f"{said} It pays 1 wherever the car is: for this car the place makes no difference."
    )
    assert [entry.get_text() for entry in picture.axes[0].get_legend().get_texts()] == ["no reward"]


@pytest.mark.parametrize(
    ("body", "said"),
    [("return 1 / 0", "ZeroDivisionError"), ("pass", "returned None"), ("return float('nan')", "returned nan")],
)
def test_a_function_that_fails_everywhere_is_drawn_too(body, said):
    picture = reward_map(text(body))
    assert "No reward everywhere: my reward, line" in picture.alt and said in picture.alt
    assert len(picture.axes) == 1 and to_png(picture)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"speed": 0.0}, "speed is 0.0: it must be a number from 0.1 to 4 m/s"),
        ({"heading": 200}, "heading is 200: it must be a number from -180 to 180 degrees"),
        ({"steering": "left"}, "steering is 'left': it must be a number from -30 to 30 degrees"),
        ({"speed": float("nan")}, "speed is nan"),
    ],
)
def test_numbers_that_no_car_has(wrong, said):
    with pytest.raises(ValueError, match=said):
        reward_map("stay_inside", **wrong)
