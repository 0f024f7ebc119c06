"""The first page: what it says of the chapters is what they say of themselves, and it says it of every one."""

import re
import sys

import pytest

from helpers import ROOT

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import chapter_map
import front_door
import said

TEXT = """# A title

:::{admonition} Before you start
:class: tip
**Afterwards you can** do this, and
that. **Not this**.

**You need** {doc}`elbo`, up to {ref}`elbo-gap`; and {doc}`the traps </book/kkt>`. **Takes** about 45 minutes.
:::
"""


def page(name, minutes=60, needed=()):
    return said.Page(f"book/{name}", "Chapters", name.title(), "", "", tuple(f"book/{n}" for n in needed), minutes)


def test_a_page_is_read_as_it_stands():
    found = said.read("book/x", "Chapters", TEXT)
    assert (found.title, found.can, found.minutes) == ("A title", "do this, and that.", 45)
    assert found.needed == ("book/elbo", "book/kkt")
    assert said.read("book/y", "", "# Only a title").minutes is None
    with pytest.raises(ValueError, match="expected a title"):
        said.read("book/z", "", "nothing")


def test_every_page_of_a_chapter_says_what_it_gives_what_it_needs_and_how_long_it_takes():
    for page in said.pages():
        if page.part in ("Chapters", "Exercises"):
            assert page.can and page.needs and page.minutes, f"{page.name}: its box 'Before you start' lacks a part"


def test_every_page_of_the_contents_is_read():
    files = re.findall(r"file: (\S+)", (ROOT / "_toc.yml").read_text("utf-8"))
    assert [page.name for page in said.pages()] == [file.removesuffix(".ipynb") for file in files]


def test_what_another_page_needs_already_is_left_out():
    found = [page("a"), page("b", needed=["a"]), page("c", needed=["a", "b", "gone"])]
    assert said.reduced(found) == {"book/a": (), "book/b": ("book/a",), "book/c": ("book/b",)}
    with pytest.raises(ValueError, match="circle: book/a -> book/b -> book/a"):
        said.reduced([page("a", needed=["b"]), page("b", needed=["a"])])


def test_on_the_map_a_page_stands_below_what_it_needs():
    found = [page("c", needed=["a"]), page("b"), page("a")]
    assert [p.stem for p in chapter_map.in_reading_order(found)] == ["a", "c", "b"]
    real = chapter_map.in_reading_order(front_door.timed())
    places = {page.name: k for k, page in enumerate(real)}
    assert len(real) == len(front_door.timed())
    assert all(places[other] < places[page.name] for page in real for other in page.needed if other in places)


def test_equations_used_without_reading_are_told_from_those_that_reading_leads_to():
    found = [page("a"), page("b", needed=["a"]), page("c", needed=["b"])]
    uses = [("c", "a"), ("c", "c"), ("b", "c"), ("a", "notation")]
    assert chapter_map.without_reading(found, uses) == [("b", "c")]


def test_the_map_shows_every_page_its_minutes_and_its_lines():
    found = [page("a", 100), page("b", 50, ["a"]), page("c & d", 25, ["a", "b"])]
    svg = chapter_map.draw(found, [("c & d", "a"), ("a", "b")], {p.name: f"{p.stem}.html" for p in found})
    assert re.findall(r'<a href="([^"]+)"', svg) == ["a.html", "b.html", "c & d.html"]
    assert [float(w) for w in re.findall(r'class="bar"[^>]*width="(\d+)"', svg)] == [250, 125, 62]
    assert (svg.count('class="arc"'), svg.count('class="arc used"')) == (2, 1)
    assert "B, 50 minutes, after A." in svg and "C &amp; D" in svg
    reach = [float(x) for x in re.findall(r"C(-?\d+) ", svg)]
    assert all(0.25 * 112 + 0.75 * x > 0 for x in reach), "a line leaves the picture"


def test_a_sheet_belongs_to_the_last_page_that_it_needs():
    sheets = front_door.sheets_of(said.pages())
    assert {s.stem for found in sheets.values() for s in found} == {
        path.stem for path in (ROOT / "exercises").glob("*.md")
    }
    assert [s.name for s in sheets["book/capacity"]] == ["exercises/bottleneck"]


@pytest.mark.parametrize("minutes, words", [(45, "45 minutes"), (180, "3 hours"), (220, "3 and a half hours")])
def test_a_time_as_one_says_it(minutes, words):
    assert said.hours(minutes) == words


def test_the_first_page_shows_the_map_the_pages_and_three_paths():
    text = (ROOT / "book" / "intro.md").read_text("utf-8")
    directives = re.findall(r"^```\{(course-\w+)\}", text, re.M)
    assert directives == ["course-live", "course-map", *["course-path"] * 3, "course-contents"]
