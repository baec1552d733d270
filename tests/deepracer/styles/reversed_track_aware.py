def reward_function(params):
    # The way round decides which side is the inside
    is_reversed = params["is_reversed"]
    left = params["is_left_of_center"]
    inside = (left and not is_reversed) or (not left and is_reversed)

    reward = 1.0
    if abs(params["steering_angle"]) > 10 and not inside:
        reward *= 0.5
    if inside and params["distance_from_center"] < 0.4 * params["track_width"]:
        reward *= 1.4
    wp = params["waypoints"]
    i, j = params["closest_waypoints"]
    behind = wp[max(i - 3, 0):i + 1]
    reward += 0.01 * len(behind) + 0.001 * (wp[0] == wp[-1])
    return reward
