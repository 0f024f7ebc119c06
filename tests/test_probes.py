"""What is learnt of a wrong answer by asking it again: each sentence where it is true, and silence where it is not."""

import math
from types import SimpleNamespace

import pytest
import torch

from course_pkg.grading import Case
from course_pkg.grading.addends import mixed
from course_pkg.grading.calling import Outcome, call_answer
from course_pkg.grading.evidence import Trial, Trials, parts_of
from course_pkg.grading.naming import as_if, scaled_slips
from course_pkg.grading.plain import encode
from course_pkg.grading.probes.asking import PATIENCE, Asking, patient
from course_pkg.grading.probes.limits import end, limits
from course_pkg.grading.probes.pieces import pieces
from course_pkg.grading.probes.places import misplaced, mistaken_cases
from course_pkg.grading.probes.responses import law, responses
from course_pkg.questions.shared import numbers
from probing import question
from test_grading import CHAPTERS, verdict

QUESTIONS = {q.name: q for questions in CHAPTERS.values() for q in questions}


def trials(cases, right, answer, wrong=(), terms=None):
    """An answer beside the right one, over the cases of two seeds and a few more where it is asked."""
    run = lambda f, some: [parts_of(o) for o in call_answer(f, some, "function")]
    every = [case for seed in (0, 101) for case in cases(seed)]
    all_ = [Trial(c, g, r) for c, g, r in zip(every, run(answer, every), run(right, every), strict=True)]
    of = question(right, cases=cases, wrong=wrong, terms=terms)
    return Trials(of, all_, again=lambda some: run(answer, some))


def asked(probe, cases, right, answer):
    return " | ".join(r.text for r in probe(Asking(trials(cases, right, answer), [""])))


def scalars(seed):
    u = 0.5 + 2 * torch.rand(6, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return tuple(Case("random", {"a": a, "b": 1 + b}, {}) for a, b in u.tolist())


def tables(seed):
    g = torch.Generator().manual_seed(seed)
    draw = lambda n, m: torch.randn(n, m, generator=g, dtype=torch.float64)
    return tuple(Case("random", {"x": draw(n, m)}, {"images": n, "latents": m}) for n, m in ((4, 3), (5, 2), (3, 4)))


def rows(seed):
    g = torch.Generator().manual_seed(seed)
    draw = lambda n, m: torch.randn(n, m, generator=g, dtype=torch.float64).softmax(1)
    return tuple(Case("random", {"p": draw(3, m), "q": draw(3, m)}, {"values": m}) for m in (4, 5, 6))


divergence = lambda p, q: (p * (p / q).log()).sum()

# --- the law by which it follows an argument --------------------------------------------------------------------------


LAWS = {
    "proportion for a square": (lambda a, b: a**2 * b + 0 * b, lambda a, b: a * b,
                                "it should go with the square of `a`, and yours goes in proportion to `a`"),
    "a line for a logarithm": (lambda a, b: math.log(a) * b, lambda a, b: a * b + 1,
                               "it should go with the logarithm of `a`, and yours goes on a straight line in `a`"),
    "half as much": (lambda a, b: math.sin(a) + b**2, lambda a, b: math.sin(a) / 2 + b**3,
                     "where `a` changes, yours changes by exactly half of what it should"),
    "the other way": (lambda a, b: math.sin(a) + b**2, lambda a, b: b**3 - math.sin(a),
                      "where `a` changes, yours changes by exactly as much as it should, the other way"),
    "too weakly": (lambda a, b: a * a + b, lambda a, b: a + b + 3.3 * b * b,
                   "it should go on a straight line in the square of `a`, and yours goes on a straight line in `a`"),
    "neither": (lambda a, b: math.exp(a) + b, lambda a, b: math.exp(0.3 * a) + b, "it follows `a` too weakly"),
    "against": (lambda a, b: math.exp(a) + b, lambda a, b: math.exp(-a) + b,
                "where `a` grows, what is right rises, and yours falls"),
}  # fmt: skip


@pytest.mark.parametrize(("right", "answer", "says"), LAWS.values(), ids=LAWS)
def test_by_which_law_it_follows_an_argument(right, answer, says):
    assert says in asked(responses, scalars, right, answer)


def test_a_law_that_both_follow_is_not_told():
    text = asked(responses, scalars, lambda a, b: a * math.exp(b), lambda a, b: a * math.exp(b / 2))
    assert "`a`" not in text and "`b` too weakly" in text
    # A constant in front moves any answer by more: that is no slip of the argument.
    text = asked(responses, scalars, lambda a, b: math.exp(a) * b, lambda a, b: math.exp(a) * b**2)
    assert "`a` too" not in text


def test_a_law_is_read_off_its_numbers():
    factors = (1.13, 1.3, 0.87)
    table = lambda f: [(torch.tensor([0.0]), torch.tensor([f(2.0 * k)], dtype=torch.float64)) for k in (1.0, *factors)]
    read = lambda f: law(table(f), 1, factors)
    assert [read(lambda x: x**-0.5), read(lambda x: 3.0), read(math.sin)] == [
        "with one over the root of {}", "not at all", ""]  # fmt: skip
    assert read(lambda x: 1 + 3 / x) == "on a straight line in one over {}"


# --- where it goes when what comes in goes far ------------------------------------------------------------------------

ENDS = {
    "settles at another number than zero": lambda k: 1 - 1 / k,
    "grows without bound": math.log,
    "goes to zero in proportion": lambda k: 10 / k,
    "goes to zero with the square": lambda k: 10 / k**2,
    "is zero": lambda k: 0.0,
}


@pytest.mark.parametrize(("says", "f"), ENDS.items(), ids=ENDS)
def test_where_numbers_go(says, f):
    assert end([torch.tensor([f(k)], dtype=torch.float64) for k in (10.0, 100.0, 1000.0)]) == says


def test_what_may_yet_level_off_is_not_said_to_grow():
    assert end([numbers([v]) for v in (0.0767, 0.0964, 0.1473)]) == ""
    assert end([numbers([1.0, 1.0]), numbers([2.0, 0.5]), numbers([4.0, 0.3])]) == ""


LIMITS = {
    "vanishes more slowly": (scalars, lambda a, b: 1 - math.cos(a) + 0 * b, lambda a, b: math.sin(a) * b,
                             "what is right goes to zero with the square, and yours goes to zero in proportion"),
    "four times at last": (scalars, lambda a, b: math.log1p(a * a) * b, lambda a, b: 4 * math.sin(a) ** 2 * b,
                           "where `a` is nearly zero, yours is four times what it should be"),
    "settles": (scalars, lambda a, b: math.log1p(a) * b, lambda a, b: a / (1 + a) * b,
                "where `a` is very large, what is right grows without bound, and yours settles"),
    "a distance for a divergence": (rows, divergence, lambda p, q: (p - q).abs().sum() / 2,
                                    "`p` and `q` are nearly the same, what is right goes to zero with the square"),
    "bounded for unbounded": (rows, divergence, lambda p, q: (p - q).square().sum(),
                              "where `q` is all but certain, what is right grows without bound, and yours settles"),
}  # fmt: skip


@pytest.mark.parametrize(("cases", "right", "answer", "says"), LIMITS.values(), ids=LIMITS)
def test_where_it_goes(cases, right, answer, says):
    assert says in asked(limits, cases, right, answer)


def test_nothing_beyond_one_is_asked_of_a_share():
    def shares(seed):
        u = torch.rand(4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        return tuple(Case("random", {"rho": 0.1 + 0.8 * v}, {}) for v in u.tolist())

    beyond = []

    def answer(rho):
        beyond.append(rho > 1)
        return rho**2

    text = asked(limits, shares, lambda rho: -math.log1p(-rho * rho), answer)
    assert not any(beyond)
    assert text == "nearly right where `rho` is nearly zero" or "where `rho` is nearly one" in text


def test_right_in_a_limit_is_not_said_of_what_is_one_there():
    soft = lambda t: lambda x: (t * x).softmax(1)
    assert "nearly right" not in asked(limits, tables, soft(1.0), soft(3.0))


# --- left out, doubled, reordered -------------------------------------------------------------------------------------

PIECES = {
    "order": (lambda x: x.mean(), lambda x: (x.mean(1) * torch.arange(1, len(x) + 1)).sum(),
              "the images in another order should change nothing, and do more"),
    "shared": (lambda x: x.square().sum(1), lambda x: (x - x.mean(0)).square().sum(1),
               "without the last of the images the others should stay as they are, and do not"),
    "twice": (lambda x: x.square().mean(), lambda x: x.square().sum() / 3,
              "where all images come twice, it should be the same, and is twice as much"),
    "adds": (lambda x: x.square().sum(), lambda x: x.sum(1).square().sum(),
             "over the latents it should add up"),
    "alone": (lambda x: x.square().sum(), lambda x: x.sum(1).square().sum(),
              "right as soon as there is only one of the latents"),
    "unseen": (lambda x: x.square().sum(), lambda x: x[0].square().sum(),
               "of `x` all rows but the first have no effect, and should"),
    "seen": (lambda x: x[:, 0].square().sum(), lambda x: x.square().sum(),
             "of `x` all columns but the first have an effect, and should not"),
}  # fmt: skip


@pytest.mark.parametrize(("right", "answer", "says"), PIECES.values(), ids=PIECES)
def test_what_becomes_of_it_where_some_is_changed(right, answer, says):
    assert says in asked(pieces, tables, right, answer)


def pairwise(W):
    n = W / W.norm(dim=0)
    g, (i, j) = n.T @ n, torch.triu_indices(W.shape[1], W.shape[1], 1)
    return -0.5 * (1 - g[i, j] ** 2).log().sum()


def test_a_table_without_named_lengths_is_cut_as_well():
    def jacobians(seed):
        g = torch.Generator().manual_seed(seed)
        draw = lambda n, d: torch.randn(n, d, generator=g, dtype=torch.float64)
        return tuple(Case("random", {"W": draw(n, d)}, {}) for n, d in ((6, 3), (7, 4)))

    right = lambda W: W.norm(dim=0).log().sum() - 0.5 * torch.logdet(W.T @ W)
    assert "right as soon as there are only two of the columns of `W`" in asked(pieces, jacobians, right, pairwise)
    assert "only two" not in asked(pieces, jacobians, right, lambda W: pairwise(W) ** 2)


def test_one_number_of_each_image():
    def images(seed):
        g = torch.Generator().manual_seed(seed)
        draw = lambda n: torch.randn(n, 2, 3, generator=g, dtype=torch.float64)
        return tuple(Case("random", {"x": draw(n)}, {"images": n}) for n in (4, 5))

    root = lambda x: x.flatten(1).square().mean(1).sqrt()
    assert "right as soon as each has only one number" in asked(
        pieces, images, root, lambda x: x.abs().flatten(1).mean(1)
    )
    assert "only one number" not in asked(pieces, images, root, lambda x: 1 + x.abs().flatten(1).mean(1))


def test_counts_and_indicators_are_not_nudged():
    def zeros_and_ones(seed):
        g = torch.Generator().manual_seed(seed)
        return tuple(Case("random", {"A": torch.randint(2, (n, 3), generator=g).double()}, {}) for n in (4, 5, 6))

    seen = []

    def answer(A):
        seen.append(bool(((A == 0) | (A == 1)).all()))
        return A.sum()

    asking = Asking(trials(zeros_and_ones, lambda A: A.sum().exp(), answer), [""])
    for probe in (pieces, limits, responses):
        probe(asking)
    assert all(seen) and not asking.real("A")


def test_nothing_is_said_of_pieces_that_it_treats_well():
    for answer in (lambda x: 2.2 * x.square().sum(1), lambda x: (x.abs() ** 1.5).sum(1)):
        assert asked(pieces, tables, lambda x: x.square().sum(1), answer) == ""


# --- which numbers, which cases ---------------------------------------------------------------------------------------


PLACES = {
    "the last row": (lambda x: torch.cat([x[:-1] ** 2, x[-1:]]), "in the last row"),
    "the first column": (lambda x: torch.cat([x[:, :1], x[:, 1:] ** 2], 1), "in the first column"),
    "below zero": (lambda x: x * x.abs(), "where `x` is below zero"),
    "the largest": (lambda x: x**2 + (x == x.max()), "where `x` is the largest"),
}


@pytest.mark.parametrize(("answer", "says"), PLACES.values(), ids=PLACES)
def test_which_numbers_are_wrong(answer, says):
    found = misplaced(trials(tables, lambda x: x**2, answer), "")
    assert [r.text for r in found] in ([f"wrong exactly {says}, and nowhere else"], [f"wrong only {says}"])


def test_numbers_that_are_wrong_here_and_there_have_no_place():
    noisy = lambda x: x**2 + ((x * 1e4).round() % 2)
    assert misplaced(trials(tables, lambda x: x**2, noisy), "") == []


def test_which_cases_are_wrong():
    def pairs(seed):
        g = torch.Generator().manual_seed(seed)
        v = torch.randn(8, 2, generator=g, dtype=torch.float64).tolist()
        return tuple(Case("random", {"a": a, "b": b}, {}) for a, b in v)

    told = lambda answer: [r.text for r in mistaken_cases(trials(pairs, lambda a, b: a - b, answer), "", 0)]
    assert told(lambda a, b: abs(a - b)) == ["wrong in just the cases where `a` is smaller than `b`"]
    assert told(lambda a, b: max(a, 0.0) - b) == ["wrong in just the cases where `a` is below zero"]
    assert told(lambda a, b: a - b + (round(1e4 * a) % 2)) == []


def test_what_a_kind_of_case_has_of_its_own_is_not_taken_for_the_reason():
    """The trap differs from the others in many ways: none of them is named."""

    def kinds(seed):
        a = 1 + torch.rand(3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        signs = {"random": 1, "oracle": 1, "trap": -1}
        return tuple(Case(rung, {"a": s * v}, {}) for (rung, s), v in zip(signs.items(), a.tolist(), strict=True))

    assert mistaken_cases(trials(kinds, lambda a: a, abs), "", 0) == []


# --- the right answer to something else, two slips at once, shares ----------------------------------------------------


def test_an_argument_taken_for_a_function_of_two():
    found = as_if(trials(scalars, lambda a, b: math.sin(a) + b, lambda a, b: math.sin(a / b**0.5) + b), "")
    assert found and found.text == "exactly what is right if `a` were `a` over the root of `b`"
    assert as_if(trials(scalars, lambda a, b: math.sin(a) + b, lambda a, b: math.cos(a + 0.3) * b), "") is None


def test_two_slips_at_once():
    slip = SimpleNamespace(name="the root", answer=lambda a, b: math.sqrt(a) + b, message="a root is too much.")
    found = scaled_slips(trials(scalars, lambda a, b: a + b, lambda a, b: 2 * (math.sqrt(a) + b), [slip]), "")
    assert found and found.text == ("two slips at once. the root: a root is too much. And exactly twice what this slip "
                                    "gives")  # fmt: skip
    assert scaled_slips(trials(scalars, lambda a, b: a + b, lambda a, b: a * math.sqrt(b), [slip]), "") is None


def test_right_parts_in_other_shares():
    terms = lambda given: {"": {"the table": given["x"], "its square": given["x"] ** 2}}
    share = lambda x: x * 0.5 + x**2 * len(x)
    found = mixed(trials(tables, lambda x: x + x**2, share, terms=terms), "")
    assert found and "the table enters by too little in each case; its square enters by too much" in found.text
    assert mixed(trials(tables, lambda x: x + x**2, lambda x: x + x**3, terms=terms), "") is None


def test_what_an_answer_is_made_of():
    h = lambda t: -torch.special.xlogy(t, t).sum()
    of_all = lambda p: h(p.sum((1, 2))) + h(p.sum((0, 2))) + h(p.sum((0, 1))) - h(p)
    text = dict(verdict(QUESTIONS["missing_term"], of_all).rows)["observed"]
    assert text == "yours is made of H(x), less H(x, z_1, z_2), plus H(z_1), plus H(z_2)"


def test_an_answer_that_is_right_at_both_ends_alone():
    def by_a_cosine(log_likelihood, kl, step, gamma, start, end, steps):
        t = (1 - math.cos(math.pi * min(step / steps, 1))) / 2
        capacity = start + (end - start) * t
        penalty = gamma * (kl.sum(1).mean() - capacity).abs()
        return {"capacity": capacity, "penalty": penalty, "loss": penalty - log_likelihood.mean()}

    text = dict(verdict(QUESTIONS["mended_capacity"], by_a_cosine).rows)["observed"]
    assert "`step` is zero" in text and "`step` equals `steps`" in text


# --- in verdicts ------------------------------------------------------------------------------------------------------


def test_a_verdict_tells_what_was_found():
    def of_a_correlation(first, second, angle, beta):
        c, s = math.cos(angle), math.sin(angle)
        a, b, x = c * c * first + s * s * second, s * s * first + c * c * second, c * s * (first - second)
        return -beta / 2 * math.log(1 - abs(x) / math.sqrt(a * b))

    text = dict(verdict(QUESTIONS["price_of_a_turn"], of_a_correlation).rows)["observed"]
    assert "where `angle` is nearly zero, what is right goes to zero with the square" in text


def test_an_answer_that_does_not_end_is_not_asked_again():
    calls = []

    def ask(cases):
        calls.append(len(cases))
        return [Outcome("endless") for _ in cases]

    again = patient(ask)
    assert [again([None]), again([None, None])] == [[{}], [{}, {}]] and calls == [1] and PATIENCE > 0
    fine = patient(lambda cases: [Outcome("value", encode(1.0)) for _ in cases])
    assert fine([None])[0].keys() == fine([None])[0].keys() == {""}
