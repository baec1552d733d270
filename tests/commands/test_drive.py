"""`course drive`: the game without a window, the window on SDL's dummy driver, and the command."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from course_lib.commands import CommandError, drive
from course_lib.commands.drive import Game, Ghost, follow_keys, play
from course_lib.drivers.recorded import RecordingError, load_recording, record, replay
from course_lib.sim.laps import PolicyError
from course_lib.sim.vehicle import DT, GRIP, MAX_STEERING, wrap_angle

TICK = DT + 1e-9


class Player:
    """Somebody with a reaction time of 0.2 s, who looks ahead and holds or releases keys."""

    def __init__(self, speed: float, reaction: int = 3):
        self.speed, self.reaction = speed, reaction
        self.pending = [set()] * reaction

    def __call__(self, game: Game) -> set[str]:
        world, track = game.world, game.world.track
        speed = max(world.cars.speed[0], 0.5)
        curvature = float(np.clip(world.cars.curvature[0], -GRIP / speed**2, GRIP / speed**2))
        x, y, heading = world.cars.x[0], world.cars.y[0], world.cars.heading[0]
        for _ in range(self.reaction):  # where the car will be when the fingers move
            x, y = x + speed * DT * np.cos(heading), y + speed * DT * np.sin(heading)
            heading += curvature * speed * DT
        aim = track.table_index(world.s[0] + speed * (self.reaction * DT + 0.6) + 0.2)
        dx, dy = track.points_x[aim] - x, track.points_y[aim] - y
        bend = 2 * np.sin(wrap_angle(np.arctan2(dy, dx) - heading)) / np.hypot(dx, dy)
        keys = {"up"} if speed < self.speed else set()
        keys |= {"left"} if bend > 0.45 else {"right"} if bend < -0.45 else set()
        self.pending.append(keys)
        return self.pending.pop(0)


def drive_laps(game: Game, laps: int, speed: float) -> None:
    player = Player(speed)
    for _ in range(laps * 400):
        game.keys = player(game)
        game.advance(TICK)
        if game.world.laps_done[0] == laps:
            return
    raise AssertionError(f"no {laps} laps: {game.line()}")


@pytest.fixture(scope="module")
def driven() -> Game:
    game = Game("camp")
    drive_laps(game, 2, speed=1.2)
    return game


@pytest.fixture
def window(monkeypatch):
    from course_lib.sim.drawing import pygame

    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield pygame
    pygame.display.quit()


class Script:
    """A clock that posts the events of each frame before it says that a sixtieth of a second has passed."""

    def __init__(self, pygame, frames, seen=None):
        self.pygame, self.frames, self.seen = pygame, iter(frames), seen

    def tick(self, fps: int) -> float:
        assert fps == 60
        if self.seen is not None:
            self.seen()
        for kind, values in next(self.frames, [("QUIT", {})]):
            self.pygame.event.post(self.pygame.event.Event(getattr(self.pygame, kind), values))
        return 1000 / 60


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
    assert game.world.steps[0] == 15 + drive.MOST_STEPS


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
    assert speeds[44] == pytest.approx(1 - 5 * drive.ROLL) and speeds[49] == -1.0


@pytest.mark.parametrize("vehicle", ["deepracer", "kinematic"])
@pytest.mark.parametrize("turn", [-1.0, 0.5])
def test_a_held_key_soon_drives_the_curve_that_it_asks_for(vehicle, turn):
    game = Game("pebble", vehicle)
    curvature = []
    for _ in range(12):
        game.world.step(np.array([[drive.steer(game.world, turn, vehicle), -0.6]]))
        curvature.append(game.world.cars.curvature[0])
    assert curvature[-1] == pytest.approx(turn * drive.SHARPEST, rel=0.03)
    # Wheels that are only turned as far as the curve needs have half of it after five steps.
    assert curvature[4] / (turn * drive.SHARPEST) > 0.7


def test_at_speed_a_turn_is_no_sharper_than_grip_allows():
    game = Game("oval")
    for _ in range(15):
        game.world.step(np.array([[0.0, 1.0]]))
    speed = game.world.cars.speed[0]
    asked = np.tan(np.radians(MAX_STEERING * drive.steer(game.world, 1.0, "kinematic"))) / 0.164
    assert asked == pytest.approx(GRIP / speed**2) and asked < 0.5 * drive.SHARPEST


def test_off_the_track_one_sees_it_and_starts_again():
    game = Game("camp")
    game.keys = {"up", "left"}
    while game.banner == "" or game.waiting:
        game.advance(TICK)
    assert game.banner == "Off the track" and game.world.off_track[0]
    place = game.world.x[0]
    for _ in range(drive.OFF_TRACK_STEPS - 1):
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
    before, after = game.before, drive.pose(game.world)
    game.advance(DT / 2)
    share = (game.between(game) - before)[0] / (after - before)[0]
    assert share == pytest.approx(0.5, abs=0.01)
    game.restart()
    np.testing.assert_array_equal(game.between(game), drive.pose(game.world))


def test_a_recorded_ghost_drives_as_recorded_and_starts_again(driven, tmp_path):
    path = driven.best.save(tmp_path / "ghost.jsonl")
    ghost = Ghost(path, driven.world.track)
    game = Game("camp", ghost=ghost)
    way = replay(load_recording(path))
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


def test_a_ghost_from_another_track_is_refused(driven, tmp_path, load_track):
    path = driven.best.save(tmp_path / "ghost.jsonl")
    with pytest.raises(CommandError, match="was driven on camp: add --track camp"):
        Ghost(path, load_track("oval"))
    with pytest.raises(RecordingError, match="is missing"):
        Ghost(tmp_path / "none.jsonl", load_track("camp"))
    with pytest.raises(PolicyError, match=r"policy\.json is missing"):
        Ghost(tmp_path, load_track("camp"))


def test_a_policy_is_a_ghost(tmp_path, load_track):
    from gymnasium.spaces import Discrete

    from course_lib.agents.policy import Policy
    from course_lib.sim.race_env import Race

    actions = [{"steering_angle": angle, "speed": 1.0} for angle in (-20, 0, 20)]
    race = Race(1, track=load_track("camp"), action_space=actions)
    policy = Policy.create(race.observation.space, Discrete(3), observation_version=race.observation.version,
                           env_kwargs={"track": "oval", "vehicle": "kinematic", "action_space": actions})
    ghost = Ghost(policy.save(tmp_path / "policy"), load_track("camp"))
    ghost.step()
    assert ghost.world.speed_command[0] == 1.0 and ghost.world.steering[0] in (-20, 0, 20)
    policy.observation_version = 99
    with pytest.raises(PolicyError, match="version 99"):
        Ghost(policy.save(tmp_path / "policy"), load_track("camp"))


def test_the_window_drives_restarts_and_quits(window, tmp_path):
    def key(kind, name):
        return kind, {"key": getattr(window, name)}

    game, log = Game("oval"), []
    frames = [[], [key("KEYDOWN", "K_UP"), key("KEYDOWN", "K_a")], [], [], [key("KEYUP", "K_a")], [],
              [key("KEYDOWN", "K_LEFT")], [key("KEYDOWN", "K_d")], [key("KEYUP", "K_LEFT")],
              [("WINDOWFOCUSLOST", {})], [], [key("KEYDOWN", "K_w")], [], [key("KEYUP", "K_UP")], []]
    frames += [[]] * 20 + [[key("KEYDOWN", "K_r")], [], [key("KEYDOWN", "K_ESCAPE")]]
    play(game, tmp_path / "a.jsonl",
         Script(window, frames, lambda: log.append((sorted(game.keys), game.banner, int(game.world.steps[0])))))
    keys = [entry[0] for entry in log]
    left, up, right = ["left", "up"], ["up"], ["right", "up"]
    assert keys[:10] == [[], [], left, left, left, up, up, left, ["left", "right", "up"], right]
    assert keys[10:15] == [[], [], up, up, up], "a lost focus lets go of all keys; W is held when Up is let go"
    assert log[10][1] == log[11][1] == "Paused: press an arrow key" and log[10][2] == log[12][2]
    assert log[-4][2] > log[12][2] > 0 and log[-1][2] <= 1, "W drives on, R starts again"
    assert not window.display.get_init() and list(tmp_path.iterdir()) == []


def test_the_window_saves_every_new_best_lap(window, driven, tmp_path):
    game = Game("camp")
    path = tmp_path / "neue Läufe" / "best.jsonl"
    saved = []

    def finish():
        if not saved:
            game.best = driven.best
        saved.append(path.exists())

    play(game, path, Script(window, [[]] * 3, finish))
    assert saved == [False, True, True, True]
    assert load_recording(path).lap_times == driven.best.lap_times


def test_a_place_that_cannot_be_written_is_one_sentence(driven, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(CommandError, match="cannot be written .*: name another with --out"):
        drive.save(driven.best, tmp_path / "file" / "best.jsonl")
    with pytest.raises(CommandError, match="is a folder"):
        drive.run("camp", "deepracer", tmp_path, None)


@pytest.mark.parametrize("closed_by", ["quit", "ctrl-c"])
def test_the_end_tells_where_the_recording_is(monkeypatch, capsys, driven, tmp_path, closed_by):
    def played(game, path):
        game.best, game.best_lap = driven.best, driven.best_lap
        if closed_by == "ctrl-c":
            raise KeyboardInterrupt

    monkeypatch.setattr(drive, "play", played)
    assert drive.run("camp", "deepracer", tmp_path / "a b.jsonl", None) == 0
    text = capsys.readouterr().out
    assert f"{driven.best_lap:.2f} s" in text and str(tmp_path / "a b.jsonl") in text and "--ghost" in text
    monkeypatch.setattr(drive, "play", lambda game, path: None)
    assert drive.run("camp", "deepracer", None, None) == 0
    assert "nothing was saved" in capsys.readouterr().out


def test_without_a_display_the_command_says_so_in_one_line():
    environment = os.environ | {"SDL_VIDEODRIVER": "no such driver"}
    done = subprocess.run([sys.executable, "-m", "course_lib", "drive"], capture_output=True, text=True,
                          encoding="utf-8", env=environment)  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("course: No window can be opened") and done.stderr.count("\n") == 1


def test_the_command_opens_a_window_and_ends_with_it(monkeypatch, tmp_path):
    code = (
        "import sys\n"
        "from course_lib.sim.drawing import pygame\n"
        "class Clock:\n"
        "    def tick(self, fps):\n"
        "        pygame.event.post(pygame.event.Event(pygame.QUIT))\n"
        "        return 16\n"
        "pygame.time.Clock = Clock\n"
        "from course_lib.cli import main\n"
        "main(['drive', '--track', 'oval', '--vehicle', 'kinematic'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=tmp_path,
                          env=os.environ | {"SDL_VIDEODRIVER": "dummy"})  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "No lap was finished, so nothing was saved.\n" and list(tmp_path.iterdir()) == []


def test_recording_a_driver_and_playing_the_game_agree():
    """The game's own recording and `record` of the same actions are the same drive."""
    game = Game("oval")
    game.keys = {"up"}
    for _ in range(20):
        game.step()
    actions = np.array(game._actions)
    made = record(lambda world: actions[np.minimum(world.steps, 19)], "oval", max_steps=20)
    np.testing.assert_array_equal(made.actions, actions)
    assert replay(made)[-1, 0] == game.world.x[0]
