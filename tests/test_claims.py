"""Every number that a question's texts tell is computed from the question: its cases, its right answers."""

from claims import CLAIMS, Subject, besides, fits, numerals, texts
from test_grading import QUESTIONS, each_question


def problems(question, found):
    """What is not as claimed, in these texts of a question."""
    claims, subject, wrong = CLAIMS.get(question.name, {}), Subject(question), []
    for phrase, compute in claims.items():
        if not any(phrase in text for text in found):
            wrong.append(f"{phrase!r} is claimed, and no text says it")
        value = compute(subject)
        values = list(value) if isinstance(value, (tuple, list)) else [value]
        said = numerals(phrase)
        if len(said) != len(values) or not all(fits(n, float(v)) for n, v in zip(said, values, strict=True)):
            wrong.append(f"{phrase!r}: computed as {[round(float(v), 6) for v in values]}")
    for text in found:
        rest = numerals(besides(text, claims))
        wrong += [f"{numeral} in {text!r}: claim it in CLAIMS with how it is computed" for numeral in rest]
    return wrong


@each_question
def test_a_number_that_is_told_is_computed(question):
    found = problems(question, texts(question))
    assert not found, f"{question.name}: " + "\n".join(found)


def test_every_claim_is_of_a_question():
    assert CLAIMS.keys() <= {question.name for _, question in QUESTIONS}
