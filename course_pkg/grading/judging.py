"""From outcomes to a verdict. Nothing here runs a student's code: outcomes are plain data.

An answer holds only by positive proof: every case gave finite numbers of the right shape within the tolerance.
The first case that does not decides what is said, in this order: missing, exception, type, shape, not finite,
a named slip, the largest difference.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from course_pkg.grading.diagnosis import close, relation_between
from course_pkg.grading.plain import NotPlain, decode, finite, parts
from course_pkg.grading.question import RUNGS, Case, Question, Wrong, words
from course_pkg.grading.running import Outcome, run
from course_pkg.grading.verdict import Verdict


def expected(question: Question, case: Case) -> dict[str, Tensor]:
    """What the case should give, by the oracle on its rung and by the reference on the others."""
    if case.rung == "oracle" and question.oracle:
        return parts(question.oracle(**case.arguments))
    assert question.reference
    return parts_of(run(question.reference, [case], question.call)[0])


def parts_of(outcome: Outcome) -> dict[str, Tensor]:
    """The numbers of an outcome; none where it has no value or no numbers."""
    try:
        return parts(decode(outcome.value)) if outcome.status == "value" else {}
    except NotPlain:
        return {}


def agree(got: dict[str, Tensor], right: dict[str, Tensor], tolerance: float) -> bool:
    return got.keys() == right.keys() and all(close(got[k], right[k], tolerance) for k in right)


def judge(question: Question, outcomes: Sequence[Outcome], seed: int = 0) -> Verdict:
    """The verdict on the outcomes of `question.cases(seed)`. All points or none."""
    assert question.cases
    cases = question.cases(seed)
    if len(outcomes) != len(cases):
        raise ValueError(f"{question.name}: expected {len(cases)} outcomes, one a case, got {len(outcomes)}")
    if all(outcome.status == "not started" for outcome in outcomes):
        return Verdict(question.name, "not started", 0, question.points, hint(question, "not started"))
    if all(outcome.status == "missing" for outcome in outcomes):
        rows = (("expected", f"a function or class called {question.name}"), *hint(question, "missing"))
        return Verdict(question.name, "missing", 0, question.points, rows)
    right = [expected(question, case) for case in cases]
    for i, (outcome, value) in enumerate(zip(outcomes, right, strict=True)):
        if not agree(parts_of(outcome), value, question.tolerance):
            return _not_yet(question, cases, outcomes, right, i)
    rows = (
        ("rungs", "; ".join(RUNGS[r] for r in dict.fromkeys(case.rung for case in cases))),
        ("holds", words(question.relation)),
    )
    return Verdict(question.name, "holds", question.points, question.points, rows)


def hint(question: Question, *symptoms: str) -> tuple[tuple[str, str], ...]:
    """The hint for the first of these symptoms that has one."""
    found = [words(question.hints[symptom]) for symptom in symptoms if symptom in question.hints]
    return (("hint", found[0]),) if found else ()


def _not_yet(
    question: Question, cases: Sequence[Case], outcomes: Sequence[Outcome], right: list[dict[str, Tensor]], i: int
) -> Verdict:
    """What to say about case i, the first that does not agree."""
    case, outcome = cases[i], outcomes[i]
    rows: list[tuple[str, str]] = [("rung", where(cases, i))]

    def verdict(status: str, *more: tuple[str, str], slip: Wrong | None = None) -> Verdict:
        named = (("slip", f"{slip.name}: {words(slip.message)}"),) if slip else ()
        # A slip's own message says what to do; the hint of a rung is for those that no catalogue knows.
        symptoms = (case.rung, status) if status == "different" else (status,)
        hints = () if slip else hint(question, *symptoms)
        name = slip.name if slip else ""
        return Verdict(question.name, status, 0, question.points, (*rows, *more, *named, *hints), name)

    if outcome.status in ("exception", "not started"):
        line = (("your line", outcome.line),) if outcome.line else ()
        return verdict("exception", ("error", outcome.detail or "NotImplementedError on some inputs"), *line)
    try:
        got = parts(decode(outcome.value)) if outcome.status == "value" else None
    except NotPlain as error:
        got, outcome = None, Outcome("type", detail=error.kind)
    if got is None or got.keys() != right[i].keys():
        what = f"{outcome.detail}, neither a tensor nor a number" if outcome.detail else "other entries"
        what = "nothing: is a return missing?" if outcome.detail == "NoneType" else what
        return verdict("type", ("returns", f"{what}; expected {words(question.returns)}"))
    slip = named_slip(question, cases, outcomes, right, i)
    name = next(n for n in right[i] if not close(got[n], right[i][n], question.tolerance))
    if got[name].shape != right[i][name].shape:
        text = f"{called(name)}shape {tuple(got[name].shape)}; expected {words(question.returns)}"
        return verdict("shape", ("returns", text), slip=slip)
    if not finite(got[name]):
        bad = int((~torch.isfinite(got[name])).sum())
        text = f"{called(name)}NaN or infinity in {bad} of {got[name].numel()} numbers"
        return verdict("not finite", ("returns", text))
    pairs = [(parts_of(o).get(name), r[name], c.sizes) for o, r, c in zip(outcomes, right, cases, strict=True)]
    rows.append(("should hold", words(question.relation)))
    observed = called(name) + relation_between(pairs, i, question.tolerance)
    return verdict("slip" if slip else "different", ("observed", observed), slip=slip)


def called(name: str) -> str:
    return f"{name}: " if name else ""


def where(cases: Sequence[Case], i: int) -> str:
    """Which rung of how many, and the case in words where it is no secret."""
    rungs = list(dict.fromkeys(case.rung for case in cases))
    told = f": {words(cases[i].told)}" if cases[i].told else ""
    return f"{rungs.index(cases[i].rung) + 1} of {len(rungs)}, {RUNGS[cases[i].rung]}{told}"


def named_slip(
    question: Question,
    cases: Sequence[Case],
    outcomes: Sequence[Outcome],
    right: list[dict[str, Tensor]],
    i: int,
) -> Wrong | None:
    """The wrong answer of the catalogue that gives what the student's gave, wherever both give finite numbers.

    Only the first entry that is off at case i is compared, so that a slip in one entry does not hide another's.
    """
    first = parts_of(outcomes[i])
    name = next(n for n in right[i] if not close(first[n], right[i][n], question.tolerance))
    mine = [parts_of(outcome).get(name) for outcome in outcomes]
    if mine[i] is None:
        return None
    for wrong in question.wrong:
        theirs = [parts_of(o).get(name) for o in run(wrong.answer, cases, question.call)]
        pairs = [(m, t) for m, t in zip(mine, theirs, strict=True) if m is not None and t is not None]
        same = all(close(m, t, question.tolerance) for m, t in pairs if finite(m) and finite(t))
        there = theirs[i]
        if same and there is not None and not close(there, right[i][name], question.tolerance):
            return wrong
    return None
