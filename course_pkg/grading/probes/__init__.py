"""What more is learnt of a wrong answer by asking it again, beside the reference.

asking     the same further question to both          behaviour  chance, symmetries, what the error changes with
changes    one argument changed: another reaction     responses  by which law it follows an argument, and how strongly
places     which numbers and which cases are wrong    pieces     what comes in left out, doubled, reordered
limits     where it ends when what comes in goes far    structure  the pattern of what is wrong, conditions, the size
shapes     what was summed, averaged, kept or turned    almost     a named slip but for some cases, or some digits
alone      right as soon as there is one, or a pair        ladder    at which values of an argument it is right
partly     a relation that the wrong numbers alone have
"""

import re
from collections.abc import Callable, Sequence

from course_pkg.grading.evidence import Trials
from course_pkg.grading.probes.asking import Asking
from course_pkg.grading.probes.behaviour import behaviour
from course_pkg.grading.probes.changes import probed
from course_pkg.grading.probes.ladder import ladder
from course_pkg.grading.probes.limits import limits
from course_pkg.grading.probes.pieces import pieces
from course_pkg.grading.probes.places import misplaced, mistaken_cases
from course_pkg.grading.probes.responses import responses
from course_pkg.grading.relations import Relation

MOST = 3  # sentences of one verdict that come from asking again


def located(trials: Trials, entry: str, seed: int) -> list[Relation]:
    """Which numbers of an entry are wrong, or else which cases."""
    return misplaced(trials, entry) or mistaken_cases(trials, entry, seed)


def asked_again(trials: Trials, entries: Sequence[str], kinds: Sequence[str], seen: str) -> list[Relation]:
    """All that asking again tells, the most telling first. kinds, seen: what was found and said already."""
    found = behaviour(trials, entries)
    if {r.kind for r in found} & {"random", "no effect"} or not trials.again:
        return found
    asking = Asking(trials, entries)
    found += pieces(asking)
    if not set(kinds) & {"near", "grid"}:
        found += probed(asking, seen + "".join(r.text for r in found))
    found += _new(responses, asking, found, seen) if len(found) < MOST else []
    found += limits(asking) if len(found) < MOST else []
    found += _new(ladder, asking, found, seen) if len(found) < MOST else []
    ranks = {
        "symmetry": 0,
        "piece": 1,
        "response": 1,
        "error": 2,
        "condition": 0,
        "strength": 3,
        "special": 4,
        "place": 5,
    }
    found = sorted(found, key=lambda r: ranks.get(r.kind, 2))
    return found[:MOST]


def _new(probe: Callable[[Asking], list[Relation]], asking: Asking, found: Sequence[Relation], seen: str) -> list:
    """What a probe tells of arguments of which nothing is told yet."""
    arguments = lambda text: set(re.findall("`[^`]+`", text))
    told = arguments(seen).union(*(arguments(r.text) for r in found))
    return [r for r in probe(asking) if not arguments(r.text) & told]
