"""Exercises of 04_a_network_that_steers: loss, gradient, gradient descent, networks, and copying a driver."""

from __future__ import annotations

from course_lib.exercises.kinds import BugHunt, Choice, FillBlank, OwnWords, Predict, Target

LAP_BAR = 8.0  # s
SHOWN = ([0.0, 1.0, 2.0, 4.0], [1.0, 1.0, -1.0, 0.5])  # x and y of a small cloud
CLOUD = ([-1.0, 0.0, 0.5, 2.0], [-1.5, 0.5, 1.0, 3.0])


def with_arrays(value, x, y, slope, offset):
    """The student's function works on arrays, as in the notebook."""
    import numpy as np

    return value(np.array(x), np.array(y), slope, offset)


def offset_gradient(x, y, slope, offset):
    return sum(2 * (slope * a + offset - b) for a, b in zip(x, y)) / len(x)


def slope_gradient(x, y, slope, offset):
    return sum(2 * (slope * a + offset - b) * a for a, b in zip(x, y)) / len(x)


def fitted_line(x, y, steps, rate=0.1):
    """[slope, offset] after so many steps of gradient descent from [0, 0]."""
    slope = offset = 0.0
    for _ in range(steps):
        down = slope_gradient(x, y, slope, offset), offset_gradient(x, y, slope, offset)
        slope, offset = slope - rate * down[0], offset - rate * down[1]
    return [slope, offset]


def broken_line(x, y, steps, rate=0.1):
    """What the cell is shipped with: errors of every x with every y, uphill, with gradients that add up."""
    import torch

    x = torch.tensor(x).reshape(-1, 1)
    y = torch.tensor(y)
    line = torch.zeros(2, requires_grad=True)
    for _ in range(steps):
        loss = ((line[0] * x + line[1] - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            line += rate * line.grad
    return line.tolist()


def mean_lap(value):
    """The mean lap in s of lap results in which all sixteen or more cars finish, or the number itself."""
    if isinstance(value, str):
        return "That is a text: hand in what `run_laps` gave you."
    if callable(value) or hasattr(value, "act"):
        return "That is a driver: let it drive first, and hand in what `run_laps` gave you."
    if not hasattr(value, "lap_times"):
        return value
    if len(value.clean) < 16:
        return f"Only {len(value.clean)} cars drove: the bar is for 16."
    if value.track != "camp":
        return f"They drove on {value.track}: the bar is for camp."
    finished = int(value.clean.sum())
    if finished < len(value.clean):
        way = float(value.progress.mean())
        return f"{finished} of {len(value.clean)} cars finished their lap; on average they got {way:.0f} % of the way."
    return float(value.lap_times.mean())


EXERCISES = {
    "q1": Predict(
        question="What is the loss of the flat line, slope 0 and offset 0?",
        points=1,
        low=0,
        high=4,
        tolerance=0.1,
        hints=(
            "The flat line always says 0, so its error at a dot is the steering itself.",
            "A dot at 1 or -1 counts 1, a dot at 0 counts 0. What share of the dots lies near 1 or -1?",
        ),
        lesson="With a flat line the loss is the mean of the squared steering.",
    ),
    "q2": FillBlank(
        question="Write `offset_gradient(x, y, slope, offset)`: how steep is the loss if only the offset moves?",
        points=2,
        name="offset_gradient",
        inputs=[(*SHOWN, 0.5, 0.0), (*SHOWN, 0.0, 1.0), (*CLOUD, 1.5, 0.2), ([2.0], [1.0], 1.0, 0.0)],
        probe=with_arrays,
        answer=offset_gradient,
        starter=slope_gradient,
        hints=(
            "Move the slope by 0.01, and the error of a dot at x = 2 moves by 0.02. What if the offset moves by 0.01?",
            "The error moves by the same bit at every dot, whatever x is. So which factor of the formula is not there?",
            "Check yourself by wiggling: `(loss_of(1, 0.001) - loss_of(1, -0.001)) / 0.002`.",
        ),
        praise="That is right: the gradient of the offset is twice the mean error.",
    ),
    "q3": Choice(
        question=(
            "A friend trains a network. The loss of the first steps is 0.5, 0.9, 2.6, 11.4, 70.3. What should be "
            "tried first?"
        ),
        points=1,
        choices={
            "a": ("more steps", "The loss grows with each step. More of them make it larger still."),
            "b": (
                "a larger learning rate",
                "That makes each step longer. Does the loss look as if the steps were too short?",
            ),
            "c": ("a smaller learning rate", "The steps jump over the valley and land higher. Shorter ones roll down."),
            "d": (
                "a larger network",
                "A larger network can bend more, but it explodes just as well when its steps are too long.",
            ),
        },
        answer="c",
        hints=("Which of the three curves above looks like these numbers?",),
    ),
    "q4": BugHunt(
        question="Find the three bugs in `fit_line(x, y, steps)`; it returns slope and offset after so many steps.",
        points=3,
        name="fit_line",
        inputs=[(*CLOUD, 1), (*CLOUD, 2), (*SHOWN, 5), (*CLOUD, 60)],
        answer=fitted_line,
        tolerance=1e-3,
        starter=broken_line,
        hints=(
            "Let it do one step and print the loss, then two, then three. Does it fall? Which way is down?",
            "Print `(line[0] * x + line[1] - y).shape` for four dots. How many errors should four dots have?",
            "`x` has the shape (4, 1), `y` has (4,): torch takes every x with every y. Make the shapes equal.",
            "`backward()` adds to `line.grad` and replaces nothing. What does the loop above wipe away?",
            "After each step: `line.grad.zero_()`. (A minus sign and a reshape mend the other two.)",
        ),
        praise="All three are gone: uphill, every x with every y, and gradients that add up.",
    ),
    "q5": Target(
        question=f"Choose where the master's laps start: all 16 copies finish, in {LAP_BAR:g} s or less on average.",
        points=2,
        what="mean lap",
        bar=LAP_BAR,
        unit="s",
        probe=mean_lap,
        for_finishing=0.5,
        hints=(
            "What has the master never shown? Then how could you make it show that?",
            "A lap that starts beside the middle begins with the way back. From how many sides can a car come?",
            "Take four or more starts spread round the track, with offsets of 0.2 and -0.2 in turn.",
        ),
        praise="The pupil saw the way back from both sides, and now it finds it.",
    ),
    "q6": OwnWords(
        question="What is a gradient, and how does a network learn with it? Three sentences, no formula.",
        points=1,
        words=25,
        hints=("A ball in a valley, in thick fog: what can you feel where you stand, and what do you do then?",),
    ),
}
