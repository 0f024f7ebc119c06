"""What a student reads: a verdict that shows itself as a table in a notebook and as text in a terminal."""

import textwrap
from dataclasses import asdict, dataclass
from typing import Any

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
    "special": "so the slip is in what such a value hides: a factor is one there, a term zero, or two are the same.",
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
