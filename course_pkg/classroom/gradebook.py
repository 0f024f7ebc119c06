"""A column of the teacher's own export from Canvas or Moodle, filled. Nothing else in the file changes.

Canvas: the file of Grades > Export. Its columns begin with Student, ID, SIS User ID, SIS Login ID, Section; a row of
"Points Possible" stands before the students (instructure/canvas-lms, lib/gradebook_importer.rb). An empty cell would
clear what stands there, so a cell without a new score keeps its own.

Moodle: the grading worksheet of one assignment, with the columns Identifier, Email address, Grade, Maximum Grade and
Grade can be changed (moodle/moodle, mod/assign/feedback/offline), or the gradebook's plain-text export, whose columns
end with "(Real)" (docs.moodle.org, Grade import). An empty grade is passed over.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from course_pkg.classroom.results import BadResults, Submission, safe
from course_pkg.classroom.systems import said, shown

IDENTITIES = {
    "canvas": ("ID", "SIS User ID", "SIS Login ID", "Integration ID"),
    "moodle": ("Identifier", "Email address", "ID number", "Username"),
}
MINE = {"canvas": "Student", "moodle": "Identifier or Email address"}  # what the head of such a file holds


@dataclass
class Filled:
    """A filled file, and what a teacher should know of it."""

    text: str
    filled: int = 0
    kept: list[str] = field(default_factory=list)  # students of the file without a score, whose cells are untouched
    extra: list[str] = field(default_factory=list)  # graded, and not in the file
    partly: list[str] = field(default_factory=list)  # filled in, with a question that had to be stopped
    locked: list[str] = field(default_factory=list)  # whose grade Moodle would not change


def fill(
    text: str,
    to: str,
    submissions: Sequence[Submission],
    columns: Mapping[str, str] | None = None,
    by: str | None = None,
    scale: bool = False,
    comments: bool = False,
) -> Filled:
    """The export with the scores of these marks in it.

    columns: {sheet: column} where their names differ; by: the column that says who a student is; scale: where the
    system counts other points than the sheet, in proportion; comments: Moodle's column of feedback as well.
    Raises ValueError where the file is another, a column is not found or not alone, or the points differ.
    """
    bom, body = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    rows, comma = table(body)
    head = rows[0] if rows else []
    people = first_student(to, rows)
    who = identities(to, head, by)
    places: dict[str, int] = {}
    for i in range(people, len(rows)):
        for key in {key for j in who if j < len(rows[i]) for key in keys(rows[i][j])}:
            if places.setdefault(key, i) != i:
                places[key] = -1  # two rows have it, so it tells neither
    done = Filled("")
    sheets = dict.fromkeys(s.sheet for s in submissions)
    for sheet in sheets:
        column = column_of(to, head, sheet, (columns or {}).get(sheet), len(sheets))
        for s in submissions:
            place = next((places[key] for key in keys(s.student) if key in places), None)
            if s.sheet != sheet or (place is None and s.status == "not submitted"):
                continue
            if place == -1:
                raise BadResults(f"{s.student}: two rows of the file have it; say which column tells them, --by")
            if place is None:
                done.extra.append(s.student)
                continue
            row = rows[place]
            if s.mark is None:
                done.kept.append(f"{s.student} ({s.status})")
            elif cell(head, row, "Grade can be changed").lower() == "no":
                done.locked.append(s.student)
            else:
                points = possible(to, head, rows, row, column)
                row[column] = shown(s.mark * factor(s, points, scale))
                done.filled += 1
                if s.status != "graded":
                    done.partly.append(s.student)
                if comments and "Feedback comments" in head:
                    row[head.index("Feedback comments")] = safe(comment(s))
    out = io.StringIO(newline="")
    ends = "\r\n" if "\r\n" in body else "\n"
    csv.writer(out, delimiter=comma, lineterminator=ends).writerows(rows)
    done.text = bom + out.getvalue()
    return done


# Where an id stands in Moodle's "Participant 123", and in the names of files in a download of all submissions: Moodle's
# folder "Ada Lovelace_123_assignsubmission_file", Canvas's "lovelaceada_123_456_elbo.ipynb", with LATE_ or not.
INSIDE = (r"participant\s+(\d+)", r".+_(\d+)_assignsubmission_\w+", r"[^_]+_(?:late_)?(\d+)_\d+")


def keys(text: str) -> list[str]:
    """What a student may be called by: the whole name, then an id in it."""
    plain = text.strip().casefold()
    found = [match[1] for pattern in INSIDE if (match := re.fullmatch(pattern, plain))]
    return [name for name in (plain, *found) if name]


def table(text: str) -> tuple[list[list[str]], str]:
    """The rows of a CSV file and what stands between its cells: whichever of , ; and tab gives the most columns."""
    read = {comma: list(csv.reader(io.StringIO(text, newline=""), delimiter=comma)) for comma in ",;\t"}
    best = max(read, key=lambda comma: len(read[comma][0]) if read[comma] else 0)
    return read[best], best


def first_student(to: str, rows: Sequence[Sequence[str]]) -> int:
    """The number of the first row of a student. Raises ValueError for a file that is no export of this system."""
    head = rows[0] if rows else []
    mine = {"canvas": bool(head) and head[0] in ("Student", "LastName"), "moodle": len(head) > 2}
    if not mine[to]:
        raise BadResults(f"expected the export of {to.title()}, whose first row holds {MINE[to]}, got {head[:4]}")
    i = 1
    while to == "canvas" and i < len(rows) and not (len(rows[i]) > 1 and rows[i][1].strip()):
        i += 1  # Points Possible, and the row that says which grades are posted by hand
    return i


def identities(to: str, head: Sequence[str], by: str | None) -> list[int]:
    names = (by,) if by else IDENTITIES[to]
    found = [head.index(name) for name in names if name in head]
    if not found:
        raise BadResults(f"expected a column {' or '.join(names)} that says who a student is, got {', '.join(head)}")
    return found


def column_of(to: str, head: Sequence[str], sheet: str, named: str | None, sheets: int) -> int:
    """The column for a sheet: the one that is named, Moodle's Grade, or the only one whose title holds its name."""
    plain = lambda title: re.sub(r"[\W_]+", " ", re.sub(r"\s*\(\d+\)$", "", title)).strip().casefold()
    if named is not None:
        found = [i for i, title in enumerate(head) if named in (title, re.sub(r"\s*\(\d+\)$", "", title))]
    elif to == "moodle" and "Grade" in head:
        if sheets > 1:
            raise BadResults("this worksheet is of one assignment: say which sheet it is for, --sheet")
        found = [head.index("Grade")]
    else:
        same = [i for i, title in enumerate(head) if plain(title) == plain(sheet)]
        found = same or [i for i, title in enumerate(head) if f" {plain(sheet)} " in f" {plain(title)} "]
    if len(found) != 1:
        what = "no column" if not found else f"{len(found)} columns"
        raise BadResults(
            f"{what} for the sheet {sheet}{f' named {named!r}' if named else ''}: say which, --column {sheet}=TITLE; "
            f"there are {', '.join(head)}"
        )
    return found[0]


def cell(head: Sequence[str], row: Sequence[str], *names: str) -> str:
    """The text in the first of these columns that is there."""
    return next((row[head.index(name)].strip() for name in names if name in head and head.index(name) < len(row)), "")


def possible(to: str, head: Sequence[str], rows: list[list[str]], row: Sequence[str], column: int) -> float | None:
    """The most points that the system counts for this column, where the file says so."""
    told = cell(head, row, "Maximum Grade", "Maximum grade")
    if to == "canvas":
        told = next((r[column] for r in rows[1:4] if r and "Points Possible" in r[0] and column < len(r)), "")
    try:
        return float(told.replace(",", "."))
    except ValueError:
        return None


def factor(s: Submission, points: float | None, scale: bool) -> float:
    """What a score is multiplied by. Raises ValueError where the two count other points and nobody asked for that."""
    if points is None or points == s.maximum:
        return 1.0
    if not scale:
        raise BadResults(
            f"the sheet {s.sheet} has {shown(s.maximum)} points and its column {shown(points)}: give the "
            "assignment as many points, or ask for scores in proportion, --scale"
        )
    return points / s.maximum


def comment(s: Submission) -> str:
    """A line on every question, and on lateness."""
    lines = [f"{q.name}: {shown(q.score)} of {shown(q.points)}" for q in s.questions if q.score is not None]
    lines += [f"{q.name}: {said(q)}" for q in s.questions if q.score is None]
    return "; ".join(lines + [f"late: less {shown(s.penalty)}"] * bool(s.penalty))
