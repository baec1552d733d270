"""The small race: who is first, what becomes of drivers that fail, and the rivals that First Lap ships."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.agents.table_policy import TablePolicy
from course_lib.drivers.by_rule import RuleDriver
from course_lib.paths import data_dir
from course_lib.race import small_race
from course_lib.race.small_race import Row, clean_name, load_rival, race, ranked, rival_names
from course_lib.sim.laps import LapResults, PolicyError, run_laps
from course_lib.sim.track import Track, TrackError
from course_lib.sim.vehicle import DT

SECONDS = {"tortoise": 11.0, "fox": 8.0, "falcon": 6.0}


def at_once_left(world):
    return np.tile([1.0, 1.0], (world.n, 1))


class Slow:
    """Steers as the fox does, always at the lowest speed (m/s)."""

    def __init__(self, speed: float):
        self.fox, self.steps = load_rival("fox"), 0
        self.env_kwargs = {"speed_range": (speed, 4.0)}

    def act(self, observations, deterministic=True):
        self.steps += 1
        return np.column_stack([self.fox.act(observations)[:, 0], -np.ones(len(observations))])


def broken(world):
    return world.n / 0


class Halfway:
    """Drives as the falcon does, for some steps; then the wheel is turned and stays so."""

    def __init__(self, steps: int):
        self.falcon, self.left = load_rival("falcon"), steps
        self.env_kwargs = self.falcon.env_kwargs

    def act(self, observations, deterministic=True):
        self.left -= 1
        actions = self.falcon.act(observations)
        return actions if self.left >= 0 else np.full_like(actions, 1.0)


@pytest.fixture(scope="module")
def against_all():
    return race(load_rival("fox"), "ada")


@pytest.mark.parametrize("name", rival_names())
def test_a_rival_laps_cleanly_from_every_start_in_the_time_that_it_promises(name):
    laps = run_laps(load_rival(name), "camp", starts=16, laps=2, seed=7)
    assert laps.clean.all()
    assert abs(laps.lap_times[:, 1:].mean() - SECONDS[name]) < 0.5
    folder = data_dir() / "policies" / "rivals" / name
    assert sum(file.stat().st_size for file in folder.iterdir()) < 60_000


def test_rivals_stand_in_the_order_of_their_names(against_all):
    names = [row.name for row in against_all.rows if row.name != "ada"]
    assert names == ["falcon", "fox", "tortoise"] == list(reversed(rival_names()))


def test_an_unknown_rival_is_one_sentence():
    with pytest.raises(PolicyError, match="No rival is called 'hare': choose tortoise, fox or falcon."):
        load_rival("hare")


def test_who_drives_alike_shares_the_rank(against_all):
    assert [row.rank for row in against_all.rows] == [1, 2, 2, 4]
    own, fox = against_all.rows[1:3]
    assert against_all.own is own and own.name == "ada"
    assert dataclasses.replace(own, name="fox") == fox


def test_the_same_race_ends_the_same_again(against_all):
    assert race(load_rival("fox"), "ada").rows == against_all.rows


def test_the_best_laps_are_cut_from_line_to_line(against_all):
    track = Track.load("camp")
    for row, path in zip(against_all.rows, against_all.paths):
        assert (len(path) - 1) * DT == pytest.approx(row.best_lap, abs=2 * DT)
        assert path[1, 5] < 0.5 and path[-2, 5] > track.length - 0.5 and path[0, 3] > 1.0
    times = run_laps(load_rival("fox"), track, starts=1, laps=3, start={"s": 0.0, "offset": 0.0, "heading": 0.0})
    assert against_all.own.best_lap == round(float(times.lap_times.min()), 2)
    assert against_all.own.total == round(float(times.lap_times.sum()), 2)


def test_a_function_and_a_rule_race_too():
    def rule(see):
        return -1.0, 1.0

    result = race(RuleDriver(rule), "rule", {"left": at_once_left})
    assert {row.laps for row in result.rows} == {0}
    assert all(row.ended == "left the track on lap 1" for row in result.rows)


def test_laps_on_the_road_count_before_speed():
    """The falcon's lap is faster, but it leaves the road in the second one; the tortoise drives all three."""
    result = race(Halfway(120), "ada", ["tortoise"])
    assert [row.name for row in result.rows] == ["tortoise", "ada"]
    assert (result.own.laps, result.own.ended) == (1, "left the track on lap 2")
    assert result.own.best_lap == result.own.total < result.rows[0].best_lap


def test_without_a_lap_the_longer_drive_is_the_better_one():
    result = race(Halfway(40), "further", {"left": at_once_left})
    assert [row.name for row in result.rows] == ["further", "left"]
    assert [row.rank for row in result.rows] == [1, 2]
    assert all(len(path) >= 2 for path in result.paths)


def test_a_driver_that_raises_ends_its_own_drive_alone():
    result = race(broken, "ada", {"left": at_once_left, "also broken": broken})
    assert result.own.ended == "stopped by ZeroDivisionError: division by zero"
    assert result.own.laps == 0 and result.paths[result.you] is None
    assert isinstance(result.error, ZeroDivisionError)
    assert race(at_once_left, "ada", {"b": broken}).error is None


@pytest.mark.parametrize(
    "answer", [np.full((1, 2), np.nan), np.zeros(3), None, "left", [[0.0, math.inf]]], ids=lambda answer: str(answer)
)
def test_nonsense_for_an_action_ends_a_drive_with_a_sentence(answer):
    result = race(lambda world: answer, "ada", {})
    assert result.own.ended.startswith("stopped by ActionError: ") and result.own.rank == 1


def test_who_crawls_does_not_hold_up_the_race():
    crawler = Slow(0.4)
    row = race(crawler, "ada", {}).own
    assert row.ended == "too slow, timed out on lap 3" and row.laps == 2
    assert crawler.steps == math.ceil(3 * Track.load("camp").length / 0.5 / DT)


def test_a_drive_that_the_world_ended_is_told_apart_from_one_that_took_too_long():
    lap_times = np.array([[9.0, np.nan, np.nan]])
    seen = LapResults("camp", 3, lap_times, np.array([False]), np.array([40.0]), np.array([12.0]))
    assert small_race._ended(seen, Track.load("camp")) == "stood still or turned back on lap 2"
    seen.seconds[0] = 120.0
    assert small_race._ended(seen, Track.load("camp")) == "too slow, timed out on lap 2"


def test_no_number_of_a_race_is_nan():
    result = race(broken, "ada", {"left": at_once_left, "half": Halfway(120)})
    for row in result.rows:
        for value in dataclasses.astuple(row):
            assert not isinstance(value, float) or math.isfinite(value)
    assert "nan" not in repr(result.rows).lower()


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (
            TablePolicy(np.zeros((3, 2)), "FirstLap/GridWorld-v0"),
            "ada cannot race: this policy learnt in FirstLap/Grid",
        ),
        (TablePolicy(np.zeros((3, 2))), "ada cannot race: this policy learnt as a table of states"),
        ("my_policies/camp-1", "ada cannot race with this str: hand in a trained policy, such as result.policy"),
        (RuleDriver, r"ada cannot race with a class: hand in an object of it, such as RuleDriver\(...\)."),
        (None, "ada cannot race with this NoneType"),
    ],
    ids=["another world", "table", "path", "class", "none"],
)
def test_what_cannot_race_is_told_before_anybody_drives(policy, told):
    with pytest.raises(PolicyError, match=told):
        race(policy, "ada", {"never drives": broken})


def test_a_policy_with_another_observation_is_one_sentence():
    policy = load_rival("fox")
    policy.env_kwargs = policy.env_kwargs | {"observation": "lidar"}
    policy.observation_version = None
    with pytest.raises(PolicyError, match=r"^ada cannot race. The policy "):
        race(policy, "ada", {})
    policy = load_rival("fox")
    policy.env_kwargs = policy.env_kwargs | {"vehicle": "bicycle"}
    with pytest.raises(PolicyError, match="^ada cannot race. No vehicle is called 'bicycle'"):
        race(policy, "ada", {})


def test_an_unknown_track_is_the_error_of_tracks():
    with pytest.raises(TrackError):
        race(at_once_left, "ada", {}, track="nowhere")


def test_a_rivals_name_can_be_your_own():
    result = race(at_once_left, "fox", ["fox"])
    assert [row.name for row in result.rows] == ["fox", "fox"] and result.you == 1


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [("  a\n b ", "a b"), ("Zoë", "Zoë"), ("x" * 99, "x" * 40), ("\x00\u202eabc\ud800", "abc"), ("\n", ""), (7, "7")],
)
def test_a_name_fits_in_a_line(name, cleaned):
    assert clean_name(name) == cleaned


TIMES = st.one_of(st.none(), st.floats(1, 99))


@given(st.lists(st.builds(Row, st.text(), st.integers(0, 3), TIMES, TIMES, st.floats(0, 100), st.text())))
def test_ranks_are_those_of_a_sport(rows):
    placed = ranked(rows)
    standings = [row.standing() for row in placed]
    assert standings == sorted(standings) and len(placed) == len(rows)
    for row in placed:
        assert row.rank == 1 + sum(other.standing() < row.standing() for other in placed)
