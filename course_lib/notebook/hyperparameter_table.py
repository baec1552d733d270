"""The console's hyperparameters as a table that marks what was changed, and says what each one does."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field

from course_lib.deepracer.hyperparameters import CHOICES, EFFECTS, RANGES, Hyperparameters, HyperparametersError
from course_lib.notebook.tables import html_table, text_table

CONSOLE = (
    "batch_size", "num_epochs", "lr", "beta_entropy", "discount_factor", "loss_type", "num_episodes_between_training",
)  # fmt: skip
"""what the console's page showed; the other settings stand in the file alone"""


@dataclass(frozen=True, repr=False)
class HyperparameterTable:
    """Hyperparameters as a notebook shows them; wherever these are asked for, it can be given as well.

    Attributes:
        value: the `Hyperparameters` to train with.
    """

    value: Hyperparameters = field(default_factory=Hyperparameters)

    @property
    def changed(self) -> list[str]:
        """Names of the settings that are not at their defaults."""
        return [name for name in EFFECTS if getattr(self.value, name) != default(name)]

    @property
    def caption(self) -> str:
        count = len(self.changed)
        return f"Hyperparameters, {'all at their defaults' if count == 0 else f'{count} changed (marked)'}"

    def _names(self) -> list[str]:
        return [name for name in EFFECTS if name in CONSOLE or name in self.changed]

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [name, shown(getattr(self.value, name)), shown(default(name)), allowed(name), EFFECTS[name]]
            for name in self._names()
        ]
        return ["setting", "value", "default", "allowed", "what it does"], rows

    def __repr__(self) -> str:
        heads, rows = self._cells()
        rows = [[f"{'*' if row[0] in self.changed else ' '} {row[0]}", *row[1:4]] for row in rows]
        return text_table(self.caption, [f"  {heads[0]}", *heads[1:4]], rows)

    def _repr_html_(self) -> str:
        marked = [number for number, name in enumerate(self._names()) if name in self.changed]
        return html_table(self.caption, *self._cells(), words=(3, 4), marked=marked)


def hyperparameters(**changes) -> HyperparameterTable:
    """The defaults of DeepRacer with some changes: ``hyperparameters(lr=1e-3, batch_size=128)``.

    Raises:
        HyperparametersError: no such setting, or a value outside its range.
    """
    unknown = sorted(set(changes) - set(EFFECTS))
    if unknown:
        raise HyperparametersError(f"There is no hyperparameter {unknown[0]!r}: there are {', '.join(EFFECTS)}.")
    return HyperparameterTable(dataclasses.replace(Hyperparameters(), **changes))


def default(name: str):
    """The default of a setting."""
    return Hyperparameters.__dataclass_fields__[name].default


def shown(value) -> str:
    """A value as people write it."""
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:g}"


def allowed(name: str) -> str:
    """The values that a setting may have."""
    if name in CHOICES:
        return " or ".join(CHOICES[name])
    low, high = RANGES[name]
    if math.isinf(low) and math.isinf(high):
        return "any number"
    return f"at least {shown(low)}" if math.isinf(high) else f"{shown(low)} to {shown(high)}"
