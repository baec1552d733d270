"""`course notebooks`: what run executes, what format keeps, what check refuses."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lesson_site import code, lesson, text, write

from course_lib import paths
from course_lib.commands import notebook_check, notebook_files, notebook_format, notebook_run
from course_lib.commands.notebook_files import notebook_text, parse_notebook, read_notebook
from course_lib.commands.notebook_format import formatted


def notebooks(*arguments: object, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "course_lib", "notebooks", *map(str, arguments)], capture_output=True, text=True,
        encoding="utf-8", env={**os.environ, "COLUMNS": "200", **environment},
    )  # fmt: skip


# --- run ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> tuple[subprocess.CompletedProcess, Path]:
    """Two good lessons and a bad one, run with parameters by two workers, under a misleading `python3` kernel."""
    folder = tmp_path_factory.mktemp("Läufe und mehr")
    seen = code("import os\nimport sys\nprint(SEED, BUDGET, os.environ['COURSE_HEADLESS'])\nprint(sys.executable)")
    beside = code(
        "print(open('beside.txt', encoding='utf-8').read())\nopen('litter.txt', 'w', encoding='utf-8').close()"
    )
    lessons = folder / "01_basics"
    write(lessons / "01_good.ipynb", lesson(seen, beside))
    write(lessons / "02_bad.ipynb", lesson(code("a = 1"), code("a = 2\nprint(1 / 0)"), code("never = 1")))
    plot = code("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    write(lessons / "03_plot.ipynb", lesson(plot))
    (lessons / "beside.txt").write_text("beside ü", encoding="utf-8")
    kernel = folder / "data/kernels/python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/no/such/python", "-f", "{connection_file}"], "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    done = notebooks(
        "run", lessons, "--budget", "full", "-p", "SEED", "7", "--out", folder / "out", "--workers", "2",
        JUPYTER_PATH=str(folder / "data"), JUPYTER_PREFER_ENV_PATH="0", MPLBACKEND="Agg",
    )  # fmt: skip
    return done, folder


def test_run_passes_parameters_and_uses_this_python(ran):
    _, folder = ran
    executed = read_notebook(folder / "out/01_basics/01_good.ipynb")
    said = "".join(output.get("text", "") for cell in executed["cells"] for output in cell.get("outputs", []))
    assert said.splitlines() == ["7 full 1", sys.executable, "beside ü"]
    assert not (folder / "01_basics/litter.txt").exists()


def test_run_reports_the_failing_cell_and_fails(ran):
    done, _ = ran
    assert done.returncode == 1, done.stderr
    assert "02_bad" in done.stdout and "failed in cell 5" in done.stdout  # title, setup, parameters, a = 1, this
    assert "print(1 / 0)" in done.stdout and "ZeroDivisionError: division by zero" in done.stdout
    assert "Traceback" not in done.stderr


def test_figures_are_in_the_notebook_whatever_scripts_use(ran):
    _, folder = ran
    executed = read_notebook(folder / "out/01_basics/03_plot.ipynb")
    assert any("image/png" in o.get("data", {}) for cell in executed["cells"] for o in cell.get("outputs", []))


def test_write_puts_the_executed_notebook_into_its_place_unless_it_failed(tmp_path):
    good = write(tmp_path / "l/good.ipynb", lesson(code("print('done')")))
    bad = write(tmp_path / "l/bad.ipynb", lesson(code("print('begun')"), code("raise ValueError('[no]')")))
    before = bad.read_bytes()
    done = notebooks("run", "--write", good, bad)
    assert done.returncode == 1 and "ValueError: [no]" in done.stdout
    assert bad.read_bytes() == before
    assert notebook_check.check_file(good) == []


def test_write_takes_no_parameters(tmp_path):
    file = write(tmp_path / "l/x.ipynb", lesson())
    done = notebooks("run", "--write", "-p", "SEED", "3", file)
    assert done.returncode == 1 and "--write" in done.stderr and done.stderr.count("\n") == 1


def test_solutions_take_the_place_of_exercises(tmp_path):
    exercise = code("print(...)", first_lap={"exercise": "q1", "points": 1})
    file = write(tmp_path / "l/x.ipynb", lesson(exercise, code("print('after')")))
    plain = write(tmp_path / "l/y.ipynb", lesson(code("print('no exercise')")))
    solutions = tmp_path / "l/solutions"
    solutions.mkdir()
    (solutions / "x.py").write_text("# %% q1\nprint('solved ü')\n", encoding="utf-8")
    done = notebooks("run", "--solutions", "--out", tmp_path / "out", file, plain)
    assert done.returncode == 0, done.stdout
    cells = read_notebook(tmp_path / "out/l/x.ipynb")["cells"]
    printed = [cell["outputs"][0]["text"] for cell in cells if cell.get("outputs")]
    assert printed == ["solved ü\n", "after\n"]
    (solutions / "x.py").unlink()
    done = notebooks("run", "--solutions", file)
    assert done.returncode == 1 and "there are no solutions to this notebook here" in done.stdout
    done = notebooks("run", "--solutions", "--write", file)
    assert done.returncode == 1 and "--solutions" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("-p", "SEDE", "3"), "did you mean SEED?"), (("-p", "SEED"), "-p NAME VALUE")],
)
def test_a_wrong_parameter_is_one_line(tmp_path, arguments, said):
    file = write(tmp_path / "l/x.ipynb", lesson())
    done = notebooks("run", file, *arguments)
    assert done.returncode == 1 and said in done.stderr and done.stderr.count("\n") == 1


def test_parameters_are_python_values_or_texts():
    texts = ["A=1", "B=0.5", "C=[1, 2]", "D=quick", "E=True", "F=a=b"]
    expected = {"A": 1, "B": 0.5, "C": [1, 2], "D": "quick", "E": True, "F": "a=b"}
    assert notebook_run.parse_parameters(texts) == expected


# --- names --------------------------------------------------------------------------------------------------


@pytest.fixture
def lessons(tmp_path, monkeypatch) -> Path:
    for name in ("01_a/01_first_lap", "01_a/02_more", "02_b/02_more", "01_a/solutions/01_first_lap"):
        write(tmp_path / f"{name}.ipynb", lesson())
    write(tmp_path / "01_a/.ipynb_checkpoints/01_first_lap-checkpoint.ipynb", lesson())
    monkeypatch.setattr(paths, "lessons_dir", lambda: tmp_path)
    return tmp_path


def test_names_and_paths(lessons):
    first = lessons / "01_a/01_first_lap.ipynb"
    for name in ("01_first_lap", "01_first_lap.ipynb", "01_a/01_first_lap", "my_laps\\Ada\\01_a\\01_first_lap.ipynb"):
        assert notebook_files.find_notebooks([name]) == [first]
    assert notebook_files.find_notebooks(["02_b/02_more"]) == [lessons / "02_b/02_more.ipynb"]
    assert len(notebook_files.find_notebooks([])) == 3
    assert notebook_files.find_notebooks([], "02_b") == [lessons / "02_b/02_more.ipynb"]
    assert len(notebook_files.find_notebooks([str(lessons / "01_a")])) == 2


@pytest.mark.parametrize(
    ("names", "lesson_name", "said"),
    [(["01_frist_lap"], None, "did you mean 01_first_lap"), (["02_more"], None, "01_a/02_more or 02_b/02_more"),
     ([], "1_a", "did you mean 01_a")],
)  # fmt: skip
def test_a_wrong_name_suggests(lessons, names, lesson_name, said):
    with pytest.raises(notebook_files.NotebookError, match=said):
        notebook_files.find_notebooks(names, lesson_name)


# --- format -------------------------------------------------------------------------------------------------

MESSY = {
    "cells": [
        {"cell_type": "markdown", "id": "0" * 8 + "-1111-2222-3333-" + "4" * 12, "metadata": {"collapsed": True},
         "source": "# Title  \n\ntext \n\n"},
        {"cell_type": "code", "id": "Not Plain", "execution_count": 4, "source": ["a = 1  \n", "a\n"],
         "metadata": {"tags": ["z", "a", "a"], "papermill": {"duration": 1.5}, "scrolled": True, "colab": {"id": "x"}},
         "outputs": [
             {"output_type": "stream", "name": "stdout", "text": ["one\n"]},
             {"output_type": "stream", "name": "stdout", "text": "10%\r20%\r30%\n"},
             {"output_type": "display_data", "metadata": {"image/png": {"alt": "a car", "needs_background": "light"}},
              "data": {"image/png": "iVBORw0KGgo=", "text/plain": "x"}},
             {"output_type": "execute_result", "execution_count": 4, "metadata": {},
              "data": {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Widget()"}}]},
        {"cell_type": "code", "id": "setup", "execution_count": 9, "metadata": {}, "outputs": [],
         "source": "from course_lib.notebook.setup import setup\nsetup(save='drive')"},
        {"cell_type": "code", "id": "empty", "execution_count": None, "metadata": {}, "outputs": [], "source": " \n"},
        {"cell_type": "code", "id": "p", "execution_count": 11, "metadata": {"tags": ["injected-parameters"]},
         "outputs": [], "source": "SEED = 1"},
    ],
    "metadata": {"first_lap": {"minutes": 3}, "kernelspec": {"name": "x", "display_name": "y"}, "widgets": {"s": 1},
                 "language_info": {"name": "python", "version": "3.11.2"}, "colab": {}, "papermill": {}},
    "nbformat": 4, "nbformat_minor": 4,
}  # fmt: skip


def tidy(notebook: dict) -> str:
    return notebook_text(formatted(parse_notebook(json.dumps(notebook), Path("x.ipynb"))))


def test_format_keeps_what_matters_only():
    notebook = parse_notebook(tidy(MESSY), Path("x.ipynb"))
    title, setup, cell = notebook["cells"]
    assert [c["id"] for c in notebook["cells"]] == ["cell-01", "setup", "cell-03"]
    assert title["source"] == "# Title\n\ntext" and title["metadata"] == {}
    assert setup["source"] == notebook_format.setup_source()
    assert cell["source"] == "a = 1\na" and cell["metadata"] == {"tags": ["a", "z"]}
    stream, picture, widget = cell["outputs"]
    assert stream["text"] == "one\n30%\n"
    assert picture["metadata"] == {"image/png": {"alt": "a car"}}
    assert widget["data"] == {"text/plain": "Widget()"}
    assert set(notebook["metadata"]) == {"first_lap", "kernelspec", "language_info"}
    assert "version" not in notebook["metadata"]["language_info"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_counts_become_consecutive_unless_cells_ran_out_of_order():
    def counts(*given: int | None) -> list:
        cells = [{**code(f"a = {i}"), "execution_count": count} for i, count in enumerate(given)]
        cells[0]["source"] = "# course_lib.notebook.setup"
        return [cell["execution_count"] for cell in formatted({"cells": cells, "metadata": {}})["cells"]]

    assert counts(3, 5, 9) == [1, 2, 3]
    assert counts(3, None, 9) == [1, None, 2]
    assert counts(3, 9, 5) == [3, 9, 5]


def test_the_file_is_as_jupyter_writes_it():
    tidied = tidy(MESSY)
    node = nbformat.reads(tidied, as_version=4)
    nbformat.validate(node)
    assert nbformat.writes(node) + "\n" == tidied


TEXT = st.text(st.sampled_from("ab #=\n\r\t ü\u2028`"), max_size=25)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.sampled_from(["a", "b", "parameters"])),
        "scrolled": st.booleans(),
        "first_lap": st.just({"exercise": "q1"}),
    },
)
OUTPUT = st.one_of(
    st.builds(lambda t, n: {"output_type": "stream", "name": n, "text": t},
              TEXT, st.sampled_from(["stdout", "stderr"])),
    st.builds(lambda t: {"output_type": "display_data", "metadata": {"text/html": {"alt": 1}},
                         "data": {"text/html": t, "application/vnd.jupyter.widget-view+json": {}}}, TEXT),
    st.builds(lambda t: {"output_type": "execute_result", "metadata": {}, "execution_count": 1,
                         "data": {"text/plain": t}}, TEXT),
)  # fmt: skip
ID = st.one_of(st.none(), st.sampled_from(["cell-01", "cell-02", "setup", "x", "Ö", ""]))
CELL = st.one_of(
    st.builds(lambda s, m, i: {"cell_type": "markdown", "source": s, "metadata": m, "id": i}, TEXT, METADATA, ID),
    st.builds(lambda s, m, i, o, n: {"cell_type": "code", "source": s, "metadata": m, "id": i, "outputs": o,
                                     "execution_count": n},
              TEXT, METADATA, ID, st.lists(OUTPUT, max_size=4), st.one_of(st.none(), st.integers(1, 9))),
)  # fmt: skip


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.lists(CELL, max_size=6))
def test_format_is_idempotent_and_valid(cells):
    once = tidy({"cells": copy.deepcopy(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert tidy(json.loads(once)) == once
    nbformat.validate(nbformat.reads(once, as_version=4))
    assert len({cell["id"] for cell in json.loads(once)["cells"]}) == len(json.loads(once)["cells"])


def test_a_broken_notebook_is_one_line_and_stays(tmp_path):
    file = tmp_path / "x.ipynb"
    file.write_text('{"cells": [', encoding="utf-8")
    done = notebooks("format", file)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "line 1" in done.stderr
    assert file.read_text(encoding="utf-8") == '{"cells": ['


def test_the_setup_cell_names_the_repository_of_pyproject():
    project = tomllib.loads((paths.checkout() / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source = notebook_format.setup_source()
    assert f'git+{project["urls"]["Repository"]}"' in source
    assert len(source.splitlines()) <= 8


# --- check --------------------------------------------------------------------------------------------------


def executed(notebook: dict) -> dict:
    """The notebook formatted, as if each cell had been run and had said what `outputs` has."""
    done = formatted(parse_notebook(json.dumps(notebook), Path("x.ipynb")))
    for number, cell in enumerate((c for c in done["cells"] if c["cell_type"] == "code"), 1):
        cell["execution_count"] = number
    return done


def faults(tmp_path: Path, notebook: dict, change=None) -> str:
    done = executed(notebook)
    if change is not None:
        change(done)
    file = tmp_path / "01_a/x.ipynb"
    file.parent.mkdir(exist_ok=True)
    file.write_text(notebook_text(done), encoding="utf-8", newline="\n")
    return "\n".join(notebook_check.check_file(file))


def says(data: dict, metadata: dict | None = None, **about) -> dict:
    output = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
    return {**code("print()", **about), "outputs": [output]}


def test_a_good_notebook_has_no_faults(tmp_path):
    (tmp_path / "01_a").mkdir()
    (tmp_path / "01_a/car.png").write_bytes(b"")
    picture = says({"image/png": "iVBORw0KGgo="}, {"image/png": {"alt": "a car"}})
    words = text(
        "## Part\n\n![a car](car.png) [there](#Part) [web](https://example.org) `![](x)`\n\n```\n# no title\n```"
    )
    assert faults(tmp_path, lesson(words, code("print(1)"), picture)) == ""


@pytest.mark.parametrize(
    ("notebook", "said"),
    [
        (lesson(title="10 minutes"), "no title"),
        (lesson(text("# Again")), "cell 4: is a second title"),
        (lesson(text("### Deep")), "jumps from level 1 to 3"),
        (lesson(title="# T\n\nsoon"), "does not say 10 minutes"),
        (lesson(minutes="ten"), "minutes is 'ten'"),
        (lesson(level="hard"), "level is 'hard'"),
        (lesson(needs="x"), "needs is no list"),
        (lesson(text("![](x.png)")), "has no text in its"),
        (lesson(text("![x](no.png)")), "no.png leads to a file that is not there"),
        (lesson(text("[x](#nowhere)")), "leads to no heading"),
        (lesson(text("![x](https://example.org/x.png)")), "comes from the network"),
        (lesson(text("<img src='x.png'>")), "no alt="),
        (lesson(says({"image/png": "iVBORw0KGgo="})), "no alt text"),
        (lesson(says({"text/html": "<img src='data:,'>"})), "no alt="),
        (lesson(says({"text/html": "<script src='https://cdn.example.org/x.js'></script>"})), "comes from the network"),
        (lesson(says({"text/plain": "took 3 minutes"})), "cell 4: prints a time"),
        (lesson(code("import os")), "imported but unused (F401)"),
        (lesson(code("print(missing)")), "Undefined name `missing` (F821)"),
        (lesson(code("a = 1  # " + "x" * 100)), "(E501)"),
        (lesson(code("\n".join(f"a{i} = 0" for i in range(31)))), "has 31 lines"),
    ],
)
def test_check_refuses(tmp_path, notebook, said):
    found = faults(tmp_path, notebook)
    assert said in found and "01_a/x" in found


def test_check_refuses_what_was_not_run_or_failed(tmp_path):
    error = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}

    def change(notebook):
        notebook["cells"][1]["execution_count"] = 7
        notebook["cells"][3]["execution_count"] = None
        notebook["cells"][4]["outputs"] = notebook["cells"][5]["outputs"] = [error]

    raises = code("b = 1", tags=["raises-exception"])
    found = faults(tmp_path, lesson(code("a = 0"), code("a = 1"), raises), change)
    assert "cell 2: was run as number 7" in found and "cell 4: was not run" in found
    assert "cell 5: ends in an error" in found and "cell 6: ends" not in found


def test_check_refuses_what_format_would_change(tmp_path):
    def change(notebook):
        notebook["metadata"]["colab"] = {}
        notebook["cells"][1]["source"] = "print('setup')"

    found = faults(tmp_path, lesson(), change)
    assert "not in its normal form" in found


def test_check_wants_facts_and_parameters(tmp_path):
    plain = {"cells": [text("# T")], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    found = faults(tmp_path, plain)
    assert "has no metadata.first_lap" in found and "sets BUDGET and SEED" in found


def test_times_are_allowed_where_nbval_does_not_look(tmp_path):
    tagged = says({"text/plain": "took 3 minutes"}, tags=["nbval-ignore-output"])
    assert faults(tmp_path, lesson(tagged, says({"text/plain": "lap 9.87 s, 12.5 it/s, 00:01<00:02, 3.3it/s]"}))) == ""


def test_a_big_notebook_is_refused(tmp_path):
    assert "more than 1: draw" in faults(tmp_path, lesson(says({"text/plain": "x" * 1_100_000})))


def test_links_to_what_students_do_not_have(tmp_path):
    (tmp_path / "01_a/solutions").mkdir(parents=True)
    (tmp_path / "01_a/solutions/x.py").write_text("", encoding="utf-8")
    assert "students do not have" in faults(tmp_path, lesson(text("[x](solutions/x.py)")))


def test_check_as_a_command(tmp_path):
    file = write(tmp_path / "01_a/x.ipynb", lesson())
    done = notebooks("check", file)
    assert done.returncode == 1 and "1 notebooks, 1 to mend" in done.stdout
