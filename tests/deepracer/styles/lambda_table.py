# condition -> factor; all that hold are multiplied
RULES = [
    (lambda p: p['is_offtrack'], 0.001),
    (lambda p: not p['all_wheels_on_track'], 0.3),
    (lambda p: p['speed'] < 1.0, 0.5),
    (lambda p: p['speed'] > 3.0 and abs(p['steering_angle']) > 15, 0.4),
    (lambda p: p['distance_from_center'] < 0.1 * p['track_width'], 1.3),
]
BONUS = {100: lambda steps: 300.0 / steps, 50: lambda steps: 10.0}


def reward_function(params):
    reward = 1.0
    for holds, factor in RULES:
        reward *= factor if holds(params) else 1.0
    bonus = BONUS.get(int(params['progress']), lambda steps: 0.0)
    return float(reward + bonus(params['steps']))
