"""What the texts of the questions say in words that have an opposite, and how each such phrase is computed.

A claim is a phrase of a hint, of a slip's message or of what is asked, and beside it a predicate: what the right answer
is (`right`), what the slip whose message holds the phrase is (`slip`, `exchanged`, `as_if`, `times`, `lacks`, ...), or
a relation of the two. A predicate must fail for its opposite, which is the slip where the right answer is described,
and the right answer where the slip is. Which words must be claimed stands in tests/opposites.py.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import drawn, parts_of
from course_pkg.grading.plain import decode, encode, parts
from sides import Seen, moves, side, than

CLOSE = 1e-6  # of one plus the larger side: what differs by less is rounding


@lru_cache(maxsize=4096)
def given(question, answer):
    """What an answer of the course gives in each case: many claims of a question ask for it."""
    return Seen.answers(Seen(question, ""), answer)


class Told(Seen):
    """A question as a claim asks it: its cases, its right answers, and the slip whose message holds the phrase."""

    def __init__(self, question, phrase):
        super().__init__(question, phrase)
        self.cases = drawn(question, 0)
        self.hand, self.trap = self.cases[0].arguments, self.cases[-1].arguments

    def answers(self, answer=None, **changes):
        return (
            super().answers(answer, **changes) if changes else given(self.question, answer or self.question.reference)
        )

    def of(self, answer, change):
        """What an answer gives where change(arguments) gives the arguments that change."""
        given = [type(c)("random", {**c.arguments, **change(c.arguments)}, c.sizes) for c in self.cases]
        return [parts_of(outcome) for outcome in call_answer(answer, given, self.question.call, seconds=None)]

    def each(self, f):
        """What f gives of each case, from the arguments, sizes, right answer and its terms that f names."""
        names = inspect.signature(f).parameters
        for case, answer in zip(self.cases, self.answers(), strict=True):
            own = {n: v.clone() if isinstance(v, torch.Tensor) else v for n, v in case.arguments.items()}
            pool = {n.replace(" ", "_"): v for n, v in case.sizes.items()} | own
            pool |= {"right": answer.get("", answer), "sizes": case.sizes}
            if "terms" in names:
                pool["terms"] = self.question.terms(own)
            yield f(**{n: pool[n] for n in names})

    def parts(self, f):
        return [parts(decode(encode(value))) for value in self.each(f)]


@dataclass(frozen=True)
class Claim:
    """What must hold of a question as a phrase sees it, and what must not: its opposite."""

    holds: Callable[[Told], bool]
    opposite: Callable[[Told], bool]


def same(ones, others, entry=""):
    """Whether the numbers are the same in every case that has some on both sides, and there is such a case."""
    compared = 0
    for one, other in zip(ones, others, strict=True):
        if entry in one and entry in other:
            if one[entry].shape != other[entry].shape:
                return False
            a, b = one[entry].double(), other[entry].double()
            both = a.isfinite() & b.isfinite()
            compared += int(both.sum())
            if ((a - b).abs() > CLOSE * (1 + torch.maximum(a.abs(), b.abs())))[both].any():
                return False
    return compared > 0


def as_entry(found, entry):
    """What a function gave, as that entry where it gave one value."""
    return [{entry: one[""]} if "" in one else one for one in found]


def right(f, other=None, entry=""):
    """The right answer is f; it is not `other`, and the slip, where a slip's message says it, is not f."""
    is_ = lambda f, answers, s: same(as_entry(s.parts(f), entry), answers, entry)
    return Claim(
        lambda s: is_(f, s.answers(), s),
        lambda s: (other is not None and is_(other, s.answers(), s)) or (s.slip and is_(f, s.slipped(), s)),
    )


def slip(f, entry=""):
    """The slip is f, and the right answer is not."""
    is_ = lambda answers, s: same(as_entry(s.parts(f), entry), answers, entry)
    return Claim(lambda s: is_(s.slipped(), s), lambda s: is_(s.answers(), s))


def instead(f, g, entry=""):
    """The right answer is f, and the slip is g: "f, not g"."""
    return every(right(f, entry=entry), slip(g, entry))


def as_if(entry="", **changes):
    """The slip is the right answer to changed arguments."""
    return Claim(
        lambda s: same(s.answers(**changes), s.slipped(), entry),
        lambda s: same(s.answers(**changes), s.answers(), entry),
    )


def given_as(change, entry=""):
    """The slip is the right answer where change(arguments) gives the arguments that change."""
    of = lambda s: s.of(s.question.reference, change)
    return Claim(lambda s: same(of(s), s.slipped(), entry), lambda s: same(of(s), s.answers(), entry))


def exchanged(one, other, entry=""):
    """The slip is the right answer with two arguments exchanged."""
    return given_as(lambda a: {one: a[other], other: a[one]}, entry)


def times(f, entry=""):
    """The slip is the right answer times f, a number or a function of arguments and sizes."""
    return _from_right(lambda answer, value: answer * value, f if callable(f) else lambda: f, entry)


def plus(f, entry=""):
    """The slip is the right answer plus f."""
    return _from_right(lambda answer, value: answer + value, f, entry)


def addend(name, count, entry=""):
    """The slip has the named addend of the right answer so many times more: -1 where it is missing, -2 for its sign."""
    return plus(lambda terms: count * terms[entry][name], entry)


def _from_right(join, f, entry):
    made = lambda s: [
        {entry: join(answer[entry].double(), value)} if entry in answer else {}
        for answer, value in zip(s.answers(), s.each(f), strict=True)
    ]
    return Claim(lambda s: same(made(s), s.slipped(), entry), lambda s: same(made(s), s.answers(), entry))


def on_side(way, entry="", of=lambda v: v):
    """The slip lies above the right answer (1), or below it (-1)."""
    return Claim(than(way, entry, of), than(-way, entry, of))


def moved(way, entry="", **changes):
    """The right answer rises (1), or falls (-1), when arguments change so."""
    return Claim(moves(way, entry, **changes), moves(-way, entry, **changes))


def stays(entry="", **changes):
    """The right answer is the same when arguments change so, and another when they change by a tenth more."""
    more = {n: lambda v, f=f: 1.1 * f(v) + 0.1 for n, f in changes.items()}
    return Claim(
        lambda s: same(s.answers(**changes), s.answers(), entry), lambda s: same(s.answers(**more), s.answers(), entry)
    )


def slip_moved(way, entry="", **changes):
    """The slip rises (1), or falls (-1), when arguments change so."""
    of = lambda s, way: side(s.slipped(**changes), s.slipped(), entry) == way
    return Claim(lambda s: of(s, way), lambda s: of(s, -way))


def fact(check, opposite):
    """Of every case, or of the question as seen, `check` is so and `opposite` is not.

    A check that names arguments is asked of every case; one of `s` is asked once."""
    asked = lambda f, s: bool(f(s)) if [*inspect.signature(f).parameters] == ["s"] else all(s.each(f))
    return Claim(lambda s: asked(check, s), lambda s: asked(opposite, s))


def axes(name, *lengths):
    """An argument has these sizes along its axes, in this order."""
    shaped = lambda s, names: all(
        tuple(c.arguments[name].shape) == tuple(c.sizes[n] if isinstance(n, str) else n for n in names) for c in s.cases
    )
    return Claim(lambda s: shaped(s, lengths), lambda s: shaped(s, lengths[::-1]))


def every(*claims):
    """All of these hold, and no opposite does."""
    return Claim(lambda s: all(c.holds(s) for c in claims), lambda s: any(c.opposite(s) for c in claims))


def two(count):
    """There are two of these, by what `count` makes of the question as seen."""
    return Claim(lambda s: count(s) == 2, lambda s: count(s) == 1)


def entries(s):
    """How many numbers a dict that answers the question has."""
    return len(s.answers()[0])


SHARED = {
    "that is in bits. This course counts in nats": times(1 / math.log(2)),
    "you added the images of the batch too: the result would grow with the batch": slip(lambda right: right.sum()),
}
