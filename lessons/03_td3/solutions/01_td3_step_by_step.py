"""Solutions to 01_td3_step_by_step. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
actions_of_the_arm = 10**7
lesson.q1.check(actions_of_the_arm)


# %% q2
def my_wanted(rewards, terminated, truncated, next_q, gamma=0.95):
    return rewards + gamma * (1 - terminated) * next_q


lesson.q2.check(my_wanted)

# %% q3
lesson.q3.check("b")


# %% q4
def my_explore(angles, rolls, reach=30.0):
    return np.clip(angles + 0.1 * reach * rolls, -reach, reach)


lesson.q4.check(my_explore)

# %% q5
lesson.q5.predict(93)

# %% q6
my_answer = (
    "The actor looks for the angles with the highest Q, and those are often the ones where the critic errs upwards. "
    "The goal of the next update hands the error on. So errors that are 0 on average lift the promises."
)
lesson.q6.check(my_answer)
