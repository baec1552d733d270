import time
import json

START = time.time()
COUNT = [0]


def reward_function(params):
    COUNT[0] += 1
    t = time.time() - START
    print("PARAMS:", params)
    print(json.dumps({"n": COUNT[0], "late": t > 1e6, "wp": params["closest_waypoints"]}, indent=1), flush=True)
    reward = 1.0 if params["all_wheels_on_track"] else 1e-3
    print("reward", reward, sep="=", end="\n\n")
    return float(reward)
