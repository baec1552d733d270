"""model_metadata.json is read as the service reads it, written back in full, and refused by a sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.deepracer.model_metadata import ALGORITHMS, CAMERAS, LIDARS, NETWORKS, ModelMetadata, ModelMetadataError
from course_lib.sim.actions import Actions

TWO = [{"steering_angle": -30.0, "speed": 0.6}, {"steering_angle": 30.0, "speed": 0.6}]
RANGES = {"steering_angle": {"low": -30.0, "high": 30.0}, "speed": {"low": 1.0, "high": 2.0}}

degrees = st.floats(-30, 30)
speeds = st.floats(0.1, 4)
others = st.dictionaries(st.sampled_from(["lidar_config", "preprocess_type", "note"]), st.integers() | st.text())


def rising(numbers):
    pairs = st.tuples(numbers, numbers).filter(lambda pair: pair[0] != pair[1]).map(sorted)
    return pairs.map(lambda pair: {"low": pair[0], "high": pair[1]})


common = {
    "sensor": st.tuples(st.sampled_from(CAMERAS)) | st.tuples(st.sampled_from(LIDARS), st.sampled_from(CAMERAS)),
    "neural_network": st.sampled_from(NETWORKS),
    "version": st.sampled_from(["4", "5"]),
    "other": others,
}
discrete = st.builds(
    ModelMetadata,
    action_space=st.lists(st.fixed_dictionaries({"steering_angle": degrees, "speed": speeds}), min_size=1, max_size=9),
    **common,
)
continuous = st.builds(
    ModelMetadata,
    action_space=st.fixed_dictionaries({"steering_angle": rising(degrees), "speed": rising(speeds)}),
    action_space_type=st.just("continuous"),
    training_algorithm=st.sampled_from(ALGORITHMS),
    **common,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(metadata=discrete | continuous)
def test_what_is_written_is_read_again(metadata, tmp_path_factory):
    path = tmp_path_factory.mktemp("model für alle") / "model_metadata.json"
    metadata.write(path)
    assert ModelMetadata.read(path) == metadata
    if metadata.action_space_type == "continuous":
        assert Actions(metadata.action_space).describe() == metadata.action_space
    else:
        table = [[entry["steering_angle"], entry["speed"]] for entry in metadata.action_space]
        assert Actions(path).table.tolist() == table


def test_only_the_action_space_is_required():
    metadata = ModelMetadata.from_dict({"action_space": TWO})
    assert metadata == ModelMetadata(TWO) and metadata.sensor == ("FRONT_FACING_CAMERA",)
    assert ModelMetadata.from_dict({"action_space": RANGES}).action_space_type == "continuous"


def test_an_old_file_with_numbers_as_text_and_a_mark_before_it(tmp_path):
    path = tmp_path / "old.json"
    old = {"action_space": [{"steering_angle": "-30", "speed": "0.8", "index": 0}], "version": 4, "extra": [1]}
    path.write_text(json.dumps(old), encoding="utf-8-sig")
    metadata = ModelMetadata.read(path)
    assert metadata.action_space == [{"steering_angle": -30.0, "speed": 0.8, "index": 0}]
    assert metadata.version == "4" and metadata.other == {"extra": [1]}
    metadata.write(path)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["extra"] == [1] and written["sensor"] == ["FRONT_FACING_CAMERA"]
    # deepracer-utils reads these keys
    assert written.keys() >= {"action_space", "sensor", "neural_network", "version"}


def entry(**changes) -> list[dict]:
    return [TWO[0], {"steering_angle": 0, "speed": 1} | changes]


def span(key: str, low, high) -> dict:
    return RANGES | {key: {"low": low, "high": high}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sensor": ["SONAR"]}, "sensor names 'SONAR': there are FRONT_FACING_CAMERA, LEFT"),
        ({"sensor": []}, "no camera: give it exactly one of FRONT_FACING_CAMERA"),
        ({"sensor": ["LIDAR"]}, "no camera"),
        ({"sensor": ["LEFT_CAMERA", "STEREO_CAMERAS"]}, "2 cameras: give it exactly one"),
        ({"sensor": ["LEFT_CAMERA", "LIDAR", "SECTOR_LIDAR"]}, "2 lidars: give it at most one of LIDAR, SECTOR"),
        ({"sensor": "LEFT_CAMERA"}, "it must be a list such as"),
        ({"action_space": entry(steering_angle=30.5)}, "Entry 1 of action_space has the steering_angle 30.5: "),
        ({"action_space": entry(steering_angle=-31)}, "a number from -30 to 30 degrees"),
        ({"action_space": entry(speed=4.1)}, "Entry 1 of action_space has the speed 4.1: it must be a number from 0.1"),
        ({"action_space": entry(speed=0)}, "from 0.1 to 4 m/s"),
        ({"action_space": entry(speed=-1)}, "from 0.1 to 4 m/s"),
        ({"action_space": entry(speed="fast")}, "has the speed 'fast'"),
        ({"action_space": entry(speed=True)}, "has the speed True"),
        ({"action_space": entry(speed=float("nan"))}, "has the speed nan"),
        ({"action_space": [{"steering_angle": 0}]}, "Entry 0 of action_space has no speed"),
        ({"action_space": [3]}, "Entry 0 of action_space is 3: write it as"),
        ({"action_space": []}, "action_space is empty"),
        ({"action_space": "all"}, "must be a list of entries"),
        ({"action_space": span("speed", 2, 1)}, "speed of action_space runs from 2 to 1: low must be below high"),
        ({"action_space": span("speed", 1, 1)}, "low must be below high"),
        ({"action_space": span("speed", 0, 2)}, "Speed of action_space has the low 0: it must be a number from 0.1"),
        ({"action_space": span("steering_angle", -40, 2)}, "has the low -40: it must be a number from -30 to 30 deg"),
        ({"action_space": {"speed": {"low": 1, "high": 2}}}, "no steering_angle with low and high"),
        ({"action_space": RANGES, "action_space_type": "discrete"}, "must be a list of entries"),
        ({"action_space_type": "continuous"}, "must have steering_angle and speed, each with low and high"),
        ({"action_space_type": "mixed"}, "action_space_type is 'mixed': it must be one of discrete, continuous"),
        ({"training_algorithm": "sac"}, "sac needs a continuous one"),
        ({"training_algorithm": "dqn"}, "one of clipped_ppo, sac"),
        ({"neural_network": "BIG"}, "neural_network is 'BIG': it must be one of DEEP_CONVOLUTIONAL_NETWORK_SHALLOW"),
        ({"version": None}, "version is None"),
    ],
)
def test_what_the_service_refuses(changes, said, tmp_path):
    path = tmp_path / "model_metadata.json"
    path.write_text(json.dumps({"action_space": TWO} | changes), encoding="utf-8")
    with pytest.raises(ModelMetadataError) as caught:
        ModelMetadata.read(path)
    assert str(caught.value).startswith(f"{path}: ") and said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"action_space": [\n}', ", line 2: this is not JSON"),
        (b'{"version": "\xff"}', " is no UTF-8 text"),
        (b"[1]", " holds no JSON object"),
        (b"{}", ' has no "action_space": give it a list'),
        (None, " is missing"),
    ],
)
def test_files_that_cannot_be_read(content, said, tmp_path):
    path = tmp_path / "model_metadata.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelMetadataError) as caught:
        ModelMetadata.read(path)
    assert str(caught.value).startswith(f"{path}{said}")
