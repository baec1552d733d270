from shapely.geometry import LineString, Point, Polygon
from shapely import affinity
import math


class Geometry:
    line = None
    key = None


def centre_line(waypoints):
    key = (waypoints[0], waypoints[1])
    if Geometry.key != key:
        Geometry.key, Geometry.line = key, LineString(waypoints)
    return Geometry.line


def reward_function(params):
    line = centre_line(params['waypoints'])
    car = Point(params['x'], params['y'])
    place = line.project(car)
    ahead = line.interpolate((place + 0.8) % line.length)

    box = Polygon([(-0.1, -0.1), (0.1, -0.1), (0.1, 0.1), (-0.1, 0.1)])
    box = affinity.translate(affinity.rotate(box, params['heading']), car.x, car.y)
    over = line.intersects(box)

    aim = math.degrees(math.atan2(ahead.y - car.y, ahead.x - car.x))
    wrong = abs((aim - params['heading'] + 180) % 360 - 180)
    return float((1.5 if over else 0.5) * max(0.02, 1 - wrong / 90))
