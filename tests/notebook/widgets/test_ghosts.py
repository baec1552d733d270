"""What may be a ghost."""

from __future__ import annotations

import pytest

from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import RecordingError, demonstration
from course_lib.notebook.widgets.ghosts import as_ghosts, load_ghost
from course_lib.sim.laps import PolicyError


def straight_on(world):
    return PurePursuit()(world)


@pytest.fixture
def policy_folder(camp, tmp_path):
    from course_lib.agents.policy import Policy
    from course_lib.sim.race_env import Race

    race = Race(1, track=camp)
    policy = Policy.create(race.observation.space, race.world.actions.space, algorithm="PPO",
                           observation_version=race.observation.version)  # fmt: skip
    return policy.save(tmp_path / "meine Fahrerin")


def test_recordings_policies_drivers_and_paths_drive(camp, tmp_path, policy_folder):
    lap = demonstration("camp")
    path = lap.save(tmp_path / "schnelle Runde.jsonl")
    ghosts = as_ghosts([lap, straight_on, PurePursuit(), path, str(policy_folder), load_ghost(policy_folder)], camp)
    labels = [ghost.label for ghost in ghosts]
    assert labels == ["First Lap", "straight_on", "PurePursuit", "schnelle Runde", "meine Fahrerin", "PPO"]
    for ghost in ghosts:
        for _ in range(3):
            ghost.step()
        assert ghost.world.steps[0] == 3
    assert [ghost.label for ghost in as_ghosts(lap, camp)] == ["First Lap"] and as_ghosts((), camp) == []


def test_what_cannot_be_a_ghost_is_one_sentence(camp, load_track, tmp_path):
    lap = demonstration("camp")
    with pytest.raises(TypeError, match="^7 cannot be a ghost: give a recording, a policy, .*path to one\\.$"):
        as_ghosts([7], camp)
    with pytest.raises(RecordingError, match="is missing"):
        as_ghosts("none.jsonl", camp)
    with pytest.raises(PolicyError, match=r"policy\.json is missing"):
        load_ghost(tmp_path)
    with pytest.raises(RecordingError, match="was driven on camp, this is oval"):
        as_ghosts(lap, load_track("oval"))
    path = lap.save(tmp_path / "a.jsonl")
    text = path.read_text(encoding="utf-8")
    for damage, words in (
        (text[: len(text) // 2], "cut short"),
        (text.replace("[0.0, ", "[0.5, ", 1), "checksum"),
        (text.replace('"world": 1', '"world": 99'), "version 99 of the world"),
    ):
        assert damage != text
        path.write_text(damage, encoding="utf-8")
        with pytest.raises(RecordingError, match=words) as error:
            load_ghost(path)
        assert "\n" not in str(error.value)
