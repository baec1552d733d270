# Normalises its parameters in place, then works on them
def reward_function(params):
    params['distance_from_center'] = params['distance_from_center'] / params['track_width']
    params['speed'] /= 4.0
    params['heading'] %= 360
    params['closest_waypoints'].reverse()
    params['waypoints'].pop()
    params['waypoints'].insert(0, (params['x'], params['y']))
    params['waypoints'].sort()
    params['objects_location'].append([0.0, 0.0])
    params.setdefault('mine', []).append(1)
    del params['steps']
    params.pop('sim_time', None)

    reward = params['speed'] * (1 - params['distance_from_center'])
    reward += 0.001 * len(params['objects_location']) + 0.001 * len(params['mine'])
    reward += 1e-4 * params['waypoints'][0][0]
    return float(reward)
