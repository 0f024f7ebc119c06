"""A page on the class: which slips how often, which question is too hard, what to say in the next lecture.

One file of plain HTML, without scripts and without a student's name, so that it can be shown to the class. Each picture
has its numbers in a table beside it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import correlation, median

from course_pkg.classroom.catalogue import kind_of, message_of
from course_pkg.classroom.feedback import document, table, text
from course_pkg.classroom.results import Results

ENOUGH = 10  # submissions: of fewer, no correlation is said
HARD, EASY, DULL = 0.3, 0.95, 0.15  # shares that are right, and a correlation, at which a question is spoken of
LOOK = """
svg { max-width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: var(--ink); }
.bar { fill: #0072b2; } .dot { fill: #d55e00; } .axis { stroke: var(--line); fill: none; }
figure { margin: 1rem 0; } figcaption { font-style: italic; }
table { display: block; overflow-x: auto; } th, td { overflow-wrap: normal; }
body { max-width: 76rem; } p, ol { max-width: 46rem; } td:nth-last-child(-n+2) { min-width: 10rem; }
li { margin: .5rem 0; } section { break-inside: avoid; }
"""


@dataclass
class Item:
    """A question as the class did it. discrimination: the correlation of having it right with the points of the rest of
    the sheet, None where that says nothing; slips: {name: how many made it}; unnamed: wrong in a way no one named."""

    sheet: str
    name: str
    points: float
    graded: int = 0
    right: int = 0
    blank: int = 0
    stopped: int = 0
    discrimination: float | None = None
    slips: Counter[str] = field(default_factory=Counter)
    unnamed: int = 0

    @property
    def share(self) -> float | None:
        """The part of those who handed the sheet in that have it right."""
        return self.right / self.graded if self.graded else None


def items(results: Results) -> list[Item]:
    """Every question of every sheet, in their order. A question that was stopped counts as tried and not as right."""
    found = []
    for sheet, asked in results.sheets.items():
        mine = [s for s in results.submissions if s.sheet == sheet and s.mark is not None]
        for question in asked.questions:
            item = Item(sheet, question.name, question.points)
            pairs = []
            for s in mine:
                mark = next((m for m in s.questions if m.name == question.name), None)
                if mark is None:
                    continue
                item.graded += 1
                item.right += mark.status == "right"
                item.blank += mark.status in ("not started", "missing")
                item.stopped += mark.status == "stopped"
                if mark.slip:
                    item.slips[mark.slip] += 1
                item.unnamed += mark.status == "wrong" and not mark.slip
                pairs.append((float(mark.status == "right"), (s.score or 0.0) - (mark.score or 0.0)))
            item.discrimination = correlated(pairs)
            found.append(item)
    return found


def correlated(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The correlation of the pairs; None of fewer than ENOUGH, or where one side does not vary."""
    if len(pairs) < ENOUGH or any(len(set(side)) < 2 for side in zip(*pairs, strict=True)):
        return None
    return correlation(*zip(*pairs, strict=True))


def notes(item: Item) -> list[str]:
    """What a teacher may want to look at in a question."""
    said = []
    share, d = item.share, item.discrimination
    if share is None:
        return ["nobody was graded on it"]
    if share < HARD:
        said.append("hard: speak of it, or give more time")
    if share > EASY:
        said.append("nearly all have it")
    if d is not None and d < -DULL:
        said.append("who does well elsewhere misses it: is it asked clearly?")
    elif d is not None and d < DULL:
        said.append("says little of who does well elsewhere")
    if item.blank > item.graded / 2:
        said.append("most did not begin it")
    if item.stopped:
        said.append(f"stopped {item.stopped} times: an answer that does not end, or asks for much")
    return said


# The page -------------------------------------------------------------------------------------------------------------


def percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


def drawing(title: str, width: int, height: int, inside: str) -> str:
    """A picture with its words for who cannot see it; they also stand below it."""
    view = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return (f'<figure><svg role="img" aria-label="{text(title)}" {view}>{inside}</svg>'
            f"<figcaption>{text(title)}</figcaption></figure>\n")  # fmt: skip


def bars(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """Horizontal bars: a name, a part of one, and what stands at its end."""
    step, long = 22, 300
    left = 24 + 7 * max([20, *(len(name[:50]) for name, _, _ in rows)])  # a letter of 13 px is less than 7 wide
    inside = "".join(
        f'<text x="{left - 8}" y="{k * step + 16}" text-anchor="end">{text(name[:50])}</text>'
        f'<rect class="bar" x="{left}" y="{k * step + 4}" width="{long * part:.1f}" height="{step - 7}"/>'
        f'<text x="{left + long * part + 6:.1f}" y="{k * step + 16}">{text(end)}</text>'
        for k, (name, part, end) in enumerate(rows)
    )
    return drawing(title, left + long + 90, len(rows) * step + 6, inside)


def scores(results: Results, sheet: str) -> str:
    """How many have how much of a sheet, in tenths of its points."""
    mine = [s.mark / s.maximum for s in results.submissions if s.sheet == sheet and s.mark is not None and s.maximum]
    if not mine:
        return ""
    tenths = Counter(min(int(10 * share + 1e-9), 9) for share in mine)
    most = max(tenths.values())
    rows = [(f"{10 * k} to {10 * k + 10} %", tenths[k] / most, str(tenths[k])) for k in range(10)]
    return bars(f"{sheet}: students by their part of the points; the median is {percent(median(mine))}", rows)


def scatter(found: Sequence[Item]) -> str:
    """Share right against discrimination, a dot a question, each with its name."""
    dots = [(i.name, i.share, i.discrimination) for i in found if i.discrimination is not None and i.share is not None]
    if len(dots) < 3:
        return ""
    x, y = (lambda v: 50 + 480 * v), (lambda v: 150 - 130 * v)
    low = min(0.0, *(d for _, _, d in dots))
    high = y(low) + 30
    inside = f'<path class="axis" d="M50 {y(1)}V{y(low):.1f}M50 {y(0)}H{x(1)}"/>'
    inside += f'<text x="50" y="14">correlation with the rest of the sheet</text><text x="{x(1)}" y="{high:.1f}" '
    inside += 'text-anchor="end">part of the class that has it right</text>'
    for name, share, d in dots:
        inside += f'<circle class="dot" cx="{x(share):.1f}" cy="{y(d):.1f}" r="4"/>'
        inside += f'<text x="{x(share) + 6:.1f}" y="{y(d) + 4:.1f}">{text(name[:24])}</text>'
    title = "Each question by how many have it right (to the right: more) and how well it tells who does well elsewhere"
    return drawing(f"{title} (above: better)", 720, int(high) + 8, inside)


def lecture(found: Sequence[Item], most: int = 6) -> str:
    """The slips that most students made, with what those were told."""
    every = sorted(((n, i, slip) for i in found for slip, n in i.slips.items()), key=lambda t: (-t[0], t[1].name, t[2]))
    if not every:
        return "<p>No slip was recognised.</p>\n"
    lines = []
    for n, item, slip in every[:most]:
        told = message_of(item.sheet, item.name, slip)
        who = f"{n} of {item.graded} students"
        lines.append(
            f"<li><strong>{text(slip)}</strong> ({text(item.sheet)}, <code>{text(item.name)}</code>; {who})."
            f"{' What they read: ' + text(told) if told else ''}</li>"
        )
    return f"<ol>{''.join(lines)}</ol>\n"


def page(results: Results) -> str:
    """The report as one HTML file."""
    found = [item for item in items(results) if item.graded]
    states = Counter(s.status for s in results.submissions)
    kinds = Counter[str]()
    for item in found:
        for slip, n in item.slips.items():
            kinds[kind_of(slip)] += n
    told = any(i.discrimination is not None for i in found)  # a small class has no such column
    words = "Discrimination is the correlation of having a question right with the points of the rest of its sheet. "
    rows = [
        (f"<code>{text(i.name)}</code> ({text(i.sheet)})", str(i.graded), percent(i.share), str(i.blank),
         *(["" if i.discrimination is None else f"{i.discrimination:.2f}"] * told), str(i.unnamed),
         text("; ".join(f"{slip} ({n})" for slip, n in i.slips.most_common(3))), "; ".join(notes(i)))
        for i in found
    ]  # fmt: skip
    hardest = sorted(found, key=lambda i: i.share or 0.0)
    easy = [(f"{i.name}", i.share or 0.0, percent(i.share)) for i in hardest]
    head = ("question", "students", "right", "not begun", *["discrimination"] * told, "unnamed", "most frequent slips",
            "to look at")  # fmt: skip
    total = sum(kinds.values())
    parts = [
        f"<h1>The class</h1>\n<p>{len(results.students)} students, {len(results.submissions)} submissions: "
        f"{'; '.join(f'{n} {state}' for state, n in states.most_common())}.</p>\n",
        f"<section><h2>For the next lecture</h2>\n{lecture(found)}</section>\n",
        f"<section><h2>What is hard</h2>\n{bars('Part of the class that has each question right', easy)}</section>\n",
        table("Every question", head, rows),
        f"<p>{words * told}Unnamed are wrong answers that match no slip of the catalogue.</p>\n",
        f"<section><h2>What tells who does well</h2>\n{dots}</section>\n" if (dots := scatter(found)) else "",
        f"<section><h2>Kinds of slips</h2>\n{kinds_table(kinds, total)}</section>\n" if total else "",
        "<section><h2>Points</h2>\n" + "".join(scores(results, sheet) for sheet in results.sheets) + "</section>\n",
    ]
    return document("The class", "".join(parts), LOOK)


def kinds_table(kinds: Counter[str], total: int) -> str:
    rows = [(kind, n / max(kinds.values()), str(n)) for kind, n in kinds.most_common()]
    told = [(text(kind), str(n), percent(n / total)) for kind, n in kinds.most_common()]
    title = "Recognised slips by kind, as their names say"
    return bars(title, rows) + table(title, ("kind", "made", "part"), told)
