"""Follow the centre line: the nearer to it, the more reward."""


def reward_function(params):
    # How far the car is from the centre line, and how wide the road is here, both in metres.
    distance = params["distance_from_center"]
    width = params["track_width"]

    # The border lies at half the width. The car is paid by bands: a tenth of the width to either side, a quarter, half.
    if distance <= 0.1 * width:
        reward = 1.0
    elif distance <= 0.25 * width:
        reward = 0.5
    elif distance <= 0.5 * width:
        reward = 0.1
    else:
        reward = 1e-3  # beyond the border: next to nothing

    return float(reward)
