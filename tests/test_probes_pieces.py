"""What becomes of an answer where some of what comes in is left out, doubled, reordered or nudged alone."""

import pytest
import torch

from course_pkg.grading import Case
from course_pkg.grading.probes.alone import alone, axes_of, lengths, taken
from course_pkg.grading.probes.asking import Asking
from course_pkg.grading.probes.pieces import _named, _times, pieces
from probing import asking, drawn, said, tensor, trials


def tables(*shapes, draw=drawn, **sizes):
    """Cases with a table x of these shapes, whose lengths have names."""
    names = sizes or {"images": 0, "latents": 1}
    return [Case("random", {"x": draw(k, *s)}, {w: s[a] for w, a in names.items()}) for k, s in enumerate(shapes)]


USUAL = ((4, 3), (5, 2), (3, 4))


def told(right, answer, cases=None, **more):
    found = said(pieces(asking(tables(*USUAL) if cases is None else cases, right, answer, **more)))
    assert all(kind == "piece" for kind, _ in found)
    return [text for _, text in found]


# --- lengths ----------------------------------------------------------------------------------------------------------


def test_lengths_and_their_axes():
    case = Case("random", {"x": drawn(0, 4, 3), "y": drawn(1, 3), "n": 7}, {"images": 4, "n": 7, "few": 1})
    assert lengths(case) == {"images": 4, "n": 7, "few": 1, "columns of `x`": 3}
    assert axes_of(case, "images") == (4, {"x": [0]}) and axes_of(case, "columns of `x`") == (3, {"x": [1], "y": [0]})
    assert axes_of(case, "n") is axes_of(case, "few") is axes_of(case, "rows of `x`") is axes_of(case, "none") is None
    assert axes_of(Case("random", {"x": drawn(0, 4, 4)}, {"images": 4}), "images") == (4, {"x": [0, 1]})
    assert axes_of(Case("random", {"x": drawn(0, 4, 3)}, {"images": 4, "d": 4}), "images") is None
    assert axes_of(Case("random", {"x": drawn(0, 4, 3)}, {"images": 5}), "images") is None
    assert axes_of(Case("random", {"x": drawn(0, 2)}, {"d": 2}), "d") == (2, {"x": [0]})
    assert axes_of(Case("random", {"x": drawn(0, 1)}, {"d": 1}), "d") is None
    cut = taken(case, {"x": [1], "y": [0]}, torch.tensor([2, 0]))
    assert torch.equal(cut.arguments["x"], case.arguments["x"][:, [2, 0]]) and len(cut.arguments["y"]) == 2
    assert len(case.arguments["y"]) == 3 and cut.sizes == case.sizes and cut.arguments["n"] == 7


# --- one is enough ----------------------------------------------------------------------------------------------------


def enough(right, answer, cases=None):
    a = asking(tables(*USUAL, (5, 4)) if cases is None else cases, right, answer)
    return alone(a, a.wrong())


square = lambda x: x.square().sum()
ONLY = "right as soon as there is only one of the {}"


def test_one_is_enough():
    assert enough(square, lambda x: x.sum(1).square().sum()) == [ONLY.format("latents")]
    assert enough(square, lambda x: x.sum(0).square().sum()) == [ONLY.format("images")]
    assert enough(square, lambda x: x.sum(0).square().sum() + 0.1) == []
    assert enough(square, lambda x: x[0].square().sum() + x[1:].sum() ** 2) == [ONLY.format("images")]
    first = lambda x: x.sum(0).square().sum() if x.flatten()[0] in FIRSTS else 7.7
    FIRSTS = [v for c in tables(*USUAL, (5, 4)) for v in c.arguments["x"].flatten().tolist()[:1]]
    assert enough(square, first) == []  # of the first alone, and not of the last
    LASTS = [c.arguments["x"][k].sum().item() for c in tables(*USUAL, (5, 4)) for k in range(1, len(c.arguments["x"]))]
    last = lambda x: x.sum(0).square().sum() if len(x) > 1 or x.sum().item() in LASTS else 7.7
    assert enough(square, last) == []  # nor of the last alone


def test_a_pair_is_enough():
    pairs = lambda x: sum(x[i] * x[j] for i in range(len(x)) for j in range(i))
    right = lambda x: 1.5 + (pairs(x).sum() if len(x) > 1 else 0)
    answer = lambda x: 1.5 + ((x[0] * x[-1]).sum() if len(x) > 1 else 7.0)
    assert enough(right, answer) == ["right as soon as there are only two of the images"]


def test_what_is_always_right_tells_nothing():
    """Zero, one or a number that came in, of one alone."""
    spread = lambda x: (x - x.mean(0)).square().sum()
    assert enough(spread, lambda x: 2 * spread(x)) == []
    assert enough(lambda x: x.sum(), lambda x: x.max(), tables((4,), (5,), (3,), d=0)) == []
    assert enough(lambda x: x.square().sum() / x.abs().sum() ** 2, lambda x: x.abs().max() / x.abs().sum(),
                  tables((4,), (5,), (3,), d=0)) == []  # fmt: skip
    p = tables(*USUAL, draw=lambda *a: drawn(*a).softmax(1))
    assert enough(square, lambda x: x.sum(1).square().sum(), p) == []  # cut, they were no probabilities
    assert enough(square, lambda x: x.sum(1).square().sum(), tables(*USUAL[:1])) == []


def test_one_number_of_each_image():
    images = lambda *shapes: tables(*shapes, images=0)
    root = lambda x: x.flatten(1).square().mean(1).sqrt()
    mean = lambda x: x.abs().flatten(1).mean(1)
    assert enough(root, mean, images((4, 2, 3), (5, 2, 3))) == ["right as soon as each has only one number"]
    assert enough(root, mean, images((4, 2, 3))) == []
    assert enough(root, lambda x: 1 + mean(x), images((4, 2, 3), (5, 2, 3))) == []
    assert enough(root, mean, images((4, 6), (5, 6))) == ["right as soon as there is only one of the columns of `x`"]
    two = [Case("random", {"x": drawn(k, 4 + k, 2, 3), "y": drawn(k, 4 + k, 3, 2)}) for k in range(2)]
    assert enough(lambda x, y: root(x), lambda x, y: mean(x), two) == []


# --- one length -------------------------------------------------------------------------------------------------------

ORDER, MORE = (
    "the {} in another order should change nothing, and do more",
    "the {} in another order should only reorder what comes out, and do more",
)
ADD = "over the {} it should add up (what the first gives, and what the others give), and does not"
TWICE = "where all {} come twice, it should be {}, and is {}"
SHARED = "without the last of the {} the others should stay as they are, and do not: something is shared between them"
step = lambda x: torch.arange(1.0, len(x) + 1, dtype=torch.float64)
LENGTHS = {
    "order": (lambda x: x.square().sum() ** 0.5, lambda x: (x.square().sum(1) * step(x)).sum(), [ORDER.format("images"),
              "where all images come twice, it should be"]),
    "reorder": (lambda x: x.square().sum(1), lambda x: x.square().sum(1) * step(x) ** 0.5, [MORE.format("images")]),
    "shared": (lambda x: x.square().sum(1), lambda x: (x - x.mean(0)).square().sum(1), [SHARED.format("images")]),
    "the same": (lambda x: x.square().mean(), lambda x: x.square().sum() / 3, [
        TWICE.format("images", "the same", "twice as much"), TWICE.format("latents", "the same", "twice as much")]),
    "half": (lambda x: x.square().mean() + 0.1, lambda x: (x.square().mean() + 0.1) / x.numel(), [
        TWICE.format("images", "the same", "half as much"), TWICE.format("latents", "the same", "half as much")]),
    "twice as much": (lambda x: x.square().sum(), lambda x: x.square().mean(), [
        ADD.format("images"), ADD.format("latents")]),
    "four times": (lambda x: x.sum() ** 2, lambda x: x.square().sum(), [
        TWICE.format("images", "four times as much", "twice as much"),
        TWICE.format("latents", "four times as much", "twice as much")]),
    "is not": (lambda x: x.square().mean(), lambda x: x.square().mean() + x.numel() ** 0.5, [
        "where all images come twice, it should be the same, and is not",
        "where all latents come twice, it should be the same, and is not"]),
    "well": (lambda x: x.square().sum(1), lambda x: 2.2 * x.square().sum(1), []),
}  # fmt: skip


@pytest.mark.parametrize(("right", "answer", "says"), LENGTHS.values(), ids=LENGTHS)
def test_what_is_told_of_a_length(right, answer, says):
    found = [text for text in told(right, answer) if not text.startswith(("right as soon", "of `x`"))]
    if says[1:] and says[1].endswith("it should be"):
        assert found[:1] == says[:1]
    else:
        assert found == says
    assert told(right, answer, tables(USUAL[0])) == []


def test_of_two_cases_both_must_be_so():
    right = lambda x: x.square().sum(1)
    odd = lambda x: right(x) * (step(x) ** 0.5 if x.shape[0] in (4, 1) else 2.2)
    assert not any("another order" in text for text in told(right, odd))


def test_probabilities_are_reordered_alone():
    p = tables((4, 3), (5, 3), (3, 4), draw=lambda *a: drawn(*a).softmax(1))
    h = lambda x: -(x * x.log()).sum()
    found = told(h, lambda x: (-(x * x.log()).sum(0) * step(x.T)).sum(), p)
    assert ORDER.format("latents") in found and not any("latents come twice" in t for t in found)


def test_several_entries():
    right = lambda x: {"a": x.square().sum(1), "b": x.square().sum()}
    answer = lambda x: {"a": x.square().sum(1) * step(x) ** 0.5, "b": x.square().sum() * 2}
    assert MORE.format("images") in told(right, answer, entries=("a", "b"))
    # What shares an axis in one entry alone is not cut.
    answer = lambda x: {"a": (x - x.mean(0)).square().sum(1), "b": x.square().sum() * 2}
    assert not any("stay as they are" in t for t in told(right, answer, entries=("a", "b")))


def test_times_in_words():
    one, two = {"": tensor([1.0, -2.0])}, lambda k: {"": k * tensor([1.0, -2.0])}
    assert [_times(one, two(k), [""]) for k in (1, 2, 0.5, 4, 0, 3, -1)] == [
        "the same", "twice as much", "half as much", "four times as much", "zero", "", ""]  # fmt: skip
    zero = lambda by, k=2.0: _times({"": tensor([1.0, 0.0])}, {"": tensor([k, by])}, [""])
    assert zero(5e-11) == zero(0.0, 2 + 1e-8) == "twice as much" and zero(5e-10) == zero(0.0, 2 + 3e-8) == ""
    assert _times(one, {"": tensor([1.0])}, [""]) == "" == _times(one, {"": tensor([2.0, -4.0001])}, [""])


# --- what has an effect -----------------------------------------------------------------------------------------------


def unseen(keep, cases=None):
    """What is told of an answer to which only some places of x matter, and of one to which too many do."""
    mask = lambda x: keep(x).double()
    value = lambda m: lambda x: (m(x) * (x + 0.1 * x**3)).sum() + 0.123
    all_ = value(torch.ones_like)
    effects = lambda texts: [t.removeprefix("of `x` ") for t in texts if t.startswith("of `x`")]
    return effects(told(all_, value(mask), cases)), effects(told(value(mask), all_, cases))


def index(x):
    return torch.meshgrid(*map(torch.arange, x.shape), indexing="ij")


LISTS = tables((5,), (6,), d=0)
SQUARE = tables((3, 3), (4, 4), d=0)
SEEN = {
    "all but the first": (lambda x: index(x)[0] == 0, LISTS, "all but the first have", "all but the first have"),
    "all but the last": (lambda x: index(x)[0] == len(x) - 1, LISTS, "all but the last have", ""),
    "all but the first two": (lambda x: index(x)[0] < 2, LISTS, "all but the first two have", ""),
    "the first": (lambda x: index(x)[0] > 0, LISTS, "the first number has", ""),
    "the last": (lambda x: index(x)[0] < len(x) - 1, LISTS, "the last number has", ""),
    "the first row": (lambda x: index(x)[0] > 0, None, "the first row has", ""),
    "the last row": (lambda x: index(x)[0] < len(x) - 1, None, "the last row has", ""),
    "the first column": (lambda x: index(x)[1] > 0, None, "the first column has", ""),
    "the last column": (lambda x: index(x)[1] < x.shape[1] - 1, None, "the last column has", ""),
    "other rows": (lambda x: index(x)[0] == 0, None, "all rows but the first have", ""),
    "other columns": (lambda x: index(x)[1] == 0, None, "all columns but the first have", ""),
    "off": (lambda x: index(x)[0] == index(x)[1], SQUARE, "the numbers off the diagonal have", ""),
    "on": (lambda x: index(x)[0] != index(x)[1], SQUARE, "the numbers on the diagonal have", ""),
    "above": (lambda x: index(x)[0] >= index(x)[1], SQUARE, "the numbers above the diagonal have", ""),
    "below": (lambda x: index(x)[0] <= index(x)[1], SQUARE, "the numbers below the diagonal have", ""),
    "no place": (lambda x: (index(x)[0] == 1) & (index(x)[1] == 1), None, "", ""),
}  # fmt: skip


@pytest.mark.parametrize(("keep", "cases", "says", "_"), SEEN.values(), ids=SEEN)
def test_which_numbers_have_no_effect(keep, cases, says, _):
    few, many = unseen(keep, cases)
    assert few == ([f"{says} no effect, and should"] if says else [])
    assert many == ([f"{says} an effect, and should not"] if says else [])


def names(x):
    wanted = dict(_named(x))
    return {text: mark.flatten().int().tolist() for text, mark in wanted.items()}


def test_numbers_by_their_size():
    found = names(tensor([2.0, -1.0, 3.0]))
    sizes = {
        "all but the largest": [1, 1, 0],
        "all but the smallest": [1, 0, 1],
        "the largest number alone": [0, 0, 1],
        "the smallest number alone": [0, 1, 0],
        "all above zero": [1, 0, 1],
        "all below zero": [0, 1, 0],
    }
    places = {"the first number": [1, 0, 0], "the last number": [0, 0, 1], "all but the first": [0, 1, 1],
              "all but the last": [1, 1, 0], "all but the first two": [0, 0, 1]}  # fmt: skip
    assert found == {**places, **sizes}
    assert names(tensor([0.0, 0.0]))["all above zero"] == names(tensor([0.0, 0.0]))["all below zero"] == [0, 0]
    assert set(names(drawn(0, 2, 3, 2))) == set(sizes)
    table = set(names(drawn(0, 2, 3)))
    assert not any("diagonal" in text for text in table) and len(table) == 12
    assert len(names(drawn(0, 3, 3))) == 16


def test_which_tables_are_nudged():
    whole = tables((5,), (6,), draw=lambda *a: drawn(*a).round(), d=0)
    few = lambda x: (x[0] + 0.1 * x[0] ** 3) + 0.123
    all_ = lambda x: (x + 0.1 * x**3).sum() + 0.123
    effects = lambda cases: [t for t in told(all_, few, cases) if t.startswith("of `x`")]
    assert effects(LISTS) and effects(whole) == []  # a table of counts has no other numbers
    assert effects(tables((24,), (24,), d=0)) and effects(tables((25,), (25,), d=0)) == []  # too many
    assert effects(tables((5,), (6,), draw=lambda *a: drawn(*a).softmax(0), d=0)) == []
    infinite = [Case("random", {"x": torch.cat([c.arguments["x"], tensor([-torch.inf])])}) for c in LISTS]
    soft = lambda f: lambda x: f(x[:-1])
    assert [t for t in told(soft(all_), soft(few), infinite) if t.startswith("of `x`")] == []
    # An effect far below what can be seen is one; rounding is none.
    besides = lambda by: [t for t in told(all_, lambda x: few(x) + by * x.sum(), LISTS) if t.startswith("of `x`")]
    assert besides(1e-8) == [] != besides(1e-13) == effects(LISTS)
    # A nudge goes up, so that what is positive stays so.
    small = tables((5,), (6,), draw=lambda *a: drawn(*a).abs() / 99, d=0)
    root = lambda f: lambda x: f(x.sqrt())
    assert [t for t in told(root(all_), root(few), small) if t.startswith("of `x`")] == effects(LISTS)
    both = [Case("random", {"n": torch.tensor([3, 4]), **c.arguments}) for c in LISTS]
    after = lambda f: lambda n, x: f(x)
    assert [t for t in told(after(all_), after(few), both) if t.startswith("of `x`")] == effects(LISTS)
    stops = lambda x: few(x) if x.flatten()[1] in {c.arguments["x"][1].item() for c in LISTS} else {}["x"]
    assert [t for t in told(all_, stops, LISTS) if t.startswith("of `x`")] == []  # where it stops, nothing is known


def test_pieces_need_a_table_and_two_cases():
    numbers = [Case("random", {"a": v}) for v in (1.5, 2.5, 3.5)]
    assert told(lambda a: a, lambda a: 2 * a, numbers) == []
    a = Asking(trials(tables(*USUAL), square, square), [""])
    assert pieces(a) == []  # it is right
