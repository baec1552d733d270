"""`course tracks` as a person types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_lib.commands import CommandError, tracks
from course_lib.sim.track import Track, TrackError, track_catalogue, track_names


def course(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "course_lib", "tracks", *map(str, arguments)], capture_output=True,
                          text=True, encoding="utf-8", cwd=cwd, env=os.environ | {"COLUMNS": "80"})  # fmt: skip


def test_the_table_names_every_track_with_its_facts(tmp_path):
    done = course(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80 and "…" not in done.stdout
    assert [word for word in ("Name", "Track", "Difficulty", "Length", "Width") if word not in done.stdout] == []
    for name, entry in track_catalogue().items():
        row = next(line for line in lines if line.split()[:1] == [name])
        assert entry["title"] in row and entry["difficulty"] in row
        assert f"{entry['length']:.1f} m" in row and f"{entry['width']:.2f} m" in row
    words = " ".join(done.stdout.split())
    assert all(" ".join(entry["description"].split()) in words for entry in track_catalogue().values())


def test_easy_tracks_come_first(capsys):
    tracks.run(None, None)
    printed = capsys.readouterr().out
    names = [line.split()[0] for line in printed.splitlines() if line.split() and line.split()[0] in track_names()]
    assert sorted(names) == track_names()
    order = [["easy", "medium", "hard"].index(track_catalogue()[name]["difficulty"]) for name in names]
    assert order == sorted(order)


def test_a_picture_of_a_track(tmp_path):
    picture = tmp_path / "Bilder für alle" / "camp.png"
    done = course("camp", "--picture", picture, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "camp is fine: 17.70 m long, 0.76 m wide, driven counter-clockwise." in done.stdout
    assert str(picture) in done.stdout and [path.name for path in picture.parent.iterdir()] == ["camp.png"]
    with Image.open(picture) as image:
        assert image.format == "PNG" and image.mode == "RGB" and image.size[0] >= 1190
        assert len(image.resize((100, 66)).getcolors(10_000)) > 20


def test_a_file_of_ones_own_is_checked(tmp_path):
    path = tmp_path / "meine Strecke.npy"
    rows = Track.load("downtown").rows
    np.save(path, rows)
    done = course(path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "meine Strecke is fine: 29.14 m long, 0.80 m wide, driven clockwise.\n"
    np.save(path, rows[:-3])
    done = course(path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("course: Track 'meine Strecke' is open") and done.stderr.count("\n") == 1


def test_an_unknown_track_suggests_the_nearest(tmp_path):
    done = course("hairpn", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "course: No track is called 'hairpn': did you mean 'hairpin'?\n")


def test_a_bad_track_is_not_drawn(tmp_path):
    with pytest.raises(TrackError):
        tracks.run("camo", tmp_path / "camo.png")
    assert list(tmp_path.iterdir()) == []


def test_pictures_that_cannot_be_made(tmp_path, load_track):
    with pytest.raises(CommandError, match="name it"):
        tracks.run(None, tmp_path / "a.png")
    with pytest.raises(CommandError, match=r"call it .*a\.png, not .*a\.jpg"):
        tracks.draw(load_track("camp"), tmp_path / "a.jpg")
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(CommandError, match="cannot be written"):
        tracks.draw(load_track("camp"), tmp_path / "file" / "a.png")
