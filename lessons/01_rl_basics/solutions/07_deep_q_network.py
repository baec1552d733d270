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
my_answer = (
    "The discounted sum of all hints is minus the potential of the first state, however the car drives. So every "
    "policy gets the same gift, and the best one stays the best."
)
lesson.q4.check(my_answer)


# %% q5
def blend(target, online, tau):
    return [(1 - tau) * target[k] + tau * online[k] for k in range(len(target))]


lesson.q5.check(blend)


# %% q6
def best_next(q_rows):
    return [max(row) for row in q_rows]


lesson.q6.check(best_next)


# %% q7
def goes_on(terminated, truncated):
    return not terminated


lesson.q7.check(goes_on)


# %% q8
def my_potential(state):
    position, speed = state
    swing = np.hypot(position + 0.52, 15 * speed)  # how far from the trough at rest
    return 30 * (min(swing, 1.0) - 1)


my_envs = make_envs("MountainCar-v0", 16, wrappers=[lambda env: PotentialShaping(env, my_potential, 0.99), scaled])
my_hinted = dqn.train(my_envs, dqn.Config(steps=steps), seed=SEED)
lesson.q8.check(my_hinted)
