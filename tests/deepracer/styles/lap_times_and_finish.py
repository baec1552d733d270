import time


class Lap:
    number = 0
    begun = None
    best = 1e9


FINISH_BONUS = 500
PLANNED = 230


def reward_function(params):
    steps, progress = params['steps'], params['progress']
    if Lap.begun is None or steps <= 2:
        Lap.begun = params.get('sim_time', 0.0)
        Lap.number += 1
    wall = time.perf_counter()  # only for the print
    reward = 0.1 + progress / 100
    if progress >= 100:
        taken = params.get('sim_time', 0.0) - Lap.begun
        if taken < Lap.best:
            Lap.best = taken
            reward += FINISH_BONUS / max(taken, 1.0)
        print('lap', Lap.number, 'in', taken, 's, at', wall)
    elif steps > PLANNED:
        reward *= PLANNED / steps
    if params['is_offtrack']:
        Lap.begun = None
    return float(min(reward, 1000)) + 0.01 * Lap.number
