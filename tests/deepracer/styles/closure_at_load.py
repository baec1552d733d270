def make_reward(max_speed=4.0, memory=3):
    history = []

    def change():
        return max(history) - min(history) if history else 0.0

    def inner(params):
        history.append(params['steering_angle'])
        del history[:-memory]
        calm = 1 - change() / 60.0
        return float(0.5 * calm + 0.5 * params['speed'] / max_speed)

    return inner


reward_function = make_reward(memory=4)
