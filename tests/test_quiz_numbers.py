"""Every number of a quiz stands in words that a test computes or quotes."""

import pytest

from course_pkg.show.quiz import FOLDER
from quiz_numbers import ANY, phrases, unsaid

QUIZZES = sorted(FOLDER.glob("*.md"))
WHAT_TO_DO = (
    "compute it in the test of the quiz, and say(d) it with a few of its words: said('kkt', f'Two; {rates:.2f} nats')"
)


@pytest.mark.parametrize("path", QUIZZES, ids=lambda path: path.stem)
def test_a_number_of_a_quiz_is_computed_or_quoted(path):
    found = [*unsaid(path.read_text("utf-8"), phrases(path.stem))]
    assert not found, f"{path.name}: {WHAT_TO_DO}\n" + "\n".join(found)


TEXT = "## At 12 nats?\n\n- [x] 0.35 nats.\n  Half of 12 nats.\n- [ ] 7\n  no\n- [ ] 0\n  no\n"
SAID = ("At\\ 12\\ nats", rf"{ANY}\ nats\.\ Half", "7\\ no")


@pytest.mark.parametrize(
    ("right", "slipped", "seen"),
    [
        ("", "", ()),
        ("At 12", "At 13", ("13", "12")),  # in the question, and the one that repeated it
        ("Half of 12", "Half of 13", ("13",)),
        ("- [ ] 7", "- [ ] 8", ("8",)),
        ("- [ ] 0\n  no", "- [ ] 0\n  1.35 nats. Half", ("a computed phrase fits",)),
    ],
)
def test_a_number_that_no_test_says_is_seen(right, slipped, seen):
    found = [*unsaid(TEXT.replace(right, slipped, 1), SAID)]
    assert len(found) == len(seen) and all(part in said for part, said in zip(seen, found, strict=True))
