"""What a reader's browser makes of the built book: `make browser`, after `make book`.

Every page, from a server and from the disk, in the light and in the dark theme: one visit from each, so that each theme
is met first by one of them, and turned to by the other. To load a page and to typeset it takes longest, so each visit
looks at as much as it can.
"""

import functools
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from accessibility import violations
from chromium import HTML, PATIENCE, settle
from layout import check_ink, check_sizes

PAGES = sorted(path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html") if "_static" not in path.parts)
REDIRECT = re.compile(r'http-equiv="Refresh" content="0; url=([^"]+)"')
REDIRECTS = {page: found[1] for page in PAGES if (found := REDIRECT.search((HTML / page).read_text("utf-8")))}
PAGES = [page for page in PAGES if page not in REDIRECTS]
THEMES = ("light", "dark")
WINDOW = {"width": 1280, "height": 900}
RAW_TEX = """() => {
  const walk = document.createTreeWalker(document.querySelector("main") || document.body, NodeFilter.SHOW_TEXT);
  const raw = [];
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (!node.parentElement.closest("pre, code, script, style, mjx-container")
        && /\\\\\\(|\\\\\\[|\\$\\$|\\\\begin\\{/.test(node.textContent)) raw.push(node.textContent.trim().slice(0, 80));
  }
  return raw;
}"""
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width + 1) return [];
  const scrolls = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (/auto|scroll|hidden/.test(getComputedStyle(p).overflowX)) return true; return false; };
  return [...document.body.querySelectorAll("*")]
    .filter(e => e.getBoundingClientRect().right > width + 1 && !scrolls(e))
    .slice(0, 5).map(e => e.tagName.toLowerCase() + "." + e.className).concat("page wider than the window");
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def origins():
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(HTML)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"server": f"http://127.0.0.1:{server.server_port}/", "disk": HTML.as_uri() + "/"}
    server.shutdown()


@pytest.fixture(scope="session")
def contexts(chromium):
    """A context a theme, as on a first visit: nothing is stored, the system's theme decides."""
    return {theme: chromium.new_context(color_scheme=theme, viewport=WINDOW) for theme in THEMES}


@pytest.mark.parametrize("origin, themes", [("server", THEMES), ("disk", THEMES[::-1])], ids=["server", "disk"])
@pytest.mark.parametrize("name", PAGES)
def test_page(name, origin, themes, origins, contexts):
    page, outside, errors = contexts[themes[0]].new_page(), [], []
    inside = (origins[origin], "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(inside) else outside.append(r.url))
    page.on("requestfailed", lambda r: errors.append(f"failed request: {r.url} {r.failure}"))
    page.on("response", lambda r: errors.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.on("pageerror", lambda e: errors.append(f"script error: {e}"))
    page.on("console", lambda m: errors.append(f"console: {m.text}") if m.type == "error" else None)
    try:
        page.set_default_timeout(PATIENCE)
        page.goto(origins[origin] + name, wait_until="load", timeout=PATIENCE)
        settle(page)
        source = (HTML / name).read_text(encoding="utf-8")
        for theme in themes:
            page.emulate_media(color_scheme=theme)
            page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
            mathematics = len(re.findall(r'class="math|class="[^"]*\bmath\b', source))
            typeset = page.locator("mjx-container").count()
            assert not mathematics or typeset, f"{mathematics} formulae in the source, none typeset"
            assert page.evaluate(RAW_TEX) == [], "TeX that was not typeset"
            wrong = page.locator("mjx-merror, [data-mjx-error]").evaluate_all("all => all.map(e => e.textContent)")
            assert wrong == [], "TeX that MathJax does not understand"
            check_ink(page)
            if origin == "server":
                assert violations(page) == [], "axe-core finds what a screen reader or a weak eye cannot read"
                for width in (360, 390, 1280):
                    page.set_viewport_size({**WINDOW, "width": width})
                    assert page.evaluate(OVERFLOW) == [], f"at {width} pixels the page scrolls sideways"
        if origin == "disk":
            check_sizes(page)
        assert outside == [], "requests to other hosts"
        assert errors == [], "errors that the browser reports"
    finally:
        page.close()


def test_the_first_page_leads_into_the_book():
    assert "index.html" in REDIRECTS or "index.html" in PAGES, "the book has no index.html"
    for page, target in REDIRECTS.items():
        assert (HTML / page).parent.joinpath(target).is_file(), f"{page} leads to {target}, which is not there"
