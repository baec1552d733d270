"""Animated PNG (PNG specification, 3rd edition): every viewer shows it, and in most of them it moves."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

TRANSPARENT = 0  # palette index of a pixel that stays as it was in the frame before


def encode(frames: Iterable[np.ndarray], palette: np.ndarray, delays: list[Fraction], alt: str) -> bytes:
    """An animated PNG that plays for ever. A frame stores only the pixels that changed, to keep it small.

    Args:
        frames: uint8 arrays (height, width) of indices into the palette, none of them `TRANSPARENT`.
        palette: (colours <= 256, 3) uint8; entry 0 is not seen.
        delays: seconds for each frame.
        alt: what the picture shows; it is kept inside the file as its description.
    """
    chunks, number, shown = [], 0, None
    for frame, delay in zip(frames, delays, strict=True):
        if shown is None:
            header = struct.pack(">IIBBBBB", frame.shape[1], frame.shape[0], 8, 3, 0, 0, 0)
            piece, left, top = frame, 0, 0
        else:
            piece, left, top = _changes(frame, shown)
        height, width = piece.shape
        time = Fraction(delay).limit_denominator(1000).as_integer_ratio()
        control = struct.pack(">5I2H2B", number, width, height, left, top, *time, 0, 1)  # draw over
        chunks.append(_chunk(b"fcTL", control))
        number += 1
        rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: 0, none
        rows[:, 1:] = piece
        if shown is None:
            chunks.append(_chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)))
        else:  # mostly transparent: looking for runs alone is as good here, and ten times faster
            squeeze = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
            pixels = squeeze.compress(rows.tobytes()) + squeeze.flush()
            chunks.append(_chunk(b"fdAT", struct.pack(">I", number) + pixels))
            number += 1
        shown = frame
    head = [
        _chunk(b"IHDR", header),
        _chunk(b"acTL", struct.pack(">II", len(delays), 0)),
        _chunk(b"PLTE", np.asarray(palette, np.uint8).tobytes()),
        _chunk(b"tRNS", b"\0"),
        _chunk(b"iTXt", b"Description\0\0\0\0\0" + alt.encode("utf-8")),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(head + chunks) + _chunk(b"IEND", b"")


def _changes(frame: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, int, int]:
    """The box of changed pixels, others transparent, and its left and top; one pixel if none changed."""
    changed = frame != shown
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not len(rows):
        return np.full((1, 1), TRANSPARENT, np.uint8), 0, 0
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return np.where(changed[box], frame[box], np.uint8(TRANSPARENT)), int(columns[0]), int(rows[0])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
