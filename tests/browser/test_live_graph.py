"""The graph of the equations in headless Chromium: every neighbourhood as Python has it, walked by keyboard."""

import json

import pytest
from standalone import module, standalone

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.derivation.pages import BookReport, Entry, all_equations
from course_pkg.show import live
from course_pkg.show.live.graph import graph_figure

PAIRS = all_equations()
USES = {e.label: list(getattr(e, "follows", ())) for _, e in PAIRS}
KINDS = {e.label: "definition" if isinstance(e, Definition) else "bound" for _, e in PAIRS}


def some_report():
    """All equations of the book, unchecked: what the figure shows of a check is told by its page."""
    return BookReport([Entry(e.label, page, e, KINDS[e.label]) for page, e in PAIRS], 0)


def under(label):
    found = set(USES[label])
    return found.union(*(under(above) for above in USES[label]))


def test_what_an_equation_rests_on_and_what_rests_on_it(tmp_path):
    below = {label: under(label) for label in USES}
    with standalone(tmp_path, graph_figure(some_report(), "elbo-gap")._repr_html_()) as page:
        figure, labels = module(page, live.module("graph")), list(USES)
        uses = [[labels.index(u) for u in USES[label]] for label in labels]
        up, down = page.evaluate(
            "([m, uses]) => [uses, m.turned(uses)].map((s) => s.map((_, i) => [...m.reached(s, i)]))",
            [figure, uses],
        )
        for i, label in enumerate(labels):
            assert {labels[j] for j in up[i]} == below[label]
            assert {labels[j] for j in down[i]} == {other for other in labels if label in below[other]}


def test_every_use_is_a_button_and_the_keyboard_walks_it(tmp_path):
    with standalone(tmp_path, graph_figure(some_report(), "elbo-gap")._repr_html_()) as page:
        shown = lambda kind: page.locator(f".live-graph .{kind} button").evaluate_all("b => b.map(e => e.dataset.to)")
        data = lambda: page.locator(".live-graph").evaluate("e => ({...e.dataset})")
        assert data()["at"] == "elbo-gap" and shown("uses") == USES["elbo-gap"]
        assert shown("by") == [label for label, uses in USES.items() if "elbo-gap" in uses]
        page.locator(".live-graph .uses button").first.focus()
        page.keyboard.press("Enter")
        first = USES["elbo-gap"][0]
        assert data()["at"] == first and "elbo-gap" in shown("by")
        assert page.evaluate("document.activeElement.getAttribute('href')").endswith(f"#equation-{first}")
        assert int(data()["up"]) == len(under(first))
        page.locator(".live-graph select").first.select_option("kkt")
        at = next(label for label in USES if label.startswith("kkt-"))
        assert data()["at"] == at
        options = page.locator(".live-graph select").nth(1).locator("option").all_inner_texts()
        assert options == [e.label for p, e in PAIRS if p == "kkt"]
        page.locator(".live-graph select").nth(1).select_option(label=options[-1])
        assert data()["at"] == options[-1]
        assert int(data()["ground"]) == sum(KINDS[u] == "definition" for u in under(options[-1]))


def test_a_label_that_is_none_is_refused():
    with pytest.raises(ValueError, match="expected the label of an equation of the book, got 'elbo-gab'"):
        graph_figure(some_report(), "elbo-gab")
    state = graph_figure(some_report(), "elbo-gap").state
    assert json.dumps(state) and isinstance(PAIRS[-1][1], (Definition, Derivation))
