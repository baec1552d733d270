def reward_function(params):
    '''
    Follow the middle of the road, in three bands
    '''
    # Read input parameters
    half_road = params['track_width'] / 2
    away = params['distance_from_center']

    # Three bands, seen from the middle
    band1 = 0.2 * half_road
    band2 = 0.6 * half_road
    band3 = 0.95 * half_road

    if away <= band1:
        reward = 1
    elif away <= band2:
        reward = 0.4
    elif away <= band3:
        reward = 0.08
    else:
        reward = 1e-3  # most likely off track

    return float(reward)
