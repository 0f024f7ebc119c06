"""What the course asks and which slips it knows, counted: for a plan of a term and a report on a class."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from course_pkg.classroom.results import Results, SheetOf, Submission
from course_pkg.grading.question import Question
from course_pkg.grading.sheet import questions_of
from course_pkg.grading.verdict import COUNTS

# Kinds of slips, by words in their names; a slip is of the first kind that fits.
KINDS = {
    "the other direction, or averaged over another law": r"other way round|other direction|\baveraged over|\bexchanged|"
    r"over the prior|divergence of the first|turned round|other way up",
    "a sign, or a ratio upside down": r"\bsigns?\b|minus|negative|upside down|wrong way|subtracted, not|added, not|"
    r"raised what|rewarded|up with",
    "bits, degrees, another unit": r"\bbits\b|\bradians\b|\bdegrees\b|\bunits?\b",
    "a half, a two, a square or a root": r"\bhal(f|ved|ves)\b|\btwice\b|squared?\b|\broot\b|/ 2|\b2 is|\b2 left|"
    r"\bquarter\b",
    "a width for a variance, a logarithm for a number": r"log_var|log_std|\bsigma|deviations?\b|variances?\b|widths?\b|"
    r"logarithms?\b|\blog\b|exp\b|logits?\b|probabilit",
    "a mean for a sum, or the wrong axis": r"mean|average|averaging|summed|\bsums?\b|columns?\b|\brows?\b|axis|axes|"
    r"batch|pixels?\b|channels?\b|adds? up|\beach\b",
    "a weight or a price in the wrong place": r"\bbeta\b|\balpha\b|\bgamma\b|lambda|weigh|\bprices?\b|\bshares?\b|"
    r"multiplied",
    "a term or a case left out": r"left out|missing|forgotten|without|ignored|\balone\b|not counted|dropped|cut off|"
    r"^no\b|^nothing|not yet",
    "counted once too often or too seldom": r"\bn - 1|\bB - 1|one more|one too|\bcount|\+ 1|\b1 / n|once more|"
    r"\bfirst\b|\blast\b",
}
OTHER = "another quantity, or a rule of thumb"


def kind_of(slip: str) -> str:
    """The kind of a slip, by its name.

    >>> kind_of("bits for nats"), kind_of("a mean over latents"), kind_of("the usual 64")
    ('bits, degrees, another unit', 'a mean for a sum, or the wrong axis', 'another quantity, or a rule of thumb')
    """
    return next((kind for kind, words in KINDS.items() if re.search(words, slip, re.I)), OTHER)


def kinds(questions: Iterable[Question]) -> Counter[str]:
    """How many slips of these questions are of each kind."""
    return Counter(kind_of(slip.name) for question in questions for slip in question.wrong)


def message_of(sheet: str, question: str, slip: str) -> str:
    """What a student who made this slip is told; nothing for one that no catalogue has."""
    try:
        asked = {q.name: q for q in questions_of(sheet)}
    except ValueError:
        return ""
    found = asked.get(question)
    return next((" ".join(w.message.split()) for w in found.wrong if w.name == slip), "") if found else ""


def titles_of(sheet: str) -> dict[str, str]:
    """{question: its heading in the sheet, with the number}; nothing for what is no sheet."""
    try:
        return {q.name: f"{k}. {q.title}" for k, q in enumerate(questions_of(sheet), 1)}
    except ValueError:
        return {}


# A plan ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """A page of the book and its sheet, if it has one, as they say of themselves. Minutes are of a reader to whom it is
    new; the core is the first questions of the sheet."""

    page: str
    reading: int
    questions: tuple[Question, ...] = ()
    core: int = 0

    @property
    def minutes(self) -> int:
        return sum(q.minutes for q in self.questions)

    @property
    def core_minutes(self) -> int:
        return sum(q.minutes for q in self.questions[: self.core])

    @property
    def points(self) -> int:
        return sum(q.points for q in self.questions)

    @property
    def core_points(self) -> int:
        return sum(q.points for q in self.questions[: self.core])

    def of_kind(self, kind: str) -> int:
        return sum(q.kind == kind for q in self.questions)


def minutes_said(text: str) -> int:
    """The minutes that a page's box says it takes; 0 where it says none."""
    found = re.search(r"\*\*Takes\*\*\s+about\s+(\d+)\s+minutes", text)
    return int(found[1]) if found else 0


def contents(root: Path, part: str) -> list[str]:
    """The pages of a part of the book, such as "Chapters" or "Exercises", in the order of the table of contents."""
    toc = (root / "_toc.yml").read_text("utf-8")
    return re.findall(r"file: \w+/(\w+)", toc.split(f"caption: {part}\n")[1].split("caption:")[0])


def units(root: Path) -> list[Unit]:
    """The chapters of the book."""
    found = []
    for page in contents(root, "Chapters"):
        reading = minutes_said((root / "book" / f"{page}.md").read_text("utf-8"))
        sheet = root / "exercises" / f"{page}.md"
        asked: tuple[Question, ...] = ()
        core = 0
        if sheet.exists():
            said = re.search(r"first\s+(\w+)\s+are\s+the\s+core", sheet.read_text("utf-8"))
            asked, core = questions_of(page), COUNTS.index(said[1]) if said else 0
        found.append(Unit(page, reading, asked, core))
    return found


def week(parts: Sequence[Unit], whole: bool) -> tuple[int, int]:
    """(minutes, points) of a week: its pages, and their sheets whole or the core alone."""
    minutes = sum(u.reading + (u.minutes if whole else u.core_minutes) for u in parts)
    return minutes, sum(u.points if whole else u.core_points for u in parts)


def cores(root: Path) -> dict[str, int]:
    """{sheet: how many of its questions are the core}, as the sheets say."""
    return {unit.page: unit.core for unit in units(root) if unit.questions}


def of_core(results: Results, first: Mapping[str, int]) -> Results:
    """The results as if each sheet had only so many questions: points, marks and what had to be stopped."""
    sheets = {}
    for name, sheet in results.sheets.items():
        asked = sheet.questions[: first[name]]
        sheets[name] = SheetOf(sum(question.points for question in asked), asked)

    def cut(s: Submission) -> Submission:
        if s.sheet not in sheets:
            return s
        short = replace(s, maximum=sheets[s.sheet].maximum, questions=s.questions[: first[s.sheet]])
        if s.score is None:
            return short
        stopped = any(mark.status == "stopped" for mark in short.questions)
        score = sum(mark.score or 0 for mark in short.questions)
        return replace(short, score=score, status="stopped" if stopped else "graded")

    return replace(results, sheets=sheets, submissions=tuple(map(cut, results.submissions)))
