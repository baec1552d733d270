from bisect import bisect_right
from math import hypot

# x and y only; the speed comes from bands
POINTS = [
    (3.335, -0.264), (3.574, -0.251), (3.853, -0.225), (4.090, -0.189), (4.364, -0.131),
    (4.594, -0.067), (4.858, 0.027), (5.115, 0.139), (5.327, 0.251), (5.564, 0.399),
    (5.756, 0.542), (5.967, 0.727), (6.153, 0.935), (6.266, 1.146), (6.343, 1.414),
    (6.385, 1.650), (6.406, 1.929), (6.391, 2.168), (6.298, 2.431), (6.142, 2.663),
    (5.989, 2.848), (5.790, 3.045), (5.597, 3.186), (5.335, 3.282), (5.058, 3.320),
    (4.819, 3.331), (4.542, 3.298), (4.315, 3.219), (4.062, 3.100), (3.853, 2.982),
    (3.615, 2.835), (3.377, 2.688), (3.163, 2.580), (2.903, 2.477), (2.666, 2.444),
    (2.387, 2.457), (2.109, 2.489), (1.871, 2.521), (1.592, 2.542), (1.352, 2.541),
    (1.075, 2.510), (0.853, 2.421), (0.643, 2.238), (0.510, 1.993), (0.449, 1.762),
    (0.406, 1.485), (0.391, 1.246), (0.400, 0.966), (0.471, 0.697), (0.601, 0.496),
    (0.814, 0.316), (1.016, 0.188), (1.265, 0.059), (1.485, -0.035), (1.750, -0.125),
    (2.022, -0.194), (2.258, -0.236), (2.536, -0.267), (2.775, -0.279), (3.055, -0.277),
]

lengths = [0.0]
for a, b in zip(POINTS, POINTS[1:] + POINTS[:1]):
    lengths.append(lengths[-1] + hypot(b[0] - a[0], b[1] - a[1]))


def point_at(s):
    s = s % lengths[-1]
    k = min(bisect_right(lengths, s) - 1, len(POINTS) - 1)
    part = (s - lengths[k]) / max(lengths[k + 1] - lengths[k], 1e-9)
    a, b = POINTS[k], POINTS[(k + 1) % len(POINTS)]
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


def reward_function(params):
    share = params['projection_distance'] / params['track_length']
    x, y = point_at(share * lengths[-1])
    gap = hypot(params['x'] - x, params['y'] - y)
    if gap < 0.1:
        reward = 1.0
    elif gap < 0.25:
        reward = 0.5
    else:
        reward = 0.01
    return reward + 0.25 * (params['speed'] > 1.2) * (abs(params['steering_angle']) < 12)
