"""Solutions to 03_log_analysis. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook


# %% q1
def count(rows):
    steps = 0
    laps = 0
    for row in rows:
        if row["episode_status"] != "prepare":
            steps = steps + 1
        if float(row["progress"]) == 100:
            laps = laps + 1
    return steps, laps


lesson.q1.check(count)


# %% q2
def worst_place(episodes):
    counts = {}
    for row in episodes:
        if row["status"] == "off_track":
            name = row["section"]
            counts[name] = counts.get(name, 0) + 1
    return max(counts, key=counts.get)


lesson.q2.check(worst_place)

# %% q3
lesson.q3.predict(1.5)

# %% q4
lesson.q4.check("c")

# %% q5
my_answer = (
    "A rising curve only says that the car gets more of what is paid for, so I would look at the lap times of each "
    "iteration too. And I would ask how many of the twenty cars finished in the iteration of the fast lap: if it was "
    "one, the lap was luck."
)
lesson.q5.check(my_answer)


# %% q6
def my_reward(params):
    reward = 0.01 if params["all_wheels_on_track"] else 0.001
    if params["progress"] == 100:
        reward += 10_000 / params["steps"]
    return float(reward)


lesson.q6.check(what_if(log, my_reward))
