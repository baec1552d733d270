"""The console's page of hyperparameters: a control for each, with what is allowed and what it does."""

from __future__ import annotations

import html

import ipywidgets
from IPython.display import display

from course_lib.deepracer.hyperparameters import CHOICES, EFFECTS, RANGES, Hyperparameters
from course_lib.notebook.hyperparameter_table import (
    CONSOLE,
    HyperparameterTable,
    allowed,
    default,
    hyperparameters,
    shown,
)
from course_lib.notebook.setup import headless
from course_lib.notebook.widgets.redraw import CHOICE, SLIDER, Redraw, slider

# Values worth a choice, where an even step would be of no use.
STOPS = {
    "batch_size": (32, 64, 128, 256, 512),
    "lr": (1e-8, 1e-7, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 5e-4, 1e-3),
    "beta_entropy": (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    "discount_factor": (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0),
}


class HyperparameterPanel:
    """A control per hyperparameter of the console's page; what is chosen is in ``value``.

    Args:
        changes: where controls begin that do not begin at the default.

    Attributes:
        panel: the `Redraw` with the controls, by the names of the hyperparameters.

    Raises:
        HyperparametersError: no such setting, or a value outside its range.
    """

    def __init__(self, **changes):
        begin = hyperparameters(**changes).value
        self._others = {name: value for name, value in changes.items() if name not in CONSOLE}
        controls = {name: _control(name, getattr(begin, name)) for name in CONSOLE}
        rows = [ipywidgets.HBox([control, ipywidgets.HTML(_told(name))]) for name, control in controls.items()]
        told = "The controls of the hyperparameters are shown here: run this cell."
        self.panel = Redraw(controls, lambda **values: _call(self.table), told, rows=rows)

    def __repr__(self) -> str:
        return f"HyperparameterPanel: {self.table!r}"

    @property
    def table(self) -> HyperparameterTable:
        return hyperparameters(**self._others | self.panel.values)

    @property
    def value(self) -> Hyperparameters:
        """What the controls say now."""
        return self.table.value

    def _ipython_display_(self) -> None:
        display(self.table)
        if not headless():
            display(self.panel.box)


def _control(name: str, value):
    if name in CHOICES:
        return ipywidgets.Dropdown(options=CHOICES[name], value=value, description=name, **CHOICE)
    if name in STOPS:
        options = [(shown(stop), stop) for stop in sorted({*STOPS[name], value})]
        return ipywidgets.SelectionSlider(options=options, value=value, description=name, **SLIDER)
    low, high = RANGES[name]
    return slider(name, value, low, high, 1)


def _call(table: HyperparameterTable) -> str:
    """The same as a line of Python, for a cell that keeps it."""
    changes = ", ".join(f"{name}={getattr(table.value, name)!r}" for name in table.changed)
    return (
        '<div role="status" style="background:#FFFFFF;color:#222222;padding:4px 8px">'
        f"{len(table.changed)} changed; in a cell: <code>{html.escape(f'hyperparameters({changes})')}</code></div>"
    )


def _told(name: str) -> str:
    facts = f"default {shown(default(name))}, allowed {allowed(name)}"
    return (
        '<div style="line-height:1.35;max-width:34em;padding:2px 0 6px 8px">'
        f"{html.escape(EFFECTS[name])}<br><i>{html.escape(facts)}</i></div>"
    )
