"""Every equation of the book holds at fresh seeds and notices when a line is off; the check of the book sees what it
says it sees."""

import math
import re
from dataclasses import fields, is_dataclass, replace
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.stats
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_pkg import elbo
from course_pkg.commands import equations as verb
from course_pkg.derivation import Definition, Derivation, Report, Row, Step, Worlds, normal
from course_pkg.derivation import pages as check
from course_pkg.derivation.agreement import Estimate
from course_pkg.derivation.graph import depths, draw_page_uses, page_uses
from course_pkg.derivation.mathematics import Found, scan, without_scripts
from course_pkg.derivation.pages import check_book, code_named
from course_pkg.derivation.typeset import Read
from course_pkg.equations import notation
from course_pkg.equations.elbo import gaussian, gradient, samples
from course_pkg.equations.kkt import silence
from course_pkg.show.live.graph import mark, oracles
from course_pkg.worlds import TabularWorld
from course_pkg.worlds.kinds import TABLES
from helpers import ROOT, remembered

EQUATIONS = [equation for _, equation in check.all_equations(ROOT)]
DERIVATIONS = {e.label: e for e in EQUATIONS if isinstance(e, Derivation)}
DEFINITIONS = {e.label: e for e in EQUATIONS if isinstance(e, Definition)}

# The equations of the book -------------------------------------------------------------------------


@pytest.mark.parametrize("label", DERIVATIONS)
def test_every_derivation_holds_at_another_seed(label):
    DERIVATIONS[label].check(seed=1000)


def value_of(derivation, line, name, world):
    step = derivation.steps[line]
    return (step.also[name] if name else step.value)(world)


@cache
def known(label):
    return remembered(DERIVATIONS[label])


@cache
def value_on_the_first_world(label, line, name):
    return value_of(known(label), line, name, known(label).worlds[0].draw(0))


def enough(label, line, name):
    """What this value may be off by and must be caught: 1e-6 where an exact value stands beside it, else 12 errors.

    Twelve, since a limit of 5 to 6 errors and the noise of the estimate itself (5 at most) come off it.
    """
    steps, own = DERIVATIONS[label].steps, value_on_the_first_world(label, line, name)
    beside = [(line, "")] if name else [(line, other) for other in steps[line].also]
    if not name:
        beside += [(i, "") for i in (line - 1, line + 1) if 0 <= i < len(steps)]
    values = [value_on_the_first_world(label, *place) for place in beside]
    errors = [sum(v.error for v in (own, value) if isinstance(v, Estimate)) for value in values]
    sampled = all(isinstance(error, torch.Tensor) for error in errors)
    return 12 * max(error.max().item() for error in errors) if sampled else 1e-6


def off_by(value, size):
    if isinstance(value, Estimate):
        return replace(value, mean=value.mean + size)
    if isinstance(value, sympy.Basic):
        return value * (1 + sympy.Rational(1, 10**6)) + sympy.Rational(1, 10**6)
    return value * (1 + size) + size if size < 1e-3 else value + size


LINES = [
    (label, i, name)
    for label, derivation in DERIVATIONS.items()
    for i, step in enumerate(derivation.steps)
    for name in ("", *step.also)
]


@pytest.mark.parametrize("label, line, name", LINES)
def test_no_line_and_no_oracle_can_be_off_unnoticed(label, line, name):
    derivation = known(label)
    step, size = derivation.steps[line], enough(label, line, name)
    function = step.also[name] if name else step.value
    wrong = lambda world: off_by(function(world), size)
    changed = derivation.replace(line, **({"also": {**step.also, name: wrong}} if name else {"value": wrong}))
    broken = changed.breaks()
    assert broken.number in (line, line + 1)
    if name:
        assert broken.what == f"computed by {name}"


WRONG_LINES = [(label, *place) for label, derivation in DERIVATIONS.items() for place in derivation.wrong_lines()]


@pytest.mark.parametrize("label", DERIVATIONS)
def test_every_chain_offers_two_wrong_lines_or_more_and_no_two_alike(label):
    derivation = DERIVATIONS[label]
    wrong = [derivation.steps[line].wrong[which] for line, which in derivation.wrong_lines()]
    assert len(wrong) >= 2
    assert len({w.believed for w in wrong}) == len({(w.relation, w.latex) for w in wrong}) == len(wrong)
    as_written = lambda step: (step.relation, normal(step.latex))
    tried = [as_written(derivation.mistaken(*place).steps[place[0]]) for place in derivation.wrong_lines()]
    assert not set(tried) & set(map(as_written, derivation.steps)), "a wrong line is written as a right one"


@pytest.mark.parametrize("label, line, which", WRONG_LINES)
def test_a_wrong_line_breaks_its_chain_where_it_stands(label, line, which):
    """At any seed: here not at the one that a page shows."""
    derivation = known(label)
    wrong = derivation.steps[line].wrong[which]
    assert wrong.believed and normal(wrong.latex)
    broken = derivation.mistaken(line, which).breaks(seed=2000)
    assert broken.number == (max(line, 1) if wrong.at is None else wrong.at)


def numbers(world):
    """All numbers of a world: tensors, generators' states, fields and parts."""
    if isinstance(world, torch.Generator):
        return world.get_state().tolist()
    if isinstance(world, (torch.Tensor, np.ndarray)):
        return world.tolist()
    if is_dataclass(world):
        return [numbers(getattr(world, f.name)) for f in fields(world)]
    return [numbers(part) for part in world] if isinstance(world, tuple) else world


@pytest.mark.parametrize("label", DERIVATIONS)
def test_every_world_and_every_value_is_decided_by_the_seed_and_nothing_else(label):
    for kind in DERIVATIONS[label].worlds:
        first, again, other = (numbers(kind.draw(seed)) for seed in (3, 3, 4))
        assert first == again and (first != other or kind.count == 1)
    for line, step in enumerate(DERIVATIONS[label].steps):
        for name in ("", *step.also):
            draw = lambda: value_of(DERIVATIONS[label], line, name, DERIVATIONS[label].worlds[0].draw(3))  # noqa: B023
            assert numbers(draw()) == numbers(draw())


@pytest.mark.parametrize("label", [name for name, d in DEFINITIONS.items() if d.worlds])
def test_the_worlds_of_a_definition_are_decided_by_the_seed_and_in_double_precision(label):
    kind = DEFINITIONS[label].worlds
    first, again, other = (kind.draw(seed) for seed in (3, 3, 4))
    assert numbers(first) == numbers(again) and (numbers(first) != numbers(other) or kind.count == 1)
    assert {tensor.dtype for tensor in tensors(first)} <= {torch.float64}


def tensors(world):
    """All tensors of floating-point numbers in a world or a value."""
    if isinstance(world, torch.Tensor):
        return [world] if world.is_floating_point() else []
    parts = vars(world).values() if is_dataclass(world) else world if isinstance(world, tuple) else ()
    return [tensor for part in parts for tensor in tensors(part)]


@pytest.mark.parametrize("label", DERIVATIONS)
def test_worlds_and_values_are_in_double_precision(label):
    derivation = DERIVATIONS[label]
    worlds = [kind.draw(0) for kind in derivation.worlds]
    values = [value_on_the_first_world(label, i, "") for i in range(len(derivation.steps))]
    assert {tensor.dtype for tensor in tensors((*worlds, *values))} <= {torch.float64}


def test_bowls_have_one_to_eight_latents_and_all_are_checked():
    (kind,) = gradient.VARIANCE_RATIO.worlds
    for seeds in (range(kind.count), range(100)):
        assert {kind.draw(seed)[0] for seed in seeds} == set(range(1, 9))


def test_the_log_density_that_sympy_integrates_is_that_of_scipy():
    log_density = gaussian.sympy_log_normal(sympy.Rational(3, 2), sympy.Integer(2))
    for z in (-1.0, 0.5, 4.0):
        assert float(log_density.subs(gaussian.Z, z)) == pytest.approx(scipy.stats.norm(1.5, 2).logpdf(z), rel=1e-14)


def test_pixels_of_coins_go_together():
    """Those that go together most have a correlation of 0.8 on average over the worlds; noise alone gives 0.2."""
    found = []
    for seed in range(30):
        covariance = silence.moments(silence.coins(seed))[1]
        widths = covariance.diagonal().sqrt()
        found.append((covariance / torch.outer(widths, widths)).fill_diagonal_(0).abs().max())
    assert torch.stack(found).mean() > 0.5


def test_pairs_whose_overlap_is_counted_have_three_latents_and_lie_up_to_three_deviations_apart():
    """Farther apart, 4,000 samples may count none. 200 distances over sigma are uniform from 0 to 3."""
    pairs = [gaussian.random_pair(seed) for seed in range(200)]
    assert {tuple(tensor.shape) for pair in pairs for tensor in pair[:3]} == {(1, 3)}
    far = [((a - b).norm() / (log_var[0, 0] / 2).exp()).item() for a, b, log_var, _ in pairs]
    assert scipy.stats.kstest(far, scipy.stats.uniform(0, 3).cdf).pvalue > 1e-4


@pytest.mark.parametrize("derivation", [samples.SINGLE_SAMPLE, gaussian.EQUAL_WIDTHS], ids=lambda d: d.label)
def test_as_many_samples_are_drawn_as_the_worlds_say(derivation):
    (kind,) = derivation.worlds
    drawn = f"{derivation.steps[0].value(kind.draw(0)).n:,}".replace(",", " ")
    assert kind.name.endswith(f", {drawn} samples")


def test_each_sample_of_an_overlap_is_one_code_a_yes_or_a_no():
    """So its variance is p (1 - p), whatever p is."""
    for seed in range(5):
        counted = gaussian.overlap_by_samples(gaussian.random_pair(seed))
        p = counted.mean.item()
        assert counted.error.item() == pytest.approx(math.sqrt(p * (1 - p) / (counted.n - 1)), rel=1e-12)


@pytest.mark.parametrize("label", DERIVATIONS)
def test_every_line_says_why_and_shows_its_code(label):
    first, *rest = DERIVATIONS[label].steps
    assert all(step.reason for step in rest) and all(step.code() for step in (first, *rest))


@pytest.mark.parametrize("label", DERIVATIONS)
def test_inequalities_have_a_world_of_their_own_for_equality(label):
    for step in DERIVATIONS[label].steps:
        assert (step.relation == "=") == (step.tight is None)


def test_labels_are_used_once_and_name_their_page():
    pairs = check.all_equations(ROOT)
    assert len({e.label for _, e in pairs}) == len(pairs)
    assert all(e.label.startswith(f"{page}-") for page, e in pairs)


@pytest.mark.parametrize("label", [label for label, d in DEFINITIONS.items() if d.code])
def test_definitions_name_code_that_is_there(label):
    assert callable(code_named(DEFINITIONS[label].code))


def test_the_book_has_no_problem():
    """Without what takes time: that the derivations hold is tested above, what is typeset in test_reading.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Derivation, "check", lambda self: Report(self.label, (Row(self.steps[0]),), "none"))
        patch.setattr(check, "read_all", lambda entries, equations: [])
        assert check_book(ROOT).problems == []


# Monte Carlo: the declared false-alarm rate is kept ------------------------------------------------


SAMPLED = {
    "single sample": (samples.SINGLE_SAMPLE, 100),
    "Gaussian KL": (gaussian.GAUSSIAN_KL.replace(0, value=gaussian.kl_torch, also={"m": gaussian.kl_monte_carlo}), 50),
    "gradient": (gradient.GRADIENT, 10),
    "variance ratio": (gradient.VARIANCE_RATIO, 10),
    "overlap": (gaussian.EQUAL_WIDTHS, 200),
}


@pytest.mark.parametrize("derivation, checks", SAMPLED.values(), ids=SAMPLED)
def test_fresh_seeds_raise_no_false_alarm(derivation, checks):
    """At most 1e-4 a check, so 200 of them stay silent with a probability of 98 % or more (these seeds do).

    Fewer where a check takes long: ten still show an error bar that fails once in a few checks.
    """
    worlds = sum(kind.count for kind in derivation.worlds)
    for i in range(checks):
        derivation.check(seed=5000 + i * worlds)


# Symbols: everything that a labelled equation uses is on the notation page -------------------------

LAYOUT = re.compile(
    r"\\(?:begin|end)\{\w+\}|\\(?:left|right|frac|int|sum|prod|log|exp|sin|cos|tan|min|max|det|bmod|angle|partial|sqrt|mid|cdot|ldots|lim|sup|to|infty|"
    r"quad|sim|ge|le|in|neq|ne|text|operatorname|mathrm|mathbb|mathcal|class)(?![a-zA-Z])\*?|\\[,;!|\\{}%]"
)


def symbols(latex):
    """The letters of a formula: \\mu, \\mathcal{L}, x, ...; words in \\mathrm and the like count as one."""
    latex = re.sub(r"\\text\{[^}]*\}", " ", latex)
    named_letters = re.findall(r"\\(?:mathrm|mathbb|mathcal|operatorname\*?)\{([^}]*)\}", latex)
    latex = re.sub(r"\\(?:mathrm|mathbb|mathcal|operatorname\*?)\{[^}]*\}", " ", latex)
    latex = LAYOUT.sub(" ", latex)
    commands = re.findall(r"\\[a-zA-Z]+", latex)
    return {*named_letters, *commands, *re.findall(r"[a-zA-Z]", re.sub(r"\\[a-zA-Z]+", " ", latex))}


NAMED = [s.latex for s in notation.SYMBOLS] + [d.symbol for d in DEFINITIONS.values()]
NAMED += [word for d in DEFINITIONS.values() for word in re.findall(r"\b\w_\w\b", d.meaning)]  # "corners u_1 to u_J"
KNOWN = {token for latex in NAMED for token in symbols(latex)}
UNNAMED = {"e", r"arg\,max", r"arg\,min", r"\pi"}  # the constants, and an operation


@pytest.mark.parametrize("label", [e.label for e in EQUATIONS])
def test_every_symbol_is_on_the_notation_page(label):
    equation = {**DERIVATIONS, **DEFINITIONS}[label]
    latex = equation.latex if isinstance(equation, Definition) else equation.latex()
    unknown = symbols(latex) - KNOWN - UNNAMED
    assert not unknown, f"{label} uses {sorted(unknown)}: add them to SYMBOLS, or define them"


def test_the_table_of_symbols_links_every_definition():
    table = notation.SymbolTable.of(check.all_equations(ROOT))
    shown = table._repr_html_()
    for page, equation in check.all_equations(ROOT):
        place = equation.label.lower().replace("_", "-")
        address = f'<a href="{page}.html#equation-{place}">{equation.label}</a>'
        assert (address in shown) == isinstance(equation, Definition)
    assert all(symbol.meaning in repr(table) for symbol in notation.SYMBOLS)


def several(latex):
    """The symbols of a row: what commas part, but for those within brackets."""
    parts, depth = [""], 0
    for before, letter in zip(" " + latex[:-1], latex, strict=True):
        depth += (letter in "([{") - (letter in ")]}")
        if letter in ",;" and not depth and before != "\\":
            parts.append("")
        else:
            parts[-1] += letter
    return [re.sub(r"\s|\\,", "", part) for part in parts]


def homonyms(rows):
    """What stands for two things on one page: (symbol, page or "every page")."""
    places = {}
    for latex, pages in rows:
        for symbol in several(latex):
            places.setdefault(symbol, []).append(pages)
    return {
        (symbol, page)
        for symbol, found in places.items()
        for k, pages in enumerate(found)
        for other in found[:k]
        for page in (set(pages) & set(other) if pages and other else {"every page"})
    }


def test_within_a_page_one_symbol_has_one_meaning():
    rows = [(s.latex, s.pages.split()) for s in notation.SYMBOLS]
    rows += [(d.symbol, (page,)) for page, d in check.all_equations(ROOT) if isinstance(d, Definition)]
    twice = homonyms(rows)
    assert not twice, f"two meanings each: {sorted(twice)}: name the pages of each in SYMBOLS, or take another letter"
    assert homonyms([*rows, ("y, f(y)", ("kkt",))]) == {("y", "kkt"), ("f(y)", "kkt")}
    assert ("y", "every page") in homonyms([*rows, ("y", ())])


@pytest.mark.parametrize("symbol", [s for s in notation.SYMBOLS if s.pages], ids=lambda s: s.latex)
def test_a_symbol_is_used_on_the_pages_that_it_names(symbol):
    for page in symbol.pages.split():
        text = (ROOT / "book" / f"{page}.md").read_text("utf-8")
        used = {letter for found in scan(text, page) for letter in symbols(found.latex)}
        absent = symbols(symbol.latex) - used
        assert not absent, f"{page}.md does not use {sorted(absent)}: mend the pages of {symbol.latex!r} in SYMBOLS"


# Reading a page ------------------------------------------------------------------------------------


def labels(text):
    return [f.label for f in scan(text, "page")]


def latex(text):
    return [f.latex.strip() for f in scan(text, "page")]


def test_mathematics_is_found_in_every_form():
    assert scan("$$\na = b\n$$ (one)\n", "p") == [Found("one", "\na = b\n", "p")]
    assert scan("so $x$ is", "p") == [Found("", "x", "p")]
    assert labels("```{math}\n:label: two\n\nc := d\n```\n") == ["two"]
    assert latex("```{math}\n:label: two\n:nowrap:\n\nc := d\n```\n") == ["c := d"]
    assert latex("$$ a $$ and $$ b $$ (three)") == ["a", "b"]
    assert labels(r"\begin{align*} a &= b \end{align*}") == [""]
    assert latex("{math}`a = b` in a sentence") == ["a = b"]


def test_labels_may_hold_dots_colons_and_dashes():
    assert labels("$$x$$ (elbo-gap:1.2_b)") == ["elbo-gap:1.2_b"]
    assert labels("$$x$$(near)") == ["near"] and labels("$$x$$, see (1)") == [""]


def test_mathematics_inside_directives_is_found():
    assert labels(":::{admonition} Title\n:class: tip\n$$a$$ (one)\n:::\n") == ["one"]
    assert labels("::::{grid}\n:::{card}\n$$a$$ (one)\n:::\n$$b$$ (two)\n::::\n") == ["one", "two"]
    assert labels("````{admonition} Title\n```{math}\n:label: three\na\n```\n````\n") == ["three"]
    assert labels(":::{note}\n```{math}\n:label: four\na\n```\n:::\n") == ["four"]
    assert labels("- a list\n\n  ```{math}\n  :label: five\n  a\n  ```\n") == ["five"]


def test_code_holds_no_mathematics():
    assert scan("```{code-cell} ipython3\nx = '$a = b$'\n```\n", "p") == []
    assert scan("```python\n$$a = b$$\n```\n", "p") == []
    assert scan("~~~\n$a = b$\n~~~\n", "p") == []
    assert scan("```{literalinclude} x.py\n$a$\n```\n", "p") == []
    assert scan("`$a = b$` and ``$c$ ` $d$``", "p") == []


def test_front_matter_holds_no_mathematics():
    assert scan("---\ntitle: $a = b$\n---\n\ntext $c$", "p") == [Found("", "c", "p")]
    assert latex("text\n\n---\n$d$\n---\n") == ["d"]


def test_a_dollar_that_is_money_is_not_mathematics():
    assert scan(r"from \$5 to \$6", "p") == []


@given(st.lists(st.sampled_from(["$x$", "$$y$$", "$$z$$ (l)", "`$no$`", "words"]), max_size=6))
def test_pieces_are_found_in_any_company(pieces):
    found = scan("\n\n".join(pieces), "p")
    expected = sorted(piece.strip("$ (l)") for piece in pieces if piece[0] == "$")
    assert sorted(f.latex for f in found) == expected


def test_scripts_are_left_out_to_any_depth():
    assert without_scripts(r"\sum_{i=1}^{n} x_{i}^{2}") == r"\sum x"
    assert without_scripts(r"\mathbb{E}_{z \sim \mathcal{N}(\mu, \sigma^{2})}[f] = 0") == r"\mathbb{E}[f] = 0"
    assert without_scripts(r"a_{b_{c_{d=e}}}") == "a"
    assert without_scripts(r"\frac{a = b}{c}") == r"\frac{a = b}{c}"


# Checking a book -----------------------------------------------------------------------------------

ONE = Worlds("ones", lambda seed: torch.tensor(1.0 + seed), count=2)
HALF = Definition("page-half", "h := x / 2", "h", "half of x")
TWICE = Derivation(
    "page-twice", (Step("2x", lambda w: 2 * w), Step("x + x", lambda w: w + w, "count")), worlds=(ONE,),
    follows=("page-half",), source="Euclid",
)  # fmt: skip
PAGE = "# Title\n\nOf $x$ we take\n\n$$\nh := x / 2\n$$ (page-half)\n\n$$\n2x = x + x\n$$ (page-twice)\n"


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book of one page; call it with the page's text and its equations, and get the check's report."""
    (tmp_path / "_toc.yml").touch()
    (tmp_path / "book").mkdir()

    def write(text=PAGE, equations=(HALF, TWICE), **others):
        known = {"page": equations}
        for name, (other_text, other_equations) in others.items():
            (tmp_path / "book" / f"{name}.md").write_text(other_text, "utf-8")
            known[name] = other_equations
        (tmp_path / "book" / "page.md").write_text(text, "utf-8")
        monkeypatch.setattr(check, "equations_of", lambda page: known.get(page, ()))
        return check_book(tmp_path)

    write.root = tmp_path
    return write


def test_a_book_in_order_has_no_problem(book):
    report = book()
    assert report.problems == [] and report.unnumbered == 1
    assert [(e.label, e.kind, e.result) for e in report.entries] == [
        ("page-half", "definition", ""), ("page-twice", "bound", "allowed 1e-11, observed 0")
    ]  # fmt: skip
    assert report.counts == "2 of 2 labelled equations checked: 1 definitions, 1 bound"
    assert "1 pieces of unnumbered mathematics" in str(report)
    assert "unnumbered" not in repr(report)  # a page keeps it, and would be old after each sentence


def test_the_map_of_a_book_says_what_checked_each_equation(book):
    also = TWICE.replace(1, also={"by hand": lambda w: w + w})
    sampled = TWICE.replace(1, value=lambda w: Estimate(2 * w, torch.tensor(0.1), 9))
    broken = TWICE.replace(1, value=lambda w: w)
    plain, also, sampled, broken = (book(equations=(HALF, d)).entries[1] for d in (TWICE, also, sampled, broken))
    assert [mark(entry) for entry in (plain, also, sampled, broken)] == ["compared", "second", "compared", "broken"]
    assert oracles(also) == [
        ("judged", "equal but for rounding"), ("on worlds", "ones"), ("a second way", "by hand")
    ]  # fmt: skip
    assert oracles(sampled) == [("judged", "equal within standard errors"), ("on worlds", "ones")]
    read = lambda entry, *reads: mark(replace(entry, reads=list(reads)))
    assert read(also, Read("no tables"), Read()) == "both" and read(plain, Read()) == "typeset"
    assert read(plain, Read(problem="another value")) == "compared"
    half = book().entries[0]
    assert [read(half), read(half, Read("no tables")), read(half, Read())] == ["defined", "defined", "evaluated"]


@pytest.mark.parametrize(
    "claim, shown",
    [
        ("so $a = b$ holds", "a = b"),
        ("so $a \\le b$ holds", r"\le"),
        ("so $p \\propto q$", r"\propto"),
        ("so $\na > b$", "a > b"),
        ("$$\na \\approx b\n$$", r"a \approx b"),
        ("```{math}\na = b\n```", "a = b"),
        (":::{note}\n$a = b$\n:::", "a = b"),
        ("\\begin{align}\na &= b\n\\end{align}", r"\begin{align} ="),
        ("| a | $b < c$ |", "b < c"),
        ("- item\n\n  ```{math}\n  a = b\n  ```", "a = b"),
        ("> ```{math}\n> a = b\n> ```", "a = b"),
        ("and {math}`a = b` too", "a = b"),
        ("and $a \\$ = b$ too", r"a \$ = b"),
    ],
)
def test_an_unnumbered_relation_is_a_problem(book, claim, shown):
    problems = book(f"{PAGE}\n{claim}\n").problems
    assert len(problems) == 1
    assert problems[0].startswith("page: unnumbered mathematics holds a relation: ") and shown in problems[0]


NO_CLAIMS = [r"$\sum_{i=1}^{n} x_i$", r"$z \sim \mathcal{N}(0, I)$", r"$x \in X$", r"$\left[x\right]$", "`a = b`",
             r"$\prod_{j \ge 1} x_j$", "```python\na = '$b = c$'\n```", "a = b", r"costs \$5 = \$4 + \$1"]  # fmt: skip


@pytest.mark.parametrize("fine", NO_CLAIMS)
def test_what_claims_nothing_is_no_problem(book, fine):
    assert book(f"{PAGE}\n{fine}\n").problems == []


def test_latex_that_has_drifted_is_a_problem(book):
    report = book(PAGE.replace("2x = x + x", "2x  =  x - x"))
    assert report.problems == ["page: page-twice has drifted\n  page   2x = x - x\n  check  2x = x + x"]
    assert report.entries[1].kind == "unbound" and report.counts.startswith("1 of 2 labelled equations checked")
    drifted = book(PAGE.replace("h := x / 2", "h := x / 3"))
    assert drifted.problems == ["page: page-half has drifted\n  page   h := x / 3\n  check  h := x / 2"]


def test_white_space_is_no_drift(book):
    assert book(PAGE.replace("2x = x + x", "  2x\n=   x + x")).problems == []


def test_a_label_without_a_check_is_a_problem(book):
    assert book(equations=(HALF,)).problems == ["page: page-twice has no entry in course_pkg.equations.page"]


def test_a_label_used_twice_is_a_problem(book):
    again = book(PAGE + "\n$$\nh := x / 2\n$$ (page-half)\n")
    assert again.problems == ["page: label page-half is used twice"]
    elsewhere = book(other=("$$\nh := x / 2\n$$ (page-half)\n", (HALF,)))
    assert elsewhere.problems == ["page: label page-half is used twice"]


def test_a_check_that_no_page_shows_is_a_problem(book):
    orphan = Definition("page-orphan", "o := 0", "o", "nothing")
    assert book(equations=(HALF, TWICE, orphan)).problems == ["page-orphan: has a check, but no page shows it"]


def test_an_equation_of_another_page_is_no_entry_of_this_one(book):
    report = book(equations=(HALF,), other=("nothing", (TWICE,)))
    assert report.problems == ["page: page-twice has no entry in course_pkg.equations.page"]


def test_following_from_what_is_not_there_is_a_problem(book):
    lost = replace(TWICE, follows=("page-half", "page-lost", "page-gone"))
    report = book(equations=(HALF, lost))
    assert report.problems == ["page: page-twice follows from page-lost, page-gone, which no page defines"]


def test_following_in_a_circle_is_a_problem(book):
    other = replace(TWICE, label="page-other", follows=("page-twice",))
    text = PAGE + "\n$$\n2x = x + x\n$$ (page-other)\n"
    report = book(text, (HALF, replace(TWICE, follows=("page-other",)), other))
    assert report.problems == ["equations follow from one another in a circle: page-twice -> page-other -> page-twice"]


def test_a_derivation_that_does_not_hold_is_a_problem(book):
    wrong = TWICE.replace(1, value=lambda w: w + 1)
    report = book(equations=(HALF, wrong))
    assert report.problems == [f"page: {wrong.breaks()}"] and report.entries[1].kind == "broken"
    assert report.counts.startswith("1 of 2 labelled equations checked: 1 definitions, 0 bound")


def test_a_derivation_with_a_line_that_cannot_be_compared_is_a_problem(book):
    report = book(equations=(HALF, TWICE.replace(1, value=lambda w: None)))
    (problem,) = report.problems
    assert problem.startswith("page: page-twice, step 1, on ones, seed 0: expected a tensor") and "None" in problem
    assert report.entries[1].kind == "broken"


EVIDENCE = Derivation(
    "page-evidence",
    (
        Step(r"p_\theta(x)", lambda w: w.log_evidence().exp()),
        Step(r"p_\theta(x) + 0", lambda w: w.log_evidence().exp(), "nothing is added"),
    ),
    worlds=(replace(TABLES, count=2),),
)
DOUBLE = Definition(
    "page-double", r"d(x) := 2 p_\theta(x)", "d(x)", "twice", judge=lambda w: 2 * w.log_evidence().exp()
)


def shown(*equations):
    latex = lambda e: e.latex if isinstance(e, Definition) else e.latex()
    return "".join(f"$$\n{latex(e)}\n$$ ({e.label})\n\n" for e in equations)


def problems_of(book, *equations):
    """A page shows them as they are: what is wrong can only be what they compute, or that it is not what is read."""
    return book(shown(*equations), equations).problems


def test_what_is_typeset_as_it_is_computed_is_no_problem(book):
    assert problems_of(book, EVIDENCE, DOUBLE) == []
    report = book(shown(EVIDENCE, DOUBLE), (EVIDENCE, DOUBLE))
    assert report.reading.endswith(
        "2 of 2 lines on tables or arrays (2 in all), 1 of 1 definitions on tables or arrays (1 in all)"
    )


@pytest.mark.parametrize("reason", ["", "nothing is added"])
@pytest.mark.parametrize("line, latex", [(0, r"2 p_\theta(x)"), (1, r"p_\theta(x) + 1"), (1, r"\log p_\theta(x)")])
def test_a_line_that_is_typeset_as_another_value_is_a_problem(book, line, latex, reason):
    """Whatever reason its step gives, and beside a line that cannot be read."""
    wrong = EVIDENCE.replace(line, latex=latex, reason=reason)
    wrong = replace(wrong, steps=(*wrong.steps, Step(r"\mathrm{evidence}", lambda w: w.log_evidence().exp(), "words")))
    (problem,) = problems_of(book, wrong, DOUBLE)
    assert problem.startswith(f"page: page-evidence, line {line}, on tables, seed 0: what is typeset gives ")
    assert problem.endswith(f": {latex}")


def test_a_line_that_is_typeset_as_another_shape_is_a_problem(book):
    number = Step(r"p_\theta(x)", lambda w: w.log_evidence().sum())
    (problem,) = problems_of(book, replace(EVIDENCE, steps=(number, replace(number, latex="words"))))
    assert problem.startswith("page: page-evidence, line 0, on tables, seed 0: what is typeset gives another shape: ")


def test_a_definition_that_is_typeset_as_another_value_is_a_problem(book):
    wrong = replace(DOUBLE, latex=r"d(x) := 3 p_\theta(x)")
    (problem,) = problems_of(book, EVIDENCE, wrong)
    assert problem.startswith("page: page-double: what is typeset gives ") and "a function of its own" in problem


def test_a_definition_that_cannot_be_read_on_worlds_of_its_own_is_a_problem(book):
    own = replace(TABLES, symbols=TABLES.symbols_of)
    assert problems_of(book, replace(DOUBLE, worlds=own)) == []
    (problem,) = problems_of(book, replace(DOUBLE, latex=r"d(x) := \mathrm{twice}", worlds=own))
    assert problem.startswith("page: page-double, on tables: ")


@pytest.mark.parametrize("code", ["elbo.no_such_function", "no_such_module.f", "TabularWorld.no_such_method"])
def test_a_definition_that_names_code_that_is_not_there_is_a_problem(book, code):
    (problem,) = book(equations=(replace(HALF, code=code), TWICE)).problems
    assert problem.startswith("page: page-half names code that is not there: ")


def test_named_code_is_a_function_of_a_module_or_a_method_of_a_world():
    assert code_named("elbo.posterior_overlap") is elbo.posterior_overlap
    assert code_named("TabularWorld.elbo") is TabularWorld.elbo


def test_a_book_report_shows_label_page_kind_oracles_and_code(book):
    report = book(equations=(replace(HALF, code="elbo.gaussian_kl", source="<Euclid>"), TWICE))
    shown = report._repr_html_()
    assert '<a href="page.html#equation-page-half">page-half</a>' in shown and "&lt;Euclid&gt;" in shown
    assert "<td>bound</td><td>ones</td><td>allowed 1e-11, observed 0</td><td>Euclid</td>" in shown
    assert shown.count("<details>") == 3 and "def gaussian_kl(" in shown and "w + w" in shown
    assert "<summary>page: 2 equations, 1 of them definitions</summary>" in shown
    assert str(report).splitlines() == [
        f"{'page-half':<30} definition  ",
        f"{'page-twice':<30} bound       allowed 1e-11, observed 0",
        "",
        f"{report.counts}; 1 pieces of unnumbered mathematics",
        "evaluated as typeset: 0 of 0 lines on tables or arrays (2 in all), "
        "0 of 0 definitions on tables or arrays (1 in all)",
    ]


# The command ---------------------------------------------------------------------------------------


def test_the_command_prints_the_table_and_returns_zero(book, capsys):
    book()
    assert verb.main(["--root", str(book.root)]) == 0
    printed = capsys.readouterr().out
    assert "page-twice" in printed and "2 of 2 labelled equations checked" in printed and "PROBLEM" not in printed


def test_the_command_prints_the_problems_and_returns_one(book, capsys):
    book(equations=(HALF,))
    assert verb.main(["--root", str(book.root)]) == 1
    printed = capsys.readouterr().out
    assert "PROBLEM page: page-twice has no entry" in printed and "1 of 2 labelled equations checked" in printed


def test_the_command_finds_the_book_above_where_it_runs(book, capsys, monkeypatch):
    book()
    monkeypatch.chdir(book.root / "book")
    assert verb.main([]) == 0


def test_the_command_needs_a_book(tmp_path, capsys):
    assert verb.main(["--root", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"equations: expected the book's folder (with _toc.yml and book/) at or above {tmp_path}; run this from there\n"
    )


@pytest.mark.parametrize("label, body", [("page-half", "h := x / 2"), ("page-twice", "2x = x + x")])
def test_the_command_prints_latex_to_paste(book, capsys, label, body):
    book()
    assert verb.main(["--root", str(book.root), "--latex", label]) == 0
    printed = capsys.readouterr().out
    assert printed == f"$$\n{body}\n$$ ({label})\n" and labels(printed) == [label]


def test_the_command_knows_no_latex_of_an_unknown_label(book, capsys):
    book()
    assert verb.main(["--root", str(book.root), "--latex", "page-none"]) == 2
    assert capsys.readouterr().err == "equations: no equation is labelled page-none\n"


def test_checking_is_silent_unless_asked(book, capsys):
    book()
    assert capsys.readouterr() == ("", "")


# What follows from what ----------------------------------------------------------------------------


def test_an_equation_lies_below_all_that_it_follows_from():
    depth = depths({e.label: e for e in EQUATIONS})
    for label, equation in DERIVATIONS.items():
        assert depth[label] == 1 + max((depth[above] for above in equation.follows), default=-1)
    assert {depth[label] for label in DEFINITIONS} == {0}


def symbol_pattern(definition):
    """A definition's symbol in another formula; that of the divergence with whatever it is taken of."""
    symbol = r"D_{\mathrm{KL}}" if definition.label == "notation-kl" else normal(definition.symbol)
    ends_open = r"(?![\w^\[('{]|\\left)" if symbol[-1] not in ")]" and definition.label != "notation-kl" else ""
    return re.compile(r"(?<![a-zA-Z\\])" + re.escape(symbol) + ends_open)


BOOK = ("notation", "elbo", "kkt", "bottleneck", "capacity", "total_correlation", "metrics")  # by use


@pytest.mark.parametrize(
    "page, label", [(page, e.label) for page, e in check.all_equations(ROOT) if e.label in DERIVATIONS]
)
def test_a_derivation_follows_from_the_definitions_whose_symbols_its_lines_read(page, label):
    chapters = {"notation", page, *(BOOK[: BOOK.index(page)] if page in BOOK else ())}
    text = normal(DERIVATIONS[label].latex())
    read = {d.label for p, d in check.all_equations(ROOT) if isinstance(d, Definition) and p in chapters
            if symbol_pattern(d).search(text)}  # fmt: skip
    assert not read - set(DERIVATIONS[label].follows), f"{label} reads the symbols of these: name them in `follows`"


def test_symbols_are_found_whole():
    rate, divergence = (symbol_pattern(DEFINITIONS[f"notation-{name}"]) for name in ("rate", "kl"))
    assert rate.search(r"\beta R") and rate.search(r"q:\, R \le 1") and rate.search("R - N")
    assert not any(rate.search(text) for text in ("R_j", r"R^*(\beta)", "R(x)", "RS"))
    assert divergence.search(r"D_{\mathrm{KL}}\left(p \,\|\, q\right)")
    elbo_ = symbol_pattern(DEFINITIONS["elbo-elbo"])
    assert elbo_.search(r"\mathcal{L}(x) + 1") and not elbo_.search(r"\mathcal{L}_3(x)")


def test_a_circle_is_refused():
    steps = TWICE.steps
    circle = {a: Derivation(a, steps, follows=(b,)) for a, b in (("a", "b"), ("b", "c"), ("c", "a"))}
    with pytest.raises(ValueError, match=r"^equations follow from one another in a circle: a -> b -> c -> a$"):
        depths(circle)
    with pytest.raises(ValueError, match=r"^equations follow from one another in a circle: a -> a$"):
        depths({"a": Derivation("a", steps, follows=("a",))})


def test_where_there_is_no_book_the_equations_are_those_of_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert check.all_equations() == check.all_equations(ROOT)


def test_the_table_of_pages_counts_every_use_once():
    pairs = check.all_equations(ROOT)
    uses = page_uses(pairs)
    assert sum(uses.values()) == sum(len(e.follows) for _, e in pairs if isinstance(e, Derivation))
    elbo_gap = DERIVATIONS["elbo-gap"]
    assert uses["elbo", "notation"] >= sum(label.startswith("notation-") for label in elbo_gap.follows) > 0
    figure = draw_page_uses(pairs)
    axes, pages = figure.axes[0], list(dict.fromkeys(page for page, _ in pairs))
    shown = {(pages[int(t.get_position()[1])], pages[int(t.get_position()[0])]): int(t.get_text()) for t in axes.texts}
    assert shown == uses and [t.get_text() for t in axes.get_yticklabels()] == pages
    plt.close(figure)
