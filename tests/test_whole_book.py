"""The pages joined to one: names stay apart, links lead to their places, nothing is lost or counted twice."""

import re

import pytest

import course_pkg
from helpers import ROOT, tool

whole = tool("whole_book")
PAGES = ["book/a", "exercises/b"]


@pytest.mark.parametrize(
    "tag, expected",
    [
        ('<a href="#x">', '<a href="#book-a--x">'),
        ('<a class="r" href="../exercises/b.html#y">', '<a class="r" href="#exercises-b--y">'),
        ('<a href="a.html">', '<a href="#book-a">'),
        ('<a href="#">', '<a href="#book-a">'),
        ('<a href="https://x.y/#z">', '<a href="https://x.y/#z">'),
        ('<a href="../genindex.html">', '<a href="#book-intro">'),
        ('<img src="../_images/i.png">', '<img src="_images/i.png">'),
        ('<h2 id="one two">', '<h2 id="book-a--one book-a--two">'),
        ('<g id="c"><path clip-path="url(#c)">', '<g id="book-a--c"><path clip-path="url(#book-a--c)">'),
        ('<use xlink:href="#m">', '<use xlink:href="#book-a--m">'),
        ('<p aria-labelledby="q">id="no tag"', '<p aria-labelledby="book-a--q">id="no tag"'),
        ('<script>f(`<a href="#x">`)</script>', '<script>f(`<a href="#x">`)</script>'),
    ],
)
def test_names_and_addresses_get_the_name_of_their_page(tag, expected):
    assert whole.renamed(tag, "book/a", PAGES) == expected


def page(folder, name, article):
    path = folder / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = '<link href="../_static/s.css?v=1" rel="stylesheet"><script defer src="../_static/mathjax.js"></script>'
    path.write_text(f'<html><head>{head}</head><article class="bd-article">{article}</article></html>', "utf-8")


def test_the_one_page_holds_every_built_page_once_in_the_order_of_the_contents(tmp_path):
    for name in ("exercises/elbo", "book/kkt", "book/intro"):
        page(tmp_path, name, f'<h1 id="t">{name}<a class="headerlink" href="#t">#</a></h1>')
    text = whole.join(tmp_path)
    assert re.findall(r'<section class="page" id="([\w-]+)"', text) == ["book-intro", "book-kkt", "exercises-elbo"]
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids)) == 6 and "headerlink" not in text
    assert 'href="_static/s.css"' in text and 'src="_static/mathjax.js"' in text
    assert f"version {course_pkg.__version__}</p>" in text


def test_pages_below_a_page_come_after_it_and_a_pattern_finds_what_was_built(tmp_path):
    for name in ("book/api", "book/api/worlds", "book/api/data", "book/bibliography", "book/intro"):
        page(tmp_path, name, "")
    assert whole.contents(tmp_path) == [
        "book/intro",
        "book/api",
        "book/api/data",
        "book/api/worlds",
        "book/bibliography",
    ]


def test_without_a_built_book_one_is_told_to_build_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="run `make book` first"):
        whole.join(tmp_path)


def test_without_a_built_book_there_are_no_pages():
    assert whole.contents(ROOT / "nowhere") == []
