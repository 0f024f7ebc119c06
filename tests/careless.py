"""How an assertion comes to see less than it seems to: forms that a page, a test or an equation must not take.

Each rule goes through code that belongs together (a cell, or a function of a test) and gives the places and what to do
there. What only shows when the code runs, such as an all() that goes through nothing, none of them sees.
"""

import ast
from collections import Counter
from typing import NamedTuple

from asserted import ORDERS, SEVERAL, assertions, called, claims, names, text, walked
from careless_limits import a_deviation_times_a_root, errors_of_no_mean, only_there, size_of_a_difference_forgotten
from careless_loops import named_twice, nothing_used, number_twice, paired_with_itself, variable_unused

COMPARE = {"allclose", "isclose", "equal", "array_equal", "array_equiv", "assert_close", "assert_allclose", "same"}


# The same twice -------------------------------------------------------------------------------------------------------


class Known(NamedTuple):
    """What a page, or a function, says of its names."""

    equal: dict  # {name: the one that it is only another name of}, of those that are set once
    literal: dict  # {name: the tuple or list that it is}


def known(tree, calls=True):
    """`calls` is false in tests, where two calls alike may be asked to give the same."""
    often = Counter(n.id for n in walked(tree, ast.Name) if isinstance(n.ctx, ast.Store))
    often.update(argument.arg for argument in walked(tree, ast.arg))
    found = Known({}, {})
    for line in tree.body:
        if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
            name, value = line.targets[0].id, line.value
            if isinstance(value, ast.Name) and often[name] == often[value.id] == 1:
                found.equal[name] = found.equal.get(value.id, value.id)
            if isinstance(value, (ast.Tuple, ast.List, ast.Set)) and often[name] == 1:
                found.literal[name] = value
        if isinstance(line, ast.Assign) and all(isinstance(n, ast.Tuple) for n in (line.targets[0], line.value)):
            found.equal.update(set_alike(line, often, calls))
    return found


def set_alike(line, often, calls):
    """{other: one} of one, other = f(1), f(1). Two lists or tables that are made empty are filled later."""
    first, again = {}, {}
    for name, value in zip(line.targets[0].elts, line.value.elts, strict=False):
        if isinstance(name, ast.Name) and often[name.id] == 1 and not isinstance(value, (ast.List, ast.Dict)):
            one = first.setdefault(ast.dump(value), name.id)
            if one != name.id and (calls or not walked(value, ast.Call)):
                again[name.id] = one
    return again


def pairs(node):
    """(left, right, operation) of what is compared, subtracted or divided, or held side by side by zip."""
    if isinstance(node, ast.Compare):
        terms = [node.left, *node.comparators]
        yield from zip(terms, terms[1:], node.ops, strict=False)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div)):
        yield node.left, node.right, node.op
    elif called(node) in COMPARE | {"zip"}:
        sides = node.args if len(node.args) > 1 else [getattr(node.func, "value", node), *node.args]
        if len(sides) > 1:
            yield sides[0], sides[1], None


def compared_with_itself(tree, of):
    """x == x, allclose(x, x), x - x, and y == x after y = x."""
    equal = of.equal
    within = [n for a in assertions(tree) for n in ast.walk(a.test)]
    within += [n for n in walked(tree, ast.Call) if called(n) in ("assert_close", "assert_allclose", "same")]
    for node in within:
        for left, right, op in pairs(node):
            alike = lambda a, b: type(a) is type(b) and text(a, equal) == text(b, equal)
            if alike(left, right):
                yield node, "both sides are the same: compare with what was computed another way"
            least = "max" if isinstance(op, (ast.Lt, ast.LtE)) else "min"
            if isinstance(op, ORDERS) and called(right) == least and any(alike(left, n) for n in right.args):
                yield node, f"the {least} of several with itself among them: leave it out there"


FORM = {"keys", "len", "set", "shape", "size", "type", "dtype", "ndim", "numel", "dim"}


def form(node):
    """ "len" of len(x), "shape" of x.shape: what holds nothing of the values."""
    if isinstance(node, ast.Attribute) and node.attr in FORM:
        return node.attr
    return called(node) if called(node) in FORM else ""


def only_the_form(tree):
    """Of two results only the keys, the lengths or the shapes are compared, in a cell that does not ask for values."""
    parts = [claim for a in assertions(tree) for claim in claims(a.test)]
    shaped = [c for c in parts if isinstance(c, ast.Compare) and all(isinstance(op, ast.Eq) for op in c.ops)]
    shaped = [c for c in shaped if len({form(t) for t in (c.left, *c.comparators)}) == 1 and form(c.left)]
    valued = {name for claim in parts if claim not in shaped for name in names(claim)}
    valued |= {name for loop in walked(tree, ast.For) if assertions(loop) for name in names(loop.iter)}
    for claim in shaped:
        if not all(names(term) & valued for term in (claim.left, *claim.comparators)):
            yield claim, f"only the {form(claim.left)} of both is compared: compare what they hold"


# What is gone through -------------------------------------------------------------------------------------------------


def left_out(condition):
    """row != "info-gan", name not in ("x", "y"), a is not b: all but a few that are named are gone through."""
    return isinstance(condition, ast.Compare) and isinstance(condition.ops[0], (ast.NotEq, ast.NotIn, ast.IsNot))


def only_some(tree):
    """all(... for x in xs if ...), where nothing says how many are left."""
    parts = [n for a in assertions(tree) for n in ast.walk(a.test)]
    for call in (n for n in parts if called(n) in ("all", "max", "min") and n.args):
        loops = call.args[0].generators if isinstance(call.args[0], SEVERAL) else []
        for loop, condition in ((each, c) for each in loops for c in each.ifs if not left_out(c)):
            within = {id(n) for n in ast.walk(call)}
            outside = [n for n in parts if id(n) not in within]
            free = names(condition) - names(loop.target)
            said = any(ast.dump(n) == ast.dump(condition) for n in outside if type(n) is type(condition))
            equal = [n for n in outside if isinstance(n, ast.Compare) and isinstance(n.ops[0], ast.Eq)]
            if not said and not any(free & names(n) for n in equal):
                yield call, f"only those with `{ast.unparse(condition)}`: assert how many, or say in MEANT why not"


def of_no_loop(tree):
    """A loop or a comprehension whose variable is not asked about."""
    for loop in walked(tree, ast.For):
        changing = names(loop, ast.Store)
        for assertion in assertions(loop):
            if not changing & names(assertion):
                yield assertion, "nothing in it changes as the loop goes on: ask about its variable"
    for node in (n for a in assertions(tree) for n in walked(a.test, SEVERAL)):
        said = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for i, loop in enumerate(node.generators):
            rest = said + loop.ifs + [n for later in node.generators[i + 1 :] for n in (later.iter, *later.ifs)]
            if not names(loop.target) & {name for part in rest for name in names(part)}:
                yield node, f"it does not ask about `{ast.unparse(loop.target)}`"


def over_nothing(tree):
    """for x in xs[:0], in () or in range(0); max(..., default=0) says something of nothing."""
    for loop in walked(tree, (ast.For, ast.comprehension)):
        if ast.unparse(loop.iter) in ("()", "[]", "range(0)") or ast.unparse(loop.iter).endswith("[:0]"):
            yield loop.iter, "nothing is gone through"
    for call in (n for a in assertions(tree) for n in walked(a.test, ast.Call)):
        if called(call) in ("max", "min") and any(key.arg == "default" for key in call.keywords):
            yield call, "a default for nothing: leave it away, so that nothing is an error"


# What always holds ----------------------------------------------------------------------------------------------------

THINGS = (ast.List, ast.Set, ast.Dict, ast.Lambda, ast.JoinedStr, ast.Constant, *SEVERAL)
METHODS = {"all", "any", "equal", "allclose", "isfinite", "startswith", "endswith", "isdisjoint", "issubset"}


def always_true(tree):
    """`or True`, a list for what it holds, (x < 1).all without its parentheses, a claim as the message of another."""
    for assertion in assertions(tree):
        asked = [assertion.test]
        for node in asked:
            if isinstance(node, ast.BoolOp):
                asked += node.values
            elif isinstance(node, ast.IfExp):
                asked += [node.body, node.orelse]
            elif called(node) in ("all", "any") and node.args and isinstance(node.args[0], SEVERAL[:3]):
                asked.append(node.args[0].elt)
            elif called(node) in ("map", "filter", "zip"):
                yield node, "true as it is, whatever it holds: wrap it in all()"
            elif isinstance(node, THINGS) and not any(isinstance(n, ast.Starred) for n in getattr(node, "elts", [])):
                yield node, "a constant, or true as it is whatever it holds: ask what is claimed"
            elif isinstance(node, ast.Attribute) and node.attr in METHODS:
                yield node, f"a method that is not called is true: write .{node.attr}()"
        message = assertion.msg
        if isinstance(message, (ast.Compare, ast.BoolOp)) or called(message) in COMPARE | {"all", "any"}:
            yield message, "a claim after the comma is the message and never asked: join the two with `and`"
        for call in walked(assertion.test, ast.Call):
            if any(key.arg == "equal_nan" and ast.unparse(key.value) != "False" for key in call.keywords):
                yield call, "equal_nan lets two results that are no numbers pass: leave it away"


CATCHES = {"Exception", "BaseException", "AssertionError"}


def never_red(tree):
    """An assertion whose failure is caught, that an exception must come to reach, or under `if False`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            kinds = [names(h.type) if h.type else CATCHES for h in node.handlers]
            for assertion in (a for line in node.body for a in assertions(line)):
                if any(kind & CATCHES for kind in kinds):
                    yield assertion, "its failure is caught below: catch only the error that is meant"
            last = node.body[-1]
            fails = isinstance(last, ast.Raise) or bool(node.orelse) or called(getattr(last, "value", None)) == "fail"
            for assertion in (a for h in node.handlers for a in assertions(h)):
                if not fails:
                    yield assertion, "without the error it is never asked: add `else: raise AssertionError(...)`"
        if isinstance(node, ast.With) and any(called(item.context_expr) == "suppress" for item in node.items):
            if any(names(item.context_expr) & CATCHES for item in node.items):
                yield from ((assertion, "its failure is suppressed") for assertion in assertions(node))
        if isinstance(node, (ast.If, ast.While)) and isinstance(node.test, ast.Constant):
            yield from ((assertion, "it stands under a constant") for assertion in assertions(node))


# of the tests, too, where two calls alike may be asked to give the same
SAME = (compared_with_itself, paired_with_itself, named_twice)
ANYWHERE = (*SAME, variable_unused, a_deviation_times_a_root, always_true, never_red)
OF_PAGES = (
    number_twice,
    nothing_used,
    only_the_form,
    errors_of_no_mean,
    size_of_a_difference_forgotten,
    only_there,
    only_some,
    of_no_loop,
    over_nothing,
)


def careless(tree, of=None, rules=(*ANYWHERE, *OF_PAGES)):
    """(node, what to do) of every place in a cell or a function; `of` knows the names of the page around it."""
    of = of or known(tree)
    for rule in rules:
        yield from rule(tree, of) if rule in (*SAME, number_twice) else rule(tree)
