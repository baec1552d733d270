import math


def reward_function(params):
    x, y, heading = params['x'], params['y'], params['heading']
    waypoints = params['waypoints']

    def dist(p, q):
        return math.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2)

    def nearest():
        def key(i):
            return dist(waypoints[i], (x, y))
        return min(range(len(waypoints) - 1), key=key)

    def rotate(points, start):
        return points[start:-1] + points[:start]

    def first_outside(points, radius):
        for p in points:
            if dist(p, (x, y)) > radius:
                return p
        return points[-1]

    def polar(px, py):
        return math.hypot(px, py), math.degrees(math.atan2(py, px))

    target = first_outside(rotate(waypoints, nearest()), 0.9 * params['track_width'])
    r, theta = polar(target[0] - x, target[1] - y)
    ideal = (theta - heading + 180) % 360 - 180
    return float(max(1 - abs(params['steering_angle'] - ideal) / 60, 0.01) + 0.0 * r)
