"""Slides from a built book: every drawn figure with its caption, in its order; nothing loads from elsewhere."""

import re

import pytest

from course_pkg.__main__ import main
from course_pkg.classroom.slides import slides_of

LINK = '<a class="headerlink" href="#x" title="Link">#</a>'


def figure(name, caption, inside="<rect/>", kind="figure"):
    svg = f'<svg class="{kind}" role="img" aria-label="alt of {name}">{inside}</svg>'
    words = f'<span class="caption-number">Fig. 1 </span><span class="caption-text">{caption}</span>{LINK}'
    return f'<figure class="align-default" id="{name}">\n{svg}<figcaption>\n<p>{words}</p>\n</figcaption>\n</figure>'


MATHS = r"of \(x\)"
PAGE = (
    f"<html><h1>Chapter &amp; verse{LINK}</h1>{figure('fig-a', 'first')}<h2>Part <em>one</em>{LINK}</h2>"
    f"{figure('fig-b', MATHS)}<p>text</p>{figure('fig-live', 'alive', kind='live')}<h2>Part two</h2>"
    f"{figure('fig-c', 'third')}</html>"
)


@pytest.fixture
def book(tmp_path):
    folder = tmp_path / "html"
    (folder / "book").mkdir(parents=True)
    (folder / "_static" / "vendor" / "mathjax").mkdir(parents=True)
    (folder / "_static" / "vendor" / "mathjax" / "tex-mml-chtml.js").write_text("//", "utf-8")
    (folder / "_static" / "custom.css").write_text('html[data-theme="light"] {\n  --q-rate: #d55e00;\n}\nx {}', "utf-8")
    (folder / "book" / "intro.html").write_text('<a href="zeta.html">z</a><a href="alpha.html">a</a>', "utf-8")
    (folder / "book" / "alpha.html").write_text(f"<h1>Alpha</h1>{figure('fig-d', 'one')}", "utf-8")
    (folder / "book" / "zeta.html").write_text(PAGE, "utf-8")
    return folder


def test_the_figures_of_a_page_and_where_they_stand():
    title, slides = slides_of(PAGE)
    assert title == "Chapter &amp; verse"
    assert [(s.name, s.heading) for s in slides] == [("fig-a", ""), ("fig-b", "Part one"), ("fig-c", "Part two")]
    assert all(s.drawing.startswith("<svg") and s.drawing.endswith("</svg>") for s in slides)
    assert "headerlink" not in slides[0].caption and "first" in slides[0].caption


def test_the_command_writes_a_deck_for_each_page_in_the_books_order(book, tmp_path, capsys):
    out = tmp_path / "lectures"
    assert main(["slides", str(out), "--book", str(book)]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()[:2]] == [["zeta", "3"], ["alpha", "1"]]
    deck = (out / "zeta.html").read_text("utf-8")
    assert deck.count("<section") == 4 and deck.count('aria-label="alt of') == 3 and "--q-rate: #d55e00" in deck
    assert deck.index("fig-a") < deck.index("fig-b") < deck.index("fig-c") and "@page" in deck
    assert "mathjax/tex-mml-chtml.js" in deck and (out / "mathjax" / "tex-mml-chtml.js").exists()
    plain = (out / "alpha.html").read_text("utf-8")
    assert "script" not in plain
    for page in out.glob("*.html"):
        assert not re.search(r'(src|href)="(https?:|//)', page.read_text("utf-8"))
    assert main(["slides", str(out), "--book", str(book)]) == 0  # again, over its own


def test_what_is_refused(book, tmp_path, capsys):
    assert main(["slides", str(tmp_path / "out"), "--book", str(tmp_path / "nothing")]) == 2
    assert "`make book` builds it" in capsys.readouterr().err
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("kept", "utf-8")
    assert main(["slides", str(mine), "--book", str(book)]) == 2 and [p.name for p in mine.iterdir()] == ["thesis.txt"]
