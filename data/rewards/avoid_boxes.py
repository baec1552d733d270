"""Avoid the boxes: stay on the road, and do not come near the next box in its lane."""

import math

ROOM = 0.05  # metres to leave to the border
SEEN = 0.8  # metres: from here on the next box counts
NEAR = 0.5
TOUCHING = 0.3


def reward_function(params):
    # The road is worth 1, the boxes are worth 4: avoiding them matters more than the line.
    return float(on_the_road(params) + 4.0 * clear_of_boxes(params))


def on_the_road(params):
    room = 0.5 * params["track_width"] - params["distance_from_center"]
    return 1.0 if params["all_wheels_on_track"] and room >= ROOM else 1e-3


def clear_of_boxes(params):
    boxes = params["objects_location"]
    if not boxes:  # a time trial: nothing is in the way
        return 1.0
    if params["is_crashed"]:
        return 1e-3

    # closest_objects holds the numbers of the box behind and of the box ahead.
    ahead = params["closest_objects"][1]
    if params["objects_left_of_center"][ahead] != params["is_left_of_center"]:
        return 1.0  # it stands in the other lane

    x, y = boxes[ahead]
    distance = math.hypot(x - params["x"], y - params["y"])
    if distance >= SEEN:
        return 1.0
    if distance >= NEAR:
        return 0.5
    if distance >= TOUCHING:
        return 0.2
    return 1e-3
