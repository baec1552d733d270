import enum


class Zone(enum.Enum):
    MIDDLE = 1
    LEFT = 2
    RIGHT = 3
    OUT = 4


class Gear(enum.IntEnum):
    SLOW = 0
    CRUISE = 1
    FAST = 2

    @classmethod
    def of(cls, speed):
        return cls.FAST if speed > 2.5 else cls.CRUISE if speed > 1.2 else cls.SLOW


POINTS = {Zone.MIDDLE: 1.0, Zone.LEFT: 0.6, Zone.RIGHT: 0.6, Zone.OUT: 0.001}


def zone(params):
    if params['is_offtrack']:
        return Zone.OUT
    if params['distance_from_center'] < params['track_width'] / 6:
        return Zone.MIDDLE
    return Zone.LEFT if params['is_left_of_center'] else Zone.RIGHT


def reward_function(params):
    return float(POINTS[zone(params)] * (1 + Gear.of(params['speed'])))
