"""How smoothly and how soon the drive widget answers: a real JupyterLab, a headless Chromium, real keys.

    python benchmarks/drive_widget.py                   a table
    python benchmarks/drive_widget.py --json out.json   the numbers as well

states      pictures with a new pose of the car, per second (goal: at least 25)
key         from a key going down or up to the first picture whose car has been steered by the kernel with it
            (goal: a median of at most 80 ms). Only presses that change the steering count.
steps       steps that the kernel has made per second (15 is real time; less is slow motion)
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from jupyter_lab import NotebookPage, running_browser, running_lab

CELL = "from course_lib.notebook.widgets.drive import drive\nme = drive('{track}', vehicle='{vehicle}', save=None)"
SECONDS = 0.45  # between two changes of a key, about: with a step of 1/15 s in no fixed beat
GOALS = {"states": 25, "key_p50": 80}

# Watches from outside: after each picture, when it was drawn and what the car's steering was.
WATCH = """() => {
    const root = document.querySelector(".first-lap-drive"), seen = (window.seen = { keys: [], pictures: [] });
    const canvas = root.querySelector("canvas");
    for (const kind of ["keydown", "keyup"])
        canvas.addEventListener(kind, (event) => seen.keys.push([event.timeStamp, event.code, kind]), true);
    const look = () => {
        const it = root.report();
        seen.pictures.push([performance.now(), it.pictures, it.drawn.steering, it.drawn.heading, it.answered]);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


def measure(presses: int, track: str, vehicle: str) -> dict:
    """Drive with the keyboard and watch; times in ms."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with running_lab(Path(folder), {"installed": {}}) as lab, running_browser() as context:
            lab.write("drive.ipynb", [CELL.format(track=track, vehicle=vehicle)], "installed")
            page = NotebookPage(lab, context.new_page(), "drive.ipynb")
            page.run_all()
            page.wait_for("() => document.querySelector('.first-lap-drive')?.report !== undefined")
            page.wait_idle()
            page.page.locator(".first-lap-drive canvas").click()
            page.page.evaluate(WATCH)
            pause = np.random.default_rng(0).uniform(0.8, 1.2, 2 * presses) * SECONDS * 1000
            for press in range(presses):
                side = ("ArrowLeft", "ArrowRight")[press % 2]
                page.page.keyboard.down(side)
                page.page.wait_for_timeout(pause[2 * press])
                page.page.keyboard.up(side)
                page.page.wait_for_timeout(pause[2 * press + 1])
            seen = page.page.evaluate("() => window.seen")
    return evaluate(seen)


def evaluate(seen: dict) -> dict:
    """Numbers from what was seen: pictures (time, count, steering, heading, answers) and keys (time, code, kind)."""
    pictures = np.array(seen["pictures"])
    times, count, steering, steps = pictures[:, 0], pictures[:, 1], pictures[:, 2], pictures[:, 4]
    delays = []
    for (time, code, kind), end in zip(seen["keys"], [key[0] for key in seen["keys"][1:]] + [times[-1]]):
        after = np.flatnonzero((times > time) & (times < end))
        before = np.flatnonzero(times <= time)
        if not len(after) or not len(before):
            continue
        # Towards the key's side when it goes down, back when it is let go: more than a degree in one picture.
        sign = (1 if code == "ArrowLeft" else -1) * (1 if kind == "keydown" else -1)
        turned = np.flatnonzero(sign * np.diff(steering[[before[-1], *after]]) > 1.0)
        if len(turned):
            delays.append(times[after[turned[0]]] - time)
    driving = np.flatnonzero(np.diff(steps) != 0)
    first, last = driving[0], driving[-1]
    seconds = (times[last] - times[first]) / 1000
    changed = times[1:][np.diff(count) > 0]
    gaps = np.diff(changed[(changed > times[first]) & (changed < times[last])])
    return {
        "states": round(float((count[last] - count[first]) / seconds), 1),
        "gap_p95": round(float(np.percentile(gaps, 95)), 1),
        "key_p50": round(float(np.percentile(delays, 50)), 1),
        "key_p95": round(float(np.percentile(delays, 95)), 1),
        "keys": len(delays),
        "steps": round(float((steps[last] - steps[first]) / seconds), 1),
        "seconds": round(float(seconds), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=40)
    parser.add_argument("--track", default="oval")
    parser.add_argument("--vehicle", default="deepracer")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = measure(arguments.presses, arguments.track, arguments.vehicle)
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {arguments.track}")
    for name, value in found.items():
        goal = f"   goal {GOALS[name]}" if name in GOALS else ""
        print(f"  {name:10} {value:>8}{goal}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
