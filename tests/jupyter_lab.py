"""A real JupyterLab in a real browser, for tests of widgets. `tests/notebook/conftest.py` offers its fixtures.

How to use it::

    def test_the_picture_moves(open_notebook):
        page = open_notebook(["from course_lib... import thing", "shown = thing()", "print('after')"])
        page.run_all()                              # does not wait for the cells
        page.wait_for("() => document.querySelector('.my-widget canvas') !== null")
        page.wait_idle()                            # until the kernel has run them all
        assert page.value("shown.count") == 3       # a Python expression; its value must be a literal
        page.page                                   # Playwright's page, for mouse, keys, locators and screenshots

Wait for states: `wait_for` takes a JavaScript function and an argument, `wait_value` a Python expression that becomes
true. Everything runs twice, with the installed ipykernel and with 6.31, whose widgets hear nothing while a cell runs.
`open_notebook` may be called several times in a test; the server lives as long as the test session.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TIMEOUT = 60_000  # ms, for a state that must come; a busy computer with two cores takes long
OLD_KERNEL = "6.31"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings": {"autosave": False},
}


class Lab:
    """A running server.

    Attributes:
        url: with a slash at its end.  folder: where its notebooks lie, with a space and an umlaut in its name.
    """

    def __init__(self, url: str, folder: Path):
        self.url, self.folder = url, folder

    def write(self, name: str, cells: list[str], kernel: str) -> None:
        """A notebook with these code cells."""
        notebook = {
            "cells": [
                {"cell_type": "code", "id": f"c{number}", "metadata": {}, "execution_count": None, "outputs": [],
                 "source": source}
                for number, source in enumerate(cells)
            ],
            "metadata": {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }  # fmt: skip
        (self.folder / name).write_text(json.dumps(notebook), encoding="utf-8")


class NotebookPage:
    """A notebook that is open in JupyterLab, its kernel idle; ``page`` is Playwright's."""

    def __init__(self, lab: Lab, page, name: str):
        self.page = page
        page.set_default_timeout(TIMEOUT)
        page.goto(f"{lab.url}lab/workspaces/{Path(name).stem}/tree/{name}?reset")
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.session?.kernel?.status === 'idle'"
        )
        # Room for the notebook: the file browser would take a third of a narrow window.
        self.command("application:toggle-left-area")

    def command(self, name: str, **arguments) -> None:
        """Run one of JupyterLab's commands, without waiting for its end."""
        self.page.evaluate(
            "([name, arguments]) => { jupyterapp.commands.execute(name, arguments); }", [name, arguments]
        )

    def run_all(self) -> None:
        """Run all cells, without waiting for them."""
        self.command("notebook:run-all-cells")

    def run(self, cell: int) -> None:
        """Run one cell, without waiting for it."""
        self.page.evaluate(
            "cell => { jupyterapp.shell.currentWidget.content.activeCellIndex = cell;"
            " jupyterapp.commands.execute('notebook:run-cell'); }",
            cell,
        )

    def restart_kernel(self) -> None:
        """Start the kernel anew, and wait until it has."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.restartKernel()")

    def wait_for(self, function: str, argument=None) -> None:
        """Until a JavaScript function returns something true."""
        self.page.wait_for_function(function, arg=argument)

    def wait_idle(self) -> None:
        """Until every cell that was to run has run."""
        self.wait_for(
            "() => { const { content, context } = jupyterapp.shell.currentWidget;"
            " return context.sessionContext.session.kernel.status === 'idle' &&"
            " content.widgets.every((cell) => cell.prompt !== '*'); }"
        )

    def value(self, expression: str):
        """The value of a Python expression in the kernel, which must be idle."""
        reply = self.page.evaluate(
            """async (expression) => {
                const kernel = jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
                const request = { code: "", silent: true, store_history: false, user_expressions: { it: expression } };
                return (await kernel.requestExecute(request).done).content.user_expressions.it;
            }""",
            expression,
        )
        if reply["status"] != "ok":
            raise AssertionError(f"{expression}: {reply['ename']}: {reply['evalue']}")
        return ast.literal_eval(reply["data"]["text/plain"])

    def wait_value(self, expression: str) -> None:
        """Until a Python expression is true, asked in short requests."""
        limit = time.monotonic() + TIMEOUT / 1000
        while not self.value(f"bool({expression})"):
            assert time.monotonic() < limit, f"{expression} has not become true"
            self.page.wait_for_timeout(50)

    def active_cell(self) -> int:
        return self.page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex")

    def output(self, cell: int) -> str:
        """The text that a cell printed."""
        return self.page.evaluate(
            "cell => jupyterapp.shell.currentWidget.content.widgets[cell].model.outputs.toJSON()"
            ".filter((output) => output.output_type === 'stream').map((output) => output.text).join('')",
            cell,
        )


@contextmanager
def running_lab(folder: Path, kernels: dict[str, dict[str, str]]) -> Iterator[Lab]:
    """A JupyterLab of its own: none of the user's settings, files in ``folder``, and these kernels.

    Args:
        kernels: their names, and for each the environment variables that it gets.
    """
    homes = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    homes = {name: folder / "home" / home for name, home in homes.items()}
    for home in homes.values():
        home.mkdir(parents=True)
    for name, settings in SETTINGS.items():
        path = homes["JUPYTERLAB_SETTINGS_DIR"] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    for name, variables in kernels.items():
        spec = {"argv": [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": name, "language": "python", "env": variables}  # fmt: skip
        path = homes["JUPYTER_DATA_DIR"] / "kernels" / name / "kernel.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(spec), encoding="utf-8")
    notebooks = folder / "Meine Hefte für alle"
    notebooks.mkdir()
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
               f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
               "--ServerApp.disable_check_xsrf=True",
               "--expose-app-in-browser", f"--ServerApp.root_dir={notebooks}"]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    environment |= {name: str(home) for name, home in homes.items()}
    log = folder / "lab.log"
    with log.open("wb") as file:
        server = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.STDOUT, cwd=notebooks)
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait_until_it_answers(server, url, log)
        yield Lab(url, notebooks)
    finally:
        try:
            urllib.request.urlopen(urllib.request.Request(url + "api/shutdown", method="POST"), timeout=20).close()
            server.wait(20)
        except (OSError, subprocess.TimeoutExpired):
            server.kill()
            server.wait()


def _wait_until_it_answers(server: subprocess.Popen, url: str, log: Path) -> None:
    limit = time.monotonic() + TIMEOUT / 1000
    while True:
        try:
            urllib.request.urlopen(url + "api/status", timeout=5).close()
            return
        except OSError as error:
            if server.poll() is not None or time.monotonic() > limit:
                text = log.read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"JupyterLab did not start:\n{text[-2000:]}") from error
            time.sleep(0.1)


@contextmanager
def running_chromium():
    """A headless Chromium; skips the test where Playwright or the browser is missing.

    No two may be open in one process at a time, and no event loop may run there beside it.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        except sync_api.Error as error:
            if program is None:
                pytest.skip("neither chromium nor google-chrome is installed, nor Playwright's own browser")
            raise RuntimeError(f"{program} does not start") from error
        try:
            yield browser
        finally:
            browser.close()


def old_ipykernel(folder: Path) -> dict[str, str]:
    """Environment variables with which a kernel runs ipykernel 6.31; skips where pip cannot fetch it."""
    if not folder.exists():
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--target", str(folder), f"ipykernel=={OLD_KERNEL}.*", "nest-asyncio>=1.4"],
            capture_output=True, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            pytest.skip(f"pip cannot fetch ipykernel {OLD_KERNEL}: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    before = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
    return {"PYTHONPATH": os.pathsep.join([str(folder), *before])}


@pytest.fixture(scope="session")
def jupyter_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("jupyter")


@pytest.fixture(scope="session")
def lab(jupyter_folder) -> Iterator[Lab]:
    """A server with the kernels "installed" and "old"; the packages of "old" come with the fixture `kernel`."""
    pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    kernels = {"installed": {}, "old": {"PYTHONPATH": str(jupyter_folder / "old")}}
    with running_lab(jupyter_folder, kernels) as server:
        yield server


@pytest.fixture(params=["installed", "old"])
def kernel(request, jupyter_folder) -> str:
    """The name of a kernel: with the installed ipykernel, and with 6.31."""
    if request.param == "old":
        old_ipykernel(jupyter_folder / "old")
    return request.param


@pytest.fixture
def open_notebook(lab, kernel, request):
    """A function from a list of cells to a `NotebookPage`, in a browser of the test's own."""
    with running_chromium() as browser:
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        opened = []

        def open_one(cells: list[str]) -> NotebookPage:
            name = f"{''.join(c if c.isalnum() else '-' for c in request.node.name)}-{len(opened)}.ipynb"
            lab.write(name, cells, kernel)
            opened.append(NotebookPage(lab, context.new_page(), name))
            return opened[-1]

        yield open_one
