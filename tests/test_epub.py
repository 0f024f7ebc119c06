"""The EPUB: well-formed pages, links that lead somewhere within it, every picture in it."""

import re
import sys
import zipfile
from xml.etree import ElementTree

import pytest

from helpers import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import epub

ARTICLES = {
    "book/intro": '<article xmlns="http://www.w3.org/1999/xhtml"><h1>First &amp; <em>foremost</em></h1>'
    '<a href="../exercises/elbo.html#x">there</a> <a href="../genindex.html">index</a> <a href="#here">here</a>'
    ' <img src="../_images/a.png" alt=""/> <a href="https://a.b/c">out</a></article>',
    "exercises/elbo": '<article xmlns="http://www.w3.org/1999/xhtml"><h1>Second</h1><p id="x">'
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math></p></article>',
}


@pytest.fixture
def book(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "custom.css").write_text(
        'a { --q-rate: #112233; } html[data-theme="dark"] { --q-rate: #445566; }', "utf-8"
    )
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "a.png").write_bytes(b"picture")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "intro.html").write_text("", "utf-8")
    target = tmp_path / "book.epub"
    epub.write(target, ARTICLES, tmp_path, "A book", "Someone")
    return zipfile.ZipFile(target)


def test_the_first_file_says_what_it_is_and_is_not_compressed(book):
    first = book.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert book.read("mimetype") == b"application/epub+zip"


def test_every_file_is_well_formed_listed_and_there(book):
    for name in book.namelist():
        if name.endswith((".xhtml", ".opf", ".xml")):
            ElementTree.fromstring(book.read(name))
    opf = book.read("EPUB/book.opf").decode()
    listed = set(re.findall(r'href="([^"]+)"', opf))
    assert listed == {
        n.removeprefix("EPUB/") for n in book.namelist() if n.startswith("EPUB/") and not n.endswith("opf")
    }
    assert re.findall(r'properties="([\w ]+)"', opf) == ["nav", "mathml"], "what a page holds is said of it alone"
    assert re.findall(r'itemref idref="([\w-]+)"', opf) == ["book-intro", "exercises-elbo"]


def test_links_between_pages_stay_within_the_book(book):
    page = book.read("EPUB/book/intro.xhtml").decode()
    found = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert found == [
        "../sheet.css", "../exercises/elbo.xhtml#x", "../book/intro.xhtml", "#here", "../_images/a.png", "https://a.b/c",
    ]  # fmt: skip


def test_the_contents_name_every_page_by_its_heading(book):
    contents = book.read("EPUB/nav.xhtml").decode()
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', contents) == [
        ("book/intro.xhtml", "First &amp; foremost"),
        ("exercises/elbo.xhtml", "Second"),
    ]


def test_its_colours_are_those_of_the_light_theme(book):
    assert book.read("EPUB/sheet.css").decode().startswith(":root { --q-rate: #112233; }")
