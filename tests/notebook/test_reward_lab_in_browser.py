"""The lab's sliders in a real JupyterLab."""

from __future__ import annotations

CELLS = [
    "from course_lib.notebook.reward_lab import ActionSpaceBuilder, HyperparameterPanel, look\n"
    "def reward_function(params):\n"
    "    return params['speed'] * (1.0 if params['is_left_of_center'] else 0.5)\n",
    "seen = look(reward_function)\nseen",
    "builder = ActionSpaceBuilder()\nbuilder",
    "panel = HyperparameterPanel()\npanel",
]
MAP = "() => [...document.querySelectorAll('.jupyter-widgets img')].some(image => image.alt.includes('at 2.25 m/s'))"
FAN = "() => [...document.querySelectorAll('.jupyter-widgets img')].some(image => image.alt.includes('15 arrows'))"


def test_a_slider_that_is_moved_by_a_key_redraws_what_is_below_it(open_notebook):
    page = open_notebook(CELLS)
    page.run_all()
    page.wait_idle()
    assert page.page.locator(".jp-OutputArea-output img").count() >= 3, "the pictures that stay in the file"
    page.page.locator(".widget-slider .noUi-handle").first.press("ArrowRight")
    page.wait_for(MAP)
    assert page.value("seen.panel.controls['speed'].value") == 2.25
    page.page.locator(".widget-slider:has-text('speeds') .noUi-handle").press("ArrowRight")
    page.wait_for(FAN)
    assert page.value("len(builder.actions)") == 15
    page.page.locator(".widget-slider:has-text('num_epochs') .noUi-handle").press("ArrowLeft")
    page.wait_value("panel.value.num_epochs == 9")
