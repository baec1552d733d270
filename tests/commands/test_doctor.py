"""`course doctor` against packages, folders and names that are made up for it."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path

import pytest

from course_lib import paths
from course_lib.commands import doctor


@pytest.fixture
def installed(monkeypatch) -> dict[str, str]:
    """What is installed, as a dict that a test may change; the course wants three packages and one extra."""
    versions = {"numpy": "2.0", "torch": "2.13.0+cpu", "pygame": "2.6", "pytest": "9.0"}
    wants = ["numpy>=1.26", "torch>=2.2", "pygame>=2.5", 'pytest>=8; extra == "test"']

    def version(name: str) -> str:
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(metadata, "requires", lambda name: wants)
    return versions


def levels(findings: list[doctor.Finding], word: str) -> list[str]:
    return [finding.level for finding in findings if word in finding.what]


def test_all_there(installed):
    findings = doctor.check_packages()
    assert {finding.level for finding in findings} == {"ok"}
    assert levels(findings, "torch 2.13.0+cpu") == ["ok"]


def test_a_missing_and_an_old_package_are_named_with_the_way_out(installed):
    del installed["torch"]
    installed["numpy"] = "1.20"
    bad = [finding for finding in doctor.check_packages() if finding.level == "bad"]
    assert [finding.what for finding in bad] == [
        "numpy 1.20, but the course needs >=1.26",
        "torch is missing",
    ]
    assert all(finding.mend == "python start.py doctor" for finding in bad)


def test_a_missing_extra_is_only_a_note(installed):
    del installed["pytest"]
    assert levels(doctor.check_packages(), "pytest") == ["note"]


def test_two_pygames_are_bad(installed):
    installed["pygame-ce"] = "2.5.6"
    assert levels(doctor.check_packages(), "overwrite each other") == ["bad"]


def test_the_course_is_not_installed(monkeypatch):
    def requires(name: str):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert [finding.level for finding in doctor.check_packages()] == ["bad"]


def test_files_are_found_and_missed(monkeypatch):
    assert "bad" not in [finding.level for finding in doctor.check_files()]

    def gone():
        raise paths.CourseFilesMissing("the folder data is missing: get the course again")

    monkeypatch.setattr(paths, "data_dir", gone)
    assert "the folder data is missing" in [f.what for f in doctor.check_files() if f.level == "bad"][0]


@pytest.mark.parametrize("level, code", [("ok", 0), ("note", 0), ("bad", 1)])
def test_exit_code(monkeypatch, capsys, level, code):
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Finding(level, "a thing", "do this")])
    assert doctor.run() == code
    assert "a thing" in (out := capsys.readouterr().out) and "-> do this" in out
    assert doctor.run(report=True) == code


def test_report_has_versions_and_no_personal_paths(capsys):
    doctor.run(report=True)
    text = capsys.readouterr().out
    assert "numpy==" in text and sys.version.split()[0] in text and os.name
    for place in (Path.home(), Path.cwd(), paths.checkout(), sys.prefix):
        assert str(place) + os.sep not in text and f"{place}\n" not in text


def test_the_name_of_the_person_goes_too(monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ada"))
    text = doctor.without_personal_paths("adapter 1.0 /home/ada/laps /media/ada/stick /srv/ada")
    assert text == "adapter 1.0 ~/laps /media/<user>/stick /srv/<user>"
