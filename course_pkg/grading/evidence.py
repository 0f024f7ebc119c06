"""What can be said of a wrong answer that no catalogue names: relations, terms, conditions, and last the size.

Everything here is measured on the numbers that came. A sentence that was found is true of them, or is not said.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from course_pkg.grading.calling import Outcome
from course_pkg.grading.functions import relation
from course_pkg.grading.plain import NotPlain, decode, finite, parts
from course_pkg.grading.question import Case, Question
from course_pkg.grading.relations import Pair, Relation, by_factor, same

Parts = dict[str, Tensor]
EXACT, SINGLE = 1e-6, 3e-5  # rounding of a number in double and in single precision


@dataclass(frozen=True)
class Trial:
    """One case with what came and what is right."""

    case: Case
    got: Parts
    right: Parts

    def pair(self, entry: str) -> Pair:
        return Pair(self.got[entry], self.right[entry], facts(self.case), tables(self.case))


@dataclass(frozen=True)
class Trials:
    """All cases, those of other seeds too; `rounding` is how near numbers that are the same may come."""

    question: Question
    all: Sequence[Trial]
    rounding: float = EXACT
    again: Callable[[Sequence[Case]], list[Parts]] | None = field(default=None)

    def comparable(self, entry: str) -> list[Trial]:
        """Those with finite numbers of the right shape in this entry."""
        there = [t for t in self.all if entry in t.got and t.got[entry].shape == t.right[entry].shape]
        return [t for t in there if finite(t.got[entry]) and finite(t.right[entry])]


def parts_of(outcome: Outcome) -> Parts:
    """The numbers of an outcome; none where it has no value or no numbers."""
    try:
        return parts(decode(outcome.value)) if outcome.status == "value" else {}
    except NotPlain:
        return {}


def facts(case: Case) -> dict[str, float]:
    """The numbers of a case that a slip may divide or multiply by, under the names that are told."""
    shown = lambda name: f"`{name}`" if isinstance(case.arguments.get(name), int) else f"the number of {name}"
    found = {shown(name): float(n) for name, n in case.sizes.items()}
    found |= {f"{shown(name)} less one": float(n - 1) for name, n in case.sizes.items() if n > 1}
    for name, value in case.arguments.items():
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and name not in (*case.sizes, "seed", "hidden")
        ):
            found[f"`{name}`"] = float(value)
    return found


def tables(case: Case) -> dict[str, Tensor]:
    return {n: torch.as_tensor(v, dtype=torch.float64) for n, v in case.arguments.items() if quantity(v)}


def quantity(value: object) -> bool:
    """Whether an argument can be squared, halved, compared: a real number or a tensor of them, no names of settings."""
    return value.is_floating_point() if isinstance(value, Tensor) else isinstance(value, float)


def agrees(got: Tensor, right: Tensor, tolerance: float) -> bool:
    """Whether every number agrees. A comparison with NaN is false, so NaN never agrees; infinity never does either."""
    if got.shape != right.shape or not finite(got):
        return False
    size = torch.maximum(got.abs(), right.abs()).clamp_min(1.0)
    return bool(((got - right).abs() <= tolerance * size).all())


# Relations and terms ------------------------------------------------------------------------------


def related(trials: Trials, entry: str) -> Relation | None:
    """A relation over all cases, or a combination of the terms that the right answer is made of."""
    there = trials.comparable(entry)
    if trials.question.kind == "experiment" and not there[0].case.arguments:
        return None  # one number, and any relation would give it away
    pairs = [t.pair(entry) for t in there]
    found = relation(pairs, trials.rounding, named=True) or combined(trials, entry) or scaled(trials, entry)
    found = found or counted(pairs) or by_words(trials, entry) or exchanged(trials, entry)
    return found or by_position(trials, entry) or relation(pairs, trials.rounding)


def by_position(trials: Trials, entry: str) -> Relation | None:
    """Where every case has the same few numbers: which of them are wrong, and how those relate to the right ones."""
    there = trials.comparable(entry)
    lengths = {tuple(t.right[entry].shape) for t in there}
    if (
        len(there) < 4
        or len(lengths) != 1
        or not 1 < there[0].right[entry].numel() < 7
        or there[0].right[entry].ndim != 1
    ):
        return None
    wrong = [
        k
        for k in range(len(there[0].right[entry]))
        if any(not same(t.got[entry][k], t.right[entry][k], trials.rounding) for t in there)
    ]
    if len(wrong) == len(there[0].right[entry]):
        return None
    said = []
    for k in wrong:
        one = lambda v, k=k: v[entry][k : k + 1]
        found = relation([Pair(one(t.got), one(t.right), facts(t.case)) for t in there], trials.rounding)
        said.append(f"number {k + 1}: {found.text if found else 'wrong'}")
    return Relation("terms", f"{'; '.join(said)}. The others are right in every case")


def exchanged(trials: Trials, entry: str) -> Relation | None:
    """The right numbers of another entry."""
    there = trials.comparable(entry)
    for other in there[0].right:
        pairs = [(t.got[entry], t.right[other]) for t in there]
        if other != entry and len(pairs) > 1 and all(same(g, r, trials.rounding) for g, r in pairs):
            return Relation("order", f"the right numbers of {other}: two entries changed places")
    return None


def counted(pairs: Sequence[Pair]) -> Relation | None:
    """Counts that are off by the same number or factor in every case. In a few cases that may be chance; in many it
    is not."""
    whole = all(
        p.right.numel() == 1 and bool(p.right == p.right.round()) and bool(p.got == p.got.round()) for p in pairs
    )
    apart = {float(p.got - p.right) for p in pairs} if whole else set()
    if len(pairs) < 8 or not apart or len({float(p.right) for p in pairs}) < 5:
        return None
    if len(apart) == 1 and 0.0 not in apart:
        off = apart.pop()
        return Relation("offset", f"{abs(off):g} too {'many' if off > 0 else 'few'} in each of {len(pairs)} cases")
    times = {float(p.got) / float(p.right) if float(p.right) else math.nan for p in pairs}
    if len(times) == 1 and 1.0 not in times:
        return Relation("factor", f"exactly {times.pop():g} times what it should be in each of {len(pairs)} cases")
    twos = [math.log2(p.got.item()).is_integer() if p.got.item() >= 1 else False for p in pairs]
    if all(twos) and not all(math.log2(max(p.right.item(), 1)).is_integer() for p in pairs):
        return Relation("grid", "a power of two in every case: a search that doubles steps over what it looks for")
    return None


def by_words(trials: Trials, entry: str) -> Relation | None:
    """Where an argument is a word: which words are wrong, and a relation that each choice of words has."""
    groups: dict[str, list[Trial]] = {}
    for t in trials.comparable(entry):
        chosen = [f'`{name}` is "{v}"' for name, v in t.case.arguments.items() if isinstance(v, str)]
        if chosen:
            groups.setdefault(" and ".join(chosen), []).append(t)
    fine = lambda members: all(same(t.got[entry], t.right[entry], trials.rounding) for t in members)
    wrong = {words_: members for words_, members in groups.items() if not fine(members)}
    if not 0 < len(wrong) < len(groups):
        return None
    for word in dict.fromkeys(w for words_ in wrong for w in words_.split(" and ")):
        if all((word in words_.split(" and ")) == (words_ in wrong) for words_ in groups):
            wrong = {word: [t for members in wrong.values() for t in members]}  # one word tells right from wrong
            break
    said = []
    for words_, members in wrong.items():
        found = relation([t.pair(entry) for t in members], trials.rounding) if len(members) > 2 else None
        said.append(f"where {words_}: {found.text if found else 'wrong'}")
    return Relation("factor", "; ".join(said))


def combined(trials: Trials, entry: str) -> Relation | None:
    """Which named addend is missing, doubled or of the wrong sign, from one fit to all numbers of all cases."""
    if not trials.question.terms:
        return None
    rows: dict[str, list[Tensor]] = {}
    wanted = []
    for t in trials.comparable(entry):
        named = trials.question.terms(t.case.arguments).get(entry)
        if named is None:
            return None
        columns = {n: torch.as_tensor(v, dtype=torch.float64).expand(t.right[entry].shape) for n, v in named.items()}
        if all(bool(torch.isfinite(c).all()) for c in columns.values()):
            wanted.append(t.got[entry].flatten())
            for name, column in columns.items():
                rows.setdefault(name, []).append(column.flatten())
    if not wanted or sum(w.numel() for w in wanted) < len(rows) + 2:
        return None
    table, y = torch.stack([torch.cat(r) for r in rows.values()], 1), torch.cat(wanted)
    scale = table.abs().amax(0)
    if bool((scale == 0).any()) or bool(torch.linalg.svdvals(table / scale)[-1] < 1e-8):
        return None
    weights = torch.linalg.lstsq(table / scale, y[:, None]).solution[:, 0] / scale
    if not same(table @ weights, y, 10 * trials.rounding, floor=trials.rounding * float(y.abs().max())):
        return None
    said = [_weight(n, w) for n, w in zip(rows, weights.tolist(), strict=True)]
    off = [s for s in said if s]
    return Relation("terms", "; ".join(off)) if 0 < len(off) <= 3 else None


def scaled(trials: Trials, entry: str) -> Relation | None:
    """A single addend that enters with one wrong factor in each case, and the name of that factor."""
    there = trials.comparable(entry)
    if not trials.question.terms or len(there) < 4:
        return None
    every = [trials.question.terms(t.case.arguments).get(entry) for t in there]
    if any(named is None for named in every):
        return None
    for name in every[0] or {}:
        pairs = []
        for t, named in zip(there, every, strict=True):
            part = torch.as_tensor((named or {})[name], dtype=torch.float64).expand(t.right[entry].shape)
            pairs.append(Pair(t.got[entry] - t.right[entry] + part, part, facts(t.case)))
        found = None if name.startswith("~") else by_factor(pairs, 10 * trials.rounding)
        if found:
            return Relation("terms", f"all would be right but for {name}, which is {found.text}")
    return None


def _weight(name: str, weight: float) -> str:
    """What is wrong with how often a term enters; nothing where it enters once, or a foreign one not at all."""
    foreign, plain = name.startswith("~"), name.removeprefix("~")
    if math.isclose(weight, 0.0 if foreign else 1.0, abs_tol=1e-4):
        return ""
    if abs(weight) < 1e-4:
        return f"{plain} is missing"
    often = {1.0: "", -1.0: " with a minus", 2.0: " twice", 0.5: " by half", -0.5: " by minus a half"}
    close = next((text for k, text in often.items() if math.isclose(weight, k, rel_tol=1e-4)), f" {weight:.4g} times")
    if foreign:
        return f"{plain} enters{close}, and should not"
    return f"{plain} enters with the wrong sign" if math.isclose(weight, -1, rel_tol=1e-4) else f"{plain} enters{close}"
