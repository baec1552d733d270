# Written for an old console, with keys that came and went
def reward_function(params):
    sim_time = params.get("sim_time", 0.0)
    unsafe = params.get("flag_unsafe", False)
    bots = params.get("bot_car_progress", [])
    location = params.get('projection_distance')
    camera = params.get("object_in_camera", None)

    on_track = params.get("all_wheels_on_track", True)
    reward = 0.001
    if on_track and not unsafe:
        reward = 1.0
    if bots or camera:
        reward /= 2
    if location is not None:
        reward += location / params.get("track_length", 1.0)
    reward += 0.001 * (sim_time % 1.0)
    return float(reward)
