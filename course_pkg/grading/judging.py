"""From outcomes to a verdict. Nothing here runs a student's code: outcomes are plain data.

An answer holds only by positive proof: every case gave finite numbers of the right shape within the tolerance, wrote
to none of its arguments, and has the right derivatives where the question trains it. What does not hold is said in this
order: what came (missing, arguments, exception, no end, type, shape, not finite), a named slip that gives the same
numbers in every case, a relation, conditions that are not met, structure, and only then the size of the difference.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from course_pkg.grading.addends import related
from course_pkg.grading.calling import Outcome, call_answer
from course_pkg.grading.evidence import EXACT, SINGLE, Parts, Trial, Trials, agrees, drawn, expected, parts_of, where
from course_pkg.grading.naming import as_if, named_slips, scaled_slips
from course_pkg.grading.plain import NotPlain, Recorded, decode, finite, parts, single
from course_pkg.grading.probes import asked_again, located
from course_pkg.grading.probes.almost import nearly
from course_pkg.grading.probes.asking import patient
from course_pkg.grading.probes.partly import PARTLY
from course_pkg.grading.probes.shapes import reshaped, widened
from course_pkg.grading.probes.structure import conditions, size, structure
from course_pkg.grading.question import RUNGS, Case, Question, Wrong, words
from course_pkg.grading.relations import Relation
from course_pkg.grading.verdict import ERRORS, GENERAL, STRONG, Verdict

Ask = Callable[[Sequence[Case]], list[Outcome]]
ENDLESS = "a root or a length of zero has no slope, nor may the side of a where that is not taken be infinite"
LONG = 150  # a relation of more letters says less than the name of a slip
FURTHER, FEW = 101, 15  # the seed of more cases for a wrong answer, and below how many numbers there are twice as many
Rows = tuple[tuple[str, str], ...]


def tolerance(question: Question, outcome: Outcome) -> float:
    """That of the question; what was computed in single precision need not be nearer than that can be."""
    return max(question.tolerance, SINGLE) if single(outcome.value) else question.tolerance


def agree(got: Mapping[str, Tensor], right: Mapping[str, Tensor], limit: float) -> bool:
    return got.keys() == right.keys() and all(agrees(got[k], right[k], limit) for k in right)


def judge(question: Question, outcomes: Sequence[Outcome], seed: int = 0, ask: Ask | None = None) -> Verdict:
    """The verdict on the outcomes of `question.cases(seed)`. All points or none.

    ask: runs the same answer on further cases, where its feedback may learn from them.
    """
    cases = drawn(question, seed)
    if len(outcomes) != len(cases):
        raise ValueError(f"{question.name}: expected {len(cases)} outcomes, one a case, got {len(outcomes)}")
    for status in ("not started", "missing", "arguments"):
        if all(outcome.status == status for outcome in outcomes):
            what = {"missing": f"a function or class called {question.name}", "arguments": outcomes[0].detail}
            head: Rows = (("expected" if status == "missing" else "arguments", what[status]),) if status in what else ()
            hints = hint(question, status) if status != "arguments" or "arguments" in question.hints else ()
            return Verdict(question.name, status, 0, question.points, (*head, *hints))
    right = [expected(question, case) for case in cases]
    fine = [agree(parts_of(o), r, tolerance(question, o)) for o, r in zip(outcomes, right, strict=True)]
    if not all(fine):
        return _Wrong(question, cases, outcomes, right, fine, seed, ask).verdict()
    spoilt = tuple(dict.fromkeys(name for outcome in outcomes for name in outcome.changed))
    if spoilt:
        text = f"right, but it writes to its argument {', '.join(spoilt)}: whoever calls it finds other numbers there"
        return Verdict(
            question.name, "changed", 0, question.points, (("side effect", text), *hint(question, "changed"))
        )
    slope = _slopes(question, cases, outcomes)
    if slope:
        return Verdict(question.name, "slope", 0, question.points, (("slope", slope), *hint(question, "slope")))
    names = "; ".join(RUNGS[r] for r in dict.fromkeys(case.rung for case in cases))
    rows: Rows = (("checked", f"{len(cases)} case{'s' * (len(cases) > 1)} of seed {seed}: {names}"),)
    if any(single(outcome.value) for outcome in outcomes):
        rows += (("precision", "single; right as far as that goes"),)
    return Verdict(question.name, "holds", question.points, question.points,
                   (*rows, ("holds", words(question.relation))))  # fmt: skip


def hint(question: Question, *symptoms: str, given: Sequence[str] = ()) -> Rows:
    """The hint for the first of these symptoms that has one: the question's own, for what was found, else a general."""
    known = {**{kind: text for kind, text in GENERAL.items() if kind in given}, **question.hints}
    found = [words(known[symptom]) for symptom in symptoms if symptom in known]
    return (("hint", found[0]),) if found else ()


def _slopes(question: Question, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> str:
    """What is wrong with the derivatives of an answer whose values are right; nothing where they are right too."""
    if not question.trains:
        return ""
    theirs = call_answer(question.reference, cases, question.call, question.trains, seconds=None)
    for case, mine, right in zip(cases, outcomes, theirs, strict=True):
        if mine.slopes is None:
            cut = "somewhere the way back is cut, by item(), float(), detach(), no_grad() or numpy"
            return f"the numbers are right, but nothing can be trained with them: {cut} ({mine.slopes_error})"
        for name, wanted in decode(right.slopes).items():
            got, on = decode(mine.slopes)[name], f"the derivative by {name}"
            if got is None:
                return f"the numbers are right, but {name} gets no gradient: somewhere the way back to it is cut"
            if not finite(got):
                return f"the numbers are right, but {on} is not finite in {RUNGS[case.rung]}: {ENDLESS}"
            if not agrees(got, wanted.double(), 1e-4):
                return (
                    f"the numbers are right, but {on} is not: a part of it is cut off (detach, item, no_grad, a clamp)"
                )
    return ""


class _Wrong:
    """The judgement of an answer that is not right: all that is known of it, and what is said."""

    def __init__(self, question: Question, cases: Sequence[Case], outcomes: Sequence[Outcome], right: list[Parts],
                 fine: list[bool], seed: int, ask: Ask | None):  # fmt: skip
        self.question, self.cases, self.outcomes, self.right, self.fine = question, cases, outcomes, right, fine
        self.seed = seed
        self.first = fine.index(False)
        all_ = [Trial(c, parts_of(o), r) for c, o, r in zip(cases, outcomes, right, strict=True)]
        plain = all(o.status in ("value", "exception") for o in outcomes)
        again: Callable[[Sequence[Case]], list[Parts]] | None = None
        if ask and plain and cases[0].arguments:
            few = sum(v.numel() for r in right for v in r.values()) < FEW
            for further in (seed + FURTHER, seed + 2 * FURTHER) if few else (seed + FURTHER,):
                more = [c for c in drawn(question, further) if c.rung != "hand"]
                given = ask(more)
                all_ += [Trial(c, parts_of(o), expected(question, c)) for c, o in zip(more, given, strict=True)]
            if not isinstance(question.reference, Recorded):  # which could not be asked the same
                again = patient(ask)
        rough = any(single(outcome.value) for outcome in outcomes)
        self.trials = Trials(question, all_, SINGLE if rough else EXACT, again)

    def verdict(self) -> Verdict:
        """What to say about the first case that does not agree, and about all."""
        outcome, right = self.outcomes[self.first], self.right[self.first]
        self.rows: Rows = (("rung", where(self.cases, self.first, self.fine)),)
        if outcome.status in ("exception", "not started", "arguments"):
            line = (("your line", outcome.line),) if outcome.line else ()
            kinds = [kind for kind, begins in ERRORS.items() if outcome.detail.startswith(begins)]
            error = outcome.detail or "NotImplementedError on some inputs"
            return self.said("exception", (("error", error), *line), kinds=kinds)
        if outcome.status in ("endless", "not tried"):
            text = outcome.detail or "not tried, after one that did not end"
            return self.said("endless", (("clock", text),), kinds=["endless"])
        try:
            got = parts(decode(outcome.value)) if outcome.status == "value" else None
        except NotPlain as error:
            got, outcome = None, Outcome("type", detail=error.kind)
        if got is None or got.keys() != right.keys():
            return self.said("type", (("returns", self.other_type(got, outcome.detail)),))
        entry = next(n for n in right if not agrees(got[n], right[n], self.limit))
        slips = named_slips(self.trials)
        if got[entry].shape != right[entry].shape:
            text = f"{called(entry)}shape {tuple(got[entry].shape)}; expected {words(self.question.returns)}"
            found = reshaped([(t.got.get(entry), t.right[entry]) for t in self.trials.all], self.trials.rounding)
            slips = slips or ([] if found else named_slips(widened(self.trials)))
            more = (("observed", called(entry) + found),) if found else ()
            return self.said("shape", (("returns", text), *more), slips)
        if not finite(got[entry]):
            bad = ~torch.isfinite(got[entry])
            rest = agrees(got[entry][~bad], right[entry][~bad], self.limit) if not bool(bad.all()) else False
            text = f"{called(entry)}NaN or infinity in {int(bad.sum())} of {bad.numel()} numbers"
            text += "; the others are right" if rest else ""
            beside = () if slips else self.elsewhere(entry)
            return self.said("not finite", (("returns", text), *beside), slips, ["not finite"])
        return self.other_value(entry, slips)

    @property
    def limit(self) -> float:
        return tolerance(self.question, self.outcomes[self.first])

    def elsewhere(self, entry: str) -> Rows:
        """What is told where numbers came, and wrong ones: then NaN is not all that is wrong."""
        there = self.trials.comparable(entry)
        wrong = sum(not agrees(t.got[entry], t.right[entry], self.limit) for t in there)
        if not wrong:
            return ()
        found = related(self.trials, entry)
        told = found.text if found else f"they are wrong in {wrong} of {len(there)} cases: this is not all"
        return (("observed", f"{called(entry)}where numbers came, {told}"),)

    def other_type(self, got: Parts | None, kind: str) -> str:
        expected_ = f"expected {words(self.question.returns)}"
        if got is None:
            what = f"{kind}, neither a tensor nor a number"
            if kind == "NoneType":
                some = any(parts_of(o) for o in self.outcomes)
                what = "nothing here, and something in other cases: which way through it ends without a return?"
                what = what if some else "nothing: is a return missing?"
            return f"{what}; {expected_}"
        lacks = [n for n in self.right[self.first] if n not in got]
        more = [n for n in got if n not in self.right[self.first]]
        what = f"without {', '.join(lacks)}" if lacks and any(lacks) else "a dict"
        return f"other entries: {what}{' and with ' + ', '.join(more) if more and any(more) else ''}; {expected_}"

    def other_value(self, entry: str, slips: list[Wrong]) -> Verdict:
        """Another number: each entry that is off, the conditions, the structure, then the size."""
        right = self.right[self.first]
        off = [n for n in right if any(not agrees(t.got[n], t.right[n], self.limit) for t in self.trials.comparable(n))]
        but_for, alike = ("", []) if slips else nearly(self.trials)
        off = [n for n in off if n == entry or n not in self.question.derived]
        kinds: list[str] = []
        observed = [f"{but_for} what this slip gives: {s.name}: {words(s.message)}" for s in alike]
        for name in off:
            found = related(self.trials, name)
            found = found or (None if slips else as_if(self.trials, name) or scaled_slips(self.trials, name))
            found = None if found and slips and len(found.text) > LONG else found
            said = [found] if found else [] if slips or alike else structure(self.trials, name, self.limit)
            whole = found and not found.text.startswith(PARTLY)
            said += [] if whole or slips or alike else located(self.trials, name, self.seed)
            kinds += [s.kind for s in said]
            observed += [called(name) + s.text for s in said]
        missed, met = conditions(self.trials)
        kinds += ["condition"] * bool(missed)
        if not slips and not alike and set(kinds) <= {"near", "condition", "whole", "grid", "place"}:
            acts: list[Relation] = asked_again(self.trials, off, kinds, " ".join(observed))
            kinds += [a.kind for a in acts]
            observed += [a.text for a in acts]
        rank = lambda text: next((i for i, n in enumerate(off) if n and text.startswith(called(n))), len(off))
        observed = sorted(observed, key=rank)
        if observed and not slips and not alike and rank(observed[0]) and called(off[0]):
            observed = [f"{called(off[0])}wrong", *observed]
        if not observed and not slips:
            got = parts_of(self.outcomes[self.first])
            observed = [called(entry) + self.many(entry) + size(got, right, entry, self.limit)]
        rows: Rows = (("should hold", words(self.question.relation)),)
        rows += (("observed", "; ".join(dict.fromkeys(observed))),) if observed else ()
        rows += tuple(("not met", text) for text in missed)
        rows += (("met", "; ".join(met)),) if met and missed else ()
        return self.said("slip" if slips else "different", rows, slips, kinds)

    def many(self, entry: str) -> str:
        """In how many cases it is too large or too small."""
        there = self.trials.comparable(entry)
        wrong = [t for t in there if not agrees(t.got[entry], t.right[entry], self.limit)]
        sides = {bool((t.got[entry] > t.right[entry]).all()) for t in wrong}
        if len(there) < 2 or len(sides) != 1 or any(t.right[entry].numel() > 1 for t in wrong):
            return ""
        side = "large" if sides == {True} else "small"
        return f"in {len(wrong)} of {len(there)} cases off, never too {'small' if side == 'large' else 'large'}; here "

    def said(self, status: str, more: Rows, slips: Sequence[Wrong] = (), kinds: Sequence[str] = ()) -> Verdict:
        named = tuple(("slip", f"{slip.name}: {words(slip.message)}") for slip in slips)
        # A slip's own message says what to do; a hint is for what no catalogue knows.
        hints = () if slips else hint(self.question, *self.symptoms(status, kinds), given=kinds)
        if hints and kinds and not STRONG & set(kinds):  # a pattern says where to look, not what to do
            further = hint(self.question, *self.symptoms(status, kinds)[len(kinds) :])
            hints += tuple(h for h in further if h not in hints)
        name = slips[0].name if slips else ""
        return Verdict(self.question.name, status, 0, self.question.points, (*self.rows, *more, *named, *hints), name)

    def symptoms(self, status: str, kinds: Sequence[str]) -> list[str]:
        """What a hint may answer to: what was found, a rung where it is the only one that fails, the status."""
        failed = {case.rung for case, fine in zip(self.cases, self.fine, strict=True) if not fine}
        only = [self.cases[self.first].rung] if len(failed) == 1 and len({c.rung for c in self.cases}) > 1 else []
        by_hand = ["hand"] if "hand" in failed and not kinds else []
        return [*kinds, *only, *by_hand, status] if status == "different" else [*kinds, status, *only]


def called(name: str) -> str:
    return f"{name}: " if name else ""
