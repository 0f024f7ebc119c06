"""Write down of what each text of the questions was read: tests/texts.json.

    .venv/bin/python tools/texts.py

For whoever changed a text, or what it is told of, and has read that it says what is so. Beside a slip's message stands
what the slip gives in each case, the one by hand first; beside a symmetry what it makes of the arguments and of the
right answer, beside a condition its residuals of two wrong ones, beside the name of a term what is added under it, and
beside the others the right answer. It is judged by tests/test_grading_kept.py.
"""

import json
import math
from pathlib import Path

import torch

from course_pkg.classroom.grade import sheets
from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import drawn, parts_of
from course_pkg.grading.question import words
from course_pkg.grading.sheet import questions_of

RECORD = Path(__file__).resolve().parents[1] / "tests" / "texts.json"


def digits(parts):
    """A number for all numbers of an answer, in six digits: that one itself where there is one.

    Of several each is weighed by the square of its place, so that numbers in another order give another one."""
    found = [torch.as_tensor(parts[name]).double().flatten() for name in sorted(parts)]
    values = torch.cat([torch.zeros(0).double(), *found])
    total = float((values * torch.arange(1, len(values) + 1).square()).sum()) if len(values) else math.nan
    return "0" if abs(total) < 1e-9 else f"{total:.6g}"


def answers(question, answer):
    """What an answer gives in each case; nothing where it gives no number."""
    return [parts_of(outcome) for outcome in call_answer(answer, drawn(question, 0), question.call, seconds=None)]


def given(question, answer):
    return ", ".join(map(digits, answers(question, answer)))


def residuals(question, condition):
    """What a condition makes of two wrong answers, one far above the right one and one far below."""
    found = []
    for case, right in zip(drawn(question, 0), answers(question, question.reference), strict=True):
        for far in (3, -3):
            wrong = {name: value.double() + far * (value.double().abs() + 0.7) for name, value in right.items()}
            found.append(digits({"": condition.residual(case.arguments, wrong)}))
    return ", ".join(found)


def followed(question, symmetry):
    """What a symmetry makes of the arguments, and of the right answer."""
    found = []
    for case, right in zip(drawn(question, 0), answers(question, question.reference), strict=True):
        changed = {n: v for n, v in symmetry.change(case.arguments).items() if not isinstance(v, str)}
        found += [digits(changed), digits({n: symmetry.then(case.arguments, v) for n, v in right.items()})]
    return ", ".join(found)


def added(question):
    """{name: what it gives in each case} of the terms; where an answer has entries, each name stands after its own."""
    cases = [question.terms(case.arguments) for case in drawn(question, 0)] if question.terms else []
    named = dict.fromkeys((entry, name) for case in cases for entry, terms in case.items() for name in terms)
    found = {}
    for entry, name in named:
        given = (case.get(entry, {}).get(name) for case in cases)
        found[f"{entry}: {name}".removeprefix(": ")] = ", ".join(digits({} if v is None else {"": v}) for v in given)
    return found


def of(question):
    """{text: of what it is told, and its numbers} of a question."""
    right = given(question, question.reference)
    hints: dict[str, list[str]] = {}
    for symptom, hint in question.hints.items():
        hints.setdefault(hint, []).append(symptom)
    found = [("returns", question.returns, right), ("relation", question.relation, right)]
    found += [(f"hint, {'; '.join(symptoms)}", hint, right) for hint, symptoms in hints.items()]
    found += [("slip", slip.message, given(question, slip.answer)) for slip in question.wrong]
    found += [("condition", one.text, residuals(question, one)) for one in question.conditions]
    found += [("symmetry", one.text, followed(question, one)) for one in question.symmetries]
    found += [("term", name, numbers) for name, numbers in added(question).items()]
    return {words(text): f"{of}: {numbers}" for of, text, numbers in found}


def alike(one, other):
    """Whether what was written down is what is given now, but for rounding."""
    (of, numbers), (was, kept) = one.rsplit(": ", 1), other.rsplit(": ", 1)
    pairs = zip(map(float, numbers.split(", ")), map(float, kept.split(", ")), strict=False)
    close = (math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-6) or (math.isnan(a) and math.isnan(b)) for a, b in pairs)
    return of == was and one.count(",") == other.count(",") and all(close)


def main():
    found = {question.name: of(question) for sheet in sheets() for question in questions_of(sheet)}
    RECORD.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{RECORD.name}: {sum(map(len, found.values()))} texts of {len(found)} questions")


if __name__ == "__main__":
    main()
