"""Solutions to 02_trial_and_error. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
kinds = {
    "10,000 photos of the road, each with the steering of a champion": "supervised",
    "a pile of laps, to be sorted into groups of similar style": "unsupervised",
    "a car that tries lines, with the lap time as its score": "reinforcement",
    "an engineer wrote `steering = 2 * left`": "none",
    "photos of cones and of cars, each with its name": "supervised",
    "a pit crew that tries four tyres, and counts points": "reinforcement",
}
lesson.q1.check(kinds)


# %% q2
def mean_rewards(tries):
    q = [0.0, 0.0, 0.0, 0.0]
    n = [0, 0, 0, 0]
    for jump, reward in tries:
        n[jump] += 1
        q[jump] += (reward - q[jump]) / n[jump]
    return q


lesson.q2.check(mean_rewards)

# %% q3
lesson.q3.predict(36)


# %% q4
def my_epsilon_greedy(q, epsilon, rng):
    if rng.random() < epsilon:
        return int(rng.integers(len(q)))
    return int(q.argmax())


lesson.q4.check(my_epsilon_greedy)

# %% q5
my_answer = (
    "I always order the same pizza: that is exploiting. On holiday I try what I do not know, which is exploring. One "
    "new dish in ten would be a good epsilon, and a larger one in a town where I stay for long."
)
lesson.q5.check(my_answer)


# %% q6
def my_epsilon(k):
    return max(0, 1 - k / 50)


lesson.q6.check(my_epsilon)
