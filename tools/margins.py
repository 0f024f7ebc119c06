"""What the assertions of a page leave open: noted as the page is executed, judged by tests/test_margins.py.

An extension of IPython, which tools/notebooks.py loads into its kernels. An assertion holds or fails as it stands, and
beside it is noted, over all that it goes through,

- of a comparison with a written number: that number, and the nearest to it that came;
- of a form that claims less than another, any() or min(x) < 1: whether the stronger, all() or max(x) < 1, held as well.

Only what must hold for the assertion to hold is noted: nothing below a `not`, in a count or in a function.
"""

import ast
import builtins
import json
import operator
import os
from pathlib import Path
from typing import Any

from margins_notes import OPPOSITE, Operand, Pair, Recorder

FILE = "COURSE_MARGINS"  # the variable that names the file for the notes
NAME = "__margins__"  # the recorder, among the builtins of the kernel
ORDERS = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
OTHERS: dict[type, Any] = {ast.Eq: operator.eq, ast.NotEq: operator.ne}
OTHERS |= {
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


class Kernel(Recorder):
    """The recorder, with what only the kernel's code asks for."""

    def with_number(self, kind: str, number: Any, other: Any, turned: bool) -> Operand:
        """3 * y, and y beside it"""
        make = getattr(operator, kind)
        return Operand(make(other, number) if turned else make(number, other), other)


def written(node: ast.expr) -> float | None:
    """The number that an expression of numbers is, such as 1 / 20."""
    allowed = (ast.Constant, ast.UnaryOp, ast.USub, ast.BinOp, ast.operator)
    if not all(isinstance(n, allowed) for n in ast.walk(node)):
        return None
    value = eval(compile(ast.Expression(node), "<written>", "eval"))
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def text_of(code: str, node: ast.expr) -> str:
    return " ".join((ast.get_source_segment(code, node) or ast.unparse(node)).split())


def called(node: ast.expr) -> str:
    """ "max" for max(x), ".max" for x.max(), else nothing."""
    if isinstance(node, ast.Call) and not node.keywords:
        if isinstance(node.func, ast.Name) and node.args:
            return node.func.id
        if isinstance(node.func, ast.Attribute) and not node.args:
            return f".{node.func.attr}"
    return ""


def by_a_number(node: ast.expr) -> tuple[float | None, str]:
    """(number, form) of 3 * y, y * 3, y / 3, y + 3, 3 + y and y - 3."""
    if isinstance(node, ast.BinOp):
        left, right = written(node.left), written(node.right)
        if isinstance(node.op, (ast.Mult, ast.Add)) and (left is None) != (right is None):
            return (right if left is None else left), "times" if isinstance(node.op, ast.Mult) else "plus"
        if left is None and right and isinstance(node.op, ast.Div):
            return 1 / right, "times"
        if left is None and right is not None and isinstance(node.op, ast.Sub):
            return -right, "plus"
    return None, ""


def ask(name: str, *arguments: ast.expr) -> ast.Call:
    """A call of the recorder."""
    return ast.Call(ast.Attribute(ast.Name(NAME, ast.Load()), name, ast.Load()), list(arguments), [])


def later(node: ast.expr) -> ast.Lambda:
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), node)


class Transformer(ast.NodeTransformer):
    """Turns every assertion of a cell, so that the recorder sees its parts. `code` is the cell that is to be run."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder, self.code, self.assertion = recorder, "", ""

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        self.assertion = text_of(self.code, node.test)
        self.recorder.notes.setdefault(self.assertion, {})
        node.test = self.claim(node.test)
        return ast.fix_missing_locations(node)

    def place(self, node: ast.expr, pairs: list[Pair]) -> ast.Constant:
        self.recorder.known.append((self.assertion, text_of(self.code, node), pairs))
        return ast.Constant(len(self.recorder.known) - 1)

    def claim(self, node: ast.expr) -> ast.expr:
        """An expression that must be true for the assertion to hold."""
        match node:
            case ast.BoolOp(op=ast.And()):
                node.values = [self.claim(value) for value in node.values]
            case ast.BoolOp(op=ast.Or(), values=values) if not any(
                isinstance(n, ast.NamedExpr) for n in ast.walk(node)
            ):
                return ask("either", self.place(node, []), *map(later, values))
            case ast.IfExp():
                node.body, node.orelse = self.claim(node.body), self.claim(node.orelse)
            case ast.BinOp(op=ast.BitAnd()):
                node.left, node.right = self.claim(node.left), self.claim(node.right)
            case ast.Compare():
                return self.compared(node)
            case ast.UnaryOp(op=ast.Not(), operand=ast.Call(args=values)) if called(node.operand) == "all":
                return ask("not_all", self.place(node, []), *values)
            case ast.Call(args=values) if called(node) == "any":
                return ask("some", self.place(node, []), *values)
            case ast.Call(func=ast.Attribute(value=values)) if called(node) == ".any":
                return ask("some_of", self.place(node, []), values)
            case ast.Call(args=[ast.GeneratorExp() | ast.ListComp() as values]) if called(node) == "all":
                values.elt = self.claim(values.elt)
            case ast.Call(func=ast.Attribute() as method) if called(node) == ".all":
                method.value = self.claim(method.value)
        return node

    def compared(self, node: ast.Compare) -> ast.expr:
        terms = [node.left, *node.comparators]
        pairs = [pair(*three) for three in zip(node.ops, terms, terms[1:], strict=False)]
        return ask("compare", self.place(node, pairs), *map(operand, terms))


def pair(op: ast.cmpop, left: ast.expr, right: ast.expr) -> Pair:
    if type(op) not in ORDERS:
        return Pair(OTHERS[type(op)], None, ("", ""), None, "", False)
    bound, form = written(left), "left"
    if bound is None:
        bound, form = written(right), "right"
        if bound is None:
            bound, form = by_a_number(right)
    elif written(right) is not None:  # 1 < 2
        bound = None
    ends = (called(left).lstrip("."), called(right).lstrip("."))
    counts = isinstance(left, ast.BinOp) or called(left) in ("sum", "len")
    size = not counts and any(called(n) in ("abs", ".abs") for n in ast.walk(left) if isinstance(n, ast.Call))
    return Pair(ORDERS[type(op)], isinstance(op, (ast.Lt, ast.LtE)), ends, bound, form, size)


def operand(node: ast.expr) -> ast.expr:
    """One side of a comparison, with what is asked for besides its value."""
    match node:
        case ast.Call(args=values) if called(node) in OPPOSITE:
            return ask("ends", ast.Constant(called(node)), *map(Sizes().visit, values))
        case ast.Call(func=ast.Attribute(value=values)) if called(node)[1:] in OPPOSITE:
            return ask("ends_of", ast.Constant(called(node)[1:]), Sizes().visit(values))
        case ast.BinOp() if by_a_number(node)[1]:
            turned = written(node.right) is not None
            number, other = (node.right, node.left) if turned else (node.left, node.right)
            names = {ast.Mult: "mul", ast.Add: "add", ast.Div: "truediv", ast.Sub: "sub"}
            return ask("with_number", ast.Constant(names[type(node.op)]), number, other, ast.Constant(turned))
    return Sizes().visit(node)


class Sizes(ast.NodeTransformer):
    """abs(a - b), (a - b).abs() and abs(a + 0.5): the recorder is told of the two."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node:
            case ast.Call(args=[ast.BinOp(op=ast.Sub() | ast.Add()) as apart]) if called(node) == "abs":
                node.args = [self.told(apart)]
            case ast.Call(func=ast.Attribute(value=ast.BinOp(op=ast.Sub() | ast.Add()) as apart) as size) if (
                called(node) == ".abs"
            ):
                size.value = self.told(apart)
            case _:
                self.generic_visit(node)
        return node

    @staticmethod
    def told(node: ast.BinOp) -> ast.expr:
        return ask("apart", node.left, node.right, ast.Constant(isinstance(node.op, ast.Add)))


def load_ipython_extension(shell: Any) -> None:
    recorder = Kernel()
    transformer = Transformer(recorder)
    setattr(builtins, NAME, recorder)
    shell.ast_transformers.append(transformer)

    def about_to_run(info: Any) -> None:
        transformer.code = shell.transform_cell(info.raw_cell)

    def has_run(result: Any) -> None:
        Path(os.environ[FILE]).write_text(json.dumps(recorder.notes), "utf-8")

    shell.events.register("pre_run_cell", about_to_run)
    shell.events.register("post_run_cell", has_run)
