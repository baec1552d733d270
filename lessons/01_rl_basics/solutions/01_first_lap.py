"""Solutions to 01_first_lap. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(12)


# %% q2
def my_rule(see):
    steering = 2 * see["left_0.8m"]
    speed = -0.6
    return steering, speed


lesson.q2.check(my_rule)

# %% q3
lesson.q3.check("b")

# %% q4
words = {
    "the road, the car and their physics": "environment",
    "the numbers that the car sees": "state",
    "steering 0.3, speed 0.8": "action",
    "0.18 points for 18 cm": "reward",
    "from the start to the crash": "episode",
    "the rule `steering = 2 * left`": "policy",
    "whoever decides where to steer": "agent",
}
lesson.q4.check(words)

# %% q5
my_answer = (
    "It gets one reward for each moment on the road. A slow car is on the road for more moments, so its return is "
    "larger, and that is all it was trained for."
)
lesson.q5.check(my_answer)


# %% q6
def my_reward(params):
    off_centre = 2 * params["distance_from_center"] / params["track_width"]  # 0 in the middle, 1 at the border
    return params["speed"] * (1 - off_centre**2)


my_envs = make_envs("FirstLap/Race-v0", 128, track="camp", laps=20, reward_function=my_reward)
my_view = watch(my_envs)
my_training = ppo.train(my_envs, ppo.Config(steps=200_000), seed=SEED, on_update=my_view)
my_reward_laps = run_laps(my_training.policy, camp, starts=16, record=True)
lesson.q6.check(my_reward_laps)
