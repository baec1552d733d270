"""`hyperparameters.json`: how a DeepRacer model is trained (deepracer.md, section 5), and what each setting does."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.files import FileError, read_json, write_json

RANGES: dict[str, tuple[float, float]] = {
    "batch_size": (32, 512),
    "num_epochs": (3, 10),
    "lr": (1e-8, 1e-3),
    "beta_entropy": (0, 1),
    "discount_factor": (0, 1),
    "num_episodes_between_training": (5, 100),
    "sac_alpha": (0, 1),
    "stack_size": (1, 32),
    "e_greedy_value": (0, 1),
    "epsilon_steps": (0, math.inf),
    "term_cond_max_episodes": (1, math.inf),
    "term_cond_avg_score": (-math.inf, math.inf),
}
"""lowest and highest value that the console takes"""

CHOICES: dict[str, tuple[str, ...]] = {
    "loss_type": ("huber", "mean squared error"),
    "exploration_type": ("categorical", "e-greedy", "additive_noise"),
}

EFFECTS: dict[str, str] = {
    "batch_size": "More steps averaged in one correction of the network: calmer learning, but each correction takes "
    "longer.",
    "num_epochs": "How often the same experience is gone through: more learns more from each lap, too many forget what "
    "was good.",
    "lr": "How large each correction of the network is: too small learns slowly, too large jumps about and never "
    "settles.",
    "beta_entropy": "How much trying things out is rewarded: more keeps the car curious, less lets it settle on what "
    "works.",
    "discount_factor": "How far ahead the car looks: 0.9 counts about 10 steps of future reward, 0.99 about 100.",
    "loss_type": "How a wrong guess of future reward counts: huber is not thrown off by a few very wrong ones, mean "
    "squared error is.",
    "num_episodes_between_training": "Episodes driven before the network learns from them: more gives a fairer "
    "picture, fewer learns sooner.",
    "sac_alpha": "For the algorithm SAC alone: how much trying things out is rewarded.",
    "stack_size": "Camera pictures shown to the network at once; one is the rule.",
    "exploration_type": "How new actions are tried: categorical draws each as often as the network believes in it.",
    "e_greedy_value": "With e-greedy exploration: the share of actions drawn at random.",
    "epsilon_steps": "With e-greedy exploration: steps until that share is reached.",
    "term_cond_max_episodes": "Training ends after so many episodes.",
    "term_cond_avg_score": "Training ends when episodes earn this much reward on average.",
}
"""what a setting does, in one sentence for students"""

SAC_EPISODES = 1  # between two trainings: what the service asks of SAC, which learns from single episodes


class HyperparametersError(ValueError):
    """A hyperparameters.json that cannot be used; the message names the file, the field, its value and its range."""


@dataclass(frozen=True)
class Hyperparameters:
    """The settings by DeepRacer's names, with the defaults of DeepRacer on AWS; see `EFFECTS`.

    Only the two ends of a training have the simulator's defaults, so that it goes on until its budget is used up.
    ``other`` holds whatever else a file has; `unknown` names it.

    Raises:
        HyperparametersError: a value outside `RANGES` or `CHOICES`.
    """

    batch_size: int = 64
    num_epochs: int = 10
    lr: float = 3e-4
    beta_entropy: float = 0.01
    discount_factor: float = 0.99
    loss_type: str = "huber"
    num_episodes_between_training: int = 20
    sac_alpha: float = 0.2
    stack_size: int = 1
    exploration_type: str = "categorical"
    e_greedy_value: float = 0.05
    epsilon_steps: int = 10_000
    term_cond_max_episodes: int = 100_000
    term_cond_avg_score: float = 100_000.0
    other: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise HyperparametersError(f"{name} is {value!r}: it must be one of {', '.join(allowed)}.")
        for name in RANGES:
            object.__setattr__(self, name, _number(name, getattr(self, name)))

    @property
    def unknown(self) -> list[str]:
        """Names in the file that mean nothing here."""
        return sorted(self.other)

    @classmethod
    def read(cls, path: str | Path) -> Hyperparameters:
        """From a file; names that it lacks have their defaults, and numbers may be texts.

        Raises:
            HyperparametersError: it is missing, no UTF-8 text, no JSON (the line is named), or holds a bad value.
        """
        try:
            data = read_json(Path(path))
        except FileError as error:
            raise HyperparametersError(str(error)) from error
        return cls.from_dict(data, str(path))

    @classmethod
    def from_dict(cls, data: dict[str, Any], name: str = "hyperparameters.json") -> Hyperparameters:
        """From the content of a file; ``name`` is what messages call it.

        Raises:
            HyperparametersError: a value outside its range.
        """
        known = [key for key in cls.__dataclass_fields__ if key != "other"]
        try:
            return cls(
                **{key: data[key] for key in known if key in data},
                other={key: value for key, value in data.items() if key not in known},
            )
        except HyperparametersError as error:
            raise HyperparametersError(f"{name}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """What a file holds: plain data, unknown keys included."""
        return {key: getattr(self, key) for key in self.__dataclass_fields__ if key != "other"} | self.other

    def write(self, path: str | Path) -> None:
        """To a file, in full or not at all."""
        write_json(Path(path), self.to_dict())

    def ppo_settings(self) -> dict[str, Any]:
        """Keyword arguments of `agents.episodic_ppo.Config`, with what the service fixes: clip and lambda."""
        return {
            "minibatch": self.batch_size,
            "epochs": self.num_epochs,
            "learning_rate": self.lr,
            "gamma": self.discount_factor,
            "entropy_weight": self.beta_entropy,
            "huber": self.loss_type == "huber",
            "clip": 0.2,
            "gae_lambda": 0.95,
        }


def _number(name: str, value: Any) -> float | int:
    low, high = RANGES[name]
    whole = isinstance(Hyperparameters.__dataclass_fields__[name].default, int)
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    allowed = low <= number <= high or (name == "num_episodes_between_training" and number == SAC_EPISODES)
    if not allowed or not math.isfinite(number) or (whole and number != int(number)):
        kind = "a whole number" if whole else "a number"
        limits = f" from {low:g}" * (low > -math.inf) + f" to {high:g}" * (high < math.inf)
        raise HyperparametersError(f"{name} is {value!r}: it must be {kind}{limits}.")
    return int(number) if whole else number
