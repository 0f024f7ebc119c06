"""What the name of some worlds lists is drawn, and what is drawn in turn is drawn to its end."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest
import torch

from course_pkg.derivation import pages as check
from helpers import ROOT

WORDS = {word: n for n, word in enumerate("zero one two three four five six seven eight nine ten".split())}
NUMBER = rf"(?:\d+|{'|'.join(WORDS)})"
LISTED = re.compile(rf"(?<![\w.])({NUMBER}(?:, {NUMBER})*) (and|or|to) ({NUMBER})(?![\w.])")
ALL = re.compile(r"\ball .*")  # "all samples of 2 and 3": of one world the judge goes through them
WORLDS = {
    (e.label, w.name): w
    for _, e in check.all_equations(ROOT)
    for w in (e.worlds if isinstance(e.worlds, tuple) else (e.worlds,))
    if w
}


def listed(name: str) -> set[int]:
    """1, 2, 4 of "symmetries 1, 2 and 4"; 2, 3, 4 of "batches of 2 to 4"."""
    found: set[int] = set()
    for first, how, last in LISTED.findall(ALL.sub("", name)):
        *others, end = (WORDS.get(word) or int(word) for word in (*first.split(", "), last))
        found |= {*range(others[-1], end)} if how == "to" else set()
        found |= {*others, end}
    return found


def facts(world: object, place: str = "") -> Iterator[tuple[str, float]]:
    """(place, number) of the numbers of a world, and of how many it has at a place."""
    if isinstance(world, (int, float)):
        yield place, world
    elif isinstance(world, torch.Tensor):
        yield from ((f"{place} axis {i}", n) for i, n in enumerate(world.shape))
        yield from ((place, x) for x in world.flatten().tolist()[:100])
    elif isinstance(world, (tuple, list)):
        yield f"{place} length", len(world)
        for i, part in enumerate(world):
            yield from facts(part, f"{place}[{i}]")
    elif hasattr(world, "__dict__"):
        yield from facts([*vars(world).values()], place)


LISTING = {place: w for place, w in WORLDS.items() if listed(w.name)}


@pytest.mark.parametrize(("label", "name"), LISTING)
def test_what_a_name_lists_is_drawn(label, name):
    worlds = LISTING[label, name]
    drawn: dict[str, set[float]] = {}
    for seed in range(worlds.count):
        for place, number in facts(worlds.draw(seed)):
            drawn.setdefault(place, set()).add(number)
    lacking = min((listed(name) - found for found in drawn.values()), key=len)
    assert not lacking, f"{label}: of the worlds called {name!r} {lacking} are never drawn"


def in_turn() -> Iterator[tuple[str, str, str, int, int]]:
    """(module, function, text, how many it takes in turn, how many there are) of SOME[seed % 3]."""
    for path in sorted((ROOT / "course_pkg").rglob("*.py")):
        text = path.read_text("utf-8")
        if "%" not in text:
            continue
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for function in (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)):
            for node in ast.walk(function):
                match node:
                    case ast.Subscript(value=some, slice=ast.BinOp(op=ast.Mod(), right=ast.Constant(value=int(n)))):
                        if (there := number_of(some, module)) is not None:
                            yield module, function.name, ast.unparse(node), n, there


def number_of(some: ast.expr, module: str) -> int | None:
    """Of a tuple that is written there, or that the module has under this name."""
    if isinstance(some, (ast.Tuple, ast.List)):
        return len(some.elts)
    found = getattr(import_module(module), some.id, None) if isinstance(some, ast.Name) else None
    return len(found) if isinstance(found, (tuple, list)) else None


IN_TURN = [*in_turn()]


@pytest.mark.parametrize("place", IN_TURN, ids=lambda place: f"{place[0]}: {place[2]}")
def test_what_is_taken_in_turn_is_taken_to_its_end(place):
    module, function, text, taken, there = place
    assert taken == there, f"{module}.{function}: {text} takes {taken} in turn, of {there}"
    by = {name: w for (_, name), w in WORLDS.items() if (w.draw.__module__, w.draw.__name__) == (module, function)}
    few = [name for name, worlds in by.items() if worlds.count < there]
    assert not few, f"{module}.{function}: {text}: fewer than {there} worlds are drawn of {few}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("symmetries 1, 2 and 4", {1, 2, 4}),
        ("batches of 2 to 4", {2, 3, 4}),
        ("laws on two points, all samples of 2 and 3", set()),
        ("laws on two or three points", {2, 3}),
        ("capacities from 0.1 to 25 nats", set()),
        ("pairs of Gaussians, 4 000 samples", set()),
    ],
)
def test_what_a_name_lists(name, expected):
    assert listed(name) == expected
