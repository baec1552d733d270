"""Solutions to 01_parameters. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(0.14)


# %% q2
def off_centre(params):
    return params["distance_from_center"] / (0.5 * params["track_width"])


lesson.q2.check(off_centre)


# %% q3
def heading_error(params):
    behind, ahead = params["closest_waypoints"]
    road = direction(params["waypoints"][behind], params["waypoints"][ahead])
    return wrap(params["heading"] - road)


lesson.q3.check(heading_error)


# %% q4
def is_straight(params):
    waypoints = params["waypoints"]
    behind, ahead = params["closest_waypoints"]
    ring = len(waypoints) - 1
    here = direction(waypoints[behind], waypoints[ahead])
    there = direction(waypoints[(ahead + 2) % ring], waypoints[(ahead + 3) % ring])
    return abs(wrap(there - here)) < 10


lesson.q4.check(is_straight)

# %% q5
names = {
    "how far the nose is from the middle of the road": "distance_from_center",
    "how fast the driver wants to go": "speed",
    "which way the car points, from the x axis": "heading",
    "where the road goes behind the next bend": "waypoints",
    "one wheel has left the road": "all_wheels_on_track",
    "the episode is over: nothing touches the road": "is_offtrack",
    "today the race goes round the other way": "is_reversed",
    "how much of the lap was really driven": "progress",
}
lesson.q5.check(names)

# %% q6
my_answer = (
    "is_reversed is about the track: it says that the race goes the other way round today, and it stays False when my "
    "car turns round. I would return -10 when the heading error is larger than 90 degrees, or when progress falls."
)
lesson.q6.check(my_answer)
