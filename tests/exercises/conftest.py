"""Student code as a notebook runs it: from a file name of its own, with its lines at hand for messages."""

from __future__ import annotations

import linecache

import pytest


@pytest.fixture
def cell(tmp_path):
    """A function that runs source like a notebook cell and returns what it defined."""

    def run(source: str) -> dict:
        name, names = str(tmp_path / "ipykernel_1" / f"{len(source)}.py"), {}
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        exec(compile(source, name, "exec"), names)
        return names

    return run
