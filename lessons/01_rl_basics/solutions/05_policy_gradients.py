"""Solutions to 05_policy_gradients. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(88)

# %% q2
lesson.q2.check([1.5, 1.0, 2.0])


# %% q3
def loss(log_probs, rewards, gamma):
    total, following = 0.0, 0.0
    for t in reversed(range(len(rewards))):
        following = rewards[t] + gamma * following
        total = total - log_probs[t] * following
    return total


lesson.q3.check(loss)

# %% q4
lesson.q4.check("b")

# %% q5
my_config = reinforce.Config(steps=60_000)
my_training = reinforce.train(make_envs("CartPole-v1", 16), my_config, seed=SEED)
my_steps = my_training.history[-1]["steps"]
lesson.q5.check({"steps": my_steps, "returns": returns_of(my_training.policy)})


# %% q6
def log_prob(action, mean, std):
    z = (action - mean) / std
    return -0.5 * z**2 - math.log(std) - 0.5 * math.log(2 * math.pi)


lesson.q6.check(log_prob)
