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
