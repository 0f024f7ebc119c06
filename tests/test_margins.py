"""An assertion of a page asks for what is claimed: its bounds lie near what came, and no stronger form held as well.

What came is noted when a page is executed (tools/margins.py) and kept in tests/margins.json. Only these notes are
judged: on another machine other numbers may come, and a page of which only prose changed needs no new ones.
"""

import ast
import builtins
import json
import math
import re

import nbformat
import pytest
import torch
from IPython.core.inputtransformer2 import TransformerManager
from tqdm import tqdm

from helpers import ROOT, tool
from test_pages import NOTEBOOKS, cells, name

notebooks = tool("notebooks")
margins, keep = notebooks.margins, notebooks.keep
RECORD = json.loads((ROOT / "tests" / "margins.json").read_text("utf-8"))
# So many times as far as what came a bound may be: what is trained or drawn comes out otherwise on another processor.
ROOM = 10
PART = 0.1  # two numbers that are said to agree may differ by this part of them
ERRORS = (2, 6)  # so many standard errors a mean may be off
NEAREST = 0.05  # standard errors: one mean in 25 comes as near by chance, or the error is far too large
ROUNDING = 1e-5  # what is as small is a zero
LEVELS = (0.05, 0.01, 0.001)  # of a test: below them a p-value is as it is
# What is meant to be as it is: {(page, part): why}.
MEANT: dict[tuple[str, str], str] = {
    ("book/capacity.md", "abs(held[1.4][0] - 5) < 1: < 1"): "a processor with shorter vectors ends at 5.5 nats",
}


def room(part, note):
    """How many times as far as what came a bound is; 1 where it says only a sign, zero to rounding, or a level."""
    bound, came = (note["bound"], note["came"]) if note["below"] else (-note["bound"], -note["came"])
    if abs(bound) <= ROUNDING or (abs(bound) in LEVELS and re.search(r"\.p\b|p_value|\bp <", part)):
        return 1
    if bound < 0:
        return came / bound
    if note["kind"] == "difference":
        came = max(came, note["of"] * PART / ROOM, rounding(part) / ROOM)
    if note["kind"] == "error":
        came = max(came, (bound if ERRORS[0] <= bound <= ERRORS[1] else PART) / ROOM)
    if came <= 0:  # on the other side of zero: a bound that lets it cross by less than it is
        came = -came / ROOM
    return bound / came if came else math.inf


def rounding(part):
    """How far abs(x - 0.3) may be off if x rounds to the number: 0.05."""
    written = re.findall(r"[-+] \d*\.?(\d*)\)", part)
    return max((0.5 * 10.0 ** -len(decimals) for decimals in written), default=0)


def weak(notes):
    """(part, what is wrong) of the notes on one assertion."""
    for part, note in notes.items():
        if note is True:
            yield part, f"the stronger form holds as well ({part.rpartition(': ')[2]}): claim that"
        elif note and (times := room(part, note)) > ROOM:
            came = f"{note['came']:g} came, the bound leaves {times:.3g} times as much (at most {ROOM})"
            yield part, f"{came}: bring it nearer, or compute it from an error"
        elif note and note["kind"] == "error" and ERRORS[0] <= note["bound"] <= ERRORS[1] and note["came"] < NEAREST:
            yield part, f"{note['came']:.2g} standard errors came: is that the error of a mean of so many?"


def assertions(path):
    """(code cell, the text of an assertion) of a notebook."""
    for number, cell in cells(path):
        code = TransformerManager().transform_cell(cell.source)
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Assert):
                yield number, margins.text_of(code, node.test)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_what_came_is_noted_of_every_assertion(path):
    page = name(path.with_suffix(".md"))
    asked, noted = {text for _, text in assertions(path)}, set(RECORD.get(page, {}))
    assert noted == asked, (
        f"{page}: its notes in tests/margins.json are not of its assertions: run `make notebooks PAGES={page}`\n"
        f"not noted: {sorted(asked - noted)[:5]}\nno longer there: {sorted(noted - asked)[:5]}"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_an_assertion_asks_for_what_is_claimed(path):
    page = name(path.with_suffix(".md"))
    lines = path.with_suffix(".md").read_text("utf-8").splitlines()
    found = []
    for number, text in assertions(path):
        for part, wrong in weak(RECORD.get(page, {}).get(text, {})):
            if (page, part) not in MEANT:
                line = next((i for i, line in enumerate(lines, 1) if text.split(" and ")[0][:40] in line), "?")
                found.append(f"{page}:{line}, code cell {number}: {part}: {wrong}")
    assert not found, "\n" + "\n".join(found) + "\nor say in MEANT (tests/test_margins.py) why it is meant so"


def test_what_is_meant_is_still_needed():
    needed = {(page, part) for page, notes in RECORD.items() for n in notes.values() for part, _ in weak(n)}
    assert MEANT.keys() <= needed, f"no longer weak, take it out of MEANT: {MEANT.keys() - needed}"


# How it is noted --------------------------------------------------------------------------------------------


def noted(code, monkeypatch, **names):
    """The notes on the assertions of some code, which must hold."""
    recorder = margins.Kernel()
    turned = margins.Transformer(recorder)
    turned.code = code
    monkeypatch.setattr(builtins, margins.NAME, recorder, raising=False)
    exec(compile(turned.visit(ast.parse(code)), "<page>", "exec"), names)
    return recorder.notes


XS = [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("claimed", "turned"),
    [
        ("all(x < 4 for x in xs)", "any(x < 4 for x in xs)"),
        ("max(xs) < 4", "min(xs) < 4"),
        ("min(xs) > 0.5", "max(xs) > 0.5"),
        ("4 > max(xs)", "4 > min(xs)"),
        ("max(xs) < 4 < min(ys)", "min(xs) < 4 < min(ys)"),
        ("max(xs) < 4 < min(ys)", "max(xs) < 4 < max(ys)"),
        ("max(xs) < min(ys)", "max(xs) < max(ys)"),
        ("(t < 4).all()", "(t < 4).any()"),
        ("t.max() < 4", "t.min() < 4"),
        ("not any(x > 4 for x in xs)", "not all(x > 4 for x in xs)"),
        ("max(abs(x - 2) for x in xs) < 2", "min(abs(x - 2) for x in xs) < 2"),
        ("all(x < 5 for x in xs)", "all(x < 50 for x in xs)"),
        ("max(xs) > 2", "max(xs) > .2"),
        ("max(xs) > 2 * 1.4", "max(xs) > 2 * .14"),
        ("xs[2] > 2 * xs[0]", "xs[2] > .2 * xs[0]"),
        ("xs[2] < xs[0] + 3", "xs[2] < xs[0] + 30"),
        ("xs[0] < xs[2] - 1", "xs[0] < xs[2] - .1"),
        ("xs[0] < xs[2] / 2", "xs[0] < xs[2] / .1"),
        ("-2 < -xs[0] < -.5", "-20 < -xs[0] < -.5"),
        ("-2 < -xs[0] < -.5", "-2 < -xs[0] < -.05"),
        ("abs(xs[2] - 2.99) < .2", "abs(xs[2] - 2.99) < 2"),
        ("(t - 2).abs().max() < 2", "(t - 2).abs().max() < 20"),
        ("abs(mean) < 4 * se", "abs(mean) < 40 * se"),
        ("abs(mean) < 4 * se", "abs(mean) < 4 * se * 10"),
        ("abs(mean) < 4 * se", "abs(mean) < 4 * spread"),
        ("abs(xs[2] - 3.001) < .1 * xs[0]", "abs(xs[2] - 3.001) < 1.2 * xs[0]"),
        ("len(xs) >= 2", "len(xs) >= 1 / 4"),
        ("len(xs) == 3", "len(xs) >= 3"),
        ("{*xs} == {1, 2, 3}", "{*xs} <= {1, 2, 3}"),
        ("xs == [1, 2, 3] and len(ys) == 2", "xs == [1, 2, 3] or len(ys) == 2"),
        ("xs[0] if xs[0] > 3 else xs[0] < 2", "xs[0] if xs[0] > 3 else xs[0] < 20"),
    ],
)
def test_a_claim_that_says_less_is_seen(claimed, turned, monkeypatch):
    names = {"xs": XS, "ys": [7.0, 9.0], "t": torch.tensor(XS), "mean": 0.01, "se": 0.1, "spread": 1.0}
    for text, holds in ((claimed, True), (turned, False)):
        (notes,) = noted(f"assert {text}", monkeypatch, **names).values()
        assert [*weak(notes)] == [] if holds else [*weak(notes)], f"{text}: {notes}"


def test_an_assertion_holds_or_fails_as_it_stands(monkeypatch):
    for text in (
        "x < 2 and any(v > 1 for v in [x])",
        "min([x]) > 3",
        "not all(v for v in [x])",
        "x == 4",
        "y",
        "3 < x < 5",
    ):
        with pytest.raises(AssertionError, match="it says so"):
            noted(f"assert {text}, 'it says so'", monkeypatch, x=2, y=[])
    counted = []
    noted("for x in (1, 2):\n    assert x < 3 and (counted.append(x) or True)", monkeypatch, counted=counted)
    assert counted == [1, 2], "each part is evaluated once"


def test_the_nearest_of_a_loop_counts_and_a_stronger_form_must_hold_each_time(monkeypatch):
    (notes,) = noted("for x in (1, 9, 2):\n    assert x < 10 and any(v < 5 for v in (1, x))", monkeypatch).values()
    assert notes["x < 10: < 10"]["came"] == 9 and notes["any(v < 5 for v in (1, x)): all for any"] is False


def test_another_machines_last_digits_change_nothing(tmp_path, monkeypatch):
    record = tmp_path / "margins.json"
    seen = []
    for x in (1.0, 1.04, 1.3):
        keep(record, "book/a.md", noted("assert x < 2 and any([x])", monkeypatch, x=x))
        seen.append(json.loads(record.read_text("utf-8"))["book/a.md"]["x < 2 and any([x])"]["x < 2: < 2"]["came"])
    assert seen == [1.0, 1.0, 1.3]
    keep(record, "book/b.md", noted("assert x > 2", monkeypatch, x=3))
    keep(record, "book/a.md", {})
    assert json.loads(record.read_text("utf-8")).keys() == {"book/b.md"}


def test_a_page_that_is_executed_is_noted(tmp_path):
    cell = nbformat.v4.new_code_cell("x = 3\nassert x < 4 and max(\n    [x]) > 2, 'a message'\nx")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notes = notebooks.execute(notebook, tmp_path / "a.md", tqdm(disable=True))
    assert cell.outputs[0].data["text/plain"] == "3"
    assert {
        part: note["came"] for part, note in notes["x < 4 and max( [x]) > 2"].items() if isinstance(note, dict)
    } == {
        "x < 4: < 4": 3.0,
        "max( [x]) > 2: > 2": 3.0,
    }
