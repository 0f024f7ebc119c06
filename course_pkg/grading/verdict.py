"""What a student reads: a verdict that shows itself as a table in a notebook and as text in a terminal."""

import math
import re
import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import torch

from course_pkg.tables import Table, code

WORDS = {  # the status in words: colour is never the only cue
    "holds": "holds",
    "not started": "not started",
    "missing": "missing",
    "arguments": "not yet: other arguments",
    "exception": "stopped by an error",
    "endless": "stopped: it did not end",
    "type": "not yet: another type",
    "shape": "not yet: another shape",
    "not finite": "not yet: not a finite number",
    "slip": "not yet: a known slip",
    "different": "not yet: another value",
    "changed": "not yet: it changes what it is given",
    "slope": "not yet: right numbers, wrong derivatives",
}
QUIET = ("holds", "not started")

# What was found, of which a hint can say what to do; the others only say where to look.
STRONG = {"sign", "factor", "offset", "power", "order", "terms", "name", "domain"}
GENERAL = {  # where a question has no hint of its own for what was found
    "sign": "which way must it go? Try a case whose sign you know.",
    "factor": "which sum, mean, half or unit is this factor? Follow one number through.",
    "offset": "take a case whose answer you know, zero for one, and see what is left over.",
    "power": "the right quantity is there: what was done to it last?",
    "order": "the right numbers are there: look at what moves them.",
    "terms": "compare term by term with a formula on paper.",
    "near": "find the exact formula, or iterate until nothing moves; and do not guard a logarithm with an epsilon.",
    "random": "nothing is to be drawn here: there is a formula, or a sum.",
    "no effect": "where in the formula does this argument stand?",
    "constant": "what comes in must decide. Is a number of one case written into the code?",
    "as if": "follow this argument through your code: where is it changed, or taken for another?",
    "departs": "print both neighbours of that step in a case by hand.",
    "symmetry": "what in your answer does not follow? Change what comes in in that way, and compare step by step.",
    "error": "change this argument alone in a case by hand, and follow it.",
    "zero": "what makes it zero: // or int() that rounds down, a comparison, a sum over nothing, a term that cancels?",
    "whole": "is it an index or a count, where the value that stands there is asked for? Or does // or round() cut it?",
    "grid": "how near must it be? Search more finely than that, or solve for it; nothing is to be counted in draws.",
    "not finite": "which logarithm, root, division or exponential has no number there? Print what comes into each.",
    "endless": "what ends your loop? Print what it compares, for the case by hand; two floats are seldom equal, and a "
    "counter must move.",
    "special": "so the slip is in what such a value hides: a factor is one there, a term zero, or two are the same.",
    "response": "compute it by hand at two values of this argument, and compare what that changes.",
    "strength": "compute it by hand at two values of this argument, and compare what that changes.",
    "place": "take one that is wrong and one that is right, and follow both through your code: what differs?",
    "piece": "which line sums, averages, sorts or indexes these? Leave some of them out by hand, and compare.",
    "domain": "a zero or a negative number came to a logarithm, a root or a division: what should count there?",
    "name": "nothing has that name there: is it spelt as where it was made, and made before it is used?",
}
ERRORS = {  # errors that say the same in every question, by how they begin
    "name": ("NameError", "UnboundLocalError"),
    "domain": ("ValueError: math domain error", "ZeroDivisionError"),
}


@dataclass(frozen=True)
class Verdict:
    """The judgement of one answer. rows are (what, text); it holds no input and no expected value."""

    question: str
    status: str
    earned: int
    points: int
    rows: tuple[tuple[str, str], ...] = ()
    slip: str = ""

    @property
    def headline(self) -> str:
        earned = f", {self.earned} of {self.points} points" if self.status == "holds" else ""
        return f"{self.question}: {WORDS[self.status]}{earned}"

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file or another process."""
        return asdict(self)

    def __repr__(self) -> str:
        lines = [self.headline]
        for what, text in self.rows:
            lines += textwrap.wrap(text, 100, initial_indent=f"  {what:<12} ", subsequent_indent=" " * 15)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p><strong>{code(self.question).html}</strong>: {WORDS[self.status]}</p>"
        rows = [(what, code(text) if what == "your line" else text) for what, text in self.rows]
        css = "" if self.status in QUIET else "derivation broken"
        return Table(("check", "what was found"), rows, self.headline, css)._repr_html_()


# A case in words, from its numbers

COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: float) -> str:
    """A number as a person would write it: 3, 1/4, log 2, 0.7."""
    if value == round(value):
        return str(round(value))
    exact = Fraction(value).limit_denominator(8)
    if math.isclose(exact, value, rel_tol=1e-12) and exact.denominator != 5:
        return str(exact)
    for n in range(2, 17):
        if math.isclose(abs(value), math.log(n), rel_tol=1e-12):
            return ("-" if value < 0 else "") + f"log {n}"
    return f"{value:.4g}"


def joined(texts: list[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def vector(values: list[float]) -> str:
    return "(" + ", ".join(number(v) for v in values) + ")"


class Shown:
    """A value that a template shows. {x} as it is, {x:exp} its exponential, {x:width} sigma where x is log sigma^2,
    {x:vector} in brackets, {x:word} a count in words, {x:turn} an angle as a share of a full turn."""

    def __init__(self, value: Any):
        self.value = value

    def __format__(self, how: str) -> str:
        value = self.value
        if isinstance(value, str):
            return f'"{value}"'
        tensor = torch.as_tensor(value, dtype=torch.float64)
        if how == "word":
            return COUNTS[int(tensor)]
        if how == "turn":
            return f"{number(tensor.item() / (2 * math.pi))} of a full turn"
        if how in ("exp", "width"):
            tensor = (tensor if how == "exp" else tensor / 2).exp()
        while tensor.ndim > 1 and 1 in (len(tensor), tensor.shape[-1]):
            tensor = tensor[0] if len(tensor) == 1 else tensor[..., 0]
        if tensor.ndim == 1 and len(tensor) == 1:
            tensor = tensor[0]
        if tensor.ndim == 0:
            return number(tensor.item())
        if tensor.ndim == 1 and how == "vector":
            return vector(tensor.tolist())
        if tensor.ndim == 1:
            return joined([number(v) for v in tensor.tolist()])
        return joined([vector(row) for row in tensor.flatten(0, -2).tolist()])


def tell(template: str, arguments: Mapping[str, Any], sizes: Mapping[str, int]) -> str:
    """The template with the numbers of a case. Raises KeyError for a name that the case lacks."""
    return template.format_map({**{k.replace(" ", "_"): Shown(n) for k, n in sizes.items()},
                                **{k: Shown(v) for k, v in arguments.items()}})  # fmt: skip


SHARES = ("half", "halves", "third", "thirds", "quarter", "quarters", "fifth", "eighth", "tenth")


def told_apart(template: str) -> str:
    """What of a template is a number that does not come from the case; nothing where all do."""
    bare = re.sub(r"\{[^}]*\}", "", template)
    found = re.search(r"\d|\b(" + "|".join((*COUNTS[2:], *SHARES)) + r")\b", bare)
    return found[0] if found else ""
