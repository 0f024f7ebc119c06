"""What a student is told belongs to what it is told of: messages to their slips, hints to their symptoms, cases to
their purpose. Two texts that were exchanged by mistake are noticed."""

import itertools
import re
from collections import Counter

import pytest
import torch

from course_pkg.grading import Case, evidence
from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import parts_of
from course_pkg.grading.judging import agree, expected
from test_grading import QUESTIONS, each_question
from ties import exchangeable, marks

# What a hint of each symptom speaks of. Not here: first steps (not started, hand, random, different), which are one
# advice in several depths, and traps, which say what is special about a case.
SHAPES = r"\(\w+,|shape|three numbers come in|takes nothing|the error"
SPEAKS = {
    "shape": r"\bone (number|row|price|value|multiplier)\b|single number|\b(sum|count|return|path)\b|flatten|axes",
    "type": r"\breturn\b|\bcount\b",
    "not finite": r"zero|logarithm|divide|infinity|exp\(|\b0\b|nats lie|lie many widths",
    "slope": r"detach|slope",
    "order": r"order|begins",
}


def fits(question, symptom, hint):
    """Whether a hint speaks of this symptom; None where any advice would."""
    if symptom == "exception":
        names = "|".join(map(re.escape, question.cases(0)[0].arguments))
        return bool(re.search(rf"{SHAPES}|\b({names})\b" if names else SHAPES, hint))
    return bool(re.search(SPEAKS[symptom], hint.lower())) if symptom in SPEAKS else None


@each_question
def test_no_two_messages_could_be_exchanged(question):
    names, messages = zip(*((w.name, w.message) for w in question.wrong), strict=True)
    untied = [n for n, m in zip(names, messages, strict=True) if not marks(n) & marks(m)]
    assert not untied, f"{untied} of {question.name}: a slip's name and its message share no word: use one of its words"
    pairs = exchangeable(names, messages)
    assert not pairs, f"{pairs} of {question.name}: their messages fit either name: put a word of each into its name"


@each_question
def test_a_hint_speaks_of_its_symptom_and_no_two_could_be_exchanged(question):
    hints = {s: h for s, h in question.hints.items() if fits(question, s, h) is not None}
    astray = {s: h for s, h in hints.items() if not fits(question, s, h)}
    assert not astray, f"{question.name}: what has this to do with that symptom? {astray}"
    for one, other in itertools.combinations(hints, 2):
        either = fits(question, one, hints[other]) and fits(question, other, hints[one])
        assert not either or hints[one] == hints[other], f"{question.name}: {one} and {other} could be exchanged"


@each_question
def test_each_case_that_counts_tells_something(question):
    for case in question.cases(0):
        right = expected(question, case)
        answers = [call_answer(w.answer, [case], question.call)[0] for w in question.wrong]
        wrong = [not agree(parts_of(answer), right, question.tolerance) for answer in answers]
        assert any(wrong) or not case.counts, f"{question.name}: no named slip fails at {case.rung}, {case.arguments}"


# What is told is told under its own name -----------------------------------------------------------------


def names_in(words, names):
    """Which arguments a stretch of words names: by their whole name, or by a part of it that no other one has."""
    parts = {name: {name, *name.split("_"), *SPOKEN.get(name, "").split()} for name in names}
    often = Counter(part for own in parts.values() for part in own)
    calls = re.findall(r"(\w+)\(([^)]*)\)", words)  # p(y|x) is p_y_given_x, p(x, z) is p_xz
    said = {f"{head}_{inner.replace('|', '_given_').replace(', ', '')}".lower() for head, inner in calls}
    said |= set(re.findall(r"\w+", re.sub(r"\w+\([^)]*\)", " ", words.lower())))
    return {name for name, own in parts.items() if {p.lower() for p in own if often[p] == 1} & (said - ARTICLES)}


ARTICLES = {"a", "of", "and", "the", "with", "is"}
# How the course speaks of arguments that it names by a letter or by what they are in code.
SPOKEN = {
    "sigma": "width", "log_var": "width", "log_var_q": "width", "log_var_p": "width", "h": "width", "h2": "squared",
    "mu": "mean means", "mu_q": "mean", "mu_p": "mean", "rho": "correlation", "v": "ratio", "angle": "turn",
    "rate": "budget", "capacity": "c nats", "error": "wrong", "lam": "pair", "temperature": "at", "own_price": "codes",
    "log_q_z_given_x": "encoder", "log_p_x_given_z": "decoder", "log_q_xz": "joint", "log_p_z": "prior",
    "p": "prior table", "distortion": "distortions", "start": "from", "end": "to", "p_x": "probability",
    "log_q": "probability densities", "u": "uniform",
    "x": "pixels pixel value values", "x_hat": "back", "logits": "logit", "z": "codes", "q": "codes tables table",
    "mean": "net", "means": "components", "d": "latents dimensions", "n": "images batches", "batch": "batches",
    "single": "read", "information": "hold", "images": "images", "directions": "pixels", "test_images": "images",
    "values": "permuted", "share": "shares", "log_likelihood": "likelihoods",
}  # fmt: skip


def told_astray(template, names):
    """The placeholders before which another argument stands by name, and their own neither there nor right behind."""
    found, end, previous = [], 0, ""
    places = list(re.finditer(r"\{(\w+)[^}]*\}", template))
    for match, following in itertools.zip_longest(places, places[1:]):
        head, *rest = re.split("([,;])", template[end : match.start()], maxsplit=1)
        before = "".join(rest if previous in names_in(head, names) else (head, *rest))  # {real} real and {shuffled}
        after = re.split("[,;]", template[match.end() : following.start() if following else None])[0]
        others = names_in(before, names)
        if match[1] in names and others and match[1] not in others | names_in(after, names):
            found.append(f"{match[1]} after {before.strip()!r}")
        end, previous = match.end(), match[1]
    return found


def untold(template, names):
    """The placeholders without a word of their own, if they come in another order than the arguments."""
    places = list(re.finditer(r"\{(\w+)[^}]*\}", template))
    mute, end = [], 0
    for i, match in enumerate(places):
        following = places[i + 1].start() if i + 1 < len(places) else None
        around = template[end : match.start()], re.split("[,;]", template[match.end() : following])[0]
        end = match.end()
        if match[1] in names and not any(match[1] in names_in(part, names) for part in around):
            mute.append(match[1])
    order = [names.index(name) for name in mute]
    return [] if order == sorted(order) else mute


@each_question
def test_what_is_told_stands_under_its_own_name(question):
    astray = [place for case in question.cases(0) for place in told_astray(case.told, [*case.arguments])]
    assert not astray, f"{question.name}: told under another's name: {astray}"
    mute = [names for case in question.cases(0) if (names := untold(case.told, [*case.arguments]))]
    assert not mute, f"{question.name}: say what these are, or tell them in the order of the arguments: {mute}"


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("posterior {log_q:exp}, q {log_posterior:exp}", ("log_posterior", "log_q")),
        ("a is {normal:vector}, the normal {a:vector}, the limit {limit}", ("a", "normal", "limit")),
        ("k_yy with rows {k_xy}; k_xy with rows {k_yy}", ("k_xx", "k_yy", "k_xy")),
        ("a width of {rate}, a budget of {sigma} nats", ("sigma", "rate")),
        ("variances {variances}, a width of {floor}, a floor of {sigma} nats", ("variances", "sigma", "floor")),
        ("prior {log_q_xz}, joint {log_p_z}", ("log_q_xz", "log_p_z")),
    ],
)
def test_exchanged_numbers_are_seen(template, names):
    assert told_astray(template, names)


def test_numbers_without_a_word_come_in_order():
    assert untold("prices {high} and {low}", ["low", "high"]) == ["high", "low"]
    assert not untold("prices {low} and {high}", ["low", "high"])


# An axis is the one that it is said to be ---------------------------------------------------------------

SIDES = re.compile(r"\b(rows|columns) are ((?:values of )?\w+)|\b((?:values of )?\w+) are (rows|columns)\b")
SUMMED = re.compile(r"\b(?:sum|sums|mean|average|add) over (?:the )?((?:values of )?\w+), (?:the \w+ axis|axis (-?\d))")


ORDINAL = re.compile(r"\b(first|second) axis, the (\w+)|\bthe (\w+) are the (first|second)(?=[.,;]|$)")


def sides(text):
    """(what, the axis that it is said to be along) of every such claim."""
    for match in ORDINAL.finditer(text):
        yield match[2] or match[3], ("first", "second").index(match[1] or match[4])
    for match in SIDES.finditer(text):
        side = match[1] or match[4]
        yield match[2] or match[3], 0 if side == "rows" else 1
    for match in SUMMED.finditer(text):
        if match[2] is not None:
            yield match[1], int(match[2])


def astray(cases, text):
    """Claims about an axis that no table of some case bears out: its length there is not that of the word's size."""
    found = []
    for what, axis in sides(text):
        for case in cases:
            words = what.split()[-1]
            fitting = [n for size, n in case.sizes.items() if words in size.split() or what == size]
            tables = [v for v in case.arguments.values() if isinstance(v, torch.Tensor) and v.ndim >= 2]
            if len(fitting) == 1 and tables and all(v.shape[axis] != fitting[0] for v in tables):
                found.append(f"{what} along axis {axis}, in {text!r}")
                break
    return found


@each_question
def test_an_axis_is_the_one_that_it_is_said_to_be(question):
    cases = question.cases(0)
    texts = [*(w.message for w in question.wrong), *question.hints.values()]
    found = [claim for text in texts for claim in astray(cases, text)]
    assert not found, f"{question.name}: {found}"


def test_an_axis_that_is_another_is_seen():
    table = torch.zeros(2, 3)
    case = Case("random", {"counts": table}, {"values of x": 2, "values of y": 3})
    assert not astray([case], "rows are values of x: sum over y, axis 1")
    assert astray([case], "columns are values of x") and astray([case], "sum over y, axis 0, and keep x")
    codes = Case("random", {"mu": table}, {"images": 2, "latents": 3})
    assert not astray([codes], "you summed over the first axis, the images; the latents are the second.")
    assert astray([codes], "over the second axis, the images") and astray([codes], "the latents are the first.")


def test_exchanged_messages_are_seen():
    seen = total = 0
    for _, question in QUESTIONS:
        names, messages = ([w.name for w in question.wrong], [w.message for w in question.wrong])
        for i, j in itertools.combinations(range(len(names)), 2):
            swapped = [*messages]
            swapped[i], swapped[j] = messages[j], messages[i]
            seen += (names[i], names[j]) in exchangeable(names, swapped)
            total += 1
    assert seen == total > 1000


@pytest.mark.parametrize(
    ("names", "texts", "found"),
    [
        (("a mean over images", "a mean over latents"), ("the images were averaged", "latents add their nats"), False),
        (("a mean over images", "a mean over latents"), ("latents add their nats", "the images were averaged"), True),
        (("the sign", "a factor"), ("the logarithm", "the root"), True),  # nothing in common: either would do
    ],
)
def test_what_is_exchangeable(names, texts, found):
    assert bool(exchangeable(names, texts)) == found


# What counts as equal --------------------------------------------------------------------------------------

# Questions whose right answers differ by other than rounding: what is drawn, searched for or integrated.
LOOSER = {
    "score_of_luck": 0.006,
    "ratio_with_baseline": 0.05,
    "continuous_bernoulli": 1e-5,
    "shrunken_width": 2e-5,
    "batch_needed": 1e-9,
    "price_of_quality": 1e-5,
    "price_under_free_bits": 1e-5,
    "nats_each": 1e-5,
}


@each_question
def test_only_rounding_counts_as_equal(question):
    assert question.tolerance == LOOSER.get(question.name, 1e-6), f"{question.name}: put it into LOOSER if it must be"


def test_rounding_is_that_of_the_precision():
    assert (evidence.EXACT, evidence.SINGLE) == (1e-6, 3e-5)
    one, near = torch.tensor([1.0]).double(), torch.tensor([1.0 + 5e-6]).double()
    assert not evidence.agrees(near, one, evidence.EXACT) and evidence.agrees(near, one, evidence.SINGLE)
