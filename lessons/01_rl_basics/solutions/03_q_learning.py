"""Solutions to 03_q_learning. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(0.4)


# %% q2
def dice_value(choices, values, gamma):
    worth = []
    for outcomes in choices:
        total = 0.0
        for probability, after, reward, over in outcomes:
            total += probability * (reward + gamma * values[after] * (not over))
        worth.append(total)
    return sum(worth) / len(worth)


lesson.q2.check(dice_value)


# %% q3
def new_value(q, state, action, reward, after, terminated, rate, gamma):
    wanted = reward if terminated else reward + gamma * max(q[after])
    return q[state][action] + rate * (wanted - q[state][action])


lesson.q3.check(new_value)

# %% q4
lesson.q4.check("b")

# %% q5
settings = {"gamma": 0.99, "explore_first": 1.0, "explore_last": 0.1}
lesson.q5.check(settings)

# %% q6
my_actions = [
    {"steering_angle": 30, "speed": 1.3},
    {"steering_angle": 0, "speed": 1.3},
    {"steering_angle": -30, "speed": 1.3},
]
my_borders = (0.3, 0.6, 1.0)  # metres
my_table = learn_to_drive(my_actions, my_borders, steps=100_000)
my_laps = run_laps(SensorDriver(my_table, my_borders), camp, starts=16)
lesson.q6.check(my_laps)
