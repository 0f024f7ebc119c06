"""Questions as numbers: what a class pack holds instead of them, so that `check` diagnoses without an answer's code.

Of each question: its words, its cases of one seed and of those that a wrong answer is asked further, and what the
reference, the oracle, every named slip and the terms give on each. From numbers alone a known slip is named and a
relation is found; what asks the reference anew (does the error follow this argument?), conditions and symmetries are
code, and left out.
"""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from course_pkg.grading.calling import call_answer
from course_pkg.grading.judging import FURTHER
from course_pkg.grading.plain import encode, key
from course_pkg.grading.question import Case, Question

CODE = ("name", "cases", "reference", "oracle", "wrong", "terms", "conditions", "symmetries")  # no plain data


def recorded(question: Question, seed: int = 0) -> dict[str, Any]:
    """The record of a question, as `grading.sheet.from_record` reads it."""
    assert question.cases and question.reference and question.oracle
    drawn = {s: question.cases(s) for s in (seed, seed + FURTHER, seed + 2 * FURTHER)}
    asked = [case for s, cases in drawn.items() for case in cases if s == seed or case.rung != "hand"]
    given = lambda answer: outcomes(question, answer, asked)
    return {
        "name": question.name,
        "plain": {f.name: getattr(question, f.name) for f in fields(question) if f.name not in CODE},
        "cases": {str(s): [case_record(case) for case in cases] for s, cases in drawn.items()},
        "reference": outcomes(question, question.reference, asked, question.trains),
        "oracle": {key(c.arguments): {"value": encode(question.oracle(**c.arguments))}
                   for c in asked if c.rung == "oracle"},
        "wrong": [{"name": w.name, "message": w.message, "forms": [given(form) for form in w.forms]}
                  for w in question.wrong],
        "terms": question.terms and {key(c.arguments): encode(question.terms(c.arguments)) for c in asked},
    }  # fmt: skip


def case_record(case: Case) -> dict[str, Any]:
    return {"rung": case.rung, "arguments": encode(dict(case.arguments)), "sizes": dict(case.sizes),
            "told": case.told, "counts": case.counts}  # fmt: skip


def outcomes(
    question: Question, answer: Callable, cases: Sequence[Case], trains: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """{key: the outcome, without what is as in every outcome} of an answer on these cases."""
    found = call_answer(answer, cases, question.call, trains, seconds=None)
    short = lambda outcome: {k: v for k, v in asdict(outcome).items() if k == "status" or v not in (None, "", ())}
    return {key(case.arguments): short(outcome) for case, outcome in zip(cases, found, strict=True)}


def record_bytes(questions: Sequence[Question], seed: int = 0) -> bytes:
    """The record of a chapter: the same bytes every time."""
    text = json.dumps([recorded(question, seed) for question in questions], separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)
