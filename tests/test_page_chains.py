"""A derivation that a page builds in a cell of its own is typeset as its functions compute it, as those of
`course_pkg.equations` are (test_reading.py)."""

import ast
import json

import pytest

from asserted import called, walked
from course_pkg.derivation.typeset import everything, in_order, read_line
from helpers import ROOT
from page_chains import chains, needed
from test_careless import cells
from test_pages import TEXTS, name
from test_reading import differing, told

# A sheet is made from its solutions (test_sheets.py).
PAGES = [name(path) for path in TEXTS if path.parent.name != "exercises" and "Derivation(" in path.read_text("utf-8")]
BY_HAND = json.loads((ROOT / "tests" / "by_hand_pages.json").read_text("utf-8"))


def definitions_for(page, chain):
    return in_order(page.rpartition("/")[2].removesuffix(".md"), chain.follows, everything())


@pytest.mark.parametrize("page", PAGES)
def test_what_is_typeset_in_a_cell_is_what_its_function_computes(page):
    """Each line is read; one that cannot be is as it was read by hand, beside what its function gives."""
    found = {}
    for chain in chains(page).values():
        for i, step in enumerate(chain.steps):
            line = read_line(chain, i, definitions_for(page, chain))
            assert not line.problem
            if not line.read:
                given = told(step.value(chain.worlds[0].draw(0)))
                found[f"{page}:{chain.label}:{i}"] = f"{step.latex} (here {given})"
    said = "\n".join(differing(found, {key: kept for key, kept in BY_HAND.items() if key.startswith(f"{page}:")}))
    assert not said, f"{said}\nRead it again, by its function, and put it into tests/by_hand_pages.json"


def test_no_line_of_a_page_without_derivations_was_read_by_hand():
    assert {key.partition(":")[0] for key in BY_HAND} <= {*PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_every_derivation_of_a_page_is_found(page):
    made = [node for _, code in cells((ROOT / page).read_text("utf-8")) for node in walked(ast.parse(code), ast.Call)]
    assert len(chains(page)) == sum(called(node) == "Derivation" for node in made)


def test_a_slip_in_what_a_cell_typesets_is_seen():
    page = "solutions/elbo.md"
    chain = chains(page)["from_above"]
    slipped = chain.replace(2, latex=chain.steps[2].latex.replace(" - ", " + "))
    assert slipped != chain and read_line(slipped, 2, definitions_for(page, slipped)).problem


def test_only_what_a_derivation_needs_is_run():
    lines = ast.parse("a = 1\na = 2\nb = train()\ndef f(x): return a * x\na = 3\nc = Derivation(f)\nd = c").body
    assert [ast.unparse(line).split("\n")[0] for line in needed(lines, 5)] == [
        "def f(x):",
        "a = 3",
        "c = Derivation(f)",
    ]
