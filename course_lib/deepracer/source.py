"""The source of a function that was typed into a notebook, together with what it uses, as a file of its own.

A reward function in a cell may use an import, a constant or a helper from another cell. To give each car a function
that shares no state with the others, or to run it in a sandbox, all of that must be one text that stands alone.
"""

from __future__ import annotations

import inspect
import textwrap
import types
from collections.abc import Callable

PLAIN = (bool, int, float, str, bytes, type(None))
MOST_CHARACTERS = 1_000_000  # of a constant


class NoSource(ValueError):
    """A function whose source cannot be told; the message says which part of it."""


def recover(function: Callable) -> str:
    """Source text that defines the function and all the names of its module that it uses.

    The function stands first where that is possible, so that its lines keep their numbers.

    Raises:
        NoSource: it is no plain function, its source is not known, it is a closure, or it uses an object that is
            neither a module, a function, a class nor plain data.
    """
    if not isinstance(function, types.FunctionType):
        raise NoSource(f"{function!r} is no plain function")
    head = _definition(function)
    parts: dict[str, str] = {}
    _collect(function, parts, {function.__name__})
    first = not head.startswith("@") and not function.__defaults__ and not function.__kwdefaults__
    ordered = [head, *parts.values()] if first else [*parts.values(), head]
    return "\n\n".join(ordered) + "\n"


def _definition(item) -> str:
    if isinstance(item, types.FunctionType):
        if item.__name__ == "<lambda>":
            raise NoSource("a lambda cannot be told from the line that it stands in: write def")
        if item.__closure__:
            raise NoSource(f"{item.__name__} was made inside another function")
    try:
        return textwrap.dedent(inspect.getsource(item)).strip("\n")
    except (OSError, TypeError) as error:
        raise NoSource(f"the source of {item.__name__} is not known ({error})") from error


def _collect(item, parts: dict[str, str], known: set[str]) -> None:
    """Put into ``parts`` what the item uses, each before what uses it."""
    functions = [item] if isinstance(item, types.FunctionType) else _methods(item)
    for function in functions:
        space, home = function.__globals__, function.__module__
        for name in _names(function.__code__):
            if name in known or name not in space:
                continue
            known.add(name)
            value = space[name]
            if isinstance(value, types.ModuleType):
                parts[name] = f"import {value.__name__} as {name}"
            elif isinstance(value, types.FunctionType | type) and value.__module__ == home:
                text = _definition(value)
                _collect(value, parts, known)
                parts[name] = text
            elif isinstance(value, types.FunctionType | types.BuiltinFunctionType | type):
                parts[name] = f"from {value.__module__} import {value.__name__} as {name}"
            else:
                parts[name] = f"{name} = {_literal(name, value)}"


def _methods(kind: type) -> list[types.FunctionType]:
    plain = [getattr(member, "__func__", getattr(member, "fget", member)) for member in vars(kind).values()]
    return [member for member in plain if isinstance(member, types.FunctionType)]


def _names(code: types.CodeType) -> list[str]:
    """Global names that code mentions, those of functions within included."""
    names = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names += _names(constant)
    return list(dict.fromkeys(names))


def _literal(name: str, value) -> str:
    """``value`` as Python source; lists and dicts of plain data only, which an own copy is then made of."""
    if not _is_plain(value, 0):
        raise NoSource(f"it uses {name}, an object of type {type(value).__name__}")
    text = repr(value)
    if len(text) > MOST_CHARACTERS:
        raise NoSource(f"it uses {name}, which is very large")
    return text.replace("inf", "float('inf')").replace("nan", "float('nan')") if isinstance(value, float) else text


def _is_plain(value, depth: int) -> bool:
    if type(value) in PLAIN:
        return True
    if depth > 20:
        return False
    if type(value) in (list, tuple, set):
        return all(_is_plain(item, depth + 1) for item in value)
    if type(value) is dict:
        return all(_is_plain(key, depth + 1) and _is_plain(item, depth + 1) for key, item in value.items())
    return False
