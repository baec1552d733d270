"""What laps earn: exactly what an episode of a training would have been paid."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from course_lib.deepracer.reward_function import RewardFunction
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import START_LINE
from course_lib.notebook.picture import to_png
from course_lib.notebook.reward_laps import drive_lap, example_laps, reward_along
from course_lib.sim.laps import run_laps
from course_lib.sim.track import track_names


def text(body: str, before: str = "") -> RewardFunction:
    return RewardFunction(f"{before}\ndef reward_function(params):\n    {body}\n", "my reward")


def test_the_total_is_the_plain_sum_over_a_driven_episode(camp):
    reward, driver = text("return params['speed'] * params['progress']"), PurePursuit(2.0)
    env = gymnasium.make("FirstLap/Race-v0", track="camp", reward_function=reward).unwrapped
    env.reset(seed=0, options=START_LINE)
    plain, ended = [], False
    while not ended:
        _, earned, ended, _, info = env.step(driver(env.world)[0])
        plain.append(earned)
    picture = reward_along(reward, camp, {"mine": driver})
    assert picture.totals == {"mine": pytest.approx(sum(plain), rel=1e-12)}
    lap = picture.laps["mine"]
    assert lap.rewards.tolist() == pytest.approx(plain) and lap.status == "lap_complete"
    assert len(lap.path) == len(plain) + 1 and lap.s[-1] == pytest.approx(camp.length)
    assert lap.seconds == pytest.approx(info["lap_time"], abs=0.1)


def test_the_call_before_the_first_step_is_made_and_does_not_count(camp):
    lap = drive_lap(text("global calls; calls += 1; return calls", "calls = 0"), PurePursuit(2.0), camp)
    assert lap.rewards.tolist() == list(range(2, len(lap.rewards) + 2))


@pytest.mark.parametrize("name", track_names())
def test_the_three_laps_are_driven_to_their_end_on_every_track(name):
    for driver in example_laps(name).values():
        assert run_laps(driver, name, starts=1, start=START_LINE).clean.all()


def test_the_zig_zag_steers_more_and_the_racing_line_is_faster(camp):
    picture = reward_along(text("return abs(params['steering_angle'])"), camp)
    assert list(picture.totals) == ["centre line", "racing line", "zig-zag"]
    assert picture.totals["zig-zag"] > 2 * picture.totals["centre line"]
    assert picture.laps["racing line"].seconds < 0.65 * picture.laps["centre line"].seconds
    assert picture.get_suptitle() == "Most is paid for the lap “zig-zag”" and "Most is paid" in picture.alt
    told = [entry.get_text() for entry in picture.legends[0].get_texts()]
    lap = picture.laps["zig-zag"]
    assert told[2] == f"zig-zag: {lap.total:,.0f} in {lap.seconds:.1f} s"
    summed = picture.axes[1].lines[2].get_ydata()
    assert summed[0] == 0.0 and summed[-1] == pytest.approx(lap.total)


def test_a_lap_that_ends_early_and_one_without_a_rival(camp):
    picture = reward_along("stay_inside", camp, {"straight on": lambda world: np.zeros((1, 2))})
    assert picture.laps["straight on"].status == "off_track"
    assert "off track at" in picture.alt and picture.get_suptitle().startswith("The lap “straight on” earns ")
    same = reward_along("stay_inside", camp, {"a": PurePursuit(1.5), "b": PurePursuit(1.5)})
    assert same.get_suptitle() == "These laps earn the same: a, b"


def test_a_function_that_fails_on_the_way_is_told_in_a_sentence(camp):
    failing = text("return 1.0 if params['progress'] < 50 else params['speeed']")
    picture = reward_along(failing, camp, {"mine": PurePursuit(2.0)})
    assert np.isnan(picture.totals["mine"]) and 0 < len(picture.laps["mine"].rewards)
    said = "my reward, line 3: the reward function raised KeyError: 'speeed'"
    assert picture.alt.endswith(said) and picture.axes[0].get_title() == said and to_png(picture)
    at_once = reward_along(text("return params['speeed']"), camp, {"mine": PurePursuit(2.0)})
    assert at_once.get_suptitle() == "No lap could be paid" and to_png(at_once)


def test_no_laps_at_all(camp):
    with pytest.raises(ValueError, match="at least one label with its driver"):
        reward_along("stay_inside", camp, {})
