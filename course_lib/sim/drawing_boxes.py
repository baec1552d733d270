"""Boxes in the pictures of `drawing`: cardboard with a strip of tape, seen from above."""

from __future__ import annotations

import numpy as np
import pygame

CARDBOARD, TAPE, EDGE = (201, 160, 106), (226, 198, 150), (94, 66, 34)
SMOOTH = 4  # how many times too large they are drawn
TAPE_WIDTH = 0.16  # of a box


def paint_boxes(surface: pygame.Surface, corners: np.ndarray) -> None:
    """Paint boxes on a surface; ``corners`` (count, 4, 2) in px, from the front left one round the box."""
    for box in corners:
        low, high = np.floor(box.min(axis=0)) - 2, np.ceil(box.max(axis=0)) + 2
        size = (high - low).astype(int)
        patch = pygame.Surface(tuple(size * SMOOTH), pygame.SRCALPHA)
        large = (box - low) * SMOOTH
        middle = large.mean(axis=0)
        pygame.draw.polygon(patch, EDGE, large)
        edge = 1.5 * SMOOTH / np.hypot(*(large[0] - large[2])) * 2
        inside = middle + (large - middle) * (1 - edge)
        pygame.draw.polygon(patch, CARDBOARD, inside)
        front_left, front_right, back_right, back_left = inside
        shares = (0.5 - TAPE_WIDTH / 2, 0.5 + TAPE_WIDTH / 2)
        strip = [front_left + share * (front_right - front_left) for share in shares]
        strip += [back_left + share * (back_right - back_left) for share in reversed(shares)]
        pygame.draw.polygon(patch, TAPE, strip)
        surface.blit(pygame.transform.smoothscale(patch, tuple(size)), low)
