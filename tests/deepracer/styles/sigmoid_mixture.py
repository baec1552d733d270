import math

def sigmoid(x, middle=0.0, steep=1.0):
    z = -steep * (x - middle)
    if z > 60: return 0.0
    return 1.0 / (1.0 + math.exp(z))

def reward_function(params):
    w1, w2, w3 = 0.5, 0.3, 0.2
    centre = 1 - sigmoid(params['distance_from_center'] / params['track_width'], 0.3, 20)
    speed = sigmoid(params['speed'], 1.5, 3)
    progress = sigmoid(params['progress'] - params['steps'] / 3, 0, 0.2)
    total = w1 * centre + w2 * speed + w3 * progress
    assert 0 <= total <= 1.0000001, total
    return total
