"""Running notebooks by papermill, each in a folder of its own like the one in which a student has it."""

from __future__ import annotations

import ast
import multiprocessing
import os
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from course_lib.commands import CommandError
from course_lib.commands.notebook_copies import copy_files_beside
from course_lib.commands.notebook_files import (
    NotebookError,
    name_of,
    nearest,
    need_checkout,
    notebook_text,
    read_notebook,
)
from course_lib.commands.notebook_format import formatted, without_papermill
from course_lib.exercises.solutions import exercise_cells, read_solutions, with_solutions
from course_lib.files import write_atomically

CELL_SECONDS = 1800  # a cell that takes longer hangs
HEAD_LINES = 6  # of a failing cell


@dataclass(frozen=True)
class Job:
    """One notebook to run: where it is, where the executed one goes, and what to put for its parameters.

    With `solutions`, its exercise cells hold the solutions.
    """

    file: Path
    out: Path
    parameters: dict
    keep_parameters: bool = True
    solutions: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a job; `error` is "" or says which cell failed and how."""

    file: Path
    seconds: float
    cells: int
    error: str = ""


def run(
    files: list[Path],
    parameters: dict,
    out: Path | None = None,
    write: bool = False,
    workers: int = 1,
    solutions: bool = False,
) -> int:
    """Run the notebooks, print a table and the errors; 1 when one failed.

    Args:
        out: the folder for the executed notebooks, `LESSON/NAME.ipynb`; a temporary one without.
        write: put each executed, formatted notebook in the place of the one that was run, unless it failed.
        solutions: put the solutions into the exercise cells of those notebooks that have some.
    """
    if write:
        need_checkout("--write")
        if parameters or out is not None or solutions:
            raise CommandError(
                "--write runs the notebooks just as they are: leave out --budget, -p, --out and --solutions"
            )
    console = Console()
    if not files:
        console.print("There are no notebooks to run.")
        return 0
    for file in files:
        check_parameters(file, parameters)
    out = (out or Path(tempfile.mkdtemp(prefix="first-lap-"))).resolve()
    jobs = [Job(file.resolve(), out / f"{name_of(file)}.ipynb", parameters, not write, solutions) for file in files]
    before = {job.file: job.file.read_bytes() for job in jobs}
    outcomes = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context) as pool:
        running = [pool.submit(execute, job) for job in jobs]
        try:
            for done in as_completed(running):
                outcome = done.result()
                outcomes[outcome.file] = outcome
                said = "failed" if outcome.error else "ok"
                console.print(f"{name_of(outcome.file)}: {said}, {outcome.seconds:.1f} s", highlight=False)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    ordered = [outcomes[job.file] for job in jobs]
    for job, outcome in zip(jobs, ordered):
        if write and not outcome.error:
            if job.file.read_bytes() != before[job.file]:
                raise NotebookError(f"{job.file} was changed while it ran, so it stays; the executed one is {job.out}")
            write_atomically(job.file, job.out.read_bytes())
    report(console, ordered)
    console.print(f"The executed notebooks are in {'their places' if write else out}.", soft_wrap=True, highlight=False)
    if write and any(outcome.error for outcome in ordered):
        console.print(f"Those that failed are as they were; how far they came: {out}", soft_wrap=True, highlight=False)
    return 1 if any(outcome.error for outcome in ordered) else 0


def report(console: Console, outcomes: list[Outcome]) -> None:
    table = Table()
    for column in ("notebook", "seconds", "cells", "result"):
        table.add_column(column, justify="right" if column in ("seconds", "cells") else "left")
    for outcome in outcomes:
        result = "[red]failed[/red]" if outcome.error else "[green]ok[/green]"
        table.add_row(name_of(outcome.file), f"{outcome.seconds:.1f}", str(outcome.cells), result)
    table.caption = f"{sum(outcome.seconds for outcome in outcomes):.0f} s in all" if len(outcomes) > 1 else None
    console.print(table)
    for outcome in outcomes:
        if outcome.error:
            console.print(f"[red]{name_of(outcome.file)}[/red] {escape(outcome.error)}", highlight=False)


# --- Parameters ---------------------------------------------------------------------------------------------


def parse_parameters(texts: list[str]) -> dict:
    """{name: value} of texts such as SEED=3; a value that is no Python literal is a string. Raises CommandError."""
    parameters = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise CommandError(f"{text!r} sets no parameter: write -p NAME VALUE, such as -p SEED 3")
        try:
            parameters[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            parameters[name] = value
    return parameters


def check_parameters(file: Path, parameters: dict) -> None:
    """Raises NotebookError for a parameter that the notebook does not have."""
    if not parameters:
        return
    known = parameter_names(read_notebook(file))
    for name in parameters:
        if name not in known:
            raise NotebookError(f"{name_of(file)} has no parameter {name!r}{nearest(name, sorted(known))}")


def parameter_names(notebook: dict) -> set[str]:
    """The names that the cell tagged `parameters` sets."""
    names = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "parameters" in cell["metadata"].get("tags", []):
            try:
                tree = ast.parse(cell["source"])
            except SyntaxError:
                continue
            for node in tree.body:
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


# --- Execution, in a process of its own ---------------------------------------------------------------------


def execute(job: Job) -> Outcome:
    """Run one notebook in a temporary folder beside copies of its files; write the executed one, formatted."""
    import nbclient.exceptions
    import papermill
    from papermill.exceptions import PapermillExecutionError

    os.environ["COURSE_HEADLESS"] = "1"
    os.environ.pop("MPLBACKEND", None)  # a figure belongs into the notebook, whatever scripts are to do with it
    began = time.monotonic()
    error = ""
    with tempfile.TemporaryDirectory(prefix="first-lap-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        ready, raw = place / "ready.ipynb", place / "executed.ipynb"
        place = place / job.file.parent.name
        place.mkdir()
        try:
            copy_files_beside(job.file.parent, place)
            # Formatted before: a notebook without ids would get random ones on the way.
            notebook = formatted(read_notebook(job.file))
            if job.solutions:
                notebook = solved(notebook, job.file)
            ready.write_text(notebook_text(notebook), encoding="utf-8")
            papermill.execute_notebook(
                str(ready), str(raw), job.parameters, kernel_name="python3", language="python",
                progress_bar=False, cwd=str(place), execution_timeout=CELL_SECONDS, log_output=False,
                kernel_manager_class=kernel_manager(), store_widget_state=False,
                extra_arguments=["--log-level=50"],
            )  # fmt: skip
        except PapermillExecutionError as problem:
            error = describe(problem, raw)
        except nbclient.exceptions.CellTimeoutError as problem:
            error = f"took too long: {str(problem).splitlines()[0]}"
        except nbclient.exceptions.DeadKernelError:
            error = "ended its kernel: the process was killed or crashed (out of memory?)"
        except Exception:  # it must come back from this process as a row of the table
            error = f"could not be run:\n{traceback.format_exc()}"
        seconds = time.monotonic() - began
        notebook = read_notebook(raw) if raw.exists() else None
        if notebook is not None:
            if job.keep_parameters:
                for cell in notebook["cells"]:
                    tags = cell["metadata"].get("tags", [])
                    cell["metadata"]["tags"] = [
                        "parameters-of-this-run" if tag == "injected-parameters" else tag for tag in tags
                    ]
            job.out.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(job.out, notebook_text(formatted(notebook)).encode("utf-8"))
    cells = notebook["cells"] if notebook else []
    return Outcome(job.file, seconds, sum(cell["cell_type"] == "code" for cell in cells), error)


def solved(notebook: dict, file: Path) -> dict:
    """The notebook with its solutions; the same notebook if it has no exercises."""
    if not exercise_cells(notebook):
        return notebook
    return with_solutions(notebook, read_solutions(file.parent / "solutions" / f"{file.stem}.py"))


def kernel_manager() -> type:
    """A class of kernel managers that know one kernel, that of this Python, whatever else is installed."""
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager

    class OwnKernelManager(AsyncKernelManager):
        def _kernel_spec_manager_default(self):
            return KernelSpecManager(parent=self, kernel_dirs=[])

    return OwnKernelManager


def describe(problem, executed: Path) -> str:
    """Which cell of the notebook failed (without the cells that papermill added), its first lines, its error."""
    cells = read_notebook(executed)["cells"] if executed.exists() else []
    own = without_papermill(cells)
    number = next(
        (i for i, c in enumerate(own, 1) if any(o["output_type"] == "error" for o in c.get("outputs", []))
         and "raises-exception" not in c["metadata"].get("tags", [])),
        problem.cell_index + 1,
    )  # fmt: skip
    lines = problem.source.splitlines()
    head = [f"    {line}" for line in lines[:HEAD_LINES]] + (["    ..."] if len(lines) > HEAD_LINES else [])
    said = str(problem.evalue)
    return "\n".join([f"failed in cell {number}:", *head, f"  {problem.ename}: {said}"])
