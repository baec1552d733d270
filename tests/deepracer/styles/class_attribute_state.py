class STATE:
    prev_speed = 0.0
    prev_steering = 0.0
    prev_heading = None
    off_count = 0


def reward_function(params):
    if params['steps'] == 1:
        STATE.prev_speed = 0.0
        STATE.prev_steering = params['steering_angle']
        STATE.prev_heading = params['heading']
        STATE.off_count = 0

    if not params['all_wheels_on_track']:
        STATE.off_count += 1

    speed_up = params['speed'] >= STATE.prev_speed
    same_side = params['steering_angle'] * STATE.prev_steering >= 0
    turned = abs(params['heading'] - (STATE.prev_heading or 0.0))
    if turned > 180:
        turned = 360 - turned

    reward = 1.0
    if speed_up and same_side:
        reward += 1.0
    if turned > 12:
        reward -= 0.5
    reward -= 0.1 * STATE.off_count

    STATE.prev_speed = params['speed']
    STATE.prev_steering = params['steering_angle']
    STATE.prev_heading = params['heading']
    return float(max(reward, 1e-3))
