"""Follow the centre line without zig-zag: whoever steers much gets a fifth less."""

MUCH = 15.0  # degrees of steering, to the left or to the right


def reward_function(params):
    distance = params["distance_from_center"]
    width = params["track_width"]

    # First the bands around the centre line, as in follow_the_centre.py.
    if distance <= 0.1 * width:
        reward = 1.0
    elif distance <= 0.25 * width:
        reward = 0.5
    elif distance <= 0.5 * width:
        reward = 0.1
    else:
        reward = 1e-3

    # Positive angles are to the left, negative ones to the right: here only their size counts.
    if abs(params["steering_angle"]) > MUCH:
        reward *= 0.8

    return float(reward)
