"""environment.yml asks for what pyproject.toml asks for, under conda's names."""

from __future__ import annotations

import tomllib

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_lib import paths

CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}


def test_the_two_files_agree():
    top = paths.checkout()
    project = tomllib.loads((top / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = yaml.safe_load((top / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = {}
    for entry in listed:
        if isinstance(entry, str):
            requirement = Requirement(entry)
            conda[canonicalize_name(requirement.name)] = requirement.specifier
    wanted = {}
    for text in [*project["dependencies"], *project["optional-dependencies"]["lab"]]:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"python_version": "3.12"}):
            wanted[CONDA_NAMES.get(requirement.name, requirement.name)] = requirement.specifier
    python = conda.pop("python")
    conda.pop("pip")
    assert conda == wanted
    # pygame ends where pyproject turns to pygame-ce.
    assert python.contains("3.11") and python.contains("3.13") and not python.contains("3.14")
    assert listed[-1] == {"pip": ["--editable ."]}
