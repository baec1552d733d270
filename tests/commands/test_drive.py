"""`course drive`: the window on SDL's dummy driver, and the command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from key_player import drive_laps

from course_lib.commands import CommandError, drive
from course_lib.commands.drive import play
from course_lib.drivers.keyboard import Game
from course_lib.drivers.recorded import load_recording


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
