"""Exercises of 01_parameters: what a reward function gets to know, and the traps in it."""

from __future__ import annotations

import math

from course_lib.exercises.kinds import BugHunt, FillBlank, Match, OwnWords, Predict

# A small closed track in m, with the first point again at the end. It begins along y, its far side zigzags a little
# about 180 degrees (points 4 to 10), and all its corners are square.
RING = [
    *([0.0, float(y)] for y in range(5)),
    *([-float(k), 4.0 + 0.02 * (k % 2)] for k in range(1, 7)),
    *([-6.0, float(y)] for y in range(3, -1, -1)),
    *([-float(k), 0.0] for k in range(5, -1, -1)),
]


def on_road(distance: float, width: float, left: bool = True) -> tuple[dict]:
    return ({"distance_from_center": distance, "track_width": width, "is_left_of_center": left},)


def on_ring(words: str, behind: int, heading: float = 0.0) -> tuple[str, dict]:
    """The place in words, for messages, and its parameters."""
    return words, {"closest_waypoints": [behind, behind + 1], "heading": heading, "waypoints": RING}


def at_place(value, words, params):
    """The student's function gets the parameters alone, and tuples for points, as in a real call."""
    params["waypoints"] = [tuple(point) for point in params["waypoints"]]
    answer = value(params)
    if isinstance(answer, str):
        return f"At “{words}” your function gave the text {answer[:40]!r}: leave the quotation marks away."
    return answer


def direction(start, end) -> float:
    return math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))


def wrapped(angle: float) -> float:
    return (angle + 180) % 360 - 180


def naive_error(params):
    behind, ahead = params["closest_waypoints"]
    return params["heading"] - direction(params["waypoints"][behind], params["waypoints"][ahead])


def heading_error(params):
    return wrapped(naive_error(params))


def is_straight(params):
    points, (behind, ahead) = params["waypoints"], params["closest_waypoints"]
    ring = len(points) - 1
    here = direction(points[behind], points[ahead])
    there = direction(points[(ahead + 2) % ring], points[(ahead + 3) % ring])
    return abs(wrapped(there - here)) < 10


EXERCISES = {
    "q1": Predict(
        question=(
            "The car's middle stands on the centre line, and the car looks across the road. What is "
            "`distance_from_center`, in metres?"
        ),
        points=1,
        low=0,
        high=1,
        tolerance=0.02,
        unit="m",
        hints=("Which part of the car is measured, and where is it when the car looks across the road?",),
        lesson="Everything that says where is measured at the nose.",
    ),
    "q2": FillBlank(
        question="Write `off_centre(params)`: 0 in the middle of the road, 1 at the border, and beyond it more.",
        points=1,
        name="off_centre",
        inputs=[
            on_road(0.19, 0.76),
            on_road(0.0, 0.76),
            on_road(0.38, 0.76, False),
            on_road(0.3, 1.2),
            on_road(0.15, 0.6, False),
            on_road(0.57, 0.76),
        ],
        answer=lambda params: params["distance_from_center"] / (0.5 * params["track_width"]),
        starter=lambda params: params["distance_from_center"],
        hints=(
            "`track_width` runs from border to border. How far is it from the middle to the border?",
            "A share is a part divided by the whole. The part is the distance; what is the whole?",
            "Divide the distance by half of the width. Mind the parentheses.",
        ),
        praise="That is right, on roads of any width, and beyond the border too.",
    ),
    "q3": FillBlank(
        question="Write `heading_error(params)`: degrees between car and road, left positive, from -180 to 180.",
        points=2,
        name="heading_error",
        inputs=[
            on_ring("car 100°, road 90°", 0, 100.0),
            on_ring("car 60°, road 90°", 1, 60.0),
            on_ring("car -175°, road 179°", 6, -175.0),
            on_ring("car 170°, road -179°", 5, 170.0),
            on_ring("car 95°, road -90°", 12, 95.0),
            on_ring("car -20°, road 0°", 17, -20.0),
            on_ring("car 179°, road -90°", 10, 179.0),
        ],
        probe=at_place,
        answer=lambda words, params: heading_error(params),
        starter=naive_error,
        tolerance=1e-4,
        hints=(
            "The difference in the cell is right, but for some places. Which numbers does it give there?",
            "`wrap` is defined above. What has to be wrapped: an angle, or a difference?",
            "Wrap what is returned: `return wrap(params['heading'] - road)`.",
        ),
        praise="That is right, also where the angles jump.",
    ),
    "q4": BugHunt(
        question="Find the three bugs in `is_straight(params)`.",
        points=3,
        name="is_straight",
        inputs=[
            on_ring("a square corner comes", 1),
            on_ring("straight on", 0),
            on_ring("road 179°, then -179°", 4),
            on_ring("road -179°, then 179°", 5),
            on_ring("straight on, towards the finish", 14),
            on_ring("straight on, near the finish", 15),
            on_ring("the last corner is the finish", 17),
            on_ring("the last metre of the lap", 18),
        ],
        probe=at_place,
        answer=lambda words, params: is_straight(params),
        hints=(
            "Print `there - here` where the road makes a square corner. Are these degrees?",
            "`math.atan2` speaks radians. `math.degrees`, or the function `direction` from above, helps.",
            "What happens in the last metres of the lap? Section 4 has the cure: a remainder.",
            "On the far side of the track the road points to 179 and to -179 degrees in turns. Is it straight there?",
            "All of it: use `direction`, wrap the difference, and take both numbers `% (len(waypoints) - 1)`.",
        ),
        praise="All three are gone: radians, the end of the list, and the jump at 180 degrees.",
    ),
    "q5": Match(
        question="Which parameter tells it?",
        points=2,
        answer={
            "how far the nose is from the middle of the road": "distance_from_center",
            "how fast the driver wants to go": "speed",
            "which way the car points, from the x axis": "heading",
            "where the road goes behind the next bend": "waypoints",
            "one wheel has left the road": "all_wheels_on_track",
            "the episode is over: nothing touches the road": "is_offtrack",
            "today the race goes round the other way": "is_reversed",
            "how much of the lap was really driven": "progress",
        },
        nudges={
            "how far the nose is from the middle of the road": "it is in metres, and has no sign.",
            "how fast the driver wants to go": "it is a command, and its unit is m/s.",
            "which way the car points, from the x axis": "it is an angle. Is it one of the car, or one of its wheels?",
            "where the road goes behind the next bend": "you need many points for that, not one or two.",
            "one wheel has left the road": "there are two flags about wheels. Which changes with the first wheel?",
            "the episode is over: nothing touches the road": "two flags are about wheels. Which waits for the last?",
            "today the race goes round the other way": "it is a flag about the track, not about the car.",
            "how much of the lap was really driven": "it is in percent, and no command.",
        },
        hints=(
            "The table of `park('camp')` has all the names, and a few words on each.",
            "For the wheels, look at the small table of section 7: which flag changes first?",
        ),
    ),
    "q6": OwnWords(
        question="`if params['is_reversed']: return -10`: what do you tell her, and what would you write instead?",
        points=1,
        words=20,
        hints=("What was `is_reversed` while the car drove the wrong way? And which function of yours knows better?",),
    ),
}
