"""The page on a class: its numbers against a count by hand, no name in it, words beside every picture, nothing run."""

import html
import random
import re
from html.parser import HTMLParser
from statistics import fmean

import pytest

from course_pkg.__main__ import main
from course_pkg.classroom.catalogue import KINDS, OTHER, kind_of, kinds, message_of, units
from course_pkg.classroom.report import DULL, ENOUGH, HARD, bars, correlated, items, notes, page
from course_pkg.classroom.results import Asked, Mark, Results, SheetOf, Submission, write_results
from course_pkg.grading.sheet import questions_of
from helpers import ROOT

SLIP = "bits for nats"
NAMES = ("easy", "telling", "hard", "turned", "<b>odd</b>", "middle")
ASKED = tuple(Asked(name, 2.0) for name in NAMES)


def class_of(students, seed=0):
    """A class whose ability decides "telling" and, the wrong way round, "turned"; everyone has "easy"."""
    draw = random.Random(seed)
    submissions = []
    for k in range(students):
        able = draw.random()
        right = (True, able > 0.4, able > 0.85, able < 0.2, draw.random() < 0.5, able > 0.5)
        marks = []
        for asked, fine in zip(ASKED, right, strict=True):
            slip = SLIP if not fine and asked.name == "telling" and k % 2 else None
            status = "right" if fine else "not started" if asked.name == "hard" and k % 5 else "wrong"
            marks.append(Mark(asked.name, 2.0, 2.0 if fine else 0.0, status, slip, "words"))
        score = sum(m.score for m in marks)
        submissions.append(Submission(f"Student {k}", "elbo", "f", "0" * 64, "graded", None, score, 12.0, tuple(marks)))
    return submissions


def results(submissions):
    return Results(3, "bubblewrap", {"elbo": SheetOf(12.0, ASKED)}, tuple(submissions))


CLASS = [*class_of(60), Submission("Late Lucy", "elbo", "g", "", "not submitted", None, None, 12.0),
         Submission("Torn Tom", "elbo", "h", "", "unreadable", None, None, 12.0)]  # fmt: skip


def test_what_is_counted_is_what_is_there():
    found = {item.name: item for item in items(results(CLASS))}
    marks = {name: [m for s in CLASS for m in s.questions if m.name == name] for name in NAMES}
    for name, item in found.items():
        assert item.graded == 60 and item.share == fmean(m.status == "right" for m in marks[name])
        assert item.blank == sum(m.status == "not started" for m in marks[name])
        assert item.slips[SLIP] == sum(m.slip == SLIP for m in marks[name])
        assert item.right + item.blank + item.unnamed + item.slips.total() == 60
    assert found["easy"].discrimination is None  # everyone has it, so it tells nobody from another
    assert (
        found["telling"].discrimination > 0.3
        and found["turned"].discrimination < -DULL < 0 < found["hard"].discrimination
    )


def test_a_question_is_not_correlated_with_itself():
    """Of a coin, right by chance, the rest of the sheet knows nothing: the whole sheet, with the coin in it, does."""
    many = results(class_of(2000))
    coin = items(many)[4]
    assert abs(coin.discrimination) < 4 / 2000**0.5
    whole = [(float(s.questions[4].status == "right"), s.score) for s in many.submissions]
    assert correlated(whole) > 0.3


def test_what_is_to_be_looked_at():
    found = {item.name: notes(item) for item in items(results(CLASS))}
    assert found["easy"] == ["nearly all have it"] and found["telling"] == []
    assert any("hard" in note for note in found["hard"]) and any("did not begin" in note for note in found["hard"])
    assert any("asked clearly" in note for note in found["turned"])
    few = items(results(class_of(ENOUGH - 1)))
    assert all(item.discrimination is None for item in few) and 0 < HARD < 1 and 0 < DULL < 1


class Reader(HTMLParser):
    """The tags of a page that are open, its pictures, and what refers elsewhere."""

    VOID = ("meta", "rect", "path", "circle")

    def __init__(self, source):
        super().__init__()
        self.open, self.pictures, self.elsewhere, self.tags = [], [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        given = dict(attrs)
        self.elsewhere += [value for name, value in attrs if name in ("src", "href") or name.startswith("on")]
        if tag == "svg":
            self.pictures.append(given.get("aria-label"))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in self.VOID

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_names_nobody_and_runs_nothing():
    source = page(results(CLASS))
    read = Reader(source)
    assert read.open == [] and read.elsewhere == [] and "script" not in read.tags and "b" not in read.tags
    assert len(read.pictures) == read.tags.count("figcaption") >= 4 and all(read.pictures)
    assert not any(s.student in source for s in CLASS) and "&lt;b&gt;odd&lt;/b&gt;" in source
    assert "62 submissions" in source and "1 not submitted" in source and "1 unreadable" in source
    made = sum(m.slip == SLIP for s in CLASS for m in s.questions)
    assert f"<strong>{SLIP}</strong> (elbo, <code>telling</code>; {made} of 60 students)" in source
    assert source == page(results(CLASS))


def test_a_class_may_see_it_with_every_column_that_says_something_and_without_the_seed():
    """The seed tells the cases on which late work will be graded."""
    few, many = results(class_of(ENOUGH - 1)), results(CLASS)
    assert "Discrimination" not in page(few) and "Discrimination" in page(many)
    assert "seed" not in page(many)
    columns = [re.search(r"<thead><tr>(.*?)</tr>", page(found))[1].count("<th") for found in (few, many)]
    assert columns == [7, 8]


def test_the_name_beside_a_bar_is_whole_and_in_the_picture():
    drawn = bars("title", [(kind, 1.0, "3") for kind in KINDS])
    shown = re.findall(r'<text x="(\d+)" y="\d+" text-anchor="end">(.*?)</text>', drawn)
    assert [html.unescape(name) for _, name in shown] == list(KINDS)
    assert all(7 * len(name) < int(right) for right, name in shown)  # letters of 13 px are less than 7 wide


@pytest.mark.parametrize("submissions", [[], CLASS[-2:], class_of(1)])
def test_a_class_of_nobody_or_of_one_has_a_page(submissions):
    assert Reader(page(results(submissions))).open == []


def test_the_lecture_says_what_the_students_read():
    question = questions_of("elbo")[0]
    slip = question.wrong[3]
    marks = (Mark(question.name, 2.0, 0.0, "wrong", slip.name, "m"),)
    one = Submission("a", "elbo", "f", "", "graded", None, 0.0, 2.0, marks)
    class_ = Results(1, "none", {"elbo": SheetOf(2.0, (Asked(question.name, 2.0),))}, (one,))
    assert " ".join(slip.message.split()) in html.unescape(page(class_))
    assert message_of("elbo", question.name, "unknown") == message_of("nowhere", "q", "s") == ""


def test_every_slip_has_one_kind_and_most_have_one_with_a_name():
    plan = units(ROOT)
    every = [slip.name for unit in plan for question in unit.questions for slip in question.wrong]
    counts = sum((kinds(unit.questions) for unit in plan), kinds([]))
    assert set(counts) == {*KINDS, OTHER} and counts.total() == len(every)
    assert counts[OTHER] < len(every) / 4
    assert kind_of("q and p exchanged: the other direction").startswith("the other direction")


def test_a_plan_says_what_pages_and_sheets_say():
    for unit in units(ROOT):
        said = re.search(r"\*\*Takes\*\* about (\d+) minutes", (ROOT / "book" / f"{unit.page}.md").read_text("utf-8"))
        assert unit.reading == int(said[1])
        if unit.questions:
            sheet = re.sub(r"\s+", " ", (ROOT / "exercises" / f"{unit.page}.md").read_text("utf-8"))
            assert f"**Takes** about {unit.minutes} minutes" in sheet and f"core, {unit.core_minutes} minutes" in sheet


def test_the_command(tmp_path, capsys):
    write_results(results(CLASS), tmp_path / "results.json")
    assert main(["report", str(tmp_path)]) == 0
    assert (tmp_path / "report.html").read_text("utf-8") == page(results(CLASS))
    assert main(["report", str(tmp_path / "results.json"), "-o", str(tmp_path / "other.html")]) == 0
    assert main(["report", str(tmp_path / "none")]) == 2 and "none" in capsys.readouterr().err
