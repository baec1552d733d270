"""Solutions to 07_deep_q_network. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(0)

# %% q2
lesson.q2.check("b")

# %% q3
my_config = dqn.Config(steps=8_000, updates=2, explore_share=0.9)
my_training = dqn.train(envs, my_config, seed=SEED)
lesson.q3.check(my_training)


# %% q4
def blend(target, online, tau):
    return [(1 - tau) * target[k] + tau * online[k] for k in range(len(target))]


lesson.q4.check(blend)


# %% q5
def best_next(q_rows):
    return [max(row) for row in q_rows]


lesson.q5.check(best_next)


# %% q6
def goes_on(terminated, truncated):
    return not terminated


lesson.q6.check(goes_on)
