"""What is wrong with a reward function, before anybody trains with it.

It is called on rows that the console's validator used too (start, finish, off the track, the last waypoints), and
on rows of cars that really drive. Each finding names the line, and says what to do.
"""

from __future__ import annotations

import ast
import functools
import html
import math
import time
from dataclasses import dataclass, field

import numpy as np

from course_lib.deepracer.names import undefined_names, unused_imports
from course_lib.deepracer.reward_function import RewardFileError, RewardFunction, line_in
from course_lib.sandbox import SandboxError
from course_lib.sim.race_world import IN_PROGRESS, RaceWorld
from course_lib.sim.reward_params import LARGEST_REWARD, RewardError, reward_params
from course_lib.sim.track import Track

STEPS = 120  # of the cars that drive: 8 s
CARS = 4
SPEED = 1.5  # m/s
SLOW = 200e-6  # s; most wild files need 17 µs a call, one in ten 350 µs
RACELINE = 20  # points that a list in a file must have to look like a racing line
OFFICIAL_MODULES = ("math", "random", "numpy", "scipy", "shapely")
OFFICIAL_NOT = ("open", "exec", "eval", "compile", "input")
OFFICIAL_LENGTH = 140_000  # characters
USELESS, GONE = 1, 2  # an answer that no training can use; and a sandbox that ended, so that there are no more answers


@dataclass(frozen=True)
class Finding:
    """One thing to mend (``error``) or to think about (``warning``, ``note``), with its line where there is one."""

    level: str
    line: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.level}{f', line {self.line}' if self.line else ''}: {self.text}"


@dataclass
class Report:
    """All findings about one reward function.

    Attributes:
        name: of the file.  findings: in the order of their lines.
        calls: how often it was called.  median, p99: seconds of a call, NaN if there was none.
    """

    name: str
    findings: list[Finding] = field(default_factory=list)
    calls: int = 0
    median: float = math.nan
    p99: float = math.nan

    @property
    def ok(self) -> bool:
        """Can it be trained with?"""
        return not any(finding.level == "error" for finding in self.findings)

    def add(self, level: str, line: int | None, text: str) -> None:
        if not any(finding.line == line and finding.text == text for finding in self.findings):
            self.findings.append(Finding(level, line, text))

    def __repr__(self) -> str:
        head = f"{self.name}: {'it can be trained with' if self.ok else 'it cannot be trained with yet'}"
        return "\n".join([head, *(f"  {finding}" for finding in self.findings)])

    def _repr_html_(self) -> str:
        colour = "#009E73" if self.ok else "#D55E00"
        items = "".join(f"<li>{html.escape(str(finding))}</li>" for finding in self.findings)
        head = html.escape(repr(self).splitlines()[0])
        return (
            f'<div role="status" style="background:#FFFFFF;color:#222222;border:1px solid #C4C9CD;padding:9px 14px;'
            f'border-left:6px solid {colour};border-radius:6px;max-width:52em"><b>{head}</b>'
            f"{f'<ul>{items}</ul>' if items else ''}</div>"
        )


def validate(reward: RewardFunction, strict: bool = False, track: Track | str = "camp", boxes=None) -> Report:
    """Try a reward function: in this process, or in a sandbox if it is ``isolated``.

    Args:
        strict: hold it to the rules of the console's validator too (of its linter's: undefined names, unused imports).
        track: where it is to be used: a racing line or waypoint numbers of another track are told.
        boxes: among which it is to be used, see `sim.boxes.Boxes`.
    """
    track = track if isinstance(track, Track) else Track.load(track)
    report = Report(reward.name)
    if reward.source is not None:
        tree = ast.parse(reward.source)
        _look_at_numbers(report, tree, track)
        for line, name in undefined_names(reward.source):
            report.add("error" if strict else "warning", line, f"nothing in the file defines the name {name!r} (F821).")
        if strict:
            _official(report, reward, tree)
    try:
        function = reward.batched(1) if reward.isolated else reward.instances(1)[0]
    except RewardFileError as error:
        cause = error.__cause__
        line = getattr(cause, "line", None) or (line_in(cause, reward.name) if cause else None)
        report.add("error", line, str(error))
        return report
    times, stopped = [], False
    groups = (
        ("a row at the edge", edge_rows(track, boxes)),
        ("a row of a car that drives", driven_rows(track, boxes)),
    )
    for what, rows in groups:
        for params in rows:
            problem = _call(report, reward, function, params, what, times, strict)
            stopped = stopped or problem
            if problem == GONE:
                break
        if stopped:
            break
    if reward.isolated:
        function.close()
    if times:
        report.calls, report.median, report.p99 = len(times), float(np.median(times)), float(np.percentile(times, 99))
        spent = f"a call takes {report.median * 1e6:.0f} µs at the median and {report.p99 * 1e6:.0f} µs at p99"
        slow = report.median > SLOW
        report.add("warning" if slow else "note", None, f"{spent}{': it will slow the training down' * slow}.")
    report.findings.sort(key=lambda finding: finding.line or 10**9)
    return report


def edge_rows(track: Track, boxes=None) -> list[dict]:
    """The five rows of the console's validator: the start, the finish, a heading of 359.9, the last waypoints, off."""
    world = RaceWorld(track, 5, boxes=boxes)
    world.reseed(np.arange(5))
    last = len(track.waypoints) - 1
    world.reset(s=np.array([0.0, track.length - 0.01, 0.0, track.length - 0.01, 0.0]), offset=0.0, heading=0.0)
    rows = reward_params(world)
    changes = (
        {"steps": 1.0, "progress": 0.0},
        {"progress": 100.0, "steps": 250.0},
        {"heading": 359.9, "steps": 2.0},
        {"closest_waypoints": [last - 1, last], "steps": 200.0},
        {"all_wheels_on_track": False, "is_offtrack": True, "distance_from_center": 1.0, "steps": 3.0},
    )
    return [row | {"speed": 1.0} | change for row, change in zip(rows, changes)]


def driven_rows(track: Track, boxes=None) -> list[dict]:
    """Rows of a car that drives a good part of a lap, and of cars that go straight on until they are off the track."""
    world, rows = RaceWorld(track, CARS, boxes=boxes), []
    world.reseed(np.arange(CARS))
    world.reset(s=np.arange(CARS) * track.length / CARS)
    for _ in range(STEPS):
        wanted = np.stack([_towards_the_middle(world), np.full(CARS, SPEED)], axis=1)
        wanted[1:, 0] = 0.0
        world.step(world.actions.encode(wanted).astype(np.float32))
        rows += reward_params(world)
        ended = np.flatnonzero(world.status != IN_PROGRESS)
        if len(ended):
            world.reset(ended, s=world.s[ended])
    return rows


def _towards_the_middle(world: RaceWorld) -> np.ndarray:
    """(n,) steering in degrees at the centre line a metre ahead."""
    target = world.track.centre.at(world.s + 1.0)
    aim = np.arctan2(target[:, 1] - world.y, target[:, 0] - world.x) - world.cars.heading
    return np.degrees(0.8 * np.arctan2(np.sin(aim), np.cos(aim))).clip(-30, 30)


def _call(report, reward, function, params, what, times, strict) -> int:
    """Call it once and judge the answer: 0, or `USELESS`, or `GONE`."""
    start = time.perf_counter()
    try:
        answer = function(params)
    except RewardError as error:
        report.add("error", error.line, f"{error} (at {what}).")
        return GONE if isinstance(error.__cause__, SandboxError) else USELESS
    except (Exception, SystemExit) as error:  # somebody's code may raise anything
        line = line_in(error, reward.name)
        report.add("error", line, f"{type(error).__name__}: {error} (at {what}).")
        return USELESS
    times.append(function.seconds[0] if reward.isolated else time.perf_counter() - start)
    line = _return_line(reward.source, reward.entry)
    if answer is None:
        report.add("error", line, f"it returned nothing at {what}: a path through it ends without `return`.")
        return USELESS
    value = None if isinstance(answer, str) else _as_float(answer)
    if value is None:
        kind = type(answer).__name__
        report.add("error", line, f"it returned {answer!r:.60}, of type {kind}: return a number.")
        return USELESS
    if not abs(value) <= LARGEST_REWARD:
        report.add("error", line, f"it returned {value} at {what}: return a finite number within 100000 of 0.")
        return USELESS
    if type(answer) is not float:
        text = f"it returns {type(answer).__name__}, which counts as a float"
        report.add("error" if strict else "note", line, f"{text}; the console wanted float(...)." if strict else text)
    return 0


def _as_float(answer) -> float | None:
    try:
        return float(answer)
    except (TypeError, ValueError):
        return None
    except OverflowError:  # an integer of many digits
        return math.inf


def _look_at_numbers(report: Report, tree: ast.AST, track: Track) -> None:
    """A racing line, or numbers of waypoints, that belong to another track."""
    for node in ast.walk(tree):
        points = _points(node)
        if points is not None:
            away = np.abs(track.project(points[:, 0], points[:, 1])[1])
            far = float((away > 0.5 * track.width).mean())
            if far > 0.2:
                text = f"{far:.0%} of the {len(points)} points of this list lie beside the road of {track.name}"
                report.add("warning", node.lineno, f"{text}: they belong to another track.")
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            index = node.slice.value
            if _names_waypoints(node.value) and type(index) is int and index >= len(track.waypoints):
                text = f"waypoint {index} does not exist: {track.name} has {len(track.waypoints)}, counted from 0"
                report.add("warning", node.lineno, f"{text}.")


def _names_waypoints(node: ast.AST) -> bool:
    """Is it ``waypoints`` or ``params["waypoints"]``?"""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value == "waypoints"
    return isinstance(node, ast.Name) and node.id == "waypoints"


def _points(node: ast.AST) -> np.ndarray | None:
    """(n, 2) of a list of many number rows, or None."""
    if not isinstance(node, (ast.List, ast.Tuple)) or len(node.elts) < RACELINE:
        return None
    try:
        rows = [ast.literal_eval(row) for row in node.elts]
        points = np.array([[float(row[0]), float(row[1])] for row in rows])
    except (ValueError, TypeError, IndexError, SyntaxError, KeyError):
        return None
    return points if np.isfinite(points).all() else None


def _official(report: Report, reward: RewardFunction, tree: ast.Module) -> None:
    """The rules of the console's validator (deepracer.md, section 1)."""
    if len(reward.source) > OFFICIAL_LENGTH:
        report.add("error", None, f"the console took at most {OFFICIAL_LENGTH:,} characters.")
    for number, line in enumerate(reward.source.splitlines(), 1):
        for word in ("load", "save"):
            if word in line:
                report.add("error", number, f"the console refused the letters {word!r} anywhere in the text.")
    for number, name in unused_imports(reward.source):
        report.add("error", number, f"the console's linter refused an import that is not used: {name} (F401).")
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for name in names:
                if name.split(".")[0] not in OFFICIAL_MODULES:
                    allowed = ", ".join(OFFICIAL_MODULES)
                    report.add("error", node.lineno, f"the console allowed imports of {allowed} only, not of {name}.")
            if id(node) not in top:
                report.add("error", node.lineno, "the console wanted imports at the top of the file.")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OFFICIAL_NOT:
            report.add("error", node.lineno, f"the console refused {node.func.id}(...).")
        if isinstance(node, ast.FunctionDef) and node.name == reward.entry and id(node) in top:
            if len(node.args.args) != 1:
                report.add("error", node.lineno, f"{reward.entry} takes {len(node.args.args)} arguments: one is due.")


@functools.lru_cache(maxsize=8)
def _return_line(source: str | None, entry: str) -> int | None:
    """The line of the function's last return, where a wrong answer is most likely made."""
    if source is None:
        return None
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == entry:
            returns = [inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Return)]
            return max(returns) if returns else node.lineno
    return None
