"""What a value of an environment is, in words for its author; and what in a class's source breaks the contract."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces

NUMBERS = {0: "nothing", 1: "one thing", 2: "two things", 3: "three things", 4: "four things", 6: "six things"}


def value_of(value: Any) -> str:
    """``an array of shape (2,) and dtype float64``, ``the list [1, 2]``, ``None``."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if isinstance(value, np.generic):
        return f"{value!s:.40} ({type(value).__name__})"
    if value is None or value is Ellipsis:
        return "None" if value is None else "still the three dots"
    if isinstance(value, (bool, int, float, str, list, tuple, dict)):
        try:
            text = repr(value)
        except Exception:
            return f"an object of type {type(value).__name__}"
        text = text if len(text) <= 60 else f"{text[:59]}…"
        return text if isinstance(value, bool) else f"the {type(value).__name__} {text}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"an object of type {type(value).__name__}"


def things(result: Any) -> str:
    """How many things a function returned."""
    if isinstance(result, tuple):
        return NUMBERS.get(len(result), f"{len(result)} things")
    if result is None:
        return "nothing (is a return missing?)"
    return f"one thing, {value_of(result)}"


def outside(observation: Any, space: spaces.Space) -> str | None:
    """How an observation does not lie in its space: a clause for ``"The observation " + clause``; None if it does."""
    if isinstance(space, spaces.Box):
        if not isinstance(observation, np.ndarray):
            return f"is {value_of(observation)}, and the space has arrays: np.array([...], np.{space.dtype})"
        if observation.shape != space.shape:
            return f"has the shape {observation.shape}, and the space has {space.shape}"
        if observation.dtype != space.dtype:
            return f"has the dtype {observation.dtype}, and the space has {space.dtype}"
        wrong = np.argwhere(~((observation >= space.low) & (observation <= space.high)))  # so nan is wrong too
        if len(wrong):
            place = tuple(int(k) for k in wrong[0])
            low, high = float(space.low[place]), float(space.high[place])
            shown = f"[{', '.join(map(str, place))}]"
            return (
                f"is {float(observation[place]):.4g} at {shown}, and the space goes from {low:.4g} to {high:.4g} there"
            )
        return None
    try:
        inside = space.contains(observation)
    except Exception:
        inside = False
    return None if inside else f"is {value_of(observation)}, which is not in {space}"


def where_chance(node: ast.AST) -> bool:
    """Is it chance from outside the world, as ``np.random.rand`` or ``random.random``?"""
    if not isinstance(node, ast.Attribute):
        return False
    inner = node.value
    if isinstance(inner, ast.Attribute) and inner.attr == "random":
        return isinstance(inner.value, ast.Name) and inner.value.id in ("np", "numpy")
    return isinstance(inner, ast.Name) and inner.id == "random"


def where_class_state(name: str) -> Callable[[ast.AST], bool]:
    """Does it write on the class of this name: ``World.x = ...``, ``type(self).x += ...``?"""

    def on_class(target: ast.AST) -> bool:
        while isinstance(target, ast.Subscript):
            target = target.value
        if not isinstance(target, ast.Attribute):
            return False
        owner = target.value
        if isinstance(owner, ast.Name):
            return owner.id in (name, "cls")
        if isinstance(owner, ast.Attribute):
            return owner.attr == "__class__"
        return isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "type"

    def writes(node: ast.AST) -> bool:
        if isinstance(node, ast.Assign):
            return any(on_class(target) for target in node.targets)
        return isinstance(node, (ast.AugAssign, ast.AnnAssign)) and on_class(node.target)

    return writes
