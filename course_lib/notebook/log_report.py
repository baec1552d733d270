"""A log as one HTML page: summary, pictures, tables and settings, without anything from elsewhere."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import numpy as np

from course_lib.deepracer.model_folder import ModelFolder
from course_lib.files import write_atomically
from course_lib.notebook.log_analysis import Log, LogError, Table
from course_lib.notebook.log_laps import best_laps, speed_along
from course_lib.notebook.log_places import actions_per_turn, decisions, exits, reward_map
from course_lib.notebook.log_summary import summary
from course_lib.notebook.log_training import progress_chart, stability
from course_lib.notebook.picture import Picture, to_png
from course_lib.notebook.turns import turns_map

# Anchor, heading, picture, how to read it.
PARTS: tuple[tuple[str, str, Callable[[Log], Picture], str], ...] = (
    (
        "progress",
        "Reward and completion",
        progress_chart,
        "Each iteration is a handful of episodes. The line is their mean, the shade holds the middle half of them. "
        "When the reward rises and the completion does not, the reward pays for something else than driving on.",
    ),
    (
        "track",
        "The track and its turns",
        lambda log: turns_map(log.track, log.sections),
        "The numbers by which this page calls the turns, in the order of the track's file from the start line.",
    ),
    (
        "exits",
        "Where cars leave the road",
        exits,
        "A disc stands for the cars that left the road within half a metre of the lap, on its side: the more, the "
        "larger and darker, on the same scale in both maps; frequent ones have their number.",
    ),
    (
        "laps",
        "The best laps",
        best_laps,
        "Each lap starts at its own place, at rest, and ends there. The brighter the line, the faster the car.",
    ),
    (
        "speed",
        "Speed along the lap",
        speed_along,
        "Thin: the speed that was commanded. Thick: the speed that was driven, told from the positions. A car that is "
        "commanded up and down all the time drives the mean of it.",
    ),
    (
        "actions",
        "Actions in each turn",
        actions_per_turn,
        "Of the steps in a section, in the last quarter of the iterations, so many in a hundred used this action. "
        "While it trains a car also tries what it does not believe to be best.",
    ),
    (
        "reward",
        "Where the reward comes from",
        reward_map,
        "Squares of 10 cm, coloured by what a step there was paid on average over the whole training. The rarest "
        "values share the end colours.",
    ),
    (
        "stability",
        "How steady the laps are",
        stability,
        "A policy that you can rely on has lap times close together, and evaluations that all come equally far.",
    ),
    (
        "decisions",
        "How sure the policy is",
        decisions,
        "In the last quarter of the iterations, for each half metre: high entropy means that many different actions "
        "were used there. Places with high entropy and a wide spread are those that the policy has not settled.",
    ),
)  # fmt: skip
WIDE = {"progress", "speed", "actions", "stability", "decisions"}  # on a phone pushed sideways, or none could read them
UNITS = re.compile(
    r"(?<=\d) (?=(?:s|m|m/s|%|minutes|hours)(?:\W|$))"
)  # that must not begin a line without their number


def write_report(log: Log, path: str | Path, notes: Iterable[str] = ()) -> Path:
    """Write the page, in full or not at all; returns its path.

    Args:
        notes: sentences that stand below the summary, such as what was left out of the log.

    Raises:
        LogError: the file cannot be written.
    """
    path = Path(path)
    if not path.parent.is_dir():  # known before the pictures are drawn
        raise LogError(f"{path} cannot be written: there is no folder {path.parent}; make it, or name another place.")
    page = report_page(log, notes)
    try:
        write_atomically(path, page.encode("utf-8"))
    except OSError as error:
        raise LogError(f"{path} cannot be written ({error.strerror}): name another place for it.") from error
    return path


def report_page(log: Log, notes: Iterable[str] = (), now: datetime | None = None) -> str:
    """The page as text."""
    name = log.path.resolve().name
    sections, contents = [], []
    for anchor, heading, draw, words in PARTS:
        contents.append((anchor, heading))
        sections.append(_section(anchor, heading, _figure(draw(log), words, anchor in WIDE)))
    for anchor, heading, body in _tables(log):
        contents.append((anchor, heading))
        sections.append(_section(anchor, heading, body))
    when = (now or datetime.now()).strftime("%Y-%m-%d %H:%M")
    about = f"Log of a training on {log.track.name}, {log.track.length:.2f} m; looked at on {when}."
    parts = {
        "title": html.escape(f"How {name} was trained"),
        "about": html.escape(about),
        "summary": "\n".join(f"<li>{_unbroken(sentence)}</li>" for sentence in summary(log)),
        "notes": "\n".join(f'<p class="note">{html.escape(note)}</p>' for note in notes),
        "contents": "\n".join(f'<li><a href="#{anchor}">{html.escape(text)}</a></li>' for anchor, text in contents),
        "sections": "\n".join(sections),
    }
    template = Path(__file__).with_name("log_report.html").read_text(encoding="utf-8")
    # One pass over the template: a folder's name that looks like a place to fill stays a name.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def _unbroken(sentence: str) -> str:
    return UNITS.sub("&nbsp;", html.escape(sentence))


def _section(anchor: str, heading: str, body: str) -> str:
    return (
        f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{html.escape(heading)}</h2>\n{body}\n'
        '<p class="back"><a href="#top">To the top</a></p>\n</section>'
    )


def _figure(picture: Picture, words: str, wide: bool) -> str:
    png = to_png(picture)
    width, height = (round(size * picture.dpi) for size in picture.get_size_inches())
    image = (
        f'<img width="{width}" height="{height}" alt="{html.escape(picture.alt)}" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">'
    )
    label = f"<figcaption>{html.escape(words)}</figcaption>"
    if wide:
        image = f'<div class="push" tabindex="0" role="region" aria-label="A wide chart">{image}</div>'
    return f"<figure>\n{image}\n{label}\n</figure>"


def _tables(log: Log) -> list[tuple[str, str, str]]:
    """(anchor, heading, HTML) of what stands at the end: numbers and settings."""
    shown = {
        "iteration": "iteration",
        "episodes": "episodes",
        "complete": "full laps",
        "left_road": "left the road",
        "reward": "mean reward",
        "progress": "mean completion (%)",
        "best_lap": "best lap (s)",
        "mean_lap": "mean lap (s)",
        "evaluation": "evaluation (%)",
    }
    numbers = _table(Table({words: log.iterations[name] for name, words in shown.items()}), "Show the iterations")
    found = [("iterations", "The numbers of each iteration", numbers)]
    if log.evaluations.count:
        kept = ("evaluation", "episode", "complete", "progress", "seconds", "reward", "mean_speed", "status")
        trials = Table({name.replace("_", " "): log.evaluations[name] for name in kept})
        trials = Table({"trial" if name == "episode" else name: column for name, column in trials.items()})
        found.append(("evaluations", "Evaluations", _table(trials, "Show the trials")))
    settings = _settings(log.path)
    if settings:
        found.append(("settings", "The settings", settings))
    return found


def _table(table: Table, words: str) -> str:
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in table)
    rows = (
        "<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row.values()) + "</tr>"
        for row in table.rows()
    )
    body = "\n".join(rows)
    return (
        f'<details><summary>{html.escape(words)}</summary>\n<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{html.escape(words)}"><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n'
        "</details>"
    )


def _cell(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}" if np.isfinite(value) else "–"
    return str(value).replace("_", " ")


def _settings(path: Path) -> str:
    """The files that the training began with, as far as they are there and can be read."""
    folder = ModelFolder(path)
    parts = []
    for words, file in (
        ("The reward function", folder.reward_path),
        ("The action space and sensor", folder.metadata_path),
        ("The hyperparameters", folder.hyperparameters_path),
    ):
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        parts.append(
            f"<details><summary>{words}: {html.escape(file.name)}</summary>\n<pre tabindex=0>{html.escape(_tidy(text))}"
            "</pre></details>"
        )
    return "\n".join(parts)


def _tidy(text: str) -> str:
    """JSON with an entry of an action space per line, as people write it."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return re.sub(r"\{\s+([^{}\[\]]*?)\s+\}", lambda m: "{" + re.sub(r"\s*\n\s*", " ", m[1]) + "}",
                  json.dumps(value, indent=2, ensure_ascii=False))  # fmt: skip
