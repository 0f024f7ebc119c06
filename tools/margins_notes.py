"""What is noted of a page's assertions: taken in its kernel (tools/margins.py), kept in tests/margins.json."""

import json
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

OPPOSITE = {"min": "max", "max": "min", "amin": "amax", "amax": "amin"}


class Operand(NamedTuple):
    """One side of a comparison. beside: the max where it is a min; what is by the written number in 3 * y."""

    value: Any
    beside: Any = None


class Pair(NamedTuple):
    """Two neighbours in a comparison, and what the text tells of them."""

    compare: Callable[[Any, Any], Any]
    below: bool | None  # whether the left one is to be the smaller; None where it is no order
    ends: tuple[str, str]  # "min" or "max", on either side
    bound: float | None  # the written number
    form: str  # where it stands: on the "left", on the "right", "times" or "plus" what is on the right
    size: bool  # whether the left one is the size of something, abs(x)


class Recorder:
    """The notes of a kernel: {assertion: {part: note}}. Its code calls this, with the place of a part in `known`."""

    def __init__(self) -> None:
        self.notes: dict[str, dict[str, Any]] = {}
        self.known: list[tuple[str, str, list[Pair]]] = []
        self.scale: float | None = None

    def some(self, place: int, values: Any) -> bool:
        values = list(values)
        self.stronger(place, "all for any", all(values))
        return any(values)

    def some_of(self, place: int, values: Any) -> Any:
        self.stronger(place, "all for any", values.all())
        return values.any()

    def not_all(self, place: int, values: Any) -> bool:
        values = list(values)
        self.stronger(place, "any for all", not any(values))
        return not all(values)

    def either(self, place: int, *values: Callable[[], Any]) -> bool:
        """a or b, each asked for in turn; what cannot be asked because an earlier one holds does not hold."""
        found = []
        for value in values:
            try:
                found.append(bool(value()))
            except Exception:
                if not any(found):
                    raise
                found.append(False)
        self.stronger(place, "and for or", all(found))
        return any(found)

    def ends(self, name: str, *arguments: Any) -> Operand:
        """min(x), and max(x) beside it"""
        kept = [list(arguments[0])] if len(arguments) == 1 else arguments
        both = {"min": min(*kept), "max": max(*kept)}
        return Operand(both[name], both[OPPOSITE[name]])

    def ends_of(self, name: str, x: Any) -> Operand:
        """x.min(), and x.max() beside it"""
        return Operand(getattr(x, name)(), getattr(x, OPPOSITE[name])())

    def apart(self, left: Any, right: Any, added: bool) -> Any:
        """A difference of which the size is taken: how large its parts are is noted with the comparison."""
        sizes = [float(np.abs(n).max()) for n in (numbers(left), numbers(right)) if n is not None]
        self.scale = max([*sizes, self.scale or 0.0])
        return left + right if added else left - right

    def compare(self, place: int, *operands: Any) -> Any:
        sides = [o if isinstance(o, Operand) else Operand(o) for o in operands]
        scale, self.scale = self.scale, None
        pairs, result = self.known[place][2], True
        for i, (pair, left, right) in enumerate(zip(pairs, sides, sides[1:], strict=False)):
            result = pair.compare(left.value, right.value)
            if i < len(pairs) - 1 and not result:
                break
            if pair.below is not None:
                try:
                    self.weaker(place, pair, left, right, i == 0, i == len(pairs) - 1)
                    self.note(place, pair, left, right, scale)
                    if pair.compare in (operator.le, operator.ge):
                        equal = left.value == right.value
                        self.stronger(place, "== for it", equal.all() if hasattr(equal, "all") else equal)
                except (TypeError, ValueError, AttributeError, RuntimeError, ZeroDivisionError):
                    pass  # no numbers
        return result

    def weaker(self, place: int, pair: Pair, left: Operand, right: Operand, first: bool, last: bool) -> None:
        """min(x) < y where max(x) < y. What stands within a chain is told from both sides."""
        weak = ("min", "max") if pair.below else ("max", "min")
        if first and pair.ends[0].removeprefix("a") == weak[0] and left.value != left.beside:  # of several
            self.stronger(place, f"{weak[1]} for {weak[0]}", pair.compare(left.beside, right.value))
        if last and pair.ends[1].removeprefix("a") == weak[1] and right.value != right.beside:
            self.stronger(place, f"{weak[0]} for {weak[1]}", pair.compare(left.value, right.beside))

    def stronger(self, place: int, form: str, holds: Any) -> None:
        """Whether what is stronger held, too, each time."""
        assertion, part, _ = self.known[place]
        notes, key = self.notes.setdefault(assertion, {}), f"{part}: {form}"
        notes[key] = bool(holds) and notes.get(key, True)

    def note(self, place: int, pair: Pair, left: Operand, right: Operand, scale: float | None) -> None:
        """A written bound, and the nearest to it that came."""
        if pair.bound is None:
            return
        below = not pair.below if pair.form == "left" else bool(pair.below)
        came = right.value if pair.form == "left" else left.value
        if pair.form in ("times", "plus"):
            came = left.value / right.beside if pair.form == "times" else left.value - right.beside
        found = numbers(came)
        if found is None:
            return
        assertion, part, _ = self.known[place]
        nearer, key = max if below else min, f"{part}: {'<' if below else '>'} {pair.bound:g}"
        notes = self.notes.setdefault(assertion, {})
        before = notes.get(key, {})
        kind = "whole" if found.dtype.kind in "iu" else "number"
        if pair.size and below:
            kind = "error" if pair.form == "times" else "difference" if scale else kind
        notes[key] = {
            "bound": pair.bound,
            "came": nearer([float(found.max() if below else found.min()), *([before["came"]] if before else [])]),
            "below": below,
            "kind": kind,
        }
        if kind == "difference":
            notes[key]["of"] = max(scale or 0.0, before.get("of", 0.0))


def numbers(value: Any) -> Any:
    """A value as an array of numbers, or None."""
    if isinstance(value, (bool, str)) or value is None:
        return None
    try:
        array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError):
        return None
    return array if array.size and array.dtype.kind in "iuf" else None


def keep(path: Path, page: str, notes: dict[str, dict[str, Any]]) -> None:
    """The notes of a page that was executed into the record. What is within a tenth of what stands there stays."""
    record = json.loads(path.read_text("utf-8")) if path.exists() else {}
    before = record.pop(page, {})
    if notes:
        record[page] = {
            assertion: {part: settled(note, before.get(assertion, {}).get(part)) for part, note in parts.items()}
            for assertion, parts in notes.items()
        }
    if notes or before:
        path.parent.mkdir(exist_ok=True)
        path.write_text(written_out(record), "utf-8")


def settled(note: Any, before: Any) -> Any:
    """A note in three digits, or the one that is there: another machine need not meet it to the last digit."""
    if not isinstance(note, dict):
        return note
    rounded = {key: float(f"{value:.3g}") if isinstance(value, float) else value for key, value in note.items()}
    if not isinstance(before, dict) or rounded.keys() != before.keys():
        return rounded
    near = lambda key: abs(rounded[key] - before[key]) <= (0.1 * abs(before[key]) if key in ("came", "of") else 0)
    if any(rounded[key] != before[key] for key in ("below", "kind")):
        return rounded
    return before if all(near(key) for key in rounded.keys() - {"below", "kind"}) else rounded


def written_out(record: dict[str, dict[str, Any]]) -> str:
    """An assertion a line, so that two changes meet only where they must."""
    text = lambda value: json.dumps(value, ensure_ascii=False)
    pages = [
        f" {text(page)}: {{\n" + ",\n".join(f"  {text(a)}: {text(parts)}" for a, parts in notes.items()) + "\n }"
        for page, notes in sorted(record.items())
    ]
    return "{\n" + ",\n".join(pages) + "\n}\n"
