import math


def reward_function(params):
    waypoints = params['waypoints']
    closest_waypoints = params['closest_waypoints']
    heading = params['heading']

    # direction of the track, from the waypoint behind to the one ahead
    prev_point = waypoints[closest_waypoints[0]]
    next_point = waypoints[closest_waypoints[1]]
    road = math.degrees(math.atan2(next_point[1] - prev_point[1], next_point[0] - prev_point[0]))

    difference = abs(road - heading)
    if difference > 180:
        difference = 360 - difference

    reward = 1.0
    LIMIT = 12.0
    if difference > LIMIT:
        reward *= max(0.05, 1 - (difference - LIMIT) / 50)
    return float(reward)
