"""The drive widget without a browser: its handler is given the messages that a browser would send."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from key_player import Player

from course_lib.drivers.recorded import RecordingError, demonstration, load_recording, record, replay
from course_lib.notebook.widgets import drive as module
from course_lib.notebook.widgets.drive import Drive, DriveWidget, drive
from course_lib.sim.race_world import VehicleError
from course_lib.sim.track import TrackError
from course_lib.sim.vehicle import DT


class Browser:
    """One picture of the widget: sends its messages and keeps the answers."""

    def __init__(self, driven: Drive, view: str = "first"):
        self.driven, self.view, self.n, self.answers = driven, view, 0, []

    def send(self, kind: str, **more) -> dict:
        self.driven.widget.send = lambda content: self.answers.append(content)
        self.driven._hear(self.driven.widget, {"type": kind, "view": self.view, **more}, [])
        return self.answers[-1] if self.answers else {}

    def tick(self, *keys: str, start: bool = False) -> dict:
        self.n += 1
        return self.send("tick", n=self.n, keys=list(keys), start=start or self.n == 1)

    def drive_lap(self, speed: float = 1.4) -> dict:
        """From the start line, until the first lap is done."""
        player, laps = Player(speed), len(self.driven.laps)
        for _ in range(400):
            state = self.tick(*sorted(player(self.driven._game)), start=True)
            if len(self.driven.laps) > laps:
                return state
        raise AssertionError("no lap")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """The notebook's folder."""
    folder = tmp_path / "Meine Hefte für alle"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def browser():
    return Browser(Drive("camp", name="Zoë"))


def test_it_shows_a_widget_and_returns(monkeypatch):
    shown = []
    monkeypatch.setattr(module, "display", shown.append)
    me = drive("oval")
    assert shown == [me.widget] and repr(me) == "Drive('oval', laps=0)" and repr(me.widget).startswith("The track")
    assert (me.best, me.laps, me.episodes, me.off_tracks, me.path) == (None, [], 0, 0, None)


def test_the_module_is_one_file_without_imports_or_addresses():
    text = str(DriveWidget._esm)
    assert text.count("export default") == 1 and "import " not in text and "http" not in text


def test_one_answer_and_one_step_for_each_tick(browser):
    assert browser.send("hello")["steps"] == 0
    for number in range(1, 11):
        state = browser.tick("up", "left")
        assert (state["n"], state["steps"], state["view"]) == (number, number, "first")
    assert len(browser.answers) == 11 and state["serial"] > browser.answers[-2]["serial"]
    assert browser.driven._game.world.clock[0] == pytest.approx(10 * DT)
    x, y, heading, steering, steps = state["cars"][0]
    world = browser.driven._game.world
    assert (x, y) == pytest.approx((world.x[0], world.y[0]), abs=1e-4) and heading > 0.02 and steering != 0


def test_what_was_driven_replays_exactly(browser):
    for _ in range(12):
        browser.tick("up")
    for _ in range(4):
        browser.tick("left")
    made = browser.driven.current
    assert made.name == "Zoë" and len(made.actions) == 16
    assert replay(made)[-1, :2].tolist() == [browser.driven._game.world.x[0], browser.driven._game.world.y[0]]
    again = record(lambda world: made.actions[np.minimum(world.steps, 15)], "camp", max_steps=16)
    np.testing.assert_array_equal(again.actions, made.actions)


def test_the_car_waits_for_a_key(browser):
    assert browser.tick(start=True)["steps"] == 0
    state = browser.tick("up")
    assert state["steps"] == 1 and not state["waiting"]


def test_a_pause_lets_go_of_the_keys_and_late_ticks_do_not_wake_the_car(browser):
    browser.tick("up")
    state = browser.send("pause")
    assert state["waiting"] and state["banner"] == "Paused: press an arrow key" and browser.driven._game.keys == set()
    assert browser.tick("up") == {"type": "stopped", "view": "first"}
    assert browser.driven.current.actions.shape == (1, 2)
    assert browser.tick("up", start=True)["steps"] == 2


def test_only_the_view_that_was_started_last_drives(browser):
    other = Browser(browser.driven, "second")
    browser.tick("up")
    assert other.tick("left")["steps"] == 2
    assert browser.tick("up") == {"type": "stopped", "view": "first"}
    browser.send("pause")  # it loses the focus a little later: the other one drives on
    assert other.tick("left")["steps"] == 3 and not other.answers[-1]["waiting"]
    assert browser.tick("up", start=True)["steps"] == 4
    assert other.tick("left") == {"type": "stopped", "view": "second"}


def test_restart(browser):
    for _ in range(5):
        browser.tick("up")
    state = browser.send("restart")
    assert (state["steps"], state["waiting"], state["clock"], state["episodes"]) == (0, True, 0, 1)
    assert browser.tick("up")["episodes"] == 2


def test_off_the_track_is_shown_counted_and_over_after_a_while(browser):
    seen = []
    while not seen or not (seen[-1]["off_tracks"] and seen[-1]["steps"] == 0):
        seen.append(browser.tick("up", "left") if not any(s["out"] for s in seen) else browser.tick())
    assert any(state["out"] and state["banner"] == "Off the track" for state in seen)
    assert seen[-1]["waiting"] and not seen[-1]["out"] and browser.driven.off_tracks == 1


@pytest.mark.parametrize("message", [
    {}, {"type": "unknown"}, {"type": ["tick"]}, {"type": "tick", "view": "x"}, {"type": "pause", "view": None},
    {"type": "tick", "view": "first", "start": True, "keys": ["jump", 7, {}, "up"], "n": "?"},
])  # fmt: skip
def test_strange_messages_do_no_harm(browser, message):
    browser.driven.widget.send = lambda content: None
    browser.driven._hear(browser.driven.widget, message, [])
    assert browser.driven._game.keys <= {"up"} and len(browser.driven.current.actions) <= 1


def test_the_best_lap_is_saved_beside_the_notebook(browser, here):
    state = browser.drive_lap(speed=1.4)
    me = browser.driven
    assert me.laps == [state["best"]] == me.best.lap_times and me.lap() is me.best
    assert repr(me) == f"Drive('camp', laps=1, best {state['best']:.2f} s)"
    saved = list((here / "recordings").iterdir())
    assert saved == [me.path] and me.path.name.startswith("camp-20") and me.path.suffix == ".jsonl"
    assert state["note"] == f"New best lap: {state['best']:.2f} s, saved in recordings/{me.path.name}."
    assert len(replay(load_recording(me.path))) == len(me.best.actions) + 1
    before = me.path.read_bytes()
    browser.send("restart")
    browser.drive_lap(speed=1.0)
    assert len(me.laps) == 2 and me.path.read_bytes() == before, "a slower lap changes nothing"
    browser.send("restart")
    browser.drive_lap(speed=1.6)
    assert list((here / "recordings").iterdir()) == [me.path] and me.path.read_bytes() != before
    assert load_recording(me.path).lap_times == [min(me.laps)]


def test_another_session_of_the_same_second_keeps_its_own_file(here, monkeypatch):
    class Noon(module.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2030, 5, 1, 12)

    monkeypatch.setattr(module, "datetime", Noon)
    for speed in (1.2, 1.4):
        Browser(Drive("camp")).drive_lap(speed)
    names = sorted(path.name for path in (here / "recordings").iterdir())
    assert names == ["camp-2030-05-01-120000-2.jsonl", "camp-2030-05-01-120000.jsonl"]
    assert len({load_recording(here / "recordings" / name).lap_times[0] for name in names}) == 2


def test_a_full_disk_loses_nothing_and_is_said(browser, here, monkeypatch):
    def full_disk(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full_disk)
        state = browser.drive_lap(speed=1.2)
    assert "cannot be written (No space left on device)" in state["note"] and "\n" not in state["note"]
    assert browser.driven.best.lap_times == [state["best"]] and browser.driven.path is None
    assert list((here / "recordings").iterdir()) == []
    browser.send("restart")
    browser.drive_lap(speed=1.5)
    assert load_recording(browser.driven.path).lap_times == browser.driven.best.lap_times


def test_a_folder_that_cannot_be_made_is_said(here):
    (here / "file").write_text("in the way", encoding="utf-8")
    browser = Browser(Drive("camp", save="file"))
    assert f"{here / 'file'} cannot be written" in browser.drive_lap()["note"] and browser.driven.best
    unsaved = Browser(Drive("camp", save=None))
    assert unsaved.drive_lap()["note"].endswith(" s.") and [path.name for path in here.iterdir()] == ["file"]


def test_where_nobody_has_driven_there_is_a_lap_and_one_line(capsys):
    lap = Drive("camp").lap()
    assert lap.actions.tolist() == demonstration("camp").actions.tolist()
    text = capsys.readouterr().out
    assert text.count("\n") == 1 and "the recorded lap that comes with First Lap (10.08 s)" in text
    other = Drive("pebble", vehicle="kinematic").lap()
    assert (other.track, other.vehicle, len(other.lap_times), other.off_track) == ("pebble", "kinematic", 1, False)
    assert "a lap of the program Pure Pursuit" in capsys.readouterr().out


def test_ghosts_drive_along_and_one_that_fails_is_parked(camp):
    def broken(world):
        raise KeyError("gone")

    me = Drive("camp", ghosts=[demonstration("camp"), broken])
    browser = Browser(me)
    assert [car["label"] for car in me.widget.scene["cars"]] == ["", "First Lap", "broken"]
    first = browser.tick("up")
    assert first["note"] == "The ghost 'broken' cannot drive on (KeyError: 'gone')."
    state = browser.tick("up")
    assert [car[4] for car in state["cars"]] == [2, 2, 0]
    way = replay(demonstration("camp"))
    assert state["cars"][1][:2] == pytest.approx(way[2, :2], abs=1e-4)
    assert [car[4] for car in browser.send("restart")["cars"]] == [0, 0, 0]


def test_what_cannot_be_driven_is_refused_before_anything_is_shown(monkeypatch):
    monkeypatch.setattr(module, "display", lambda *_: pytest.fail("it was shown"))
    with pytest.raises(TrackError, match="did you mean 'camp'"):
        drive("camo")
    with pytest.raises(VehicleError, match="No vehicle is called 'bus'"):
        drive(vehicle="bus")
    with pytest.raises(RecordingError, match="was driven on camp, this is oval"):
        drive("oval", ghosts=demonstration("camp"))
    with pytest.raises(TypeError, match="cannot be a ghost"):
        drive(ghosts=[3])


def test_two_threads_may_bring_messages():
    """As in ipykernel 7: every tick is answered once and makes one step, whoever brings it."""
    browser = Browser(Drive("oval"))
    browser.tick("up")
    sent = []
    browser.driven.widget.send = sent.append
    ready = threading.Barrier(2)

    def bring(first):
        ready.wait()
        for n in range(first, first + 20, 2):
            browser.driven._hear(None, {"type": "tick", "view": "first", "n": n, "keys": ["up"]}, [])

    threads = [threading.Thread(target=bring, args=(first,)) for first in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(state["n"] for state in sent) == list(range(2, 22))
    assert [state["steps"] for state in sent] == list(range(2, 22))
    assert len(browser.driven.current.actions) == 21
