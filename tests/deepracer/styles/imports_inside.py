def reward_function(params):
    import math
    import json
    import bisect as b

    # a deep copy, by way of text
    text = json.dumps(params)
    again = json.loads(text)

    limits = [0.1, 0.2, 0.4, 0.6]
    values = [1.0, 0.7, 0.4, 0.1, 1e-3]
    band = b.bisect(limits, again["distance_from_center"])
    reward = values[band]

    if again["is_offtrack"] is True:
        reward = math.pow(0.5, 10)
    return float(reward + len(again["waypoints"]) / 1e4)
