"""The exercises of a notebook, as a student meets them::

    from course_lib.notebook import exercises
    lesson = exercises.open("01_rl_basics/01_first_lap")

    lesson.q1.predict(30)      # sealed, until lesson.q1.reveal(percent)
    lesson.q2.check(my_driver)
    lesson.q2.hint()           # the next hint at every call
    lesson.q2.solution()       # after two different answers, or after lesson.open_solutions()
    lesson.progress()
    lesson.race(policy)        # against three rivals; board="a folder" for a table of students
    lesson.report()            # the last cell: one line of JSON, for whoever runs the notebook

With COURSE_HEADLESS=1 nothing is read from or written to disk, but for a board that is named, so that a run always
gives the same output.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_lib.exercises.catalogue import canonical, exercises_of, nearest, solutions_path
from course_lib.exercises.exercise import CORRECT, WRONG, Exercise, Result, tidy
from course_lib.exercises.kinds import Choice, OwnWords, Predict
from course_lib.exercises.progress import TEXT_LIMIT, Progress, nickname_here
from course_lib.exercises.solutions import SolutionError, read_solutions
from course_lib.notebook.exercise_cards import Card, ProgressTable, Row

if TYPE_CHECKING:
    from course_lib.notebook.race_card import RaceCard

ENOUGH = 2  # different answers before a solution opens


class ExerciseError(AttributeError):
    """A call that this exercise or lesson does not have; the message names the way out. Shown without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"ExerciseError: {self}"]


def open(notebook: str, nickname: str | None = None, folder: str | Path | None = None) -> Lesson:
    """The exercises of a notebook, with what this student did in them before.

    Args:
        notebook: such as "01_rl_basics/01_first_lap".
        nickname: whose progress; None: COURSE_NICKNAME, else the folder below my_laps, else the login name.
        folder: where the notebook lies, None: the working folder. Progress goes into ``progress/`` there.

    Raises:
        UnknownExercises: there are none of this name; the message gives the nearest.
    """
    headless = os.environ.get("COURSE_HEADLESS", "") not in ("", "0")
    folder = Path(folder) if folder is not None else Path.cwd()
    nickname = nickname or nickname_here(headless, folder)
    return Lesson(canonical(notebook), exercises_of(notebook), nickname, None if headless else folder / "progress")


class Lesson:
    """The exercises of one notebook, one attribute each."""

    def __init__(self, notebook: str, exercises: dict[str, Exercise], nickname: str, folder: Path | None):
        self._notebook, self._solutions_open = notebook, False
        self._kept = Progress(notebook, exercises, nickname, folder)
        self._asked = {name: Asked(name, exercise, self) for name, exercise in exercises.items()}
        vars(self).update(self._asked)  # for completion with Tab
        self._tell()

    def __getattr__(self, name: str):
        asked = self.__dict__.get("_asked", {})
        if name.startswith("_") or not asked:
            raise AttributeError(name)
        raise ExerciseError(f'"{self._notebook}" has no exercise {name}: did you mean lesson.{nearest(name, asked)}?')

    def __repr__(self) -> str:
        return f"Lesson({self._notebook!r}: {', '.join(self._asked)})"

    def progress(self) -> ProgressTable:
        """A table of all exercises: state, points, tries."""
        rows = []
        for name, asked in self._asked.items():
            record, exercise = asked.record, asked.exercise
            remarks = [f"{record.hints} hint{'s' if record.hints > 1 else ''}"] if record.hints else []
            remarks += ["solution read"] if record.solution else []
            points, most = min(record.points, exercise.points), exercise.points
            remark = ", ".join(remarks)
            rows.append(
                Row(name, _kind(exercise), _look(exercise, record.status), points, most, len(record.tries), remark)
            )
        total = self._points()
        return ProgressTable(self._notebook, self._kept.nickname, *total, tuple(rows))

    def report(self) -> None:
        """Print one line of JSON: {lesson, nickname, points, max_points, exercises: {q1: {status, points, …}}}."""
        points, most = self._points()
        exercises = {
            name: {
                "status": asked.record.status,
                "points": tidy(min(asked.record.points, asked.exercise.points)),
                "attempts": len(asked.record.tries),
            }
            for name, asked in self._asked.items()
        }
        head = {"lesson": self._notebook, "nickname": self._kept.nickname, "points": points, "max_points": most}
        print(json.dumps(head | {"exercises": exercises}, ensure_ascii=False))

    def race(self, policy: Any, name: str | None = None, board: Any = None) -> RaceCard | Card:
        """Race a policy or a driver against the tortoise, the fox and the falcon: three laps of camp.

        Args:
            name: for the table and the board; None: the nickname.
            board: a folder, such as one on a shared drive, or a `Board`, where everybody's best result is kept.
        """
        if policy is Ellipsis:
            return Card("not_attempted", "race", "Put your policy where the three dots are.")
        from course_lib.notebook import race_card  # brings torch, which exercises alone do not wait for
        from course_lib.sim.laps import PolicyError

        try:
            return race_card.run(policy, name or self._kept.nickname, board)
        except PolicyError as error:
            return Card("wrong", "race", str(error))

    def first_try(self, *names: str) -> bool:
        """Was the first answer to each of these the right one?"""
        return all(getattr(self, name).record.first == CORRECT for name in names)

    def open_solutions(self) -> Card:
        """For self-learners: every solution opens at once, in this session."""
        self._solutions_open = True
        text = "All solutions are open. They teach most after a try of your own; the table says which ones you read."
        return Card("note", self._notebook, text)

    def _points(self) -> tuple[float, float]:
        needed = [asked for asked in self._asked.values() if not asked.exercise.optional]
        points = sum(min(asked.record.points, asked.exercise.points) for asked in needed)
        return tidy(points), tidy(sum(asked.exercise.points for asked in needed))

    def _save(self) -> None:
        self._kept.save()
        self._tell()

    def _tell(self) -> None:
        if self._kept.notice:
            print(self._kept.notice)
            self._kept.notice = ""


class Asked:
    """One exercise in a notebook. Showing it shows its question."""

    def __init__(self, name: str, exercise: Exercise, lesson: Lesson):
        self.exercise, self._name, self._lesson = exercise, name, lesson

    @property
    def record(self):
        """What became of it so far, a `Record`."""
        return self._lesson._kept.records[self._name]

    def check(self, value: Any) -> Card:
        """What is right or off about an answer: a value, or a function, which is called here."""
        if isinstance(self.exercise, Predict):
            return self.reveal(value)
        result, outcomes = self.exercise.attempt(value)
        if isinstance(self.exercise, OwnWords) and outcomes and type(outcomes[0].value) is str:
            self.record.text = outcomes[0].value[:TEXT_LIMIT]
        return self._answered(result, [[o.value, str(o.error)] for o in outcomes])

    def predict(self, value: Any) -> Card:
        """Seal a number before the code runs; until it is revealed, another number may replace it."""
        self._only(Predict, "check(your answer)")
        if value is Ellipsis:
            return Card("not_attempted", self._name, "Put your guess, a number, where the three dots are.")
        if fault := self.exercise.fault(value):
            return Card("wrong", self._name, fault)
        value = float(value)
        told = f"{value:g} {self.exercise.unit}".strip()
        record = self.record
        if record.revealed:
            kept = f"{record.prediction:g} {self.exercise.unit}".strip()
            same = value == record.prediction
            text = f"Your prediction is {kept}." if same else f"The truth is out already: your prediction stays {kept}."
            return Card("note", self._name, text)
        record.prediction = value
        self._lesson._save()
        return Card("note", self._name, f"Sealed: {told}. Now run on and see.")

    def reveal(self, value: Any) -> Card:
        """Compare the true number with the prediction, which is final from now on."""
        self._only(Predict, "check(your answer)")
        record = self.record
        if record.prediction is None:
            text = f"Predict first: lesson.{self._name}.predict(your number)."
            return Card("not_attempted", self._name, text)
        pair = {"prediction": record.prediction, "truth": value}
        result, _ = self.exercise.attempt(pair)
        if value is Ellipsis or self.exercise.fault(value):  # nothing was revealed
            return Card(result.status, self._name, result.message)
        record.revealed = True
        return self._answered(result, record.prediction)

    def hint(self) -> Card:
        """The next hint; after the last one, the last one again."""
        hints, record = self.exercise.hints, self.record
        if not hints:
            return Card("note", self._name, "There is no hint to this one.")
        record.hints = min(record.hints + 1, len(hints))
        self._lesson._save()
        return Card("note", self._name, hints[record.hints - 1], f"hint {record.hints} of {len(hints)}")

    def solution(self, now: bool = False) -> Card:
        """A solution, after two different answers or a right one; ``now=True`` opens it at once."""
        record = self.record
        if not (now or self._lesson._solutions_open or len(record.tries) >= ENOUGH or record.status == CORRECT):
            left = ENOUGH - len(record.tries)
            text = (
                f"It opens after {left} more {'answer' if left == 1 else 'different answers'} of your own. "
                f"A hint may help: lesson.{self._name}.hint(). Learning alone? lesson.open_solutions() opens all."
            )
            return Card("note", self._name, text)
        try:
            source = read_solutions(solutions_path(self._lesson._notebook)).get(self._name, "")
        except SolutionError as error:
            return Card("note", self._name, str(error))
        if not source:
            return Card("note", self._name, "There is no written solution to this one.")
        record.solution = True
        self._lesson._save()
        return Card("note", self._name, "One way to do it:", code=source)

    def __repr__(self) -> str:
        return repr(self._question())

    def _repr_html_(self) -> str:
        return self._question()._repr_html_()

    def _question(self) -> Card:
        options = ()
        if isinstance(self.exercise, Choice):
            options = tuple((letter, text) for letter, (text, _) in self.exercise.choices.items())
        return Card("question", self._name, self.exercise.question, _kind(self.exercise), self.exercise.code, options)

    def _answered(self, result: Result, answer: Any) -> Card:
        self.record.add(result, [result.message, answer])
        self._lesson._save()
        most = self.exercise.points
        points = f"{result.points:g} of {most:g} point{'' if most == 1 else 's'}" if most else "extra"
        return Card(_look(self.exercise, result.status), self._name, result.message, points)

    def _only(self, kind: type, instead: str) -> None:
        if not isinstance(self.exercise, kind):
            raise ExerciseError(f"{self._name} is no prediction: use lesson.{self._name}.{instead}.")


def _kind(exercise: Exercise) -> str:
    return f"{exercise.kind}, stretch" if exercise.optional else exercise.kind


def _look(exercise: Exercise, status: str) -> str:
    return "missed" if isinstance(exercise, Predict) and status == WRONG else status
