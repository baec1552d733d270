SPEED_LIMIT = 2.5
last = {"steering": 0.0}


def reward_function(params):
    """Written on Windows"""
    steering = params["steering_angle"]
    if params["steps"] == 1:
        last["steering"] = steering
    swing = abs(steering - last["steering"])
    last["steering"] = steering
    text = """two
lines"""
    reward = 1.0 + len(text) / 1000
    if swing > 20:
        reward *= 0.7
    if params["speed"] > SPEED_LIMIT:
        reward *= 0.9
    return float(reward)
