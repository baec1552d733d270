"""The drive widget where it is used: a real JupyterLab in a real browser, with real keys."""

from __future__ import annotations

import pytest

CELLS = [
    "from course_lib.drivers.recorded import replay\n"
    "from course_lib.notebook.widgets.drive import drive\n"
    "me = drive('camp')",
    "print(me.lap().lap_times)",
    "# somewhere to go",
]
REPORT = "document.querySelector('.first-lap-drive')?.report?.()"


@pytest.fixture
def open_drive(open_notebook):
    """Open the notebook, with some cells more, and run it."""

    def open_one(*more: str):
        page = open_notebook([*CELLS, *more])
        page.run(0)
        page.wait_for("() => document.querySelector('.first-lap-drive')?.report !== undefined")
        page.wait_idle()
        return page

    return open_one


def report(page) -> dict:
    return page.page.evaluate(f"() => {REPORT}")


def wait(page, condition: str, argument=None) -> None:
    """Until a JavaScript expression of `it`, the widget's report, is true."""
    page.wait_for(f"(argument) => {{ const it = {REPORT}; return Boolean(it) && ({condition}); }}", argument)


def test_keys_drive_and_do_not_move_the_notebook(open_drive):
    page = open_drive()
    keyboard, canvas = page.page.keyboard, page.page.locator(".first-lap-drive canvas")
    canvas.click()
    wait(page, "it.focused && !it.running")
    scroll = "() => jupyterapp.shell.currentWidget.content.node.querySelector('.jp-WindowedPanel-outer').scrollTop"
    active, top = page.active_cell(), page.page.evaluate(scroll)
    keyboard.down("ArrowUp")
    keyboard.down("ArrowLeft")
    wait(page, "it.drawn.heading > 0.3 && it.state.steps > 5")
    keyboard.up("ArrowLeft")
    assert report(page)["keys"] == ["up"]
    keyboard.press("ArrowDown")
    keyboard.press("x")  # would cut the cell
    assert (page.active_cell(), page.page.evaluate(scroll)) == (active, top)
    assert page.page.locator(".jp-Cell").count() == len(CELLS)
    page.page.evaluate("() => document.activeElement.blur()")
    wait(page, "!it.running && it.keys.length === 0 && it.state.banner.startsWith('Paused')")
    driven = report(page)["state"]["steps"]
    assert page.value("len(me.current.actions)") == driven and page.value("me.episodes") == 1
    assert page.value("bool(replay(me.current)[-1, 2] > 0.2)")
    keyboard.up("ArrowUp")
    page.run(1)
    page.wait_for("cell => jupyterapp.shell.currentWidget.content.widgets[cell].model.outputs.length > 0", 1)
    assert "Nobody has driven a whole lap" in page.output(1)


def test_the_restart_button_the_touch_buttons_and_r(open_drive):
    page = open_drive()
    gas = page.page.get_by_role("button", name="Gas")
    box = gas.bounding_box()
    page.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.page.mouse.down()
    wait(page, "it.keys.join() === 'up' && it.state.steps > 3")
    page.page.mouse.up()
    wait(page, "it.keys.length === 0")
    page.page.get_by_role("button", name="Restart (R)").click()
    wait(page, "it.state.steps === 0 && it.state.waiting && !it.running")
    page.page.keyboard.down("w")
    wait(page, "it.state.steps > 2")
    page.page.keyboard.up("w")
    page.page.keyboard.press("r")
    wait(page, "it.state.steps === 0 && it.state.waiting")
    assert page.value("me.episodes") == 2


def test_a_cell_that_keeps_the_kernel_busy_does_not_break_the_drive(open_drive):
    page = open_drive("import pathlib, time\nwhile not pathlib.Path('go on').exists():\n    time.sleep(0.01)")
    page.run(len(CELLS))
    page.wait_for("cell => jupyterapp.shell.currentWidget.content.widgets[cell].prompt === '*'", len(CELLS))
    page.page.locator(".first-lap-drive canvas").click()
    page.page.keyboard.down("ArrowUp")
    wait(page, "it.running && it.asked >= 1 && it.asked - it.answered <= 2")
    page.page.evaluate(
        "async () => { const file = { type: 'file', format: 'text', content: '' };"
        " await jupyterapp.serviceManager.contents.save('go on', file); }"
    )
    steps = report(page)["state"]["steps"]
    wait(page, "it.state.steps > argument + 5 && it.asked - it.answered <= 2", steps)
    page.page.keyboard.up("ArrowUp")
    page.page.evaluate(
        "async () => { document.activeElement.blur(); await jupyterapp.serviceManager.contents.delete('go on'); }"
    )
    wait(page, "!it.running && it.state.waiting")
    page.wait_idle()
    assert page.value("len(me.current.actions) * me.episodes") >= 1


def test_a_restarted_kernel_is_said_and_no_key_sticks(open_drive):
    page = open_drive()
    page.page.locator(".first-lap-drive canvas").click()
    page.page.keyboard.down("ArrowUp")
    wait(page, "it.state.steps > 2")
    page.restart_kernel()
    wait(page, "it.ended && it.keys.length === 0 && !it.running")
    assert page.page.get_by_role("status").get_by_text("The kernel was restarted: run this cell again.").is_visible()
    page.page.keyboard.up("ArrowUp")
    page.run(0)
    wait(page, "!it.ended && it.state.steps === 0")
    page.page.locator(".first-lap-drive canvas").click()
    page.page.keyboard.down("ArrowUp")
    wait(page, "it.state.steps > 2")


def test_two_views_of_one_widget_do_not_double_the_steps(open_drive):
    page = open_drive("display(me.widget)")
    page.run(len(CELLS))
    page.wait_for("() => document.querySelectorAll('.first-lap-drive').length === 2")
    first, second = (page.page.locator(".first-lap-drive canvas").nth(number) for number in (0, 1))
    first.click()
    page.page.keyboard.down("ArrowUp")
    wait(page, "it.running && it.state.steps > 2")
    second.click()
    wait(page, "!it.running && it.keys.length === 0")
    page.page.keyboard.up("ArrowUp")
    page.page.keyboard.down("ArrowUp")
    page.wait_for(
        "() => { const [one, two] = [...document.querySelectorAll('.first-lap-drive')].map((each) => each.report());"
        " return two.running && !one.running && two.state.steps > 8 && one.state.steps === two.state.steps; }"
    )
