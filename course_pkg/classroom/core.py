"""The core of each sheet alone: its first questions, which are what the shorter plan of a term asks for."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from course_pkg.classroom.catalogue import units
from course_pkg.classroom.results import Results, SheetOf, Submission


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
