"""Limits within which an assertion sees less than it seems to: rules of careless.py."""

import ast

from asserted import assertions, called, names, walked

SPREAD = {"std", "stdev"}
EXACT = 0.01  # a difference that is asked to lie below this is asked to be none: of its size


def factors(node):
    """(what is multiplied, what it is divided by) of a product."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        (above, below), (more, less) = factors(node.left), factors(node.right)
        return (above + more, below + less) if isinstance(node.op, ast.Mult) else (above + less, below + more)
    return ([node], [])


def is_root(node):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return ast.unparse(node.right) in ("0.5", "1 / 2")
    return called(node) == "sqrt"


def grows(node):
    """math.sqrt(n), not math.sqrt(p / n)"""
    return is_root(node) and not any(isinstance(part.op, ast.Div) for part in walked(node, ast.BinOp))


def is_spread(node):
    while called(node) in ("item", "float", "double"):
        node = inner(node)
    return called(node) in SPREAD


def inner(node):
    """x of x.max(), x.amax(1), max(x) and np.max(x)."""
    if node.args and not isinstance(node.args[0], ast.Constant):
        return node.args[0]
    return getattr(node.func, "value", node.func)


DIVIDE = "the error of a mean is .std() / math.sqrt(n)"


def a_deviation_times_a_root(tree):
    for node in walked(tree, ast.BinOp):
        above, _ = factors(node)
        if any(map(is_spread, above)) and any(map(grows, above)):
            yield node, f"a deviation times a root: {DIVIDE}"


def errors_of_no_mean(tree):
    """A deviation that is not divided by the root of how many as the error of a mean, or a limit that grows with it."""
    for line in walked(tree, ast.Assign):
        above, below = factors(line.value)
        if any("error" in name for target in line.targets for name in names(target)):
            if any(map(is_spread, above)) and not any(map(is_root, below)):
                yield line, f"an error that is a deviation: {DIVIDE}"
    for node in (n for a in assertions(tree) for n in walked(a.test, ast.Compare)):
        limit = node.comparators[-1]
        if not isinstance(node.ops[-1], (ast.Lt, ast.LtE)) or not any(called(n) == "abs" for n in ast.walk(node.left)):
            continue
        above, below = factors(limit)
        mean = any(called(n) == "mean" for n in ast.walk(node.left))
        if mean and any(map(is_spread, above)) and not any(map(is_root, below)):
            yield node, f"the limit is a deviation: {DIVIDE}"
        if any(map(grows, above)):
            yield node, "the limit grows with a root: an error has it below the line"


def size_of_a_difference_forgotten(tree):
    """a - b < 1e-9, true wherever a is far below b. max(x) - min(x) is never negative."""
    for node in (n for a in assertions(tree) for n in walked(a.test, ast.Compare)):
        if len(node.ops) > 1 or not isinstance(node.ops[0], (ast.Lt, ast.LtE)):
            continue
        left, limit = node.left, node.comparators[0]
        while called(left) in ("max", "amax", "sum", "mean", "item", "float", "double"):
            left = inner(left)
            left = left.elt if isinstance(left, (ast.GeneratorExp, ast.ListComp)) else left
        if not (isinstance(left, ast.BinOp) and isinstance(left.op, ast.Sub)):
            continue
        if "max" in called(left.left) and "min" in called(left.right):
            continue
        most = limit.value if isinstance(limit, ast.Constant) else None
        if isinstance(most, (int, float)) and (most <= EXACT or isinstance(left.right, ast.Constant)):
            yield node, "a difference that may be far below zero: take its abs()"


def only_there(tree):
    """An assertion that says no more than isinstance(x, y)."""
    for assertion in assertions(tree):
        if called(assertion.test) in ("isinstance", "hasattr", "callable"):
            yield assertion, "only that it is there: ask what it is"
