"""Hyperparameters in a cell: what was changed is seen, and what they do is told."""

from __future__ import annotations

import pytest

from course_lib.deepracer.hyperparameters import EFFECTS, Hyperparameters, HyperparametersError
from course_lib.notebook.hyperparameter_table import CONSOLE, hyperparameters


def test_the_defaults_are_those_of_the_console():
    table = hyperparameters()
    assert table.value == Hyperparameters() and table.changed == []
    assert "all at their defaults" in repr(table)
    assert all(EFFECTS[name].split(":")[0] in table._repr_html_() for name in CONSOLE)


def test_what_was_changed_is_marked():
    table = hyperparameters(lr=1e-3, loss_type="mean squared error", stack_size=4)
    assert (table.value.lr, table.value.loss_type, table.value.stack_size) == (1e-3, "mean squared error", 4)
    assert table.changed == ["lr", "loss_type", "stack_size"]
    lines = [line.split() for line in repr(table).splitlines()]
    assert lines[0][:2] == ["Hyperparameters,", "3"]
    assert [line[1] for line in lines if line[0] == "*"] == ["lr", "loss_type", "stack_size"], "the last one too"
    assert [line[2:] for line in lines if line[:2] == ["*", "lr"]] == [["0.001", "0.0003", "1e-08", "to", "0.001"]]
    marked = [row for row in table._repr_html_().split("<tr>") if "#FFF4D6" in row]
    assert len(marked) == 3 and ">lr</th>" in marked[0]


def test_names_and_values_that_there_are_not():
    with pytest.raises(HyperparametersError, match="no hyperparameter 'learning_rate': there are batch_size,"):
        hyperparameters(learning_rate=1e-3)
    with pytest.raises(HyperparametersError, match="lr is 3: it must be a number from 1e-08 to 0.001"):
        hyperparameters(lr=3)
