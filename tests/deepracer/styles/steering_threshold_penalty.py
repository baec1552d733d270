def reward_function(params):
    # no wild steering, please
    ABS_STEERING_THRESHOLD = 18
    track_width = params["track_width"]
    d = params["distance_from_center"]
    steering = abs(params["steering_angle"])  # we do not care whether left or right

    if d <= 0.1 * track_width: reward = 1.0
    elif d <= 0.3 * track_width: reward = 0.6
    elif d <= 0.5 * track_width: reward = 0.15
    else: reward = 0.001

    if steering > ABS_STEERING_THRESHOLD: reward *= 0.75
    if steering > 1.5*ABS_STEERING_THRESHOLD: reward *= 0.75
    return float(reward)
