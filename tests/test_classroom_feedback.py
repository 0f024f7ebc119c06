"""The page of a student: well formed, readable without colour, all escaped, no number where nothing is graded."""

import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

import pytest

from course_pkg.classroom.feedback import SIGN, STATUS, STYLE, page
from course_pkg.classroom.results import ANSWERS, Asked, Mark, Results, SheetOf, Submission
from course_pkg.grading.sheet import questions_of
from test_house import contrast

NASTY = "<script>alert(1)</script> & \"x\" 'y' \u202e \x1b[2J </pre>"
SHEETS = {"a": SheetOf(12, tuple(Asked(f"q{k}", points) for k, points in enumerate((2, 3, 3, 2, 2))))}
MARKS = (
    Mark("q0", 2, 2, "right", None, "checked: 4 cases\nholds: it does"),
    Mark("q1", 3, 0, "wrong", "bits", f"error: {NASTY}\nyour line: return {NASTY}\nslip: bits: use nats"),
    Mark("q2", 3, 0, "not started", None, "hint: begin"),
    Mark("q3", 2, None, "stopped", None, "clock: it did not end in its time"),
    Mark("q4", 2, 0, "missing", None, "expected: a function"),
)
MINE = Submission(NASTY, "a", "a.ipynb", "0" * 64, "stopped", None, 2, 12, MARKS, penalty=0.5)
CLASS = Results(1234567, "bubblewrap", SHEETS, (MINE, Submission("other", "a", "o.ipynb", "", "graded", None, 0, 12)))
VOID = {"meta"}


class Outline(HTMLParser):
    """The tags of a page, each closed in its order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]
        self.open += [tag] * (tag not in VOID)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes something else"


def test_it_is_well_formed_and_can_be_read_aloud():
    outline = Outline(page(CLASS, NASTY))
    assert outline.open == [] and len(set(outline.ids)) == len(outline.ids) == len(MARKS)
    tags = [tag for tag, _ in outline.tags]
    assert ("html", {"lang": "en"}) in outline.tags and {"main", "title", "caption"} <= set(tags)
    assert tags.count("h1") == 1 and [t for t in tags if re.match(r"h\d", t)] == ["h1", "h2", *["h3"] * len(MARKS)]
    assert all("scope" in found for tag, found in outline.tags if tag == "th")
    assert all(found["aria-labelledby"] in outline.ids for tag, found in outline.tags if tag == "section")


def test_nothing_of_a_students_text_is_markup_and_nothing_is_loaded():
    outline = Outline(page(CLASS, NASTY))
    assert not {tag for tag, _ in outline.tags} & {"script", "img", "link", "iframe", "a", "object", "form"}
    assert not [name for _, found in outline.tags for name in found if name.startswith("on") or name in ("src", "href")]
    text = page(CLASS, NASTY)
    assert "&lt;script&gt;" in text and "\u202e" not in text and "\x1b" not in text
    assert "default-src 'none'" in text and "url(" not in text


def test_a_question_is_found_again_in_the_sheet_and_the_file_in_ones_folder():
    """A student has the sheet open, whose sections have titles; of two files, the page says which was graded."""
    question = questions_of("elbo")[1]
    mark = Mark(question.name, 2, 0, "wrong", None, "observed: `x` for `<y>`\nyour line: return `x`")
    one = Submission("x", "elbo", "HW 3 <final>.ipynb", "", "graded", "2026-12-01T12:00:00+00:00", 0, 2, (mark,))
    text = page(replace(CLASS, submissions=(one,)), "x")
    assert f"2. {escape(question.title)}: <code>{question.name}</code></h3>" in text
    assert "<code>HW 3 &lt;final&gt;.ipynb</code>, dated 2026-12-01 12:00:00+00:00" in text
    assert "<code>x</code> for <code>&lt;y&gt;</code>" in text and "<pre>return `x`</pre>" in text


def test_every_state_is_in_words():
    text = page(CLASS, NASTY)
    assert set(STATUS) == set(SIGN) == set(ANSWERS)
    for mark in MARKS:
        assert f"<strong>{STATUS[mark.status]}</strong>" in text
    assert "2 of 2 points" in text and "0 of 3 points" in text and "no points yet" in text
    assert "1.5 (2 less 0.5 for lateness)" in text


def test_a_page_is_of_one_student_and_tells_no_seed():
    text = page(CLASS, "other")
    assert "Feedback for other" in text and "script" not in text and "1234567" not in text + page(CLASS, NASTY)


@pytest.mark.parametrize(
    "status, said", [("not submitted", "Nothing was handed in"), ("unreadable", "no &lt;JSON&gt;")]
)
def test_what_was_not_graded_has_no_points(status, said):
    one = Submission("x", "a", "a.ipynb", "", status, None, None, 12, reason="no <JSON>")
    text = page(replace(CLASS, submissions=(one,)), "x")
    assert said in text and "not graded" in text and "<td>0</td>" not in text


def test_a_missing_box_is_said():
    assert "--no-isolation" in page(replace(CLASS, isolation="none"), "other")
    assert "--no-isolation" not in page(CLASS, "other")


def test_its_colours_can_be_read():
    for block in re.findall(r":root \{(.*?)\}", STYLE):
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", block))
        full = {n: c if len(c) == 7 else "#" + "".join(2 * d for d in c[1:]) for n, c in colours.items()}
        for ground in ("page", "soft"):
            assert contrast(full["ink"], full[ground]) >= 7
        assert contrast(full["line"], full["page"]) >= 3
