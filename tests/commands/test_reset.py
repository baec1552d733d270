"""`course reset`: the original again, the student's own kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from lesson_site import course, make_site


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    return make_site(tmp_path_factory.mktemp("site") / "site")


@pytest.fixture
def copy(site, tmp_path) -> Path:
    assert course(site, tmp_path, "lab", "--nickname", "Ada").returncode == 0
    return tmp_path / "my_laps/Ada/01_basics/01_first.ipynb"


def test_the_old_ones_are_kept_under_numbers(site, tmp_path, copy):
    shipped = copy.read_bytes()
    for number, name in ((1, "01_first"), (2, "01_basics/01_first.ipynb"), (3, str(copy))):
        copy.write_text(f"mine {number}", encoding="utf-8")
        done = course(site, tmp_path, "reset", name)
        assert done.returncode == 0, done.stderr
        old = copy.with_name(f"01_first_old_{number}.ipynb")
        assert str(old) in done.stdout
        assert old.read_text(encoding="utf-8") == f"mine {number}" and copy.read_bytes() == shipped


def test_what_was_not_changed_is_not_kept_twice(site, tmp_path, copy):
    assert course(site, tmp_path, "reset", "01_first").returncode == 0
    assert not list(copy.parent.glob("*old*"))


def test_a_copy_that_was_deleted_comes_back(site, tmp_path, copy):
    copy.unlink()
    assert course(site, tmp_path, "reset", "01_first", "--nickname", "Ada").returncode == 0
    assert copy.exists() and not list(copy.parent.glob("*old*"))


def test_an_unknown_notebook_suggests_the_nearest(site, tmp_path, copy):
    done = course(site, tmp_path, "reset", "01_frist")
    assert done.returncode == 1 and "did you mean 01_first?" in done.stderr and done.stderr.count("\n") == 1


def test_when_it_cannot_be_written_the_old_one_stays(site, tmp_path, copy):
    copy.write_text("mine", encoding="utf-8")
    for number in (1, 2):
        copy.with_name(f"01_first_old_{number}.ipynb").mkdir()  # those names are taken
    copy.with_name("01_first_old_3.ipynb").write_text("older", encoding="utf-8")
    assert course(site, tmp_path, "reset", "01_first").returncode == 0
    assert copy.with_name("01_first_old_3.ipynb").read_text(encoding="utf-8") == "older"
    assert copy.with_name("01_first_old_4.ipynb").read_text(encoding="utf-8") == "mine"
