"""A driver written by hand: a rule that turns what the car sees into steering and speed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.sim.observations import Features


class RuleError(ValueError):
    """A rule that returned something that nobody can steer by; the message says what is wanted."""


class RuleDriver:
    """Drives by ``rule(see) -> (steering, speed)``, and stands wherever a trained policy can stand.

    Args:
        rule: gets a dict of the named slots of `observations.Features` and returns steering (+1 is 30 degrees to the
            left, -1 to the right) and speed (-1 is the slowest of the speed range, +1 the fastest). Every value in
            the dict is an array (n,) with one number per car, so plain arithmetic moves all cars at once.

    Raises, when it drives:
        RuleError: the rule did not return two numbers, or something that is not finite.
    """

    env_kwargs = {"observation": "features"}
    observation_version = Features.version

    def __init__(self, rule: Callable[[dict[str, np.ndarray]], tuple]):
        self.rule = rule
        self.names = Features().names

    def __repr__(self) -> str:
        return f"RuleDriver({getattr(self.rule, '__name__', 'rule')})"

    def act(self, observations: np.ndarray, deterministic: bool = True) -> np.ndarray:
        """(n, 2) actions for observations (n, slots); numbers outside [-1, 1] are cut off there."""
        see = dict(zip(self.names, np.array(observations, dtype=np.float64).T))
        answer = self.rule(see)
        try:
            steering, speed = answer
            actions = np.stack([np.broadcast_to(part, len(observations)) for part in (steering, speed)], axis=1)
            actions = actions.astype(np.float64)
        except (TypeError, ValueError):
            raise RuleError(
                f"{self!r} returned {_short(answer)}: end the rule with `return steering, speed`, two numbers."
            ) from None
        for name, column in zip(("steering", "speed"), actions.T):
            if not np.isfinite(column).all():
                raise RuleError(f"{self!r} returned a {name} that is no finite number: {_short(column)}.")
        return np.clip(actions, -1.0, 1.0)


def _short(value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
