MIN_REWARD = 1e-3
SAFETY = 0.06

def reward_function(params):
    allWheelsOnTrack = params['all_wheels_on_track']
    distanceFromCenter = params['distance_from_center']
    trackWidth = params['track_width']
    isOfftrack = params['is_offtrack']

    reward = MIN_REWARD
    if isOfftrack:
        return float(MIN_REWARD)

    roomLeft = 0.5*trackWidth - distanceFromCenter
    if allWheelsOnTrack and roomLeft >= SAFETY:
        reward = 1.0
    return float(reward)
