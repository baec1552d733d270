"""What a network sees of an observation: a vector of numbers, with pictures made coarse.

An observation is a vector, or a dict of vectors and of pictures (height, width) uint8. Squares of 4 x 4 pixels of a
picture become one, their mean: a sixteenth of the numbers, and roads can still be told from houses.
"""

from __future__ import annotations

import numpy as np
import torch
from gymnasium import spaces

from course_lib.sim.laps import PolicyError

POOL = 4  # pixels, side of the squares

Parts = dict[str, np.ndarray]


class Inputs:
    """Turns observations into what is worth remembering (pictures stay uint8), and that into a network's numbers.

    Args:
        space: a Box with one dimension, or a Dict of such boxes and of uint8 boxes with two.

    Attributes:
        slots: numbers that the network gets.
        sizes, dtypes: name -> how many numbers of which type are remembered of each part; a Box is one part, "".

    Raises:
        PolicyError: another space.
    """

    def __init__(self, space: spaces.Space):
        self.space, parts = space, space.spaces if isinstance(space, spaces.Dict) else {"": space}
        self.sizes, self.dtypes = {}, {}
        for name, part in parts.items():
            vector = isinstance(part, spaces.Box) and len(part.shape) == 1
            picture = isinstance(part, spaces.Box) and len(part.shape) == 2 and part.dtype == np.uint8
            if not vector and not (picture and name):
                raise PolicyError(
                    f"The observation is {space}: this network takes a vector of numbers, "
                    'such as observation="features" or "lidar".'
                )
            self.sizes[name] = (part.shape[0] // POOL) * (part.shape[1] // POOL) if picture else part.shape[0]
            self.dtypes[name] = np.uint8 if picture else np.float32
        self._shapes = {name: part.shape for name, part in parts.items()}
        self.slots = sum(self.sizes.values())

    def is_single(self, observations: np.ndarray | Parts) -> bool:
        """Is it the observation of one environment, rather than those of n?"""
        name, part = next(iter(_parts(observations).items()))
        return np.ndim(part) == len(self._shapes.get(name, ()))

    def kept(self, observations: np.ndarray | Parts) -> Parts:
        """What is remembered of observations (n, ...), or of a single one: (n, size) for each part.

        Raises:
            PolicyError: observations of another shape.
        """
        parts = {name: np.asarray(part) for name, part in _parts(observations).items()}
        if self.is_single(observations):
            parts = {name: part[None] for name, part in parts.items()}
        if {name: part.shape[1:] for name, part in parts.items()} != self._shapes:
            wanted = f"{self.slots} numbers" if "" in self._shapes else self._shapes
            seen = {name: np.shape(part) for name, part in _parts(observations).items()}
            raise PolicyError(
                f"The observation has the shape {seen.get('', seen)}: this policy was trained on {wanted}."
            )
        return {
            name: pooled(parts[name]) if dtype == np.uint8 else np.asarray(parts[name], np.float32)
            for name, dtype in self.dtypes.items()
        }

    def vector(self, kept: Parts) -> torch.Tensor:
        """(n, slots) float32 of what was kept; brightness runs from 0 to 1."""
        numbers = [
            torch.from_numpy(kept[name]).float() / 255.0 if dtype == np.uint8 else torch.from_numpy(kept[name])
            for name, dtype in self.dtypes.items()  # a dict may hold them in another order
        ]
        return numbers[0] if len(numbers) == 1 else torch.cat(numbers, dim=1)


def _parts(observations: np.ndarray | Parts) -> Parts:
    return observations if isinstance(observations, dict) else {"": np.asarray(observations)}


def pooled(pictures: np.ndarray) -> np.ndarray:
    """(n, height / 4 * width / 4) uint8: the mean of each 4 x 4 pixels of pictures (n, height, width)."""
    n, height, width = pictures.shape
    squares = pictures[:, : height // POOL * POOL, : width // POOL * POOL]
    rows = squares.reshape(n, height // POOL, POOL, -1).sum(axis=2, dtype=np.uint16)
    sums = rows.reshape(n, height // POOL, width // POOL, POOL).sum(axis=3, dtype=np.uint16)
    return (sums // POOL**2).astype(np.uint8).reshape(n, -1)
