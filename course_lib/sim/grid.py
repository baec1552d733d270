"""A map of values in square cells, looked up for many points at once."""

from __future__ import annotations

import numpy as np


class Grid:
    """Values in square cells.

    Args:
        low: (2,) x and y (m) of the lower left corner of the first cell.
        cell: side of a cell in m.
        values: (rows, columns), the first row lowest. Points outside read the value of the nearest cell at the edge.
    """

    def __init__(self, low: np.ndarray, cell: float, values: np.ndarray):
        self.low, self.cell, self.values = np.asarray(low, dtype=np.float64), cell, values
        self._low = self.low[:, None]
        self._last = np.array(values.shape[::-1])[:, None] - 1.0
        self._flat = values.ravel()

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The values at points (m, any equal shape)."""
        x = np.asarray(x)
        cells = (np.array((x.ravel(), np.ravel(y))) - self._low) * (1 / self.cell)
        column, row = np.minimum(np.maximum(cells, 0.0), self._last).astype(np.intp)
        return self._flat.take(row * self.values.shape[1] + column).reshape(x.shape)
