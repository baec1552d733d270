"""Solutions to 03_city_navigation. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook


# %% q1
def drive(x, y, heading, steps):
    for _ in range(steps):
        x = x + 2 * math.cos(math.radians(heading))
        y = y - 2 * math.sin(math.radians(heading))
    return x, y


lesson.q1.check(drive)


# %% q2
lesson.q2.predict(22)


# %% q3
def explore(action, chance):
    turn = 5 * (action + 0.1 * chance)
    return max(-5, min(5, turn))


lesson.q3.check(explore)


# %% q4
def step_rewards(distances, arrived):
    rewards = []
    for k in range(1, len(distances)):
        if not arrived[k - 1]:
            rewards.append(0.5 if distances[k] < distances[k - 1] else -0.9)
    return rewards


lesson.q4.check(step_rewards)

# %% q5
lesson.q5.check("b")

# %% q6
my_answer = (
    "First I ask for the share of its steps on the road, because a driver that steers straight at the goals reaches "
    "all of them too, through the houses. Then I ask for goals or a city that it was not trained on: only there I can "
    "see whether it has learnt to find its way or knows one map by heart."
)
lesson.q6.check(my_answer)
