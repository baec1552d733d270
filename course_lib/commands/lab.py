"""`course lab`: the student's copies of the lessons in JupyterLab."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

from course_lib.commands import CommandError, notebook_copies


def run(browser: bool = True, port: int = 8888, nickname: str | None = None) -> int:
    """Copy the lessons that the student lacks, start JupyterLab on them, wait for it and return its exit code.

    Raises CommandError: JupyterLab is missing, or the student's folder cannot be written.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise CommandError('JupyterLab is missing: pip install "first-lap[lab]", or run python start.py')
    folder = notebook_copies.student_folder(nickname)
    outdated = notebook_copies.copy_lessons(folder)
    print(f"Your own copies of the lessons are in {folder}")
    if outdated:
        names = ", ".join(copy.stem for copy in outdated)
        print(f"There is a newer original of {names}: `course reset NOTEBOOK` gets it and keeps your old copy.")
    command = [sys.executable, "-m", "jupyterlab", f"--port={port}", f"--ServerApp.root_dir={folder}"]
    if not browser:
        command.append("--no-browser")
    print("Opening them in your browser. Ctrl-C in this window ends it.", flush=True)
    lab = subprocess.Popen(command)
    while True:
        try:
            return lab.wait()
        except KeyboardInterrupt:
            continue  # JupyterLab got the same Ctrl-C and asks whether to stop
