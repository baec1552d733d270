import math

LOOK_AHEAD = 6


def angle_to(p, q):
    return math.degrees(math.atan2(q[1] - p[1], q[0] - p[0]))


def up_to_180(angle):
    while angle > 180:
        angle -= 360
    while angle <= -180:
        angle += 360
    return angle


def reward_function(params):
    wps = params["waypoints"]
    if params["is_reversed"]:
        wps = list(reversed(wps))
    first = params["closest_waypoints"][1]
    n = len(wps) - 1  # the last is the first again
    target = wps[(first + LOOK_AHEAD) % n]

    here = (params["x"], params["y"])
    best_steering = up_to_180(angle_to(here, target) - params["heading"])
    error = abs(best_steering - params["steering_angle"])
    score = 1.0 - error / 60.0
    return float(max(score, 0.01))
