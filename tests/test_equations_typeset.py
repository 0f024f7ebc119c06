"""Nothing of this is kept from one test to the next: every line is read anew as it is typeset, and every room of
equations is run anew, with all that it computes while it is read. So a change in what gives a symbol its numbers, or in
what makes an equation, is seen by a test that calls it."""

import importlib
import importlib.util
import json
from dataclasses import fields, is_dataclass, replace

import pytest

from course_pkg.derivation import Definition, Derivation
from course_pkg.derivation.typeset import everything, in_order, read_definition, read_line
from helpers import ROOT

EQUATIONS = everything()
BY_HAND = json.loads((ROOT / "tests" / "by_hand.json").read_text("utf-8"))
PAGES = {e.label: page for page, e in EQUATIONS}
CHAINS = {e.label: e for _, e in EQUATIONS if isinstance(e, Derivation)}
OF_ARRAYS = {e.label: e for _, e in EQUATIONS if isinstance(e, Definition) and e.worlds}


@pytest.mark.parametrize("label", CHAINS)
def test_what_is_typeset_is_what_the_function_computes(label):
    """Of every line that can be read, on two worlds of each kind (test_reading.py: on more); and those that cannot are
    the ones that were read by hand."""
    chain, definitions = CHAINS[label], in_order(PAGES[label], CHAINS[label].follows, EQUATIONS)
    chain = replace(chain, worlds=tuple(replace(kind, count=min(kind.count, 2)) for kind in chain.worlds))
    for i in range(len(chain.steps)):
        found = read_line(chain, i, definitions)
        assert not found.problem
        assert found.read == (f"{label}:{i}" not in BY_HAND), f"{label}, line {i}: {found.reason or 'can be read now'}"


@pytest.mark.parametrize("label", OF_ARRAYS)
def test_a_definition_is_what_its_judge_computes_on_its_own_worlds(label):
    found = read_definition(OF_ARRAYS[label], in_order(PAGES[label], (label,), EQUATIONS), [])
    assert found.read and found.judges and not found.problem


def rooms():
    """Every module of equations but the folders' own, which only gather."""
    folder = ROOT / "course_pkg" / "equations"
    found = sorted(path for path in folder.rglob("*.py") if path.stem != "__init__" and "wrong" not in path.parts)
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found]


def written(value):
    """What an equation says, without what its functions are."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: written(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (list, tuple)):
        return [written(entry) for entry in value]
    if isinstance(value, dict):
        return {key: written(entry) for key, entry in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__


@pytest.mark.parametrize("room", rooms())
def test_a_room_that_is_run_again_makes_the_same_equations(room):
    first = importlib.import_module(room)
    again = importlib.util.module_from_spec(spec := importlib.util.find_spec(room))
    spec.loader.exec_module(again)
    kinds = (Definition, Derivation)
    made = {name: written(value) for name, value in vars(first).items() if isinstance(value, kinds)}
    assert made == {name: written(value) for name, value in vars(again).items() if isinstance(value, kinds)}


def test_what_an_equation_says_tells_it_from_another():
    chain = next(iter(CHAINS.values()))
    longer = chain.replace(0, latex="another")
    assert written(chain) == written(chain) != written(longer)
    assert written((1.5, "a", None, len)) == [1.5, "a", None, "builtin_function_or_method"]
