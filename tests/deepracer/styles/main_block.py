#!/usr/bin/env python3
import math


def reward_function(params):
    speed = params["speed"]
    angle = math.radians(params["steering_angle"])
    return float(speed * math.cos(angle) / 4 + params["progress"] / 1000)


def get_test_params():
    return {"speed": 2.0, "steering_angle": -15.0, "progress": 40.0}


if __name__ == "__main__":
    import sys
    print(reward_function(get_test_params()))
    sys.exit(0)
