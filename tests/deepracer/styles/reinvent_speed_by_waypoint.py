import math

# one target speed for each waypoint of the track that has 119
SPEEDS = [3.0] * 20 + [2.4, 2.1, 1.8, 1.6, 1.5] * 3 + [2.0] * 14 + [2.8] * 21 + [1.7, 1.6] * 8 + [2.2] * 18 + [3.2] * 15
assert len(SPEEDS) == 119

def reward_function(params):
    waypoints = params['waypoints']
    closest_waypoints = params['closest_waypoints']
    i = closest_waypoints[0] % len(SPEEDS)
    target = SPEEDS[i]

    # distance to three fixed points of the lap
    apex = [waypoints[27], waypoints[63], waypoints[118]]
    near = min(math.sqrt((p[0] - params['x'])**2 + (p[1] - params['y'])**2) for p in apex)

    reward = 1 / (1 + (params['speed'] - target)**2)
    if near < 0.5:
        reward = reward * 1.2
    if params['progress'] == 100:
        reward += 100
    return float(reward)
