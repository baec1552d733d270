"""Wrong answers that students really give, and what they are told; and what the notebook says of its copies."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.drivers.examples import NAMES, examples_from, examples_of
from course_lib.drivers.pure_pursuit import PurePursuit
from course_lib.drivers.recorded import demonstration
from course_lib.exercises.exercise import CORRECT, CRASHED, NOT_ATTEMPTED, WRONG
from course_lib.exercises.rl_basics.a_network_that_steers import EXERCISES, broken_line
from course_lib.sim.laps import run_laps
from course_lib.sim.track import Track


def error(x, y, slope, offset):
    return slope * x + offset - y


def line(bugs: str):
    """The loop of the bug hunt with some of its bugs: U(phill), S(hapes), A(dding up), sum in place of mean (M)."""

    def fit_line(x, y, steps, rate=0.1):
        x, y = torch.tensor(x), torch.tensor(y)
        x = x.reshape(-1, 1) if "S" in bugs else x
        weights = torch.zeros(2, requires_grad=True)
        for _ in range(steps):
            squares = (weights[0] * x + weights[1] - y) ** 2
            loss = squares.sum() if "M" in bugs else squares.mean()
            loss.backward()
            with torch.no_grad():
                weights += (rate if "U" in bugs else -rate) * weights.grad
            if "A" not in bugs:
                weights.grad.zero_()
        return weights.tolist()

    return fit_line


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("q2", lambda x, y, s, o: np.mean(error(x, y, s, o)), "2 times too small; is something doubled or halved?"),
        ("q2", lambda x, y, s, o: -2 * np.mean(error(x, y, s, o)), "the size is right, the sign is not"),
        ("q2", lambda x, y, s, o: 2 * error(x, y, s, o), "that is a list of 4 values, and one single number is due"),
        ("q2", lambda x, y, s, o: print(end=""), "is a `return` missing"),
        ("q2", lambda x, y, s, o: (e for e in x), "which has not run yet"),
        ("q2", 2.5, "hand in the function or class by its name"),
        ("q3", "a", "You chose a. The loss grows with each step."),
        ("q3", "b", "That makes each step longer."),
        ("q3", "d", "it explodes just as well"),
        ("q3", "smaller", "give one of the letters"),
        ("q4", line("SA"), "`fit_line([-1, 0, 0.5, 2], [-1.5, 0.5, 1, 3], 1)` gave"),
        ("q4", line("UA"), "the size is right, the sign is not"),
        ("q4", line("A"), "[-1.5, 0.5, 1, 3], 2)` gave"),
        ("q4", line("M"), "too large"),
        ("q4", lambda x, y, steps: torch.zeros(2, 1), "look at [0], which is [0]: that is a list with one number"),
        ("q4", lambda x, y, steps: print(end=""), "is a `return` missing"),
        ("q5", "my_laps", "That is a text: hand in what `run_laps` gave you."),
        ("q5", PurePursuit(), "That is a driver: let it drive first"),
        ("q5", 9.1, "You got 9.1 s, the bar is 8 s. That is 1.1 s too much."),
        ("q5", None, "Your mean lap is None: that is nothing at all"),
        ("q5", np.zeros(2_000_000), "which is too much to check"),
        ("q6", "it is steep", "That is 3 words; write at least 25"),
        ("q6", 7, "Your answer is 7; write sentences, in quotation marks."),
        ("q6", ["steep"], "Your answer is ['steep']; write sentences"),
    ],
)
def test_a_wrong_answer_is_told_what_is_off(name, answer, said):
    result = EXERCISES[name].check(answer)
    assert result.status == WRONG
    assert said in result.message


def test_code_that_stops_is_told_where():
    result = EXERCISES["q2"].check(lambda x, y, slope: 0)
    assert result.status == CRASHED and "takes 3 positional arguments but 4 were given" in result.message
    result = EXERCISES["q4"].check(lambda x, y, steps: x * 0.5)
    assert result.status == CRASHED and "TypeError" in result.message


@pytest.mark.parametrize(
    ("prediction", "said"),
    [(0.0, "your guess was too low"), (1.0, "your guess was too high"), (-1, "it must lie between 0 and 4")],
)
def test_a_prediction(prediction, said):
    assert said in EXERCISES["q1"].check({"prediction": prediction, "truth": 0.527}).message


def test_what_the_cells_begin_with_is_not_an_attempt():
    assert EXERCISES["q2"].check(lambda x, y, s, o: np.mean(2 * error(x, y, s, o) * x)).status == NOT_ATTEMPTED
    assert EXERCISES["q4"].check(line("USA")).status == NOT_ATTEMPTED
    assert EXERCISES["q4"].check(broken_line).status == NOT_ATTEMPTED
    for name in ("q1", "q3", "q6"):
        assert EXERCISES[name].check(...).status == NOT_ATTEMPTED


def test_right_answers():
    assert EXERCISES["q1"].check({"prediction": 0.5, "truth": 0.527}).status == CORRECT
    assert EXERCISES["q2"].check(lambda x, y, s, o: 2 * error(x, y, s, o).mean()).status == CORRECT
    assert EXERCISES["q3"].check(" C ").status == CORRECT
    assert EXERCISES["q4"].check(line("")).status == CORRECT
    assert EXERCISES["q5"].check(7.3).status == CORRECT
    assert EXERCISES["q6"].check("word " * 25).status == CORRECT


class Copy:
    def __init__(self, network):
        self.network = network

    def act(self, observations, deterministic=True):
        with torch.no_grad():
            return self.network(torch.tensor(observations)).numpy()


def copy_of(seen, done, steps: int) -> Copy:
    """The training of the notebook."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(24, 32), nn.Tanh(), nn.Linear(32, 2))
    seen, done = torch.tensor(seen), torch.tensor(done)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(steps):
        loss = ((network(seen) - done) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return Copy(network)


@pytest.fixture(scope="module")
def camp() -> Track:
    return Track.load("camp")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_a_person_who_wobbles_can_be_copied(camp):
    seen, done = examples_of(demonstration("camp-slow"))
    assert np.abs(seen[:, NAMES.index("offset")]).max() == pytest.approx(0.76, abs=0.005)
    laps = run_laps(copy_of(seen, done, 200), camp)
    assert laps.clean.sum() >= 14
    told = EXERCISES["q5"].check(laps)  # clean, and too slow for the bar
    assert told.status == WRONG and (laps.clean.sum() < 16 or told.points == 1)


def test_one_perfect_lap_is_a_bad_teacher_and_laps_that_begin_beside_the_middle_a_good_one(camp):
    master = PurePursuit()
    one_lap = examples_from(master, camp, [{"s": 0}])
    assert len(one_lap[0]) / 15 == pytest.approx(7, abs=0.3)  # s
    assert np.abs(one_lap[0][:, NAMES.index("offset")]).max() == pytest.approx(0.23, abs=0.005)
    laps = run_laps(copy_of(*one_lap, 300), camp)
    assert laps.clean.sum() <= 2
    told = EXERCISES["q5"].check(laps)
    assert told.points == 0 and told.message.startswith(f"{laps.clean.sum()} of 16 cars finished their lap")

    starts = [{"s": s, "offset": 0.2 if s % 4 == 0 else -0.2} for s in range(0, 16, 2)]
    laps = run_laps(copy_of(*examples_from(master, camp, starts), 300), camp)
    told = EXERCISES["q5"].check(laps)
    assert (told.status, told.points) == (CORRECT, 2)
    assert "Only 4 cars drove" in EXERCISES["q5"].check(run_laps(master, camp, starts=4)).message
