"""Every way in which a student's world breaks gymnasium's contract is told with its rule and its line."""

from __future__ import annotations

import linecache
import sys
import textwrap

import gymnasium
import numpy as np
import pytest

from course_lib.sim.contract import check_environment
from course_lib.sim.contract_report import RULES
from course_lib.sim.toys.ball_balance import BallBalanceEnv
from course_lib.sim.toys.parking import ParkingEnv
from course_lib.sim.toys.robot_jump import RobotJumpEnv

GOOD = """\
import gymnasium
import numpy as np
from gymnasium import spaces


class Lift(gymnasium.Env):
    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(self, render_mode=None):
        self.render_mode = render_mode
        self.observation_space = spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.action_space = spaces.Discrete(3)
        self.height = 0.0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.height = self.np_random.uniform(-0.5, 0.5)
        return np.array([self.height], np.float32), {}

    def step(self, action):
        self.height += 0.05 * (action - 1)
        out = abs(self.height) > 1.0
        reward = -1.0 if out else 0.1
        return np.clip([self.height], -1, 1).astype(np.float32), reward, out, False, {}

    def render(self):
        return np.full((40, 60, 3), 255, np.uint8)
"""
INIT, RESET, STEP, RENDER = 9, 15, 20, 26  # the lines of their def


def world(*changes: tuple[str, str], name: str = "Lift"):
    """The class made of the source with changes, from a cell of its own."""
    source = GOOD
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    file = f"<ipython-input-{abs(hash(source))}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), names)
    return names[name]


@pytest.mark.parametrize(
    "kind",
    [world(), ParkingEnv, RobotJumpEnv, BallBalanceEnv, lambda: ParkingEnv(), lambda: gymnasium.make("CartPole-v1")],
)
def test_a_good_world_keeps_every_rule(kind):
    report = check_environment(kind)
    assert report.ok and report.findings == ()
    assert repr(report).endswith(f"keeps the contract: {len(RULES)} rules, none broken.")
    assert "keeps the contract" in report._repr_html_()


SPACE = "        self.observation_space = spaces.Box(-1.0, 1.0, (1,), np.float32)\n"
RETURN = "return np.array([self.height], np.float32), {}"
LAST = "return np.clip([self.height], -1, 1).astype(np.float32), reward, out, False, {}"

BREACHES = {
    "no observation space": ([(SPACE, "")], "spaces", INIT, "There is no observation_space."),
    "no action space": (
        [("spaces.Discrete(3)", "3")],
        "spaces",
        INIT,
        "action_space is the int 3, and no space.",
    ),
    "reset without seed": (
        [("self, *, seed=None, options=None", "self")],
        "reset arguments",
        RESET,
        "seed and options.",
    ),
    "reset without options": ([(", options=None", "")], "reset arguments", RESET, "reset does not take options."),
    "reset without info": (
        [(RETURN, "return np.array([self.height], np.float32)")],
        "reset result",
        18,
        "reset returned one thing, an array of shape (1,) and dtype float32.",
    ),
    "reset returns nothing": ([(RETURN, "pass")], "reset result", 18, "reset returned nothing (is a return missing?)."),
    "reset with a text for info": ([(RETURN, RETURN.replace("{}", '"hi"'))], "info", 18, "is the str 'hi'."),
    "a list": (
        [(RETURN, "return [self.height], {}")],
        "observation",
        18,
        "and the space has arrays: np.array([...], np.float32).",
    ),
    "dtype": (
        [(RETURN, "return np.array([self.height]), {}")],
        "observation",
        18,
        "has the dtype float64, and the space has float32.",
    ),
    "shape": (
        [(RETURN, "return np.array([self.height, 0], np.float32), {}")],
        "observation",
        18,
        "has the shape (2,), and the space has (1,).",
    ),
    "out of bounds": (
        [("np.clip([self.height], -1, 1).astype(np.float32)", "np.array([self.height], np.float32)")],
        "observation",
        24,
        "The observation of step(0) is -1.0",
    ),
    "nan": (
        [("np.clip([self.height], -1, 1)", "np.array([np.nan])")],
        "observation",
        24,
        "is nan at [0], and the space goes from -1 to 1 there.",
    ),
    "four values": (
        [(LAST, LAST.replace(" False,", ""))],
        "step result",
        24,
        "step returned four things. (Before 2022 it was four; done is now terminated and truncated.)",
    ),
    "step returns nothing": ([(LAST, "pass")], "step result", 24, "step returned nothing"),
    "reward is a text": ([("reward = -1.0", "reward = 'a' if not out else -1.0")], "reward", 24, "is the str 'a'."),
    "reward is nothing": ([("reward = -1.0 if out else 0.1", "reward = None")], "reward", 24, "is None."),
    "reward is nan": (
        [("else 0.1", "else float('nan')")],
        "reward",
        24,
        "The reward of step(",
    ),
    "reward is an array": ([("else 0.1", "else np.array([0.1])")], "reward", 24, "is an array of shape (1,)"),
    "terminated is a number": ([("out = abs(self.height) > 1.0", "out = 0")], "flags", 24, "terminated is the int 0."),
    "truncated is nothing": ([("out, False, {}", "out, None, {}")], "flags", 24, "truncated is None."),
    "no super().reset": (
        [("        super().reset(seed=seed)\n", "")],
        "seed",
        RESET,
        "reset was called with seed=0, and it did not get to self.np_random.",
    ),
    "super().reset without the seed": (
        [("reset(seed=seed)", "reset()")],
        "seed",
        RESET,
        "did not get to self.np_random",
    ),
    "numpy's own dice": (
        [("self.np_random.uniform", "np.random.uniform")],
        "seed",
        17,
        "Two episodes with seed=1 and the same actions differ from the start.",
    ),
    "dice in step": ([("(action - 1)", "(action - np.random.rand())")], "seed", 21, "differ after 1 steps."),
    "the last episode is kept": (
        [
            (
                "self.height = self.np_random.uniform(-0.5, 0.5)",
                "self.height = self.height / 2 + self.np_random.uniform(-0.3, 0.3)",
            )
        ],
        "fresh start",
        RESET,
        "The same seed and actions give another episode later; they differ from the start.",
    ),
    "a list on the class": (
        [
            ("    metadata", "    seen = []\n    metadata"),
            ("        out =", "        self.seen.append(action)\n        out ="),
        ],
        "own state",
        6,
        "Lift.seen, which all worlds of the class share, was changed while one was played.",
    ),
    "a number on the class": (
        [("    metadata", "    steps = 0\n    metadata"), ("        out =", "        Lift.steps += 1\n        out =")],
        "own state",
        23,
        "Lift.steps, which all worlds of the class share",
    ),
    "state only after reset": (
        [("        self.height = 0.0\n", "")],
        "first step",
        20,
        "A step before the first reset stopped with AttributeError: 'Lift' object has no attribute 'height'.",
    ),
    "one array for all observations": (
        [
            ("self.height = 0.0", "self.height, self.seen = 0.0, np.zeros(1, np.float32)"),
            ("np.clip([self.height], -1, 1).astype(np.float32)", "self.look()"),
            (RETURN, "return self.look(), {}"),
            (
                "    def step",
                "    def look(self):\n        self.seen[:] = np.clip(self.height, -1, 1)\n"
                "        return self.seen\n\n    def step",
            ),
        ],
        "kept observation",
        24,
        "A step changed the observation of the step before.",
    ),
    "render without a mode": (
        [("(self, render_mode=None)", "(self)"), ("        self.render_mode = render_mode\n", "")],
        "render",
        INIT,
        "__init__ does not take render_mode.",
    ),
    "render mode not kept": (
        [("        self.render_mode = render_mode\n", "")],
        "render",
        INIT,
        'It was made with render_mode="rgb_array", and self.render_mode is None.',
    ),
    "no render modes": (
        [('metadata = {"render_modes": ["rgb_array"], "render_fps": 10}', "metadata = {}")],
        "render",
        RENDER,
        "There is a render, and metadata has no render_modes.",
    ),
    "a picture of another kind": (
        [("np.full((40, 60, 3), 255, np.uint8)", "np.zeros((40, 60))")],
        "render",
        27,
        "render returned an array of shape (40, 60) and dtype float64.",
    ),
    "a loop in step": (
        [("        out =", "        while True:\n            pass\n        out =")],
        "endless",
        23,
        "went on for more than 1,000,000 lines and was stopped here.",
    ),
    "a loop that catches all": (
        [
            (
                "        out =",
                "        while True:\n            try:\n                pass\n"
                "            except Exception:\n                pass\n        out =",
            )
        ],
        "endless",
        None,
        "was stopped here.",
    ),
    "a loop in reset": (
        [("        self.height = self", "        while self.height < 1: self.height *= 2\n        self.height = self")],
        "endless",
        17,
        "reset(seed=0) went on for",
    ),
    "step raises": (
        [("0.05 * (action - 1)", "0.05 / int(action - 1)")],
        "error",
        21,
        "step(1) stopped with ZeroDivisionError: float division by zero.",
    ),
    "reset raises": ([("self.np_random.uniform", "self.np_randon.uniform")], "error", 17, "reset(seed=0) stopped with"),
    "init raises": (
        [("spaces.Discrete(3)", "spaces.Discret(3)")],
        "error",
        12,
        "Making the world stopped with AttributeError: module 'gymnasium.spaces' has no attribute 'Discret'",
    ),
    "exit": ([("        out =", "        raise SystemExit\n        out =")], "error", 22, "SystemExit"),
    "no gymnasium.Env": ([("class Lift(gymnasium.Env)", "class Lift")], "class", 6, "Lift is no gymnasium.Env"),
    "still dots": (
        [("spaces.Discrete(3)", "...")],
        "spaces",
        INIT,
        "action_space is still the three dots, and no space.",
    ),
}


@pytest.mark.parametrize("changes, rule, line, said", BREACHES.values(), ids=BREACHES)
def test_a_breach_is_told_with_its_rule_and_its_line(changes, rule, line, said):
    report = check_environment(world(*changes))
    assert not report.ok
    finding = report.findings[0]
    assert finding.rule == rule, report
    assert said in finding.said
    if line is not None:
        assert finding.line == line, report
    assert f"The rule: {RULES[rule]}." in repr(report)


def test_state_that_worlds_share_behind_the_class():
    """A list that both worlds hold is found by what it does."""
    kind = world(
        ("        self.height = 0.0\n", "        self.box = SHARED\n"),
        ("class Lift", "SHARED = [0.0]\n\n\nclass Lift"),
        ("self.height = self.np", "self.box[0] = self.np"),
        ("self.height +=", "self.box[0] +="),
        ("self.height", "self.box[0]"),
    )
    [finding] = check_environment(kind).findings
    assert finding.rule == "own state"
    assert finding.said == "A step in one world changed what happens in another one."


class TooFar(ParkingEnv):
    """Extends a world of the course: only lines of this file are told."""

    def observe(self):
        return np.array([self.gap / 10, self.speed / 4], np.float32)


def test_a_class_that_extends_another_is_told_its_own_line():
    [finding] = check_environment(TooFar).findings
    assert finding.rule == "observation" and "at [0], and the space goes from 0 to 1 there." in finding.said
    assert finding.line == TooFar.observe.__code__.co_firstlineno + 1


def test_several_breaches_are_told_together():
    kind = world(
        ("np.array([self.height], np.float32), {}", "np.array([self.height]), {}"),
        ("        super().reset(seed=seed)\n", ""),
        ("        self.render_mode = render_mode\n", ""),
    )
    report = check_environment(kind)
    assert [finding.rule for finding in report.findings] == ["observation", "seed", "render"]
    assert repr(report).startswith("Lift breaks 3 rules.\n- line 16: The observation of reset has the dtype float64")
    assert report._repr_html_().count("The rule:") == 3


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3, "That is the int 3, and no class."),
        (None, "That is None, and no class."),
        (ParkingEnv(), "That is a world made already: hand in ParkingEnv, without parentheses."),
        (lambda: 3, "It made the int 3, and no gymnasium.Env."),
        (dict, "dict is no gymnasium.Env"),
    ],
)
def test_what_is_no_environment_is_told_so(value, said):
    [finding] = check_environment(value).findings
    assert finding.rule == "class" and said in finding.said


def test_a_factory_may_have_arguments_inside():
    assert check_environment(lambda: RobotJumpEnv(obstacles=10)).ok


def test_gymnasium_has_the_last_word(monkeypatch):
    def refuse(env, skip_render_check):
        raise AssertionError("The environment is odd")

    monkeypatch.setattr("course_lib.sim.contract.check_env", refuse)
    [finding] = check_environment(world()).findings
    assert (finding.rule, finding.said) == ("gymnasium", "gymnasium says, AssertionError: The environment is odd.")


def test_tracing_is_as_it_was_and_printing_is_let_through(capsys):
    before = sys.gettrace()
    check_environment(world(("        out =", "        print('here')\n        out =")))
    assert sys.gettrace() is before
    assert "here" in capsys.readouterr().out


def test_the_line_is_found_in_a_notebook_of_ipython():
    """Real cells: the class stands in ``__main__``, and its source is in IPython's cache of lines."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    try:
        source = GOOD.replace("self.np_random.uniform", "np.random.uniform")
        shell.run_cell("from course_lib.sim.contract import check_environment", store_history=True)
        assert shell.run_cell(source, store_history=True).success
        result = shell.run_cell("check_environment(Lift)", store_history=True).result
    finally:
        shell.history_manager.end_session()
    [finding] = result.findings
    assert (finding.rule, finding.line) == ("seed", 17)


def test_a_world_without_any_method_has_a_report():
    names = {"__name__": "__main__"}
    exec(textwrap.dedent("import gymnasium\nclass Bare(gymnasium.Env):\n    pass\n"), names)
    [finding] = check_environment(names["Bare"]).findings
    assert finding.said == "There is no observation_space."
