"""Many plates in one moving picture."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.agents import make_envs
from course_lib.notebook.episodes import animate
from course_lib.notebook.side_by_side import SideBySide


def test_all_worlds_are_in_the_picture_and_it_ends_after_its_steps():
    env = SideBySide(make_envs("FirstLap/BallBalance-v0", 3, render_mode="rgb_array"), steps=20)
    observations, _ = env.reset(seed=4)
    assert observations.shape == (3, 8)
    assert env.render().shape[1] == 3 * 240
    ended = [env.step(np.zeros((3, 2), np.float32))[3] for _ in range(20)]
    assert ended == [False] * 19 + [True]
    film = animate(env, lambda observations: np.zeros((3, 2), np.float32), every=5)
    assert "20 steps" in film.alt and film.seconds == pytest.approx(0.4)


def test_worlds_that_draw_nothing_are_refused():
    with pytest.raises(ValueError, match="draw nothing"):
        SideBySide(make_envs("FirstLap/BallBalance-v0", 3), steps=20)
