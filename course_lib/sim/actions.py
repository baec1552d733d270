"""What an action means: numbers in [-1, 1] or an entry of a DeepRacer action list, turned into degrees and m/s."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from gymnasium import spaces

from course_lib.sim.vehicle import MAX_STEERING


class ActionError(ValueError):
    """An action, or a list of actions, that no car can follow; the message says which entry and what is wrong."""


class Actions:
    """Decodes actions of a batch of cars.

    Args:
        action_space: None for the continuous Box(-1, 1, (2,)): steering (+1 = 30 degrees left) and speed
            (-1...+1 = ``speed_range``); or a list of {"steering_angle": degrees, "speed": m/s}; or the path of a
            `model_metadata.json` (deepracer.md, section 5) that holds such a list, or a continuous range.
        speed_range: (low, high) in m/s for continuous actions.

    Attributes:
        space: the gymnasium space of one car's action.
        table: (k, 2) degrees and m/s of each discrete action, or None.

    Raises:
        ActionError: a list that is empty or has an entry without steering_angle and speed, a file that cannot be
            read, or a speed range that is not rising.
    """

    def __init__(self, action_space=None, speed_range: tuple[float, float] = (0.5, 4.0)):
        self.steering_range = (-MAX_STEERING, MAX_STEERING)
        try:
            self.speed_range = low, high = tuple(float(speed) for speed in speed_range)
        except (TypeError, ValueError):
            low = high = np.nan
            self.speed_range = speed_range
        if isinstance(action_space, (str, Path)):
            action_space = _read_model_metadata(Path(action_space))
        if isinstance(action_space, dict):
            self.steering_range, self.speed_range = (_range(action_space, key) for key in ("steering_angle", "speed"))
            low, high = self.speed_range
            action_space = None
        if not 0 <= low < high < np.inf:
            raise ActionError(
                f"speed_range is {self.speed_range}: it must be two rising speeds in m/s, such as (0.5, 4.0)."
            )
        if action_space is None:
            self.table = None
            self.space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        else:
            self.table = _table(action_space)
            self.space = spaces.Discrete(len(self.table))
        self._low, self._high = np.array([self.steering_range, self.speed_range]).T
        self._middle, self._reach = 0.5 * (self._low + self._high)[:, None], 0.5 * (self._high - self._low)[:, None]

    def decode(self, actions: np.ndarray, n: int) -> np.ndarray:
        """(n, 2) commanded degrees and m/s. Continuous actions outside [-1, 1] are clipped.

        Args:
            actions: (n, 2) floats in [-1, 1], or (n,) indices into the action list. A world with an action list
                takes both, so that a hand-written driver can drive in it too.

        Raises:
            ActionError: the wrong shape, NaN or infinite numbers, or an index outside the list.
        """
        try:
            actions = np.asarray(actions)
        except ValueError as error:
            raise ActionError(
                "The actions are lists of unequal length: give steering and speed for each car."
            ) from error
        if actions.shape == (n, 2) and actions.dtype.kind in "fiu":
            rows = np.array(actions.T, dtype=np.float64)  # steering and speed each in a row: faster than in columns
            finite = np.isfinite(rows)
            if not finite.all():
                car = int(finite.all(axis=0).argmin())
                raise ActionError(
                    f"The action of car {car} is {actions[car]}: steering and speed must be finite numbers."
                )
            np.minimum(np.maximum(rows, -1.0, out=rows), 1.0, out=rows)
            return (self._middle + rows * self._reach).T
        if self.table is not None and actions.shape == (n,) and actions.dtype.kind in "iu":
            bad = np.flatnonzero((actions < 0) | (actions >= len(self.table)))
            if len(bad):
                raise ActionError(
                    f"The action of car {bad[0]} is {actions[bad[0]]}: "
                    f"the list has the actions 0 to {len(self.table) - 1}."
                )
            return self.table[actions]
        wanted = f"({n}, 2) numbers in [-1, 1]" + ("" if self.table is None else f", or ({n},) whole numbers")
        raise ActionError(
            f"The actions have the shape {actions.shape} and type {actions.dtype}: {wanted} are needed, "
            "steering and speed for each car."
        )

    def describe(self) -> list[dict[str, float]] | dict[str, dict[str, float]]:
        """The action space as plain data that `Actions` takes again, whatever file it came from."""
        if self.table is not None:
            return [{"steering_angle": float(angle), "speed": float(speed)} for angle, speed in self.table]
        return {
            name: {"low": float(low), "high": float(high)}
            for name, low, high in zip(("steering_angle", "speed"), self._low, self._high)
        }

    def encode(self, commands: np.ndarray) -> np.ndarray:
        """(n, 2) continuous actions in [-1, 1] that command the given degrees and m/s, as near as the range allows."""
        return np.clip((commands - self._middle.T) / self._reach.T, -1.0, 1.0)


def _table(entries) -> np.ndarray:
    if not isinstance(entries, (list, tuple)):
        raise ActionError(f"The action space is {entries!r}: give a list of steering_angle and speed.")
    table = []
    for i, entry in enumerate(entries):
        try:
            row = float(entry["steering_angle"]), float(entry["speed"])
        except (KeyError, TypeError, ValueError):
            row = (np.nan, np.nan)
        if not np.isfinite(row).all() or row[1] < 0:
            raise ActionError(
                f"Entry {i} of the action space is {entry!r}: write it as "
                '{"steering_angle": degrees, "speed": metres per second}.'
            )
        table.append(row)
    if not table:
        raise ActionError("The action space is empty: give it at least one steering_angle and speed.")
    return np.array(table)


def _range(action_space: dict, key: str) -> tuple[float, float]:
    try:
        low, high = float(action_space[key]["low"]), float(action_space[key]["high"])
    except (KeyError, TypeError, ValueError):
        raise ActionError(
            f"The continuous action space has no {key!r} with low and high: it is {action_space!r}."
        ) from None
    if not -np.inf < low < high < np.inf:
        raise ActionError(
            f"The continuous action space's {key!r} runs from {low} to {high}: it must rise, and both must be finite."
        )
    return low, high


def _read_model_metadata(path: Path):
    try:
        action_space = json.loads(path.read_text(encoding="utf-8-sig"))["action_space"]
        if not isinstance(action_space, (list, dict)):
            raise ActionError(f'{path}: its "action_space" is {action_space!r}, it must be a list or two ranges.')
        return action_space
    except OSError as error:
        raise ActionError(f"{path}: the action space file cannot be read ({error.strerror}).") from error
    except json.JSONDecodeError as error:
        raise ActionError(f"{path}, line {error.lineno}: this is not JSON ({error.msg}).") from error
    except UnicodeDecodeError as error:
        raise ActionError(f"{path} is not UTF-8 text: save it as UTF-8.") from error
    except (KeyError, TypeError):
        raise ActionError(f'{path} has no "action_space": a model_metadata.json needs one.') from None
