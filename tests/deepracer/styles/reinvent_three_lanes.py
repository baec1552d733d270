def get_lane(index):
    lanes = {
        "left": [*range(10, 20), *range(52, 66), *range(95, 101)],
        "right": [*range(28, 40), *range(78, 90)],
    }
    for name, numbers in lanes.items():
        if index in numbers:
            return name
    return "centre"


def reward_function(params):
    index = params["closest_waypoints"][1]
    wanted = get_lane(index)
    width = params["track_width"]
    side = 1 if params["is_left_of_center"] else -1
    offset = side * params["distance_from_center"]

    target = {"left": 0.25 * width, "right": -0.25 * width, "centre": 0.0}[wanted]
    error = abs(offset - target) / width
    reward = 1.0 - error if error < 1 else 0.0
    final = params["waypoints"][117:119] + params["waypoints"][0:2]
    if tuple(params["waypoints"][index]) in [tuple(p) for p in final]:
        reward += 0.5
    return float(reward + 1e-3)
