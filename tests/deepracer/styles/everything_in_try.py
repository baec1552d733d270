def reward_function(params):
    reward = 1e-3
    try:
        speed = params['speed']
        ratio = 1.0 / params['objects_distance'][0]     # there may be none
        reward = speed * ratio
    except IndexError:
        try:
            reward = float(params['speed']) / float(params['flag_unsafe'])
        except KeyError as e:
            reward = 0.25 * params['speed']
    except Exception as e:
        print("something went wrong:", e)
    finally:
        if params['is_offtrack']:
            reward = 1e-3
    return float(reward)
