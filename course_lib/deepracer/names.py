"""Names that a reward file uses and nowhere defines, and imports that it does not use.

pyflakes calls them F821 and F401. Both are read off the symbol tables that Python itself makes of a text: a misspelt
name on a path that is taken once a lap ends a training only there.
"""

from __future__ import annotations

import ast
import builtins
import symtable

MODULE_NAMES = {*dir(builtins), "__file__", "__name__", "__doc__", "__builtins__", "__annotations__", "__dict__"}


def undefined_names(source: str) -> list[tuple[int, str]]:
    """(line, name) of the first use of each name that is looked up in the file and in the builtins and is in neither.

    Raises:
        SyntaxError: the text is no Python.
    """
    scopes = _scopes(symtable.symtable(source, "reward.py", "exec"))
    top = scopes[0]
    known = MODULE_NAMES | {symbol.get_name() for symbol in top.get_symbols() if _is_bound(symbol)}
    known |= {
        symbol.get_name() for scope in scopes for symbol in scope.get_symbols()
        if symbol.is_declared_global() and _is_bound(symbol)
    }  # fmt: skip
    tree = ast.parse(source)
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)):
        return []  # nobody can tell what `from math import *` defines without running it
    from_line: dict[str, int] = {}  # where the first scope begins that looks such a name up
    for scope in scopes:
        for symbol in scope.get_symbols():
            outside = symbol.is_global() or (scope is top and not _is_bound(symbol))
            if outside and symbol.is_referenced() and symbol.get_name() not in known:
                from_line.setdefault(symbol.get_name(), scope.get_lineno())
    lines: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.lineno >= from_line.get(node.id, 1e9):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return sorted((line, name) for name, line in lines.items())


def unused_imports(source: str) -> list[tuple[int, str]]:
    """(line, name) of each import whose name is never read in the file.

    Raises:
        SyntaxError: the text is no Python.
    """
    tree = ast.parse(source)
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    found = []
    for node in ast.walk(tree):
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not future:
            names = [alias.asname or alias.name.split(".")[0] for alias in node.names]
            found += [(node.lineno, name) for name in names if name not in read and name != "*"]
    return sorted(found)


def _scopes(table: symtable.SymbolTable) -> list[symtable.SymbolTable]:
    return [table, *(scope for child in table.get_children() for scope in _scopes(child))]


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace() or symbol.is_parameter()
