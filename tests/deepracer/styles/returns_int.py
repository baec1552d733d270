# Points, like in a game: whole numbers only
LIMITS = (1, 2, 3)


def reward_function(params):
    if not params["all_wheels_on_track"]:
        return 0
    points = 1
    for limit in LIMITS:
        if params["speed"] > limit:
            points += limit
    if abs(params["steering_angle"]) < 10:
        points += 1
    if params["progress"] == 100:
        points += 50
    return points
