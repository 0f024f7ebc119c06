"""Search from the disk finds each chapter by its main terms, and shows where the words stand: `make browser`."""

import re
import sys

import pytest
from chromium import HTML, PATIENCE

from helpers import ROOT

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import glossary
import said

CHAPTERS = [page for page in said.pages() if page.part == "Chapters"]
MANY, SHOWN_FIRST = 10, 10  # terms of a chapter; results
# What the search page lists for some words: the names of the pages, the first on top.
FOUND = """words => {
  const [query, ...terms] = Search._parseQuery(words);
  return Search._performSearch(query, ...terms).reverse().map(result => result[0]);
}"""


def main_terms(text):
    """The title of a page, then the terms of the glossary that it sets in bold, then its headings, as they come."""
    by_key = {glossary.key(term): term for term in glossary.terms()}
    bold = [by_key[glossary.key(words)] for words in glossary.bold(text) if glossary.key(words) in by_key]
    title, *headings = re.findall(r"^#+ (.+)$", glossary.CODE.sub("", text), re.M)
    return list({glossary.key(term): term for term in [title, *bold, *headings]}.values())[:MANY]


@pytest.fixture(scope="module")
def search_page(chromium):
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto((HTML / "search.html").as_uri())
    page.wait_for_function("Search.hasIndex()")
    yield page
    page.close()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda page: page.stem)
def test_a_chapter_is_found_by_its_main_terms(chapter, search_page):
    terms = main_terms((ROOT / f"{chapter.name}.md").read_text("utf-8"))
    assert len(terms) == MANY
    ranks = {term: search_page.evaluate(FOUND, term) for term in terms}
    missing = {term: pages[:SHOWN_FIRST] for term, pages in ranks.items() if chapter.name not in pages[:SHOWN_FIRST]}
    assert not missing, f"{chapter.name} is not among the first {SHOWN_FIRST} results for these words: {missing}"


def test_words_of_no_page_find_nothing(search_page):
    assert search_page.evaluate(FOUND, "xylophone quartet") == []


def test_search_shows_where_the_words_stand_from_the_disk(chromium):
    page, errors = chromium.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    try:
        page.goto((HTML / "search.html").as_uri() + "?q=posterior")
        page.wait_for_function("document.querySelectorAll('#search-results li').length > 3")
        # Results that are names of the API bring a description instead of a context; the words come page after page.
        shown = """[...document.querySelectorAll('#search-results .context')].map(e => e.textContent)"""
        cites = f"{shown}.filter(t => t.toLowerCase().includes('posterior')).length"
        page.wait_for_function(f"{cites} >= 5 && {cites} >= 0.8 * {shown}.length")
        assert errors == []
    finally:
        page.close()
