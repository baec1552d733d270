"""A DeepRacer reward function, from a file, a text or a notebook's cell, run unchanged and without shared state.

Wild reward files keep state in globals, classes and attributes (deepracer.md, section 6). So each car gets a module of
its own, loaded afresh: ``RewardFunction.from_file("reward.py").instances(128)``. What they print is kept and cut.

``isolated=True`` runs somebody else's file in `sandbox` worker processes, in batches: it can do no harm, only fail.
"""

from __future__ import annotations

import builtins
import difflib
import itertools
import linecache
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_lib.deepracer.source import NoSource, recover
from course_lib.paths import data_dir
from course_lib.sandbox import Sandbox, SandboxError
from course_lib.sim.reward_params import RewardError

ENTRY = "reward_function"
PRINTED = 65_536  # characters that are kept of what a file prints
_numbers = itertools.count()


class RewardFileError(RewardError):
    """A reward file that cannot be loaded; the message names the file, the line and what is wrong."""


class RewardFunction:
    """A reward function and where it came from.

    Attributes:
        name: of the file, for messages.  source: its text, or None where only the function itself is known.
        entry: the name of the function in it.  isolated: run it in a sandbox.
        printed: what its instances have printed so far, cut after 64 kB.
    """

    def __init__(self, source: str, name: str = "reward.py", entry: str = ENTRY, isolated: bool = False):
        """Compile the text.

        Raises:
            RewardFileError: it is no Python, or defines no function ``entry`` at its top level.
        """
        source = source.removeprefix("\ufeff")  # a byte order mark, which Python's own reader drops too
        self.source, self.name, self.entry, self.isolated = source, name, entry, isolated
        self._function, self._printed = None, _Printed()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an invalid escape in somebody's text is no fault of the run
                self._code = compile(source, name, "exec")
        except (SyntaxError, ValueError) as error:
            line = f", line {error.lineno}" if getattr(error, "lineno", None) else ""
            why = error.msg if isinstance(error, SyntaxError) else error
            raise RewardFileError(f"{name}{line}: this is no Python ({why}).") from error
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)

    @classmethod
    def from_file(cls, path: str | Path, isolated: bool = False) -> RewardFunction:
        """The file's ``reward_function``.

        Raises:
            RewardFileError: the file is missing, no UTF-8 text, or no Python.
        """
        try:
            source = Path(path).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise RewardFileError(f"{path} cannot be read ({error.strerror}): check its name.") from error
        except UnicodeDecodeError as error:
            raise RewardFileError(f"{path} is no UTF-8 text ({error.reason}): save it as UTF-8.") from error
        return cls(source, str(path), isolated=isolated)

    @classmethod
    def from_source(cls, text: str, name: str = "reward.py", isolated: bool = False) -> RewardFunction:
        """The ``reward_function`` of a text; ``name`` is what messages call it."""
        return cls(text, name, isolated=isolated)

    @classmethod
    def shipped(cls, name: str, isolated: bool = False) -> RewardFunction:
        """A reward function that comes with First Lap, by its name (`reward_names`).

        Raises:
            RewardFileError: no such name; the nearest one is suggested.
        """
        names = reward_names()
        if name not in names:
            near = difflib.get_close_matches(str(name), names, n=2, cutoff=0.4)
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are {', '.join(names)}."
            raise RewardFileError(f"No reward function is called {name!r}: {hint}")
        return cls.from_file(data_dir() / "rewards" / f"{name}.py", isolated)

    @classmethod
    def from_callable(cls, function: Callable, isolated: bool = False) -> RewardFunction:
        """A function from a cell or a module, with all that it uses.

        Where the source cannot be told, the function itself is called for all cars, and a warning says so.

        Raises:
            TypeError: it cannot be called.
            RewardFileError: ``isolated``, and the source cannot be told.
        """
        if not callable(function):
            raise TypeError(f"The reward function is {function!r}: give a function of one argument.")
        name = getattr(function, "__name__", type(function).__name__)
        try:
            return cls(recover(function), f"<{name}>", name, isolated)
        except NoSource as error:
            if isolated:
                raise RewardFileError(f"{name} cannot run in a sandbox: {error}.") from error
            text = f"All cars share the state of {name}, if it keeps any, because {error}."
            warnings.warn(text, UserWarning, stacklevel=2)
            shared = cls.__new__(cls)
            shared.source, shared.name, shared.entry, shared.isolated = None, name, name, False
            shared._function, shared._printed, shared._code = function, _Printed(), None
            return shared

    @classmethod
    def of(cls, reward: RewardFunction | Callable | str | Path, isolated: bool = False) -> RewardFunction:
        """Whatever a student hands in: a function, the name of a shipped one, a file, or one made already.

        Raises:
            RewardFileError, TypeError: as the others do.
        """
        if isinstance(reward, RewardFunction):
            return reward
        if not isinstance(reward, (str, Path)):
            return cls.from_callable(reward, isolated)
        shipped = Path(reward).suffix == "" and not Path(reward).exists()
        return cls.shipped(str(reward), isolated) if shipped else cls.from_file(reward, isolated)

    def __repr__(self) -> str:
        return f"RewardFunction({self.name!r}{', isolated' if self.isolated else ''})"

    @property
    def printed(self) -> str:
        return self._printed.text()

    def instances(self, n: int) -> list[Callable[[dict], Any]]:
        """n functions, each with globals and classes of its own.

        Raises:
            RewardFileError: the file raises while it is loaded, or has no function of its entry's name.
        """
        if self._function is not None:
            return [self._function] * n
        return [self._load() for _ in range(n)]

    def batched(self, n: int, deadline: float = 10.0, memory_mb: int = 1024) -> IsolatedRewards:
        """The n instances in a sandbox, called together.

        Args:
            deadline: s that loading the file, or one call of all instances, may take.
            memory_mb: that the file may need.

        Raises:
            RewardFileError: the file cannot be loaded there.
        """
        return IsolatedRewards(self, n, deadline, memory_mb)

    def validate(self, strict: bool = False, track="camp", boxes=None):
        """What is wrong with it, as a report: see `validation.validate`."""
        from course_lib.deepracer.validation import validate  # which needs this class

        return validate(self, strict, track, boxes)

    def _load(self) -> Callable[[dict], Any]:
        module = types.ModuleType(f"first_lap_reward_{next(_numbers)}")
        module.__file__ = self.name
        module.print = self._printed.print
        sys.modules[module.__name__] = module  # dataclasses look their module up there
        try:
            exec(self._code, module.__dict__)
        except (Exception, SystemExit) as error:  # somebody's file may raise anything while it is loaded
            line = line_in(error, self.name)
            where = f"{self.name}, line {line}" if line else self.name
            raise RewardFileError(f"{where}: loading it raised {type(error).__name__}: {error}") from error
        finally:
            del sys.modules[module.__name__]
        function = getattr(module, self.entry, None)
        if not callable(function):
            raise RewardFileError(
                f"{self.name} defines no function {self.entry}: begin it with def {self.entry}(params):"
            )
        return function


def reward_names() -> list[str]:
    """Names of the shipped reward functions."""
    return sorted(path.stem for path in (data_dir() / "rewards").glob("*.py"))


class IsolatedRewards:
    """n instances of a reward file in one sandbox; called in batches, as `RewardCaller` does.

    A batch that takes too long, needs too much memory or ends its process is a `RewardError` that names the limit.

    Attributes:
        seconds: of each call of the last batch, without the way there and back.
    """

    def __init__(self, reward: RewardFunction, n: int, deadline: float, memory_mb: int):
        self.name, self._printed, self.seconds = reward.name, reward._printed, []
        try:
            self._sandbox = Sandbox(
                reward.source, reward.entry, instances=n, file_name=Path(reward.name).name, deadline=deadline,
                memory_mb=memory_mb,
            )  # fmt: skip
        except SandboxError as error:
            raise RewardFileError(str(error)) from error
        self._printed.write(self._sandbox.output)

    def __call__(self, params: dict) -> Any:
        """What the first car's instance returns; raises as `call` does."""
        return self.call([0], [params])[0]

    def call(self, cars, params: list[dict]) -> list[Any]:
        """What each car's instance returns.

        Raises:
            RewardError: one raised, or the batch failed as a whole.
        """
        try:
            outcomes = self._sandbox.map(params, [int(car) for car in cars])
        except SandboxError as error:
            raise RewardError(str(error)) from error  # which names the file
        self._printed.write(self._sandbox.output)
        for outcome in outcomes:
            if outcome.error is not None:
                failed = outcome.error
                where = f"{self.name}, line {failed.line}" if failed.line else self.name
                raised = RewardError(f"{where}: the reward function raised {failed.type}: {failed.message}")
                raised.line = failed.line
                raise raised
        self.seconds = [outcome.seconds for outcome in outcomes]
        return [outcome.value for outcome in outcomes]

    def close(self) -> None:
        self._sandbox.close()


class _Printed:
    """What was printed, up to a length; what comes later is not even put together."""

    def __init__(self):
        self._parts: list[str] = []
        self._length = 0

    def print(self, *values: Any, sep: str | None = " ", end: str | None = "\n", file=None, flush=False) -> None:
        if file is not None and file not in (sys.stdout, sys.stderr):
            builtins.print(*values, sep=sep, end=end, file=file, flush=flush)
            return
        between = ""
        for value in values:
            if self._length >= PRINTED:
                return
            self.write(between)
            self.write(str(value))
            between = " " if sep is None else sep
        self.write("\n" if end is None else end)

    def write(self, text: str) -> None:
        if text and self._length < PRINTED:
            text = text[: PRINTED - self._length]
            self._parts.append(text)
            self._length += len(text)

    def text(self) -> str:
        return "".join(self._parts)


def line_in(error: BaseException, name: str) -> int | None:
    """The last line of the file of this name in an error's traceback."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    return lines[-1] if lines else None
