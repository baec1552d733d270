"""`course test`: style, layers, tests."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

from course_lib import paths
from course_lib.commands import CommandError

TOOLS = {"ruff": "ruff", "import-linter": "importlinter", "pytest": "pytest"}


def run(arguments: list[str]) -> int:
    """Run ruff, import-linter and pytest (with further arguments) in the checkout; 0 when all are content."""
    top = paths.checkout()
    if top is None:
        raise CommandError("the tests are not part of the installed package: run them in a checkout")
    missing = [name for name, module in TOOLS.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise CommandError(f"{', '.join(missing)} missing: python start.py test installs the test tools")
    checks = {
        "style": ["-m", "ruff", "check", "."],
        "layers": ["-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"],
        "tests": ["-m", "pytest", *arguments],
    }
    environment = {**os.environ, "PYTHONUTF8": "1"}
    failed = []
    for name, command in checks.items():
        print(f"-- {name}", flush=True)
        if subprocess.run([sys.executable, *command], cwd=top, env=environment, check=False).returncode != 0:
            failed.append(name)
    print(f"-- {'failed: ' + ', '.join(failed) if failed else 'all good'}", flush=True)
    return 1 if failed else 0
