"""Solutions to 00_python_pit_stop. Each cell takes the place of the exercise cell of its name."""
# ruff: noqa: F821  `lesson` and the imports belong to the notebook

# %% t1
lesson.t1.check("b")

# %% t2
lesson.t2.check("c")

# %% t3
lesson.t3.check("d")


# %% q1
def to_ms(kmh):
    return kmh * 1000 / 3600


lesson.q1.check(to_ms)

# %% q2
car = {"name": "Zita", "speed": 1.5, "laps": 0}
car["speed"] = car["speed"] + 0.5

lesson.q2.check(car)


# %% q3
def best_and_mean(times):
    best = min(times)
    counted = sorted(times)[:-1]
    return best, sum(counted) / len(counted)


lesson.q3.check(best_and_mean)


# %% q4
def steps_to(distance, speed):
    steps = 0
    driven = 0.0
    while driven < distance:
        driven += speed * 1 / 15
        steps += 1
    return steps


lesson.q4.check(steps_to)


# %% q5
class Car:
    def __init__(self, speed):
        self.speed = speed
        self.x = 0.0

    def drive(self, seconds):
        self.x += self.speed * seconds


lesson.q5.check(Car)

# %% q6
times = [0, 1, 2, 3, 4, 5]
distances = [1.5 * t for t in times]
figure = Figure(figsize=(6, 2.6), layout="constrained")
axes = figure.subplots()
axes.plot(times, distances, marker="o")
axes.set_xlabel("time in s")
axes.set_ylabel("distance in m")
lesson.q6.check(figure)
