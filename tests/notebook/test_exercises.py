"""What a student meets: check, hint, solution, predict, progress, report, and what is remembered."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from course_lib.exercises.catalogue import UnknownExercises
from course_lib.notebook import exercises

PIT_STOP, FIRST_LAP = "01_rl_basics/00_python_pit_stop", "01_rl_basics/01_first_lap"


@pytest.fixture(autouse=True)
def at_a_desk(monkeypatch, tmp_path):
    """A student's own folder, with no settings of whoever runs the tests."""
    monkeypatch.delenv("COURSE_HEADLESS", raising=False)
    monkeypatch.setenv("COURSE_NICKNAME", "Zoë")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pit_stop():
    return exercises.open(PIT_STOP)


@pytest.fixture
def first_lap():
    return exercises.open(FIRST_LAP)


def test_an_answer_is_shown_as_text_and_as_html(pit_stop):
    card = pit_stop.q1.check(lambda kmh: kmh * 3.6 / 3.6**2 * 3.6**2)
    assert repr(card) == (
        "q1: not yet, 0 of 1 point. `to_ms(36)` gave 129.6 m/s: 13 times too large; multiplied where dividing was due, "
        "or the other way round?"
    )
    assert repr(pit_stop.q1.check(lambda kmh: kmh / 3.6)).startswith("q1: correct, 1 of 1 point.")
    html = card._repr_html_()
    for needed in ("not yet", "✗", 'aria-hidden="true"', "background:#FFFFFF", 'role="status"'):
        assert needed in html


class Seen(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words = set(), ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.words += data


def test_what_a_student_hands_in_stays_text_in_the_page(pit_stop):
    evil = {"<script>alert(1)</script>": '"><img src=x onerror=alert(1)>`<b>`'}
    for card in (pit_stop.q2.check(evil), pit_stop.t1.check(list(evil)[0])):
        seen = Seen(card._repr_html_())
        assert not seen.tags & {"script", "img"}
        assert "<script>alert(1)</script>" in seen.words
    lesson = exercises.open(PIT_STOP, nickname="<script>")
    assert "script" not in Seen(lesson.progress()._repr_html_()).tags


def test_a_crash_in_a_real_kernel_names_the_line_of_the_cell(tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    source = [
        f"from course_lib.notebook import exercises\nlesson = exercises.open('{PIT_STOP}')",
        "def to_ms(kmh):\n    faktor = '3,6'\n    return kmh / faktor\n\nlesson.q1.check(to_ms)",
        "lesson.q7.check(1)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in source])
    notebook.cells[2].metadata["tags"] = ["raises-exception"]
    nbclient.NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    text = notebook.cells[1].outputs[0]["data"]["text/plain"]
    assert "in line 3 (`return kmh / faktor`) at `to_ms(36)` with TypeError: unsupported operand" in text
    (error,) = notebook.cells[2].outputs
    assert error["traceback"] == [f'ExerciseError: "{PIT_STOP}" has no exercise q7: did you mean lesson.q6?']
    assert list((tmp_path / "progress").glob("*.json"))


def test_hints_come_one_by_one_and_are_remembered(pit_stop):
    first, second = pit_stop.q1.hint(), pit_stop.q1.hint()
    assert repr(first).startswith("q1: note, hint 1 of 3.") and repr(second).startswith("q1: note, hint 2 of 3.")
    again = exercises.open(PIT_STOP)
    assert repr(again.q1.hint()).startswith("q1: note, hint 3 of 3.")
    assert repr(again.q1.hint()).startswith("q1: note, hint 3 of 3.")
    assert "no hint" in repr(again.t1.hint())


def test_the_solution_opens_after_two_answers_that_differ(pit_stop):
    assert "It opens after 2 more different answers" in repr(pit_stop.q1.solution())
    for _ in range(3):
        pit_stop.q1.check(lambda kmh: kmh)  # what the cell began with
        pit_stop.q1.check(lambda kmh: kmh * 2)
    assert "It opens after 1 more answer" in repr(pit_stop.q1.solution())
    pit_stop.q1.check(lambda kmh: kmh * 3)
    assert "return kmh * 1000 / 3600" in repr(pit_stop.q1.solution())
    assert "solution read" in repr(exercises.open(PIT_STOP).progress())


def test_a_right_answer_opens_the_solution_too(pit_stop):
    pit_stop.t1.check("b")
    assert 'lesson.t1.check("b")' in repr(pit_stop.t1.solution())


def test_self_learners_open_solutions_at_once(pit_stop):
    assert "kmh * 1000" in repr(pit_stop.q1.solution(now=True))
    assert "They teach most after a try of your own" in repr(pit_stop.open_solutions())
    assert "class Car" in repr(pit_stop.q5.solution())


def test_a_prediction_is_sealed_then_revealed_and_then_final(first_lap):
    assert "Predict first" in repr(first_lap.q1.reveal(11.7))
    assert "three dots" in repr(first_lap.q1.predict(...))
    assert "leave the quotation marks away" in repr(first_lap.q1.predict("30"))
    first_lap.q1.predict(50)
    assert "11" not in repr(first_lap.q1.predict(30))
    assert repr(first_lap.q1.check(11.7)).startswith("q1: not quite, 0.5 of 1 point. You predicted 30 %, it is 11.7 %")
    assert "your prediction stays 30 %" in repr(first_lap.q1.predict(12))
    again = exercises.open(FIRST_LAP)
    assert "your prediction stays 30 %" in repr(again.q1.predict(12))
    assert "You predicted 30 %" in repr(again.q1.reveal(11.7))
    assert "not quite" in repr(again.progress())


def test_a_truth_that_is_none_reveals_nothing(first_lap):
    first_lap.q1.predict(30)
    assert "The value to reveal is None" in repr(first_lap.q1.reveal(None))
    assert repr(first_lap.q1.predict(12)) == "q1: note. Sealed: 12 %. Now run on and see."


def test_only_predictions_can_be_predicted(first_lap):
    with pytest.raises(exercises.ExerciseError, match=r"q2 is no prediction: use lesson\.q2\.check"):
        first_lap.q2.predict(3)


def test_own_words_are_kept_for_who_grades(first_lap, tmp_path):
    text = "The car gets points for other things now, so it learns to do other things than before: ümläut."
    assert "correct" in repr(first_lap.q5.check(text))
    (path,) = (tmp_path / "progress").glob("*.json")
    assert json.loads(path.read_text(encoding="utf-8"))["exercises"]["q5"]["text"] == text


def test_three_right_on_the_first_try_is_told(pit_stop):
    for name, letter in (("t1", "b"), ("t2", "a"), ("t2", "c")):
        getattr(pit_stop, name).check(letter)
    assert pit_stop.first_try("t1") and not pit_stop.first_try("t1", "t2") and not pit_stop.first_try("t3")


def test_progress_survives_a_restart_and_belongs_to_one_nickname(pit_stop):
    pit_stop.t1.check("b")
    table = exercises.open(PIT_STOP).progress()
    assert repr(table).splitlines()[:2] == [
        f"Zoë in {PIT_STOP}: 1 of 12 points",
        "t1  multiple choice  correct    1 of 1  1 try",
    ]
    assert "1 of 12" in Seen(table._repr_html_()).words
    assert repr(exercises.open(PIT_STOP, nickname="Ada").progress()).startswith(f"Ada in {PIT_STOP}: 0 of 12")


def test_the_report_is_one_line_of_json_with_fixed_keys(first_lap, capsys):
    first_lap.q4.check({"from the start to the crash": "episode", "steering 0.3, speed 0.8": "action"})
    first_lap.q6.check(6.0)
    first_lap.report()
    (line,) = capsys.readouterr().out.splitlines()
    assert line == json.dumps(json.loads(line), ensure_ascii=False)
    assert line.startswith(
        f'{{"lesson": "{FIRST_LAP}", "nickname": "Zoë", "points": 0.5, "max_points": 7, "exercises": '
    )
    assert json.loads(line)["exercises"]["q4"] == {"status": "wrong", "points": 0.5, "attempts": 1}
    assert json.loads(line)["exercises"]["q6"] == {"status": "correct", "points": 0, "attempts": 1}


def test_a_headless_run_reads_and_writes_nothing(monkeypatch, tmp_path, pit_stop):
    pit_stop.t1.check("b")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    monkeypatch.delenv("COURSE_NICKNAME")
    lesson = exercises.open(PIT_STOP)
    assert repr(lesson.progress()).startswith(f"student in {PIT_STOP}: 0 of 12 points")
    lesson.t2.check("c")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.json")} == before


def test_a_folder_that_cannot_be_written_costs_one_line(tmp_path, capsys):
    (tmp_path / "progress").write_text("a file in the way", encoding="utf-8")
    lesson = exercises.open(PIT_STOP)
    lesson.t1.check("b")
    lesson.t2.check("c")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Your progress lasts until you close this notebook: ")
    assert "2 of 12" in repr(lesson.progress())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("01_rl_basics/01_frist_lap", FIRST_LAP),
        ("01_rl_basic/00_python_pitstop", PIT_STOP),
        ("", None),
        ("../../secret", None),
    ],
)
def test_a_wrong_name_of_a_notebook_gets_the_nearest(name, meant):
    with pytest.raises(UnknownExercises, match="did you mean") as caught:
        exercises.open(name)
    assert meant is None or f'"{meant}"' in str(caught.value)


def test_the_name_may_be_a_path_and_lack_its_numbers(tmp_path):
    for name in (f"{tmp_path}/{FIRST_LAP}.ipynb", "rl_basics\\first_lap", FIRST_LAP):
        assert repr(exercises.open(name)).endswith("q1, q2, q3, q4, q5, q6)")


def test_a_wrong_name_of_an_exercise_gets_the_nearest(pit_stop):
    with pytest.raises(exercises.ExerciseError, match=r"no exercise q11: did you mean lesson\.q1\?"):
        pit_stop.q11.check(1)
    assert not hasattr(pit_stop, "_repr_html_")


def test_a_question_shows_what_can_be_picked(pit_stop, first_lap):
    assert "    print(laps[1], len(laps))\n  a) `8 3`" in repr(pit_stop.t1)
    assert "b) the network" in repr(first_lap.q3)
    assert "stretch" in repr(first_lap.q6)
    assert {"li", "pre", "code"} <= Seen(pit_stop.t1._repr_html_()).tags


def test_opening_exercises_does_not_wait_for_torch():
    code = f"from course_lib.notebook import exercises\nexercises.open({PIT_STOP!r})\n"
    code += "import sys\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False", done.stderr
