"""`course lab`: the lessons in JupyterLab."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

from course_lib import paths
from course_lib.commands import CommandError


def run(browser: bool = True, port: int = 8888) -> int:
    """Start JupyterLab on the lessons, wait until it ends and return its exit code."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise CommandError('JupyterLab is missing: pip install "first-lap[lab]", or run python start.py')
    command = [sys.executable, "-m", "jupyterlab", f"--port={port}"]
    command.append(f"--ServerApp.root_dir={paths.lessons_dir()}")
    if not browser:
        command.append("--no-browser")
    print("Opening the lessons in your browser. Ctrl-C in this window ends them.", flush=True)
    lab = subprocess.Popen(command)
    while True:
        try:
            return lab.wait()
        except KeyboardInterrupt:
            continue  # JupyterLab got the same Ctrl-C and asks whether to stop
