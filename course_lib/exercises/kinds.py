"""The kinds of exercises. Each is a class of its own; `bug_hunt` and `stretch` make a variant of one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from course_lib.exercises.compare import NotPlain, number_fault, off, plain, show
from course_lib.exercises.exercise import NOT_ATTEMPTED, Exercise, Result
from course_lib.sandbox import Outcome


@dataclass(frozen=True, kw_only=True)
class FillBlank(Exercise):
    """A value, or a function that is tried on every input.

    Attributes:
        answer: the value, or a function ``answer(*input)`` that gives it; never shown. Where it is no text, a probe may
            return a sentence in place of a value, to say why there is none.
        name: how the student's function is called in messages.
        tolerance: numbers may differ by this much, relative and absolute.
        unit: of the numbers, for messages.
        praise: what a right answer is told: one thing worth knowing.
    """

    kind: ClassVar[str] = "fill the blank"
    answer: Any
    name: str = "your function"
    tolerance: float = 1e-6
    unit: str = ""
    praise: str = "That is right."

    def judge(self, outcomes: list[Outcome], inputs: Sequence[tuple]) -> Result:
        if len(outcomes) != len(inputs):
            return self.wrong(f"There are {len(outcomes)} answers to {len(inputs)} questions.")
        for outcome, arguments in zip(outcomes, inputs):
            called = f"`{self.name}({', '.join(show(plain(a)) for a in arguments)})`" if self.calls else "Your value"
            if outcome.error is not None:
                return self.crashed(outcome.error, f" at {called}" if self.calls else "")
            if type(outcome.value) is NotPlain:
                return self.wrong(f"{called} is {outcome.value}.")
            answer = plain(self.answer(*arguments) if callable(self.answer) else self.answer)
            if self.probe is not None and type(outcome.value) is str and type(answer) is not str:
                return self.wrong(outcome.value)
            fault = off(outcome.value, answer, self.tolerance)
            if fault:
                unit = f" {self.unit}" if self.unit and type(outcome.value) in (int, float) else ""
                return self.wrong(
                    f"{called} {'gave' if self.calls else 'is'} {show(outcome.value)}{unit}: {_ended(fault)}"
                )
        return self.correct(self.praise)


@dataclass(frozen=True, kw_only=True)
class BugHunt(FillBlank):
    """A function with a bug, to be repaired: tried on every input, and the first that fails is shown."""

    kind: ClassVar[str] = "bug hunt"


@dataclass(frozen=True, kw_only=True)
class Predict(Exercise):
    """A number said before the code runs. Who asks keeps it sealed, and checks ``{"prediction": …, "truth": …}``.

    Attributes:
        low, high: what a prediction and the truth may be.
        tolerance: how far off a prediction may be and still count as right, in ``unit``.
        unit: of all of these.
        lesson: what the comparison teaches, told with either result.
    """

    kind: ClassVar[str] = "predict, then run"
    low: float = -math.inf
    high: float = math.inf
    tolerance: float = 0.0
    unit: str = ""
    lesson: str = ""

    def fault(self, prediction: Any) -> str | None:
        """Why this cannot be sealed, in one sentence; None if it can."""
        try:
            value = plain(prediction)
        except NotPlain as error:
            return f"Your prediction is {error}, and a number is due."
        if bad := number_fault(value):
            return f"Your prediction is {show(value)}: {_ended(bad)}"
        if not self.low <= value <= self.high:
            return f"Your prediction is {self._told(value)}: it must lie between {self.low:g} and {self.high:g}."
        return None

    def judge(self, outcomes: list[Outcome], inputs: Sequence[tuple]) -> Result:
        pair = outcomes[0].value if len(outcomes) == 1 else None
        if type(pair) is not dict or set(pair) != {"prediction", "truth"}:
            return self.wrong("Predict a number first, then reveal the true one.")
        if fault := self.fault(pair["prediction"]):
            return self.wrong(fault)
        if fault := self.fault(pair["truth"]):
            return self.wrong(fault.replace("Your prediction", "The value to reveal"))
        prediction, truth = float(pair["prediction"]), float(pair["truth"])
        told = f"You predicted {self._told(prediction)}, it is {self._told(truth)}"
        lesson = f" {self.lesson}" if self.lesson else ""
        if abs(prediction - truth) <= self.tolerance:
            return self.correct(f"{told}: close enough.{lesson}")
        how = "too high" if prediction > truth else "too low"
        return self.wrong(f"{told}: your guess was {how}. What did you not expect?{lesson}", share=0.5)

    def _told(self, value: float) -> str:
        return f"{show(value)} {self.unit}".strip()


@dataclass(frozen=True, kw_only=True)
class Target(Exercise):
    """Reach a bar.

    Attributes:
        bar: the number to reach, in ``unit``.  higher: more is better (else less is).
        what: the name of the number, such as "lap time".
        probe: ``probe(value)`` turns what a student hands in into that number, or into a sentence that says why
            there is none.
        for_finishing: the share of the points for having a number at all.
    """

    kind: ClassVar[str] = "target practice"
    bar: float
    higher: bool = False
    unit: str = ""
    what: str = "result"
    for_finishing: float = 0.0
    praise: str = ""

    def judge(self, outcomes: list[Outcome], inputs: Sequence[tuple]) -> Result:
        value = outcomes[0].value
        if type(value) is NotPlain:
            return self.wrong(f"That is {value}.")
        if self.probe is not None and type(value) is str:
            return self.wrong(value)
        if fault := number_fault(value):
            return self.wrong(f"Your {self.what} is {show(value)}: {_ended(fault)}")
        told = f"You got {self._told(value)}, the bar is {self._told(self.bar)}."
        if value >= self.bar if self.higher else value <= self.bar:
            return self.correct(f"{told} {self.praise}".strip())
        missing = self._told(abs(value - self.bar))
        told = f"{told} That is {missing} too {'little' if self.higher else 'much'}."
        return self.wrong(told, share=self.for_finishing)

    def _told(self, value: float) -> str:
        return f"{f'{value:.2f}'.rstrip('0').rstrip('.') if abs(value) < 1e6 else show(value)} {self.unit}".strip()


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """One of several answers, each with an explanation that is told to who picks it.

    Attributes:
        choices: letter -> (text, explanation).  answer: the right letter.
    """

    kind: ClassVar[str] = "multiple choice"
    choices: Mapping[str, tuple[str, str]]
    answer: str

    def judge(self, outcomes: list[Outcome], inputs: Sequence[tuple]) -> Result:
        value = outcomes[0].value
        letter = value.strip().strip("()").casefold() if type(value) is str else None
        if letter not in self.choices:
            seen = value if type(value) is NotPlain else show(value)
            letters = ", ".join(f'"{letter}"' for letter in self.choices)
            return self.wrong(f"Your answer is {seen}; give one of the letters {letters}.")
        explanation = f"You chose {letter}. {self.choices[letter][1]}"
        return self.correct(explanation) if letter == self.answer else self.wrong(explanation)


@dataclass(frozen=True, kw_only=True)
class Match(Exercise):
    """Things to be matched with words: a dict thing -> word. Each right one earns its part of the points.

    Attributes:
        answer: thing -> word.  nudges: thing -> what to think about when it has the wrong word.
    """

    kind: ClassVar[str] = "match"
    answer: Mapping[str, str]
    nudges: Mapping[str, str]

    def judge(self, outcomes: list[Outcome], inputs: Sequence[tuple]) -> Result:
        value = outcomes[0].value
        if type(value) is not dict:
            seen = value if type(value) is NotPlain else show(value)
            return self.wrong(f'Your answer is {seen}; a dict is due: `{{"thing": "word", …}}`.')
        for thing in value:
            if thing not in self.answer:
                return self.wrong(f"{show(thing)} is none of the {len(self.answer)} things; check its spelling.")
        right = [thing for thing in self.answer if _word(value.get(thing)) == self.answer[thing]]
        if len(right) == len(self.answer):
            return self.correct(f"All {len(self.answer)} are right.")
        thing = next(thing for thing in self.answer if thing not in right)
        if thing not in value:
            told = f"“{thing}” is missing."
        elif _word(value[thing]) not in self.answer.values():
            told = f"For “{thing}” you gave {show(value[thing])}, which is none of the words."
        else:
            told = f"Look at “{thing}”, for which you gave {show(value[thing])}: {self.nudges[thing]}"
        count = f"{len(right)} of {len(self.answer)} are right."
        return self.wrong(f"{count} {told}", share=len(right) / len(self.answer))


def _ended(clause: str) -> str:
    return clause if clause.endswith("?") else f"{clause}."


def _word(value: Any) -> str | None:
    return value.strip().casefold() if type(value) is str else None


@dataclass(frozen=True, kw_only=True)
class OwnWords(Exercise):
    """A text in the student's own words, kept for a partner or a teacher; only its length is looked at.

    Attributes:
        words: how many it must have at least.
    """

    kind: ClassVar[str] = "in your own words"
    words: int = 12

    def judge(self, outcomes: list[Outcome], inputs: Sequence[tuple]) -> Result:
        value = outcomes[0].value
        if type(value) is not str:
            seen = value if type(value) is NotPlain else show(value)
            return self.wrong(f"Your answer is {seen}; write sentences, in quotation marks.")
        count = len(value.split())
        if count == 0:
            return Result(NOT_ATTEMPTED, 0, "Not written yet: put your sentences between the quotation marks.")
        if count < self.words:
            return self.wrong(f"That is {count} words; write at least {self.words}, as you would tell a friend.")
        return self.correct(f"Kept, {count} words. Nothing here judges them: read them to your partner or teacher.")


def stretch(exercise: Exercise) -> Exercise:
    """The same exercise, optional and without points."""
    return replace(exercise, optional=True, points=0)
