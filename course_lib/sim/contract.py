"""Does an environment keep gymnasium's contract? Which rule does it break, what was seen, and in which line?

    report = check_environment(MyWorld)
    report.ok, report.findings

gymnasium's own `check_env` has the last word; what a student usually gets wrong is looked for first, because its
messages are made for who knows the library. Only the first breach of each rule is told. The check plays some episodes
of a few hundred steps; it takes the same steps every time.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env, data_equivalence

from course_lib.sim.contract_report import Finding, Report
from course_lib.sim.watched import Call, Endless, Source, call
from course_lib.sim.worded import outside, things, value_of, where_chance, where_class_state

LONGEST = 150  # steps of one episode
SEEDED = 40  # steps that are compared between two episodes with one seed
MOST_LINES = 3_000_000  # of the student's code in all; a slower world is played for fewer episodes


def check_environment(environment: type | Callable[[], gymnasium.Env], seed: int = 0) -> Report:
    """Play an environment and tell which rules of gymnasium's contract it breaks. Never raises.

    Args:
        environment: its class, or a function without arguments that makes it.
        seed: of the episodes that are played.
    """
    name = getattr(environment, "__name__", type(environment).__name__)
    check = _Check(environment, seed)
    try:
        check.run()
    except _Enough:
        pass
    return Report(name if name != "<lambda>" else check.name, tuple(check.findings.values()))


class _Enough(Exception):
    """Nothing more can be checked."""


class _Check:
    def __init__(self, environment, seed: int):
        self.make, self.seed, self.findings = environment, seed, {}
        self.name, self.source, self.lines = "the environment", None, 0

    def found(self, rule: str, said: str, line: int | None = None) -> None:
        self.findings.setdefault(rule, Finding(rule, said, line))

    def run(self) -> None:
        env = self.first()
        self.spaces(env)
        self.step_before_reset()
        self.reset_arguments()
        self.reset(env, self.seed)
        for actions in self.scripts(env):
            self.episode(env, actions)
        if "seed" not in self.findings:
            self.seeding()
        self.class_state()
        self.drawing()
        if not self.findings:
            self.last_word()

    def first(self) -> gymnasium.Env:
        """The environment, made for the first time."""
        made = self.make
        if isinstance(made, gymnasium.Env):
            name = type(made).__name__
            self.found("class", f"That is a world made already: hand in {name}, without parentheses.")
        elif not callable(made):
            self.found("class", f"That is {value_of(made)}, and no class.")
        elif isinstance(made, type) and not issubclass(made, gymnasium.Env):
            source = Source(made, object)
            self.found(
                "class",
                f"{made.__name__} is no gymnasium.Env: write class {made.__name__}(gymnasium.Env).",
                source.first,
            )
        if self.findings:
            raise _Enough
        if isinstance(made, type):
            self.source = Source(made, gymnasium.Env)
            self.before = self.class_values()
        return self.new()

    def new(self, **named) -> gymnasium.Env:
        files = self.source.files if self.source else frozenset([_file(self.make)])
        env = self.value(call(self.make, files=files, **named), "Making the world")
        if not isinstance(env, gymnasium.Env):
            self.found("class", f"It made {value_of(env)}, and no gymnasium.Env.")
            raise _Enough
        env = env.unwrapped
        if self.source is None:
            self.source = Source(type(env), gymnasium.Env)
            self.before = self.class_values()
        self.name = type(env).__name__
        return env

    def call(self, function, *arguments, **named) -> Call:
        done = call(function, *arguments, files=self.source.files, **named)
        self.lines += done.lines
        return done

    def value(self, done: Call, doing: str) -> Any:
        """What a call returned; one that failed is the end of the check."""
        error = done.error
        if error is None:
            return done.value
        if isinstance(error, Endless):
            self.found("endless", f"{doing} went on for {error} and was stopped here.", done.line)
        elif isinstance(error, KeyboardInterrupt):
            self.found("endless", f"You stopped it here, while {doing[0].lower()}{doing[1:]} went on.", done.line)
        else:
            self.found("error", f"{doing} stopped with {type(error).__name__}: {_sentence(error)}", done.line)
        raise _Enough

    def spaces(self, env) -> None:
        for name in ("observation_space", "action_space"):
            space = getattr(env, name, None)
            if not isinstance(space, spaces.Space):
                seen = f"{name} is {value_of(space)}, and no space." if space is not None else f"There is no {name}."
                self.found("spaces", seen, self.source.line("__init__"))
                raise _Enough

    def step_before_reset(self) -> None:
        env = self.new()
        done = self.call(env.step, _actions(env, self.seed).sample())
        error = done.error
        told = isinstance(error, gymnasium.error.ResetNeeded) or "reset" in str(error).lower()
        if isinstance(error, (AttributeError, NameError, TypeError)) and not told:
            rule = "first step" if isinstance(error, AttributeError) else "error"
            said = f"A step before the first reset stopped with {type(error).__name__}: {_sentence(error)}"
            self.found(rule, said, done.line)

    def reset_arguments(self) -> None:
        function = inspect.getattr_static(self.source.kinds[0], "reset", None) if self.source.kinds else None
        parameters = inspect.signature(function).parameters if function is not None else {}
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
            return
        if missing := [name for name in ("seed", "options") if name not in parameters]:
            self.found("reset arguments", f"reset does not take {' and '.join(missing)}.", self.source.line("reset"))
            raise _Enough

    def reset(self, env, seed: int | None) -> Any:
        """The first observation of an episode."""
        done = self.call(env.reset, seed=seed)
        result = self.value(done, f"reset(seed={seed})")
        if not isinstance(result, tuple) or len(result) != 2:
            self.found("reset result", f"reset returned {things(result)}.", done.line or self.source.line("reset"))
            raise _Enough
        observation, info = result
        if not isinstance(info, dict):
            self.found("info", f"The info of reset is {value_of(info)}.", done.line)
        self.observed(env, observation, "reset", done.line)
        if seed is not None and getattr(env, "_np_random_seed", seed) != seed:
            said = f"reset was called with seed={seed}, and it did not get to self.np_random."
            self.found("seed", said, self.source.line("reset"))
        return observation

    def step(self, env, action) -> tuple:
        done = self.call(env.step, action)
        shown = action.tolist() if isinstance(action, (np.ndarray, np.generic)) else action
        result = self.value(done, f"step({shown})")
        if not isinstance(result, tuple) or len(result) != 5:
            old = " (Before 2022 it was four; done is now terminated and truncated.)"
            old = old if isinstance(result, tuple) and len(result) == 4 else ""
            said = f"step returned {things(result)}.{old}"
            self.found("step result", said, done.line or self.source.line("step"))
            raise _Enough
        observation, reward, terminated, truncated, info = result
        self.observed(env, observation, f"step({shown})", done.line)
        if isinstance(reward, (bool, np.bool_)) or not isinstance(reward, (int, float, np.integer, np.floating)):
            self.found("reward", f"The reward of step({shown}) is {value_of(reward)}.", done.line)
        elif not np.isfinite(reward):
            self.found("reward", f"The reward of step({shown}) is {reward}.", done.line)
        for name, flag in (("terminated", terminated), ("truncated", truncated)):
            if not isinstance(flag, (bool, np.bool_)):
                self.found("flags", f"{name} is {value_of(flag)}.", done.line)
        if not isinstance(info, dict):
            self.found("info", f"The info of step({shown}) is {value_of(info)}.", done.line)
        if {"reward", "flags"} & set(self.findings):
            raise _Enough
        return observation, float(reward), bool(terminated or truncated)

    def observed(self, env, observation, of: str, line: int | None) -> None:
        if said := outside(observation, env.observation_space):
            self.found("observation", f"The observation of {of} {said}.", line)

    def episode(self, env, actions) -> None:
        """One episode, or its first steps, in which nothing that was handed out may change."""
        seen = self.reset(env, self.seed)
        kept = copy.deepcopy(seen)
        for action in actions:
            observation, _, over = self.step(env, action)
            if not _same(seen, kept):
                self.found(
                    "kept observation", "A step changed the observation of the step before.", self.source.line("step")
                )
            seen, kept = observation, copy.deepcopy(observation)
            if over or self.lines > MOST_LINES:
                return

    def scripts(self, env) -> Iterator[list]:
        """Actions of some episodes: two by chance, and one with each action, or each end of them, held."""
        space = _actions(env, self.seed)
        held = []
        if isinstance(space, spaces.Discrete):
            held = [space.start + k for k in range(min(int(space.n), 5))]
        elif isinstance(space, spaces.Box) and space.is_bounded():
            held = [space.low, space.high]
        for _ in range(2):
            yield [space.sample() for _ in range(LONGEST)]
        for action in held:
            if self.lines < MOST_LINES:
                yield [action] * LONGEST

    def played(self, env, seed: int, meanwhile: Callable[[], Any] | None = None) -> list:
        """All that is seen in the first steps of an episode; an episode that ends is begun anew, without a seed."""
        space = _actions(env, seed)
        seen = [copy.deepcopy(self.reset(env, seed))]
        for _ in range(SEEDED):
            if meanwhile is not None:
                meanwhile()
            observation, reward, over = self.step(env, space.sample())
            seen.append((copy.deepcopy(observation), reward))
            if over:
                seen.append(copy.deepcopy(self.reset(env, None)))
        return seen

    def seeding(self) -> None:
        seed, one, two = self.seed + 1, self.new(), self.new()
        first, second = self.played(one, seed), self.played(two, seed)
        if not _same(first, second):
            said = f"Two episodes with seed={seed} and the same actions differ {_first_difference(first, second)}."
            self.found("seed", said, self.source.find(where_chance) or self.source.line("reset"))
            return
        again = self.played(one, seed)
        if not _same(first, again):
            said = (
                f"The same seed and actions give another episode later; they differ {_first_difference(first, again)}."
            )
            self.found("fresh start", said, self.source.line("reset"))
            return
        other, space = self.new(), _actions(one, seed + 1)
        self.reset(other, seed + 1)

        def elsewhere():
            if self.step(other, space.sample())[2]:
                self.reset(other, None)

        if not _same(first, self.played(one, seed, elsewhere)):
            said = "A step in one world changed what happens in another one."
            self.found("own state", said, self.source.find(where_class_state(self.name)) or self.source.line("step"))

    def class_state(self) -> None:
        after = self.class_values()
        for name, value in self.before.items():
            if name not in after or not _same(value, after[name]):
                said = f"{self.name}.{name}, which all worlds of the class share, was changed while one was played."
                self.found("own state", said, self.source.find(where_class_state(self.name)) or self.source.first)
                for rule in ("seed", "fresh start"):  # which follow from it
                    self.findings.pop(rule, None)

    def class_values(self) -> dict[str, Any]:
        """The data on the class; spaces have dice in them that a sample throws."""
        found = {}
        for kind in self.source.kinds:
            for name, value in vars(kind).items():
                if not name.startswith("__") and type(value) in (int, float, str, bool, list, dict, set, np.ndarray):
                    found.setdefault(name, copy.deepcopy(value))
        return found

    def drawing(self) -> None:
        kind = self.source.kinds[0] if self.source.kinds else gymnasium.Env
        if kind.render is gymnasium.Env.render:
            return
        if not kind.metadata.get("render_modes"):
            self.found("render", "There is a render, and metadata has no render_modes.", self.source.line("render"))
            return
        if "rgb_array" not in kind.metadata["render_modes"] or not isinstance(self.make, type):
            return
        parameters = inspect.signature(kind.__init__).parameters
        if "render_mode" not in parameters and not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            self.found("render", "__init__ does not take render_mode.", self.source.line("__init__"))
            return
        env = self.new(render_mode="rgb_array")
        if getattr(env, "render_mode", None) != "rgb_array":
            said = f'It was made with render_mode="rgb_array", and self.render_mode is {env.render_mode!r}.'
            self.found("render", said, self.source.line("__init__"))
            return
        self.call(env.reset, seed=self.seed)
        done = self.call(env.render)
        picture = self.value(done, "render()")
        if (
            not isinstance(picture, np.ndarray)
            or picture.ndim != 3
            or picture.shape[2] != 3
            or picture.dtype != np.uint8
        ):
            self.found("render", f"render returned {value_of(picture)}.", done.line)

    def last_word(self) -> None:
        env = self.new()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done = self.call(check_env, env, skip_render_check=True)
        if done.error is not None:
            said = f"gymnasium says, {type(done.error).__name__}: {_sentence(done.error)}"
            self.found("gymnasium", said, done.line)


def _actions(env, seed: int) -> spaces.Space:
    """The action space with dice of its own."""
    space = copy.deepcopy(env.action_space)
    space.seed(seed)
    return space


def _same(a: Any, b: Any) -> bool:
    return data_equivalence(a, b, exact=True)


def _first_difference(a: list, b: list) -> str:
    place = next((k for k, (x, y) in enumerate(zip(a, b)) if not _same(x, y)), min(len(a), len(b)))
    return "from the start" if place == 0 else f"after {place} steps"


def _file(function: Callable) -> str:
    return getattr(getattr(function, "__code__", None), "co_filename", "")


def _sentence(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return text if text.endswith((".", "?", "!")) else f"{text}."
