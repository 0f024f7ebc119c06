"""Write down what each slip of the questions gives, beside its message: tests/messages.json.

    .venv/bin/python tools/messages.py

For whoever changed a message or a slip and has read that the message says what this slip does. What stands there is
judged by tests/test_grading_messages.py.
"""

import json
import math
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import torch

from course_pkg import questions
from course_pkg.grading.calling import call_answer
from course_pkg.grading.evidence import drawn, parts_of
from course_pkg.grading.question import words

RECORD = Path(__file__).resolve().parents[1] / "tests" / "messages.json"


def catalogue():
    """The questions of all chapters."""
    rooms = [import_module(f"{questions.__name__}.{m.name}") for m in iter_modules(questions.__path__) if m.ispkg]
    return [question for room in rooms for question in room.QUESTIONS]


def digits(parts):
    """A number for all numbers of an answer, in six digits: that one itself where there is one.

    Of several each is weighed by the square of its place, so that numbers in another order give another one."""
    values = torch.cat([torch.zeros(0).double(), *(parts[name].double().flatten() for name in sorted(parts))])
    total = float((values * torch.arange(1, len(values) + 1).square()).sum()) if len(values) else math.nan
    return 0.0 if abs(total) < 1e-9 else float(f"{total:.6g}")


def given(question, answer):
    """What an answer gives in each case, the one by hand first; NaN where it gives no number."""
    outcomes = call_answer(answer, drawn(question, 0), question.call, seconds=None)
    return [digits(parts_of(outcome)) for outcome in outcomes]


def of(question):
    """{message: what its slip gives, in words} of a question."""
    shown = lambda answer: ", ".join(f"{number:.6g}" for number in given(question, answer))
    return {words(slip.message): shown(slip.answer) for slip in question.wrong}


def alike(one, other):
    """Whether what was written down is what is given now, but for rounding."""
    pairs = zip(map(float, one.split(", ")), map(float, other.split(", ")), strict=False)
    close = (math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-6) or (math.isnan(a) and math.isnan(b)) for a, b in pairs)
    return one.count(",") == other.count(",") and all(close)


def main():
    found = {question.name: of(question) for question in catalogue()}
    RECORD.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{RECORD.name}: {sum(map(len, found.values()))} messages of {len(found)} questions")


if __name__ == "__main__":
    main()
