"""The numbers of a live figure are read where they leave no product and no sum as it was: not at 0 or 1 alone."""

import ast
from collections.abc import Iterator

import pytest

from helpers import ROOT, tool

written = tool("notebooks").margins.written
NEUTRAL = {0, 1}
FILES = sorted((ROOT / "tests" / "browser").glob("test_live*.py"))


def assigned(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """{name: what is assigned to it, or what it is parametrised by}."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = [*zip(names, values, strict=True)]
            case ast.Assign(targets=[target], value=value):
                pairs = [(target, value)]
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[ast.Constant(str(told)), ast.List(elts=rows)]):
                names = told.split(", ")
                of = lambda row, n: row.elts if n > 1 and isinstance(row, ast.Tuple) else [row] * n
                columns = zip(*(of(row, len(names)) for row in rows), strict=True)
                pairs = [(ast.Name(n), ast.List([*c])) for n, c in zip(names, columns, strict=True)]
            case _:
                continue
        for target, value in pairs:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(value)
    return found


def numbers(node: ast.AST, known: dict[str, list[ast.expr]]) -> Iterator[float]:
    """The numbers of an argument: those that are written, 1 / 1000 as one, and those of a name."""
    if isinstance(node, ast.expr) and (number := written(node)) is not None:
        yield number
        return
    for value in known.get(node.id, ()) if isinstance(node, ast.Name) else ():
        yield from numbers(value, {})
    for part in ast.iter_child_nodes(node):
        yield from numbers(part, known)


def given(text: str) -> Iterator[tuple[str, str, float]]:
    """(test, argument, number) of every figure whose numbers a test reads by their names."""
    tree = ast.parse(text)
    outer = assigned(ast.Module([n for n in tree.body if isinstance(n, ast.Assign)], []))
    for test in tree.body:
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_") and "each_number" in test.name:
            known = outer | assigned(test)
            for call in ast.walk(test):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                    if call.func.attr.endswith("_figure"):
                        for argument in (*call.args, *(k.value for k in call.keywords)):
                            for number in numbers(argument, known):
                                yield test.name, ast.unparse(argument), number


def neutral(text: str) -> list[str]:
    """The arguments all whose numbers, in all runs of a test, are neutral."""
    found: dict[tuple[str, str], set[float]] = {}
    for test, argument, number in given(text):
        found.setdefault((test, argument), set()).add(number)
    return [f"{test}: {argument}" for (test, argument), those in found.items() if those <= NEUTRAL]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_number_of_a_figure_is_neutral_where_its_numbers_are_read(path):
    found = neutral(path.read_text("utf-8"))
    assert not found, f"{path.name}: a figure that forgets a factor of 1, or an addend of 0, shows the same: {found}"


TEST = """
SPECTRUM, VARIANCE = [16.0, 4.0], {variance}

@pytest.mark.parametrize("beta", [{beta}])
def test_each_number_by_its_name(beta):
    own = 1 / {own}
    live.rate_figure(SPECTRUM, VARIANCE, beta, own=own)
"""


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        ({}, []),
        ({"variance": 1.0}, ["VARIANCE"]),
        ({"beta": 0}, ["beta"]),
        ({"beta": "0, 3"}, []),
        ({"own": 1}, ["own"]),
    ],
)
def test_a_neutral_number_is_seen(changed, seen):
    text = TEST.format(**{"variance": 0.8, "beta": 2.0, "own": 1000} | changed)
    assert [found.split(": ")[1] for found in neutral(text)] == seen
