"""What is typeset is evaluated: the reader agrees with the worlds' own functions, every line and definition that it can
read agrees with the function beside it, and one slip in the typeset LaTeX is seen."""

import json
import math
import re
from dataclasses import replace
from functools import cache

import pytest
import torch

from course_pkg.derivation import Definition, Derivation, Step
from course_pkg.derivation.pages import all_equations
from course_pkg.derivation.typeset import FEW, evaluate, everything, in_order, read_definition, read_line
from course_pkg.reading import GRAMMAR, Unreadable
from course_pkg.reading.parse import parse
from course_pkg.worlds import Symbols, TabularWorld
from course_pkg.worlds.kinds import GRIDS, TABLES
from helpers import ROOT
from slips import details, slips

EQUATIONS = everything()
CHAINS = {e.label: (page, e) for page, e in EQUATIONS if isinstance(e, Derivation)}
DEFINITIONS = {e.label: (page, e) for page, e in EQUATIONS if isinstance(e, Definition)}
LINES = [(label, i) for label, (_, chain) in CHAINS.items() for i in range(len(chain.steps))]
KINDS = {k.name: k for _, chain in CHAINS.values() for k in chain.worlds}
TABULAR = {name: kind for name, kind in KINDS.items() if kind.symbols_of(kind.draw(0))}
W = TabularWorld.random(3, latents=(2, 3), x=4)


def short(chain, count):
    """The same chain on a few tables, without grids, where a table is had."""
    kinds = [k for k in chain.worlds if k.name != GRIDS.name] or list(chain.worlds)
    return replace(chain, worlds=tuple(replace(k, count=min(k.count, count)) for k in kinds))


def definitions_for(label, equations=EQUATIONS):
    page, chain = CHAINS[label]
    return in_order(page, chain.follows, equations)


@cache
def read(label, line):
    return read_line(CHAINS[label][1], line, definitions_for(label))


@cache
def of_tables(label=""):
    """(chain, line) of every line on tables or arrays; of one chain, where a label is given."""
    return [(chain, i) for chain, i in LINES if label in ("", chain) and read(chain, i).on_tables]


@cache
def readers(label):
    """The lines that were read by a definition, the short ones first."""
    found = [(chain, i) for chain, i in of_tables() if label in read(chain, i).used]
    return sorted(found, key=lambda place: len(CHAINS[place[0]][1].steps[place[1]].latex))


# The book ------------------------------------------------------------------------------------------


def test_every_equation_is_found_with_and_without_the_pages():
    assert [e.label for _, e in EQUATIONS] == [e.label for _, e in all_equations(ROOT)]


@pytest.mark.parametrize("label", CHAINS)
def test_what_is_typeset_is_what_the_function_computes(label):
    problems = [problem for place in of_tables(label) if (problem := read(*place).problem)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("label", DEFINITIONS)
def test_a_definition_that_can_be_read_is_right_and_is_judged(label):
    page, definition = DEFINITIONS[label]
    kinds = [TABLES, *TABULAR.values()]
    found = read_definition(definition, in_order(page, (label,), EQUATIONS), kinds, len(readers(label)))
    assert not found.problem
    assert not found.read or found.judges, (
        f"{label} can be evaluated as it is typeset, but nothing would notice if it were wrong: name the world's "
        "method in `code`, give the definition a `judge` that computes it from a world, or use it in a line"
    )


@pytest.mark.parametrize("label", CHAINS)
def test_a_chain_says_that_it_follows_from_what_its_lines_name_and_its_words_cite(label):
    _, chain = CHAINS[label]
    named = {d for place in of_tables(label) for d in read(*place).direct}
    words = " ".join([chain.source, *(step.reason for step in chain.steps)])
    cited = {other for other in (*CHAINS, *DEFINITIONS) if re.search(rf"(?<![\w-]){other}(?![\w-])", words)}
    assert named | cited <= {label, *chain.follows}


def test_most_lines_and_definitions_on_tables_are_read():
    """What is left asks for a search, or for a slope by weights: the page of the equations says of each why."""
    left = {place: read(*place).reason for place in of_tables() if not read(*place).read}
    told = "\n".join(f"{label}, line {i}: {why}" for (label, i), why in left.items())
    assert len(left) < 0.3 * len(of_tables()), (
        f"{len(left)} of {len(of_tables())} lines are not read. Give their worlds the symbols that are missing "
        f"(`symbols`), say what a symbol stands for (`where`), or write them in the grammar:\n{told}"
    )


# Lines that say nothing that could be wrong in this way: the slip is true, too.
TRUE_ALL_THE_SAME = {
    ("notation-gibbs", 1): "twice zero",
    ("elbo-jensen", 1): "any distribution may be multiplied by and divided by",
    ("elbo-gap", 1): "a constant, averaged over anything",
    ("elbo-gap", 2): "Bayes' rule holds at every z, so under any average",
}


@pytest.mark.parametrize("label", CHAINS)
def test_a_slip_in_a_typeset_line_is_seen(label):
    """The functions stay right, and so does every other line: only what is typeset has slipped."""
    chain, definitions = short(CHAINS[label][1], 2), definitions_for(label)
    for place in of_tables(label):
        line = place[1]
        if not read(*place).read or place in TRUE_ALL_THE_SAME or chain.steps[line].latex == "0":
            continue
        for what, latex in slips(chain.steps[line].latex):
            found = read_line(chain.replace(line, latex=latex), line, definitions)
            assert found.problem or not found.read, f"{label}, line {line}, {what}: {latex}"


@pytest.mark.parametrize("label", DEFINITIONS)
def test_a_slip_in_a_definition_is_seen(label):
    page, definition = DEFINITIONS[label]
    own = read_definition(definition, in_order(page, (label,), EQUATIONS), [TABLES])
    if definition.worlds or (not own.read and not readers(label)):
        return  # below; or neither on tables nor on arrays: bound by the functions of the lines that follow from it
    left, _, right = definition.latex.partition(":=")
    for what, latex in slips(right.strip()):
        slipped = replace(definition, latex=f"{left}:= {latex}")
        equations = [(p, slipped if e is definition else e) for p, e in EQUATIONS]
        found = [read_definition(slipped, in_order(page, (label,), equations), [TABLES])]
        for chain, i in readers(label)[:4]:
            if not found[-1].problem:
                found.append(read_line(short(CHAINS[chain][1], 2), i, definitions_for(chain, equations)))
        seen = any(r.problem or (not r.read and own.read) for r in found) or any(not r.read for r in found[1:])
        assert seen, f"{label}, {what}: {latex}"


OF_ARRAYS = [label for label, (_, definition) in DEFINITIONS.items() if definition.worlds]


@pytest.mark.parametrize("label", OF_ARRAYS)
def test_a_slip_in_a_definition_of_numbers_and_arrays_is_seen(label):
    """On worlds of its own every slip must be seen, and the message names the definition."""
    page, definition = DEFINITIONS[label]
    left, _, right = definition.latex.partition(":=")
    tried = [*slips(right.strip()), *details(right.strip())]
    assert len(tried) > 3
    for what, latex in tried:
        slipped = replace(definition, latex=f"{left}:= {latex}")
        equations = [(p, slipped if e is definition else e) for p, e in EQUATIONS]
        found = read_definition(slipped, in_order(page, (label,), equations), [])
        assert found.problem.startswith(label), f"{what}: {latex}"


@pytest.mark.parametrize("label", sorted(CHAINS))
def test_what_a_wrong_line_shows_is_what_it_computes(label):
    """Where the LaTeX of a wrong line can be read, it is what its function computes."""
    chain, definitions = short(CHAINS[label][1], 2), definitions_for(label)
    for line, which in chain.wrong_lines():
        if chain.steps[line].wrong[which].value and (label, line) in of_tables(label):
            assert not read_line(chain.mistaken(line, which), line, definitions).problem


# What no one can evaluate: a person read it, and a changed one is to be read again --------------------

BY_HAND = json.loads((ROOT / "tests" / "by_hand.json").read_text("utf-8"))


@cache
def unread():
    """{label or label:line: LaTeX} of every definition that nothing reads or judges, and of every line that is not
    read."""
    found = {f"{label}:{i}": CHAINS[label][1].steps[i].latex for label, i in LINES if not read(label, i).read}
    for label, (page, definition) in DEFINITIONS.items():
        if not definition.worlds and not readers(label):
            if not read_definition(definition, in_order(page, (label,), EQUATIONS), [TABLES]).judges:
                found[label] = definition.latex
    return found


@cache
def unread_wrong():
    """{label:line, what is believed: its LaTeX, and what its function gives} of the wrong lines that nothing reads."""
    found = {}
    for label in CHAINS:
        chain, definitions = short(CHAINS[label][1], 2), definitions_for(label)
        for line, which in chain.wrong_lines():
            wrong, place = chain.steps[line].wrong[which], (label, line)
            seen = place in of_tables(label) and read_line(chain.mistaken(line, which), line, definitions).read
            if wrong.value and not seen:
                given = told(wrong.value(chain.worlds[0].draw(0)))
                found[f"{label}:{line}, {wrong.believed}"] = f"{wrong.latex} (here {given})"
    return found


def told(value):
    """A value in three digits: the sum of its numbers, or a formula as it is."""
    try:
        total = torch.as_tensor(value, dtype=torch.float64).sum().item()
        return f"{total:.3g}" if abs(total) > 1e-9 else "0"
    except (TypeError, ValueError):  # a formula with symbols in it
        return str(value)


def differing(found, kept):
    """What to say of each entry of which the two do not hold the same."""
    return [
        f"{key}: it is typeset as {found.get(key, 'nothing that must be read by hand')}, "
        f"and was read by hand as {kept.get(key, 'nothing')}"
        for key in sorted({*found, *kept})
        if found.get(key) != kept.get(key)
    ]


def test_what_cannot_be_evaluated_is_as_it_was_read_by_hand():
    said = "\n".join(differing({**unread(), **unread_wrong()}, BY_HAND))
    assert not said, (
        f"{said}\nNothing but a reader sees whether this is right. Give its worlds the `symbols` that are missing, so "
        "that it is evaluated; or read it again, by its function and its source, and put it into tests/by_hand.json"
    )


def test_what_was_changed_after_it_was_read_by_hand_is_seen():
    kept = {"a": "1", "b:0": "x + y"}
    assert not differing(kept, kept)
    assert differing({**kept, "b:0": "x - y"}, kept) == ["b:0: it is typeset as x - y, and was read by hand as x + y"]
    assert len(differing({"a": "1", "c": "2"}, kept)) == 2


# The reader against the worlds' own functions ------------------------------------------------------


@pytest.mark.parametrize(
    "latex, expected",
    [
        (r"\log p_\theta(x)", W.log_evidence()),
        (r"p_\theta(z \mid x)", W.log_posterior().exp()),
        (r"\mathcal{L}(x)", W.elbo()),
        (r"D_{\mathrm{KL}}\left(q_\phi(z \mid x) \,\|\, p_\theta(z \mid x)\right)", W.gap()),
        ("R", W.rate()),
        ("I(x; z)", W.mutual_information()),
        ("I(z; x)", W.mutual_information()),
        ("H(x)", W.entropy_x()),
        ("H(z)", W.entropy_z()),
        ("H(z) - I(x; z)", W.entropy_z_given_x()),
        (r"\mathrm{TC}(z)", W.total_correlation()),
        (r"\sum_{j=1}^{d} H(z_j) - H(z)", W.total_correlation()),
        (r"\sum_j H(z_j) - H(z)", W.total_correlation()),
        ("D_j", W.dimension_wise_kl()),
        (r"\sum_j D_j", W.dimension_wise_kl().sum()),
        (r"\mathbb{E}_{z \sim q_\phi(z \mid x)}\left[\log p_\theta(x \mid z)\right]", W.expected_log_likelihood()),
        (r"\int q_\phi(z \mid x) \log \frac{p_\theta(x \mid z)\, p(z)}{q_\phi(z \mid x)} dz", W.elbo()),
        (r"\sum_x p(x)\, q_\phi(z \mid x)", W.log_aggregate_posterior().exp()),
        (r"\prod_{j=1}^{d} p(z_j)", W.log_p_z.exp()),
        (r"\frac{e^{2} \cdot \log 3}{4}", torch.tensor(math.e**2 * math.log(3) / 4, dtype=torch.float64)),
        (r"\sqrt{2 \cdot 8}", torch.tensor(4.0, dtype=torch.float64)),
        (r"|1 - 3|^{3} + \max(2, N)", torch.tensor(12.0).double()),
        (r"\mathrm{Var}_{p(x)}[\log p_\theta(x)]", None),
    ],
)
def test_the_reader_agrees_with_the_worlds_functions(latex, expected):
    if expected is None:
        p, e = W.log_p_x.exp(), W.log_evidence()
        expected = p @ e**2 - (p @ e) ** 2
    assert torch.allclose(evaluate(latex, W), expected, rtol=1e-12, atol=1e-14)


def test_rare_codes_keep_their_probability():
    """exp(-2000) is no double, its logarithm is one: neither is lost, nor does zero times infinity appear."""
    tables = {
        "p(x)": ("x", torch.tensor([0.5, 0.5]).double().log()),
        r"q_\phi(z \mid x)": ("x z", torch.tensor([[0.0, -2000.0], [-2000.0, 0.0]]).double()),
    }
    assert evaluate("I(x; z)", Symbols(tables)).item() == pytest.approx(math.log(2))
    divergence = evaluate(r"\log q_\phi(z \mid x)", Symbols(tables))
    assert divergence.min() == -2000


# What cannot be read is told why -------------------------------------------------------------------


@pytest.mark.parametrize(
    "latex, why",
    [
        (r"\|a - b\|^2", "neither a table nor a definition gives a"),
        (r"R \propto \beta", "neither a table nor a definition gives \\propto"),
        (r"\frac{R}", "the grammar has no rule for"),
        (r"\gamma R", r"neither a table nor a definition gives \gamma"),
        (r"\min_{q} R", r"\min asks for a search"),
        (r"\log \mathcal{N}(x; 0, 1)", r"gives \mathcal{N}"),
        (r"\sum_i R", "a sum over i, of which no table says how many there are"),
        (r"\int p(x) dz", "over z_1, on which nothing in it depends"),
        (r"\mathbb{E}[R]", "does not say under which distribution"),
        (r"\sum_{j=1}^{3} D_j", "no table has z_{j}"),
        ("p(x_i)", "no sum says what the index of x_{i} runs over"),
    ],
)
def test_what_cannot_be_read_says_why(latex, why):
    with pytest.raises(Unreadable, match=re.escape(why)):
        evaluate(latex, W)


def test_only_tables_can_be_read():
    with pytest.raises(Unreadable, match="expected a world of tables, got a Tensor"):
        evaluate("R", torch.zeros(3))


def test_a_definition_that_leads_back_to_itself_is_refused():
    round_about = [("page", Definition("one", r"\Omega := \Psi", r"\Omega", "")),
                   ("page", Definition("two", r"\Psi := \Omega", r"\Psi", ""))]  # fmt: skip
    chain = Derivation("d", (Step(r"\Omega", lambda w: w.rate()), Step("R", lambda w: w.rate())), worlds=(TABLES,))
    found = read_line(chain, 0, in_order("page", (), round_about))
    assert found.reason == "the definition one leads back to itself"


def test_a_line_whose_latex_and_function_differ_names_both_values_and_the_definitions():
    chain = Derivation("d", (Step("R", lambda w: 2 * w.rate()), Step("R", lambda w: w.rate())), worlds=(TABLES,))
    wrong, right = (read_line(chain, i, in_order("", (), EQUATIONS)) for i in (0, 1))
    assert re.match(
        r"d, line 0, on tables, seed 0: what is typeset gives \[0\.\d+\], its function \[\d\.\d+\]\. "
        r"Correct the one that is wrong, or a definition .*notation-rate\): R$",
        wrong.problem,
    )
    assert right.read and not right.problem and "notation-rate" in right.used
    assert len(right.agreements) == 1 and right.agreements[0].observed < 1e-12
    assert FEW > 1


# The grammar ---------------------------------------------------------------------------------------


def test_layout_has_no_meaning():
    assert parse(r"\left( a\, b \right)") == parse("(a b)") and parse(r"a\;+\quad b") == parse("a+b")


def test_the_grammar_fits_on_a_page():
    assert len(GRAMMAR.splitlines()) <= 40
