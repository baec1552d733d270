"""Solutions to 06_sim_to_real. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(0)


# %% q2
def blind_way(speed, delay):
    return speed * delay / 15


lesson.q2.check(blind_way)

# %% q3
my_disturbances = Disturbances(noise=0.1, delay=3, steering_bias=(0, 8), speed_scale=0.9)
my_job = Job(metadata=careful, steps=80_000, seed=SEED, disturbances=my_disturbances)
my_driver = train(my_job).policy
lesson.q3.check(my_driver)

# %% q4
lesson.q4.check("c")

# %% q5
my_answer = (
    "The commands may come late, because the picture has to be taken, sent and computed: I would film the wheels and a "
    "lamp that is switched on, and count the pictures in between. The steering may be bent: I would let the car drive "
    "straight on without the policy and measure how far it is beside the line after three metres."
)
lesson.q5.check(my_answer)
