"""`model_metadata.json`: what a DeepRacer model may do (its action space) and with what it sees (deepracer.md, 5).

Only the action space is required; everything else has the default of the service. What a file holds besides is kept
and written back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.files import FileError, read_json, write_json
from course_lib.sim.vehicle import MAX_STEERING, SPEED_LIMITS

CAMERAS = ("FRONT_FACING_CAMERA", "LEFT_CAMERA", "STEREO_CAMERAS", "observation")
LIDARS = ("LIDAR", "SECTOR_LIDAR", "DISCRETIZED_SECTOR_LIDAR")
NETWORKS = ("DEEP_CONVOLUTIONAL_NETWORK_SHALLOW", "DEEP_CONVOLUTIONAL_NETWORK", "DEEP_CONVOLUTIONAL_NETWORK_DEEP")
ALGORITHMS = ("clipped_ppo", "sac")
TYPES = ("discrete", "continuous")
LIMITS = {"steering_angle": (-MAX_STEERING, MAX_STEERING, "degrees"), "speed": (*SPEED_LIMITS, "m/s")}


class ModelMetadataError(ValueError):
    """A model_metadata.json that cannot be used; the message names the file, the field and what is allowed."""


@dataclass
class ModelMetadata:
    """What stands in a `model_metadata.json`; checked when it is made.

    Attributes:
        action_space: list of {"steering_angle": degrees, "speed": m/s}, or for continuous actions
            {"steering_angle": {"low": degrees, "high": degrees}, "speed": {"low": m/s, "high": m/s}}; what
            `sim.actions.Actions` takes.
        action_space_type: "discrete" or "continuous".
        sensor: exactly one of `CAMERAS`, and at most one of `LIDARS`.
        neural_network: one of `NETWORKS`.  training_algorithm: one of `ALGORITHMS`.
        version: of the file format.
        other: whatever else the file holds.

    Raises:
        ModelMetadataError: a field that the service would refuse.
    """

    action_space: list[dict[str, Any]] | dict[str, dict[str, float]]
    action_space_type: str = "discrete"
    sensor: tuple[str, ...] = CAMERAS[:1]
    neural_network: str = NETWORKS[0]
    training_algorithm: str = ALGORITHMS[0]
    version: str = "5"
    other: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        for name, allowed in (
            ("action_space_type", TYPES),
            ("neural_network", NETWORKS),
            ("training_algorithm", ALGORITHMS),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise ModelMetadataError(f"{name} is {value!r}: it must be one of {', '.join(allowed)}.")
        self.sensor = _sensors(self.sensor)
        if self.action_space_type == "discrete":
            self.action_space = _entries(self.action_space)
        else:
            self.action_space = _ranges(self.action_space)
        if self.training_algorithm == "sac" and self.action_space_type == "discrete":
            raise ModelMetadataError(
                "training_algorithm is 'sac' and the action space is discrete: sac needs a continuous one, "
                "clipped_ppo takes both."
            )
        if isinstance(self.version, bool) or not isinstance(self.version, (str, int, float)):
            raise ModelMetadataError(f'version is {self.version!r}: it must be a text such as "5".')
        self.version = str(self.version)

    @classmethod
    def read(cls, path: str | Path) -> ModelMetadata:
        """From a file.

        Raises:
            ModelMetadataError: it is missing, no UTF-8 text, no JSON (the line is named), or holds a bad field.
        """
        try:
            data = read_json(Path(path))
        except FileError as error:
            raise ModelMetadataError(str(error)) from error
        return cls.from_dict(data, str(path))

    @classmethod
    def from_dict(cls, data: dict[str, Any], name: str = "model_metadata.json") -> ModelMetadata:
        """From the content of a file; ``name`` is what messages call it.

        Raises:
            ModelMetadataError: there is no action space, or a field is bad.
        """
        if "action_space" not in data:
            raise ModelMetadataError(
                f'{name} has no "action_space": give it a list of entries with steering_angle and speed.'
            )
        known = [key for key in cls.__dataclass_fields__ if key != "other"]
        given = {key: data[key] for key in known if key in data}
        if isinstance(data["action_space"], dict):  # files without a type tell it by their shape
            given.setdefault("action_space_type", "continuous")
        try:
            return cls(**given, other={key: value for key, value in data.items() if key not in known})
        except ModelMetadataError as error:
            raise ModelMetadataError(f"{name}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """What a file holds: plain data, unknown keys included."""
        fields = {key: getattr(self, key) for key in self.__dataclass_fields__ if key != "other"}
        return fields | {"sensor": list(self.sensor)} | self.other

    def write(self, path: str | Path) -> None:
        """To a file, in full or not at all."""
        write_json(Path(path), self.to_dict())


def _sensors(sensors) -> tuple[str, ...]:
    if not isinstance(sensors, (list, tuple)) or not all(isinstance(sensor, str) for sensor in sensors):
        raise ModelMetadataError(f'sensor is {sensors!r}: it must be a list such as ["FRONT_FACING_CAMERA"].')
    for sensor in sensors:
        if sensor not in CAMERAS + LIDARS:
            raise ModelMetadataError(f"sensor names {sensor!r}: there are {', '.join(CAMERAS + LIDARS)}.")
    for kind, group, allowed in (("camera", CAMERAS, "exactly one"), ("lidar", LIDARS, "at most one")):
        count = sum(sensor in group for sensor in sensors)
        if count > 1 or (count == 0 and group is CAMERAS):
            raise ModelMetadataError(
                f"sensor has {count or 'no'} {kind}{'s' if count > 1 else ''}: give it {allowed} of {', '.join(group)}."
            )
    return tuple(sensors)


def _entries(action_space) -> list[dict[str, Any]]:
    if not isinstance(action_space, (list, tuple)):
        raise ModelMetadataError(
            "action_space_type is 'discrete': then action_space must be a list of entries with steering_angle and "
            "speed."
        )
    if not action_space:
        raise ModelMetadataError("action_space is empty: give it at least one entry with steering_angle and speed.")
    entries = []
    for i, entry in enumerate(action_space):
        if not isinstance(entry, dict):
            raise ModelMetadataError(
                f'Entry {i} of action_space is {entry!r}: write it as {{"steering_angle": degrees, "speed": m/s}}.'
            )
        entries.append(entry | {key: _number(entry, key, f"entry {i} of action_space") for key in LIMITS})
    return entries


def _ranges(action_space) -> dict[str, dict[str, float]]:
    if not isinstance(action_space, dict):
        raise ModelMetadataError(
            "action_space_type is 'continuous': then action_space must have steering_angle and speed, each with low "
            "and high."
        )
    ranges = {}
    for key in LIMITS:
        given = action_space.get(key)
        if not isinstance(given, dict):
            raise ModelMetadataError(f"action_space has no {key} with low and high: a continuous one needs both.")
        low, high = (_number(given, end, f"{key} of action_space", key) for end in ("low", "high"))
        if not low < high:
            raise ModelMetadataError(f"{key} of action_space runs from {low:g} to {high:g}: low must be below high.")
        ranges[key] = given | {"low": low, "high": high}
    return action_space | ranges


def _number(holder: dict, key: str, where: str, limits: str | None = None) -> float:
    """A number of an action space, which old files write as text, within the limits of the car."""
    low, high, unit = LIMITS[limits or key]
    value = holder.get(key)
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not low <= number <= high:
        said = f"has no {key}" if key not in holder else f"has the {key} {value!r}"
        raise ModelMetadataError(
            f"{where[0].upper()}{where[1:]} {said}: it must be a number from {low:g} to {high:g} {unit}."
        )
    return number
