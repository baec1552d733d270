import numpy as np

POINTS_CLOSE, POINTS_BOTH, POINTS_ANY = 2, 3, 1


def reward_function(params):
    d = np.float64(params['distance_from_center'])
    w = np.float64(params['track_width'])
    s = np.float64(params['speed'])
    a = np.float64(params['steering_angle'])

    close = d < 0.15 * w
    quick = s > 1.5
    gentle = np.abs(a) < 15

    # True counts as 1
    return (close * POINTS_CLOSE) + (close & quick) * POINTS_BOTH + (quick | gentle) * POINTS_ANY
