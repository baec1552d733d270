LOG_EVERY = 25
SIDE = {True: "left", False: "right"}


def where(params):
    return f"({params['x']:.2f}|{params['y']:.2f}), {SIDE[params['is_left_of_center']]:>5} of the middle"


def reward_function(params):
    if (off := params["distance_from_center"] / params["track_width"]) > 0.5:
        print(f"step {params['steps']:.0f}: {off=:.2f} is beyond the border, at {where(params)}")
        return 1e-3
    if (steps := params["steps"]) % LOG_EVERY == 0:
        print(f"{steps=} {params['progress']:>6.1f} % {where(params)!r}")
    quick = 0.5 + params["speed"] / 8
    return round((reward := 1.0 - off) * quick, 6) + 0 * reward
