def judge(params):
    match params:
        case {"is_offtrack": True}:
            return 0.001
        case {"all_wheels_on_track": False, "speed": speed} if speed > 2:
            return 0.05
        case {"closest_waypoints": [first, second], "waypoints": [(x0, y0), *_]} if second < first:
            return 2.0 + 0.0 * (x0 + y0)
        case {"speed": float(speed), "steering_angle": 0.0 | -0.0}:
            return 1.0 + speed / 4
        case {"speed": float() | int() as speed}:
            return 0.5 + speed / 8
        case _:
            return 0.1


def reward_function(params):
    return float(judge(params))
