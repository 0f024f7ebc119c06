"""The graph of the equations in headless Chromium: every neighbourhood as Python has it, walked by keyboard."""

import itertools
import json

import pytest
from accessibility import violations
from reading import says
from standalone import module, standalone

from course_pkg.derivation.chain import Definition, Derivation
from course_pkg.derivation.graph import depths
from course_pkg.derivation.pages import BookReport, Entry, all_equations
from course_pkg.show import live
from course_pkg.show.live.graph import MARKS, graph_figure

PAIRS = all_equations()
USES = {e.label: list(getattr(e, "follows", ())) for _, e in PAIRS}
PAGES = list(dict.fromkeys(page for page, _ in PAIRS))
KINDS = {e.label: "definition" if isinstance(e, Definition) else "bound" for _, e in PAIRS}


def some_report():
    """All equations of the book, unchecked: what the figure shows of a check is told by its page."""
    return BookReport([Entry(e.label, page, e, KINDS[e.label]) for page, e in PAIRS], 0)


def under(label):
    found = set(USES[label])
    return found.union(*(under(above) for above in USES[label]))


def test_what_an_equation_rests_on_and_what_rests_on_it(tmp_path):
    below = {label: under(label) for label in USES}
    with standalone(tmp_path, graph_figure(some_report(), "elbo-gap", PAGES)._repr_html_()) as page:
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
    with standalone(tmp_path, graph_figure(some_report(), "elbo-gap", PAGES)._repr_html_()) as page:
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
        page.locator(".live-graph .chosen select").first.select_option("kkt")
        at = next(label for label in USES if label.startswith("kkt-"))
        assert data()["at"] == at
        options = page.locator(".live-graph .chosen select").nth(1).locator("option").all_inner_texts()
        assert options == [e.label for p, e in PAIRS if p == "kkt"]
        page.locator(".live-graph .chosen select").nth(1).select_option(label=options[-1])
        assert data()["at"] == options[-1]
        assert int(data()["ground"]) == sum(KINDS[u] == "definition" for u in under(options[-1]))


def test_every_equation_is_a_square_in_the_row_of_its_page_deeper_ones_further_right(tmp_path):
    depth = depths({e.label: e for _, e in PAIRS})
    with standalone(tmp_path, graph_figure(some_report(), "elbo-gap", PAGES[::-1])._repr_html_()) as page:
        rows = page.locator(".map [role=group]").evaluate_all(
            "all => all.map(r => [r.ariaLabel, [...r.querySelectorAll('.cell')].map(c => c.title)])"
        )
        assert [name for name, _ in rows] == PAGES[::-1]
        for name, labels in rows:
            assert sorted(labels) == sorted(e.label for p, e in PAIRS if p == name)
            assert [depth[label] for label in labels] == sorted(depth[label] for label in labels)
        of = lambda place: set(page.locator(f".map .cell.{place}").evaluate_all("all => all.map(c => c.title)"))
        assert of("at") == {"elbo-gap"} and of("up") == under("elbo-gap")
        assert of("down") == {label for label in USES if "elbo-gap" in under(label)}


def test_the_list_shows_what_one_oracle_checked_and_a_colour_is_never_the_only_cue(tmp_path):
    figure = graph_figure(some_report(), "elbo-gap", PAGES)
    nodes = figure.state["nodes"]
    with standalone(tmp_path, figure._repr_html_()) as page:
        chosen = page.locator(".live-graph > label select")
        options = chosen.locator("optgroup option").evaluate_all(
            "all => all.map(o => [o.parentElement.label, o.text.replace(/ [(][0-9]+[)]$/, ''), o.value])"
        )
        assert {(kind, name) for kind, name, _ in options[len({n["mark"] for n in nodes}) :]} == {
            tuple(oracle) for n in nodes for oracle in n["by"]
        }
        sizes = chosen.locator("optgroup").evaluate_all(
            "all => all.map(g => [...g.children].map(o => +o.text.match(/[(]([0-9]+)[)]$/)[1]))"
        )
        assert all(size == sorted(size, reverse=True) for size in sizes[1:]), "of each kind, the most first"
        assert max(map(len, sizes[1:])) > 1
        for kind, name, value in (o for o in options if o[1] in ("tables", "Monte Carlo", MARKS["second"][1])):
            chosen.select_option(value)
            expected = {n["label"] for n in nodes if (kind, name) in n["by"] or MARKS[n["mark"]][1] == name}
            signs = page.locator(".map .cell:not(:empty)").evaluate_all("all => all.map(c => [c.title, c.textContent])")
            assert dict(signs) == {n["label"]: MARKS[n["mark"]][0] for n in nodes if n["label"] in expected}
            assert expected and page.locator(".live-graph").get_attribute("data-shown") == str(len(expected))


def test_each_count_stands_by_what_it_counts(tmp_path):
    label = max(USES, key=lambda one: len(under(one)) * sum(one in under(other) for other in USES))
    figure = graph_figure(some_report(), label, PAGES)
    nodes = figure.state["nodes"]
    up, down = under(label), [other for other in USES if label in under(other)]
    users = [other for other, uses in USES.items() if label in uses]
    with standalone(tmp_path, figure._repr_html_()) as page:
        grounds = sum(KINDS[one] == "definition" for one in up)
        told = page.locator(".live-graph .columns").inner_text()
        says(told, "It rests on {} equations, {} of them definitions; {} rest on it.", len(up), grounds, len(down))
        says(told, "uses ({})", len(USES[label]))
        says(told, "is used by ({})", len(users))
        kinds = {"definition": "A definition.", "bound": "Bound to a check."}
        assert kinds[KINDS[label]] in told and (KINDS[label] == "definition") != (kinds["bound"] in told)
        counted = {name: sum(MARKS[n["mark"]] == (sign, name) for n in nodes) for sign, name in MARKS.values()}
        for line in page.locator(".live-graph .legend li").all():
            [(sign, name)] = [mark for mark in MARKS.values() if line.text_content().startswith("".join(mark))]
            says(line.text_content(), sign + name + " ({})", counted.pop(name))
        assert not any(counted.values()), "every colour has its line"
        cells = page.locator(".map .cell").evaluate_all("all => all.map(c => [c.title, c.ariaLabel, c.className])")
        of = {n["label"]: n["mark"] for n in nodes}
        for title, words, css in cells:
            assert words == f"{title}, {MARKS[of[title]][1]}" and of[title] in css.split()


def test_arrows_go_from_square_to_square_and_enter_leads_to_the_page(tmp_path):
    with standalone(tmp_path, graph_figure(some_report(), "elbo-gap", PAGES)._repr_html_()) as page:
        at = lambda: page.locator(".live-graph").get_attribute("data-at")
        order = page.locator(".map .cell").evaluate_all("all => all.map(c => c.title)")
        assert page.locator(".map .cell[tabindex='0']").evaluate_all("all => all.map(c => c.title)") == ["elbo-gap"]
        page.locator(".map .cell[tabindex='0']").focus()
        for key, label in [
            ("ArrowRight", order[order.index("elbo-gap") + 1]), ("ArrowLeft", "elbo-gap"), ("Home", order[0]),
            ("ArrowLeft", order[0]), ("ArrowUp", order[0]), ("End", order[-1]), ("ArrowDown", order[-1]),
        ]:  # fmt: skip
            page.keyboard.press(key)
            assert at() == label and page.evaluate("document.activeElement.title") == label
        page.keyboard.press("ArrowUp")
        assert next(p for p, e in PAIRS if e.label == at()) == PAGES[-2]
        label = at()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.getAttribute('href')").endswith(f"#equation-{label}")
        page.locator(f".map .cell[title='{order[3]}']").click()
        assert at() == order[3]


def test_a_screen_reader_and_a_weak_eye_can_read_the_map(tmp_path):
    figure = graph_figure(some_report(), "elbo-gap", PAGES)
    nodes = figure.state["nodes"]
    for node, mark in zip(nodes, itertools.cycle(MARKS)):  # every colour
        node["mark"] = mark
    for theme, width in itertools.product(("light", "dark"), (360, 1280)):
        with standalone(tmp_path, figure._repr_html_(), theme=theme, width=width) as page:
            ours = {"include": [[".live-graph > label"], [".map"], [".legend"]]}
            assert violations(page, ours) == []
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_label_that_is_none_is_refused():
    with pytest.raises(ValueError, match="expected the label of an equation of the book, got 'elbo-gab'"):
        graph_figure(some_report(), "elbo-gab", PAGES)
    with pytest.raises(ValueError, match="expected each page of the report once, got kkt"):
        graph_figure(some_report(), "elbo-gap", ["kkt"])
    state = graph_figure(some_report(), "elbo-gap", PAGES).state
    assert json.dumps(state) and isinstance(PAIRS[-1][1], (Definition, Derivation))
