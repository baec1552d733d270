import numpy as np

def curve_ahead(points):
    """sum of turns in degrees along some points"""
    steps = np.diff(np.array(points), axis=0)
    steps = steps[np.hypot(steps[:, 0], steps[:, 1]) > 1e-6]
    angles = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    return np.degrees(angles[-1] - angles[0])


def reward_function(params):
    waypoints = params['waypoints']
    k = params['closest_waypoints'][1]
    ahead = [waypoints[(k + i) % len(waypoints)] for i in range(0, 12)]
    turn = abs(curve_ahead(ahead))

    if turn < 15:
        wanted = 3.5
    elif turn < 45:
        wanted = 2.2
    else:
        wanted = 1.3
    off_speed = np.clip(abs(params['speed'] - wanted) / 3.0, 0.0, 1.0)
    on_road = np.float64(params['all_wheels_on_track'])
    return (1.0 - off_speed) * on_road + 1e-3
