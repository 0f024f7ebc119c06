"""Loops and comprehensions that go through one thing twice, or not at all: rules of careless.py.

What is wrong stands in the head of a loop, often lines above the assertion that it empties.
"""

import ast

from asserted import SEVERAL, called, names, text, walked

LOOPS = (ast.For, ast.comprehension)


def twice(nodes, equal):
    """Those that stand among others a second time."""
    said = [text(node, equal) for node in nodes]
    return [node for i, node in enumerate(nodes) if said[i] in said[:i]]


def paired_with_itself(tree, of):
    """for mine, theirs in zip(x, x). Neighbours are zip(x, x[1:])."""
    for loop in walked(tree, LOOPS):
        for call in walked(loop.iter, ast.Call):
            if called(call) == "zip" and twice(call.args, of.equal):
                yield call, "a thing is paired with itself: is another meant?"


def heads(tree, of):
    """(head of a loop, the values of a literal that it goes through), the literal written there or under a name."""
    for loop in walked(tree, LOOPS):
        for part in loop.iter.args if called(loop.iter) in ("zip", "enumerate", "product", "map") else [loop.iter]:
            literal = of.literal.get(part.id, part) if isinstance(part, ast.Name) else part
            if isinstance(literal, (ast.Tuple, ast.List, ast.Set)):
                yield loop.iter, literal.elts


def named_twice(tree, of):
    """for name in ("whole", "parts") with one of them twice, and for n in (1, 1): nothing but one value."""
    for head, values in heads(tree, of):
        again = twice(values, of.equal)
        alone = len(again) == len(values) - 1 and not any(walked(v, ast.Call) for v in values)
        for value in again:
            if named(value) or alone:
                yield head, f"{ast.unparse(value)} is gone through twice: is another meant?"


def named(node):
    """A string or a name, or a tuple that holds one. Of several numbers, a test may ask for one twice."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return any(map(named, node.elts)) and not walked(node, ast.Call)
    return isinstance(node, (ast.Name, ast.Attribute)) or isinstance(getattr(node, "value", None), str)


def number_twice(tree, of):
    """for n in (1, 1, 2): on a page, where what is gone through is shown or held side by side."""
    for head, values in heads(tree, of):
        for value in twice(values, of.equal):
            if not named(value):
                yield head, f"{ast.unparse(value)} is gone through twice: is another value meant?"


def rest_of(node):
    """[(a loop of a comprehension, the names that are asked for behind it)]."""
    said = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    for i, loop in enumerate(node.generators):
        rest = said + loop.ifs + [n for later in node.generators[i + 1 :] for n in (later.iter, *later.ifs)]
        yield loop, {name for part in rest for name in names(part)}


def variable_unused(tree):
    """[digest(home / "whole") for name in ("whole", "parts")]: each is the same. Of zip(x, y) both are used."""
    for node in walked(tree, SEVERAL):
        for loop, used in rest_of(node):
            own = {name for name in names(loop.target) if not name.startswith("_")}
            unused = own - used
            if unused and (unused == own or called(loop.iter) == "zip"):
                yield node, f"`{', '.join(sorted(unused))}` is not used: each is the same, or half of what is paired"


def nothing_used(tree):
    """[f("whole") for _ in ("whole", "parts")]: what is only repeated goes through a range; and a for as above."""
    for node in walked(tree, SEVERAL):
        for loop, used in rest_of(node):
            if names(loop.target) and not names(loop.target) & used and called(loop.iter) != "range":
                yield node, f"nothing of `{ast.unparse(loop.iter)}` is used: each is the same"
    for loop in walked(tree, ast.For):
        if not names(loop.target) & {n for part in loop.body for n in names(part)} and called(loop.iter) != "range":
            yield loop.iter, f"`{ast.unparse(loop.target)}` is not used: each turn is the same"
