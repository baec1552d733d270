"""Solutions to 04_a_network_that_steers. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  what is not defined here belongs to the notebook

# %% q1
lesson.q1.predict(0.5)


# %% q2
def offset_gradient(x, y, slope, offset):
    error = slope * x + offset - y
    return np.mean(2 * error)


lesson.q2.check(offset_gradient)

# %% q3
lesson.q3.check("c")


# %% q4
def fit_line(x, y, steps, rate=0.1):
    x = torch.tensor(x)  # as many dimensions as y: one
    y = torch.tensor(y)
    line = torch.zeros(2, requires_grad=True)
    for _ in range(steps):
        loss = ((line[0] * x + line[1] - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            line -= rate * line.grad  # down, not up
        line.grad.zero_()  # backward() adds to what is there
    return line.tolist()


lesson.q4.check(fit_line)

# %% q5
starts = [{"s": s, "offset": 0.2 if s % 4 == 0 else -0.2} for s in range(0, 16, 2)]

my_seen, my_done = examples_from(master, camp, starts)
my_network = train(new_network(), my_seen, my_done, steps={"quick": 300, "full": 1000}[BUDGET])
my_laps = run_laps(Copy(my_network), camp, starts=16, record=True)
lesson.q5.check(my_laps)

# %% q6
my_answer = (
    "The error of a network is a landscape, and you stand in it in thick fog. The gradient is what your feet tell you: "
    "how steep the ground is, and in which direction it rises. The network takes a small step the other way, feels "
    "again, and so comes down into a valley where it makes few errors."
)
lesson.q6.check(my_answer)
