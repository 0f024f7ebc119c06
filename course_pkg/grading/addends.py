"""Relations of all numbers of an entry over all cases, and which of the named addends is missing or too much."""

import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial, Trials, facts
from course_pkg.grading.functions import named_relation, relation, unnamed_relation
from course_pkg.grading.probes.partly import partly
from course_pkg.grading.relations import Pair, Relation, by_constant, by_factor, same


def related(trials: Trials, entry: str) -> Relation | None:
    """A relation over all cases, or a combination of the terms that the right answer is made of."""
    there = trials.comparable(entry)
    if trials.question.kind == "experiment" and not there[0].case.arguments:
        return None  # one number, and any relation would give it away
    pairs = [t.pair(entry) for t in there]
    found = named_relation(pairs, trials.rounding) or combined(trials, entry) or scaled(trials, entry)
    found = found or mixed(trials, entry) or counted(pairs) or by_words(trials, entry) or exchanged(trials, entry)
    found = found or by_position(trials, entry) or partly(trials, entry)
    return found or unnamed_relation(pairs, trials.rounding)


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
            mine = lambda name: all(name in t.got and same(t.got[name], t.right[entry], trials.rounding) for t in there)
            end = "entries changed places" if any(map(mine, there[0].right)) else "one quantity stands for two"
            return Relation("order", f"the right numbers of {other}: {end}")
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
    if len({float(p.got) for p in pairs}) == 1:
        return by_constant(pairs, 0.0)
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
    single = lambda words_: [w.split(" is ")[1] for w in words_.split(" and ")]
    found_in = dict.fromkeys(word for words_ in wrong for word in single(words_))
    for word in found_in:
        if len(wrong) > 1 and all((word in words_) == (words_ in wrong) for words_ in groups):
            return Relation("place", f"wrong wherever one of the words is {word}, right wherever none is")
    for word in found_in:
        once = {words_: single(words_).count(word) == 1 for words_ in groups}
        if len(wrong) > 1 and all(once[words_] == (words_ in wrong) for words_ in groups):
            return Relation("place", f"wrong wherever just one of the words is {word}, right wherever both or none are")
    said = []
    for words_, members in wrong.items():
        found = relation([t.pair(entry) for t in members], trials.rounding) if len(members) > 2 else None
        said.append(f"where {words_}: {found.text if found else 'wrong'}")
    return Relation("factor", "; ".join(said))


# Named addends -----------------------------------------------------------------------------------------------


def combined(trials: Trials, entry: str) -> Relation | None:
    """Which named addend is missing, doubled or of the wrong sign, from one fit to all numbers of all cases."""
    if not trials.question.terms:
        return None
    rows: dict[str, list[Tensor]] = {}
    wanted, endless = [], []
    for t in trials.comparable(entry):
        named = trials.question.terms(t.case.arguments).get(entry)
        if named is None:
            return None
        columns = {n: _flat(v, t.right[entry]) for n, v in named.items()}
        if all(bool(torch.isfinite(c).all()) for c in columns.values()):
            wanted.append(t.got[entry].flatten())
            for name, column in columns.items():
                rows.setdefault(name, []).append(column)
        else:
            endless.append((columns, t.got[entry].flatten()))
    if not wanted or sum(w.numel() for w in wanted) < len(rows) + 2:
        return None
    table, y = torch.stack([torch.cat(r) for r in rows.values()], 1), torch.cat(wanted)
    scale = table.abs().amax(0)
    if bool((scale == 0).any()) or bool(torch.linalg.svdvals(table / scale)[-1] < 1e-8):
        return None
    weights = torch.linalg.lstsq(table / scale, y[:, None]).solution[:, 0] / scale
    close = partial(same, rounding=10 * trials.rounding, floor=trials.rounding * float(y.abs().max()))
    if not close(table @ weights, y):
        return None
    for columns, got in endless:  # where an addend is infinite it may not enter, and the others must do
        parts = [w * columns[n] for n, w in zip(rows, weights, strict=True) if abs(float(w)) > 1e-4]
        if not close(torch.stack([*parts, torch.zeros_like(got)]).sum(0), got):
            return None
    said = [_weight(n, w) for n, w in zip(rows, weights.tolist(), strict=True)]
    off = [s for s in said if s]
    own = [s for n, s in zip(rows, said, strict=True) if not n.startswith("~")]
    few = len(off) <= 3 or (len(off) == 4 and not all(own))  # where nothing is as it should be, no addend is to blame
    if off and not few and len(off) < 7:
        parts = [_part(n, w) for n, w in zip(rows, weights.tolist(), strict=True) if abs(w) > 1e-4]
        return Relation("terms", f"yours is made of {', '.join(parts).removeprefix('plus ')}") if all(parts) else None
    return Relation("terms", "; ".join(off)) if off and few else None


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


def mixed(trials: Trials, entry: str) -> Relation | None:
    """A sum of the right addends, each of them with a weight of its own in each case: which enter by too much."""
    if not trials.question.terms:
        return None
    found: dict[str, list[float]] = {}
    for t in trials.comparable(entry):
        named = {n: v for n, v in (trials.question.terms(t.case.arguments).get(entry) or {}).items() if n[0] != "~"}
        named = _grouped({n: _flat(v, t.right[entry]) for n, v in named.items()})
        columns = list(named.values())
        if len(columns) < 2 or t.right[entry].numel() < len(columns) + 2:
            continue
        table, y = torch.stack(columns, 1), t.got[entry].flatten()
        if not bool(table.isfinite().all()) or bool(torch.linalg.svdvals(table)[-1] < 1e-6 * table.abs().max()):
            continue
        weights = torch.linalg.lstsq(table, y[:, None]).solution[:, 0]
        if not same(table @ weights, y, 10 * trials.rounding, floor=trials.rounding * float(y.abs().max())):
            return None
        for name, weight in zip(named, weights.tolist(), strict=True):
            found.setdefault(name, []).append(weight)
    said = [_share(name, weights) for name, weights in found.items()]
    off = [s for s in said if s]
    return Relation("terms", f"made of the right parts, but {'; '.join(off)}") if off and len(said) > 1 else None


def _grouped(columns: dict[str, Tensor]) -> dict[str, Tensor]:
    """The addends, those added up that are multiples of each other: their weights cannot be told apart."""
    found: dict[str, Tensor] = {}
    for name, column in columns.items():
        like = next((n for n, c in found.items() if _parallel(c, column)), None)
        if like is None:
            found[name] = column
        else:
            found[f"{like}, with {name.removeprefix('minus ')},"] = found.pop(like) + column
    return found


def _parallel(a: Tensor, b: Tensor) -> bool:
    size = float(a.norm() * b.norm())
    return size > 0 and abs(float(a @ b)) > (1 - 1e-9) * size


def _flat(part: Tensor, like: Tensor) -> Tensor:
    return torch.as_tensor(part, dtype=torch.float64).expand(like.shape).flatten()


def _share(name: str, weights: Sequence[float]) -> str:
    """Whether a part enters by too much or too little in every case; nothing where it enters once."""
    if len(weights) < 2 or all(abs(w - 1) < 1e-5 for w in weights):
        return ""
    if all(abs(w) < 1e-6 for w in weights):
        return f"{name} is missing"
    way = "too much" if min(weights) > 1 else "too little" if 0 <= min(weights) <= max(weights) < 1 else ""
    return f"{name} enters by {way} in each case" if way else f"{name} enters by another weight in each case"


def _part(name: str, weight: float) -> str:
    """An addend with its sign and how often it enters; nothing where that is no simple number."""
    plain = name.removeprefix("~")
    size = weight if not plain.startswith("minus ") else -weight
    often = {1.0: "", 2.0: "twice ", 0.5: "half of "}
    close = next((text for k, text in often.items() if math.isclose(abs(size), k, rel_tol=1e-4)), None)
    return "" if close is None else f"{'plus' if size > 0 else 'less'} {close}{plain.removeprefix('minus ')}"


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
