"""Ways of computing a line with one addend left out: `a + b` becomes `a`, then `b`; `a - b` becomes `a`, then `-b`.

The function of the line is compiled again, one addend shorter; what it calls stays as it is.
"""

import ast
import copy
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


@functools.cache
def tree(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text("utf-8"))


def node_of(function: Callable) -> ast.FunctionDef | ast.Lambda | None:
    """The syntax of a function: by its line, and among several lambdas of one line by where their code stands."""
    code = function.__code__
    places = set(code.co_positions())
    for node in ast.walk(tree(code.co_filename)):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            if code.co_firstlineno in (node.lineno, *(d.lineno for d in node.decorator_list)):
                return node
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and node.lineno == code.co_firstlineno:
            body = node.body
            if (body.lineno, body.end_lineno, body.col_offset, body.end_col_offset) in places:
                return node
    return None


def sums(node: ast.AST) -> list[ast.BinOp]:
    """The sums and differences in a value, but for those of an index."""
    below = [node.value] if isinstance(node, ast.Subscript) else list(ast.iter_child_nodes(node))
    found = [node] if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)) else []
    return found + [inner for child in below for inner in sums(child)]


class Shorter(ast.NodeTransformer):
    def __init__(self, target: ast.BinOp, keep_left: bool):
        self.target, self.keep_left = target, keep_left

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset) == (
            self.target.lineno, self.target.col_offset, self.target.end_lineno, self.target.end_col_offset,
        ):  # fmt: skip
            if self.keep_left:
                return node.left
            return node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
        return self.generic_visit(node)


def compiled(function: Callable, node: ast.AST, names: dict[str, Any]) -> Callable:
    """A function made again from its syntax, with these global names; what it closes over becomes a global name."""
    free = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    names |= {name: cell.cell_contents for name, cell in free}
    node = copy.deepcopy(node)
    if isinstance(node, ast.Lambda):
        return eval(compile(ast.fix_missing_locations(ast.Expression(node)), "<shorter>", "eval"), names)
    node.decorator_list, node.returns = [], None
    exec(compile(ast.fix_missing_locations(ast.Module([node], [])), "<shorter>", "exec"), names)
    return names[node.name]


def without_one_addend(function: Callable) -> Iterator[tuple[str, Callable]]:
    """(what is left out, the way without it) for every addend of a way of computing a line."""
    node = node_of(function)
    assert node is not None, f"the source of {function.__qualname__} was not found"
    for target in sums(node):
        for keep_left in (True, False):
            changed = Shorter(target, keep_left).visit(copy.deepcopy(node))
            lost = target.right if keep_left else target.left
            yield (
                f"{function.__name__} without {ast.unparse(lost)}",
                compiled(function, changed, dict(function.__globals__)),
            )
