"""The wrong answers of a catalogue that give what a student's gave: in every case, in every entry, within rounding."""

from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import Parts, Trials, agrees, parts_of
from course_pkg.grading.plain import finite
from course_pkg.grading.question import Wrong
from course_pkg.grading.relations import same


def named_slips(trials: Trials) -> list[Wrong]:
    """The wrong answers of the catalogue that give what the student's gave, in every case and entry, within rounding.

    Where the entries are computed apart, each may have its slip: then the entries that a slip gets wrong must agree.
    """
    found: list[Wrong] = []
    explained: set[str] = set()
    for wrong in trials.question.wrong:
        entries = matches(trials, wrong)
        if entries and not entries & explained:
            found.append(wrong)
            explained |= entries
        if found and not trials.question.independent:
            break
    order = list(trials.all[0].right)
    first = lambda wrong: min((order.index(e) for e in matches(trials, wrong)), default=0)
    return sorted(found, key=first) if len(found) > 1 else found


def matches(trials: Trials, wrong: Wrong) -> set[str]:
    """The entries in which this slip is found; none where it is not, or where any number contradicts it."""
    question, entries = trials.question, set(trials.all[0].right)
    bad: set[str] = set()
    pairs = []
    # The cases by hand come last: they tell the fewest answers apart, and most slips are ruled out by one case.
    for t in sorted(trials.all, key=lambda t: t.case.rung == "hand"):
        theirs = parts_of(call_answer(wrong.answer, [t.case], question.call)[0])
        bad |= {k for k, v in theirs.items() if k in t.right and not agrees(v, t.right[k], question.tolerance)}
        pairs.append((t, theirs))
        if _contradicts(
            t.got, theirs, bad - set(question.derived) if question.independent else entries, trials.rounding
        ):
            return set()
    if question.independent:
        entries = bad - set(question.derived) or bad | {s for e in bad for s in question.derived[e]}
    if any(_contradicts(t.got, theirs, entries, trials.rounding) for t, theirs in pairs):
        return set()
    there = [(t, theirs) for t, theirs in pairs if entries <= theirs.keys()]
    told = [(t, theirs) for t, theirs in there if all(e in t.got and finite(t.got[e]) for e in entries)]
    seen = any(not agrees(theirs[e], t.right[e], question.tolerance) for t, theirs in told for e in entries)
    return entries if seen and 2 * len(told) >= len(there) else set()


def _contradicts(got: Parts, theirs: Parts, entries: set[str], rounding: float) -> bool:
    """Whether a finite number that came is not what the slip gives."""
    for entry in entries:
        mine, other = got.get(entry), theirs.get(entry)
        if mine is not None and finite(mine) and (other is None or not same(mine, other, rounding)):
            return True
    return False
