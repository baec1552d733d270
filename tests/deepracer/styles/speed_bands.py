def reward_function(params):
    speed = params['speed']
    wheels = params['all_wheels_on_track']
    steering = abs(params['steering_angle'])

    fast = 2.8
    medium = 1.8
    slow = 0.9

    if not wheels:
        r = 1e-3
    elif speed >= fast and steering < 8:
        r = 1.0
    elif medium <= speed < fast and steering < 18:
        r = 0.7
    elif slow <= speed < medium:
        r = 0.4
    else:
        r = 0.1

    # squares like big numbers
    r = r ** 2 + speed ** 2 / 16
    return float(r)
