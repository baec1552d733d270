"""Exercises of 00_python_pit_stop: the Python that the course needs, in car words.

t1 to t3 are the test that lets you skip the notebook; q1 to q6 are for those who stay.
"""

from __future__ import annotations

from course_lib.exercises.kinds import BugHunt, Choice, FillBlank

STEP = 1 / 15  # s between two looks at the car


def steps_to(distance, speed):
    steps, driven = 0, 0.0
    while driven < distance:
        driven += speed * STEP
        steps += 1
    return steps


def best_and_mean(times):
    counted = sorted(times)[:-1]
    return [min(times), sum(counted) / len(counted)]


def drive_twice(Car, speed, first, second):
    """Where a car is after each of two drives."""
    car = Car(speed)
    places = []
    for seconds in (first, second):
        car.drive(seconds)
        places.append(car.x)
    return places


def points_of(value):
    """The points of a list, or those of the first line in what matplotlib gives back."""
    line = value
    if isinstance(line, (list, tuple)) and line and hasattr(line[0], "get_xydata"):
        line = line[0]
    if hasattr(line, "axes") and isinstance(line.axes, list):  # a figure
        line = line.axes[0]
    if hasattr(line, "get_lines"):  # axes
        lines = line.get_lines()
        if len(lines) == 0:
            return []
        line = lines[0]
    if hasattr(line, "get_xydata"):
        return [[float(x), float(y)] for x, y in line.get_xydata()]
    return value


EXERCISES = {
    "t1": Choice(
        question="What does this print?",
        code="laps = [8, 7, 9]\nprint(laps[1], len(laps))",
        choices={
            "a": ("`8 3`", "Python counts places from 0: `laps[0]` is the first one."),
            "b": ("`7 3`", "Places count from 0, so `laps[1]` is the second lap, and there are three."),
            "c": ("`7 2`", "The place is right. But `len` counts things; it does not give the last place."),
            "d": ("an error", "Both are allowed: the list has a place 1, and a length."),
        },
        answer="b",
    ),
    "t2": Choice(
        question="What does this print?",
        code="def faster(speed):\n    speed = speed + 1\n\nspeed = 2\nprint(faster(speed))",
        choices={
            "a": ("`3`", "The sum is made inside the function, but nobody hands it out: look for `return`."),
            "b": ("`2`", "2 is what `speed` outside still is. But what is printed is what the function gives back."),
            "c": ("`None`", "There is no `return`, so the function gives back `None`, and `speed` outside stays 2."),
            "d": ("an error", "It runs: inside the function, `speed` is a name of its own."),
        },
        answer="c",
    ),
    "t3": Choice(
        question="How does the red car drive for 2 seconds?",
        code="class Car:\n    def drive(self, seconds): ...\n\nred = Car()",
        choices={
            "a": (
                "`Car.drive(2)`",
                "Which car? `Car` is the plan for all cars, and here the 2 would end up as `self`.",
            ),
            "b": ("`drive(red, 2)`", "`drive` lives inside the class; outside nobody knows the name."),
            "c": ("`red.drive(self, 2)`", "Python fills `self` in for you: it is the car before the dot."),
            "d": ("`red.drive(2)`", "The car before the dot becomes `self`, and `seconds` becomes 2."),
        },
        answer="d",
    ),
    "q1": FillBlank(
        question="Write `to_ms(kmh)`: a speed in km/h goes in, the same speed in m/s comes out.",
        points=1,
        name="to_ms",
        inputs=[(36.0,), (0.0,), (14.4,), (100.0,)],
        answer=lambda kmh: kmh / 3.6,
        unit="m/s",
        starter=lambda kmh: kmh,
        hints=(
            "How many metres are in a kilometre, and how many seconds in an hour?",
            "A car with 36 km/h drives 36 000 metres in 3600 seconds. How many in one second?",
            "The line is `return kmh * … / …`, with the two numbers from the first hint.",
        ),
        praise="That is right. In this course every speed is in m/s.",
    ),
    "q2": FillBlank(
        question='Make a dict `car` with the name "Zita", the speed 1.5 and 0 laps. Then raise its speed by 0.5.',
        points=1,
        answer={"name": "Zita", "speed": 2.0, "laps": 0},
        hints=(
            'A dict is written `{"name": "Zita", …}`; the keys here are name, speed and laps.',
            'One value is read as `car["speed"]` and replaced with `car["speed"] = …`.',
        ),
        praise="That is right. The parameters of your reward will come in a dict like this one.",
    ),
    "q3": FillBlank(
        question=(
            "Write `best_and_mean(times)`: from a list of lap times it returns two numbers, the best lap, and the mean "
            "of all laps without the slowest one."
        ),
        points=2,
        name="best_and_mean",
        inputs=[([9.0, 7.5, 8.0],), ([12.0, 10.0],), ([8.0, 9.0, 9.0, 7.0],), ([6.5, 20.0, 7.0, 6.9],)],
        answer=best_and_mean,
        hints=(
            "`min`, `max`, `sum` and `len` all work on a list. In a race the best time is which of these?",
            "`sorted(times)` is a new list, from the smallest to the largest; `[:-1]` is a list without its last item.",
            "The mean is the sum of what is left, divided by how many are left. Return both: `return best, mean`.",
        ),
        praise="That is right, and it also holds when two laps are equally slow: only one is left out.",
    ),
    "q4": FillBlank(
        question=(
            "A car moves `speed * 1 / 15` metres in each step. Write `steps_to(distance, speed)`: count in a loop how "
            "many steps it takes until the car has driven at least that far. How many for a lap of 17.7 m at 1.3 m/s?"
        ),
        points=2,
        name="steps_to",
        inputs=[(17.7, 1.3), (17.7, 3.7), (1.0, 0.7), (0.05, 2.0)],
        answer=steps_to,
        starter=lambda distance, speed: 0,
        hints=(
            "Two numbers change in the loop: how far the car is, and how many steps it has made.",
            "`while driven < distance:` repeats as long as the car is not there. Which lines belong inside?",
            "Start with `steps = 0` and `driven = 0.0`, add to both inside the loop, and return after it.",
        ),
        praise="That is right. 15 steps a second is the beat of every car in this course.",
    ),
    "q5": BugHunt(
        question=(
            "This class has a bug: its car forgets where it was. Repair it: `Car(speed)` stands at `x = 0`, and "
            "`drive(seconds)` moves it on by speed times seconds."
        ),
        points=2,
        name="Car",
        probe=drive_twice,
        inputs=[(2.0, 1.0, 3.0), (1.5, 2.0, 2.0), (0.0, 5.0, 1.0)],
        answer=lambda speed, first, second: [speed * first, speed * (first + second)],
        hints=(
            "Let a car drive twice and print `car.x` after each. What happens to the first drive?",
            "What a car remembers lives in `self.x`. Does the line change it, or begin from nothing again?",
            "`a += b` adds to what is there; `a = b` forgets it.",
        ),
        praise="That is right. An environment in this course is such an object: it remembers where its car is.",
    ),
    "q6": FillBlank(
        question=(
            "Plot how far a car with 1.5 m/s has come after 0, 1, 2, 3, 4 and 5 seconds: time to the right, distance "
            "up. Hand in your figure, or the list of its points `[[0, 0.0], …]`."
        ),
        points=1,
        probe=points_of,
        answer=[[second, 1.5 * second] for second in range(6)],
        starter=[[0.0, 0.0], [1.0, 0.0]],
        hints=(
            "You need two lists of equal length: the seconds, and the distance at each.",
            "`[1.5 * t for t in times]` makes the second list from the first.",
            "`axes.plot(times, distances)`, and hand in the figure.",
        ),
        praise="That is right: constant speed is a straight line, and its slope is the speed.",
    ),
}
