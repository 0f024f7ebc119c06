"""What an answer does when it is asked again: chance, symmetries, what its error changes with, other reactions."""

import math

import pytest
import torch

from course_pkg.grading import Case, Symmetry, probes
from course_pkg.grading.calling import Outcome
from course_pkg.grading.evidence import Trials
from course_pkg.grading.plain import encode
from course_pkg.grading.probes import MOST, _new, asked_again
from course_pkg.grading.probes import asking as asking_module
from course_pkg.grading.probes.asking import Asking, numbers, patient
from course_pkg.grading.probes.behaviour import (
    behaviour,  # fmt: skip
    changed,
    normalised,
    nudged,
    renormalised,
    special,
    specials,
)
from course_pkg.grading.probes.changes import _alike, _reaction, probed
from course_pkg.grading.relations import Relation
from probing import asking, called, drawn, question, said, scalars, tensor, trial, trials


def told(right, answer, cases=None, entries=("",), **more):
    return said(behaviour(trials(scalars() if cases is None else cases, right, answer, **more), list(entries)))


# --- chance, symmetries, idle arguments -------------------------------------------------------------------------------


def test_an_answer_that_draws_is_said_to():
    draws = iter(drawn(0, 99).tolist())
    text = "two calls on the same input differ: the answer draws at random, or remembers"
    assert told(lambda a, b: a, lambda a, b: a + next(draws)) == [("random", text)]
    tiny = iter([0, 1e-7] * 99)
    assert ("random", text) in told(lambda a, b: a, lambda a, b: a * b + next(tiny))
    tiny = iter([0, 1e-10] * 99)
    assert ("random", text) not in told(lambda a, b: a, lambda a, b: a * b + next(tiny))


UNITS = Symmetry("double where `a` is doubled", lambda g: {"a": 2 * g["a"]}, lambda g, v: 2 * v)
SAME = Symmetry("not follow the unit of `b`", lambda g: {"b": 3 * g["b"]})


def test_symmetries_that_an_answer_breaks():
    broken = lambda answer: [t for k, t in told(lambda a, b: a, answer, symmetries=(UNITS, SAME)) if k == "symmetry"]
    assert broken(lambda a, b: 3 * a) == []
    assert broken(lambda a, b: a * b) == ["it should not follow the unit of `b`, and does not"]
    assert broken(lambda a, b: a * a) == ["it should double where `a` is doubled, and does not"]
    assert len(broken(lambda a, b: a * a * b)) == 2
    assert broken(lambda a, b: a * a if a < 2.8 else {}["x"]) == []  # one that stops proves nothing
    assert broken(lambda a, b: 3 * a * (1 + 2e-6 * (b > 5))) == ["it should not follow the unit of `b`, and does not"]
    assert broken(lambda a, b: 3 * a * (1 + 2e-7 * (b > 5))) == []


def test_an_argument_without_effect():
    text = "`b` has no effect on it, and should"
    assert ("no effect", text) in told(lambda a, b: a * b, lambda a, b: a)
    assert not any("effect" in t for _, t in told(lambda a, b: a * b, lambda a, b: a + 1e-10 * b))
    part = lambda a, b: a if a > 1.5 else a * b
    assert told(lambda a, b: a * b, part)[0] == (
        "condition", "in all 2 cases that are wrong `b` has no effect, and should")  # fmt: skip
    assert not any("effect" in t for _, t in told(lambda a, b: a * b, lambda a, b: a * b**1.001))


def test_what_the_error_changes_with():
    text = "the error changes with `a` and not with `b`: what stands with the latter alone is right"
    assert told(lambda a, b: a + b, lambda a, b: a * a + b) == [
        ("special", "right as soon as `a` is zero or `a` is one"), ("error", text)]  # fmt: skip
    none = ("error", "the error depends on no number that comes in, only on the shapes")
    assert told(lambda a, b: a + b, lambda a, b: a + b + 0.7) == [none]
    half = lambda a, b: a + b + 0.7 * (a > 1.5)
    assert told(lambda a, b: a + b, half) != [none]  # some cases are right
    assert told(lambda a, b: a + b, lambda a, b: a * b) == []  # with both
    assert told(lambda a, b: math.floor(a + b), lambda a, b: math.floor(a + b) + 3.0) == []  # counts
    trivial = [*scalars(), Case("random", {"a": 0.0, "b": 2.0}, counts=False)]
    assert none in told(lambda a, b: a + b, lambda a, b: a + b + 0.7 * (a > 0), trivial)
    tables = [Case("random", {"x": drawn(k, 3), "y": drawn(k + 9, 3)}) for k in range(3)]
    assert told(lambda x, y: x + y, lambda x, y: x**3 + y, tables)[1:] == [
        ("error", text.replace("`a`", "`x`").replace("`b`", "`y`"))]  # fmt: skip


def test_a_second_case_is_asked_as_well():
    """In the first case the error does not follow `b`, in the last it does."""
    cases = [Case("random", {"a": a, "b": 2.5}) for a in (1.1, 1.3, 4.0)]
    either = lambda a, b: a * a + b * (1.3 if a > 3 else 1.0) + 0.5
    found = lambda some: [t for _, t in told(lambda a, b: a + b, either, some) if "not with" in t]
    assert found(cases[:2]) and not found(cases) and found([cases[0], cases[2], cases[1]])


def test_whom_it_asks():
    assert told(lambda a, b: a, lambda a, b: a) == told(lambda a, b: a, lambda a, b: {}["x"]) == []
    t = trials(scalars(), lambda a, b: a + b, lambda a, b: a * a + b)
    assert behaviour(Trials(t.question, t.all), [""]) == []
    t.question.reference = None
    assert behaviour(t, [""]) == []
    assert told(lambda a, b: a + b, lambda a, b: math.inf if a else 0.0) == []
    asked = []
    cases = [Case("hand", {"a": 9.0, "b": 1.5}), *scalars()]
    t = trials(cases, lambda a, b: a + b, lambda a, b: asked.append(a) or a * a + b)
    asked.clear()
    behaviour(t, [""])
    assert asked[0] == asked[1] == cases[1].arguments["a"]  # no case by hand, where another is wrong


# --- other values of an argument --------------------------------------------------------------------------------------


def values(name, **arguments):
    case = Case("trap", arguments, {"d": 2})
    found = changed(case, name)
    assert all((c.rung, c.sizes) == ("trap", {"d": 2}) and c.arguments.keys() == arguments.keys() for c in found)
    return [c.arguments[name] for c in found]


def test_the_values_that_are_tried():
    assert values("a", a=2.0, n=3) == pytest.approx([2.14, 1.8, 4, 1, 20, 0.2])
    assert values("n", a=2.0, n=3) == [4, 5, 9, 30]
    assert values("seed", seed=3) == values("hidden", hidden=3) == values("w", w="word") == []
    assert values("x", x=torch.tensor([1, 2])) == []
    x = tensor([[1.0, -2.0], [3.0, 4.0]])
    near, below, ten, tenth, squares, turned = values("x", x=x)
    assert torch.allclose(near, x * (1 + 0.2 * tensor([[0.5, 5 / 6], [7 / 6, 1.5]])))
    assert torch.allclose(below, x * (1 - 0.1 * tensor([[0.5, 5 / 6], [7 / 6, 1.5]])))
    assert torch.equal(ten, 10 * x) and torch.equal(tenth, x / 10) and squares.tolist() == [[1, -4], [9, 16]]
    assert turned.tolist() == [[4, 3], [-2, 1]]
    p = tensor([[0.25, 0.75], [0.5, 0.5]])
    assert len(values("p", p=p)) == 3 and all(torch.allclose(v.sum(1), tensor([1.0, 1.0])) for v in values("p", p=p))


def test_what_sums_to_one():
    p = tensor([[0.25, 0.75], [0.5, 0.5]])
    assert normalised(p) == "numbers, rows" and normalised(p.log()) == "logs, rows"
    assert normalised(p / 2) == "numbers, all" and normalised((p / 2).log()) == "logs, all"
    assert normalised(p[0]) == "numbers, rows" and normalised(p[0].log()) == "logs, rows"
    each = torch.stack([p / 2, p.T / 2])
    assert normalised(each) == "numbers, each" and normalised(each.log()) == "logs, each"
    assert normalised(2 * p) == normalised(tensor([1.5, -0.5])) == normalised(tensor([0.25, 0.75 + 1e-8])) == ""
    assert normalised(torch.tensor(1.0)) == "" and normalised(tensor([0.0, 1.0])) == "numbers, rows"
    assert normalised(tensor([0.0, -math.inf])) == "logs, rows" and normalised(p.T) == ""
    for kind in ("numbers, rows", "numbers, all", "numbers, each", "logs, rows", "logs, all", "logs, each"):
        shifted = each.log() + 0.3 if kind.startswith("logs") else 1.7 * each
        again = renormalised(shifted, kind)
        again = again.exp() if kind.startswith("logs") else again
        axes = {"rows": (2,), "all": (0, 1, 2), "each": (1, 2)}[kind.split(", ")[1]]
        assert torch.allclose(again.sum(axes), torch.tensor(1.0).double())
    assert renormalised(2 * p, "") is not p and torch.equal(renormalised(2 * p, ""), 2 * p)
    assert nudged(tensor([-math.inf, 0.0]), 0.2).tolist() == [-math.inf, 0.0]


# --- special values ---------------------------------------------------------------------------------------------------


def special_values(**arguments):
    case = Case("random", arguments)
    return {p.text: {n: v for n, v in c.arguments.items() if v is not arguments[n]} for p, c in specials(case)}


def test_special_values_of_numbers():
    a = special_values(a=3.0)
    assert a == {"`a` is zero": {"a": 0.0}, "`a` is one": {"a": 1.0}, "`a` is one half": {"a": 0.5},
                 "`a` is a quarter of pi": {"a": math.pi / 4}}  # fmt: skip
    assert "`a` is one" not in special_values(a=1.0)
    assert special_values(n=3) == {"`n` is one": {"n": 1}, "`n` is zero": {"n": 0}}
    assert special_values(flag=True) == special_values(seed=3) == special_values(hidden=3) == {}
    assert special_values(word="x") == special_values(x=torch.tensor([1, 2])) == {}
    two = special_values(n=3, m=5)
    assert two["`n` equals `m`"] == {"n": 5} and len(two) == 5
    assert "`n` equals `m`" not in special_values(n=3, m=3) and len(special_values(n=3, seed=5)) == 2
    assert len(special_values(n=3, a=5.0)) == 6 and special_values(a=3.0, b=5.0)["`a` equals `b`"] == {"a": 5.0}
    assert len(special_values(n=3, flag=True)) == 2


def test_special_values_of_tables():
    x = tensor([[2.0, 3.0], [4.0, 5.0]])
    found = special_values(x=x)
    assert {k: v["x"].tolist() for k, v in found.items()} == {
        "`x` is zero": [[0, 0], [0, 0]],
        "`x` is one": [[1, 1], [1, 1]],
        "`x` is diagonal": [[2, 0], [0, 5]],
    }
    assert set(special_values(x=x[:1])) == set(special_values(x=x[0])) == {"`x` is zero", "`x` is one"}
    assert set(special_values(x=torch.eye(2).double())) == {"`x` is the same everywhere"}
    assert set(special_values(x=2 * torch.eye(2).double())) == {"`x` is zero", "`x` is one"}
    p = tensor([[0.25, 0.75], [0.5, 0.5]])
    assert special_values(p=p)["`p` is the same everywhere"]["p"].tolist() == [[0.5, 0.5], [0.5, 0.5]]
    logs = special_values(p=p.log())
    assert list(logs) == ["`p` is the same everywhere"] and torch.allclose(
        logs["`p` is the same everywhere"]["p"].exp(), tensor([[0.5, 0.5], [0.5, 0.5]]))  # fmt: skip
    joint = tensor([[0.1, 0.2], [0.3, 0.4]])  # where all of it sums to one, its rows become the same as well
    assert special_values(p=joint)["`p` is the same everywhere"]["p"].tolist() == [[0.25, 0.25], [0.25, 0.25]]
    same = special_values(p=joint.log())["`p` is the same everywhere"]["p"]
    assert torch.allclose(same.exp(), tensor([[0.25, 0.25], [0.25, 0.25]]))
    both = special_values(x=x, y=x + 1, z=x[0])
    assert torch.equal(both["`x` equals `y`"]["x"], x + 1) and "`x` equals `z`" not in both
    assert list(special_values(x=torch.zeros(3).double())) == ["`x` is one"]


def right_where(right, answer, cases=None):
    t = trials(scalars() if cases is None else cases, right, answer)
    return [r.text for r in special(t, [""], [c.case for c in t.all])]


def test_right_as_soon_as_an_argument_is_special():
    assert right_where(lambda a, b: a * b, lambda a, b: a * b**2) == ["right as soon as `b` is one"]
    assert right_where(lambda a, b: 1 + a * b, lambda a, b: 1 + a * a) == [
        "right as soon as `a` is zero or `a` equals `b`"
    ]
    assert right_where(lambda a, b: a * b, lambda a, b: 3 * a * b) == []  # zero by itself is no merit
    assert right_where(lambda a, b: a * b + 1, lambda a, b: 3 * a * b + 1) == [
        "right as soon as `a` is zero or `b` is zero"]  # fmt: skip
    # A little beside one it is right as well: then one is no special value.
    capped = lambda a, b: a * b if b < 1.4 else 7.0
    assert right_where(lambda a, b: a * b, capped, scalars(low=1.5)) == []
    assert right_where(lambda a, b: a * b, lambda a, b: a * b**2, scalars(1)) == []  # one case
    by_hand = [Case("hand", c.arguments) for c in scalars()]
    assert right_where(lambda a, b: a * b, lambda a, b: a * b**2, by_hand) == []
    counts = [Case("random", {"n": n, "b": 1.5}) for n in (3, 4)]
    assert right_where(lambda n, b: n * b, lambda n, b: n**2 * b, counts) == ["right as soon as `n` is one"]
    many = lambda f: f"right as soon as {f}"
    f = lambda a, b: 1.3 + a * (a - 1) * (a - 0.5) * (a - math.pi / 4)
    assert right_where(lambda a, b: 1.3, f) == [many("`a` is zero or `a` is one or `a` is one half")]
    t = trials(scalars(), lambda a, b: a * b, lambda a, b: a * b**2)
    assert special(Trials(t.question, t.all), [""], [c.case for c in t.all]) == []


# --- reactions --------------------------------------------------------------------------------------------------------


def reaction(right, theirs, got, mine, what="is doubled"):
    return _reaction(*(tensor([v] if isinstance(v, float | int) else v) for v in (right, theirs, got, mine)), what)


REACTIONS = {
    "stays": ((1, 1, 2, 3), "it should stay the same, and does not"),
    "changes": ((1, 2, 3, 3), "it should change, and does not"),
    "both stay": ((1, 1, 3, 3), ""),
    "rises": ((1, 2, 3, 2), "it should rise, and does the opposite"),
    "falls": ((2, 1, 2, 3), "it should fall, and does the opposite"),
    "twice and four times": ((1, 2, 3, 12), "it should be twice as much, and is four times as much"),
    "half": ((1, 0.5, 3, 0.75), "it should be half, and is a quarter"),
    "no known": ((1, 2, 3, 9), ""),
    "the same times": ((1, 2, 3, 6), ""),
    "of several": (([1, 2], [2, 4], [3, 4], [1, 2]), ""),
    "of several that stay": (([1, 2], [1, 2], [3, 4], [1, 2]), "it should stay the same, and does not"),
    "eight": ((1, 8, 3, 6), "it should be eight times, and is twice as much"),
    "nearly the same": ((1, 1 + 1e-10, 3, 6), "it should stay the same, and does not"),
    "not the same": ((1, 1 + 1e-8, 3, 3), "it should change, and does not"),
}


@pytest.mark.parametrize(("numbers_", "says"), REACTIONS.values(), ids=REACTIONS)
def test_reactions_in_words(numbers_, says):
    assert reaction(*numbers_) == says


def test_reactions_of_small_numbers():
    assert reaction(0, 5e-13, 3, 6) == "it should stay the same, and does not"
    assert reaction(0, 5e-11, 3, 3) == "it should change, and does not"
    assert reaction(1e-10, 2e-10, 3, 12) == "it should be twice as much, and is four times as much"
    assert reaction(1, 2 + 1e-6, 3, 12) != "" == reaction(1, 2 + 5e-6, 3, 12)


def test_a_reaction_to_zero():
    assert reaction(1, 0, 2, 3, "is zero") == "it should be zero, and is not"
    assert reaction(1, 4, 2, 0, "is zero") == "it should not be zero, and is"
    assert reaction(1, 0, 2, 1e-13, "is zero") == reaction(1, 4, 2, 3, "is zero") == ""
    assert reaction([1, 1], [0, 1], [1, 1], [0, 0], "is zero") == "it should not be zero, and is"


def test_what_two_reactions_have_in_common():
    rise, fall = (f"it should {way}, and does the opposite" for way in ("rise", "fall"))
    still = "it should change, and does not"
    assert (
        _alike({rise, still}) == "it should rise, and does not"
        and _alike({fall, still}) == "it should fall, and does not"
    )
    assert _alike({rise, fall}) == _alike({rise, still, ""}) == _alike({still, ""}) == _alike({rise, fall, still}) == ""
    assert _alike({rise, ""}) == ""


def reacts(right, answer, cases=None, seen="", **more):
    found = said(probed(asking(scalars() if cases is None else cases, right, answer, **more), seen))
    assert all(kind == "symmetry" for kind, _ in found)
    return [text for _, text in found]


mixed = [Case("random", {"a": a, "b": b}) for a, b in ((1.7, 2.3), (-1.9, -2.9), (2.2, 3.1))]
PROBED = {
    "doubled": (lambda a, b: a * b, lambda a, b: a**2 * b, None,
                ["where `a` is doubled, it should be twice as much, and is four times as much"]),
    "one added": (lambda a, b: math.floor(a) - a, lambda a, b: a * b + 0.3, None, []),
    "sign": (lambda a, b: a**2 + b, lambda a, b: a**2 + a + b, mixed,
             ["where `a` changes sign, it should stay the same, and does not"]),
    "one sign": (lambda a, b: a**2 + b, lambda a, b: a**2 + a + b, None, []),
    "zero": (lambda a, b: a * (b + 0.3), lambda a, b: a * b + 0.3 * a + 0.2, None,
             ["where `a` is zero, it should be zero, and is not"]),
    "not zero": (lambda a, b: a + b, lambda a, b: a * b, None, []),
}  # fmt: skip


def test_one_change_of_each_argument_is_told():
    assert reacts(*PROBED["doubled"][:2]) == PROBED["doubled"][3]
    assert PROBED["sign"][3][0] in reacts(*PROBED["sign"][:2], mixed)
    assert not any("sign" in t for t in reacts(*PROBED["sign"][:2]))  # `a` has one sign in all cases
    below = [Case("random", {"a": -c.arguments["a"], "b": c.arguments["b"]}) for c in scalars()]
    assert not any("sign" in t for t in reacts(*PROBED["sign"][:2], below))
    assert reacts(*PROBED["zero"][:2])[:1] == PROBED["zero"][3]
    assert reacts(lambda a, b: a * b, lambda a, b: 3 * a * b) == []
    assert reacts(*PROBED["doubled"][:2], seen="of `a` and `b`") == []
    assert reacts(*PROBED["doubled"][:2], scalars(1)) == [] != reacts(*PROBED["doubled"][:2], scalars(2))
    three = [Case("random", {**c.arguments, "c": 1.5}) for c in scalars()]
    found = reacts(lambda a, b, c: a * b * c, lambda a, b, c: (a * b * c) ** 2, three)
    assert [t[:17] for t in found] == ["where `a` is doub", "where `b` is doub"]  # two at the most
    # The same in three cases, or nothing.
    odd = scalars()[2].arguments["a"]
    assert reacts(lambda a, b: a * b, lambda a, b: a * b * (a if abs(a / odd % 1) > 1e-9 else 3), scalars(3)) == []
    cubes = lambda a, b: abs(a) ** 3 * b
    assert "is cubed" not in " ".join(reacts(lambda a, b: a**3 * b, cubes))


SOME = [*scalars(3), Case("random", {"a": 5.0, "b": 1.5}), Case("hand", {"a": 4.5, "b": 1.5})]
FIRST = [c.arguments["a"] < 3 for c in SOME]  # what the first three cases have in common, and the others have not
CONTRADICTED = {
    "stands still": (lambda a, b: a * b, lambda a, b: 3.0 if a < 3 and b < 4 else 2 * a * b, "should change"),
    "moves": (lambda a, b: (a < 0) + b, lambda a, b: b + a * (a < 3) + 0.3, "should stay the same"),
    "falls": (lambda a, b: a + b, lambda a, b: -a - b if a < 4 else 2 * a + b, "should rise"),
    "zero": (lambda a, b: a * b, lambda a, b: a * b + 1 if b > 1.5 else 2 * a * b, "should be zero"),
    "times": (lambda a, b: a * b, lambda a, b: a * a * b if a < 4.4 else 2 * a * b, "should be twice as much"),
}


@pytest.mark.parametrize(("right", "answer", "says"), CONTRADICTED.values(), ids=CONTRADICTED)
def test_what_another_case_contradicts_is_said_of_some_cases(right, answer, says):
    assert FIRST == [True] * 3 + [False] * 2
    assert any(says in text for text in reacts(right, answer, SOME[:3]))
    assert not any(
        "`a`" in text and says in text and not text.endswith(", in some cases") for text in reacts(right, answer, SOME)
    )


def test_what_has_no_reaction():
    """A number that was infinite, and numbers that become more or fewer; a zero is a number like others."""
    given = [c.arguments["a"] for c in scalars()]
    assert reacts(lambda a, b: a * b, lambda a, b: math.inf if a in given else a * b) == []
    once = [Case("random", {"n": 1, "b": b}) for b in (1.5, 2.5)]
    assert reacts(lambda n, b: b * torch.ones(n), lambda n, b: b * b * torch.ones(n), once) == [
        "where `b` is doubled, it should be twice as much, and is four times as much"]  # fmt: skip
    zeros = [Case("random", {**c.arguments, "b": 0.0}) for c in scalars()]
    assert reacts(lambda a, b: a + b, lambda a, b: a * a + b, zeros)[0].startswith("where `a` is doubled")


def test_changes_by_the_kind_of_argument():
    one_more = [Case("random", {"n": n, "seed": 1}) for n in (2, 3, 5)]
    assert reacts(lambda n, seed: 1.5 + n % 2, lambda n, seed: 7.3 + n // 7 / 9, one_more) == [
        "where `n` has one added, it should change, and does not"]  # fmt: skip
    assert reacts(lambda n, seed: n / 3, lambda n, seed: 7.3 - n, one_more) == [
        "where `n` is doubled, it should rise, and does the opposite"]  # fmt: skip
    with_word = [Case("random", {"n": n, "w": "word"}) for n in (2, 3, 5)]
    assert reacts(lambda n, w: n / 3, lambda n, w: 7.3 - n, with_word) == []
    shares = [Case("random", {"a": a}) for a in (0.3, 0.4, 0.8)]
    assert reacts(lambda a: a / 3, lambda a: a**2, shares) == [
        "where `a` is halved, it should be half, and is a quarter"
    ]
    assert reacts(lambda a: a * (1 - a), lambda a: a, shares)[0].startswith(
        "where `a` is one less itself, it should stay"
    )
    tables = [Case("random", {"x": drawn(k, 4)}) for k in range(3)]
    assert reacts(lambda x: x.square().sum(), lambda x: x[0] ** 2 * x.square().sum(), tables) == [
        "where `x` comes in reversed order, it should stay the same, and does not"]  # fmt: skip
    p = [Case("random", {"p": drawn(k, 4).softmax(0)}) for k in range(3)]
    h = lambda p: -(p * p.log()).sum()
    assert reacts(h, lambda p: 2.0 - h(p), p) == [
        "where `p` is squared and normalised again, it should fall, and does the opposite"]  # fmt: skip
    traps = [Case("trap", c.arguments) for c in scalars()]
    assert reacts(*PROBED["doubled"][:2], traps) == [PROBED["doubled"][3][0] + ", in a trap"]
    assert reacts(*PROBED["doubled"][:2], [*traps[:1], *scalars()]) == PROBED["doubled"][3]


# --- asking -----------------------------------------------------------------------------------------------------------


def test_what_asking_gives():
    a = asking(scalars(), lambda a, b: a * b, lambda a, b: a if a < 5 else math.nan)
    case = scalars()[0]
    both = a.both(case, a=2)
    assert both and both.right[""].item() == 2 * case.arguments["b"] and both.got[""].item() == 2.0
    assert a.both(case, a=6.0) is None  # not finite
    typed = asking(scalars(), lambda a, b: a, lambda a, b: 1.0 if type(a) is float else {}["x"])
    assert typed.both(case, a=2) and typed.both(case, a=tensor(2.0))  # a number of Python stays one
    told_ = Case("hand", {"a": 1.5}, told="a is {a}")
    seen = []
    t = trials([told_], lambda a: a, lambda a: 2 * a)
    Asking(Trials(t.question, t.all, again=lambda some: seen.extend(some) or [{}]), [""]).both(told_, a=2.0)
    assert seen[0].told == "" and seen[0].rung == "hand" and seen[0].arguments == {"a": 2.0}
    shapes = asking(scalars(), lambda a, b: a, lambda a, b: tensor([a, b]))
    assert shapes.both(case) is None
    lacks = asking(scalars(), lambda a, b: {"x": a, "y": b}, lambda a, b: {"x": a}, entries=("x", "y"))
    assert lacks.both(case) is None and not lacks.off(lacks.trials.all[0])
    some = asking(scalars(), lambda a, b: {"x": a, "y": b}, lambda a, b: {"x": a, "y": 2 * b}, entries=("x", "y"))
    assert [v.tolist() for v in some.both(case).flat(["y", "x"])] == [
        [case.arguments["b"], case.arguments["a"]], [2 * case.arguments["b"], case.arguments["a"]]]  # fmt: skip
    assert some.off(some.trials.all[0])


def test_the_same_is_asked_once():
    """Of a case as it stands, or with the same numbers once more; also where the answer has none."""
    seen = []
    a = asking(scalars(), lambda a, b: a * b, lambda a, b: seen.append(a) or (a if a < 5 else {}["x"]))
    case, other = scalars()[:2]
    seen.clear()
    assert a.both(case) is a.both(case) is a.both(case, a=case.arguments["a"]) and len(seen) == 1
    assert a.both(case, a=6.0) is a.both(case, a=6) is None and seen[1:] == [6.0]
    assert a.both(other) is not a.both(case) and a.both(case, b=6.0) is not a.both(case) and len(seen) == 4


def test_whom_most_is_learnt_from():
    rungs = ("hand", "trap", "random", "oracle", "trap", "hand")
    cases = [Case(r, {"a": 1.5 + k}) for k, r in enumerate(rungs)]
    asked = lambda some: [t.case.rung for t in asking(some, lambda a: a, lambda a: 2 * a).wrong()]
    assert asked(cases) == ["random", "oracle", "trap"] and asked(cases[:2]) == ["trap", "hand"]
    assert [t.case.arguments["a"] for t in asking(cases, lambda a: a, lambda a: a + (a > 4)).wrong()] == [4.5, 5.5, 6.5]
    assert len(asking(cases, lambda a: a, lambda a: a).wrong()) == 0


def test_what_is_asked_of_an_argument():
    a = lambda *values: asking([Case("random", {"a": v}) for v in values], lambda a: 1.0, lambda a: 2.0)
    assert a(0.0, 1.0, 0.5).share("a") and a(tensor([0.0, 1.0])).share("a")
    assert not a(0.5, 1.1).share("a") and not a(0.5, -0.1).share("a") and not a(1, 0).share("a")
    assert not a(0.5).share("b")
    assert (
        a(1.0).real("a") and a(tensor([1.0]), tensor([1.5])).real("a") and not a(tensor([1.0]), tensor([2.0])).real("a")
    )
    assert a(0.0, 2.0).one_sign("a") and a(0.0, -2.0).one_sign("a") and not a(1.0, -2.0).one_sign("a")
    assert a(tensor([0.0, 2.0]), 3).one_sign("a") and not a(tensor([-1.0, 2.0])).one_sign("a")
    assert asking(scalars(), lambda a, b: 1.5, lambda a, b: 2.0).real_answers()
    assert not asking(scalars(), lambda a, b: 1.0, lambda a, b: 2.5).real_answers()
    case = Case("random", {"a": 1.5, "n": 3, "x": drawn(0, 2), "k": torch.tensor([1]), "d": 2.0, "w": "a"}, {"d": 2})
    assert [name for name, _ in numbers(case)] == ["a", "x"]


def test_patience_ends():
    clock = [0.0, 0.0]  # on the wall, of the processor

    def ask(cost, work):
        def asked(cases):
            clock[0] += cost
            clock[1] += work
            return [Outcome("value", encode(1.0)) for _ in cases]

        return asked

    def told_(cost, work):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asking_module, "time", type("T", (), {"monotonic": staticmethod(lambda: clock[0]),
                          "process_time": staticmethod(lambda: clock[1])}))  # fmt: skip
            again = patient(ask(cost, work))
            return [len(again([None])[0]) for _ in range(4)]

    assert told_(2.4, 2.4) == [1, 1, 1, 0] and told_(5.0, 5.0) == [1, 0, 0, 0] and told_(4.9, 4.9) == [1, 1, 0, 0]
    assert told_(5.1, 0.1) == [1, 1, 1, 1]  # others use the machine
    assert told_(50.0, 0.1) == [1, 0, 0, 0] and told_(49.9, 0.1) == [1, 1, 0, 0]  # it only waits
    calls = []
    endless = patient(lambda cases: calls.append(1) or [Outcome("endless") for _ in cases])
    assert [endless([None, None]), endless([None])] == [[{}, {}], [{}]] and calls == [1]


# --- all of it --------------------------------------------------------------------------------------------------------


def everything(right, answer, cases=None, kinds=(), seen="", **more):
    return said(asked_again(trials(scalars() if cases is None else cases, right, answer, **more), [""], kinds, seen))


def test_all_that_asking_again_tells():
    draws = iter(drawn(0, 99).tolist())
    assert [k for k, _ in everything(lambda a, b: a, lambda a, b: a + next(draws))] == ["random"]
    assert [k for k, _ in everything(lambda a, b: a * b, lambda a, b: a)] == ["no effect"]
    found = everything(lambda a, b: a * b, lambda a, b: a**2 * b + 0.1)
    assert 1 <= len(found) <= MOST == 3
    ranks = {"symmetry": 0, "piece": 1, "response": 1, "error": 2, "strength": 3, "special": 4, "place": 5}
    places = [ranks.get(kind, 2) for kind, _ in found]
    assert places == sorted(places)
    t = trials(scalars(), lambda a, b: a * b, lambda a, b: a**2 * b)
    assert asked_again(Trials(t.question, t.all), [""], (), "") == []


def test_what_was_told_of_an_argument_is_not_told_again():
    first = everything(lambda a, b: a * b, lambda a, b: a * b**2)
    assert ("special", "right as soon as `b` is one") in first
    assert not any(text.startswith(("where `b` is doubled", "it should go")) for _, text in first)
    probe = lambda asking: [Relation("place", "`a` is"), Relation("place", "`b` is"), Relation("place", "no name")]
    new = lambda found, seen: [r.text for r in _new(probe, None, [Relation("place", t) for t in found], seen)]
    assert new([], "") == ["`a` is", "`b` is", "no name"] and new(["of `a` this"], "") == ["`b` is", "no name"]
    assert new([], "`b` that") == ["`a` is", "no name"] and new(["`a`"], "`b`") == ["no name"]


@pytest.mark.parametrize("kind", ["symmetry", "condition", "piece", "response", "zero", "error", "strength", "special",
                                  "place"])  # fmt: skip
def test_the_most_telling_comes_first(kind, monkeypatch):
    """Each kind before those that tell less, in whatever order they were found."""
    order = (
        ("symmetry", "condition"),
        ("piece", "response"),
        ("zero", "error"),
        ("strength",),
        ("special",),
        ("place",),
    )
    rank = next(i for i, kinds in enumerate(order) if kind in kinds)
    for other in (kinds[0] for i, kinds in enumerate(order) if i != rank):
        before = next(i for i, kinds in enumerate(order) if other in kinds) < rank
        for pair in ((kind, other), (other, kind)):
            monkeypatch.setattr(probes, "behaviour", lambda *_, pair=pair: [Relation(k, f"`a` `b` {k}") for k in pair])
            for name in ("pieces", "probed", "responses", "limits", "ladder"):
                monkeypatch.setattr(probes, name, lambda *_: [])
            found = [k for k, _ in everything(lambda a, b: a, lambda a, b: a + b) if k in pair][:2]
            assert found == ([other, kind] if before else [kind, other])


def test_a_probe_is_asked_while_there_is_room(monkeypatch):
    """Three sentences are enough: what comes later is then not asked at all."""
    names = ("behaviour", "pieces", "probed", "responses", "limits", "ladder")
    asked = []

    def saying(counts):
        for name in names:
            count = counts.get(name, 0)
            monkeypatch.setattr(probes, name, lambda *_, name=name, count=count: asked.append(name) or [
                Relation("place", f"{name} {k}") for k in range(count)])  # fmt: skip
        asked.clear()
        found = everything(lambda a, b: a, lambda a, b: a + b)
        return [*asked], len(found)

    assert saying({}) == ([*names], 0) and saying({"ladder": 2}) == ([*names], 2)
    assert saying({"behaviour": 2}) == ([*names], 2) and saying({"behaviour": 3}) == ([*names[:3]], 3)
    assert saying({"pieces": 1, "probed": 2}) == ([*names[:3]], 3) and saying({"responses": 3}) == ([*names[:4]], 3)
    assert saying({"limits": 3}) == ([*names[:5]], 3) and saying({"behaviour": 5}) == ([*names[:3]], 3)
    assert saying({"behaviour": 2, "responses": 1}) == ([*names[:4]], 3)
    assert saying({"behaviour": 1, "limits": 1, "ladder": 3}) == ([*names], 3)


def test_what_is_near_is_not_probed():
    right, answer = (lambda a, b: a**2 + b), (lambda a, b: a**2 + b + 0.3 * a * b + 0.2)
    with_sign = lambda *kinds: [t for _, t in everything(right, answer, mixed, kinds) if "changes sign" in t]
    assert with_sign() and with_sign("condition") and not with_sign("near") and not with_sign("grid")


def test_the_helpers_of_these_tests_stop_where_an_answer_does():
    assert called(lambda a: {}["x"], Case("random", {"a": 1.0})) == {} and question().oracle is None
    assert trial([1.0], [2.0]).case.counts
