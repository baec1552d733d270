# Waypoint numbers of the 119-point track, by eye from the map
straight = list(range(0, 13)) + list(range(44, 58)) + [71, 72, 73, 74, 75] + list(range(105, 119))
left_turns = set(range(13, 31)) | set(range(82, 99))
slow = {31, 32, 33, 34, 58, 59, 60, 61, 62}


def reward_function(params):
    nxt = params["closest_waypoints"][1]
    speed = params["speed"]
    steering = params["steering_angle"]

    reward = 0.5
    if nxt in straight:
        if speed >= 2.5:
            reward += 1.5
        if abs(steering) > 10:
            reward *= 0.6
    elif nxt in slow:
        if speed > 1.8:
            reward *= 0.5
    elif nxt in left_turns:
        reward += 0.5 if params["is_left_of_center"] else -0.2
    if params["is_offtrack"]:
        reward = 1e-3
    return float(max(reward, 1e-3))
