"""The training view in a real JupyterLab: it moves while the cell runs, and the stop button keeps the policy."""

from __future__ import annotations

PREPARE = """\
from course_lib.agents import make_envs, ppo
from course_lib.notebook.live import watch
envs = make_envs("FirstLap/Race-v0", 32, track="camp", laps=20)"""
TRAIN = """\
view = watch(envs)
training = ppo.train(envs, ppo.Config(steps=10**9), on_update=view)"""
SEEN = "document.querySelector('.first-lap-live')?.liveTest()"


def test_the_view_moves_while_the_cell_runs_and_stop_keeps_the_policy(open_notebook):
    page = open_notebook([PREPARE, TRAIN])
    page.run_all()
    page.wait_for(f"() => {SEEN}?.pictures > 5")
    before = page.page.evaluate(f"() => {SEEN}")
    page.wait_for(
        f"(before) => {SEEN}.pictures > before.pictures + 5 && {SEEN}.steps > before.steps &&"
        f" JSON.stringify({SEEN}.cars) !== JSON.stringify(before.cars)",
        before,
    )
    prompt = page.page.evaluate("() => jupyterapp.shell.currentWidget.content.widgets[1].prompt")
    assert prompt == "*"  # all of that came while the cell was running
    words = page.page.locator(".first-lap-live .words").inner_text()
    assert "steps in" in words and "mean reward per step" in words

    # As a person does: press, and press again when nothing happens for some seconds. Python may be in a callback
    # that cannot be interrupted, and then forgets the first press.
    page.wait_for(
        "() => { const now = Date.now(), running = jupyterapp.shell.currentWidget.content.widgets[1].prompt === '*';"
        " if (running && !(now - window.pressed < 10000)) {"
        " window.pressed = now; jupyterapp.commands.execute('notebook:interrupt-kernel'); }"
        " return !running; }"
    )
    page.wait_idle()
    assert page.value("training.policy.trained['steps'] == training.history[-1]['steps'] > 0")
    assert page.value("len(view.growing_up(3))") == 3


def test_a_view_that_opens_when_all_is_over_shows_the_curve(open_notebook):
    page = open_notebook([PREPARE, TRAIN.replace("10**9", "20_000"), "view.canvas"])
    page.run_all()
    page.wait_idle()
    page.wait_for("() => document.querySelectorAll('.first-lap-live').length === 2")
    page.wait_for("() => [...document.querySelectorAll('.first-lap-live')].every((view) => view.liveTest().steps > 0)")
