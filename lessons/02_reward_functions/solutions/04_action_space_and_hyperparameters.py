"""Solutions to 04_action_space_and_hyperparameters. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(12)

# %% q2
my_space = action_space(steering=30, angles=5, speeds=(2.0,))
mine = try_out(reward_function, steps, metadata=my_space, seeds=(SEED,))
lesson.q2.check(mine)

# %% q3
broken = {
    "action_space": [
        {"steering_angle": angle, "speed": speed} for angle in (-30, -15, 0, 15, 30) for speed in (1.0, 2.0)
    ],
    "action_space_type": "discrete",
    "sensor": ["FRONT_FACING_CAMERA"],
}
lesson.q3.check(broken)


# %% q4
def seconds_ahead(discount):
    return 1 / (1 - discount) / 15


lesson.q4.check(seconds_ahead)

# %% q5
names = {
    "rewards of the far future count more": "discount_factor",
    "each correction of the network is larger": "lr",
    "more episodes are driven before the network learns from them": "num_episodes_between_training",
    "the same episodes are gone through more often": "num_epochs",
    "trying things out is paid for": "beta_entropy",
    "one correction is averaged over more steps": "batch_size",
}
lesson.q5.check(names)

# %% q6
my_answer = (
    "I set the discount to 0.9 and expected a worse car, because it looks less than a second ahead. It learnt later "
    "than with 0.99, with both seeds. With two seeds I am fairly sure that it is slower here, and not sure by how much."
)
lesson.q6.check(my_answer)
