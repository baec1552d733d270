# counts how often the steering changes its side
signs = []


def sign(v):
    return (v > 0) - (v < 0)


def reward_function(params):
    global signs
    if params["steps"] == 1:
        signs = []
    signs = (signs + [sign(params["steering_angle"])])[-12:]
    changes = sum(1 for a, b in zip(signs, signs[1:]) if a * b < 0)
    reward = 1.0 / (1 + changes)
    if params["distance_from_center"] > 0.45 * params["track_width"]:
        reward *= 0.2
    return float(reward)
