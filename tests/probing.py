"""What the tests of the probes share: trials made of plain rows, and answers that are asked without a clock."""

from types import SimpleNamespace

import torch

from course_pkg.grading import Case
from course_pkg.grading.evidence import Trial, Trials
from course_pkg.grading.plain import decode, encode, parts
from course_pkg.grading.probes.asking import Asking
from course_pkg.questions.shared import numbers


class Asked(SimpleNamespace):
    """Of a question what the engine needs; as a question it is its own, not equal to one with the same parts."""

    __hash__ = object.__hash__


def question(right=None, **more):
    plain = {"oracle": None, "call": "function", "tolerance": 1e-6, "cases": None, "wrong": (), "terms": None,
             "conditions": (), "symmetries": (), "kind": "implement", "derived": {}, "independent": False,
             "name": "asked"}  # fmt: skip
    return Asked(**{**plain, "reference": right, **more})


def called(answer, case):
    """The numbers of an answer on a copy of a case; none where it raises."""
    given = {n: v.clone() if isinstance(v, torch.Tensor) else v for n, v in case.arguments.items()}
    try:
        return parts(decode(encode(answer(**given))))
    except Exception:
        return {}


def trials(cases, right, answer, /, **more):
    """An answer beside the right one on these cases; it can be asked again."""
    all_ = [Trial(c, called(answer, c), called(right, c)) for c in cases]
    return Trials(question(right, **more), all_, again=lambda some: [called(answer, c) for c in some])


def asking(cases, right, answer, entries=("",), **more):
    return Asking(trials(cases, right, answer, **more), list(entries))


def trial(got, right, sizes=None, rung="random", counts=True, **arguments):
    """One case with what came and what is right, as lists or dicts of them."""
    parts_ = lambda v: {k: tensor(w) for k, w in v.items()} if isinstance(v, dict) else {"": tensor(v)}
    return Trial(Case(rung, arguments, sizes or {}, counts=counts), parts_(got), parts_(right))


def scalars(k=4, low=0.7, width=2.0, **more):
    """k cases of two numbers."""
    u = torch.rand(k, 2, generator=torch.Generator().manual_seed(5), dtype=torch.float64) * width + low
    return [Case("random", {"a": a, "b": 1 + b, **more}, {}) for a, b in u.tolist()]


def tensor(value):
    return value if isinstance(value, torch.Tensor) else numbers(value)


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def told(found):
    """The kind and the text of a relation; None of none."""
    return found and (found.kind, found.text)


def said(relations):
    return [told(relation) for relation in relations]
