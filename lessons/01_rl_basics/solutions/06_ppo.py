"""Solutions to 06_ppo. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(20)


# %% q2
def gae(rewards, values, gamma, lam):
    surprises = [rewards[t] + gamma * values[t + 1] - values[t] for t in range(len(rewards))]
    advantages, running = list(surprises), 0.0
    for t in reversed(range(len(rewards))):
        running = surprises[t] + gamma * lam * running
        advantages[t] = running
    return advantages


lesson.q2.check(gae)


# %% q3
def judge(rewards, values, ends, gamma, lam):
    advantages, running = [0.0] * len(rewards), 0.0
    for t in reversed(range(len(rewards))):
        goes_on = 0.0 if ends[t] else 1.0
        surprise = rewards[t] + gamma * goes_on * values[t + 1] - values[t]
        running = surprise + gamma * lam * goes_on * running
        advantages[t] = running
    return advantages


lesson.q3.check(judge)

# %% q4
lesson.q4.check("b")

# %% q5
my_answer = (
    "The drive was made by the old policy. The ratio says how far the new one has moved from it, and the clip takes "
    "the gradient away once it has moved far enough, so the drive still tells something. REINFORCE has no such brake."
)
lesson.q5.check(my_answer)

# %% q6
my_settings = {"epochs": 16}

mine = train_all(**my_settings)
my_laps = [run_laps(training.policy, camp) for training in mine]
lesson.q6.check(my_laps)
