"""Stay inside the two borders: any line is as good as another, as long as there is room to the border."""

ROOM = 0.05  # metres that the car has to leave between itself and the border


def reward_function(params):
    # From the centre line to the border is half the width; what the car has not used of it is its room.
    room = 0.5 * params["track_width"] - params["distance_from_center"]

    reward = 1e-3
    if params["all_wheels_on_track"] and room >= ROOM:
        reward = 1.0

    return float(reward)
