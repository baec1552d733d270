"""Pictures over the iterations show the numbers of the tables."""

from __future__ import annotations

import numpy as np
import pytest
from logs_by_hand import small_training
from PIL import Image

from course_lib.notebook import log_laps, log_places, log_training, turns
from course_lib.notebook.log_analysis import Log
from course_lib.notebook.log_training import progress_chart, stability
from course_lib.notebook.picture import save

PICTURES = (
    progress_chart,
    stability,
    log_places.exits,
    log_places.reward_map,
    log_places.actions_per_turn,
    log_places.decisions,
    log_laps.best_laps,
    log_laps.speed_along,
    lambda of: turns.turns_map(of.track),
)


@pytest.mark.parametrize("draw", PICTURES)
@pytest.mark.parametrize("name", ["log", "real"])
def test_every_picture_says_what_it_shows_and_fits_a_page(draw, name, request, tmp_path):
    picture = draw(request.getfixturevalue(name))
    image = Image.open(save(picture, tmp_path / "Bild ü.png"))
    assert image.width in (720, 780) and 220 <= image.height <= 1000
    assert len(image.convert("RGB").getcolors(1 << 20)) > 10
    assert image.text["Description"] == picture.alt
    assert picture.alt.endswith(".") and len(picture.alt) > 60 and "nan" not in picture.alt


@pytest.mark.parametrize("draw", PICTURES)
def test_a_single_short_episode_is_enough(draw, tmp_path, square):
    from driven_by_hand import driven

    from course_lib.deepracer.sim_trace import write_trace

    write_trace(tmp_path / "0-iteration.csv", [driven(square, 0, 0.2)])
    picture = draw(Log.open(tmp_path, square))
    save(picture, tmp_path / "picture.png")
    assert "nan" not in picture.alt


def test_progress_draws_means_quartiles_evaluations_and_laps(log):
    picture = progress_chart(log)
    reward, progress, laps = picture.axes
    assert reward.lines[0].get_ydata() == pytest.approx(log.iterations["reward"])
    band = reward.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(log.iterations["reward_high"].max())
    trials = next(line for line in progress.lines if line.get_label().startswith("evaluation"))
    assert trials.get_xdata().tolist() == [1, 3] and trials.get_ydata() == pytest.approx([60.0, 100.0])
    assert [bar.get_height() for bar in laps.containers[1]] == [0, 0, 1, 3]
    assert "4 of 12 episodes are complete laps" in picture.alt


def test_stability_draws_every_lap_and_the_spreads(log):
    above, below = stability(log).axes
    every, mean, best = above.lines
    assert every.get_xdata().tolist() == [2, 3, 3, 3]
    assert mean.get_ydata() == pytest.approx(log.iterations["mean_lap"][2:])
    assert best.get_ydata() == pytest.approx(log.iterations["best_lap"][2:])
    expected = [np.std(log.episodes["progress"][3 * k : 3 * k + 3]) for k in range(4)]
    assert below.lines[0].get_ydata() == pytest.approx(expected)
    assert below.lines[1].get_ydata() == pytest.approx([10.0, 0.0], abs=0.6)  # 50 and 70 %, then twice 100 %


def test_without_a_lap_the_picture_says_so(tmp_path, square):
    folder = small_training(tmp_path, square)
    picture = stability(Log.open(folder.training_trace_path(0), square))
    assert picture.axes[0].texts[0].get_text() == "no complete lap yet"
    assert log_training.progress_chart(Log.open(folder.training_trace_path(0), square)).alt.count("0 of 3") == 1
