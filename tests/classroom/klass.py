"""A class of generated submissions over all sheets, with the mark and the words that each question should get.

Nothing is drawn: student k is the same every time. Right ones are the worked pages; wrong ones make, question by
question, each slip of the catalogues in turn; odd ones are right in an unusual form; the rest is blank or mangled.
"""

import base64
import itertools
import json
import sys

import cloudpickle
from students import answered, cells, notebook

import battery_right
import course_pkg.questions
from course_pkg.classroom.box.wire import said
from course_pkg.classroom.grade import sheets
from course_pkg.grading.calling import call_answer
from course_pkg.grading.judging import judge
from course_pkg.grading.sheet import questions_of

SEED = 11


def source(name, answer):
    """A cell whose answer is this function, with everything of these modules that it needs in it."""
    for module in (course_pkg.questions, battery_right, sys.modules["battery_wrong"]):
        cloudpickle.register_pickle_by_value(module)
    data = base64.b64encode(cloudpickle.dumps(answer)).decode()
    return f"import base64, cloudpickle\n{name} = cloudpickle.loads(base64.b64decode('{data}'))"


def wrong(sheet, k):
    """The k-th slip of each question that has so many; the others are blank."""
    found = {q.name: q.wrong[k].answer for q in questions_of(sheet) if k < len(q.wrong)}
    return answered(sheet, **{name: source(name, answer) for name, answer in found.items()}), found


def odd(sheet, k):
    """The k-th unusual right answer of each question that has so many; the others are as in the worked page."""
    right = battery_right.right
    found = {q.name: right[q.name][k] for q in questions_of(sheet) if k < len(right[q.name])}
    return answered(sheet, **{name: source(name, answer) for name, answer in found.items()}), found


def mangled(sheet, k):
    """The worked page after an accident, and the state of its first question: None where nothing can be read."""
    worked, first = cells(sheet, "solutions"), questions_of(sheet)[0].name
    place = next(i for i, cell in enumerate(worked) if cell.startswith((f"def {first}", f"class {first}")))
    if k == 0:
        return notebook(worked[::-1]), "right"
    if k == 1:
        return notebook([*worked, *cells(sheet)]), "right"
    if k == 2:
        return notebook(worked[:place] + worked[place + 1 :]), "missing"
    if k == 3:
        return notebook(worked)[:-9], None
    if k == 4:
        return json.dumps({"nbformat": 3, "worksheets": [{"cells": [
            {"cell_type": "code", "input": c.splitlines(keepends=True)} for c in worked]}]}), "right"  # fmt: skip
    return notebook([c.replace("    ", "\t") if i == place else c for i, c in enumerate(worked)]), "right"


MAKE = {
    "right": lambda sheet, k: (cells(sheet, "solutions"), {}), "blank": lambda sheet, k: (cells(sheet), {}),
    "odd": odd, "mangled": mangled, "wrong": wrong,
}  # fmt: skip


def students(count):
    """(student, sheet, notebook or cells, kind, what is known): the class, in an order that mixes sheets and kinds."""
    names = sorted(sheets())
    most = max(len(q.wrong) for sheet in names for q in questions_of(sheet))
    kinds = [("right", 0), ("blank", 0), *(("odd", k) for k in range(3)), *(("mangled", k) for k in range(6))]
    turns = [*kinds, *(("wrong", k) for k in range(most))]
    every = [(kind, k, sheet) for kind, k in turns for sheet in names
             if kind not in ("wrong", "odd") or MAKE[kind](sheet, k)[1]]  # fmt: skip
    for i, (kind, k, sheet) in enumerate(itertools.islice(itertools.cycle(every), count)):
        made, known = MAKE[kind](sheet, k)
        yield f"student{i:03}", sheet, made, kind, known


def differences(submission, kind, known):
    """What of a submission is not as it should be."""
    if kind == "mangled" and known is None:
        return [] if submission.status == "unreadable" and submission.score is None else [submission.status]
    if submission.status != "graded":
        return [f"{submission.status}: {m.name}: {m.message}" for m in submission.questions if m.status == "stopped"]
    found = []
    for k, (question, m) in enumerate(zip(questions_of(submission.sheet), submission.questions, strict=True)):
        blank = kind == "blank" or (kind in ("wrong", "odd") and m.name not in known)
        status = "not started" if blank else "wrong" if kind == "wrong" else "right"
        status = known if kind == "mangled" and k == 0 else status
        if (m.name, m.status, m.score) != (question.name, status, question.points if status == "right" else 0):
            found.append(f"{m.name}: expected {status}, got {m.status}: {m.message[:300]}")
        elif status == "wrong":
            ask = lambda cases, q=question: call_answer(known[q.name], cases, q.call)
            outcomes = call_answer(known[m.name], question.cases(SEED), question.call, question.trains)
            verdict = judge(question, outcomes, SEED, ask)
            words = "\n".join(f"{what}: {text}" for what, text in verdict.rows)
            if (said(words), verdict.slip or None) != (said(m.message), m.slip):
                found.append(f"{m.name}: expected {verdict.slip}\n{words}\ngot {m.slip}\n{m.message}")
    return found
