"""Solutions to 02_your_reward. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(8)

# %% q2
lesson.q2.check("c")


# %% q3
def careful(params):
    if params["is_offtrack"]:
        return 0.001
    off_centre = 2 * params["distance_from_center"] / params["track_width"]  # 0 in the middle, 1 at the border
    pay = params["speed"] if abs(params["steering_angle"]) < 15 else 1.0
    return pay * max(1.1 - off_centre, 0.01)


lesson.q3.check(careful)


# %% q4
def mended(params):
    return params["speed"] * centre_line(params)


mine = try_out(mended, steps, seeds=(SEED,))
lesson.q4.check(mine)

# %% q5
my_answer = (
    "I wished for a polite driver who keeps to the right. I paid for speed in the right half of the road. The car "
    "drives there all the way, and leaves its half only where a bend is too tight for its speed."
)
lesson.q5.check(my_answer)


# %% q6
def racer(params):
    if not params["all_wheels_on_track"]:
        return 0.001
    off_centre = 2 * params["distance_from_center"] / params["track_width"]
    return params["speed"] * (1 - off_centre**2)


fast = compare({"racer": racer}, seeds, 300_000)
lesson.q6.check(fast.policies["racer"])
