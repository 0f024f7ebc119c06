"""No link of the built book is dead, and nothing is heavier than it should be: `make browser`, after `make book`."""

import gzip
import html
import re
from collections import Counter
from functools import cache
from pathlib import PurePosixPath
from urllib.parse import unquote

import pytest
from chromium import HTML

from helpers import tool

PAGES = sorted(path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html") if "_static" not in path.parts)
SCRIPTS = re.compile(r"<(script|style)\b.*?</\1>", re.S)
resolve = tool("whole_book").resolve
ON_THE_WIRE, SITE = 2e6, 60e6  # bytes


@cache
def text(name):
    return SCRIPTS.sub("", (HTML / name).read_text("utf-8"))


@cache
def places(name):
    return {html.unescape(place) for place in re.findall(r'\s(?:id|name)="([^"]*)"', text(name))}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_within_the_book_leads_somewhere(name):
    dead = []
    for address in dict.fromkeys(re.findall(r'\shref="([^"]*)"', text(name))):
        path, _, place = unquote(html.unescape(address)).partition("#")
        if re.match(r"[a-z]+:|//", path):
            continue
        folder = PurePosixPath(name).parent
        target = resolve(folder, path.split("?")[0]) if path else name
        if not (HTML / target).is_file():
            dead.append(address)
        elif place and target.endswith(".html") and place not in places(target):
            dead.append(address)
    assert not dead, f"{name} links to what is not there: {dead[:10]}"


@pytest.mark.parametrize("name", PAGES)
def test_no_two_places_of_a_page_have_one_name(name):
    found = Counter(re.findall(r'\sid="([^"]*)"', text(name)))
    twice = {place for place, n in found.items() if n > 1}
    assert twice <= ({"search-input"} if name == "search.html" else set()), twice  # the theme has two on that page


def test_no_page_is_heavier_on_the_wire_than_two_megabytes_nor_the_site_than_sixty():
    assert PAGES, "There is no built book: run `make book` first"
    for name in PAGES:
        assert len(gzip.compress((HTML / name).read_bytes())) < ON_THE_WIRE, name
    assert sum(path.stat().st_size for path in HTML.rglob("*") if path.is_file()) < SITE
