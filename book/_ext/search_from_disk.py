"""Search results show where the words stand, in a book that is opened from the disk too.

Sphinx fetches each page that it found, to cite it. A browser fetches nothing for a page opened from the disk, and
reports an error for each try. So the words of all pages are kept in one script of the search page, and its `fetch`
takes a page of the book from there.
"""

import json
import re
from pathlib import Path

NAME = "search-texts.js"
SCRIPT = """// Made by book/_ext/search_from_disk.py: the words of every page, for a search from the disk.
(function () {
  "use strict";
  if (location.protocol !== "file:") return;
  const texts = %s;
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href).href;
  const usual = window.fetch;
  window.fetch = function (address, ...rest) {
    const page = new URL(address, location.href).href.split("#")[0].replace(root, "");
    return page in texts ? Promise.resolve(new Response(texts[page])) : usual.call(window, address, ...rest);
  };
})();
"""
MAIN = re.compile(r"<article\b[^>]*>(.*?)</article>", re.S)
LEFT_OUT = re.compile(r"<(script|style|svg|nav)\b.*?</\1>|<a class=\"headerlink\".*?</a>", re.S)


def words(page):
    """The readable part of a page as small HTML, sections kept, or None for a page without an article."""
    found = MAIN.search(page)
    if not found:
        return None
    body = LEFT_OUT.sub(" ", found[1])
    kept = re.sub(r"<(?!/?section\b)[^>]*>", "", body)
    kept = re.sub(r'<section\b[^>]*?\bid="([^"]+)"[^>]*>', r'<section id="\1">', kept)
    return '<div role="main">' + re.sub(r"\s+", " ", kept) + "</div>"


def load_on_search_page(app, pagename, templatename, context, doctree):
    if pagename == "search":
        app.add_js_file(NAME, priority=100)


def write(app, error):
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = {p.relative_to(out).as_posix(): words(p.read_text(encoding="utf-8")) for p in sorted(out.rglob("*.html"))}
    texts = json.dumps({page: text for page, text in pages.items() if text and not page.startswith("_static")})
    (out / "_static" / NAME).write_text(SCRIPT % texts.replace("</", "<\\/"), encoding="utf-8")


def setup(app):
    app.connect("html-page-context", load_on_search_page)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}
