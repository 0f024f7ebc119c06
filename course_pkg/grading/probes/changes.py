"""What an answer does where one argument is changed: another reaction than that of the right one."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor

from course_pkg.grading.evidence import Trial, agrees, quantity
from course_pkg.grading.plain import finite
from course_pkg.grading.probes.asking import Asking, Both
from course_pkg.grading.probes.behaviour import normalised
from course_pkg.grading.probes.limits import sharper
from course_pkg.grading.relations import Relation, same

PROBES: dict[str, Callable[[Any], Any]] = {
    "is doubled": lambda v: 2 * v,
    "has one added": lambda v: v + 1,
    "changes sign": lambda v: -v,
    "is cubed": lambda v: v**3,
    "comes in reversed order": lambda v: v.flip(0),
}
SHARES: dict[str, Callable[[Any], Any]] = {  # of what lies between 0 and 1
    "is halved": lambda v: v / 2,
    "is one less itself": lambda v: 1 - v,
    "comes in reversed order": lambda v: v.flip(0),
}
SOME = ", in some cases"
TIMES = {0.25: "a quarter", 0.5: "half", 1.0: "the same", 2.0: "twice as much", 4.0: "four times as much",
         8.0: "eight times"}  # fmt: skip


def probed(asking: Asking, seen: str = "") -> list[Relation]:
    """What is right stays, changes, rises or vanishes where one argument is changed, and the answer does otherwise.

    Found in three cases at once, by asking the answer and the reference, and said of some cases where another wrong
    one contradicts it. seen: what was said already.
    """
    off = lambda t: any(not agrees(t.got[e], t.right[e], 1e-4) for e in asking.entries)
    cases = [t for t in asking.trials.all if t.got.keys() >= set(asking.entries) and off(t)]
    cases = sorted(cases, key=lambda t: (t.case.rung == "hand", t.case.rung == "trap"))
    cases, others = cases[:3], cases[3:]
    if len(cases) < 2:
        return []
    given = cases[0].case.arguments
    plain = not any(isinstance(v, Tensor | str) for v in given.values())
    names = [
        n for n, v in given.items() if quantity(v) or (plain and isinstance(v, int) and n not in ("seed", "hidden"))
    ]
    found: list[Relation] = []
    for name in (n for n in names if f"`{n}`" not in seen):
        probes = {**PROBES, "is zero": lambda v: 0 * v}
        if asking.share(name):
            probes = {**SHARES, "is zero": probes["is zero"]}
        elif asking.one_sign(name):  # a width, a weight or a logarithm of a probability has no other sign
            probes.pop("changes sign")
        if isinstance(given[name], Tensor) and normalised(given[name]):  # other numbers would be no probabilities
            probes = {"is squared and normalised again": partial(sharper, 2.0)}
        if isinstance(given[name], int):  # no count is below zero
            probes = {what: probes[what] for what in ("is doubled", "has one added")}
        told = (_probe(asking, cases, others, name, *probe) for probe in probes.items())
        found += sorted((r for r in told if r), key=_qualified)[:1]
    return sorted(found, key=_qualified)[:2]


def _qualified(relation: Relation) -> bool:
    """Whether it is true of some cases alone: then what is true of all is told first."""
    return relation.text.endswith(SOME)


def _probe(asking: Asking, cases: Sequence[Trial], others: Sequence[Trial], name: str, what: str, f: Callable
           ) -> Relation | None:  # fmt: skip
    """What one change of one argument tells; None where nothing, or where it cannot be made."""
    said = set()
    for t in cases:
        found = _changed(asking, t, name, f)
        if not found:
            return None
        said.add(_reaction(*found, what))
    text = said.pop() if len(said) == 1 else _alike(said)
    elsewhere = [_changed(asking, t, name, f) for t in others] if text else []
    if any(_contradicts(found, text, what) for found in elsewhere if found):
        text += SOME
    elif text and {t.case.rung for t in cases} == {"trap"}:  # elsewhere the answer may be right, or as near as need be
        text += ", in a trap"
    return Relation("symmetry", f"where `{name}` {what}, {text}") if text else None


Numbers = tuple[Tensor, Tensor, Tensor, Tensor]  # what is right before and after, and what came


def _changed(asking: Asking, t: Trial, name: str, f: Callable) -> Numbers | None:
    """The numbers of a case before and after a change of one argument; None where it cannot be made."""
    try:
        value = f(t.case.arguments[name])
    except (ValueError, TypeError, AttributeError, OverflowError, IndexError):
        return None
    changed = asking.both(t.case, **{name: value})
    before = Both(t.right, t.got).flat(asking.entries)
    after = changed.flat(asking.entries) if changed else ()
    if not after or not all(map(finite, before)) or [*map(len, before)] != [*map(len, after)]:
        return None
    (right, got), (theirs, mine) = before, after
    return right, theirs, got, mine


def _contradicts(found: Numbers, text: str, what: str) -> bool:
    """Whether a case shows that this is not so: the answer does there what it is said not to do, or what is right goes
    the other way."""
    right, theirs, got, mine = found
    should = text.split(",")[0].removeprefix("it should ")
    if what == "is zero":
        zero = [bool((v.abs() < 1e-12).all()) for v in (theirs, mine)]
        return zero[0] == zero[1] == (should == "be zero")
    stays = [same(a, b, 1e-9, 1e-12) for a, b in ((right, theirs), (got, mine))]
    if should in ("stay the same", "change"):
        return stays[0] == stays[1] == (should == "stay the same")
    if right.numel() > 1 or stays[0]:
        return False
    if should in ("rise", "fall"):
        one, other = (
            0 if still else float((b - a).sign())
            for still, a, b in zip(stays, (right, got), (theirs, mine), strict=True)
        )
        wanted = 1 if should == "rise" else -1
        return one == -wanted or other == wanted
    return same(mine * right, got * theirs, 1e-6, 0)


def _alike(said: set[str]) -> str:
    """What two reactions have in common: a number that goes the wrong way in one case and stands still in another."""
    against = {f"it should {way}, and does the opposite": f"it should {way}, and does not" for way in ("rise", "fall")}
    turned = [text for text in said if text in against]
    still = "it should change, and does not"
    return against[turned[0]] if len(turned) == 1 and said == {turned[0], still} else ""


def _reaction(right: Tensor, theirs: Tensor, got: Tensor, mine: Tensor, what: str) -> str:
    """How the right numbers and the answer's react, where they do so differently."""
    if what == "is zero":
        zero = [bool((v.abs() < 1e-12).all()) for v in (theirs, mine)]
        return (
            ""
            if zero[0] == zero[1]
            else f"it should {'' if zero[0] else 'not '}be zero, and is{' not' if zero[0] else ''}"
        )
    stays = [same(a, b, 1e-9, 1e-12) for a, b in ((right, theirs), (got, mine))]
    if stays[0] != stays[1]:
        return f"it should {'stay the same' if stays[0] else 'change'}, and does not"
    if right.numel() > 1 or stays[0]:
        return ""
    if bool((theirs - right) * (mine - got) < 0):
        return f"it should {'rise' if bool(theirs > right) else 'fall'}, and does the opposite"
    times = [
        next((t for k, t in TIMES.items() if same(b, k * a, 1e-6, 0)), "") for a, b in ((right, theirs), (got, mine))
    ]
    return f"it should be {times[0]}, and is {times[1]}" if all(times) and times[0] != times[1] else ""
