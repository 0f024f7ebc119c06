"""The derivations that a page's own cells build, made from no more of the cells than they need: no training is run."""

import ast
from functools import cache

from asserted import called, names
from helpers import ROOT
from test_careless import cells


def binds(line):
    """The names that a statement sets."""
    if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
        return {line.name}
    if isinstance(line, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in line.names}
    return names(line, ast.Store) if isinstance(line, ast.Assign) else set()


def builds(line):
    return isinstance(line, ast.Assign) and called(line.value) == "Derivation"


def needed(lines, last):
    """The statements up to `last` that it needs: of each name the nearest above `last` that sets it.

    Not the nearest above the statement that reads it: a function reads its names when it is called.
    """
    kept, left = set(), [last]
    while left:
        kept.add(i := left.pop())
        setting = [[k for k in range(last) if name in binds(lines[k])] for name in names(lines[i], ast.Load)]
        left += [above[-1] for above in setting if above and above[-1] not in kept]
    return [lines[i] for i in sorted(kept)]


@cache
def chains(page):
    """{name: derivation} of a page."""
    lines = [line for _, code in cells((ROOT / page).read_text("utf-8")) for line in ast.parse(code).body]
    found = {}
    for last, line in enumerate(lines):
        if builds(line):
            scope = {}
            exec(compile(ast.Module(needed(lines, last), []), page, "exec"), scope)
            found[line.targets[0].id] = scope[line.targets[0].id]
    return found
