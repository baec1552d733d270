"""An animated episode: its frames are those of the environment, and its text tells how it ended."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from PIL import Image

import course_lib  # noqa: F401  registers the environments
from course_lib.notebook.episodes import MOST_FRAMES, animate


def make(name: str, **kwargs):
    return gymnasium.make(f"FirstLap/{name}-v0", render_mode="rgb_array", **kwargs)


def frames_of(replay) -> list[np.ndarray]:
    picture = Image.open(io.BytesIO(replay.png))
    frames = []
    for number in range(picture.n_frames):
        picture.seek(number)
        frames.append(np.asarray(picture.convert("RGB")).astype(int))
    return frames


def test_the_frames_are_those_that_the_environment_draws():
    env = make("BlueSquare")
    replay = animate(env, lambda state: 1)
    env.reset(seed=0)
    expected = [env.render()]
    for _ in range(7):
        env.step(1)
        expected.append(env.render())
    frames = frames_of(replay)
    assert len(frames) == 8
    for frame, drawn in zip(frames, expected):
        assert np.abs(frame - drawn).mean() < 1.0 and np.abs(frame - drawn).max() < 60  # 128 colours are enough
    assert replay.alt == "An episode of FirstLap/BlueSquare-v0, which ends after 7 steps with a return of 0.94."
    assert repr(replay) == "EpisodeReplay('FirstLap/BlueSquare-v0', seconds=1.8)"
    assert len(replay.png) < 20_000


def test_a_notebook_gets_a_picture_with_its_text():
    data, metadata = animate(make("RobotJump"), lambda state: 2)._repr_mimebundle_()
    assert data["image/png"].startswith("iVBORw0KGgo")
    assert metadata["image/png"]["alt"].endswith("ends after 1 steps with a return of 1.00.")


def test_long_episodes_are_cut_and_steps_can_be_skipped():
    class Level:
        def act(self, observation):
            return -(3 * observation[:2] + 3 * observation[2:4] + 6 * observation[5:7])

    skipped = animate(make("BallBalance", max_steps=100), Level(), every=10)
    assert len(frames_of(skipped)) == 11 and skipped.seconds == pytest.approx(2.0)
    cut = animate(make("BallBalance"), Level())
    assert "is shown for 299 steps" in cut.alt and len(frames_of(cut)) <= MOST_FRAMES


def test_what_cannot_be_shown():
    with pytest.raises(ValueError, match="draws nothing"):
        animate(gymnasium.make("FirstLap/BlueSquare-v0"), lambda state: 1)
    with pytest.raises(ValueError, match="every=0"):
        animate(make("BlueSquare"), lambda state: 1, fps=4, every=0)


def test_a_world_of_gymnasium_is_drawn_without_a_screen_and_without_a_word():
    code = """
import gymnasium, os
from course_lib.notebook.episodes import animate
print(animate(gymnasium.make("CartPole-v1", render_mode="rgb_array"), lambda state: 0).alt)
print(os.environ.get("SDL_VIDEODRIVER"))
"""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "XDG_RUNTIME_DIR")
    without = {name: value for name, value in os.environ.items() if name not in screens}
    done = subprocess.run([sys.executable, "-c", code], env=without, capture_output=True, text=True, encoding="utf-8")
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].startswith("An episode of CartPole-v1, which ends after ")
    assert done.stdout.splitlines()[1:] == ["None"]
