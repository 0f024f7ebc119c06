"""A slip that is the right answer times a plain number says so, and a slip that says so is: of two slips whose answers
were exchanged by mistake, one of which is such a multiple, the texts do not fit."""

import math
import re
from dataclasses import replace

from course_pkg.grading.question import words
from test_grading import QUESTIONS, each_question
from wording import Told

# By what the right answer is multiplied, what then is said of the slip, and the names that no other slip has.
FACTORS = {
    -1: (
        r"\bsigns?\b|negative|minus|turned|upside down|\bagainst\b|opposite|exchanged|loss|the other (?:way|sign)"
        r"|first|rewarded|subtracted",
        r"the sign",
    ),
    2: (r"\bhalf\b|1/2|twice|\b2\b|\btwo\b|\bhalved\b", r"the exponent's 1/2 is missing"),
    0.5: (r"\bhalf\b|1/2|twice|\btwo\b|\bonce\b|log sigma|\b2\b", None),
    1 / math.log(2): (r"\bbits?\b|another unit|powers? of 2", None),
}


def factors(s):
    """By what number each entry of the right answer is multiplied in the slip, where that is one number."""
    found = {}
    for entry in s.answers()[-1]:
        ratios = set()
        for right, wrong in zip(s.answers(), s.slipped(), strict=True):
            if entry in right and entry in wrong and right[entry].shape == wrong[entry].shape:
                one, other = right[entry].double(), wrong[entry].double()
                kept = (one.abs() > 1e-9) & one.isfinite() & other.isfinite()
                ratios |= {round(float(r), 7) for r in (other[kept] / one[kept]).flatten()}
        if ratios and max(ratios) - min(ratios) < 1e-6:
            found[entry] = ratios.pop()
    return found


def unfit(question):
    """The slips whose factor is not said, or that say another."""
    for slip in question.wrong:
        seen = Told(question, words(slip.message))
        if seen.slip is not slip:
            continue
        found, text = factors(seen), f"{slip.name}: {words(slip.message)}"
        for factor, (said, name) in FACTORS.items():
            is_ = any(math.isclose(f, factor, rel_tol=1e-5) for f in found.values())
            if is_ and not re.search(said, text):
                yield f"{text!r} is {factor:.4g} times what is right, and does not say so"
            if name and re.fullmatch(name, slip.name) and not is_:
                yield f"{text!r} is not {factor:.4g} times what is right: {found}"


@each_question
def test_a_multiple_of_what_is_right_is_said_to_be_one(question):
    found = [*unfit(question)]
    assert not found, f"{question.name}: " + "\n".join(found)


def test_answers_that_were_exchanged_are_seen():
    question = next(q for _, q in QUESTIONS if q.name == "fitted_width")
    one = next(i for i, slip in enumerate(question.wrong) if slip.name == "the sign")
    for other in range(len(question.wrong)):
        slips = [*question.wrong]
        slips[one], slips[other] = (replace(slips[i], answer=slips[j].answer) for i, j in ((one, other), (other, one)))
        assert other == one or [*unfit(replace(question, wrong=tuple(slips)))], question.wrong[other].name
