import numpy as np

# centre, speed, steering
W = np.array([0.6, 0.3, 0.1])
TOP = 4.0
LOCK = 30.0


def reward_function(params):
    parts = np.array([
        1 - params["distance_from_center"] / params["track_width"],
        params["speed"] / TOP,
        1 - abs(params["steering_angle"]) / LOCK,
    ])
    return np.dot(W, np.clip(parts, 0, 1))
