"""The parts of an assertion, for the rules of careless.py."""

import ast
import re

ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
SEVERAL = (ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)


def called(node):
    """The name of the function or method that is called, else nothing."""
    return getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""


def walked(node, kind):
    return [n for n in ast.walk(node) if isinstance(n, kind)]


def names(node, context=(ast.Load, ast.Store)):
    return {n.id for n in walked(node, ast.Name) if isinstance(n.ctx, context)}


def assertions(tree):
    return walked(tree, ast.Assert)


def claims(node):
    """The parts of an assertion that must each hold: of `a and all(b for ...)` a and b."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        return [claim for value in node.values for claim in claims(value)]
    if called(node) == "all" and node.args and isinstance(node.args[0], (ast.GeneratorExp, ast.ListComp)):
        return claims(node.args[0].elt)
    return [node]


def text(node, equal):
    """What an expression says, each copy under its first name."""
    said = ast.dump(node)
    return re.sub(r"Name\(id='(\w+)'", lambda m: f"Name(id='{equal.get(m[1], m[1])}'", said) if equal else said
