"""The marks of a class: results.json, which is read and written whole and checked both ways, and grades.csv.

A submission that was not graded has no score: it is null in the one and blank in the other, never 0. One question that
had to be stopped has none either; the others of its sheet keep theirs, and the sheet's status says "stopped".
"""

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from course_pkg.runs.files import replace

SCHEMA = 1
ISOLATIONS = ("bubblewrap", "none")
STATUSES = ("graded", "stopped", "unreadable", "not submitted")
ANSWERS = ("right", "wrong", "not started", "stopped", "missing")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would calculate
T = TypeVar("T")


class BadResults(ValueError):
    """A results file that is not what this module writes."""


@dataclass(frozen=True)
class Mark:
    """One question of one submission.

    status: one of ANSWERS; score: its points, None where it was stopped; slip: the slip's name in the question's
    catalogue, where one was recognised; message: what the student reads, with no input and no expected value.
    """

    name: str
    points: float
    score: float | None
    status: str
    slip: str | None = None
    message: str = ""


@dataclass(frozen=True)
class Submission:
    """One sheet of one student.

    status: one of STATUSES; score: the sum of the questions', None unless graded or stopped; penalty: the points that
    lateness costs; submitted: when the file was written, in ISO 8601; reason: why it could not be graded.
    """

    student: str
    sheet: str
    file: str
    sha256: str
    status: str
    submitted: str | None
    score: float | None
    maximum: float
    questions: tuple[Mark, ...] = ()
    seconds: float = 0.0
    penalty: float = 0.0
    reason: str = ""

    @property
    def mark(self) -> float | None:
        """The score less the penalty, 0 or more; None where there is no score."""
        return None if self.score is None else max(0.0, self.score - self.penalty)


@dataclass(frozen=True)
class Asked:
    """A question of a sheet and its points."""

    name: str
    points: float


@dataclass(frozen=True)
class SheetOf:
    """A sheet of the class: its questions, and the sum of their points."""

    maximum: float
    questions: tuple[Asked, ...]


@dataclass(frozen=True)
class Results:
    """All that one grading says. `late` is the late policy in words, "" where there was none."""

    seed: int
    isolation: str
    sheets: Mapping[str, SheetOf]
    submissions: tuple[Submission, ...] = ()
    late: str = ""
    schema: int = SCHEMA

    def of(self, student: str) -> list[Submission]:
        """The submissions of a student, in the order of the sheets."""
        order = list(self.sheets)
        mine = [s for s in self.submissions if s.student == student]
        return sorted(mine, key=lambda s: order.index(s.sheet) if s.sheet in order else len(order))

    @property
    def students(self) -> list[str]:
        return sorted({s.student for s in self.submissions})


# Reading and writing ------------------------------------------------------------------------------------------------


def write_results(results: Results, path: Path) -> None:
    """Write results.json at once: who reads it sees the old file or the new one. Raises BadResults."""
    check(results)
    text = json.dumps({"schema": results.schema, **asdict(results)}, indent=1, ensure_ascii=False, allow_nan=False)
    replace(path, text + "\n")


def read_results(path: Path) -> Results:
    """Raises BadResults, in one line, for a file that is not a results.json of this schema."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadResults(f"{path}: expected the JSON that grade writes, got {error}") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else type(data).__name__
        raise BadResults(f"{path}: expected schema {SCHEMA}, got {found}: grade the class again with this version")
    try:
        sheets = _entry(data, "sheets", dict)
        questions = lambda of, kind: tuple(built(kind, q) for q in _entry(of, "questions", list))
        known = {name: SheetOf(questions=questions(s, Asked), maximum=s.get("maximum")) for name, s in sheets.items()}
        given = [{**s, "questions": questions(s, Mark)} for s in _entry(data, "submissions", list)]
        results = built(Results, {**data, "sheets": known, "submissions": tuple(built(Submission, s) for s in given)})
        check(results)
    except BadResults as error:
        raise BadResults(f"{path}: {error}") from None
    return results


def _entry(data: Any, name: str, kind: Any) -> Any:
    if not isinstance(data, dict) or not isinstance(data.get(name), kind):
        raise BadResults(f"expected {name!r} with what grade writes there, got {data!r:.80}")
    return data[name]


def built(kind: type[T], data: Any) -> T:
    """A dataclass from its entries. Raises BadResults for one that lacks or does not know an entry."""
    names = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    if not isinstance(data, dict) or not set(data) <= names:
        more = sorted(set(data) - names) if isinstance(data, dict) else data
        raise BadResults(f"expected the entries {', '.join(sorted(names))} of a {kind.__name__}, got {more!r:.80}")
    try:
        return kind(**data)
    except TypeError as error:
        raise BadResults(str(error)) from None


def check(results: Results) -> None:
    """Raises BadResults, naming the first thing that does not hold."""
    _holds(type(results.seed) is int, "a whole seed", results.seed)
    _holds(results.isolation in ISOLATIONS, f"isolation among {', '.join(ISOLATIONS)}", results.isolation)
    for name, sheet in results.sheets.items():
        total = sum(_number(q.points, f"points of {name}") for q in sheet.questions)
        _holds(math.isclose(total, _number(sheet.maximum, name)), f"{name}: a maximum of {total:g}", sheet.maximum)
    seen: set[tuple[str, str, str]] = set()
    for s in results.submissions:
        what = f"{s.student!s:.60}, {s.sheet!s:.60}"
        words = (s.student, s.sheet, s.file, s.sha256, s.reason)
        _holds(all(isinstance(w, str) for w in words), f"{what}: text for its names", words)
        _holds(s.status in STATUSES, f"{what}: a status among {', '.join(STATUSES)}", s.status)
        _holds(s.sheet in results.sheets or s.status == "unreadable", f"{what}: a sheet of the class", s.sheet)
        _holds((s.student, s.sheet, s.file) not in seen, f"{what}: one entry", "two")
        seen.add((s.student, s.sheet, s.file))
        _holds(s.submitted is None or _is_time(s.submitted), f"{what}: a time in ISO 8601 or null", s.submitted)
        _number(s.seconds, what), _number(s.maximum, what), _number(s.penalty, what)
        graded = s.status in ("graded", "stopped")
        _holds((s.score is not None) == graded, f"{what}: a score where it was graded, else null", s.score)
        earned = sum(_mark(m, what) for m in s.questions)
        _holds(not graded or math.isclose(earned, _number(s.score, what), abs_tol=1e-9),
               f"{what}: a score of {earned:g}, the sum of its questions", s.score)  # fmt: skip
        stopped = any(m.status == "stopped" for m in s.questions)
        _holds(not graded or stopped == (s.status == "stopped"), f"{what}: status stopped if a question is", s.status)


def _mark(m: Mark, what: str) -> float:
    """The score of a question that is as it should be, 0 where it has none."""
    _holds(isinstance(m.name, str) and isinstance(m.message, str), f"{what}: text for {m.name!r:.40}", m.message)
    _holds(m.slip is None or isinstance(m.slip, str), f"{what}, {m.name}: a slip's name or null", m.slip)
    _holds(m.status in ANSWERS, f"{what}, {m.name}: a status among {', '.join(ANSWERS)}", m.status)
    if m.status == "stopped":
        _holds(m.score is None, f"{what}, {m.name}: no score, as it was stopped", m.score)
        return 0.0
    score, points = _number(m.score, f"{what}, {m.name}"), _number(m.points, f"{what}, {m.name}")
    right = points if m.status == "right" else 0.0
    _holds(math.isclose(score, right), f"{what}, {m.name}: a score of {right:g}, as it is {m.status}", score)
    return score


def _number(value: Any, what: str) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    _holds(good, f"{what}: a number, 0 or more", value)
    return float(value)


def _is_time(text: Any) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except (TypeError, ValueError):
        return False


def _holds(good: bool, expected: str, got: Any) -> None:
    if not good:
        raise BadResults(f"expected {expected}, got {got!r:.80}")


# grades.csv ---------------------------------------------------------------------------------------------------------


def safe(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA) else value


def write_grades(results: Results, path: Path) -> None:
    """grades.csv: a row for each student and sheet, a column for each question, named sheet.question.

    Blank is what was not graded, or is no question of that sheet. In UTF-8 with the mark that Excel needs.
    """
    columns = [(sheet, q.name) for sheet, s in results.sheets.items() for q in s.questions]
    rows = [["student", "sheet", "status", "score", "maximum", "penalty", "mark", "isolation",
                  *(f"{sheet}.{name}" for sheet, name in columns)]]  # fmt: skip
    number = lambda v: "" if v is None else f"{v:.10g}"
    for s in results.submissions:
        marks = {(s.sheet, m.name): m.score for m in s.questions}
        scores = [marks.get(column) for column in columns]
        head = [s.student, s.sheet, s.status, s.score, s.maximum, s.penalty, s.mark, results.isolation]
        rows.append([safe(v) if isinstance(v, str) else number(v) for v in [*head, *scores]])
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    replace(path, "\ufeff" + buffer.getvalue())
