"""The world's rules: progress, laps and their times, the ends of an episode, starts, snapshots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.sim.actions import ActionError
from course_lib.sim.race_world import STATUS, RaceWorld, VehicleError
from course_lib.sim.track import Track, TrackError
from course_lib.sim.vehicle import DT, NOSE

STRAIGHT_ON = np.array([[0.0, -1.0]])  # at the lowest speed


def status(world: RaceWorld) -> list[str]:
    return [STATUS[k] for k in world.status]


def changed(world: RaceWorld, **values) -> None:
    """Restore the world's own state with some arrays changed; `cars_x` stands for "cars.x"."""
    state = world.state()
    for name, value in values.items():
        name = name.replace("cars_", "cars.")
        state[name] = np.broadcast_to(np.asarray(value, state[name].dtype), state[name].shape)
    world.restore(state)


def assert_same_state(a: dict, b: dict) -> None:
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


# Where a car is


def test_a_start_by_hand(square):
    world = RaceWorld(square, n=3)
    world.reset(s=[1.0, 5.0, 0.0], offset=[0.2, -0.1, 0.0], heading=[0.0, np.pi / 2, np.pi])
    np.testing.assert_allclose(world.cars.x, [1.0, 2.6, 0.0], atol=1e-12)
    np.testing.assert_allclose(world.cars.y, [-2.3, 0.0, -2.5], atol=1e-12)
    np.testing.assert_allclose(world.cars.heading, [0.0, np.pi, np.pi], atol=1e-12)
    np.testing.assert_allclose(world.x, [1.14, 2.46, -0.14], atol=1e-12)
    np.testing.assert_allclose(world.y, [-2.3, 0.0, -2.5], atol=1e-12)
    np.testing.assert_allclose(world.s, [1.14, 5.0, 19.86], atol=1e-12)
    np.testing.assert_allclose(world.offset, [0.2, 0.04, 0.0], atol=1e-12)
    np.testing.assert_allclose(world.progress, [0.7, 0.0, -0.7], atol=1e-9)
    assert world.wheels_on.all() and status(world) == ["in_progress"] * 3
    assert not world.cars.speed.any() and not world.steps.any() and np.isnan(world.lap_time).all()


def test_a_start_in_the_other_direction(square):
    world = RaceWorld(square, n=2)
    world.reset(s=[1.0, 5.0], offset=[0.2, -0.1], heading=0.0, direction=[-1, 1])
    np.testing.assert_allclose(
        [world.cars.x[0], world.cars.y[0]], [-1.0, -2.7], atol=1e-12
    )  # left of a car that drives to -x
    assert abs(world.cars.heading[0]) == pytest.approx(np.pi)
    np.testing.assert_allclose([world.s[0], world.offset[0], world.progress[0]], [1.14, 0.2, 0.7], atol=1e-9)
    world.reset()
    assert world.direction.tolist() == [-1, 1], "a reset keeps the direction"


def test_moved_adds_up_to_progress(circle):
    world = RaceWorld(circle, vehicle="kinematic", speed_range=(1.0, 2.0))
    world.reset(s=3.0, offset=0.0, heading=0.0)
    moved, first = 0.0, world.progress[0]
    steering = np.degrees(np.arctan(0.164 / 2.0)) / 30
    for k in range(60):
        world.step(np.array([[steering, 0.0]]))
        moved += world.moved[0]
        assert world.steps[0] == k + 1 and world.clock[0] == pytest.approx((k + 1) * DT)
    assert 100 * moved / circle.length == pytest.approx(world.progress[0] - first)


# Progress, by the rules of deepracer.md, section 1


def rules(s: float, start: float, length: float, last: float) -> float:
    p = 100 * (s - start) / length
    if p <= 0:
        p += 100
    if last > p + 50:
        p += 100
    if p > last + 50:
        p -= 100
    return min(p, 100.0)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(0, 19.99), st.sampled_from([1, -1]), st.floats(-3.2, 3.2))
def test_progress_follows_the_published_rules(square, seed, s, direction, heading):
    rng = np.random.default_rng(seed)
    world = RaceWorld(square, vehicle="kinematic", laps=50, speed_range=(0.5, 4.0))
    world.reset(s=s, heading=heading, direction=direction)
    last = world.progress[0]
    for _ in range(120):
        world.step(np.array([[rng.uniform(-0.3, 0.3), rng.uniform(-1, 1)]]))
        wanted = rules(world.s[0], world.start_s[0], square.length, 0.0 if last == 100 else last)
        last = world.progress[0]
        assert last == pytest.approx(wanted, abs=1e-9) and last <= 100


def test_progress_falls_below_zero_behind_the_start(square):
    world = RaceWorld(square, vehicle="kinematic", speed_range=(1.5, 3.0))
    world.reset(s=0.0, offset=0.0, heading=np.pi)
    for k in range(1, 11):
        world.step(STRAIGHT_ON)
        assert world.progress[0] == pytest.approx(-100 * (NOSE + 0.1 * k) / 20)


def test_turning_round_at_the_line_is_no_lap(square):
    """Back over the line and forward again: the progress goes below zero and comes back, without a lap."""
    world = RaceWorld(square, vehicle="kinematic", speed_range=(1.5, 3.0))
    world.reset(s=0.1, offset=0.0, heading=np.pi)
    for _ in range(5):
        world.step(STRAIGHT_ON)
    assert world.progress[0] == pytest.approx(-100 * (NOSE + 0.5) / 20)
    changed(world, cars_heading=0.0)
    for _ in range(10):
        world.step(STRAIGHT_ON)
    assert world.progress[0] == pytest.approx(100 * (NOSE + 0.5) / 20)
    assert world.laps_done[0] == 0 and status(world) == ["in_progress"]


# Laps and their times


def on_a_perfect_circle(circle: Track, laps: int, start_angle: float, speed: float, direction: int = 1):
    """A kinematic car that goes round with constant speed; its command, the turn per step and the nose's lead (rad)."""
    world = RaceWorld(circle, vehicle="kinematic", laps=laps, speed_range=(speed, 4.0))
    curvature = 0.5
    turn = curvature * speed * DT
    radius = speed * DT / 2 / np.sin(turn / 2)
    world.reset(s=2 * start_angle, offset=0.0, heading=0.0, direction=direction)
    angle = start_angle * direction
    lead = np.arctan2(NOSE, radius)
    changed(
        world,
        cars_x=radius * np.cos(angle),
        cars_y=radius * np.sin(angle),
        cars_heading=angle + direction * np.pi / 2,
        s=2 * (start_angle + lead) % circle.length,
        progress=100 * lead / 2 / np.pi,
    )
    action = np.array([[direction * np.degrees(np.arctan(0.164 * curvature)) / 30, -1.0]])
    return world, action, turn, lead


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("start_angle", [0.0, 2.0, 6.1])
def test_lap_times_are_interpolated(circle, start_angle, direction):
    world, action, turn, lead = on_a_perfect_circle(circle, 3, start_angle, 1.3, direction)
    times, when = [], []
    while world.status[0] == 0:
        world.step(action)
        assert np.isnan(world.lap_time[0]) or world.progress[0] == 100
        if not np.isnan(world.lap_time[0]):
            times.append(world.lap_time[0])
            when.append(world.steps[0])
    assert status(world) == ["lap_complete"] and world.laps_done[0] == 3 and world.progress[0] == 100
    np.testing.assert_allclose(
        times, [(2 * np.pi - lead) / turn * DT, 2 * np.pi / turn * DT, 2 * np.pi / turn * DT], atol=2e-4
    )
    assert when == [int(np.ceil((k * 2 * np.pi - lead) / turn)) for k in (1, 2, 3)]


def test_an_episode_of_one_lap_ends_with_it(circle):
    world, action, turn, lead = on_a_perfect_circle(circle, 1, 1.0, 2.0)
    progress = []
    while world.status[0] == 0:
        world.step(action)
        progress.append(world.progress[0])
    assert (np.diff(progress) > 0).all() and progress[-1] == 100
    assert progress[0] == pytest.approx(100 * (lead + turn) / 2 / np.pi, abs=1e-3)
    world.step(action)
    assert np.isnan(world.lap_time[0]), "a lap time stands for one step"


# How episodes end


def test_off_track_is_all_four_wheels(square):
    """The outer border of the lower side is y = -3; the cars head along it, wheels 0.081 and 0.0795 m to each side."""
    world = RaceWorld(square, n=4, vehicle="kinematic", speed_range=(0.5, 4.0))
    world.reset(s=10.0, offset=0.0, heading=0.0)
    changed(
        world, cars_x=-1.0, cars_heading=0.0, cars_y=[-2.91, -2.93, -3.07, -3.095], s=19.0, progress=10.0, start_s=17.0
    )
    world.step(np.tile(STRAIGHT_ON, (4, 1)))
    assert world.wheels_on.sum(axis=0).tolist() == [4, 2, 2, 0]
    assert status(world) == ["in_progress", "in_progress", "in_progress", "off_track"]
    assert world.off_track.tolist() == [False, False, False, True]


def test_driving_straight_off_the_road(square):
    world = RaceWorld(square, vehicle="kinematic", speed_range=(1.5, 4.0))
    world.reset(s=1.0, offset=0.0, heading=-np.pi / 2)  # towards the border at y = -3, 0.5 m away
    steps = 0
    while world.status[0] == 0:
        world.step(STRAIGHT_ON)
        steps += 1
    # 0.1 m a step: the rear axle, 0.0817 m behind the origin, is over the border after the sixth step
    assert status(world) == ["off_track"] and steps == 6


def test_immobilised_after_15_steps_of_standing_still(square):
    world = RaceWorld(square)
    world.reset(s=1.0, offset=0.0, heading=0.0)
    moving, world.drive = world.drive, lambda cars, steering, speed: None  # a motor without power
    for _ in range(14):
        world.step(STRAIGHT_ON)
        assert status(world) == ["in_progress"]
    before = world.state()
    world.step(STRAIGHT_ON)
    assert status(world) == ["immobilized"]
    world.restore(before)
    world.drive = moving
    for _ in range(3):
        world.step(STRAIGHT_ON)
    world.drive = lambda cars, steering, speed: None
    for _ in range(14):
        world.step(STRAIGHT_ON)
    assert status(world) == ["in_progress"], "one step of movement begins the count anew"


def test_reversed_after_15_steps_of_falling_progress(square):
    world = RaceWorld(square, vehicle="kinematic", speed_range=(0.5, 4.0))
    world.reset(s=10.0, offset=0.0, heading=np.pi)
    for _ in range(14):
        world.step(STRAIGHT_ON)
        assert status(world) == ["in_progress"]
    before = world.state()
    world.step(STRAIGHT_ON)
    assert status(world) == ["reversed"]
    world.restore(before)
    changed(world, cars_heading=world.cars.heading + np.pi)
    world.step(STRAIGHT_ON)
    changed(world, cars_heading=world.cars.heading + np.pi)
    for _ in range(14):
        world.step(STRAIGHT_ON)
    assert status(world) == ["in_progress"], "one step forward begins the count anew"


def test_the_time_limit(square):
    world = RaceWorld(square, max_steps=5)
    world.reset(s=1.0, offset=0.0, heading=0.0)
    seen = []
    for _ in range(5):
        world.step(STRAIGHT_ON)
        seen += status(world)
    assert seen == ["in_progress"] * 4 + ["time_up"]
    assert RaceWorld(square).max_steps == 20 / 0.4 * 15 and RaceWorld(square, laps=3).max_steps == 60 / 0.4 * 15


def test_leaving_the_road_goes_before_every_other_end(square):
    world = RaceWorld(square, vehicle="kinematic", speed_range=(1.5, 4.0), max_steps=6)
    world.reset(s=1.0, offset=0.0, heading=-np.pi / 2)
    for _ in range(6):
        world.step(STRAIGHT_ON)
    assert status(world) == ["off_track"] and world.steps[0] == world.max_steps


def test_a_lap_goes_before_the_time_limit(circle):
    world, action, turn, lead = on_a_perfect_circle(circle, 1, 0.0, 2.0)
    world.max_steps = int(np.ceil((2 * np.pi - lead) / turn))
    while world.status[0] == 0:
        world.step(action)
    assert status(world) == ["lap_complete"] and world.steps[0] == world.max_steps


# Starts


def test_random_starts_lie_as_promised(square):
    world = RaceWorld(square, n=4000, seed=5)
    centre = square.centre.at(world.start_s)
    s, offset, _ = square.project(world.cars.x, world.cars.y)
    straight = np.abs((world.start_s + 2.5) % 5 - 2.5) < 2.2  # not in the corners
    assert (
        np.hypot(world.cars.x - centre[:, 0], world.cars.y - centre[:, 1]).max()
        <= 0.25 * 0.5 * square.widths.max() + 1e-9
    )
    share = offset[straight] / 0.5
    assert share.min() < -0.24 and share.max() > 0.24 and abs(share.mean()) < 0.02
    assert np.histogram(world.start_s, 20, (0, 20))[0].min() > 150
    apart = world.cars.heading - square.headings[square.table_index(world.start_s)]
    angle = np.arctan2(np.sin(apart), np.cos(apart))
    assert angle.min() < -0.14 and angle.max() > 0.14 and np.abs(angle).max() <= 0.15 + 1e-9
    assert abs(np.corrcoef(world.start_s, angle)[0, 1]) < 0.05


def test_starts_depend_on_the_seed_alone(square):
    few, many = RaceWorld(square, n=3, seed=7), RaceWorld(square, n=10, seed=7)
    for _ in range(3):
        np.testing.assert_array_equal(few.cars.x, many.cars.x[:3])
        assert len(np.unique(many.start_s)) == 10
        before = few.start_s.copy()
        few.reset(np.array([2, 0]))
        few.reset(np.array([1]))
        many.reset()
        assert (few.start_s != before).all()
    later = RaceWorld(square, n=1, seed=9)
    np.testing.assert_array_equal(later.start_s, RaceWorld(square, n=3, seed=7).start_s[2:])
    few.reseed(np.array([7, 8, 9]))
    few.reset()
    np.testing.assert_array_equal(few.start_s, RaceWorld(square, n=3, seed=7).start_s)


def test_a_reset_of_some_cars_leaves_the_others_alone(square):
    world = RaceWorld(square, n=4, seed=1)
    for _ in range(5):
        world.step(np.zeros((4, 2)))
    before = world.state()
    world.reset(np.array([1, 3]), s=4.0, offset=0.1, heading=0.0)
    after = world.state()
    for name in before:
        others = [0, 2]
        np.testing.assert_array_equal(before[name][..., others], after[name][..., others], err_msg=name)
    assert world.steps.tolist() == [5, 0, 5, 0]
    np.testing.assert_allclose(world.start_s[[1, 3]], 4.0)
    assert not world.cars.speed[[1, 3]].any() and not world.cars.speed_1[[1, 3]].any()


# Snapshots


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 60), st.integers(1, 60), st.sampled_from(["deepracer", "kinematic"]), st.integers(0, 100))
def test_a_restored_snapshot_continues_identically(circle, before, after, vehicle, seed):
    def run(world, rng, steps):
        for _ in range(steps):
            world.step(rng.uniform(-1, 1, (5, 2)))
            if (over := np.flatnonzero(world.status)).size:
                world.reset(over)

    world = RaceWorld(circle, n=5, vehicle=vehicle, laps=2, seed=seed, max_steps=40)
    world.reset(direction=[1, -1, 1, 1, -1])
    run(world, np.random.default_rng(seed), before)
    snapshot = world.state()
    run(world, np.random.default_rng(seed + 1), after)
    end = world.state()
    world.restore(snapshot)
    assert_same_state(world.state(), snapshot)
    run(world, np.random.default_rng(seed + 1), after)
    assert_same_state(world.state(), end)
    other = RaceWorld(circle, n=5, vehicle=vehicle, laps=2, seed=seed + 50, max_steps=40)
    other.restore(snapshot)
    run(other, np.random.default_rng(seed + 1), after)
    assert_same_state(other.state(), end)


def test_a_snapshot_is_a_copy(square):
    world = RaceWorld(square, n=3)
    snapshot = world.state()
    kept = {name: value.copy() for name, value in snapshot.items()}
    for _ in range(5):
        world.step(np.zeros((3, 2)))
    world.reset(np.array([1]))
    assert_same_state(snapshot, kept)
    world.restore(snapshot)
    world.step(np.zeros((3, 2)))
    world.reset()
    assert_same_state(snapshot, kept)


def test_a_snapshot_of_another_world_is_refused(square):
    with pytest.raises(ValueError, match="not of a world with 3 cars"):
        RaceWorld(square, n=3).restore(RaceWorld(square, n=4).state())
    state = RaceWorld(square, n=3).state()
    del state["cars.x"]
    with pytest.raises(ValueError, match="not of a world with 3 cars"):
        RaceWorld(square, n=3).restore(state)


def test_two_worlds_with_one_seed_are_identical(circle):
    rng = np.random.default_rng(3)
    actions = rng.uniform(-1, 1, (80, 6, 2))
    ends = []
    for _ in range(2):
        world = RaceWorld(circle, n=6, seed=11)
        for action in actions:
            world.step(action)
        ends.append(world.state())
    assert_same_state(*ends)


# Bad input


def test_bad_worlds():
    with pytest.raises(VehicleError, match="No vehicle is called 'bike': choose one of deepracer, kinematic"):
        RaceWorld(vehicle="bike")
    with pytest.raises(TrackError, match="did you mean 'camp'"):
        RaceWorld("kamp")
    with pytest.raises(ActionError):
        RaceWorld(speed_range=(4, 1))


@pytest.mark.parametrize(
    "wrong", [{"n": 0}, {"n": -1}, {"laps": 0}, {"max_steps": 0}, {"max_steps": -3}, {"seed": -1}], ids=str
)
def test_numbers_that_make_no_world(square, wrong):
    name = next(iter(wrong))
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        RaceWorld(square, **wrong)


def test_a_direction_that_is_none(square):
    with pytest.raises(ValueError, match="direction"):
        RaceWorld(square).reset(direction=0)


@pytest.mark.parametrize("wrong", [np.zeros((3, 2)), np.zeros(2), np.full((2, 2), np.nan)])
def test_bad_actions_change_nothing(square, wrong):
    world = RaceWorld(square, n=2)
    before = world.state()
    with pytest.raises(ActionError):
        world.step(wrong)
    assert_same_state(world.state(), before)
