"""Results in the files of other systems: Gradescope, GitHub Classroom, nbgrader. Pure functions of a submission.

What was not graded has no score in any of them. Gradescope would call it zero, so it gets no file; nbgrader's own
exporter does so too, and here gets an empty cell.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from course_pkg.classroom.results import BadResults, Mark, Submission, safe

PASSED = {"right": ("passed", "pass"), "stopped": ("failed", "error")}


def shown(value: float) -> str:
    """A score as systems read it: a point, two digits at most.

    >>> shown(3.0), shown(2.5), shown(2 / 3)
    ('3', '2.5', '0.67')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def one_each(submissions: Iterable[Submission]) -> list[Submission]:
    """One for each student and sheet: that which has a score. Raises BadResults where two have one."""
    found: dict[tuple[str, str], Submission] = {}
    for s in submissions:
        other = found.setdefault((s.student, s.sheet), s)
        if other is s or s.mark is None:
            continue
        if other.mark is not None:
            files = f"{other.file} and {s.file}"
            raise BadResults(f"{s.student} has two scores for the sheet {s.sheet}, in {files}: keep one of the files")
        found[s.student, s.sheet] = s
    return list(found.values())


def said(mark: Mark) -> str:
    """What the student reads of a question."""
    return mark.message or mark.status


def gradescope(s: Submission) -> dict[str, Any]:
    """The results.json of one submission (gradescope-autograders.readthedocs.io, specs).

    A question that was stopped has no score of its own. Raises BadResults where nothing was graded.
    """
    if s.mark is None:
        raise BadResults(f"{s.student}: {s.status}; Gradescope has no way to say that a submission was not graded")
    tests = []
    for q in s.questions:
        test = {"name": q.name, "max_score": q.points, "status": PASSED.get(q.status, ("failed", ""))[0]}
        test |= {} if q.score is None else {"score": q.score}
        tests.append({**test, "output": said(q), "output_format": "text", "visibility": "visible"})
    late = f"Late: {shown(s.penalty)} of {shown(s.score or 0)} points lost." if s.penalty else ""
    return {"score": round(s.mark, 6), "execution_time": s.seconds, "output": late, "output_format": "text",
            "visibility": "visible", "stdout_visibility": "hidden", "tests": tests}  # fmt: skip


def classroom(s: Submission) -> dict[str, Any]:
    """What an autograder of GitHub Classroom hands to its reporter, before base64 (classroom-resources,
    autograding-command-grader and autograding-grading-reporter, version 1).

    The reporter adds the scores of the tests and leaves out a result whose max_score is 0: so is what was not graded.
    """

    def test(name: str, status: str, score: float, message: str) -> dict[str, Any]:
        return {"name": name, "status": status, "score": score, "message": message, "test_code": name,
                "filename": s.sheet, "line_no": 0, "duration": 0}  # fmt: skip

    if s.mark is None:
        text = f"not graded: {s.status}"
        return {"version": 1, "status": "error", "max_score": 0, "tests": [test(s.sheet, "error", 0, text)]}
    tests = [test(q.name, PASSED.get(q.status, ("", "fail"))[1], q.score or 0, said(q)) for q in s.questions]
    if s.penalty:
        tests.append(test("late", "fail", -round(s.penalty, 6), "handed in late"))
    status = next((word for word in ("error", "fail") if any(t["status"] == word for t in tests)), "pass")
    return {"version": 1, "status": status, "max_score": s.maximum, "tests": tests}


NBGRADER = ("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
            "late_submission_penalty", "score", "max_score")  # fmt: skip


def nbgrader(submissions: Iterable[Submission], due: Mapping[str, datetime]) -> str:
    """The table that `nbgrader export` writes (jupyter/nbgrader, plugins/export.py), its cells quoted where need be.

    Its own exporter writes 0.0 for a sheet that was not handed in; here that cell is empty.
    """
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(NBGRADER)
    for s in submissions:
        at = due.get(s.sheet)
        email = s.student if "@" in s.student else ""
        known = s.score is not None and s.mark is not None
        scores = [shown(v or 0) for v in (s.score, s.penalty, s.mark)] if known else ["", "", ""]
        row = [s.sheet, at.isoformat() if at else "", s.submitted or "", s.student, "", "", email, *scores]
        table.writerow([safe(value) for value in [*row, shown(s.maximum)]])
    return out.getvalue()
