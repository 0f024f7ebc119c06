"""What an assertion of a page takes for true or false is a truth value: a row, a table or a function is never false.

Such is a comparison, a call that answers a question, a field that the course says is a bool, or a name that the page
gives one of these. A field may be a text, a list or a count as well, and what stands behind `not` anything: it may be
empty.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from helpers import ROOT
from numerals import cells_of, code_of
from test_margins import assertions
from test_pages import NOTEBOOKS, name

THINGS = {"list", "tuple", "dict", "set", "sorted", "zip", "map", "filter", "iter", "range", "enumerate", "str", "repr"}
NUMBERS = {"len", "sum", "max", "min", "abs", "round", "float", "int"}
ELEMENTS = (ast.GeneratorExp, ast.ListComp)
EMPTY = re.compile(
    r"(?:bool|str|int)$|(?:list|dict|set|frozenset|Sequence|Mapping)\b|tuple\[[^\[\]]*(?:\[.*\])?, \.\.\.\]$"
)
TRUE = ast.Constant(True)


def taken(node: ast.expr, turned: bool = False) -> Iterator[tuple[ast.expr, bool]]:
    """(what is taken for true or false, whether a `not` stands before it) of what is asserted."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                yield from taken(value, turned)
        case ast.UnaryOp(op=ast.Not(), operand=value):
            yield from taken(value, True)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, op=ast.BitAnd() | ast.BitOr(), right=other):
            yield from taken(one, turned)
            yield from taken(other, turned)
        case ast.Call(func=ast.Name("all" | "any"), args=[values]):
            yield from taken(element(values), False)
        case _:
            yield node, turned


def element(values: ast.expr) -> ast.expr:
    """One of several: of all(x < 1 for x in xs), x < 1; of all(xs), xs[0]."""
    if isinstance(values, ELEMENTS):
        whole = {g.target.id for g in values.generators if isinstance(g.target, ast.Name)}
        if isinstance(values.elt, ast.Name) and values.elt.id not in whole:  # a part of what is gone through
            return TRUE
        return values.elt
    return ast.Subscript(values, ast.Constant(0))


@cache
def can_be_false() -> set[str]:
    """The fields and properties of the course that are a bool somewhere, or what may be empty or none."""
    told: dict[str, set[str]] = {}
    for path in (ROOT / "course_pkg").rglob("*.py"):
        kinds = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.ClassDef)]
        for node in (line for kind in kinds for line in kind.body):
            match node:
                case (
                    ast.AnnAssign(target=ast.Name(field), annotation=given)
                    | ast.FunctionDef(name=field, returns=ast.expr() as given, decorator_list=[ast.Name()])
                ):
                    told.setdefault(field, set()).add(ast.unparse(given))
    return {field for field, kinds in told.items() if any(map(EMPTY.match, kinds))}


def is_truth(node: ast.expr, turned: bool, page: ast.AST) -> bool:
    match node:
        case ast.Compare() | ast.Constant(value=True):
            return True
        case ast.Call(func=ast.Name(function)):
            return function not in THINGS | NUMBERS
        case ast.Call():
            return True
        case ast.Attribute(attr=field):
            return turned or field in can_be_false()
        case (
            ast.Name(given)
            | ast.Subscript(value=ast.Name(given))
            | ast.Subscript(value=ast.Subscript(value=ast.Name(given)))
        ):
            return turned or any(map(gives_truth, values_of(given, page)))
    return False


def values_of(given: str, page: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(page):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == given for t in node.targets):
            yield node.value


def gives_truth(value: ast.expr) -> bool:
    return isinstance(value.elt if isinstance(value, ELEMENTS) else value, ast.Compare)


def problems(test: ast.expr, page: ast.AST) -> list[str]:
    return [ast.unparse(part) for part, turned in taken(test) if not is_truth(part, turned, page)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_what_an_assertion_takes_for_true_can_be_false(path):
    page = ast.Module(
        [line for c in cells_of(path) if c["cell_type"] == "code" for line in code_of("".join(c["source"])).body], []
    )
    found = {text: problems(ast.parse(text, mode="eval").body, page) for _, text in assertions(path)}
    wrong = [f"assert {text}: is {part} ever false? Compare it" for text, parts in found.items() for part in parts]
    assert not wrong, f"{name(path)}: " + "\n".join(wrong)


PAGE = """
lower = [a < b for a, b in pairs]
rows = [(a, b) for a, b in pairs]
below = slopes < 0
"""


@pytest.mark.parametrize(
    ("test", "wrong"),
    [
        ("all(row.possible for row in rows)", []),
        ("all(row for row in rows)", ["row"]),
        ("all((row.mean, row.sd) for row in rows)", ["(row.mean, row.sd)"]),
        ("a < b and rows", ["rows"]),
        ("a < b and not rows", []),
        ("all(lower[1:])", []),
        ("all(rows)", ["rows[0]"]),
        ("any(ok for _, ok in rows)", []),
        ("row.away", ["row.away"]),
        ("(below & (slopes > -9)).all()", []),
        ("sum(x > 1 for x in rows)", ["sum((x > 1 for x in rows))"]),
        ("(a < b, 'a message')", ["(a < b, 'a message')"]),
        ("(x < 1 for x in rows)", ["(x < 1 for x in rows)"]),
        ("not all(len(x) for x in rows)", ["len(x)"]),
        ("math.isclose(a, b) or torch.equal(c, d)", []),
    ],
)
def test_a_thing_is_no_truth(test, wrong):
    assert problems(ast.parse(test, mode="eval").body, ast.parse(PAGE)) == wrong
