"""What an exercise is: data, and one pure function ``check(value, inputs) -> Result``.

The contract, for who writes an exercise and for who asks it:

- An `Exercise` never changes. It knows its question, points, hints, the ``inputs`` that it tries, and nothing of a
  student, a notebook or a file. Who has tried what is kept elsewhere (`progress`).
- ``check(value)`` takes whatever a student hands in and never raises. In a notebook ``value`` is the object itself; a
  function is called here, once with each of the ``inputs``. A grader calls it elsewhere, in a sandbox, and hands
  in the list of `Outcome`: plain data, one per input. Both then pass through the same ``judge``.
- ``inputs`` is a list of tuples, the arguments of each call, plain data too; a grader may ask other ones.
  An exercise that calls nothing has the one input ``()``.
- A value that is neither plain data nor a function needs ``probe``: a function ``probe(value, *input) -> plain data``,
  run where the student's code runs. Its source must stand alone (imports inside), so that it can be sent as text.
- The status is one of ``STATUSES``. *Not attempted*: the placeholder ``...`` is still there, or the answer is what
  the cell began with. *Crashed*: the student's code raised. *Wrong*: it did not, and more is to be done; points may be
  partial. *Correct*: full points.
- The message is made of sentences for a student. It shows the value seen and says what about it is off (type,
  length, sign, unit, range, a factor), and never what the answer is.
"""

from __future__ import annotations

import copy
import dis
import os
import sysconfig
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from course_lib.exercises.compare import NotPlain, holds_blank, plain, show
from course_lib.sandbox import Failure, Outcome

NOT_ATTEMPTED, WRONG, CRASHED, CORRECT = STATUSES = ("not_attempted", "wrong", "crashed", "correct")
# Whose lines in a traceback are not the student's.
OTHERS = (str(Path(__file__).parents[1]), *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib")})


@dataclass(frozen=True)
class Result:
    """What became of one answer.

    Attributes:
        status: one of `STATUSES`.  points: 0 to the exercise's points.  message: sentences for the student.
    """

    status: str
    points: float
    message: str


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """The base of every kind; a kind gives ``judge`` and its own data.

    Attributes:
        question: what is asked; `words in backticks` are set as code.  code: lines to read with it.
        points: for the full answer; 0 with ``optional``.
        hints: from the first nudge to nearly the solution.
        inputs, probe: see the top of this file.
        starter: what the cell as shipped hands in (a value or a function); that counts as not attempted.
        optional: a stretch, which nobody needs for full points.
    """

    kind: ClassVar[str] = "exercise"
    question: str
    code: str = ""
    points: float = 1
    hints: Sequence[str] = ()
    inputs: Sequence[tuple] = ((),)
    probe: Callable | None = None
    starter: Any = None
    optional: bool = False

    def check(self, value: Any, inputs: Sequence[tuple] | None = None) -> Result:
        """Judge an answer; never raises, whatever the value is.

        Args:
            value: what the student hands in, or a list of `Outcome` of somebody who called it already.
            inputs: other inputs than the exercise's own.
        """
        return self.attempt(value, inputs)[0]

    def attempt(self, value: Any, inputs: Sequence[tuple] | None = None) -> tuple[Result, list[Outcome]]:
        """As `check`, with what was observed; the student's code is called once per input."""
        inputs = self.inputs if inputs is None else inputs
        if holds_blank(value) or is_blank_function(value):
            return self.not_attempted(), []
        if self.calls and not _observed(value) and not callable(value):
            seen = _settled(value)
            seen = seen if type(seen) is NotPlain else show(seen)
            told = f"Your answer is {seen}: hand in the function or class by its name, without calling it."
            return self.wrong(told), []
        outcomes = self.observe(value, inputs)
        if not outcomes or any(_is_blank(outcome) for outcome in outcomes):
            return self.not_attempted(), outcomes
        if not self.calls and outcomes[0].error is not None:
            return self.crashed(outcomes[0].error), outcomes
        if self.starter is not None and not any(outcome.error for outcome in outcomes):
            shipped = self.observe(self.starter, inputs)
            if [outcome.value for outcome in outcomes] == [outcome.value for outcome in shipped]:
                told = "This is still what the cell began with: change it, then run it again."
                return Result(NOT_ATTEMPTED, 0, told), outcomes
        return self.judge(outcomes, inputs), outcomes

    def observe(self, value: Any, inputs: Sequence[tuple] | None = None) -> list[Outcome]:
        """Call a function, or run the probe, once per input; a plain value is its own outcome.

        An outcome's value is plain, Ellipsis, or a `NotPlain` that says what it was.
        """
        inputs = self.inputs if inputs is None else inputs
        if _observed(value):
            return value
        inputs = copy.deepcopy(list(inputs))  # student code may sort a list that it is given
        if self.probe is not None:
            return [call(self.probe, (value, *arguments)) for arguments in inputs]
        if self.calls:
            return [call(value, arguments) for arguments in inputs]
        return [Outcome(_settled(value), None, 0.0)]

    @property
    def calls(self) -> bool:
        """Does it ask for a function?"""
        return tuple(self.inputs) != ((),)

    def judge(self, outcomes: list[Outcome], inputs: Sequence[tuple]) -> Result:
        """The result of what was observed, one outcome per input, none of them a placeholder."""
        raise NotImplementedError

    def not_attempted(self) -> Result:
        return Result(NOT_ATTEMPTED, 0, "Not tried yet: put your answer where the three dots are, then run the cell.")

    def wrong(self, message: str, share: float = 0.0) -> Result:
        """Wrong, with this share of the points (rounded down to tenths)."""
        return Result(WRONG, tidy(int(self.points * share * 10 + 1e-9) / 10), message)

    def correct(self, message: str) -> Result:
        return Result(CORRECT, self.points, message)

    def crashed(self, failure: Failure, doing: str = "") -> Result:
        """The student's code raised: in which line, what, and while doing what."""
        where = f" in line {failure.line}" if failure.line else ""
        steps = failure.traceback.strip().splitlines()
        code = steps[-1].partition(": ")[2] if steps and failure.line else ""
        code = f" (`{code.strip()}`)" if code.strip() else ""
        told = f"{failure.type}: {failure.message}" if failure.message else failure.type
        if failure.type == "KeyboardInterrupt":
            return Result(CRASHED, 0, f"You stopped it{where}{code}{doing}: is there a loop that never ends?")
        return Result(CRASHED, 0, f"Your code stopped{where}{code}{doing} with {told}.")


def _observed(value: Any) -> bool:
    return type(value) is list and bool(value) and all(type(item) is Outcome for item in value)


def _is_blank(outcome: Outcome) -> bool:
    error = outcome.error
    if error is None:
        return outcome.value is Ellipsis
    # A sandbox cannot return the placeholder and says so.
    return error.type == "NotImplementedError" or "object of type ellipsis" in error.message


def tidy(points: float) -> float:
    """2 instead of 2.0; tenths are kept."""
    return int(points) if points == int(points) else round(float(points), 1)


def call(function: Any, arguments: Sequence[Any]) -> Outcome:
    """One call in this process; whatever happens in it is the outcome, the stop button included."""
    try:
        value = function(*arguments)
    except BaseException as error:  # SystemExit too: what happens in one call is the answer to that call
        return Outcome(None, _explain(error), 0.0)
    return Outcome(_settled(value), None, 0.0)


def _settled(value: Any) -> Any:
    if holds_blank(value):
        return Ellipsis
    try:
        return plain(value)
    except NotPlain as error:
        return error


def is_blank_function(value: Any) -> bool:
    """Is it a function whose body is only ``...`` or ``pass``?"""
    code = getattr(value, "__code__", None) if type(value) is type(is_blank_function) else None
    if code is None:
        return False
    steps = [s for s in dis.get_instructions(code) if s.opname not in ("RESUME", "NOP", "COPY_FREE_VARS")]
    names = [step.opname for step in steps]
    if names == ["RETURN_CONST"] or names == ["LOAD_CONST", "RETURN_VALUE"]:
        return steps[0].argval is None
    return False


def _explain(error: BaseException) -> Failure:
    """The student's own lines of a traceback; ours and the libraries' are left out."""
    kind = type.__dict__["__name__"].__get__(type(error))[:100]
    try:
        message = str.__str__(str(error))[:200]
    except BaseException:  # the student's own __str__ raised, so there is no message
        message = ""
    try:
        trace = BaseException.__dict__["__traceback__"].__get__(error)
        steps = [step for step in traceback.extract_tb(trace) if _is_students(step.filename)]
    except RecursionError:
        steps = []
    text = [f"line {step.lineno}, in {step.name[:80]}: {(step.line or '')[:120]}" for step in steps[-5:]]
    return Failure(kind, " ".join(message.split()), steps[-1].lineno if steps else None, "\n".join(text))


def _is_students(filename: str) -> bool:
    if filename.startswith("<"):
        return filename.startswith("<ipython-input")
    return not filename.startswith(tuple(folder + os.sep for folder in OTHERS)) and "-packages" not in filename
