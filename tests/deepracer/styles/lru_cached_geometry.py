import functools
import math


@functools.lru_cache(maxsize=None)
def segment(a, b):
    return math.hypot(b[0] - a[0], b[1] - a[1]), math.atan2(b[1] - a[1], b[0] - a[0])


@functools.lru_cache()
def line_length(points):
    return sum(segment(a, b)[0] for a, b in zip(points, points[1:]))


def reward_function(params):
    waypoints = tuple(map(tuple, params['waypoints']))
    before, after = params['closest_waypoints']
    size, angle = segment(waypoints[before], waypoints[after])
    lap = line_length(waypoints)
    miss = abs((math.degrees(angle) - params['heading'] + 180) % 360 - 180)
    hits = segment.cache_info().hits  # how often it was asked before
    return float(math.cos(math.radians(miss)) * size + lap / 1000 + hits * 1e-6)
