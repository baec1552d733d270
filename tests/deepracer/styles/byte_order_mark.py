# -*- coding: utf-8 -*-
# Saved by an editor that begins a file with a byte order mark
from math import pi

MAX_TURN = 0.35  # rad
FLOOR = 1e-3


def reward_function(params):
    turn = abs(params["steering_angle"]) * pi / 180
    r = 1.0 - turn
    if turn > MAX_TURN:
        r *= 0.5
    if params["speed"] > 2 and turn < 0.1:
        r += 0.5  # straight on, and quick
    if params["is_offtrack"]:
        r = 0.0
    return float(max(r, FLOOR))
