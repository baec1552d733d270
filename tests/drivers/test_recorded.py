"""Recordings: driven again to the last bit, and every damaged file refused in one sentence."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from key_player import make_demonstrations

from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import (
    WORLD,
    RecordedDriver,
    Recording,
    RecordingError,
    demonstration,
    demonstration_names,
    load_recording,
    record,
    replay,
    round_actions,
)
from course_lib.paths import data_dir
from course_lib.sim.laps import run_laps
from course_lib.sim.race_world import RaceWorld


def swerving(world: RaceWorld) -> np.ndarray:
    """Unrounded actions that leave the road after a while."""
    return np.stack([np.sin(0.7 * world.steps) / 3 + 0.01, 0.1 * np.ones(world.n)], axis=1)


@pytest.fixture(scope="module")
def lap() -> Recording:
    return record(PurePursuit(), "camp", laps=2, name="Zoë Übel", date="2030-05-01")


@pytest.fixture
def saved(lap, tmp_path):
    return lap.save(tmp_path / "Läufe von allen" / "best lap.jsonl")


def damaged(path, line: int, text: str | None, *, signed: bool = False):
    """The file with one line (from 1; -1 the last) replaced, or removed; signed: the checksum made to fit."""
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line - 1 if line > 0 else line] = text
    lines = [text for text in lines if text is not None]
    if signed:
        result = json.loads(lines[-1])
        result["sha256"] = hashlib.sha256("\n".join(lines[:-1]).encode("utf-8")).hexdigest()
        lines[-1] = json.dumps(result)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def with_header(path, **changes):
    header = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    return damaged(path, 1, json.dumps(header | changes), signed=True)


def refused(path) -> str:
    with pytest.raises(RecordingError) as error:
        load_recording(path)
    message = str(error.value)
    assert message.startswith(str(path)) and "\n" not in message and message.endswith((".", "?", "'"))
    return message


def test_a_recording_is_driven_again_to_the_last_bit(lap, saved):
    assert len(lap.lap_times) == 2 and not lap.off_track
    loaded = load_recording(saved)
    np.testing.assert_array_equal(loaded.actions, lap.actions)
    for name in ("track", "vehicle", "speed_range", "start", "laps", "lap_times", "off_track", "seed", "name", "date"):
        assert getattr(loaded, name) == getattr(lap, name)
    world = lap.world()
    for action in lap.actions:
        world.step(action[None])
    path = replay(loaded)
    assert path.shape == (len(lap.actions) + 1, 6)
    last = [world.x[0], world.y[0], world.cars.heading[0], world.cars.speed[0], world.steering[0], world.s[0]]
    assert path[-1].tolist() == last
    np.testing.assert_array_equal(path, replay(lap))


def test_rounding_happens_before_driving():
    """The path while recording equals the path of the file, though the driver's own actions have more digits."""
    seen = []

    def watched(world):
        seen.append((world.x[0], world.y[0], world.cars.heading[0], world.cars.speed[0]))
        return swerving(world)

    recording = record(watched, "oval", start={"s": 3.0, "offset": 0.1})
    assert recording.off_track and recording.lap_times == []
    assert (recording.actions == np.round(recording.actions, 4)).all()
    assert (recording.actions[:, 0] != np.sin(0.7 * np.arange(len(seen))) / 3 + 0.01).any()
    np.testing.assert_array_equal(replay(recording)[:-1, :4], np.array(seen))


@pytest.mark.parametrize("vehicle, direction", [("deepracer", -1), ("kinematic", 1)])
def test_vehicle_direction_and_speed_range_come_back(tmp_path, vehicle, direction):
    start = {"s": 2.5, "offset": -0.05, "heading": 0.1, "direction": direction}
    made = record(PurePursuit(), "camp", vehicle=vehicle, speed_range=(0.1, 3.0), start=start)
    assert made.lap_times
    loaded = load_recording(made.save(tmp_path / "a.jsonl"))
    assert loaded.start == start and loaded.world().direction[0] == direction
    np.testing.assert_array_equal(replay(loaded), replay(made))


def test_the_replay_has_the_columns_of_lap_results():
    made = record(swerving, "oval")
    driven = run_laps(swerving, "oval", starts=1, record=True).paths[0]
    replayed = replay(made)
    assert replayed.shape[1] == driven.shape[1]
    assert replayed[0, 3] == driven[0, 3] == 0.0  # at rest
    np.testing.assert_allclose(replayed[1, 4], driven[1, 4], atol=0.01)  # the steering, in degrees


def test_the_recorded_driver_drives_each_car_by_its_own_clock(lap):
    driver = RecordedDriver(lap)
    assert driver.env_kwargs == {"vehicle": "deepracer", "speed_range": (0.5, 4.0)}
    world = lap.world()
    while world.status[0] == 0:
        world.step(driver(world))
    assert world.steps[0] == len(lap.actions) and world.laps_done[0] == 2
    two = RaceWorld(world.track, 2)
    two.steps = np.array([3, len(lap.actions) + 50])
    np.testing.assert_array_equal(driver(two), [lap.actions[3], [0.0, -1.0]])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5)), min_size=1, max_size=20))
def test_actions_survive_the_file_exactly(tmp_path_factory, actions):
    path = tmp_path_factory.mktemp("actions") / "a.jsonl"
    rounded = round_actions(actions)
    assert np.abs(rounded).max() <= 1 and np.abs(rounded - np.clip(actions, -1, 1)).max() <= 0.5001e-4
    Recording(rounded).save(path)
    assert load_recording(path).actions.tobytes() == rounded.tobytes()
    assert all(len(line) <= len("[-0.1234, -0.1234]") for line in path.read_text(encoding="utf-8").splitlines()[1:-1])


def test_a_name_may_hold_any_sign_and_windows_line_ends_do_no_harm(lap, tmp_path):
    lap = Recording(**(vars(lap) | {"name": 'a\u2028b\x85c\r\n"d"'}))
    path = lap.save(tmp_path / "a.jsonl")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_recording(path).name == lap.name


def test_saving_replaces_in_one_go_or_not_at_all(lap, saved, monkeypatch):
    before = saved.read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError):
        lap.save(saved)
    assert saved.read_bytes() == before and [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_missing_and_strange_files(tmp_path):
    assert "is missing" in refused(tmp_path / "no such.jsonl")
    for name, data in (
        ("empty", b""),
        ("picture", b"\x89PNG\r\n\x1a\n\xff\xfe"),
        ("list", b"[1, 2]\n"),
        ("other", b'{"format": "something"}\n'),
        ("null", b"null\n"),
        ("deep", b"[" * 100_000),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        refused(path)
    refused(tmp_path)  # a folder


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.999])
def test_a_truncated_file_is_refused(saved, share):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    assert "cut short" in refused(saved)


def test_a_file_cut_between_lines_is_refused(saved):
    lines = saved.read_text(encoding="utf-8").splitlines(keepends=True)
    saved.write_text("".join(lines[:50]), encoding="utf-8")
    assert "line 50: the file ends before the result" in refused(saved)
    saved.write_text(lines[0], encoding="utf-8")
    assert "line 1: the file ends before the result" in refused(saved)


def test_lost_and_changed_lines_are_refused(saved, lap):
    original = saved.read_bytes()
    assert f"of {len(lap.actions)} steps, the file has {len(lap.actions) - 1}" in refused(damaged(saved, 7, None))
    saved.write_bytes(original)
    assert "the checksum does not fit" in refused(damaged(saved, 7, "[0.5, 0.5]"))
    for text in ("[0.5]", "[0.5, 2]", "[NaN, 0]", "{}", '["a", 0]', "[true, 0]", "[1e999, 0]"):
        saved.write_bytes(original)
        assert "line 7: " in refused(damaged(saved, 7, text))
    saved.write_bytes(original)
    assert "line 7: this is not JSON" in refused(damaged(saved, 7, "[0.5, "))
    saved.write_bytes(original)
    assert "checksum" in refused(damaged(saved, 1, json.dumps(json.loads(original.splitlines()[0]) | {"name": "I"})))


@pytest.mark.parametrize("changes", [{"lap_times": "fast"}, {"lap_times": [None]}, {"off_track": 0}, {"sha256": 3}])
def test_a_changed_result_is_refused(saved, changes):
    result = json.loads(saved.read_text(encoding="utf-8").splitlines()[-1])
    count = len(saved.read_text(encoding="utf-8").splitlines())
    assert f"line {count}: " in refused(damaged(saved, -1, json.dumps(result | changes)))


@pytest.mark.parametrize("changes, words", [
    ({"format": "first-lap-recording-9"}, "update First Lap"),
    ({"world": 99}, "version 99 of the world"),
    ({"track": "camo"}, "did you mean 'camp'?"),
    ({"track": 7}, "track is 7"),
    ({"track": "gone.npy"}, "no such track file"),
    ({"vehicle": "bus"}, "there are deepracer, kinematic"),
    ({"vehicle": ["deepracer"]}, "no vehicle is called"),
    ({"speed_range": [2, 1]}, "two rising speeds"),
    ({"start": {"s": 0}}, "start is"),
    ({"start": {"s": 0, "offset": 0, "heading": "north", "direction": 1}}, "start is"),
    ({"start": {"s": 0, "offset": 0, "heading": 0, "direction": 2}}, "direction of 1 or -1"),
    ({"laps": 0}, "laps is 0"),
    ({"laps": True}, "laps is True"),
    ({"seed": -1}, "seed is -1"),
    ({"seed": 10**30}, "seed is 1000"),
    ({"name": None}, "name is None"),
])  # fmt: skip
def test_a_header_that_cannot_be_used_names_line_1(saved, changes, words):
    message = refused(with_header(saved, **changes))
    assert ", line 1: " in message and words in message


def test_a_header_without_a_field_is_refused(saved):
    header = json.loads(saved.read_text(encoding="utf-8").splitlines()[0])
    del header["vehicle"]
    assert "line 1: the header lacks vehicle" in refused(damaged(saved, 1, json.dumps(header), signed=True))


def test_a_forged_checksum_does_not_deceive_the_replay(saved, lap):
    original = saved.read_bytes()
    faster = load_recording(saved)
    faster.lap_times = [lap.lap_times[0], 1.0]
    with pytest.raises(RecordingError, match=r"the result is laps of .* 1\.0\] s"):
        replay(faster)
    edited = load_recording(damaged(saved, 12, "[1.0, 1.0]", signed=True))
    with pytest.raises(RecordingError, match=r"line \d+: "):
        replay(edited)
    saved.write_bytes(original)
    fewer = load_recording(with_header(saved, laps=1))
    with pytest.raises(RecordingError, match="the drive was over before this step"):
        replay(fewer)


@pytest.mark.parametrize("vehicle, steps, last", [
    ("deepracer", 24, [6.886912, 0.407743, 0.195526, 2.424597, -3.522, 3.275227]),
    ("kinematic", 25, [7.247355, 1.274778, 0.400898, 2.425, -8.577, 3.959182]),
])  # fmt: skip
def test_the_world_still_drives_like_version_1(vehicle, steps, last):
    """If this fails, vehicles or rules have changed: raise recorded.WORLD, and record data/demonstrations again."""
    made = record(swerving, "camp", vehicle=vehicle)
    assert (WORLD, len(made.actions), made.off_track) == (1, steps, True)
    np.testing.assert_allclose(replay(made)[-1], last, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", demonstration_names())
def test_a_demonstration_is_what_the_kept_script_makes_and_replays(name, tmp_path):
    track, speed = make_demonstrations.LAPS[name]
    made = make_demonstrations.demonstration(track, speed).save(tmp_path / "made.jsonl")
    shipped = data_dir() / "demonstrations" / f"{name}.jsonl"
    assert made.read_bytes() == shipped.read_bytes()
    lap = demonstration(name)
    assert lap.track == track and len(lap.lap_times) == 1 and not lap.off_track
    assert 9 < lap.lap_times[0] < 12.5, "as fast as somebody who drives for the first time, and beatable"
    assert len(replay(lap)) == len(lap.actions) + 1


def test_no_demonstration_but_those_of_the_script():
    files = {path.name for path in (data_dir() / "demonstrations").iterdir()}
    assert files == {f"{name}.jsonl" for name in make_demonstrations.LAPS}
    with pytest.raises(RecordingError, match=r"No demonstration is called 'mine': there are camp, camp-slow, oval\."):
        demonstration("mine")
    assert demonstration().track == "camp"
