def averages(size):
    """send a number, get the mean of the last ones"""
    window, mean = [], 0.0
    while True:
        value = yield mean
        window.append(value)
        if len(window) > size:
            window.pop(0)
        mean = sum(window) / len(window)


smooth_speed = averages(10)
smooth_steering = averages(5)
next(smooth_speed)
next(smooth_steering)


def reward_function(params):
    speed = smooth_speed.send(params["speed"])
    steering = smooth_steering.send(params["steering_angle"])
    return float(speed / 4 + max(0.0, 1 - abs(steering) / 30))
