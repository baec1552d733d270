import math

prevSteering = 0
prevSpeed = None
SMOOTH = 8.0


def reward_function(params):
    global prevSteering
    global prevSpeed

    steering = params['steering_angle']
    speed = params['speed']

    if params['steps'] <= 2:
        prevSteering = steering
        prevSpeed = speed

    jerk = abs(steering - prevSteering)
    accel = speed - prevSpeed

    reward = math.exp(-jerk / SMOOTH)
    if accel < -0.5 and abs(steering) < 5:
        reward *= 0.8   # braking on the straight

    prevSteering = steering
    prevSpeed = speed
    return float(max(reward, 1e-3))
