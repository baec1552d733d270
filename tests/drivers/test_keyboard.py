"""Driving with keys, without a window: how a held key moves the car, laps, recordings and ghosts."""

from __future__ import annotations

import numpy as np
import pytest
from key_player import drive_laps

from course_lib.drivers import keyboard
from course_lib.drivers.keyboard import Game, Ghost, GhostError, follow_keys
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import RecordingError, load_recording, record, replay
from course_lib.sim.laps import PolicyError
from course_lib.sim.vehicle import DT, GRIP, MAX_STEERING

TICK = DT + 1e-9


@pytest.fixture(scope="module")
def driven() -> Game:
    game = Game("camp")
    drive_laps(game, 2, speed=1.2)
    return game


def test_a_player_with_keys_drives_laps(driven):
    assert driven.world.laps_done[0] == 2 and driven.best_lap == min(driven._lap_times)
    assert driven.last_lap == driven._lap_times[-1]
    assert 8 < driven.best_lap < 16


def test_the_best_lap_is_recorded_with_the_way_to_it(driven, tmp_path):
    best = load_recording(driven.best.save(tmp_path / "best.jsonl"))
    assert best.lap_times[-1] == driven.best_lap and best.laps == len(best.lap_times)
    path = replay(best)
    if driven.best_lap == driven.last_lap:
        assert path[-1, :2].tolist() == [driven.world.x[0], driven.world.y[0]]


def test_a_slower_lap_does_not_replace_the_best():
    game = Game("camp")
    drive_laps(game, 1, speed=1.4)
    best, seconds = game.best, game.best_lap
    game.restart()
    assert game.best is best and game.waiting
    drive_laps(game, 1, speed=0.9)
    assert game.last_lap > seconds and game.best is best and game.best_lap == seconds


def test_the_car_waits_for_a_key():
    game = Game("oval")
    game.advance(1.0)
    assert game.world.steps[0] == 0 and game.banner == "Press an arrow key to start"
    game.keys = {"up"}
    game.advance(TICK)
    assert game.world.steps[0] == 1 and game.banner == ""


def test_one_step_for_each_fifteenth_of_a_second():
    game = Game("oval")
    game.keys = {"up"}
    for frame in range(1, 61):
        game.advance(1 / 60 + 1e-9)
        assert game.world.steps[0] == frame // 4
    game.advance(10.0)  # the computer was busy: slow motion instead of a jump
    assert game.world.steps[0] == 15 + keyboard.MOST_STEPS


def test_keys_move_turn_and_speed_smoothly():
    turn, speed, turns = 0.0, -1.0, []
    for keys in [{"left"}] * 4 + [set()] * 3 + [{"left", "right"}] + [{"right"}] * 3:
        turn, speed = follow_keys(turn, speed, keys)
        turns.append(turn)
    assert turns == [0.5, 1, 1, 1, 0.5, 0, 0, 0, -0.5, -1, -1] and speed == -1.0
    speeds = []
    for keys in [{"up"}] * 40 + [set()] * 5 + [{"up", "down"}] * 5:
        speeds.append(speed := follow_keys(0.0, speed, keys)[1])
    assert speeds[39] == 1.0 and -1.0 < speeds[0] < speeds[10] < 0
    assert speeds[44] == pytest.approx(1 - 5 * keyboard.ROLL) and speeds[49] == -1.0


@pytest.mark.parametrize("vehicle", ["deepracer", "kinematic"])
@pytest.mark.parametrize("turn", [-1.0, 0.5])
def test_a_held_key_soon_drives_the_curve_that_it_asks_for(vehicle, turn):
    game = Game("pebble", vehicle)
    curvature = []
    for _ in range(12):
        game.world.step(np.array([[keyboard.steer(game.world, turn, vehicle), -0.6]]))
        curvature.append(game.world.cars.curvature[0])
    assert curvature[-1] == pytest.approx(turn * keyboard.SHARPEST, rel=0.03)
    # Wheels that are only turned as far as the curve needs have half of it after five steps.
    assert curvature[4] / (turn * keyboard.SHARPEST) > 0.7


def test_at_speed_a_turn_is_no_sharper_than_grip_allows():
    game = Game("oval")
    for _ in range(15):
        game.world.step(np.array([[0.0, 1.0]]))
    speed = game.world.cars.speed[0]
    asked = np.tan(np.radians(MAX_STEERING * keyboard.steer(game.world, 1.0, "kinematic"))) / 0.164
    assert asked == pytest.approx(GRIP / speed**2) and asked < 0.5 * keyboard.SHARPEST


def test_off_the_track_one_sees_it_and_starts_again():
    game = Game("camp")
    game.keys = {"up", "left"}
    while game.banner == "" or game.waiting:
        game.advance(TICK)
    assert game.banner == "Off the track" and game.world.off_track[0]
    place = game.world.x[0]
    for _ in range(keyboard.OFF_TRACK_STEPS - 1):
        game.advance(TICK)
        assert game.world.x[0] == place and game.banner == "Off the track"
    game.keys = set()
    game.advance(TICK)
    assert game.waiting and game.world.steps[0] == 0 and game.world.x[0] != place and game.best is None


def test_the_drawn_car_glides_between_steps_and_jumps_to_the_start():
    game = Game("oval")
    game.keys = {"up"}
    for _ in range(20):
        game.advance(TICK)
    before, after = game.before, keyboard.pose(game.world)
    game.advance(DT / 2)
    share = (game.between(game) - before)[0] / (after - before)[0]
    assert share == pytest.approx(0.5, abs=0.01)
    game.restart()
    np.testing.assert_array_equal(game.between(game), keyboard.pose(game.world))


def test_a_recorded_ghost_drives_as_recorded_and_starts_again(driven):
    ghost = Ghost(driven.best, driven.world.track)
    game = Game("camp", ghosts=[ghost])
    way = replay(driven.best)
    game.keys = {"up"}
    for step in range(10):
        game.step()
        assert ghost.world.x[0] == way[step + 1, 0]
    game.restart()
    assert ghost.world.steps[0] == 0
    for _ in range(len(way) - 1):
        ghost.step()
    assert ghost.world.laps_done[0] == driven.best.laps
    ghost.step()
    assert ghost.world.steps[0] == 0 and ghost.world.x[0] == way[0, 0]


def test_a_ghost_from_another_track_is_refused(driven, load_track):
    with pytest.raises(RecordingError, match="was driven on camp, this is oval: drive on camp too"):
        Ghost(driven.best, load_track("oval"))


def test_a_policy_is_a_ghost(load_track):
    from gymnasium.spaces import Discrete

    from course_lib.agents.policy import Policy
    from course_lib.sim.race_env import Race

    actions = [{"steering_angle": angle, "speed": 1.0} for angle in (-20, 0, 20)]
    race = Race(1, track=load_track("camp"), action_space=actions)
    policy = Policy.create(race.observation.space, Discrete(3), observation_version=race.observation.version,
                           env_kwargs={"track": "oval", "vehicle": "kinematic", "action_space": actions})  # fmt: skip
    ghost = Ghost(policy, load_track("camp"))
    ghost.step()
    assert ghost.world.speed_command[0] == 1.0 and ghost.world.steering[0] in (-20, 0, 20)
    policy.observation_version = 99
    with pytest.raises(PolicyError, match="version 99"):
        Ghost(policy, load_track("camp"))


def test_a_driver_is_a_ghost_and_its_failure_does_not_touch_the_player(load_track):
    def fails_later(world):
        if world.steps[0] == 3:
            raise ZeroDivisionError("oh no")
        return PurePursuit()(world)

    ghost = Ghost(fails_later, load_track("camp"), "mine")
    game = Game("camp", ghosts=[ghost])
    game.keys = {"up"}
    for _ in range(3):
        game.step()
    with pytest.raises(GhostError, match=r"The ghost 'mine' cannot drive on \(ZeroDivisionError: oh no\)\."):
        game.step()
    assert game.world.steps[0] == 4 and len(game.recording().actions) == 4 and ghost.world.steps[0] == 3
    ghost.park()
    game.step()
    assert game.world.steps[0] == 5 and ghost.world.steps[0] == 3


def test_laps_episodes_and_crashes_are_counted():
    game = Game("camp", name="Zoë")
    drive_laps(game, 1, speed=1.4)
    game.restart()
    game.restart()
    game.keys = {"up", "left"}
    while not game.banner or game.waiting:
        game.advance(TICK)
    assert (game.episodes, game.off_tracks, game.laps) == (2, 1, [game.best_lap])
    crash = game.recording()
    assert crash.off_track and crash.name == game.best.name == "Zoë"
    assert replay(crash)[-1, 0] == game.world.x[0]


def test_recording_a_driver_and_playing_the_game_agree():
    """The game's own recording and `record` of the same actions are the same keyboard."""
    game = Game("oval")
    game.keys = {"up"}
    for _ in range(20):
        game.step()
    actions = np.array(game._actions)
    made = record(lambda world: actions[np.minimum(world.steps, 19)], "oval", max_steps=20)
    np.testing.assert_array_equal(made.actions, actions)
    assert replay(made)[-1, 0] == game.world.x[0]
