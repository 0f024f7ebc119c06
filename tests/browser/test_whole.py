"""Two pages joined to one, in the browser and on paper: no error, no request, every link leads to its place."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest
from chromium import HTML, PATIENCE, settle

from helpers import tool

whole = tool("whole_book")
PAGES = ("book/intro", "book/notation")
DEAD = """[...document.querySelectorAll('a[href^="#"]')].map(a => decodeURIComponent(a.getAttribute("href").slice(1)))
  .filter(place => !document.getElementById(place))"""
TWICE = """[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i
  && !document.getElementById(id).closest("mjx-container, svg"))"""


@pytest.fixture(scope="module")
def joined(tmp_path_factory):
    built = tmp_path_factory.mktemp("built")
    for page in PAGES:
        (built / page).parent.mkdir(exist_ok=True)
        shutil.copyfile(HTML / f"{page}.html", built / f"{page}.html")
    for folder in ("_static", "_images"):
        (built / folder).symlink_to(HTML / folder)
    return whole.write(built, tmp_path_factory.mktemp("whole") / "book")


@pytest.fixture
def alone():
    """Calls what starts a Chromium of its own: a thread has room for one Playwright, and this one has it."""
    with ThreadPoolExecutor(1) as thread:
        yield lambda *call: thread.submit(*call).result()


def test_the_one_page_is_whole(joined, chromium):
    errors = []
    with chromium.new_page() as page:
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else errors.append(r.url))
        page.on("requestfailed", lambda r: errors.append(f"failed: {r.url}"))
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto(joined.as_uri(), timeout=PATIENCE)
        settle(page)
        assert page.locator("mjx-container").count() > 20
        assert page.evaluate(DEAD) == [] and page.evaluate(TWICE) == []
        assert page.locator("live-latents canvas, live-latents img").count() > 0, "the live figure did not start"
        assert errors == []


def test_on_paper_it_has_an_outline_and_links_and_points_to_no_file_of_this_machine(joined, tmp_path, alone):
    alone(whole.print_pdf, joined, tmp_path / "book.pdf")
    pdf = (tmp_path / "book.pdf").read_bytes()
    assert pdf.startswith(b"%PDF") and b"/Outlines" in pdf and b"/StructTreeRoot" in pdf
    assert len(re.findall(rb"/Type /Page\b", pdf)) > 5 and pdf.count(b"/Subtype /Link") > 50
    assert b"(file:" not in pdf


def test_a_page_for_reading_devices_is_well_formed_and_needs_no_script(monkeypatch, alone):
    monkeypatch.syspath_prepend(str(whole.ROOT / "tools"))
    pages = alone(tool("epub").collect, HTML, ["book/notation", "book/intro"])
    for page in pages.values():
        names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(page).iter()}
        assert not names & {"script", "style", "button", "input", "form", "canvas", "mjx-container", "live-latents"}
        assert "Hide: " not in page, "a folded cell is one line"
    assert pages["book/notation"].count("<math") > 20 and "moves in the book" in pages["book/intro"]
