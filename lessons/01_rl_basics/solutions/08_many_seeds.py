"""Solutions to 08_many_seeds. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(5)


# %% q2
def standard_error(values):
    return np.std(values, ddof=1) / np.sqrt(len(values))


lesson.q2.check(standard_error)

# %% q3
lesson.q3.check("c")


# %% q4
def report(curves):
    scores = []
    for seed in range(len(curves)):
        curve = curves[seed]
        scores.append(curve[-1])
    return np.mean(scores), np.std(scores, ddof=1)


lesson.q4.check(report)

# %% q5
first = actor_critic.Config(steps=STEPS, learning_rate=3e-4)
second = actor_critic.Config(steps=STEPS, learning_rate=3e-3)
first_runs, second_runs = many(first, range(6), executor), many(second, range(6), executor)
print(paired(scores(first_runs), scores(second_runs)))
lesson.q5.check((first_runs, second_runs))

# %% q6
my_answer = (
    "One run is one throw of the dice. Show me both rewards with the same ten seeds, all of them and not the best, "
    "and the difference with its interval. If the interval holds 0, nothing has been shown."
)
lesson.q6.check(my_answer)
