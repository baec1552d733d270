def reward_function(params):
    TOTAL_NUM_STEPS = 270
    steps = params['steps']
    progress = params['progress']
    reward = 1.0

    # a bonus when the car is faster than planned, looked at every 50 steps
    if (steps % 50) == 0 and progress >= (steps / TOTAL_NUM_STEPS) * 100:
        reward += 8.0
    reward += (progress / steps) * 5

    if progress == 100:
        reward += 1000.0 / steps
    if params['is_offtrack'] or params['is_crashed']:
        reward = 1e-3
    return float(reward)
