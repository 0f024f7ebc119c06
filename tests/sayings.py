"""What the texts of the questions say in set phrases, each computed of whatever question says it.

A saying is a pattern, and what makes a claim (tests/wording.py) of its match: over what an answer adds up or is
averaged, which axes a tensor has, how many numbers an answer has, what comes in another order. Where a text says such
a phrase it must be so, and its opposite must not.
"""

import re

import torch

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import parts_of
from course_pkg.grading.question import words
from wording import CLOSE, Claim, slip, times


def tensors(case):
    return {name: value for name, value in case.arguments.items() if isinstance(value, torch.Tensor)}


def cut(case, length, start, count):
    """A case with that part of each axis of this length; None where no tensor has one, or some has two."""
    axes = {name: [i for i, n in enumerate(v.shape) if n == length] for name, v in tensors(case).items()}
    if max(map(len, axes.values()), default=0) != 1:
        return None
    parts = {n: v.narrow(axes[n][0], start, count) for n, v in tensors(case).items() if axes[n]}
    return type(case)("random", {**case.arguments, **parts}, case.sizes)


def joins(s, answer, size, *, mean):
    """The entries of an answer that are the sum, or the weighted mean, of what two parts along this size give."""
    found = None
    for case in s.cases:
        n = case.sizes.get(size, 0)
        k = max(1, n // 3)
        some = [cut(case, n, 0, k), cut(case, n, k, n - k)] if n > 1 else [None]
        if None in some or [*case.sizes.values()].count(n) > 1:
            continue
        whole = type(case)("random", case.arguments, case.sizes)
        outcomes = call_answer(answer, [*some, whole], s.question.call, seconds=None)
        one, other, both = (parts_of(outcome) for outcome in outcomes)
        a, b = (k / n, (n - k) / n) if mean else (1, 1)
        same = {
            name
            for name, value in both.items()
            if one.get(name, value[None]).shape == value.shape == other.get(name, value[None]).shape
            and torch.allclose(a * one[name] + b * other[name], value, rtol=CLOSE, atol=CLOSE)
        }
        found = same if found is None else found & same
    return found or set()


def slip_over(size, *, mean):
    """The slip is averaged over this size, or added, in an entry where the right answer is not."""
    of = lambda s: joins(s, s.slip.answer, size, mean=mean) - joins(s, s.question.reference, size, mean=mean)
    divided = times(lambda sizes: 1 / sizes[size])
    holds = lambda s: bool(of(s)) or (mean and divided.holds(s))
    return Claim(holds, lambda s: not holds(s))


def right_over(size, *, mean):
    """The right answer is averaged over this size, or added, in an entry where it is not the other."""
    of = lambda s, mean: joins(s, s.question.reference, size, mean=mean)
    return Claim(lambda s: bool(of(s, mean) - of(s, not mean)), lambda s: not of(s, mean) - of(s, not mean))


def lengths(case, axes):
    """The lengths that numbers and names of axes stand for, ones left out; None where a name is unknown."""
    found = [int(axis) if axis.isdigit() else case.sizes.get(axis) for axis in axes]
    return None if None in found else tuple(n for n in found if n != 1)


def has_axes(s, found, axes):
    """Whether one of these tensors has these axes, in every case that has sizes so named, and there is one."""
    wanted = [(lengths(case, axes), of) for case, of in zip(s.cases, found, strict=True)]
    fit = [any(w == tuple(n for n in v.shape if n != 1) for v in of.values()) for w, of in wanted if w is not None]
    return bool(fit) and all(fit)


def shaped(said, name=None):
    """The tensor of this name, or any that comes in, has these axes; in another order it has not."""
    axes = [axis.strip() for axis in said.split(",") if axis.strip()]
    of = lambda s: [{n: v for n, v in tensors(c).items() if n == name} or tensors(c) for c in s.cases]
    return Claim(lambda s: has_axes(s, of(s), axes), lambda s: len(axes) > 1 and has_axes(s, of(s), axes[::-1]))


def one_for_each(what):
    """The right answer has one number for each of these: an entry of it, if it has several."""

    def is_(s, size):
        named = [{n: a[n] for n in a} for a in s.answers()]
        return any(has_axes(s, [{n: a[n]} for a in named], [size]) for n in named[0])

    return Claim(
        lambda s: is_(s, f"{what}s"),
        lambda s: any(is_(s, n) for n in s.cases[-1].sizes if n != f"{what}s"),
    )


def turned_round(said, size):
    """The symmetry that says so turns round what lies along this size, and along no other."""

    def is_(s, size):
        change = next(c.change for c in s.question.symmetries if said in words(c.text))
        cases = [c for c in s.cases if size in c.sizes and [*c.sizes.values()].count(c.sizes[size]) == 1]
        pairs = [(c, n, v) for c in cases for n, v in change(c.arguments).items()]
        along = lambda case, v: [i for i, n in enumerate(v.shape) if n == case.sizes[size]]
        return bool(pairs) and all(torch.equal(v, c.arguments[n].flip(along(c, v))) for c, n, v in pairs)

    others = lambda s: {n for c in s.cases for n in c.sizes} - {size}
    return Claim(lambda s: is_(s, size), lambda s: any(is_(s, other) for other in others(s)))


def changed(f, other):
    """The symmetry that says so changes what comes in by f, and not by the other."""

    def is_(s, f):
        change = next(c.change for c in s.question.symmetries if s.phrase in words(c.text))
        pairs = [(change(c.arguments), f(c.arguments)) for c in s.cases]
        return all(
            one.keys() == two.keys()
            and all(torch.allclose(torch.as_tensor(one[n]), torch.as_tensor(two[n])) for n in one)
            for one, two in pairs
        )

    return Claim(lambda s: is_(s, f), lambda s: is_(s, other))


SIZE = r"(?:the )?(images|codes|latents|factors|pixels)\b"
AXES = r"(?=[^()]*\b(?:images|codes|latents|factors)\b)[\w ]+, [\w, ]+"
OF_SLIPS = {  # in a slip's message
    r"return one number an image; the training loop averages over images": lambda m: slip(lambda right: right.mean()),
    rf"\byou averaged over {SIZE}": lambda m: slip_over(m[1], mean=True),
    rf"\byou summed over {SIZE}": lambda m: slip_over(m[1], mean=False),
    r"\bindependent (latents) add their nats|\bindependent (latents) add": lambda m: right_over("latents", mean=False),
}
OF_HINTS = {  # in any other text
    rf"\b(?:sum|summed|add) over {SIZE}": lambda m: right_over(m[1], mean=False),
    rf"\b(?:average|averaged|means) over {SIZE}": lambda m: right_over(m[1], mean=True),
    r"\bone (?:\w+ )?(?:number|price|multiplier) (?:an?|for each) (image|code|latent|direction)\b(?:, shape \(\1s,\))?":
        lambda m: one_for_each(m[1]),
    rf"\bshape \(({AXES})\)": lambda m: shaped(m[1]),
    rf"\b(\w+) (?:is|are|has shape) \(({AXES})\)": lambda m: shaped(m[2], m[1]),
    r"^(?:stay the same|follow) where (?:the )?(latents|factors|codes|directions) come in another order$":
        lambda m: turned_round(m[0], m[1]),
}  # fmt: skip


def said(text, sayings):
    """(match, claim) of every set phrase of a text."""
    return [(match, make(match)) for pattern, make in sayings.items() for match in re.finditer(pattern, text)]
