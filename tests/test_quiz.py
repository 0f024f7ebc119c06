"""Quizzes: the short text is read or refused, and shows itself everywhere."""

import re
import subprocess
import sys

import pytest

from course_pkg.show.quiz import FOLDER, inline, parse, quiz
from helpers import environment

ONE = """A note to authors.

## Which?

- [ ] One
  because one
  and more
- [x] Two & `three`
  because two
- [ ] Four
  because four
"""


def test_a_text_becomes_a_question():
    (question,) = parse(ONE)
    assert question.text == "Which?" and [c.right for c in question.choices] == [False, True, False]
    assert question.choices[0].why == "because one and more"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("- [x]", "- [ ]"), "line 3: .* got 3 and 0"),
        (("- [ ] One", "- [x] One"), "line 3: .* got 3 and 2"),
        (("  because four\n", ""), "the choice 'Four' does not say why"),
        (("- [ ] Four\n  because four\n", ""), "expected 3 choices or more .* got 2"),
        (("- [ ] Four", "- Four"), "line 10: expected .* got '- Four'"),
        (("## ", "# "), "expected a question"),
    ],
)
def test_a_text_with_a_gap_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        parse(ONE.replace(*change))


def test_html_and_text():
    shown = quiz(ONE)
    page = shown._repr_html_()
    assert page == quiz(ONE)._repr_html_(), "nbval compares HTML: it must not differ from run to run"
    assert "Two &amp; <code>three</code>" in page and page.count('type="radio"') == 3
    assert page.count("data-right") == 1 and ' id="' not in page, "ids would clash where a page has two quizzes"
    assert "b) Two & `three`" in repr(shown) and "because" not in repr(shown), (
        "a terminal must not give the answer away"
    )


def test_inline_markup():
    assert inline("a *b* `c<d>` $e<f$") == (
        'a <em>b</em> <code>c&lt;d&gt;</code> <span class="math">\\(e&lt;f\\)</span>'
    )


def test_some_questions_keep_their_numbers():
    some, whole = quiz("elbo", 4, 2), quiz("elbo")
    assert some.questions == (whole.questions[3], whole.questions[1])
    page = some._repr_html_()
    assert re.findall(r"<legend>(\d+)\.", page) == ["4", "2"] == re.findall(r'data-question="(\d+)"', page)
    with pytest.raises(ValueError, match=r"expected questions from 1 to \d+, got \[0, 99\]"):
        quiz("elbo", 0, 1, 99)


def test_an_unknown_quiz():
    with pytest.raises(FileNotFoundError, match=r"no quiz called 'nothing'; there are: .*elbo"):
        quiz("nothing")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_quiz(path):
    shown = quiz(path.stem)
    assert len(shown.questions) >= 5
    places = [[c.right for c in q.choices].index(True) for q in shown.questions]
    assert len(set(places)) > 2, f"the right answers stand at {places}: a reader would guess by place"
    longest = [max(q.choices, key=lambda c: len(c.text)).right for q in shown.questions]
    assert sum(longest) <= len(longest) / 2, "the longest choice is too often the right one"
    assert "http" not in shown._repr_html_().replace("http://www.w3.org", "")


def test_a_quiz_needs_nothing_heavy():
    code = "import sys; from course_pkg.show.quiz import quiz; quiz('elbo'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment()).returncode == 0
