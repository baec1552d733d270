from math import dist, inf


def gap_to_boxes(params):
    here = (params["x"], params["y"])
    return min((dist(here, box) for box in params["objects_location"]), default=inf)


def reward_function(params):
    gap = gap_to_boxes(params)
    speeds = list(zip(params["objects_speed"], params["objects_heading"], params["objects_distance"]))
    moving = [s for s, _, _ in speeds if s > 0]
    if gap < 0.35:
        return 1e-3
    reward = 1.0 if gap > 1.0 else gap
    reward -= 0.1 * len(moving)
    widest = max(params["objects_distance_from_center"] or [0.0])
    return float(reward - 0.01 * widest + 0.05 * params["speed"])
