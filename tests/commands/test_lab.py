"""`course lab`: private copies that nothing overwrites, in a folder that every system can have."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from lesson_site import course, make_site

from course_lib.commands import CommandError, notebook_copies


@pytest.fixture(scope="module")
def clean_site(tmp_path_factory) -> Path:
    return make_site(tmp_path_factory.mktemp("installiert ü") / "site")


@pytest.fixture
def site(clean_site) -> Path:
    """The installed course; changed lessons are put back."""
    lesson = clean_site / "course_lib/_lessons/01_basics/01_first.ipynb"
    before = lesson.read_bytes()
    yield clean_site
    lesson.write_bytes(before)


@pytest.fixture
def here(tmp_path) -> Path:
    folder = tmp_path / "Ännas Ordner"
    folder.mkdir()
    return folder


def sources(copy: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(copy.read_text(encoding="utf-8"))["cells"]]


def test_lab_opens_copies_without_outputs(site, here):
    done = course(site, here, "lab", "--nickname", "Jörg", "--no-browser", "--port", "9123")
    assert done.returncode == 0, done.stderr
    folder = here / "my_laps" / "Jörg"
    assert str(folder) in done.stdout.splitlines() and "--no-browser" in done.stdout and "--port=9123" in done.stdout
    copies = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    assert copies == ["01_basics/01_first.ipynb", "01_basics/02_second.ipynb", "01_basics/table.csv"]
    notebook = json.loads((folder / copies[0]).read_text(encoding="utf-8"))
    assert all(cell["outputs"] == [] for cell in notebook["cells"] if cell["cell_type"] == "code")
    assert not any("newer" in line for line in done.stdout.splitlines())


def test_a_copy_is_never_overwritten_and_a_newer_original_is_told_of(site, here):
    course(site, here, "lab", "--nickname", "Ada")
    copy = here / "my_laps/Ada/01_basics/01_first.ipynb"
    mine = copy.read_text(encoding="utf-8").replace("1 + 1", "1 + 100")
    copy.write_text(mine, encoding="utf-8")
    original = site / "course_lib/_lessons/01_basics/01_first.ipynb"
    original.write_text(original.read_text(encoding="utf-8").replace("1 + 1", "3 + 3"), encoding="utf-8")
    done = course(site, here, "lab")  # the nickname is remembered
    assert copy.read_text(encoding="utf-8") == mine
    told = [line for line in done.stdout.splitlines() if "newer" in line]
    assert len(told) == 1 and "01_first" in told[0] and "02_second" not in told[0] and "course reset" in told[0]


def test_new_outputs_of_the_original_are_no_news(site, here):
    course(site, here, "lab", "--nickname", "Ada")
    original = site / "course_lib/_lessons/01_basics/01_first.ipynb"
    notebook = json.loads(original.read_text(encoding="utf-8"))
    notebook["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "2\n"}]
    original.write_text(json.dumps(notebook), encoding="utf-8")
    assert "newer" not in course(site, here, "lab").stdout


def test_two_at_once_make_whole_copies(site, here):
    pair = [course(site, here, "lab", "--nickname", "Zwei", start=subprocess.Popen) for _ in range(3)]
    for process in pair:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    folder = here / "my_laps/Zwei/01_basics"
    assert sources(folder / "01_first.ipynb")[-1] == "print(1 + 1)"
    assert not list((here / "my_laps").rglob("*.part"))


def test_without_a_nickname_the_login_name_is_taken(site, here):
    done = course(site, here, "lab", LOGNAME="Käthe Müller", USER="Käthe Müller", USERNAME="Käthe Müller")
    assert done.returncode == 0 and (here / "my_laps/Käthe_Müller/01_basics").is_dir()


@pytest.mark.parametrize(
    ("nickname", "folder"),
    [("Ann-Lena 2", "Ann-Lena_2"), ("../../etc", "etc"), ("a/b\\c:d", "a_b_c_d"), ("con", "_con"),
     ("Nul.txt", "_Nul.txt"),
     ("com1", "_com1"), ("tail. . .", "tail"), (".hidden", "hidden"), ("Jo\u0308rg", "Jörg"), ("अनुज", "अनुज"),
     ("x" * 99, "x" * 40), ("🏎️ fast", "fast"), ("...", ""), ("", "")],
)  # fmt: skip
def test_nicknames_become_names_of_folders(nickname, folder):
    assert notebook_copies.clean(nickname).replace("\ufe0f", "").strip("_") == folder.strip("_")
    name = notebook_copies.clean(nickname)
    assert notebook_copies.clean(name) == name and not set(name) & set('/\\:*?"<>|')
    assert folder == name or "🏎" in nickname


def test_a_nickname_without_letters_is_one_line(site, here):
    done = course(site, here, "lab", "--nickname", "///")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "choose another" in done.stderr
    assert not (here / "my_laps").exists()


def test_a_folder_that_cannot_be_written_is_one_line(site, here):
    (here / "my_laps").write_text("a file is in the way", encoding="utf-8")
    done = course(site, here, "lab", "--nickname", "Ada")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "cannot be written" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a limit of the size of files is POSIX")
def test_a_full_disk_is_one_line_and_leaves_no_half_copy(site, here):
    course(site, here, "lab", "--nickname", "Ada")
    copy = here / "my_laps/Ada/01_basics/01_first.ipynb"
    copy.unlink()
    code = (
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        "from course_lib.cli import main\nmain(['lab'])"
    )
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "cannot be written" in done.stderr
    assert not copy.exists() and not list(copy.parent.glob("*.part"))


def test_not_among_the_packages(site):
    done = course(site, site / "course_lib", "lab", "--nickname", "Ada")
    assert done.returncode == 1 and "folder of your own" in done.stderr
    assert not (site / "course_lib" / "my_laps").exists()


def test_without_hard_links_a_copy_is_as_safe(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert notebook_copies.write_new(tmp_path / "a", b"first")
    assert not notebook_copies.write_new(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first" and len(list(tmp_path.iterdir())) == 1


def test_a_broken_disk_names_the_folder(tmp_path):
    with pytest.raises(CommandError, match="my_laps"), notebook_copies.writing(tmp_path / "my_laps"):
        raise OSError(28, "No space left on device")


def test_jupyterlab_shows_the_students_folder(tmp_path, here):
    site = make_site(tmp_path / "real", stub=False)
    config = tmp_path / "config"
    config.mkdir()
    (config / "jupyter_server_config.json").write_text('{"ServerApp": {"allow_root": true}}', encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
               "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")  # fmt: skip
    running = course(
        site, here, "lab", "--nickname", "Jörg", "--no-browser", "--port", str(port), start=subprocess.Popen,
        **{name: str(config) for name in folders},
    )  # fmt: skip
    try:
        said = []
        for line in running.stderr:
            said.append(line)
            if address := re.search(r"http://127\.0\.0\.1:\d+/lab\?token=(\w+)", line):
                break
        assert address, "".join(said)
        ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
        url = address[0].replace("/lab?", "/api/contents/01_basics?")
        # The address is printed a moment before somebody answers there.
        limit = time.monotonic() + 60
        while True:
            try:
                with ask(url, timeout=30) as answer:
                    listed = json.load(answer)["content"]
                break
            except urllib.error.URLError as error:
                refused = isinstance(error.reason, ConnectionRefusedError)
                assert refused and running.poll() is None and time.monotonic() < limit, "".join(said)
                time.sleep(0.1)
        assert {entry["name"] for entry in listed} == {"01_first.ipynb", "02_second.ipynb", "table.csv"}
        stop = urllib.request.Request(address[0].replace("/lab?", "/api/shutdown?"), method="POST")
        ask(stop, timeout=30).close()
        running.communicate(timeout=60)
        assert running.returncode == 0
    finally:
        if running.poll() is None:  # JupyterLab is a child of its own, and would live on
            for process in [*psutil.Process(running.pid).children(recursive=True), running]:
                process.kill()
            running.communicate()
