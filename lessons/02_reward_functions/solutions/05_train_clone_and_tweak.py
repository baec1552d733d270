"""Solutions to 05_train_clone_and_tweak. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook


# %% q1
def go_on(parent, reward, steps):
    job = Job(reward=RewardFunction.of(reward), steps=steps)
    return train(job, clone_from=parent)


lesson.q1.check(go_on)

# %% q2
lesson.q2.check("c")


# %% q3
def best_checkpoint(history):
    best = None
    for row in history:
        score = row.get("score")
        if score is not None and (best is None or score > best["score"]):
            best = row
    return best["steps"]


lesson.q3.check(best_checkpoint)

# %% q4
lesson.q4.predict(0)

# %% q5
part = train(Job(track="camp", steps=60_000, seed=SEED, alternate=True))
mine = train(Job(track="camp", steps=60_000, seed=SEED, alternate=True), clone_from=part.policy)
lesson.q5.check(mine)

# %% q6
my_answer = (
    "Do not go on blindly: first look at the evaluation, which may not have improved for hours. Then drive the car on "
    "a held out track, because another night on camp teaches it camp and nothing else. If it fails there, take a clone "
    "and train it both ways round."
)
lesson.q6.check(my_answer)
