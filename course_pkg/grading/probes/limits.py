"""Where an answer goes when what comes in goes far: very large, nearly zero, all but certain, all alike."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from course_pkg.grading.evidence import Trial
from course_pkg.grading.probes.asking import MOST, Asking, Both, numbers
from course_pkg.grading.probes.behaviour import normalised, renormalised
from course_pkg.grading.probes.structure import whole
from course_pkg.grading.question import Case
from course_pkg.grading.relations import CONSTANTS, Relation

FAR = (1e2, 1e4, 1e6)
NEAR = (1e-1, 1e-2, 1e-3, 1e-4)  # of three steps in a row the last that are no rounding
SHARP = (1.0, 3.0, 9.0)  # times what the smallest of the probabilities can bear
ORDERS = {1.0: "in proportion", 2.0: "with the square", 0.5: "with the root", 3.0: "with the cube",
          4.0: "with the fourth power"}  # fmt: skip
AFAR = {1.0: "like one over it", 2.0: "like one over its square", 0.5: "like one over its root",
        3.0: "like one over its cube", 4.0: "like one over its fourth power"}  # fmt: skip
ZERO = 1e-14  # what is smaller may be rounding
Path = Callable[[float], dict[str, Any]]  # the arguments that are changed, by how far one has gone
Row = list[tuple[Tensor, Tensor]]  # right and got, at each step


def limits(asking: Asking) -> list[Relation]:
    """What is told of each way to go far: the kind of place where both end, or how the ends compare."""
    trials = asking.wrong()
    if len(trials) < 2 or all(whole(t.right[e]) for t in asking.trials.all for e in asking.entries):
        return []
    found: list[Relation] = []
    alone = {f"{entry}: ": [entry] for entry in asking.entries} if len(asking.entries) > 1 else {}
    groups = {"": asking.entries, **alone}  # an entry whose end tells nothing may hide what another's does
    for words, steps, _ in paths(trials[0].case, asking):
        walks: list[Sequence[Both]] = []
        for trial in trials:
            path = next((p for other, _, p in paths(trial.case, asking) if other == words), None)
            walk = _walk(asking, trial, path, steps) if path else None
            walks += [walk] if walk else []
            if not walk or (len(walks) == 1 and not any(_differs(_row(walk, g), steps) for g in groups.values())):
                break
        if len(walks) == len(trials):
            told = ((name, _compare([_row(w, g) for w in walks], words, steps)) for name, g in groups.items())
            name, said = next((pair for pair in told if pair[1]), ("", []))
            if said and _elsewhere(asking, words, steps, groups[name], said[0].text):
                continue
            found += [replace(s, text=name + s.text) for s in said]
    return sorted(found, key=lambda r: r.kind != "response")[:2]


def _elsewhere(asking: Asking, words: str, steps: Sequence[float], entries: Sequence[str], text: str) -> bool:
    """Whether a further wrong case shows that this is not so."""
    for trial in asking.wrong(most=None)[MOST:]:
        path = next((p for other, _, p in paths(trial.case, asking) if other == words), None)
        walk = _walk(asking, trial, path, steps) if path else None
        if walk and _contradicts(_row(walk, entries), words, steps, text):
            return True
    return False


def _contradicts(row: Row, words: str, steps: Sequence[float], text: str) -> bool:
    """Whether the answer ends as what is right does, where it is said that it does not, or in a third way."""
    right, got = (end([v[side] for v in row], steps) for side in (0, 1))
    if right and right == got and text.startswith(f"where {words}, what is right {right},"):
        return True
    own = _compare([row], words, steps)
    of_what_is_right = lambda sentence: sentence.partition(", and yours")[0] if ", and yours" in sentence else ""
    return bool(own) and own[0].text != text and of_what_is_right(own[0].text) == of_what_is_right(text)


def paths(case: Case, asking: Asking) -> Iterator[tuple[str, Sequence[float], Path]]:
    """Every way to go far that this case has: in words, the steps, and what is changed at a step."""
    tables = []
    for name, value in numbers(case):
        if not asking.real(name):
            continue
        if not isinstance(value, Tensor):
            yield f"`{name}` is nearly zero", NEAR, _scaled(name, value)
            if asking.share(name):
                yield f"`{name}` is nearly one", NEAR, _to_one(name, value)
            else:
                yield f"`{name}` is very large", FAR, _scaled(name, value)
            continue
        kind = normalised(value)
        tables.append((name, value, kind))
        if kind:
            yield f"`{name}` is all but certain", SHARP, _sharpened(name, value)
        else:
            yield f"`{name}` is nearly zero", NEAR, _scaled(name, value)
            if not asking.share(name):
                yield f"`{name}` is very large", FAR, _scaled(name, value)
        for axis, line in enumerate(("rows", "columns") if value.ndim == 2 else ()):
            alike = value.exp().mean(axis, keepdim=True).log() if kind.startswith("logs") else value.mean(axis, True)
            yield f"the {line} of `{name}` are nearly alike", NEAR, _meeting(name, value, alike.expand_as(value), kind)
    for (one, a, kind), (other, b, second) in itertools.combinations(tables, 2):
        if a.shape == b.shape and kind == second:
            yield f"`{one}` and `{other}` are nearly the same", NEAR, _meeting(one, a, b, kind)


def _scaled(name: str, value: Any) -> Path:
    return lambda k: {name: k * value}


def _to_one(name: str, value: float) -> Path:
    return lambda k: {name: 1 - k * (1 - value)}


def _sharpened(name: str, value: Tensor) -> Path:
    logs = value if normalised(value).startswith("logs") else value.log()
    there = logs[logs.isfinite()]
    bears = 60.0 / max(1.0, float(there.max() - there.min()))
    return lambda k: {name: sharper(k * bears, value)}


def _meeting(name: str, value: Tensor, end: Tensor, kind: str) -> Path:
    """From a table to another; of logarithms the probabilities go straight."""
    if kind.startswith("logs"):
        return lambda k: {name: ((1 - k) * end.exp() + k * value.exp()).log()}
    return lambda k: {name: end + k * (value - end)}


def sharper(power: float, value: Tensor) -> Tensor:
    """Probabilities, each to a power, normalised again as they were."""
    kind = normalised(value)
    return renormalised(power * value if kind.startswith("logs") else value**power, kind)


def _walk(asking: Asking, trial: Trial, path: Path, steps: Sequence[float]) -> list[Both] | None:
    found: list[Both] = []
    for k in steps:
        both = asking.both(trial.case, **path(k))
        if not both or any(both.right[e].shape != found[0].right[e].shape for e in asking.entries if found):
            return None
        found.append(both)
    return found


def _row(walk: Sequence[Both], entries: Sequence[str]) -> Row:
    return [both.flat(entries) for both in walk]


def _differs(row: Row, steps: Sequence[float]) -> bool:
    """Whether the first case lets hope for a sentence: ends of two kinds, or one number of times between them."""
    one, other = (end([v[side] for v in row], steps) for side in (0, 1))
    return bool(one and other and one != other) or _times(row) is not None


def _compare(rows: Sequence[Row], words: str, steps: Sequence[float]) -> list[Relation]:
    right, got = ({end([v[side] for v in row], steps) for row in rows} for side in (0, 1))
    if len(right) == len(got) == 1 and "" not in right | got and right != got:
        one, other = right.pop(), got.pop()
        if one in other or other in one:  # the order of one of them could not be told
            return []
        return [Relation("response", f"where {words}, what is right {one}, and yours {other}")]
    times = {_times(row) for row in rows}
    if len(times) != 1 or None in times:
        return []
    text = times.pop()
    trivial = all(whole(row[-1][0]) or _alike(row[-1][0]) for row in rows)
    if text == "":
        return [] if trivial else [Relation("special", f"nearly right where {words}")]
    return [Relation("response", f"where {words}, yours is {text} what it should be")]


def _alike(numbers: Tensor) -> bool:
    """Whether several numbers are all but the same."""
    return len(numbers) > 1 and float(numbers.std(correction=0)) < 1e-2 * float(numbers.abs().max())


def _times(row: Row) -> str | None:
    """How many times what is right came at the end of the way, in words; None where that is no known number."""
    (right, got), (before, then) = row[-1], row[-2]
    if bool((right.abs() < 1e-13).any()) or bool((before.abs() < 1e-13).any()):
        return None
    ratio, last = got / right, then / before
    if float((ratio - ratio[0]).abs().max()) > 2e-3 * abs(float(ratio[0])) or not _nearer(ratio, last):
        return None
    return next((text for k, text in CONSTANTS.items() if math.isclose(k, float(ratio[0]), rel_tol=2e-3)), None)


def _nearer(ratio: Tensor, last: Tensor) -> bool:
    """Whether the ratio has all but settled."""
    return float((ratio - last).abs().max()) < 2e-2 * float(ratio.abs().max())


def end(values: Sequence[Tensor], steps: Sequence[float] = NEAR) -> str:
    """Where numbers go: to zero, to others, or away from any, and how fast; nothing where that cannot be told."""
    sizes = [float(v.abs().max()) for v in values]
    if max(sizes) < ZERO:
        return "is zero"
    if sizes[-1] < ZERO:  # what vanished on the way is judged by the steps before
        seen = [size for size in sizes if size >= ZERO]
        return f"goes to zero{_order(seen[-3:], steps)}" if sizes == sorted(sizes, reverse=True) else ""
    one, two, three = values[-3:]
    if sizes[-1] < 0.2 * sizes[-2] < 0.04 * sizes[-3]:
        return f"goes to zero{_order(sizes[-3:], steps)}"
    if _root(sizes, steps):
        return "goes to zero with the root"
    first, second = (two - one).abs(), (three - two).abs()
    still = second <= 5e-3 * three.abs()
    # Steps that shrink by one factor lead this much further; what leads to zero like a slow power does not settle.
    rest = torch.where(still, 0 * three, (three - two) * second / (first - second).clamp_min(1e-300))
    if bool((still | (second < 0.3 * first)).all()) and float((three + rest).abs().max()) > 0.5 * sizes[-1]:
        return "settles at another number than zero"
    # A logarithm grows by as much at each step, a power by a power of the step; what may level off by neither.
    along = bool(((three - two) * (two - one) > 0).all()) and bool((three.abs() > two.abs()).all())
    power = (second / first).log() / math.log(_pace(steps))
    powers = torch.tensor([0.0, 0.5, 1.0, 2.0, 3.0, 4.0], dtype=power.dtype)
    if along and bool((((power[:, None] - powers).abs() < 0.03).any(1)).all()):
        return "grows without bound"
    return ""


def _pace(steps: Sequence[float]) -> float:
    """How many times as far, or as near, each step goes."""
    return max(steps[-1] / steps[-2], steps[-2] / steps[-1])


def _root(sizes: Sequence[float], steps: Sequence[float]) -> bool:
    """Whether they vanish with the root of what is nearly zero: nearer to that power at each step."""
    if tuple(steps) != NEAR or min(sizes) < ZERO:
        return False
    away = [abs(math.log10(a / b) - 0.5) for a, b in itertools.pairwise(sizes)]
    return max(away[-2:]) < 0.1 and all(b <= a + 1e-3 for a, b in itertools.pairwise(away))


def _order(sizes: Sequence[float], steps: Sequence[float]) -> str:
    """How fast they vanish: the power of a step by which they shrink; nothing where two steps do not agree on it."""
    if len(sizes) < 3:
        return ""
    orders = [math.log(a / b) / math.log(_pace(steps)) for a, b in itertools.pairwise(sizes)]
    known = {NEAR: ORDERS, FAR: AFAR}.get(tuple(steps), {})  # a power of probabilities has no such order
    return next((f" {text}" for k, text in known.items() if max(abs(o - k) for o in orders) < 0.1), "")
