"""The wrong lines of a derivation, to be tried by its reader: what breaks, where, by how much, on which world.

Everything is computed when the page is made and stands in its HTML, so a page shows it with no kernel, offline, and
without scripts as text. With a kernel, `derivation.mistaken(line, which).breaks()` is the same computation.
"""

import html
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course_pkg.derivation.agreement import show
from course_pkg.derivation.lines import Wrong
from course_pkg.tables import typeset

if TYPE_CHECKING:
    from course_pkg.derivation.chain import Derivation
    from course_pkg.derivation.report import BrokenStep

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Outcome:
    """What one wrong line does: it stands in line `line`, is its `which`-th, and the chain breaks as `broken` says."""

    line: int
    which: int
    wrong: Wrong
    relation: str
    broken: "BrokenStep"

    @property
    def text(self) -> str:
        b = self.broken
        where = "on every world" if b.world == "all" else f"on {b.world}, seed {b.seed}"
        values = "" if b.world == "all" else f" Left is {show(b.left)}, right is {show(b.right)}:"
        return f"Line {b.number} breaks {where}: {b.what}.{values} off by {b.off_by}."


def outcomes(derivation: "Derivation", seed: int = 0) -> list[Outcome]:
    """Try every wrong line. Raises AssertionError where one breaks nothing."""
    found = []
    for line, which in derivation.wrong_lines():
        changed = derivation.mistaken(line, which)
        relation = changed.steps[line].relation if line else ""
        found.append(Outcome(line, which, derivation.steps[line].wrong[which], relation, changed.breaks(seed)))
    return found


@cache
def part(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def choices(line: int, found: list[Outcome]) -> str:
    """HTML that offers the wrong lines of one line; nothing where there is none."""
    mine = [outcome for outcome in found if outcome.line == line]
    if not mine:
        return ""
    offered = "".join(
        f'<li><label><input type="radio" name="believed" value="{o.line}-{o.which}" data-breaks="{o.broken.number}">'
        f"<span>{html.escape(o.wrong.believed)}: "
        f'<span class="formula">{typeset(f"{o.relation} {o.wrong.latex}".strip()).html}</span></span></label>'
        f'<p class="outcome">{html.escape(o.text)}</p></li>'
        for o in mine
    )
    return (
        f'<details class="believe"><summary>believe something else in line {line}</summary>'
        f"<fieldset><legend>What would you have written?</legend><ul>{offered}</ul></fieldset>"
        '<p role="status"></p><button type="button" hidden>As it stood</button></details>'
    )


def breakable(table: str) -> str:
    """A table of lines with choices below them, as an element that its reader can break."""
    return (
        f"<style>{part('breaker.css')}</style><course-breaker><form>{table}</form></course-breaker>"
        f'<script type="module">{part("breaker.js")}</script>'
    )
